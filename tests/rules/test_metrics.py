"""MET: the metrics of functions, as `lambda_events.metrics` reads them."""

from __future__ import annotations

import os
import time
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from uploads import create_function

from pytest_lambda_events import Function, LambdaEvents, LambdaEventsError
from pytest_lambda_events.handles.queue import Queue
from pytest_lambda_events.service.model import EventInvokeConfig

COLUMNS = (
    "AsyncEventsReceived", "Invocations", "Errors", "Throttles", "AsyncEventsDropped", "DeadLetterErrors",
    "DestinationDeliveryFailures",
)  # fmt: skip
BUSY = pytest.mark.lambda_events(concurrent_executions=1)
"""An account in which a function waits while another one runs."""


def work(event: Any, context: Any) -> str:
    """Takes as many seconds as the event says, and fails if it says so."""
    time.sleep(event.get("seconds", 0))
    if event.get("fails"):
        raise ValueError("failed")
    return "done"


def fail(event: Any, context: Any) -> None:
    raise ValueError("failed")


def fail_once() -> Any:
    """A handler whose first run fails."""
    runs: list[Any] = []

    def handler(event: Any, context: Any) -> int:
        runs.append(event)
        if len(runs) == 1:
            raise ValueError("failed")
        return len(runs)

    return handler


def other(lambda_events: LambdaEvents, seconds: float) -> None:
    """Another function takes the account's only unit, from now on for as many seconds."""
    lambda_events.function(work, name="other", timeout=200).invoke_async({"seconds": seconds})
    lambda_events.advance(0)


def sums(lambda_events: LambdaEvents, function: Function) -> list[float | str]:
    """A line of the sheet's table of scenarios: the sum of each column, "-" where there is no sample."""
    metrics = lambda_events.metrics
    return [metrics.sum(name, function) if metrics.values(name, function) else "-" for name in COLUMNS]


