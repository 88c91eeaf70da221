from __future__ import annotations

import base64
import json
from typing import Any

from pytest_lambda_events import LambdaEvents


def count_orders(event: Any, context: Any) -> None:
    for records in event["records"].values():
        for record in records:
            if "id" not in json.loads(base64.b64decode(record["value"])):
                raise ValueError("an order without an id")


def test_orders_of_all_partitions_are_one_batch(lambda_events: LambdaEvents) -> None:
    orders = lambda_events.kafka_topic("orders", partitions=3)
    function = lambda_events.function(count_orders)
    mapping = function.add_event_source(orders, starting_position="TRIM_HORIZON")

    orders.send({"id": 7}, partition=0, headers={"trace": "a"})
    orders.send({"id": 8}, partition=2)
    lambda_events.run_until_idle()

    [batch] = function.batches
    assert batch.data == [{"id": 7}, {"id": 8}]
    assert batch.started_after_seconds == 0.5
    assert orders.offsets == {mapping.uuid: {0: 1, 2: 1}}


def test_poison_record_goes_to_the_failure_queue(lambda_events: LambdaEvents) -> None:
    orders, bad = lambda_events.kafka_topic("orders", cluster="sales"), lambda_events.queue("bad-orders")
    function = lambda_events.function(count_orders)
    function.add_event_source(
        orders, starting_position="TRIM_HORIZON", minimum_pollers=1, maximum_retry_attempts=2,
        bisect_batch_on_function_error=True, on_failure=bad,
    )  # fmt: skip

    orders.send({"id": 7})
    orders.send({"name": "poison"})
    lambda_events.run_until_idle()

    [message] = bad.messages
    assert message.json["KafkaBatchInfo"]["recordsInfo"]["orders-0"]["firstRecordOffset"] == "1"
    lambda_events.assert_no_data_lost()
