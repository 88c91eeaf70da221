from __future__ import annotations

import json
from typing import Any

from confluent_kafka import Producer

from pytest_lambda_events import LambdaEvents


def accept_order(event: Any, context: Any) -> None:
    producer = Producer({"bootstrap.servers": "kafka.example.com:9092"})
    producer.produce("orders", key=event["customer"], value=json.dumps({"id": event["id"]}))
    producer.flush()


def count_orders(event: Any, context: Any) -> None:
    pass


def test_accepted_order_is_counted(lambda_events: LambdaEvents) -> None:
    orders = lambda_events.kafka_topic("orders", partitions=3)
    count = lambda_events.function(count_orders)
    count.add_event_source(orders, starting_position="TRIM_HORIZON")

    lambda_events.function(accept_order).invoke({"customer": "c-1", "id": 7})
    lambda_events.run_until_idle()

    [record] = orders.records
    assert (record.key, record.json) == (b"c-1", {"id": 7})
    assert count.batches[0].data == [{"id": 7}]
