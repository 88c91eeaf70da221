"""Branches of durable executions that run at the same time: waits, retries and work side by side."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest

from pytest_lambda_events import DurableExecution, LambdaEvents

pytest.importorskip("aws_durable_execution_sdk_python", reason="the SDK needs Python 3.11")

import durable_handlers
from aws_durable_execution_sdk_python import durable_execution

HOUR = 3600


def started(lambda_events: LambdaEvents, handler: Any) -> DurableExecution:
    function = lambda_events.function(durable_execution(handler), name="both", durable_execution_timeout=timedelta(days=30))
    return function.start_execution({})


def ends(execution: DurableExecution, kind: str) -> list[tuple[str, float]]:
    """Returns the names of events of a kind, with the seconds since the start of the execution."""
    history = execution.history
    start = history[0]["EventTimestamp"]
    ends = [(event["Name"], event["EventTimestamp"] - start) for event in history if event["EventType"] == kind]
    return [(name, after.total_seconds()) for name, after in ends]


def invocations(execution: DurableExecution) -> int:
    return sum(event["EventType"] == "InvocationCompleted" for event in execution.history)


@pytest.mark.rule("DUR-79", "DUR-8H")
def test_parallel_waits_end_each_at_their_own_time(lambda_events: LambdaEvents) -> None:
    execution = started(lambda_events, durable_handlers.two_waits())

    lambda_events.advance(HOUR - 1)
    assert (ends(execution, "WaitSucceeded"), execution.status) == ([("60 s", 60)], "RUNNING")
    lambda_events.advance(1)

    assert ends(execution, "WaitSucceeded") == [("60 s", 60), ("3600 s", HOUR)]
    assert (execution.status, invocations(execution)) == ("SUCCEEDED", 3)


@pytest.mark.rule("DUR-54", "DUR-8H", "DUR-D4")
def test_wait_that_ends_beside_a_working_branch_does_not_end_the_invocation(lambda_events: LambdaEvents) -> None:
    execution = started(lambda_events, durable_handlers.wait_beside_work(lambda: time.sleep(1.6)))

    lambda_events.advance(10)

    assert (execution.status, invocations(execution)) == ("SUCCEEDED", 1)
    assert ends(execution, "WaitSucceeded") == [("second", 1)]


@pytest.mark.rule("DUR-78", "DUR-8H")
def test_retry_beside_a_working_branch_suspends_when_the_branch_has_ended(lambda_events: LambdaEvents) -> None:
    execution = started(lambda_events, durable_handlers.retry_beside_work(lambda: time.sleep(0.4)))

    lambda_events.advance(2 * HOUR)

    assert (execution.status, invocations(execution)) == ("SUCCEEDED", 2)
    assert ends(execution, "StepStarted")[-1] == ("flaky", HOUR)
