"""Deploys packages of the Serverless Framework."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from pytest_lambda_events import LambdaEvents, TemplateError

PREFIX = "serverless/shop/dev/1795952761517-2026-11-29T11:46:01.517Z"


def function(name: str, package: str, handler: str = "src/app.handler") -> dict[str, Any]:
    code = {"S3Bucket": {"Ref": "ServerlessDeploymentBucket"}, "S3Key": f"{PREFIX}/{package}.zip"}
    return {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "Code": code, "Handler": handler, "Runtime": "python3.13", "FunctionName": f"shop-dev-{name}",
            "Role": "arn:aws:iam::123456789012:role/shop", "Timeout": 6, "MemorySize": 1024,
        },
    }  # fmt: skip


def write_package(folder: Path, resources: Mapping[str, Any], functions: Mapping[str, Any] | None = None) -> None:
    package = folder / ".serverless"
    package.mkdir()
    deployed = {"ServerlessDeploymentBucket": {"Type": "AWS::S3::Bucket"}, **resources}
    (package / "cloudformation-template-update-stack.json").write_text(json.dumps({"Resources": deployed}))
    if functions is not None:
        (package / "serverless-state.json").write_text(json.dumps({"service": {"functions": functions}}))
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("src/app.py", "def handler(event, context): return 'zip'")
        archive.writestr("built/app.py", "def handler(event, context): return 'zip'")
    (package / "a.zip").write_bytes(content.getvalue())


@pytest.mark.rule("TPL-C0", "TPL-C1", "TPL-C2")
@pytest.mark.scenario("TPL T49")
@pytest.mark.parametrize("source", ["", ".serverless"])
def test_a_function_runs_from_the_source_folder(source: str, folder: Path, lambda_events: LambdaEvents) -> None:
    mapping = {
        "Type": "AWS::Lambda::EventSourceMapping",
        "Properties": {
            "FunctionName": {"Fn::GetAtt": ["ALambdaFunction", "Arn"]}, "EventSourceArn": {"Fn::GetAtt": ["Q", "Arn"]},
        },
    }  # fmt: skip
    write_package(folder, {"ALambdaFunction": function("a", "a"), "Q": {"Type": "AWS::SQS::Queue"}, "AQ": mapping})

    stack = lambda_events.deploy(folder / source)
    stack.queues["Q"].send("x")
    lambda_events.run_until_idle()

    function_a = stack.functions["a"]
    assert function_a.arn == stack.functions["ALambdaFunction"].arn == stack.functions["shop-dev-a"].arn
    assert function_a.records_processed == 1
    assert function_a.module("src.app").__file__ == str(folder / "src" / "app.py")


@pytest.mark.rule("TPL-C1")
def test_a_function_runs_from_the_zip_file_if_the_source_folder_has_no_handler(
    folder: Path, lambda_events: LambdaEvents
) -> None:
    resources = {
        "ALambdaFunction": function("a", "a", "built/app.handler"), "BLambdaFunction": function("b", "b", "gone.handler"),
    }  # fmt: skip
    write_package(folder, resources)

    stack = lambda_events.deploy(folder)

    assert stack.functions["a"].invoke().payload == "zip"
    assert "b.zip' does not exist. Pass handlers={'b': ...}" in stack.functions["b"].invoke().payload["errorMessage"]


@pytest.mark.rule("TPL-C0")
def test_the_code_is_found_if_the_service_uses_its_own_bucket(folder: Path, lambda_events: LambdaEvents) -> None:
    own_bucket = function("a", "a", "built/app.handler")
    own_bucket["Properties"]["Code"]["S3Bucket"] = "my-deployments"
    write_package(folder, {"ALambdaFunction": own_bucket})

    assert lambda_events.deploy(folder).functions["a"].invoke().payload == "zip"


@pytest.mark.rule("TPL-C2")
@pytest.mark.parametrize("has_state", [True, False])
def test_a_function_is_found_by_its_key(has_state: bool, folder: Path, lambda_events: LambdaEvents) -> None:
    names = {"take-orders": "TakeDashordersLambdaFunction", "tell_b": "TellUnderscorebLambdaFunction"}
    resources = {logical_id: function(key, "a") for key, logical_id in names.items()}
    write_package(folder, resources, {key: {} for key in names} if has_state else None)

    stack = lambda_events.deploy(folder, handlers={"tell_b": lambda event, context: "given"})

    assert [stack.functions[key].name for key in names] == ["shop-dev-take-orders", "shop-dev-tell_b"]
    assert stack.functions["tell_b"].invoke().payload == "given"
    with pytest.raises(KeyError, match=r"Did you mean 'tell_b'\? It has: take-orders, tell_b\."):
        stack.functions["tell_c"]


@pytest.mark.rule("TPL-C2")
def test_the_state_has_keys_with_capital_letters(folder: Path, lambda_events: LambdaEvents) -> None:
    write_package(folder, {"PayLambdaFunction": function("Pay", "a")}, {"Pay": {}})

    assert lambda_events.deploy(folder).functions["Pay"].name == "shop-dev-Pay"


@pytest.mark.rule("TPL-C3")
def test_the_hash_of_the_code_of_a_version_is_not_checked(folder: Path, lambda_events: LambdaEvents) -> None:
    version = {
        "Type": "AWS::Lambda::Version",
        "Properties": {"FunctionName": {"Ref": "ALambdaFunction"}, "CodeSha256": "mU3W1QEkk5ivJZ1Fc3tN3tdD"},
    }
    alias = {
        "Type": "AWS::Lambda::Alias",
        "Properties": {
            "FunctionName": {"Ref": "ALambdaFunction"}, "Name": "provisioned",
            "FunctionVersion": {"Fn::GetAtt": ["Version", "Version"]},
            "ProvisionedConcurrencyConfig": {"ProvisionedConcurrentExecutions": 1},
        },
    }  # fmt: skip
    mapping = {
        "Type": "AWS::Lambda::EventSourceMapping",
        "DependsOn": "Alias",
        "Properties": {
            "FunctionName": {"Fn::Join": [":", [{"Fn::GetAtt": ["ALambdaFunction", "Arn"]}, "provisioned"]]},
            "EventSourceArn": {"Fn::GetAtt": ["Q", "Arn"]},
        },
    }
    queue = {"Type": "AWS::SQS::Queue"}
    write_package(
        folder, {"ALambdaFunction": function("a", "a"), "Version": version, "Alias": alias, "Q": queue, "AQ": mapping}
    )

    stack = lambda_events.deploy(folder)
    stack.queues["Q"].send("x")
    lambda_events.run_until_idle()

    assert [attempt.executed_version for attempt in stack.functions["a"].attempts] == ["1"]


@pytest.mark.rule("TPL-C6")
@pytest.mark.scenario("TPL T50")
@pytest.mark.parametrize("source", ["", "serverless.yml"])
def test_a_serverless_yml_alone_is_refused(source: str, folder: Path, lambda_events: LambdaEvents) -> None:
    (folder / "serverless.yml").write_text("service: shop")

    with pytest.raises(TemplateError, match=r'Run "serverless package" first; deploy reads the folder .serverless'):
        lambda_events.deploy(folder / source)
