"""The same handlers through AWS's own runner of durable functions and through the simulation: the histories are equal.

The differences of the runner that `docs/rules/durable-functions.md` lists (R1 to R18) are taken out before the comparison.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, NamedTuple

import pytest

from pytest_lambda_events import DurableExecution, LambdaEvents

pytest.importorskip("aws_durable_execution_sdk_python", reason="the SDK needs Python 3.11")

import durable_handlers
from aws_durable_execution_sdk_python import durable_execution
from aws_durable_execution_sdk_python.lambda_service import ErrorObject
from aws_durable_execution_sdk_python_testing.runner import DurableFunctionTestRunner
from durable_handlers import Handler

LONG = 31_622_400
UNSTABLE = ("ScheduledEndTimestamp", "CallbackId", "DurableExecutionArn", "ExecutionTimeout", "ExecutedVersion")
NOT_ON_RUNNER = ("Timeout", "HeartbeatTimeout")
"""Details of CallbackStarted that the runner leaves out, although a recording of AWS has them (DUR-B5)."""


class Outcome(NamedTuple):
    """The end of an execution. The status of the runner is FAILED for each execution that did not succeed (R12)."""

    status: str
    result: Any
    error: Mapping[str, Any] | None
    history: list[dict[str, Any]]


class Callback(NamedTuple):
    """What ends the callback of an execution: on the runner, and on the simulation."""

    on_runner: Callable[[DurableFunctionTestRunner, str], None]
    here: Callable[[DurableExecution], None]


def child() -> Handler:
    return lambda event, context: {"got": event}


def broken_child() -> Handler:
    return durable_handlers.broken_handler()


def work() -> None:
    time.sleep(0.4)


SUCCEED = Callback(
    lambda runner, callback_id: runner.send_callback_success(callback_id, b"ok"),
    lambda execution: execution.complete_callback(result="ok"),
)
FAIL = Callback(
    lambda runner, callback_id: runner.send_callback_failure(callback_id, ErrorObject("no", "Rejected", None, None)),
    lambda execution: execution.fail_callback(message="no", error_type="Rejected"),
)
CASES: Mapping[str, Callable[[], Handler]] = {
    "O1": durable_handlers.one_step,
    "O2": durable_handlers.long_wait,
    "O3": durable_handlers.retried_step,
    "O4": durable_handlers.exhausted_step,
    "O5": durable_handlers.caught_failure,
    "O8": lambda: durable_handlers.callback(timeout=1),
    "O9": lambda: durable_handlers.callback(heartbeat=1),
    "O10": lambda: durable_handlers.chained("child:1"),
    "O11": lambda: durable_handlers.chained("broken:1"),
    "O12": durable_handlers.child_context,
    "O13": durable_handlers.sequential_map,
    "O15": durable_handlers.polled_condition,
    "O17": durable_handlers.broken_handler,
    "O18": durable_handlers.large_child_result,
    "O20": lambda: durable_handlers.retry_beside_work(work),
}
CALLBACK_CASES: Mapping[str, tuple[Callable[[], Handler], Callback]] = {
    "O6": (durable_handlers.callback, SUCCEED),
    "O7": (durable_handlers.callback, FAIL),
    "O16": (durable_handlers.waited_callback, SUCCEED),
}


@pytest.fixture(autouse=True)
def quiet_runner(caplog: pytest.LogCaptureFixture) -> None:
    """Keeps the runner from logging expected failures."""
    caplog.set_level(logging.CRITICAL)


@pytest.mark.rule("DUR-70", "DUR-72", "DUR-73", "DUR-76", "DUR-8C", "DUR-8E", "DUR-8F", "DUR-8I", "DUR-D0", "DUR-D1")
@pytest.mark.parametrize("case", CASES)
def test_history_equals_that_of_the_runner(case: str) -> None:
    of_runner, here = on_runner(CASES[case]()), simulated(CASES[case]())

    assert (here.status, here.result, here.error) == (of_runner.status, of_runner.result, of_runner.error)
    assert compared(here.history) == compared(of_runner.history)


@pytest.mark.rule("DUR-80", "DUR-81", "DUR-82", "DUR-86")
@pytest.mark.parametrize("case", CALLBACK_CASES)
def test_history_of_a_callback_equals_that_of_the_runner(case: str) -> None:
    make, callback = CALLBACK_CASES[case]

    of_runner, here = on_runner(make(), callback), simulated(make(), callback)

    assert (here.status, here.result, here.error) == (of_runner.status, of_runner.result, of_runner.error)
    assert compared(here.history) == compared(of_runner.history)


@pytest.mark.rule("DUR-49")
def test_large_result_has_the_end_of_its_invocation_which_the_runner_leaves_out() -> None:
    length = 6 * 1024 * 1024 - 2

    of_runner, here = on_runner(durable_handlers.large_result(length)), simulated(durable_handlers.large_result(length))

    completed = [event for event in here.history if event["EventType"] == "InvocationCompleted"]
    others = [event for event in here.history if event["EventType"] != "InvocationCompleted"]
    assert (here.status, len(here.result), len(completed)) == (of_runner.status, length, 1)
    assert [event["EventType"] for event in others] == [event["EventType"] for event in of_runner.history]


def on_runner(handler: Handler, callback: Callback | None = None) -> Outcome:
    """Runs an execution on the runner of AWS, whose timeouts of callbacks take real time (R2)."""
    with DurableFunctionTestRunner(handler=durable_execution(handler), poll_interval=0.01) as runner:
        runner.register_durable_function("child:1", durable_execution(child()))
        runner.register_durable_function("broken:1", durable_execution(broken_child()))
        arn = runner.run_async(input="{}", execution_timeout=LONG)
        if callback is not None:
            callback.on_runner(runner, runner.wait_for_callback(arn, timeout=10))
        result = runner.wait_for_result(arn, timeout=30)
        history = runner.get_execution_history(arn, include_execution_data=True)
    runner._scheduler._loop.close()  # The runner stops its event loop, but leaves it open.
    error = None if result.error is None else result.error.to_dict()
    value = json.loads(result.result) if result.result else None
    return Outcome(result.status.value, value, error, [event.to_dict() for event in history.events])


def simulated(handler: Handler, callback: Callback | None = None) -> Outcome:
    """Runs an execution on the simulation."""
    with LambdaEvents() as lambda_events:
        for name, target in (("child", child()), ("broken", broken_child())):
            durable = lambda_events.function(durable_execution(target), name=name, durable_execution_timeout=LONG)
            durable.publish_version()
        function = lambda_events.function(
            durable_execution(handler), name="caller", durable_execution_timeout=LONG, durable_retention_days=90
        )
        execution = function.start_execution({})
        if callback is not None:
            lambda_events.advance(1)
            callback.here(execution)
        lambda_events.advance(timedelta(days=31))
        return Outcome(execution.status, execution.result, execution.error, execution.history)


def compared(history: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Returns the events without times, ids of executions, and the listed differences."""
    return [_event(event) for event in history]


def _event(event: Mapping[str, Any]) -> dict[str, Any]:
    kind = event["EventType"]
    kept = {name: event[name] for name in ("EventType", "SubType", "EventId", "Id", "Name", "ParentId") if name in event}
    if kind.startswith("Execution"):
        kept.pop("Id")
        kept.pop("Name")
    if kind == "InvocationCompleted":
        return kept  # R7: the runner gives no details.
    details = {name: value for name, value in event[f"{kind}Details"].items() if name not in UNSTABLE + NOT_ON_RUNNER}
    details.get("Error", {}).pop("Truncated", None)  # The runner shows errors of callbacks as truncated.
    retry = details.pop("RetryDetails", {})
    if retry.get("NextAttemptDelaySeconds"):
        details["RetryDetails"] = retry  # R8: the runner has none for the last attempt, or a delay of 0.
        if kind == "StepSucceeded":
            details.pop("Result")  # The runner does not show the state of a condition that is polled again.
    return {**kept, **details}
