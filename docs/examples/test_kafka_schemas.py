from __future__ import annotations

from typing import Any

import pytest
from aws_lambda_powertools.utilities.kafka import ConsumerRecords, SchemaConfig, kafka_consumer

from pytest_lambda_events import LambdaEvents, SchemaRegistry

ORDER = {"type": "record", "name": "Order", "fields": [{"name": "id", "type": "int"}]}
shipped: list[int] = []


@kafka_consumer(schema_config=SchemaConfig(value_schema_type="JSON"))
def ship(records: ConsumerRecords, context: Any) -> None:
    shipped.extend(record.value["id"] for record in records.records)


@pytest.fixture
def registry(lambda_events: LambdaEvents) -> SchemaRegistry:
    shipped.clear()
    return lambda_events.schema_registry("https://registry.example.com")


def test_avro_reaches_the_handler_as_json(lambda_events: LambdaEvents, registry: SchemaRegistry) -> None:
    order, orders = registry.register("orders-value", ORDER), lambda_events.kafka_topic("orders")
    lambda_events.function(ship).add_event_source(orders, minimum_pollers=1, schema_registry=registry)

    orders.send(order.encode({"id": 7}))
    lambda_events.run_until_idle()

    assert shipped == [7]


def test_value_without_a_schema_goes_to_the_failure_queue(lambda_events: LambdaEvents, registry: SchemaRegistry) -> None:
    orders, bad = lambda_events.kafka_topic("orders"), lambda_events.queue("bad-orders")
    function = lambda_events.function(ship)
    function.add_event_source(orders, minimum_pollers=1, schema_registry=registry, on_failure=bad)

    orders.send('{"id": 7}')
    lambda_events.run_until_idle()

    assert function.batches == []
    assert [record.condition for record in bad.invocation_records] == ["SchemaValidationFailed"]
