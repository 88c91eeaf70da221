"""What `deploy` accepts as a template, which file of a folder it takes, and files that templates include."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pytest_lambda_events import LambdaEvents, LambdaEventsError, Stack, TemplateError

from .values import template_of

Deploy = Callable[..., Stack]

TEMPLATES = ("template.yaml", "template.yml", "template.json")


def _written(path: Path, name: str) -> Path:
    """Writes a template with a queue of this name. JSON is YAML too."""
    path.parent.mkdir(exist_ok=True, parents=True)
    path.write_text(json.dumps({"Resources": {"Q": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": name}}}}))
    return path


@pytest.mark.rule("TPL-06")
@pytest.mark.parametrize("as_given", [str, Path], ids=["text", "path"])
@pytest.mark.parametrize("folder_only", [True, False])
def test_a_file_or_folder(as_given: Any, folder_only: bool, lambda_events: LambdaEvents, tmp_path: Path) -> None:
    template = _written(tmp_path / "template.yaml", "jobs")

    stack = lambda_events.deploy(as_given(tmp_path if folder_only else template))

    assert stack.queues["Q"].name == "jobs"


@pytest.mark.rule("TPL-06")
@pytest.mark.parametrize("given", [None, 5, {"Resources": {}}, SimpleNamespace(directory=5)])
def test_other_values_are_refused(given: Any, lambda_events: LambdaEvents) -> None:
    with pytest.raises(TemplateError, match=r"is not a template\. Pass a path, or a CDK App or CloudAssembly"):
        lambda_events.deploy(given)


@pytest.mark.rule("TPL-06")
@pytest.mark.parametrize("name", ["", "1a", "a_b", "a" * 129])
def test_a_wrong_name_of_a_stack_is_refused(name: str, lambda_events: LambdaEvents, tmp_path: Path) -> None:
    template = _written(tmp_path / "template.yaml", "jobs")

    with pytest.raises(LambdaEventsError, match="is not the name of a stack"):
        lambda_events.deploy(template, name=name)

    assert lambda_events.deploy(template, name="a" * 128).name == "a" * 128


@pytest.mark.rule("TPL-07")
@pytest.mark.parametrize("count", [1, 2, 3])
def test_the_first_name_of_a_folder_is_taken(count: int, lambda_events: LambdaEvents, tmp_path: Path) -> None:
    for name in TEMPLATES[-count:]:
        _written(tmp_path / name, name.replace(".", "-"))

    assert lambda_events.deploy(tmp_path).queues["Q"].name == TEMPLATES[-count].replace(".", "-")


@pytest.mark.rule("TPL-07")
def test_a_manifest_without_artifacts_is_not_an_assembly(lambda_events: LambdaEvents, tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text('{"name": "a web application"}')
    _written(tmp_path / "template.yaml", "jobs")

    assert lambda_events.deploy(tmp_path).queues["Q"].name == "jobs"


@pytest.mark.rule("TPL-07")
@pytest.mark.parametrize("package", ["cdk.out/manifest.json", ".serverless/cloudformation-template-update-stack.json"])
def test_a_package_next_to_a_template_is_ambiguous(package: str, lambda_events: LambdaEvents, tmp_path: Path) -> None:
    _written(tmp_path / package, "other")
    (tmp_path / package).write_text('{"artifacts": {}}')
    _written(tmp_path / "template.yaml", "jobs")

    with pytest.raises(TemplateError, match=f"has several templates: {package}, template.yaml. Pass one of them"):
        lambda_events.deploy(tmp_path)


@pytest.mark.rule("TPL-07")
def test_a_build_folder_is_not_taken_by_itself(lambda_events: LambdaEvents, tmp_path: Path) -> None:
    _written(tmp_path / ".aws-sam" / "build" / "template.yaml", "built")

    with pytest.raises(TemplateError, match=r"has none of: manifest\.json, .*template\.json"):
        lambda_events.deploy(tmp_path)
    assert lambda_events.deploy(tmp_path / ".aws-sam" / "build").queues["Q"].name == "built"


@pytest.mark.rule("TPL-06")
def test_a_file_that_does_not_exist(lambda_events: LambdaEvents, tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match=r"none\.yaml' does not exist\. Pass a template file or a folder"):
        lambda_events.deploy(tmp_path / "none.yaml")


INCLUDE = "{Name: AWS::Include, Parameters: {Location: %s}}"


@pytest.mark.rule("TPL-7A")
@pytest.mark.parametrize("location", ["parts/tags.yaml", "!Sub '${Folder}/tags.yaml'", "./parts/tags.yaml"])
def test_the_content_of_a_file_is_included(location: str, deploy: Deploy, folder: Path, lambda_events: LambdaEvents) -> None:
    (folder / "parts").mkdir()
    (folder / "parts" / "tags.yaml").write_text("- {Key: a, Value: !Ref AWS::Region}\n")

    stack = deploy(
        f"""
        Parameters: {{Folder: {{Type: String, Default: parts}}}}
        Resources:
          Q:
            Type: AWS::SQS::Queue
            Properties: {{QueueName: jobs, Tags: {{Fn::Transform: {INCLUDE % location}}}}}
        """
    )

    assert lambda_events.client("sqs").list_queue_tags(QueueUrl=stack.queues["Q"].url)["Tags"] == {"a": "us-east-1"}


@pytest.mark.rule("TPL-7A")
def test_an_include_stands_beside_other_keys_and_in_sections(deploy: Deploy, folder: Path) -> None:
    (folder / "properties.yaml").write_text("{QueueName: included, DelaySeconds: 3}")
    (folder / "resources.yaml").write_text("Other: {Type: AWS::SQS::Queue}\n")
    (folder / "mappings.yaml").write_text("Mappings: {M: {a: {b: found}}}\n")

    stack = deploy(
        f"""
        Transform: [{INCLUDE % "mappings.yaml"}]
        Resources:
          Fn::Transform: {INCLUDE % "resources.yaml"}
          Q: {{Type: AWS::SQS::Queue, Properties: {{Fn::Transform: {INCLUDE % "properties.yaml"}, QueueName: own}}}}
        Outputs: {{O: {{Value: !FindInMap [M, a, b]}}}}
        """
    )

    assert stack.queues["Q"].name == "own"
    assert set(stack.queues) == {"Q", "Other"}
    assert stack.outputs == {"O": "found"}


@pytest.mark.rule("TPL-7A")
def test_a_changed_included_file_is_read_again(deploy: Deploy, folder: Path) -> None:
    template = template_of(f"{{Fn::Transform: {INCLUDE % 'value.json'}}}")
    (folder / "value.json").write_text('"first"')
    assert deploy(template).outputs["Value"] == "first"

    (folder / "value.json").write_text('"second"')

    assert deploy(template, name="second").outputs["Value"] == "second"


@pytest.mark.rule("TPL-7A")
def test_an_object_of_the_simulated_s3_is_included(deploy: Deploy, lambda_events: LambdaEvents) -> None:
    s3 = lambda_events.client("s3")
    s3.create_bucket(Bucket="parts")
    s3.put_object(Bucket="parts", Key="a/value.yaml", Body=b"x")

    assert deploy(template_of(f"{{Fn::Transform: {INCLUDE % 's3://parts/a/value.yaml'}}}")).outputs["Value"] == "x"


@pytest.mark.rule("TPL-7A")
@pytest.mark.parametrize("location", ["none.yaml", "s3://none/api.yaml"])
def test_a_missing_file_is_an_error_but_in_the_body_of_an_api(
    location: str, deploy: Deploy, lambda_events: LambdaEvents
) -> None:
    template = f"""
        Transform: AWS::Serverless-2016-10-31
        Resources:
          Q: {{Type: AWS::SQS::Queue}}
          Api:
            Type: AWS::Serverless::Api
            Properties: {{StageName: v1, DefinitionBody: {{Fn::Transform: {INCLUDE % location}}}}}
    """

    [api] = [one for one in deploy(template).report if one.logical_id == "Api"]

    assert location in api.reason
    with pytest.raises(TemplateError, match=f"the included file '{location}' does not exist"):
        deploy(template_of(f"{{Fn::Transform: {INCLUDE % location}}}"), name="second")


@pytest.mark.rule("TPL-7A")
def test_a_file_that_includes_itself_is_refused(deploy: Deploy, folder: Path) -> None:
    (folder / "value.yaml").write_text(f"[{{Fn::Transform: {INCLUDE % 'value.yaml'}}}]")

    with pytest.raises(TemplateError, match=r"'value\.yaml' includes itself"):
        deploy(template_of(f"!Join ['', {{Fn::Transform: {INCLUDE % 'value.yaml'}}}]"))
