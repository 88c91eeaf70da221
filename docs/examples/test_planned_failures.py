from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from pytest_lambda_events import LambdaEvents

charged: list[int] = []


@pytest.fixture(autouse=True)
def clear_charged() -> None:
    charged.clear()


def charge(event: Any, context: Any) -> str:
    charged.append(event["order"])
    return "charged"


def ship(event: Any, context: Any) -> None:
    for record in event["Records"]:
        charged.append(int(record["body"]))


@pytest.mark.lambda_failure("charge", TimeoutError("bank is closed"), attempts=[1])
def test_event_succeeds_after_one_failure(lambda_events: LambdaEvents) -> None:
    event = lambda_events.function(charge).invoke_async({"order": 7})
    lambda_events.run_until_idle()

    assert [attempt.outcome for attempt in event.attempts] == ["function_error", "success"]
    assert charged == [7]


@pytest.mark.lambda_failure("charge", ConnectionError("connection lost"), after_handler=True, times=1)
def test_failure_after_the_handler_charges_twice(lambda_events: LambdaEvents) -> None:
    lambda_events.function(charge).invoke_async({"order": 7})
    lambda_events.run_until_idle()

    assert charged == [7, 7]


@pytest.mark.lambda_throttle("charge", times=2)
class TestThrottledCharge:
    @pytest.mark.lambda_failure("charge", "timeout", attempts=[3])  # in addition to the throttle of the class
    def test_event_is_throttled_and_then_times_out(self, lambda_events: LambdaEvents) -> None:
        event = lambda_events.function(charge, timeout=3).invoke_async({"order": 7})
        lambda_events.run_until_idle()

        assert [attempt.started_after_seconds for attempt in event.attempts] == [0, 1, 3, 66]  # 3 + 3 + 60


def test_failures_are_planned_during_the_test(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(charge)
    function.throttle(until=timedelta(seconds=30))
    declined = function.fail(ValueError("card expired"), when=lambda event: event["order"] == 13)
    accepted, rejected = function.invoke_async({"order": 7}), function.invoke_async({"order": 13})

    lambda_events.run_until_idle()

    assert [attempt.started_after_seconds for attempt in accepted.attempts] == [0, 1, 3, 7, 15, 31]
    assert (rejected.condition, declined.times_met) == ("RetriesExhausted", 3)


@pytest.mark.lambda_failure("ship", "delete", times=1)
def test_batch_is_delivered_again_if_its_delete_fails(lambda_events: LambdaEvents) -> None:
    orders = lambda_events.queue("orders", visibility_timeout=30)
    lambda_events.function(ship).add_event_source(orders)
    orders.send("7")

    lambda_events.run_until_idle()

    assert charged == [7, 7]


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param("split", marks=pytest.mark.lambda_failure("ship", "split", sizes=[1])),
        pytest.param("duplicate", marks=pytest.mark.lambda_failure("ship", "duplicate", times=1)),
    ],
)
def test_all_orders_are_shipped_in_spite_of_the_failure(lambda_events: LambdaEvents, fault: str) -> None:
    orders = lambda_events.queue("orders")
    lambda_events.function(ship).add_event_source(orders)
    orders.send("7", "8")

    lambda_events.run_until_idle()

    assert {7, 8} == set(charged)


@pytest.mark.lambda_failure("charge", "destination")
@pytest.mark.lambda_failure("charge", "response", payload={"declined": True})
def test_record_is_lost_if_the_destination_fails(lambda_events: LambdaEvents) -> None:
    results = lambda_events.queue("results")
    event = lambda_events.function(charge, on_success=results).invoke_async({"order": 7})
    lambda_events.run_until_idle()

    assert event.attempts[0].response == {"declined": True}
    assert results.messages == []
