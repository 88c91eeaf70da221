"""ASY-70 to 82: how an event ends, and what becomes of one whose target is deleted."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from pytest_lambda_events import Function, LambdaEvents
from pytest_lambda_events.handles.attempts import AsyncEvent

ENDINGS = ("succeeded", "discarded")


def work(event: Any, context: Any) -> None:
    """Takes as many seconds as the event says, and fails if it says so."""
    time.sleep(event.get("seconds", 0))
    if event.get("fails"):
        raise ValueError("failed")


def starts(event: AsyncEvent) -> list[float]:
    return [attempt.started_after_seconds for attempt in event.attempts]


def outcomes(event: AsyncEvent) -> list[str | None]:
    return [attempt.outcome for attempt in event.attempts]


def count(event: AsyncEvent) -> int:
    """The number that the event's record would have as its `approximateInvokeCount`."""
    number: int = event.history[-1].detail["invoke_count"]
    return number


@pytest.mark.rule("ASY-71")
@pytest.mark.parametrize(("age", "expected", "attempts"), [(60, [0], 1), (61, [0, 60], 2)], ids=["at the limit", "just below"])
def test_an_event_that_is_too_old_when_its_retry_comes_is_not_run(
    lambda_events: LambdaEvents, age: int, expected: list[float], attempts: int
) -> None:
    function = lambda_events.function(work)
    event = function.invoke_async({"fails": True})
    lambda_events.advance(30)
    function.update(maximum_event_age_in_seconds=age)

    lambda_events.run_until_idle()

    assert (starts(event), count(event)) == (expected, attempts)
    assert (event.condition, event.ended_after_seconds) == ("EventAgeExceeded", 60)


@pytest.mark.rule("ASY-72")
def test_a_failure_while_the_reservation_is_zero_ends_the_event_before_anything_else(
    lambda_events: LambdaEvents,
) -> None:
    function = lambda_events.function(work, timeout=20, maximum_retry_attempts=0, maximum_event_age_in_seconds=60)
    event = function.invoke_async({"seconds": 10, "fails": True})
    lambda_events.advance(5)
    function.update(reserved_concurrent_executions=0)

    lambda_events.run_until_idle()

    assert (event.condition, event.ended_after_seconds, count(event)) == ("ZeroReservedConcurrency", 10, 1)


@pytest.mark.rule("ASY-72")
@pytest.mark.parametrize("age", [60, 61, 21_600])
def test_without_retries_a_failure_exhausts_them_whatever_the_age(lambda_events: LambdaEvents, age: int) -> None:
    function = lambda_events.function(work, maximum_retry_attempts=0, maximum_event_age_in_seconds=age)

    event = function.invoke_async({"fails": True})
    lambda_events.run_until_idle()

    assert (event.condition, event.ended_after_seconds, count(event)) == ("RetriesExhausted", 0, 1)