def may_send(queue: Queue) -> dict[str, object]:
    """A statement of a role."""
    return {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": queue.arn}


def recursive(event: Any, context: Any) -> None:
    boto3.client("lambda").invoke(FunctionName=context.function_name, InvocationType="Event")


def exits(event: Any, context: Any) -> None:
    os._exit(3)


def answers_too_much(event: Any, context: Any) -> str:
    return "x" * 6_300_000


# ---------------------------------------------------------------------- scenarios


@pytest.mark.scenario("MET M1")
@pytest.mark.rule("MET-10", "MET-11", "MET-12", "MET-13", "MET-14", "MET-04")
def test_an_event_that_succeeds_is_received_and_not_dropped(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(work)
    function.invoke_async()

    lambda_events.run_until_idle()

    assert sums(lambda_events, function) == [1, 1, 0, 0, 0, "-", "-"]


@pytest.mark.scenario("MET M2")
@pytest.mark.rule("MET-10", "MET-11", "MET-12", "MET-14")
def test_an_event_that_always_fails_is_dropped_once(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(fail)
    function.invoke_async()

    lambda_events.run_until_idle()

    assert sums(lambda_events, function) == [1, 3, 3, 0, 1, "-", "-"]


@pytest.mark.scenario("MET M3")
@pytest.mark.rule("MET-12", "MET-14")
def test_a_retry_that_succeeds_drops_nothing(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(fail_once(), name="once")
    function.invoke_async()

    lambda_events.run_until_idle()

    assert sums(lambda_events, function) == [1, 2, 1, 0, 0, "-", "-"]


@pytest.mark.scenario("MET M4")
@pytest.mark.rule("MET-04", "MET-33")
def test_events_sent_to_a_destination_and_a_dead_letter_queue_count_as_dropped(lambda_events: LambdaEvents) -> None:
    failures, dead = lambda_events.queue("failures"), lambda_events.queue("dead")
    function = lambda_events.function(fail, on_failure=failures, dead_letter_queue=dead)
    function.invoke_async()

    lambda_events.run_until_idle()

    assert (len(failures.messages), len(dead.messages)) == (1, 1)
    assert sums(lambda_events, function) == [1, 3, 3, 0, 1, "-", "-"]


@pytest.mark.lambda_events(enforce_permissions=True)
@pytest.mark.scenario("MET M5")
@pytest.mark.rule("MET-15", "MET-16")
def test_a_letter_that_the_role_may_not_send_is_an_error_of_the_dead_letter_queue(lambda_events: LambdaEvents) -> None:
    failures, dead = lambda_events.queue("failures"), lambda_events.queue("dead")
    function = lambda_events.function(
        fail, on_failure=failures, dead_letter_queue=dead, role_policy=[may_send(failures), may_send(dead)]
    )
    function.update(role_policy=[may_send(failures)])
    function.invoke_async()

    lambda_events.run_until_idle()

    assert (len(failures.messages), len(dead.messages)) == (1, 0)
    assert sums(lambda_events, function) == [1, 3, 3, 0, 1, 1, "-"]


@pytest.mark.lambda_events(enforce_permissions=True)
@pytest.mark.scenario("MET M6")
@pytest.mark.rule("MET-16", "MET-34")
def test_a_record_that_the_role_may_not_send_is_a_failed_delivery_and_no_error(lambda_events: LambdaEvents) -> None:
    receipts = lambda_events.queue("receipts")
    function = lambda_events.function(work, on_success=receipts, role_policy=[may_send(receipts)])
    function.update(role_policy=[])
    function.invoke_async()

    lambda_events.run_until_idle()

    assert receipts.messages == []
    assert sums(lambda_events, function) == [1, 1, 0, 0, 0, "-", 1]


@pytest.mark.rule("MET-15", "MET-16")
def test_targets_that_are_gone_fail_once_for_each_event(lambda_events: LambdaEvents) -> None:
    failures, dead = lambda_events.queue("failures"), lambda_events.queue("dead")
    function = lambda_events.function(fail, on_failure=failures, dead_letter_queue=dead)
    failures.delete()
    dead.delete()
    function.invoke_async()
    function.invoke_async()

    lambda_events.run_until_idle()

    assert lambda_events.metrics.values("DeadLetterErrors", function) == [1, 1]
    assert lambda_events.metrics.values("DestinationDeliveryFailures", function) == [1, 1]


@pytest.mark.rule("MET-37")
@pytest.mark.parametrize("service", ["sqs", "sns"])
def test_a_fifo_destination_that_was_configured_before_is_a_failed_delivery(lambda_events: LambdaEvents, service: str) -> None:
    function = lambda_events.function(work)
    configs = lambda_events._open_wiring.planes.home.region.functions["work"].event_invoke_configs
    configs["$LATEST"] = EventInvokeConfig(on_success=f"arn:aws:{service}:us-east-1:123456789012:orders.fifo")
    function.invoke_async()

    lambda_events.run_until_idle()

    assert lambda_events.metrics.values("DestinationDeliveryFailures", function) == [1]


@pytest.mark.rule("MET-01", "MET-16")
def test_a_failed_delivery_counts_for_the_name_that_accepted_the_event(lambda_events: LambdaEvents) -> None:
    receipts = lambda_events.queue("receipts")
    function = lambda_events.function(work)
    live = function.create_alias("live", function_version=str(function.publish_version().qualifier))
    live.update(on_success=receipts)
    receipts.delete()
    live.invoke_async()
    function.invoke_async()

    lambda_events.run_until_idle()

    assert lambda_events.metrics.values("DestinationDeliveryFailures", live) == [1]
    assert lambda_events.metrics.values("DestinationDeliveryFailures", function) == [1]


@pytest.mark.scenario("MET M7")
@pytest.mark.rule("MET-31")
def test_zero_concurrency_drops_an_event_without_an_attempt(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(work, reserved_concurrent_executions=0)
    function.invoke_async()

    lambda_events.run_until_idle()

    assert sums(lambda_events, function) == [1, "-", "-", "-", 1, "-", "-"]


@BUSY
@pytest.mark.scenario("MET M8")
@pytest.mark.rule("MET-12", "MET-13", "MET-30")
def test_a_throttled_attempt_counts_neither_as_an_invocation_nor_as_an_error(lambda_events: LambdaEvents) -> None:
    other(lambda_events, 10)
    function = lambda_events.function(work)
    function.invoke_async()

    lambda_events.run_until_idle()

    assert sums(lambda_events, function) == [1, 1, 0, 4, 0, "-", "-"]
    assert lambda_events.metrics.values("Errors", function) == [0, 0, 0, 0, 0]
    assert lambda_events.metrics.values("Throttles", function) == [1, 1, 1, 1, 0]


@BUSY
@pytest.mark.scenario("MET M9")
@pytest.mark.rule("MET-12", "MET-30", "MET-36")
def test_an_event_that_is_throttled_until_it_is_too_old_was_never_invoked(lambda_events: LambdaEvents) -> None:
    other(lambda_events, 110)
    function = lambda_events.function(work, maximum_event_age_in_seconds=60)
    function.invoke_async()

    lambda_events.run_until_idle()

    assert sums(lambda_events, function) == [1, "-", 0, 6, 1, "-", "-"]
    assert lambda_events.metrics.values("AsyncEventAge", function) == []


@pytest.mark.scenario("MET M10")
@pytest.mark.rule("MET-14")
def test_an_event_that_is_too_old_for_its_retry_is_dropped(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(fail_once(), name="once", maximum_event_age_in_seconds=60)
    function.invoke_async()

    lambda_events.run_until_idle()

    assert sums(lambda_events, function) == [1, 1, 1, 0, 1, "-", "-"]


@pytest.mark.scenario("MET M11")
@pytest.mark.rule("MET-11", "MET-12")
def test_a_synchronous_call_has_no_asynchronous_metrics(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(fail)

    function.invoke()

    assert sums(lambda_events, function) == ["-", 1, 1, 0, "-", "-", "-"]
    assert lambda_events.metrics.values("AsyncEventAge", function) == []


@BUSY
@pytest.mark.scenario("MET M12")
@pytest.mark.rule("MET-13", "MET-30")
def test_a_synchronous_call_that_is_throttled_counts_as_throttle_only(lambda_events: LambdaEvents) -> None:
    other(lambda_events, 10)
    function = lambda_events.function(work)

    with pytest.raises(ClientError, match="TooManyRequestsException"):
        function.invoke()

    assert sums(lambda_events, function) == ["-", "-", 0, 1, "-", "-", "-"]


# ---------------------------------------------------------------------- dimensions


@pytest.mark.rule("MET-01")
def test_samples_go_by_the_name_as_invoked_and_by_the_function(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(work)
    version = function.publish_version()
    live = function.create_alias("live", function_version="1")
    latest = Function(function._api, function.name, function.arn, "$LATEST")

    function.invoke({})
    latest.invoke({"seconds": 1})
    version.invoke({"seconds": 2})
    live.invoke({"seconds": 3})

    durations = lambda_events.metrics.values
    assert durations("Duration", function) == [0, 1000, 2000, 3000]
    assert durations("Duration", latest) == [1000]
    assert durations("Duration", version) == [2000]
    assert durations("Duration", live) == [3000]


@pytest.mark.rule("MET-01")
def test_an_event_s_samples_go_by_the_name_that_accepted_it(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(fail)
    live = function.create_alias("live", function_version=str(function.publish_version().qualifier))
    live.invoke_async()

    lambda_events.run_until_idle()

    assert sums(lambda_events, live) == [1, 3, 3, 0, 1, "-", "-"]
    assert sums(lambda_events, function) == [1, 3, 3, 0, 1, "-", "-"]


@pytest.mark.rule("MET-01")
def test_functions_of_one_name_in_two_regions_are_kept_apart(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(work)
    abroad = Function(function._api, "work", "arn:aws:lambda:eu-west-1:123456789012:function:work")

    function.invoke()

    assert lambda_events.metrics.values("Invocations", function) == [1]
    assert lambda_events.metrics.values("Invocations", abroad) == []


# ---------------------------------------------------------------------- values


@pytest.mark.rule("MET-17", "MET-36")
def test_the_age_of_an_event_is_measured_at_each_invocation(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(fail)
    function.invoke_async()

    lambda_events.run_until_idle()

    assert lambda_events.metrics.values("AsyncEventAge", function) == [0, 60_000, 180_000]


@BUSY
@pytest.mark.rule("MET-17", "MET-36")
def test_a_throttled_attempt_has_no_age_metric(lambda_events: LambdaEvents) -> None:
    other(lambda_events, 2)
    function = lambda_events.function(work)
    function.invoke_async()

    lambda_events.run_until_idle()

    assert lambda_events.metrics.values("AsyncEventAge", function) == [3000]


@pytest.mark.rule("MET-18")
@pytest.mark.parametrize(
    ("seconds", "milliseconds"),
    [(0, 0), (0.25, 250), (2.999999, 2999.999), (3, 3000), (3.000001, 3000), (100, 3000)],
    ids=["nothing", "a quarter", "just in time", "the timeout", "just over", "far over"],
)
def test_a_duration_is_the_handler_s_time_up_to_the_timeout(
    lambda_events: LambdaEvents, seconds: float, milliseconds: float
) -> None:
    function = lambda_events.function(work, timeout=3)

    function.invoke({"seconds": seconds})

    assert lambda_events.metrics.values("Duration", function) == [milliseconds]


@pytest.mark.rule("MET-18")
def test_a_cold_start_does_not_make_a_duration_longer(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(work)

    function.invoke({"seconds": 1})
    function.invoke({"seconds": 1})

    assert [attempt.is_cold_start for attempt in function.attempts] == [True, False]
    assert lambda_events.metrics.values("Duration", function) == [1000, 1000]


@pytest.mark.rule("MET-20")
def test_concurrent_executions_count_the_busy_environments(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(work, timeout=20)
    for seconds in (10, 5, 1):
        function.invoke_async({"seconds": seconds})
    lambda_events.advance(5)
    function.invoke_async({"seconds": 1})

    lambda_events.run_until_idle()

    assert lambda_events.metrics.values("ConcurrentExecutions", function) == [1, 2, 3, 2]


@pytest.mark.rule("MET-20")
def test_concurrent_executions_of_an_alias_are_its_own(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(work)
    live = function.create_alias("live", function_version=str(function.publish_version().qualifier))
    function.invoke_async({"seconds": 1})
    live.invoke_async({"seconds": 1})

    lambda_events.run_until_idle()

    assert lambda_events.metrics.values("ConcurrentExecutions", function) == [1, 2]
    assert lambda_events.metrics.values("ConcurrentExecutions", live) == [1]


@pytest.mark.rule("MET-03")
def test_samples_of_attempts_that_overlap_are_in_order_of_their_starts(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(work, timeout=20)
    function.invoke_async({"seconds": 10, "fails": True})
    lambda_events.advance(1)
    function.invoke_async({"seconds": 2})

    lambda_events.advance(10)

    assert lambda_events.metrics.values("Duration", function) == [10_000, 2000]
    assert lambda_events.metrics.values("Errors", function) == [1, 0]


@pytest.mark.rule("MET-19")
def test_an_event_that_is_stopped_as_a_loop_is_counted(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(recursive)
    function.invoke_async()

    lambda_events.run_until_idle()

    assert lambda_events.metrics.values("RecursiveInvocationsDropped", function) == [1]
    assert sums(lambda_events, function) == [17, 16, 0, 0, 1, "-", "-"]


@pytest.mark.rule("MET-19")
def test_a_call_that_is_stopped_as_a_loop_is_counted(lambda_events: LambdaEvents) -> None:
    def call_itself(event: Any, context: Any) -> None:
        boto3.client("lambda").invoke(FunctionName=context.function_name)

    function = lambda_events.function(call_itself)

    function.invoke()

    assert lambda_events.metrics.values("RecursiveInvocationsDropped", function) == [1]


@pytest.mark.rule("MET-19")
def test_a_loop_that_is_allowed_is_not_counted(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(recursive)
    lambda_events.client("lambda").put_function_recursion_config(FunctionName="recursive", RecursiveLoop="Allow")
    function.invoke_async()

    lambda_events.run(until=lambda: len(function.attempts) > 20)

    assert lambda_events.metrics.values("RecursiveInvocationsDropped", function) == []


@pytest.mark.rule("MET-32")
def test_an_event_whose_function_is_gone_is_dropped_without_an_invocation(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(work)
    function.invoke_async()
    function.delete()

    lambda_events.run_until_idle()

    metrics = lambda_events.metrics
    assert metrics.values("AsyncEventsDropped", function) == [1]
    assert (metrics.sum("Invocations", function), metrics.sum("Errors", function)) == (0, 0)


@pytest.mark.rule("MET-35")
@pytest.mark.parametrize(
    ("handler", "payload"),
    [
        pytest.param(work, {"seconds": 10}, id="timeout"),
        pytest.param(exits, {}, id="exit"),
        pytest.param(answers_too_much, {}, id="too large an answer"),
    ],
)
def test_however_an_attempt_fails_it_is_one_invocation_and_one_error(
    lambda_events: LambdaEvents, handler: Any, payload: Any
) -> None:
    function = lambda_events.function(handler)

    response = function.invoke(payload)

    assert response.function_error == "Unhandled"
    assert sums(lambda_events, function) == ["-", 1, 1, 0, "-", "-", "-"]


@pytest.mark.rule("MET-35")
def test_code_that_fails_to_load_is_one_invocation_and_one_error(lambda_events: LambdaEvents) -> None:
    create_function("broken", "import missing")
    lambda_events.advance(5)
    function = lambda_events.functions["broken"]

    function.invoke()

    assert sums(lambda_events, function) == ["-", 1, 1, 0, "-", "-", "-"]


# ---------------------------------------------------------------------- reading


@pytest.mark.rule("MET-04")
def test_no_sample_is_an_empty_list_and_a_sum_of_zero(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(work)

    assert lambda_events.metrics.values("Errors", function) == []
    assert lambda_events.metrics.sum("Errors", function) == 0


@pytest.mark.rule("MET-03")
def test_an_attempt_that_still_runs_has_no_samples_of_its_end(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(work)
    function.invoke_async({"seconds": 2})

    lambda_events.advance(1.999999)

    assert lambda_events.metrics.values("Invocations", function) == []
    assert lambda_events.metrics.values("ConcurrentExecutions", function) == [1]


def test_a_metric_that_does_not_exist_is_refused(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(work)

    with pytest.raises(
        LambdaEventsError, match=r"Metric 'Error' does not exist\. Did you mean 'Errors'\? Metrics: .*Errors, .*Invocations, "
    ):
        lambda_events.metrics.values("Error", function)


def test_metrics_can_be_read_after_the_environment_has_closed() -> None:
    with LambdaEvents() as lambda_events:
        function = lambda_events.function(work)
        function.invoke()

    assert lambda_events.metrics.values("Invocations", function) == [1]
