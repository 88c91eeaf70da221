"""Invocations of durable executions that fail, and how Lambda invokes the function again."""

from __future__ import annotations

import os
import time
from datetime import timedelta
from typing import Any

import pytest
from durable_protocol import DONE, Session, start, step

from pytest_lambda_events import DurableExecution, LambdaEvents, LambdaEventsError

pytest.importorskip("aws_durable_execution_sdk_python", reason="the SDK needs Python 3.11")

import durable_handlers
from aws_durable_execution_sdk_python import durable_execution
from aws_durable_execution_sdk_python.config import StepConfig, StepSemantics
from aws_durable_execution_sdk_python.retries import RetryPresets

EXCEPTIONS = "aws_durable_execution_sdk_python.exceptions"


def errors(execution: DurableExecution) -> list[str | None]:
    """Returns the types of the errors of the invocations, in order."""
    completed = [event for event in execution.history if event["EventType"] == "InvocationCompleted"]
    details = [event["InvocationCompletedDetails"].get("Error", {}).get("Payload", {}) for event in completed]
    return [one.get("ErrorType") for one in details]


@pytest.mark.rule("DUR-60")
def test_exception_outside_a_step_fails_the_execution_after_one_invocation(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(
        durable_execution(durable_handlers.broken_handler()), name="broken", durable_execution_timeout=60
    )
    execution = function.start_execution({})

    lambda_events.advance(60)

    assert (execution.status, execution.error) == ("FAILED", {"ErrorMessage": "no step", "ErrorType": "RuntimeError"})
    assert errors(execution) == [None]


@pytest.mark.rule("DUR-61", "DUR-62", "DUR-63", "DUR-64")
@pytest.mark.scenario("DUR D12")
def test_timed_out_invocation_is_repeated_until_the_execution_timeout(lambda_events: LambdaEvents) -> None:
    runs: list[float] = []

    def slow(step: Any) -> None:
        runs.append(lambda_events.elapsed)
        time.sleep(20)

    def handler(event: Any, context: Any) -> Any:
        return context.step(slow, name="slow")

    function = lambda_events.function(durable_execution(handler), name="slow", timeout=10, durable_execution_timeout=40)
    execution = function.start_execution({})

    lambda_events.advance(39.999)
    assert execution.status == "RUNNING"
    lambda_events.advance(0.001)

    assert (execution.status, runs) == ("TIMED_OUT", [0, 15, 30])
    assert errors(execution)[:2] == ["Sandbox.Timedout"] * 2
    assert [(one.status, one.attempt) for one in execution.steps] == [("STARTED", 0)]
    assert "StepFailed" not in [event["EventType"] for event in execution.history]


@pytest.mark.rule("DUR-61", "DUR-64")
def test_ended_process_and_exception_of_the_handler_are_errors_of_the_invocation(lambda_events: LambdaEvents) -> None:
    def exits(session: Session) -> Any:
        session.checkpoint(step("START"))
        os._exit(3)

    def raises(session: Session) -> Any:
        raise KeyError("lost")

    execution = start(lambda_events, exits, raises, lambda session: DONE)
    lambda_events.advance(8.9)
    assert execution.status == "RUNNING"
    lambda_events.advance(0.1)

    assert (execution.status, errors(execution)) == ("SUCCEEDED", ["Runtime.ExitError", "KeyError", None])


@pytest.mark.rule("DUR-63")
def test_equal_failures_in_a_row_end_the_simulation_with_an_error(lambda_events: LambdaEvents) -> None:
    def raises(session: Session) -> Any:
        raise KeyError("lost")

    execution = start(lambda_events, raises, timeout=100_000)
    lambda_events.advance(98 * 5 - 1)
    assert len(errors(execution)) == 99

    with pytest.raises(LambdaEventsError, match=r"failed 100 times in a row with KeyError.*\(DUR-63\)"):
        lambda_events.advance(10)


@pytest.mark.rule("DUR-65")
@pytest.mark.scenario("DUR D13")
def test_interrupted_step_that_may_run_once_is_not_run_again(lambda_events: LambdaEvents) -> None:
    runs: list[None] = []

    def exits(step: Any) -> None:
        runs.append(None)
        os._exit(3)

    once = StepConfig(retry_strategy=RetryPresets.none(), step_semantics=StepSemantics.AT_MOST_ONCE_PER_RETRY)

    def handler(event: Any, context: Any) -> Any:
        return context.step(exits, name="pay", config=once)

    function = lambda_events.function(durable_execution(handler), name="pay", durable_execution_timeout=600)
    execution = function.start_execution({})
    lambda_events.advance(60)

    assert (execution.status, len(runs)) == ("FAILED", 1)
    assert errors(execution) == ["Runtime.ExitError", None]
    failed = next(event for event in execution.history if event["EventType"] == "StepFailed")
    assert failed["StepFailedDetails"]["RetryDetails"] == {"CurrentAttempt": 1}
    assert "StepInterrupted" in failed["StepFailedDetails"]["Error"]["Payload"]["ErrorType"]


@pytest.mark.rule("DUR-67")
def test_throttled_invocation_of_a_running_execution_is_tried_again(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(
        durable_execution(durable_handlers.caught_failure()), name="later", durable_execution_timeout=timedelta(days=1)
    )
    execution = function.start_execution({})
    lambda_events.advance(30)
    function.update(reserved_concurrent_executions=0)
    lambda_events.advance(3600)
    assert (execution.status, len(errors(execution))) == ("RUNNING", 1)

    function.update(reserved_concurrent_executions=None)
    lambda_events.advance(3600)

    assert (execution.status, errors(execution)) == ("SUCCEEDED", [None, None])
