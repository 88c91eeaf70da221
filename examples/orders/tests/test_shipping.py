"""Tests of the function that ships orders: batches, failed messages and throttles."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest
import shipping

from pytest_lambda_events import Function, LambdaEvents, Queue, Topic

PAID = {"order": 7, "receipt": "receipt-1"}
UNPAID = {"order": 8, "receipt": ""}


@dataclass(frozen=True)
class Warehouse:
    """What the function under test stands between."""

    announcements: Topic
    waiting: Queue
    dead: Queue
    ship: Function
    parcels: Any

    def announce(self, *orders: dict[str, Any]) -> None:
        """As the orders service does it."""
        for order in orders:
            self.announcements.publish(order)

    def shipped(self) -> list[str]:
        """The ids of the orders that have a parcel."""
        return sorted(item["id"]["S"] for item in self.parcels.scan(TableName="parcels")["Items"])

    def undeliverable(self) -> list[int]:
        """The orders on the dead-letter queue."""
        return [json.loads(message.json["Message"])["order"] for message in self.dead.messages]


@pytest.fixture
def warehouse(lambda_events: LambdaEvents) -> Warehouse:
    """A topic into a queue into the function, as the service is deployed."""
    dynamodb = lambda_events.client("dynamodb")
    dynamodb.create_table(
        TableName="parcels",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    announcements = lambda_events.topic("announcements")
    dead = lambda_events.queue("parcels-dead")
    waiting = lambda_events.queue("parcels", visibility_timeout=60, dead_letter_queue=dead, max_receive_count=5)
    announcements.subscribe(waiting)
    ship = lambda_events.function(shipping.handler, name="ship", timeout=10)
    ship.add_event_source(waiting, function_response_types=["ReportBatchItemFailures"])
    return Warehouse(announcements, waiting, dead, ship, dynamodb)


def test_paid_orders_are_shipped_in_one_batch(lambda_events: LambdaEvents, warehouse: Warehouse) -> None:
    warehouse.announce(PAID, PAID | {"order": 9})

    lambda_events.run_until_idle()

    assert warehouse.shipped() == ["7", "9"]
    assert [len(batch.records) for batch in warehouse.ship.batches] == [2]
    assert warehouse.waiting.messages == []


def test_a_failed_order_does_not_delay_the_others(lambda_events: LambdaEvents, warehouse: Warehouse) -> None:
    warehouse.announce(PAID, UNPAID)

    lambda_events.run_until_idle()

    assert warehouse.shipped() == ["7"]
    assert warehouse.undeliverable() == [8]
    assert [batch.started_after_seconds for batch in warehouse.ship.batches] == [0, 60, 120, 180, 240]


def test_a_shipped_order_is_not_shipped_again(lambda_events: LambdaEvents, warehouse: Warehouse) -> None:
    warehouse.announce(PAID, UNPAID)

    lambda_events.run_until_idle()

    assert [len(batch.records) for batch in warehouse.ship.batches] == [2, 1, 1, 1, 1]


def test_orders_wait_while_the_function_is_throttled(lambda_events: LambdaEvents, warehouse: Warehouse) -> None:
    warehouse.ship.update(reserved_concurrent_executions=0)
    warehouse.announce(PAID)
    lambda_events.advance(100)

    warehouse.ship.update(reserved_concurrent_executions=10)
    lambda_events.run_until_idle()

    assert warehouse.shipped() == ["7"]
    assert warehouse.undeliverable() == []
