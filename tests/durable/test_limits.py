"""The limits of durable executions: operations, and sizes of inputs and results."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import boto3
import pytest
from durable_starts import echo, handler, sdk

from pytest_lambda_events import LambdaEvents, NotSimulatedError, limits

MEGABYTE = 1024 * 1024
LATEST = "$LATEST"


def checkpointing(updates: list[dict[str, Any]]) -> Callable[[Any, Any], Any]:
    """Returns a handler that sends these updates in calls of 250, and then succeeds."""

    def code(event: Any, context: Any) -> Any:
        client, token = boto3.client("lambda"), event["CheckpointToken"]
        for first in range(0, len(updates), 250):
            token = client.checkpoint_durable_execution(
                DurableExecutionArn=event["DurableExecutionArn"], CheckpointToken=token, Updates=updates[first : first + 250]
            )["CheckpointToken"]
        return {"Status": "SUCCEEDED", "Result": "1"}

    return code


def steps(count: int) -> list[dict[str, Any]]:
    return [{"Id": f"s{number}", "Type": "STEP", "Action": "SUCCEED"} for number in range(count)]


@pytest.fixture
def few_operations(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets an execution have 300 operations, because 3000 take seconds."""
    assert limits.DURABLE_OPERATIONS == 3000
    monkeypatch.setattr(limits, "DURABLE_OPERATIONS", 300)


@pytest.mark.rule("DUR-C3")
@pytest.mark.usefixtures("few_operations")
def test_an_execution_has_3000_operations(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(checkpointing(steps(300)), name="charge", durable_execution_timeout=60)

    execution = function.start_execution()
    lambda_events.run_until_idle()

    assert (execution.status, len(execution.operations)) == ("SUCCEEDED", 300)


@pytest.mark.rule("DUR-C3")
@pytest.mark.usefixtures("few_operations")
def test_more_operations_are_refused_by_name(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(checkpointing(steps(301)), name="charge", durable_execution_timeout=10)
    function.start_execution(name="many")

    with pytest.raises(NotSimulatedError, match="'many' has more than 300 operations"):
        lambda_events.run_until_idle()


@pytest.mark.rule("DUR-C4")
@pytest.mark.parametrize(("size", "status"), [(MEGABYTE, "SUCCEEDED"), (MEGABYTE + 1, "FAILED")])
def test_the_result_of_a_step_has_at_most_a_megabyte(lambda_events: LambdaEvents, size: int, status: str) -> None:
    def code(event: Any, context: Any) -> Any:
        context.step(lambda step: "x" * (size - 2), name="large")

    function = lambda_events.function(handler(code), name="charge", durable_execution_timeout=60)

    execution = function.start_execution()
    lambda_events.run_until_idle()

    assert execution.status == status


@pytest.mark.rule("DUR-C4")
def test_inputs_are_limited_as_for_any_function(lambda_events: LambdaEvents) -> None:
    lambda_events.function(echo(), name="charge", durable_execution_timeout=60)
    client = boto3.client("lambda")
    given = {"FunctionName": "charge", "Qualifier": LATEST, "InvocationType": "Event"}

    assert client.invoke(**given, Payload=b'"' + b"x" * (MEGABYTE - 2) + b'"')["StatusCode"] == 202
    with pytest.raises(client.exceptions.ClientError, match=r"RequestEntityTooLarge|RequestTooLarge"):
        client.invoke(**given, Payload=b'"' + b"x" * (MEGABYTE - 1) + b'"')


@pytest.mark.rule("DUR-45")
def test_the_sdk_replays_only_if_there_are_operations(lambda_events: LambdaEvents) -> None:
    replays: list[bool] = []

    def code(event: Any, context: Any) -> Any:
        replays.append(context.is_replaying())
        context.wait(sdk.config.Duration(seconds=1), name="rest")

    function = lambda_events.function(handler(code), name="charge", durable_execution_timeout=60)

    function.start_execution()
    lambda_events.run_until_idle()

    assert replays == [False, True]
