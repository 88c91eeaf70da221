"""Lambda's resources in moto's CloudFormation reach the same functions as boto3 and handles."""

from __future__ import annotations

import json
from typing import Any

import moto.awslambda.utils
import moto.backends
import moto.sns.models
import pytest
from botocore.exceptions import ClientError
from moto.cloudformation import models
from uploads import zipped

from pytest_lambda_events import LambdaEvents, NotSimulatedError

ARN = "arn:aws:lambda:us-east-1:123456789012:function:charge"
ROLE = {
    "Type": "AWS::IAM::Role",
    "Properties": {"RoleName": "role", "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []}},
}
INLINE = "def handler(event, context): return 'charged'"
ZIP = zipped("def handler(event, context): return 'other'")
GET_ROLE = {"Fn::GetAtt": ["Role", "Arn"]}


def function(**properties: Any) -> dict[str, Any]:
    given = {
        "FunctionName": "charge", "Runtime": "python3.13", "Handler": "index.handler", "Role": GET_ROLE,
        "Code": {"ZipFile": INLINE},
    }  # fmt: skip
    return {"Type": "AWS::Lambda::Function", "Properties": {**given, **properties}}


def template(**resources: Any) -> str:
    outputs = resources.pop("outputs", {})
    return json.dumps({"Resources": {"Role": ROLE, **resources}, "Outputs": outputs})


@pytest.fixture
def stacks(lambda_events: LambdaEvents) -> Any:
    """CloudFormation."""
    return lambda_events.client("cloudformation")


@pytest.fixture
def aws_lambda(lambda_events: LambdaEvents) -> Any:
    """Lambda."""
    return lambda_events.client("lambda")


def outputs_of(stacks: Any) -> dict[str, str]:
    [stack] = stacks.describe_stacks(StackName="shop")["Stacks"]
    return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


def test_the_function_of_a_stack_is_active_immediately_and_runs(stacks: Any, aws_lambda: Any) -> None:
    properties = {"Timeout": "10", "Environment": {"Variables": {"STAGE": "test"}}, "ReservedConcurrentExecutions": 5}

    stacks.create_stack(StackName="shop", TemplateBody=template(Charge=function(**properties)))

    found = aws_lambda.get_function(FunctionName="charge")
    assert (found["Configuration"]["State"], found["Configuration"]["Timeout"]) == ("Active", 10)
    assert found["Configuration"]["Environment"] == {"Variables": {"STAGE": "test"}}
    assert found["Concurrency"] == {"ReservedConcurrentExecutions": 5}
    assert aws_lambda.invoke(FunctionName="charge")["Payload"].read() == b'"charged"'


def test_a_stacks_function_is_a_handle_too(stacks: Any, lambda_events: LambdaEvents) -> None:
    stacks.create_stack(StackName="shop", TemplateBody=template(Charge=function()))

    assert lambda_events.functions["charge"].invoke().payload == "charged"


def test_references_and_attributes_have_their_values(stacks: Any) -> None:
    version = {"Type": "AWS::Lambda::Version", "Properties": {"FunctionName": {"Ref": "Charge"}}}
    number = {"Fn::GetAtt": ["Version", "Version"]}
    alias = {"FunctionName": {"Ref": "Charge"}, "Name": "live", "FunctionVersion": number}
    body = template(
        Charge=function(),
        Version=version,
        Alias={"Type": "AWS::Lambda::Alias", "Properties": alias},
        outputs={
            "Name": {"Value": {"Ref": "Charge"}},
            "Arn": {"Value": {"Fn::GetAtt": ["Charge", "Arn"]}},
            "VersionArn": {"Value": {"Ref": "Version"}},
            "Number": {"Value": number},
            "AliasArn": {"Value": {"Ref": "Alias"}},
        },
    )

    stacks.create_stack(StackName="shop", TemplateBody=body)

    assert outputs_of(stacks) == {
        "Name": "charge",
        "Arn": ARN,
        "VersionArn": f"{ARN}:1",
        "Number": "1",
        "AliasArn": f"{ARN}:live",
    }


def test_an_alias_has_the_weights_of_its_template(stacks: Any, aws_lambda: Any) -> None:
    version = {"Type": "AWS::Lambda::Version", "Properties": {"FunctionName": {"Ref": "Charge"}}}
    weight = {"FunctionVersion": "1", "FunctionWeight": 0.25}
    stacks.create_stack(StackName="shop", TemplateBody=template(Charge=function(), One=version))
    aws_lambda.update_function_code(FunctionName="charge", ZipFile=ZIP, Publish=True)
    routed = {
        "FunctionName": {"Ref": "Charge"}, "Name": "live", "FunctionVersion": "2",
        "RoutingConfig": {"AdditionalVersionWeights": [weight]},
    }  # fmt: skip

    stacks.update_stack(
        StackName="shop",
        TemplateBody=template(Charge=function(), One=version, Alias={"Type": "AWS::Lambda::Alias", "Properties": routed}),
    )

    alias = aws_lambda.get_alias(FunctionName="charge", Name="live")
    assert alias["RoutingConfig"] == {"AdditionalVersionWeights": {"1": 0.25}}


def test_an_event_invoke_config_is_in_force(stacks: Any, lambda_events: LambdaEvents) -> None:
    failing = function(Code={"ZipFile": "def handler(event, context): raise ValueError('declined')"})
    config = {"FunctionName": {"Ref": "Charge"}, "Qualifier": "$LATEST", "MaximumRetryAttempts": "1"}
    body = template(Charge=failing, Config={"Type": "AWS::Lambda::EventInvokeConfig", "Properties": config})
    stacks.create_stack(StackName="shop", TemplateBody=body)

    event = lambda_events.functions["charge"].invoke_async()
    lambda_events.run_until_idle()

    assert [attempt.started_after_seconds for attempt in event.attempts] == [0, 60]


def test_a_permission_is_in_the_functions_policy(stacks: Any, aws_lambda: Any) -> None:
    given = {"FunctionName": {"Ref": "Charge"}, "Action": "lambda:InvokeFunction", "Principal": "sns.amazonaws.com"}
    permission = {"Type": "AWS::Lambda::Permission", "Properties": given}

    stacks.create_stack(StackName="shop", TemplateBody=template(Charge=function(), Permission=permission))

    [statement] = json.loads(aws_lambda.get_policy(FunctionName="charge")["Policy"])["Statement"]
    assert statement["Principal"] == {"Service": "sns.amazonaws.com"}


def test_an_update_changes_code_and_configuration_and_what_is_left_out_goes_back(stacks: Any, aws_lambda: Any) -> None:
    before = function(Timeout=10, Description="first", ReservedConcurrentExecutions=5, Tags=[{"Key": "a", "Value": "b"}])
    stacks.create_stack(StackName="shop", TemplateBody=template(Charge=before))
    after = function(Code={"ZipFile": INLINE.replace("charged", "charged again")}, Description="second")

    stacks.update_stack(StackName="shop", TemplateBody=template(Charge=after))

    found = aws_lambda.get_function(FunctionName="charge")
    assert (found["Configuration"]["Timeout"], found["Configuration"]["Description"]) == (3, "second")
    assert found.keys().isdisjoint({"Concurrency", "Tags"})
    assert aws_lambda.invoke(FunctionName="charge")["Payload"].read() == b'"charged again"'


def test_a_function_with_another_name_takes_its_place(stacks: Any, aws_lambda: Any) -> None:
    stacks.create_stack(StackName="shop", TemplateBody=template(Charge=function()))

    stacks.update_stack(StackName="shop", TemplateBody=template(Charge=function(FunctionName="charge-2")))

    assert [one["FunctionName"] for one in aws_lambda.list_functions()["Functions"]] == ["charge-2"]


def test_a_deleted_stack_takes_its_functions_along(stacks: Any, aws_lambda: Any) -> None:
    version = {"Type": "AWS::Lambda::Version", "Properties": {"FunctionName": {"Ref": "Charge"}}}
    stacks.create_stack(StackName="shop", TemplateBody=template(Charge=function(), Version=version))

    stacks.delete_stack(StackName="shop")

    assert aws_lambda.list_functions()["Functions"] == []


@pytest.mark.parametrize(
    "resource_type",
    ["AWS::Lambda::LayerVersionPermission", "AWS::Lambda::CapacityProvider", "AWS::Serverless::Function", "Custom::Thing"],
)
def test_resources_that_moto_would_skip_are_refused_by_name_and_nothing_is_created(
    stacks: Any, aws_lambda: Any, resource_type: str
) -> None:
    body = template(Charge=function(), Other={"Type": resource_type, "Properties": {"ServiceToken": ARN}})

    with pytest.raises(NotSimulatedError, match=f"^{resource_type} in CloudFormation is not simulated"):
        stacks.create_stack(StackName="shop", TemplateBody=body)

    assert aws_lambda.list_functions()["Functions"] == []
    assert stacks.list_stacks()["StackSummaries"] == []


def test_a_resource_whose_condition_is_false_is_not_checked(stacks: Any, aws_lambda: Any) -> None:
    body = json.loads(template(Charge=function(), Thing={"Type": "Custom::Thing", "Condition": "Never"}))
    body["Conditions"] = {"Never": {"Fn::Equals": ["a", "b"]}}

    stacks.create_stack(StackName="shop", TemplateBody=json.dumps(body))

    assert len(aws_lambda.list_functions()["Functions"]) == 1


def test_a_property_that_is_not_simulated_is_refused_by_name(stacks: Any) -> None:
    body = template(Charge=function(AcceleratorConfig={"AcceleratorMemorySize": 16}))

    with pytest.raises(NotSimulatedError, match=r"AcceleratorConfig"):
        stacks.create_stack(StackName="shop", TemplateBody=body)


def test_a_refusal_of_lambda_fails_the_stack(stacks: Any) -> None:
    with pytest.raises(ClientError, match="Value '1801' at 'timeout' failed to satisfy constraint"):
        stacks.create_stack(StackName="shop", TemplateBody=template(Charge=function(Timeout=1801)))


def test_an_environment_leaves_motos_cloudformation_and_deliveries_as_they_were() -> None:
    before = patched_functions()

    with LambdaEvents() as lambda_events:
        stacks = lambda_events.client("cloudformation")
        stacks.create_stack(StackName="shop", TemplateBody=template(Charge=function()))
        within = patched_functions()

    assert patched_functions() == before
    assert all(one is not other for one, other in zip(within, before, strict=True))


def patched_functions() -> list[object]:
    return [
        moto.backends.get_backend,
        moto.awslambda.utils.get_backend,
        moto.sns.models.Topic.publish,
        *(getattr(models, name) for name in ("ResourceMap", "OutputMap")),
        models.Stack.parse_template,
        models.Stack.update,
        models.ChangeSet._parse_template,
        models.CloudFormationBackend.create_stack,
        models.CloudFormationBackend.delete_stack,
    ]
