"""The requirements of AWS's conformance tests that the sheet names (CONF), with the histories that the real service has.

The handlers are written after the descriptions in `docs/rules/durable-functions.md`.
"""

from __future__ import annotations

import os
from typing import Any

import pytest

from pytest_lambda_events import DurableExecution, LambdaEvents

pytest.importorskip("aws_durable_execution_sdk_python", reason="the SDK needs Python 3.11")

import durable_handlers
from aws_durable_execution_sdk_python import durable_execution
from aws_durable_execution_sdk_python.config import Duration, MapConfig, StepConfig, StepSemantics
from durable_handlers import Handler, failing, retries

DONE = "InvocationCompleted"
EXCEPTIONS = "aws_durable_execution_sdk_python.exceptions"


def run(lambda_events: LambdaEvents, handler: Handler, callback: str | None = None) -> DurableExecution:
    """Runs an execution to its end. `callback` is the result of its callback, which comes after a second."""
    lambda_events.function(durable_execution(lambda event, context: "ok"), name="child", durable_execution_timeout=60)
    function = lambda_events.function(durable_execution(handler), name="order", timeout=10, durable_execution_timeout=3600)
    execution = function.start_execution({})
    if callback is not None:
        lambda_events.advance(1)
        execution.complete_callback(None, callback)
    lambda_events.run_until_idle()
    return execution


def types(execution: DurableExecution) -> list[str]:
    """Returns the types of the events between the start and the end of an execution."""
    return [event["EventType"] for event in execution.history[1:-1]]


def details(execution: DurableExecution, kind: str) -> list[dict[str, Any]]:
    return [event[f"{kind}Details"] for event in execution.history if event["EventType"] == kind]


def exiting(semantics: StepSemantics) -> Handler:
    """Returns a handler whose process ends in the first run of a step without retries."""
    runs: list[None] = []

    def body(step: Any) -> str:
        runs.append(None)
        if len(runs) == 1:
            os._exit(1)
        return "done"

    config = StepConfig(step_semantics=semantics, retry_strategy=retries(1).retry_strategy)
    return lambda event, context: context.step(body, name="pay", config=config)


@pytest.mark.rule("DUR-91")
def test_step_1_10_replays_return_the_result_of_a_step_that_has_ended(lambda_events: LambdaEvents) -> None:
    ran: list[str] = []

    def body(step: Any) -> str:
        ran.append("step")
        return "stored"

    def handler(event: Any, context: Any) -> Any:
        ran.append("handler")
        first = context.step(body, name="first")
        context.wait(Duration(5), name="rest")
        return first

    execution = run(lambda_events, handler)

    assert (execution.result, ran) == ("stored", ["handler", "step", "handler"])
    assert types(execution) == ["StepStarted", "StepSucceeded", "WaitStarted", DONE, "WaitSucceeded", DONE]


@pytest.mark.rule("DUR-B8", "DUR-78")
def test_step_1_12_a_failed_attempt_names_the_delay_of_its_retry_unless_it_is_the_last(lambda_events: LambdaEvents) -> None:
    execution = run(lambda_events, lambda event, context: context.step(failing(9), name="broken", config=retries(2, 7)))

    assert execution.status == "FAILED"
    assert types(execution) == ["StepStarted", "StepFailed", DONE, "StepStarted", "StepFailed", DONE]
    assert [one["RetryDetails"] for one in details(execution, "StepFailed")] == [
        {"CurrentAttempt": 1, "NextAttemptDelaySeconds": 7}, {"CurrentAttempt": 2},
    ]  # fmt: skip


@pytest.mark.rule("DUR-74")
def test_step_1_13_a_step_has_six_attempts_by_default(lambda_events: LambdaEvents) -> None:
    execution = run(lambda_events, lambda event, context: context.step(failing(9), name="broken"))

    assert [one["RetryDetails"]["CurrentAttempt"] for one in details(execution, "StepFailed")] == [1, 2, 3, 4, 5, 6]


@pytest.mark.rule("DUR-64", "DUR-65")
def test_step_1_17_a_step_that_runs_at_most_once_fails_if_the_process_exits(lambda_events: LambdaEvents) -> None:
    execution = run(lambda_events, exiting(StepSemantics.AT_MOST_ONCE_PER_RETRY))

    assert execution.status == "FAILED"
    assert types(execution) == ["StepStarted", DONE, "StepFailed", DONE]
    first, second = details(execution, DONE)
    assert first["Error"]["Payload"]["ErrorType"] == "Runtime.ExitError"
    assert "Error" not in second


@pytest.mark.rule("DUR-61", "DUR-64")
def test_step_1_17_another_step_runs_again_without_a_failed_attempt(lambda_events: LambdaEvents) -> None:
    execution = run(lambda_events, exiting(StepSemantics.AT_LEAST_ONCE_PER_RETRY))

    assert (execution.status, execution.result) == ("SUCCEEDED", "done")
    assert "StepFailed" not in types(execution)
    assert [("Error" in one) for one in details(execution, DONE)] == [True, False]


@pytest.mark.rule("DUR-65")
def test_step_1_18_the_retry_strategy_decides_about_an_interrupted_step(lambda_events: LambdaEvents) -> None:
    runs: list[None] = []

    def body(step: Any) -> str:
        runs.append(None)
        if len(runs) == 1:
            os._exit(1)
        return "done"

    config = StepConfig(step_semantics=StepSemantics.AT_MOST_ONCE_PER_RETRY, retry_strategy=retries(2, 7).retry_strategy)
    execution = run(lambda_events, lambda event, context: context.step(body, name="pay", config=config))

    assert (execution.status, execution.result) == ("SUCCEEDED", "done")
    assert types(execution) == ["StepStarted", DONE, "StepFailed", DONE, "StepStarted", "StepSucceeded", DONE]
    [failed] = details(execution, "StepFailed")
    assert failed["RetryDetails"] == {"CurrentAttempt": 1, "NextAttemptDelaySeconds": 7}


