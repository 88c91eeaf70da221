from __future__ import annotations

from typing import Any

from pytest_lambda_events import LambdaEvents


class CardExpired(Exception):
    pass


def charge(event: Any, context: Any) -> dict[str, int]:
    if event.get("card") == "expired":
        raise CardExpired("card expired")
    return {"charged": event["order"]}


def test_failed_event_is_retried_twice_and_then_discarded(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(charge)

    event = function.invoke_async({"order": 7, "card": "expired"})
    lambda_events.run_until_idle()

    assert [attempt.started_after_seconds for attempt in event.attempts] == [0, 60, 180]
    assert event.condition == "RetriesExhausted"


def test_synchronous_call_returns_the_response(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(charge)

    response = function.invoke({"order": 7})

    assert (response.payload, response.function_error) == ({"charged": 7}, None)
