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
    ids=["defaults", "no retries", "maximum event age"],
)
def test_retry_attempts_and_event_age_limit_the_attempts(
    lambda_events: LambdaEvents, retries: int, age: int, starts: list[float], condition: str
) -> None:
    function = lambda_events.function(charge, maximum_retry_attempts=retries, maximum_event_age_in_seconds=age)

    event = function.invoke_async({"order": 7})
    lambda_events.run_until_idle()

    assert [attempt.started_after_seconds for attempt in event.attempts] == starts
    assert event.condition == condition


def test_event_succeeds_if_a_fix_is_deployed_before_the_retry(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(charge)
    event = function.invoke_async({"order": 7})
    lambda_events.advance(59)

    function.update(handler=lambda event, context: "charged")
    lambda_events.advance(1)

    assert (event.condition, event.attempts[-1].response) == ("Success", "charged")


def test_all_attempts_of_an_event_have_the_same_request_id(lambda_events: LambdaEvents) -> None:
    seen = []

    def remember(event: Any, context: Any) -> None:
        seen.append(context.aws_request_id)
        raise ValueError("card expired")

    event = lambda_events.function(remember).invoke_async()
    lambda_events.run_until_idle()

    assert seen == [event.request_id] * 3
