from __future__ import annotations

from typing import Any

import pytest

from pytest_lambda_events import LambdaEvents


def charge(event: Any, context: Any) -> None:
    raise ValueError("card expired")


@pytest.mark.parametrize(
    ("retries", "age", "starts", "condition"),
    [
        (2, 21_600, [0, 60, 180], "RetriesExhausted"),
        (0, 21_600, [0], "RetriesExhausted"),
        (2, 180, [0, 60], "EventAgeExceeded"),
    ],
    ids=["defaults", "no retries", "too old"],
)
def test_retries_and_age_limit_an_event(
    lambda_events: LambdaEvents, retries: int, age: int, starts: list[float], condition: str
) -> None:
    function = lambda_events.function(charge, maximum_retry_attempts=retries, maximum_event_age_in_seconds=age)

    event = function.invoke_async({"order": 7})
    lambda_events.run_until_idle()

    assert [attempt.started_after_seconds for attempt in event.attempts] == starts
    assert event.condition == condition


def test_a_fix_that_is_deployed_in_time_saves_the_event(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(charge)
    event = function.invoke_async({"order": 7})
    lambda_events.advance(59)

    function.update(handler=lambda event, context: "charged")
    lambda_events.advance(1)

    assert (event.condition, event.attempts[-1].response) == ("Success", "charged")


def test_the_handler_sees_one_request_id_for_life(lambda_events: LambdaEvents) -> None:
    seen = []

    def remember(event: Any, context: Any) -> None:
        seen.append(context.aws_request_id)
        raise ValueError("card expired")

    event = lambda_events.function(remember).invoke_async()
    lambda_events.run_until_idle()

    assert seen == [event.request_id] * 3
