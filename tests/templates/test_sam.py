"""Templates of AWS SAM: how they are translated, and what the translator refuses."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from pathlib import Path
from unittest import mock

import pytest
from samtranslator.translator.arn_generator import ArnGenerator

from pytest_lambda_events import LambdaEvents, Stack, TemplateError

from .values import HEAD, sam

Deploy = Callable[..., Stack]


@pytest.mark.rule("TPL-05")
def test_the_translator_is_an_extra(deploy: Deploy) -> None:
    missing = dict.fromkeys(["samtranslator.model.exceptions", "samtranslator.parser.parser"])
    with mock.patch.dict(sys.modules, missing), pytest.raises(TemplateError) as caught:
        deploy(sam("F: {FN}}", rest="Description: without the extra"))

    assert str(caught.value) == ('AWS::Serverless templates need aws-sam-translator: pip install "pytest-lambda-events[sam]"')


@pytest.mark.rule("TPL-87", "TPL-8B")
def test_nothing_is_logged(deploy: Deploy, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    deploy(sam("F: {FN}}", "Q: {Type: AWS::SQS::Queue}"))
    with pytest.raises(TemplateError):
        deploy(sam("F: {FN, Foo: 1}}"), name="second")

    assert [one.name for one in caplog.records if one.name.startswith("samtranslator")] == []
    assert logging.getLogger("samtranslator").level == logging.NOTSET


@pytest.mark.rule("TPL-88")
def test_each_environment_has_its_own_region(folder: Path) -> None:
    (folder / "template.yaml").write_text(sam("F: {FN, Tracing: Active}}"))
    before = ArnGenerator.BOTO_SESSION_REGION_NAME

    attached = []
    for region in ("us-east-1", "cn-north-1", "us-east-1"):
        with LambdaEvents(region_name=region) as environment:
            stack = environment.deploy(folder)
            role = next(one.name for one in stack.report if one.logical_id == "FRole")
            found = environment.client("iam").list_attached_role_policies(RoleName=role)["AttachedPolicies"]
            attached.append({one["PolicyArn"].split(":")[1] for one in found})

    assert attached == [{"aws"}, {"aws-cn"}, {"aws"}]
    assert before == ArnGenerator.BOTO_SESSION_REGION_NAME


@pytest.mark.rule("TPL-8C")
def test_parameters_are_known_to_the_translator(deploy: Deploy) -> None:
    parameters = "Parameters: {Name: {Type: String}, Path: {Type: String, Default: jobs}}"
    function = "F: {FN, AutoPublishAlias: !Ref Name, Environment: {Variables: {JOBS: !Sub '${Path}-${AWS::Region}'}}}}"

    stack = deploy(sam(function, rest=parameters), parameters={"Name": "blue"})

    assert "FAliasblue" in {one.logical_id for one in stack.report}
    assert stack.functions["F"].invoke({}).payload["variables"]["JOBS"] == "jobs-us-east-1"


@pytest.mark.rule("TPL-8D", "TPL-8E")
@pytest.mark.scenario("TPL T51")
@pytest.mark.parametrize(
    ("resource", "message"),
    [
        (
            "F: {FN, Events: {Up: {Type: S3, Properties: {Bucket: other, Events: s3:ObjectCreated:*}}}}}",
            "Event with id [Up] is invalid. S3 events must reference an S3 bucket in the same template.",
        ),
        ("F: {FN, Foo: 1}}", "property Foo not defined for resource of type AWS::Serverless::Function"),
        ("F: {FN, Events: {A: {Type: SQS, Properties: {}}}}}", "Missing required property 'Queue'."),
        (
            "F: {FN, Events: {A: {Type: SQS, Properties: {Queue: x, BatchSize: '5'}}}}}",
            "Resource with id [FA] is invalid. Type of property 'BatchSize' is invalid.",
        ),
        (
            "F: {FN, EventInvokeConfig: {DestinationConfig: {OnFailure: {Type: Lambda}}}}}",
            "Destination is required if Type is not ['SQS', 'SNS']",
        ),
        ("F: {FN, AutoPublishAlias: !Sub '${AWS::Region}'}}", "AutoPublishAlias"),
    ],
)
def test_all_reasons_of_the_translator_are_in_the_error(
    resource: str, message: str, deploy: Deploy, lambda_events: LambdaEvents
) -> None:
    with pytest.raises(TemplateError) as caught:
        deploy(sam(resource, "Q: {Type: AWS::SQS::Queue}", "G: {FN, Bar: 1}}"))

    first, *reasons = str(caught.value).splitlines()
    assert first == "Invalid Serverless Application Specification document. Number of errors found: 2."
    assert any(message in reason for reason in reasons)
    assert any("[G]" in reason for reason in reasons)
    assert not lambda_events.queues


@pytest.mark.rule("TPL-8E")
def test_a_wrong_section_globals(deploy: Deploy) -> None:
    with pytest.raises(TemplateError, match=r"'Globals' section is invalid\. 'FunctionName' is not a supported property"):
        deploy(sam("F: {FN}}", rest="Globals: {Function: {FunctionName: x}}"))


@pytest.mark.rule("TPL-8G")
def test_unknown_keys_of_event_invoke_config_are_dropped(deploy: Deploy, lambda_events: LambdaEvents) -> None:
    stack = deploy(sam("F: {FN, EventInvokeConfig: {MaximumRetryAttempts: 1, Unknown: 2}}}"))

    config = lambda_events.client("lambda").get_function_event_invoke_config(FunctionName=stack.functions["F"].name)
    assert config["MaximumRetryAttempts"] == 1


@pytest.mark.rule("TPL-8H")
def test_resources_of_sam_need_the_transform(deploy: Deploy) -> None:
    template = sam("F: {FN}}", "T: {Type: AWS::Serverless::SimpleTable}").removeprefix(HEAD)

    with pytest.raises(TemplateError) as caught:
        deploy(template)

    assert str(caught.value) == (
        "Unrecognized resource types: [AWS::Serverless::Function, AWS::Serverless::SimpleTable]. "
        "Add Transform: AWS::Serverless-2016-10-31."
    )


@pytest.mark.rule("TPL-7D")
def test_an_application_of_the_repository_is_refused_or_made_up(deploy: Deploy, lambda_events: LambdaEvents) -> None:
    location = "{ApplicationId: arn:aws:serverlessrepo:us-east-1:1:applications/x, SemanticVersion: 1.0.0}"
    template = sam(
        f"A: {{Type: AWS::Serverless::Application, Properties: {{Location: {location}}}}}", "Q: {Type: AWS::SQS::Queue}"
    )
    template += "Outputs: {O: {Value: !GetAtt A.Outputs.ApiUrl}}\n"

    with pytest.raises(Exception, match="A") as caught:
        deploy(template)
    assert "ignore" in str(caught.value)
    assert not lambda_events.queues

    stack = deploy(template, ignore=["A"])

    assert stack.outputs["O"].startswith("https://")
    assert stack.outputs["O"].endswith(".invalid")