@pytest.mark.rule("ASY-73")
def test_a_throttled_event_ends_at_its_next_attempt_when_the_reservation_becomes_zero(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(work, timeout=60, reserved_concurrent_executions=1)
    function.invoke_async({"seconds": 50})
    event = function.invoke_async()
    lambda_events.advance(4)
    function.update(reserved_concurrent_executions=0)

    lambda_events.run_until_idle()

    assert starts(event) == [0, 1, 3]
    assert (event.condition, event.ended_after_seconds, count(event)) == ("ZeroReservedConcurrency", 7, 0)


@pytest.mark.rule("ASY-73")
@pytest.mark.parametrize(
    ("age", "expected"),
    [(63, [0, 1, 3, 7, 15, 31]), (64, [0, 1, 3, 7, 15, 31, 63])],
    ids=["at the limit", "just below"],
)
def test_throttles_never_exhaust_retries(lambda_events: LambdaEvents, age: int, expected: list[float]) -> None:
    function = lambda_events.function(
        work,
        timeout=120,
        reserved_concurrent_executions=1,
        maximum_retry_attempts=0,
        maximum_event_age_in_seconds=age,
    )
    function.invoke_async({"seconds": 100})
    event = function.invoke_async()

    lambda_events.run_until_idle()

    assert starts(event) == expected
    assert (event.condition, event.ended_after_seconds, count(event)) == ("EventAgeExceeded", expected[-1], 0)


@pytest.mark.rule("ASY-74")
def test_zero_concurrency_ends_an_event_immediately(lambda_events: LambdaEvents) -> None:
    ran: list[Any] = []
    function = lambda_events.function(
        lambda event, context: ran.append(event), name="stopped", reserved_concurrent_executions=0
    )
    lambda_events.advance(10)

    event = function.invoke_async({"order": 7})
    lambda_events.run_until_idle()

    assert (event.condition, event.ended_after_seconds, count(event)) == ("ZeroReservedConcurrency", 10, 0)
    assert (event.attempts, ran) == ([], [])


@pytest.mark.rule("ASY-75")
def test_an_event_stopped_by_zero_concurrency_is_not_replayed(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(work, reserved_concurrent_executions=0)
    event = function.invoke_async()
    lambda_events.advance(0)
    function.update(reserved_concurrent_executions=1)

    lambda_events.advance(21_600)

    assert (event.attempts, event.condition, event.ended_after_seconds) == ([], "ZeroReservedConcurrency", 0)


@pytest.mark.rule("ASY-76")
@pytest.mark.parametrize(
    ("settings", "input", "condition"),
    [
        ({}, {}, "Success"),
        ({}, {"fails": True}, "RetriesExhausted"),
        ({"maximum_event_age_in_seconds": 60}, {"fails": True}, "EventAgeExceeded"),
        ({"reserved_concurrent_executions": 0}, {}, "ZeroReservedConcurrency"),
    ],
    ids=["success", "retries", "age", "zero concurrency"],
)
def test_an_event_ends_once_and_in_one_way(lambda_events: LambdaEvents, settings: Any, input: Any, condition: str) -> None:
    event = lambda_events.function(work, **settings).invoke_async(input)

    lambda_events.run_until_idle()
    lambda_events.advance(21_600)

    assert [entry.detail["condition"] for entry in event.history if entry.kind in ENDINGS] == [condition]
    assert lambda_events.pending == []


@pytest.mark.rule("ASY-80")
@pytest.mark.parametrize(("retries", "expected"), [(0, [0]), (1, [0, 60]), (2, [0, 60, 180])], ids=["none", "one", "two"])
def test_a_deleted_function_is_looked_for_as_often_as_it_would_be_tried(
    lambda_events: LambdaEvents, retries: int, expected: list[float]
) -> None:
    function = lambda_events.function(work, maximum_retry_attempts=retries)
    event = function.invoke_async()
    function.delete()

    lambda_events.run_until_idle()

    assert (starts(event), set(outcomes(event))) == (expected, {"not_found"})
    assert (event.condition, count(event)) == ("RetriesExhausted", retries + 1)


@pytest.mark.rule("ASY-80")
@pytest.mark.parametrize(("retries", "attempts"), [(0, 1), (1, 2)])
def test_a_deleted_version_is_looked_for_as_often_as_it_would_be_tried(
    lambda_events: LambdaEvents, retries: int, attempts: int
) -> None:
    function = lambda_events.function(work)
    version = function.publish_version()
    version.update(maximum_retry_attempts=retries)
    event = version.invoke_async()
    version.delete()

    lambda_events.run_until_idle()

    assert outcomes(event) == ["not_found"] * attempts
    assert (event.condition, count(event)) == ("RetriesExhausted", attempts)


def itself(function: Function) -> Function:
    return function


def its_version(function: Function) -> Function:
    return function.publish_version()


def its_alias(function: Function) -> Function:
    return function.create_alias("live", function_version=function.publish_version().version)


@pytest.mark.rule("ASY-80")
@pytest.mark.parametrize("target_of", [itself, its_version, its_alias])
def test_a_target_deleted_after_a_failure_counts_on(
    lambda_events: LambdaEvents, target_of: Callable[[Function], Function]
) -> None:
    target = target_of(lambda_events.function(work))
    target.update(maximum_retry_attempts=1)
    event = target.invoke_async({"fails": True})
    lambda_events.advance(30)
    target.delete()

    lambda_events.run_until_idle()

    assert (starts(event), outcomes(event)) == ([0, 60], ["function_error", "not_found"])
    assert (event.condition, count(event)) == ("RetriesExhausted", 2)


@pytest.mark.rule("ASY-81")
@pytest.mark.parametrize(("retries", "attempts"), [(0, 1), (1, 2), (2, 3)])
def test_an_alias_deleted_before_the_first_attempt_is_a_target_that_is_gone(
    lambda_events: LambdaEvents, retries: int, attempts: int
) -> None:
    function = lambda_events.function(work)
    live = function.create_alias("live", function_version=function.publish_version().version)
    live.update(maximum_retry_attempts=retries)
    event = live.invoke_async()
    live.delete()

    lambda_events.run_until_idle()

    assert outcomes(event) == ["not_found"] * attempts
    assert (event.condition, count(event)) == ("RetriesExhausted", attempts)


@pytest.mark.rule("ASY-82")
def test_a_function_created_again_with_its_name_receives_the_old_event(lambda_events: LambdaEvents) -> None:
    seen: list[tuple[str, Any]] = []
    function = lambda_events.function(work)
    event = function.invoke_async({"fails": True, "order": 7})
    lambda_events.advance(30)
    function.delete()
    lambda_events.function(lambda event, context: seen.append((context.aws_request_id, event["order"])), name=function.name)

    lambda_events.run_until_idle()

    assert seen == [(event.request_id, 7)]
    assert (event.condition, event.ended_after_seconds) == ("Success", 60)


@pytest.mark.rule("ASY-82")
def test_an_alias_created_again_with_its_name_receives_the_old_event(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(work)
    version = function.publish_version().version
    live = function.create_alias("live", function_version=version)
    event = live.invoke_async()
    live.delete()
    lambda_events.advance(59.999999)
    function.create_alias("live", function_version=version)

    lambda_events.run_until_idle()

    assert (starts(event), outcomes(event)) == ([0, 60], ["not_found", "success"])