@pytest.mark.rule("DUR-61", "DUR-8E")
def test_child_3_12_a_step_of_a_context_runs_again_after_the_process_exits(lambda_events: LambdaEvents) -> None:
    inner = exiting(StepSemantics.AT_LEAST_ONCE_PER_RETRY)

    execution = run(
        lambda_events, lambda event, context: context.run_in_child_context(lambda child: inner(event, child), name="group")
    )

    found = types(execution)
    assert (execution.status, execution.result) == ("SUCCEEDED", "done")
    assert "StepFailed" not in found
    assert [kind for kind in found if kind.startswith("Context")] == ["ContextStarted", "ContextSucceeded"]
    assert found.count(DONE) == 2


@pytest.mark.rule("DUR-83")
@pytest.mark.parametrize(
    ("timeout", "heartbeat", "error", "seconds"),
    [(2, 0, "Callback.Timeout", 2), (0, 3, "Callback.Heartbeat", 3), (2, 3, "Callback.Timeout", 2)],
    ids=["4-3", "4-4", "4-5"],
)
def test_callback_4_3_to_4_5_an_open_callback_times_out(
    lambda_events: LambdaEvents, timeout: int, heartbeat: int, error: str, seconds: int
) -> None:
    execution = run(lambda_events, durable_handlers.callback(timeout, heartbeat))

    assert (execution.status, lambda_events.elapsed) == ("FAILED", seconds)
    assert types(execution) == ["CallbackStarted", DONE, "CallbackTimedOut", DONE]
    assert details(execution, "CallbackTimedOut")[0]["Error"]["Payload"]["ErrorType"] == error
    assert execution.error is not None
    assert execution.error["ErrorType"] == f"{EXCEPTIONS}.CallbackTimeoutError"


@pytest.mark.rule("DUR-87", "DUR-4D")
def test_callback_4_9_the_end_of_a_callback_invokes_a_handler_that_waits(lambda_events: LambdaEvents) -> None:
    def handler(event: Any, context: Any) -> Any:
        callback = context.create_callback(name="approval")
        context.wait(Duration(5), name="rest")
        return callback.result()

    execution = run(lambda_events, handler, "yes")

    assert execution.result == "yes"
    assert types(execution) == [
        "CallbackStarted", "WaitStarted", DONE, "CallbackSucceeded", DONE, "WaitSucceeded", DONE
    ]  # fmt: skip


@pytest.mark.rule("DUR-B9")
def test_invoke_5_1_the_invocation_ends_before_the_target(lambda_events: LambdaEvents) -> None:
    execution = run(lambda_events, durable_handlers.chained("child:$LATEST"))

    assert execution.result == "ok"
    assert types(execution) == ["ChainedInvokeStarted", DONE, "ChainedInvokeSucceeded", DONE]


@pytest.mark.rule("DUR-8I")
def test_condition_6_5_each_poll_is_a_success_with_the_delay_of_the_next(lambda_events: LambdaEvents) -> None:
    lambda_events.function(durable_execution(durable_handlers.polled_condition()), name="poll", durable_execution_timeout=9000)
    execution = lambda_events.functions["poll"].start_execution({})
    lambda_events.run_until_idle()

    assert types(execution) == ["StepStarted", "StepSucceeded", DONE] * 3
    assert [one["RetryDetails"] for one in details(execution, "StepSucceeded")] == [
        {"CurrentAttempt": 1, "NextAttemptDelaySeconds": 3600}, {"CurrentAttempt": 2, "NextAttemptDelaySeconds": 3600},
        {"CurrentAttempt": 3},
    ]  # fmt: skip


@pytest.mark.rule("DUR-86")
def test_wait_for_callback_7_7_a_submitter_that_fails_fails_the_context(lambda_events: LambdaEvents) -> None:
    def submit(callback_id: str, step: Any) -> None:
        raise RuntimeError("no mail server")

    execution = run(lambda_events, lambda event, context: context.wait_for_callback(submit, name="wfc"))

    assert execution.error is not None
    assert (execution.status, execution.error["ErrorType"]) == ("FAILED", f"{EXCEPTIONS}.CallbackSubmitterError")
    assert len(details(execution, "StepFailed")) == 6
    assert types(execution)[-2:] == ["ContextFailed", DONE]


@pytest.mark.rule("DUR-8G")
@pytest.mark.parametrize("raises", [False, True], ids=["9-5", "9-6"])
def test_map_9_5_and_9_6_the_context_of_a_map_succeeds_although_an_item_fails(
    lambda_events: LambdaEvents, raises: bool
) -> None:
    def each(child: Any, item: int, index: int, items: Any) -> Any:
        return child.step(lambda step: 10 // item, name="divide", config=retries(1))

    def handler(event: Any, context: Any) -> Any:
        config: Any = MapConfig(max_concurrency=1)
        results = context.map([1, 0], each, name="all", config=config)
        if raises:
            results.throw_if_error()
        return results.get_results()

    execution = run(lambda_events, handler)

    assert [(one.sub_type, one.status) for one in execution.operations if one.type == "CONTEXT"] == [
        ("Map", "SUCCEEDED"), ("MapIteration", "SUCCEEDED"), ("MapIteration", "FAILED"),
    ]  # fmt: skip
    assert execution.status == ("FAILED" if raises else "SUCCEEDED")
