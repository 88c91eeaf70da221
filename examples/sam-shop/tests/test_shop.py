"""Tests of the shop as it is deployed: queues, permissions and event sources come from `template.yaml`."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from pytest_lambda_events import LambdaEvents, Stack

PROJECT = Path(__file__).resolve().parents[1]

# A permission that is missing in the template fails the test.
pytestmark = pytest.mark.lambda_events(enforce_permissions=True)


@pytest.fixture
def shop(lambda_events: LambdaEvents) -> Stack:
    # In a project of your own, whose root is pytest's rootdir, `lambda_events.deploy("template.yaml", ...)` does.
    return lambda_events.deploy(PROJECT / "template.yaml", parameters={"Stage": "test"})


def responses(stack: Stack, function: str) -> list[Any]:
    return [attempt.response for attempt in stack.functions[function].attempts]


def test_an_uploaded_order_is_charged_and_announced(shop: Stack, lambda_events: LambdaEvents) -> None:
    shop.buckets["Uploads"].put_object("monday.csv", "A-1,20\nA-2,30")
    lambda_events.run_until_idle()

    assert sorted(item["id"] for item in shop.tables["Payments"].items) == ["A-1", "A-2"]
    assert sorted(text for texts in responses(shop, "Greet") for text in texts) == ["A-1 is paid", "A-2 is paid"]


def test_an_order_without_an_amount_goes_to_the_dead_letter_queue(shop: Stack, lambda_events: LambdaEvents) -> None:
    shop.queues["Orders"].send({"id": "A-1", "amount": 0})
    shop.queues["Orders"].send({"id": "A-2", "amount": 5})
    lambda_events.run_until_idle()

    assert [message.json["id"] for message in shop.queues["DeadOrders"].messages] == ["A-1"]
    assert [item["id"] for item in shop.tables["Payments"].items] == ["A-2"]


def test_an_unreadable_upload_goes_to_the_failure_destination(shop: Stack, lambda_events: LambdaEvents) -> None:
    shop.buckets["Uploads"].put_object("monday.csv", "no amount")
    lambda_events.run_until_idle()

    [record] = shop.queues["Failures"].invocation_records
    assert record.condition == "RetriesExhausted"


def test_events_of_the_shop_are_audited(shop: Stack, lambda_events: LambdaEvents) -> None:
    lambda_events.event_buses["default"].put_event(source="shop", detail_type="OrderCancelled", detail={"id": "A-1"})
    lambda_events.run_until_idle()

    assert responses(shop, "Audit") == ["OrderCancelled"]


def test_clicks_are_counted(shop: Stack, lambda_events: LambdaEvents) -> None:
    shop.streams["Clicks"].put({"page": "/"}, partition_key="a")
    lambda_events.run_until_idle()

    assert responses(shop, "CountClicks") == [1]


def test_payments_are_deleted_each_day(shop: Stack, lambda_events: LambdaEvents) -> None:
    shop.queues["Orders"].send({"id": "A-1", "amount": 20})
    lambda_events.advance(timedelta(days=1))

    assert responses(shop, "CleanUp") == [1]
    assert not shop.tables["Payments"].items


def test_the_api_reports_payments(shop: Stack, lambda_events: LambdaEvents) -> None:
    shop.queues["Orders"].send({"id": "A-1", "amount": 20})
    lambda_events.run_until_idle()

    response = shop.apis["ServerlessRestApi"].request("GET", "/report")

    assert (response.status_code, response.json()) == (200, ["A-1"])


def test_everything_is_delivered(shop: Stack) -> None:
    assert shop.not_delivered == []


def test_the_checks_find_nothing_to_improve(shop: Stack) -> None:
    assert shop.warnings == []
