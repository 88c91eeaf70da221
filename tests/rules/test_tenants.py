"""FUN: functions whose execution environments belong to one tenant each."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from uploads import create_function

from pytest_lambda_events import LambdaEvents, LambdaEventsError

COUNTING = "calls = []\ndef handler(event, context):\n    calls.append(event)\n    return [context.tenant_id, len(calls)]\n"
TENANCY = {"TenantIsolationMode": "PER_TENANT"}


@pytest.fixture
def code(tmp_path: Path) -> Path:
    """A folder with a handler that counts its calls."""
    (tmp_path / "app.py").write_text(COUNTING)
    return tmp_path


@pytest.mark.rule("FUN-74", "FUN-75", "FUN-76")
def test_tenants_share_no_execution_environment(lambda_events: LambdaEvents, code: Path) -> None:
    function = lambda_events.function("app.handler", code_uri=code, name="f", tenancy=True)

    answers = [function.invoke({}, tenant_id=tenant).payload for tenant in ("a", "b", "a")]

    assert answers == [["a", 1], ["b", 1], ["a", 2]]


@pytest.mark.rule("FUN-74", "FUN-76")
def test_a_tenant_reaches_the_handler_through_boto3(lambda_events: LambdaEvents) -> None:
    aws_lambda = lambda_events.client("lambda")
    create_function("f", COUNTING, TenancyConfig=TENANCY)
    lambda_events.advance(1)

    answer = json.loads(aws_lambda.invoke(FunctionName="f", TenantId="a b/c")["Payload"].read())
    aws_lambda.invoke(FunctionName="f", TenantId="later", InvocationType="Event")
    lambda_events.run_until_idle()

    assert answer == ["a b/c", 1]
    assert lambda_events.functions["f"].attempts[-1].response == ["later", 1]
    assert aws_lambda.get_function_configuration(FunctionName="f")["TenancyConfig"] == TENANCY


@pytest.mark.rule("FUN-76")
def test_every_attempt_of_an_event_has_its_tenant(lambda_events: LambdaEvents) -> None:
    tenants = []

    def handler(event: Any, context: Any) -> None:
        tenants.append(context.tenant_id)
        raise ValueError

    function = lambda_events.function(handler, tenancy=True)
    function.invoke_async(tenant_id="a")
    lambda_events.run_until_idle()

    assert tenants == ["a", "a", "a"]


@pytest.mark.rule("FUN-76")
@pytest.mark.parametrize("kind", ["RequestResponse", "Event", "DryRun"])
def test_an_invocation_without_a_tenant_is_refused(lambda_events: LambdaEvents, kind: str) -> None:
    function = lambda_events.function(lambda event, context: 1, name="f", tenancy=True)

    with pytest.raises(ClientError) as caught:
        lambda_events.client("lambda").invoke(FunctionName="f", InvocationType=kind)

    error = caught.value.response
    assert (error["Error"]["Code"], error["ResponseMetadata"]["HTTPStatusCode"]) == ("InvalidParameterValueException", 400)
    assert "Add a valid tenant ID" in error["Error"]["Message"]
    assert function.attempts == []


@pytest.mark.rule("FUN-76")
def test_a_tenant_of_a_function_without_tenancy_is_refused_by_a_handle(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(lambda event, context: 1, name="f")

    for invoke in (function.invoke, function.invoke_async):
        with pytest.raises(ClientError, match="Remove the tenant ID"):
            invoke({}, tenant_id="a")


def test_a_json_log_names_the_tenant(lambda_events: LambdaEvents) -> None:
    source = "import logging\ndef handler(event, context): logging.getLogger().warning('charged')"
    create_function("f", source, TenancyConfig=TENANCY, LoggingConfig={"LogFormat": "JSON"})
    lambda_events.advance(1)
    function = lambda_events.functions["f"]

    function.invoke(tenant_id="a")

    [line] = function.logs
    assert json.loads(line)["tenantId"] == "a"


def test_a_tenant_has_modules_of_its_own(lambda_events: LambdaEvents, code: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    function = lambda_events.function("app.handler", code_uri=code, name="f", tenancy=True)
    monkeypatch.setattr(function.module("app", tenant_id="a"), "calls", [1, 2])

    assert [function.invoke(tenant_id=tenant).payload for tenant in ("a", "b")] == [["a", 3], ["b", 1]]
    with pytest.raises(LambdaEventsError, match=r"Call module\('app', tenant_id=\"\.\.\.\"\)"):
        function.module("app")


def test_changing_tenancy_is_refused(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(lambda event, context: 1, name="f")

    with pytest.raises(LambdaEventsError, match="AWS does not allow tenancy to change"):
        function.update(tenancy=True)


def test_a_queue_cannot_feed_a_function_with_tenants(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(lambda event, context: 1, name="f", tenancy=True)

    with pytest.raises(ClientError, match="Event source mappings are not supported"):
        function.add_event_source(lambda_events.queue("orders"))


def test_an_event_of_another_service_has_no_tenant_and_is_refused(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(lambda event, context: 1, name="f", tenancy=True)
    topic = lambda_events.topic("orders")
    lambda_events.client("sns").subscribe(TopicArn=topic.arn, Protocol="lambda", Endpoint=function.arn)

    lambda_events.client("sns").publish(TopicArn=topic.arn, Message="1")
    lambda_events.run_until_idle()

    assert function.attempts == []
    assert any("Add a valid tenant ID" in warning.detail["message"] for warning in lambda_events.journal.warnings)


def test_tenants_exclude_provisioned_concurrency(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(lambda event, context: 1, name="f", tenancy=True)
    version = function.publish_version()

    with pytest.raises(ClientError, match="TenancyConfig is not supported with provisioned concurrency"):
        lambda_events.client("lambda").put_provisioned_concurrency_config(
            FunctionName="f", Qualifier=version.qualifier, ProvisionedConcurrentExecutions=1
        )
