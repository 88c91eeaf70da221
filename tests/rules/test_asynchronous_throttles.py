"""ASY-60 to 64 and the scenarios A12 to A15: how a throttled event waits."""

from __future__ import annotations

import time
from typing import Any

import pytest

from pytest_lambda_events import LambdaEvents
from pytest_lambda_events.handles.attempts import AsyncEvent

SERIES = [0, 1, 3, 7, 15, 31, 63, 127, 255, 511, *range(811, 21_512, 300)]


def work(event: Any, context: Any) -> str:
    """Takes as many seconds as the event says, and fails if it says so."""
    time.sleep(event.get("seconds", 0))
    if event.get("fails"):
        raise ValueError("failed")
    return "done"


def starts(event: AsyncEvent) -> list[float]:
    return [attempt.started_after_seconds for attempt in event.attempts]


def outcomes(event: AsyncEvent) -> list[str | None]:
    return [attempt.outcome for attempt in event.attempts]


def count(event: AsyncEvent) -> int:
    """The number that the event's record would have as its `approximateInvokeCount`."""
    number: int = event.history[-1].detail["invoke_count"]
    return number


@pytest.mark.rule("ASY-60", "ASY-61", "ASY-64")
@pytest.mark.parametrize(
    ("settings", "busy", "fails", "throttled", "runs", "ending", "attempts"),
    [
        pytest.param(
            {}, 10, False, [0, 1, 3, 7], [15], (15, "Success"), 1,
            id="A12", marks=pytest.mark.scenario("ASY A12"),
        ),
        pytest.param(
            {"maximum_event_age_in_seconds": 60}, 110, False, [0, 1, 3, 7, 15, 31], [], (31, "EventAgeExceeded"), 0,
            id="A13", marks=pytest.mark.scenario("ASY A13"),
        ),
        pytest.param(
            {"maximum_retry_attempts": 2}, 2, True, [0, 1], [3, 63, 183], (183, "RetriesExhausted"), 3,
            id="A15", marks=pytest.mark.scenario("ASY A15"),
        ),
    ],
)  # fmt: skip
def test_a_throttled_event_backs_off_and_keeps_its_retries(
    lambda_events: LambdaEvents,
    settings: Any,
    busy: float,
    fails: bool,
    throttled: list[float],
    runs: list[float],
    ending: tuple[float, str],
    attempts: int,
) -> None:
    function = lambda_events.function(work, timeout=120, reserved_concurrent_executions=1, **settings)
    function.invoke_async({"seconds": busy})
    event = function.invoke_async({"fails": fails})

    lambda_events.run_until_idle()

    assert starts(event) == throttled + runs
    assert outcomes(event)[: len(throttled)] == ["throttled"] * len(throttled)
    assert (event.ended_after_seconds, event.condition) == ending
    assert count(event) == attempts


@pytest.mark.rule("ASY-60", "ASY-61", "ASY-73")
@pytest.mark.scenario("ASY A14")
def test_an_event_that_is_always_throttled_is_tried_for_six_hours(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(work, reserved_concurrent_executions=1)
    version = function.publish_version().version
    # The whole reservation belongs to the version, so nothing is left for $LATEST (CON-08).
    lambda_events.client("lambda").put_provisioned_concurrency_config(
        FunctionName="work", Qualifier=version, ProvisionedConcurrentExecutions=1
    )
    event = function.invoke_async({})

    lambda_events.run_until_idle()

    assert starts(event) == SERIES
    assert (len(SERIES), set(outcomes(event))) == (80, {"throttled"})
    assert (event.condition, event.ended_after_seconds, count(event)) == ("EventAgeExceeded", 21_511, 0)


@pytest.mark.rule("ASY-62")
def test_the_back_off_starts_again_after_an_attempt(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(work, timeout=10, reserved_concurrent_executions=1)
    function.invoke_async({"seconds": 2})
    event = function.invoke_async({"fails": True})
    lambda_events.advance(62)
    function.invoke_async({"seconds": 2.5})

    lambda_events.advance(60)

    assert starts(event) == [0, 1, 3, 63, 64, 66]
    assert outcomes(event) == ["throttled", "throttled", "function_error", "throttled", "throttled", "function_error"]


def test_an_ending_counts_all_attempts_and_its_invoke_count_leaves_out_throttled_ones(lambda_events: LambdaEvents) -> None:
    failures = lambda_events.queue("failures")
    function = lambda_events.function(work, on_failure=failures)
    function.throttle(times=1)
    event = function.invoke_async({"fails": True})

    lambda_events.run_until_idle()

    ending, [record] = event.history[-2].detail, failures.invocation_records
    assert (len(event.attempts), ending["attempts"], ending["invoke_count"]) == (4, 4, 3)
    assert (record.condition, record.approximate_invoke_count) == ("RetriesExhausted", 3)
    assert list(ending) == ["condition", "attempts", "invoke_count"]
