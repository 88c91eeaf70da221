"""ASY-40 to 48 and the scenarios A1 to A11: how an accepted event is tried."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest
from uploads import create_function

from pytest_lambda_events import Function, LambdaEvents
from pytest_lambda_events.handles.attempts import AsyncEvent


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


@pytest.mark.rule("ASY-41", "ASY-42")
@pytest.mark.parametrize(
    ("settings", "input", "expected", "ending", "attempts"),
    [
        pytest.param(
            {}, {"fails": True}, [0, 60, 180], (180, "RetriesExhausted"), 3,
            id="A1", marks=pytest.mark.scenario("ASY A1"),
        ),
        pytest.param(
            {"maximum_retry_attempts": 0}, {"fails": True}, [0], (0, "RetriesExhausted"), 1,
            id="A2", marks=pytest.mark.scenario("ASY A2"),
        ),
        pytest.param(
            {"maximum_retry_attempts": 1}, {"fails": True}, [0, 60], (60, "RetriesExhausted"), 2,
            id="A3", marks=pytest.mark.scenario("ASY A3"),
        ),
        pytest.param(
            {"maximum_event_age_in_seconds": 60, "maximum_retry_attempts": 2}, {"fails": True},
            [0], (0, "EventAgeExceeded"), 1,
            id="A4", marks=[pytest.mark.scenario("ASY A4"), pytest.mark.rule("ASY-70")],
        ),
        pytest.param(
            {"maximum_event_age_in_seconds": 90, "maximum_retry_attempts": 2}, {"fails": True},
            [0, 60], (60, "EventAgeExceeded"), 2,
            id="A5", marks=[pytest.mark.scenario("ASY A5"), pytest.mark.rule("ASY-70")],
        ),
        pytest.param(
            {"maximum_event_age_in_seconds": 180}, {"fails": True}, [0, 60], (60, "EventAgeExceeded"), 2,
            id="A6 at 180", marks=[pytest.mark.scenario("ASY A6"), pytest.mark.rule("ASY-70")],
        ),
        pytest.param(
            {"maximum_event_age_in_seconds": 181}, {"fails": True}, [0, 60, 180], (180, "RetriesExhausted"), 3,
            id="A6 at 181", marks=[pytest.mark.scenario("ASY A6"), pytest.mark.rule("ASY-70")],
        ),
        pytest.param(
            {"maximum_event_age_in_seconds": 60, "maximum_retry_attempts": 0}, {"fails": True},
            [0], (0, "RetriesExhausted"), 1,
            id="A7", marks=[pytest.mark.scenario("ASY A7"), pytest.mark.rule("ASY-72")],
        ),
        pytest.param(
            {"maximum_event_age_in_seconds": 240, "maximum_retry_attempts": 2, "timeout": 170},
            {"seconds": 80, "fails": True}, [0, 140], (220, "EventAgeExceeded"), 2,
            id="A9", marks=[pytest.mark.scenario("ASY A9"), pytest.mark.rule("ASY-43")],
        ),
        pytest.param(
            {"maximum_event_age_in_seconds": 180, "maximum_retry_attempts": 1, "timeout": 170},
            {"seconds": 130, "fails": True}, [0], (130, "EventAgeExceeded"), 1,
            id="A10", marks=[pytest.mark.scenario("ASY A10"), pytest.mark.rule("ASY-43")],
        ),
        pytest.param(
            {"maximum_event_age_in_seconds": 60, "maximum_retry_attempts": 0, "timeout": 120},
            {"seconds": 100}, [0], (100, "Success"), 1,
            id="A11", marks=[pytest.mark.scenario("ASY A11"), pytest.mark.rule("ASY-48")],
        ),
    ],
)  # fmt: skip
def test_an_event_is_tried_at_its_instants_and_ends_at_its_instant(
    lambda_events: LambdaEvents,
    settings: Any,
    input: Any,
    expected: list[float],
    ending: tuple[float, str],
    attempts: int,
) -> None:
    event = lambda_events.function(work, **settings).invoke_async(input)

    lambda_events.run_until_idle()

    assert starts(event) == expected
    assert (event.ended_after_seconds, event.condition) == ending
    assert count(event) == attempts


@pytest.mark.rule("ASY-41", "ASY-76")
@pytest.mark.scenario("ASY A8")
def test_an_event_that_succeeds_at_last_is_a_success(lambda_events: LambdaEvents) -> None:
    answers: Iterator[Any] = iter([ValueError("failed"), ValueError("failed"), "done"])

    def relent(event: Any, context: Any) -> Any:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    event = lambda_events.function(relent, name="relent").invoke_async()

    lambda_events.run_until_idle()

    assert (starts(event), outcomes(event)) == ([0, 60, 180], ["function_error", "function_error", "success"])
    assert (event.condition, event.ended_after_seconds, event.attempts[-1].response) == ("Success", 180, "done")


@pytest.mark.rule("ASY-42")
@pytest.mark.parametrize(("seconds", "attempts"), [(0, 1), (59.999999, 1), (60, 2), (179.999999, 2), (180, 3), (21_600, 3)])
def test_a_retry_runs_at_its_instant_and_not_before(lambda_events: LambdaEvents, seconds: float, attempts: int) -> None:
    event = lambda_events.function(work).invoke_async({"fails": True})

    lambda_events.advance(seconds)

    assert len(event.attempts) == attempts


def raises(event: Any, context: Any) -> None:
    raise ValueError("failed")


def gives_what_json_cannot_say(event: Any, context: Any) -> object:
    return object()


def takes_too_long(event: Any, context: Any) -> None:
    time.sleep(10)


def leaves(event: Any, context: Any) -> None:
    sys.exit(1)


def leaves_at_once(event: Any, context: Any) -> None:
    os._exit(1)


def gives_too_much(event: Any, context: Any) -> str:
    return "x" * 6_291_556


@pytest.mark.rule("ASY-40")
@pytest.mark.parametrize(
    ("handler", "expected"),
    [
        (raises, [0, 60, 180]),
        (gives_what_json_cannot_say, [0, 60, 180]),
        (takes_too_long, [0, 63, 186]),
        (leaves, [0, 60, 180]),
        (leaves_at_once, [0, 60, 180]),
        (gives_too_much, [0, 60, 180]),
    ],
)
def test_every_error_of_an_attempt_is_a_function_error(
    lambda_events: LambdaEvents, handler: Any, expected: list[float]
) -> None:
    event = lambda_events.function(handler).invoke_async()

    lambda_events.run_until_idle()

    assert (starts(event), outcomes(event)) == (expected, ["function_error"] * 3)
    assert event.condition == "RetriesExhausted"


@pytest.mark.rule("ASY-40")
def test_an_error_at_import_is_a_function_error(lambda_events: LambdaEvents) -> None:
    create_function("broken", "raise ValueError('at import')")
    lambda_events.advance(1)
    lambda_events.client("lambda").invoke(FunctionName="broken", InvocationType="Event")

    lambda_events.run_until_idle()

    [event] = lambda_events.functions["broken"].events
    assert starts(event) == [1, 61, 181]
    assert [attempt.error_type for attempt in event.attempts] == ["ValueError"] * 3


@pytest.mark.rule("ASY-44")
def test_retries_find_the_warm_environment_of_the_first_attempt(lambda_events: LambdaEvents) -> None:
    event = lambda_events.function(raises).invoke_async()

    lambda_events.run_until_idle()

    started = [entry for entry in event.history if entry.kind == "started"]
    assert len({entry.detail["log_stream"] for entry in started}) == 1
    assert [attempt.is_cold_start for attempt in event.attempts] == [True, False, False]


@pytest.mark.rule("ASY-45")
def test_the_next_attempt_follows_an_alias_to_its_new_version(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(raises)
    live = function.create_alias("live", function_version=function.publish_version().version)
    event = live.invoke_async()
    lambda_events.advance(30)
    function.update(timeout=4)
    live.update(function_version=function.publish_version().version)

    lambda_events.run_until_idle()

    assert [(attempt.started_after_seconds, attempt.executed_version) for attempt in event.attempts] == [
        (0, "1"),
        (60, "2"),
        (180, "2"),
    ]
    assert {attempt.request_id for attempt in event.attempts} == {event.request_id}
    assert event.condition == "RetriesExhausted"


def with_two_versions(function: Function) -> Function:
    """An alias that gives half of its calls to each of two versions."""
    first = function.publish_version().version
    function.update(timeout=4)
    second = function.publish_version().version
    return function.create_alias("live", function_version=first, routing_config={second: 0.5})


@pytest.mark.rule("ASY-45")
def test_an_alias_draws_its_weights_for_each_attempt(lambda_events: LambdaEvents) -> None:
    live = with_two_versions(lambda_events.function(raises))
    event = live.invoke_async()

    lambda_events.run_until_idle()

    assert [attempt.executed_version for attempt in event.attempts] == ["1", "2", "1"]


@pytest.mark.rule("ASY-15", "ASY-45")
def test_neither_acceptance_nor_a_dry_run_draws_the_weights_of_an_alias(lambda_events: LambdaEvents) -> None:
    live = with_two_versions(lambda_events.function(work))
    lambda_events.client("lambda").invoke(FunctionName=live.arn, InvocationType="DryRun")
    events = [live.invoke_async() for _ in range(4)]

    lambda_events.run_until_idle()

    assert [event.attempts[0].executed_version for event in events] == ["1", "2", "1", "2"]


@pytest.mark.rule("ASY-46")
def test_an_attempt_that_runs_finishes_on_the_old_code(lambda_events: LambdaEvents) -> None:
    def old(event: Any, context: Any) -> str:
        time.sleep(10)
        return "old"

    function = lambda_events.function(old, name="code", timeout=20)
    first = function.invoke_async()
    lambda_events.advance(5)
    function.update(handler=lambda event, context: "new")
    second = function.invoke_async()

    lambda_events.run_until_idle()

    assert [attempt.response for attempt in first.attempts + second.attempts] == ["old", "new"]


@pytest.mark.rule("ASY-46")
def test_a_retry_runs_the_new_code_and_configuration(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(raises)
    event = function.invoke_async()
    lambda_events.advance(59.999999)
    function.update(handler=takes_too_long, timeout=5)

    lambda_events.run_until_idle()

    assert starts(event) == [0, 60, 185]
    assert [attempt.error_type for attempt in event.attempts] == ["ValueError", "Sandbox.Timedout", "Sandbox.Timedout"]


@pytest.mark.rule("ASY-47")
def test_events_of_one_instant_run_once_each_in_the_order_of_acceptance(lambda_events: LambdaEvents) -> None:
    seen: list[tuple[int, float]] = []

    def note(event: Any, context: Any) -> None:
        seen.append((event, lambda_events.elapsed))
        raise ValueError("again")

    function = lambda_events.function(note, name="note", maximum_retry_attempts=1)
    for number in range(3):
        function.invoke_async(number)

    lambda_events.run_until_idle()

    assert seen == [(0, 0), (1, 0), (2, 0), (0, 60), (1, 60), (2, 60)]


@pytest.mark.rule("ASY-48")
@pytest.mark.parametrize(("seconds", "condition"), [(59.999999, "Success"), (60, "Success"), (110, "Success")])
def test_an_attempt_that_outlives_the_age_limit_still_succeeds(
    lambda_events: LambdaEvents, seconds: float, condition: str
) -> None:
    function = lambda_events.function(work, timeout=120, maximum_event_age_in_seconds=60)

    event = function.invoke_async({"seconds": seconds})
    lambda_events.run_until_idle()

    assert (event.condition, event.ended_after_seconds) == (condition, seconds)


@pytest.mark.rule("ASY-30")
@pytest.mark.parametrize(
    ("at", "settings", "expected", "condition"),
    [
        (59.999999, {"maximum_retry_attempts": 0}, [0, 60], "RetriesExhausted"),
        (60, {"maximum_retry_attempts": 0}, [0, 60, 180], "RetriesExhausted"),
        (59.999999, {"maximum_event_age_in_seconds": 180}, [0, 60], "EventAgeExceeded"),
        (60, {"maximum_event_age_in_seconds": 181}, [0, 60, 180], "RetriesExhausted"),
    ],
)
def test_settings_are_read_when_the_decision_is_taken(
    lambda_events: LambdaEvents, at: float, settings: Any, expected: list[float], condition: str
) -> None:
    function = lambda_events.function(raises)
    event = function.invoke_async()
    lambda_events.advance(at)
    function.update(**settings)

    lambda_events.run_until_idle()

    assert (starts(event), event.condition) == (expected, condition)
