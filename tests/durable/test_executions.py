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
