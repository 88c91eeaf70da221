"""Kafka with handlers that users of Powertools for AWS Lambda write: the batch processor and `kafka_consumer`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.kafka_event import KafkaEventRecord
from aws_lambda_powertools.utilities.kafka import ConsumerRecords, SchemaConfig, kafka_consumer
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

from pytest_lambda_events import KafkaTopic, LambdaEvents, SchemaRegistry

ORDER = {"type": "record", "name": "Order", "fields": [{"name": "id", "type": "int"}]}
PARTIAL = ["ReportBatchItemFailures"]
ONCE: dict[str, Any] = {"minimum_pollers": 1, "maximum_retry_attempts": 0}
"""A handler that fails is not retried until its records expire."""


def messages() -> dict[str, Any]:
    """The classes of a file of Protobuf: Refund, Order, and Order.Line."""
    number = descriptor_pb2.FieldDescriptorProto(
        name="id", number=1, type=descriptor_pb2.FieldDescriptorProto.TYPE_INT32,
        label=descriptor_pb2.FieldDescriptorProto.LABEL_OPTIONAL,
    )  # fmt: skip
    line = descriptor_pb2.DescriptorProto(name="Line", field=[number])
    kinds = [
        descriptor_pb2.DescriptorProto(name="Refund", field=[number]),
        descriptor_pb2.DescriptorProto(name="Order", field=[number], nested_type=[line]),
    ]
    file = descriptor_pb2.FileDescriptorProto(name="orders.proto", package="shop", syntax="proto3", message_type=kinds)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    names = ("Refund", "Order", "Order.Line")
    return {name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"shop.{name}")) for name in names}


PROTO = """
syntax = "proto3";
package shop;
message Refund { int32 id = 1; }
message Order { message Line { int32 id = 1; } int32 id = 1; }
"""


@pytest.fixture
def topic(lambda_events: LambdaEvents) -> KafkaTopic:
    return lambda_events.kafka_topic("orders", partitions=2)


@pytest.fixture(params=["https://registry.example.com", "shop"], ids=["confluent", "glue"])
def registry(request: pytest.FixtureRequest, lambda_events: LambdaEvents) -> SchemaRegistry:
    return lambda_events.schema_registry(request.param)


@pytest.mark.rule("KAF-24", "KAF-26")
def test_batch_processor_names_the_records_that_failed(lambda_events: LambdaEvents, topic: KafkaTopic) -> None:
    processor, failures = BatchProcessor(event_type=EventType.Kafka), [2]

    def ship(record: KafkaEventRecord) -> None:
        if record.json_value["id"] in failures:
            failures.remove(record.json_value["id"])
            raise ValueError("no stock")

    def handler(event: Any, context: Any) -> Any:
        return process_partial_response(event=event, record_handler=ship, processor=processor, context=context)

    function = lambda_events.function(handler, name="ship")
    function.add_event_source(topic, minimum_pollers=1, function_response_types=PARTIAL)
    for number, partition in ((1, 0), (2, 0), (3, 0), (4, 1)):
        topic.send({"id": number}, partition=partition)
    lambda_events.run_until_idle()

    first, second = function.batches
    assert (first.data, second.data) == ([{"id": 1}, {"id": 2}, {"id": 3}, {"id": 4}], [{"id": 2}, {"id": 3}])
    assert first.response == {"batchItemFailures": [{"itemIdentifier": {"partition": "orders-0", "offset": 1}}]}
    assert first.batch_item_failures == ["orders-0:1", "orders-0:2"]


@dataclass
class Order:
    id: int


@pytest.mark.rule("KAF-66")
def test_consumer_reads_json_that_the_mapping_decoded(
    lambda_events: LambdaEvents, topic: KafkaTopic, registry: SchemaRegistry
) -> None:
    schema = registry.register("orders-value", ORDER)
    seen: list[Any] = []

    @kafka_consumer(schema_config=SchemaConfig(value_schema_type="JSON", value_output_serializer=Order))
    def handler(records: ConsumerRecords, context: Any) -> None:
        for record in records.records:
            assert record.value_schema_metadata is not None
            seen.append((record.value, record.offset, record.value_schema_metadata.schema_id))

    lambda_events.function(handler, name="count").add_event_source(topic, schema_registry=registry, **ONCE)
    topic.send(schema.encode({"id": 7}))
    lambda_events.run_until_idle()

    assert seen == [(Order(7), 0, schema.schema_id)]


@pytest.mark.rule("KAF-66")
def test_consumer_decodes_avro_that_the_mapping_left_encoded(
    lambda_events: LambdaEvents, topic: KafkaTopic, registry: SchemaRegistry
) -> None:
    key_schema, schema = registry.register("orders-key", {"type": "string"}), registry.register("orders-value", ORDER)
    seen: list[Any] = []

    @kafka_consumer(schema_config=SchemaConfig(
        value_schema_type="AVRO", value_schema=schema.definition, key_schema_type="AVRO", key_schema=key_schema.definition,
    ))  # fmt: skip
    def handler(records: ConsumerRecords, context: Any) -> None:
        seen.extend((record.key, record.value) for record in records.records)

    lambda_events.function(handler, name="count").add_event_source(
        topic, schema_registry=registry, event_record_format="SOURCE",
        schema_validation_configs=["KEY", "VALUE"],
        **ONCE,
    )  # fmt: skip
    topic.send(schema.encode({"id": 7}), key=key_schema.encode("alice"))
    lambda_events.run_until_idle()

    assert seen == [("alice", {"id": 7})]


@pytest.mark.rule("KAF-66")
def test_consumer_decodes_protobuf_that_the_mapping_left_encoded(
    lambda_events: LambdaEvents, topic: KafkaTopic, registry: SchemaRegistry
) -> None:
    kind = messages()["Refund"]
    schema = registry.register("refunds-value", PROTO if registry.name == "shop" else kind, "PROTOBUF")
    seen: list[Any] = []

    @kafka_consumer(schema_config=SchemaConfig(value_schema_type="PROTOBUF", value_schema=kind))
    def handler(records: ConsumerRecords, context: Any) -> None:
        seen.extend(record.value for record in records.records)

    function = lambda_events.function(handler, name="count")
    function.add_event_source(topic, schema_registry=registry, event_record_format="SOURCE", **ONCE)
    topic.send(schema.encode(kind(id=300)))
    lambda_events.run_until_idle()

    assert seen == [{"id": 300}]


@pytest.mark.rule("KAF-66")
@pytest.mark.parametrize("name", ["Refund", "Order", "Order.Line"])
def test_mapping_decodes_each_message_of_a_file(
    lambda_events: LambdaEvents, topic: KafkaTopic, registry: SchemaRegistry, name: str
) -> None:
    kind = messages()[name]
    schema = registry.register("orders-value", PROTO if registry.name == "shop" else kind, "PROTOBUF")
    function = lambda_events.function(lambda event, context: None, name="count")
    function.add_event_source(topic, schema_registry=registry, **ONCE)

    topic.send(schema.encode(kind(id=300)))
    lambda_events.run_until_idle()

    assert function.batches[0].data == [{"id": 300}]


def test_consumer_reads_headers_and_records_without_schemas(lambda_events: LambdaEvents, topic: KafkaTopic) -> None:
    seen: list[Any] = []

    @kafka_consumer
    def handler(records: ConsumerRecords, context: Any) -> None:
        seen.extend((record.key, json.loads(record.value), record.headers["trace"]) for record in records.records)

    lambda_events.function(handler, name="count").add_event_source(topic, **ONCE)
    topic.send({"id": 7}, key="alice", headers={"trace": "a"})
    lambda_events.run_until_idle()

    assert seen == [("alice", {"id": 7}, b"a")]


@pytest.mark.rule("KAF-E5")
def test_tombstone_has_no_value(lambda_events: LambdaEvents, topic: KafkaTopic) -> None:
    deleted: list[Any] = []

    @kafka_consumer
    def handler(records: ConsumerRecords, context: Any) -> None:
        deleted.extend(record.key for record in records.records if "value" not in record)

    function = lambda_events.function(handler, name="count")
    function.add_event_source(topic, **ONCE)
    topic.send(None, key="alice", partition=0)
    topic.send("bob's order", key="bob", partition=0)
    lambda_events.run_until_idle()

    assert deleted == ["alice"]
    assert function.batches[0].data == [None, "bob's order"]
