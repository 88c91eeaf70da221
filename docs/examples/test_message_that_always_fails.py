from __future__ import annotations

import json
from typing import Any

from pytest_lambda_events import LambdaEvents


def ship(event: Any, context: Any) -> None:
    for record in event["Records"]:
        order = json.loads(record["body"])
        print(f"shipping order {order['id']}")
        if order["address"] is None:
            raise ValueError("no address")


def test_message_without_an_address_is_retried_for_hours(lambda_events: LambdaEvents) -> None:
    orders = lambda_events.queue("orders", visibility_timeout=30)
    lambda_events.function(ship).add_event_source(orders, batch_size=1)
    orders.send({"id": 1, "address": "1 Main Street"}, {"id": 2, "address": None})

    lambda_events.advance(6 * 3600)

    assert [message.json["id"] for message in orders.messages] == [2]
