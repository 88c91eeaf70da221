"""Tests that fail. The pages show their errors."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_lambda_events import LambdaEvents


def ship(event: Any, context: Any) -> None:
    raise ValueError("no address")


def ship_and_report(event: Any, context: Any) -> dict[str, list[dict[str, str]]]:
    return {"batchItemFailures": [{"itemIdentifier": event["Records"][1]["messageId"]}]}


def charge(event: Any, context: Any) -> None:
    raise TimeoutError("bank is closed")


def index(event: Any, context: Any) -> None:
    raise ValueError("broken page")


def test_queue_without_a_dead_letter_queue(lambda_events: LambdaEvents) -> None:
    orders = lambda_events.queue("orders")
    lambda_events.function(ship).add_event_source(orders)
    orders.send({"id": 2})

    lambda_events.run_until_idle(limit_seconds=300)


def test_stream_without_a_retry_limit(lambda_events: LambdaEvents) -> None:
    clicks = lambda_events.stream("clicks")
    lambda_events.function(index).add_event_source(clicks, starting_position="TRIM_HORIZON")
    clicks.put({"page": "broken"}, partition_key="alice")

    lambda_events.run_until_idle(limit_seconds=3600)


def test_lost_order(lambda_events: LambdaEvents) -> None:
    orders = lambda_events.queue("orders")
    lambda_events.function(ship_and_report, name="ship").add_event_source(orders)
    orders.send({"id": 1, "address": "Kirchweg 1"}, {"id": 2, "address": None})
    lambda_events.run_until_idle()

    lambda_events.assert_no_data_lost()


@pytest.mark.lambda_failure("charge", TimeoutError("bank is closed"), attempts=[4])
def test_planned_fault_that_does_not_happen(lambda_events: LambdaEvents) -> None:
    lambda_events.function(charge).invoke_async({"order": 7})
    lambda_events.run_until_idle()
