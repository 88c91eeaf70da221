"""Durable executions through the SDK of AWS: steps, waits, callbacks and their history."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from pytest_lambda_events import LambdaEvents

sdk: Any = pytest.importorskip("aws_durable_execution_sdk_python", reason="the SDK needs Python 3.11")

YEAR = timedelta(days=365)


@pytest.mark.rule("DUR-79", "DUR-80", "DUR-81", "DUR-87")
def test_a_wait_and_a_callback_take_virtual_time(lambda_events: LambdaEvents) -> None:
    def approve(event: Any, context: Any) -> Any:
        reserved = context.step(lambda step: event["order"], name="reserve")
        context.wait(sdk.config.Duration.from_days(30), name="rest")
        approval = context.create_callback(name="approval")
        return [reserved, approval.result()]

    function = lambda_events.function(sdk.durable_execution(approve), durable_execution_timeout=YEAR)
    execution = function.start_execution({"order": 7})
    lambda_events.advance(timedelta(days=31))
    assert execution.status == "RUNNING"
    assert [(step.name, step.status) for step in execution.steps] == [("reserve", "SUCCEEDED"), ("approval", "STARTED")]

    execution.complete_callback("approval", "yes")
    lambda_events.run_until_idle()

    assert (execution.status, execution.result) == ("SUCCEEDED", [7, "yes"])
    assert [event["EventType"] for event in execution.history] == [
        "ExecutionStarted", "StepStarted", "StepSucceeded", "WaitStarted", "InvocationCompleted", "WaitSucceeded",
        "CallbackStarted", "InvocationCompleted", "CallbackSucceeded", "InvocationCompleted", "ExecutionSucceeded",
    ]  # fmt: skip
    assert lambda_events.elapsed == timedelta(days=31).total_seconds()


@pytest.mark.rule("DUR-80", "DUR-81")
@pytest.mark.parametrize(("result", "received"), [(b"bytes", "bytes"), ("text", "text"), ({"by": "a"}, '{"by": "a"}')])
def test_a_callback_gives_the_handler_the_text_that_was_sent(
    lambda_events: LambdaEvents, result: object, received: str
) -> None:
    def wait(event: Any, context: Any) -> Any:
        return context.create_callback().result()

    function = lambda_events.function(sdk.durable_execution(wait), durable_execution_timeout=60)
    execution = function.start_execution()
    lambda_events.run_until_idle()
    execution.complete_callback(result=result)
    lambda_events.run_until_idle()

    assert execution.result == received


def test_the_timeline_tells_the_operations_of_an_execution(lambda_events: LambdaEvents) -> None:
    def order(event: Any, context: Any) -> None:
        context.step(lambda step: None, name="reserve")
        context.wait(sdk.config.Duration.from_minutes(1), name="rest")

    function = lambda_events.function(sdk.durable_execution(order), name="order", durable_execution_timeout=600)
    function.start_execution(name="order-7")
    lambda_events.run_until_idle()

    told = [line for line in lambda_events.journal.timeline().splitlines() if "durable" in line]
    assert [line.split("durable")[1].strip() for line in told] == [
        "order-7: ExecutionStarted", "order-7: StepSucceeded reserve", "order-7: WaitStarted rest",
        "order-7: WaitSucceeded rest", "order-7: ExecutionSucceeded",
    ]  # fmt: skip
    assert "CheckpointDurableExecution" not in lambda_events.journal.timeline()
