"""Event source mappings of Kafka with a schema registry (KAF-66)."""

from __future__ import annotations

import base64
import json
import sys
import zlib
from typing import Any
from uuid import UUID

import boto3
import pytest
from botocore.exceptions import ClientError

from pytest_lambda_events import (
    Function,
    KafkaTopic,
    LambdaEvents,
    LambdaEventsError,
    NotSimulatedError,
    SchemaRegistry,
)
from pytest_lambda_events.journal.batches import GivenUp

URL = "https://registry.example.com"
ORDER = {"type": "record", "name": "Order", "fields": [{"name": "id", "type": "int"}]}
PROTO = """
syntax = "proto3";
package shop;
import "google/protobuf/timestamp.proto";
message Order {
  message Line { string article = 1; }
  int32 id = 1;
  repeated Line lines = 2;
  google.protobuf.Timestamp placed_at = 3;
}
message Refund { int32 order_id = 1; }
"""
JSON_SCHEMA = {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}}}


@pytest.fixture
def topic(lambda_events: LambdaEvents) -> KafkaTopic:
    return lambda_events.kafka_topic("orders")


@pytest.fixture
def function(lambda_events: LambdaEvents) -> Function:
    return lambda_events.function(lambda event, context: None, name="count")


@pytest.fixture
def registry(lambda_events: LambdaEvents) -> SchemaRegistry:
    return lambda_events.schema_registry(URL)


@pytest.fixture(params=[URL, "shop"])
def any_registry(request: pytest.FixtureRequest, lambda_events: LambdaEvents) -> SchemaRegistry:
    """A registry of Confluent, and one of Glue."""
    return lambda_events.schema_registry(request.param)


def delivered(function: Function, part: str = "value") -> list[bytes]:
    """The decoded keys or values of all records that the handler got."""
    return [base64.b64decode(record[part]) for batch in function.batches for record in batch.records]


def given_up_reason(lambda_events: LambdaEvents) -> str:
    [entry] = [entry for entry in lambda_events.journal if isinstance(entry, GivenUp)]
    return str(entry.reason)


@pytest.mark.rule("KAF-66")
@pytest.mark.parametrize(
    ("data_format", "definition"),
    [("AVRO", ORDER), ("PROTOBUF", PROTO), ("JSON", JSON_SCHEMA)],
    ids=["avro", "protobuf", "json"],
)
def test_json_delivers_decoded_values(
    lambda_events: LambdaEvents, topic: KafkaTopic, function: Function, any_registry: SchemaRegistry, data_format: str,
    definition: object,
) -> None:  # fmt: skip
    schema = any_registry.register("orders-value", definition, data_format)
    function.add_event_source(topic, minimum_pollers=1, schema_registry=any_registry)

    topic.send(schema.encode({"id": 7}))
    lambda_events.run_until_idle()

    [batch] = function.batches
    assert batch.data == [{"id": 7}]
    assert batch.records[0]["valueSchemaMetadata"] == {"dataFormat": "JSON", "schemaId": schema.schema_id}


@pytest.mark.rule("KAF-66")
def test_source_delivers_values_without_their_prefix(
    lambda_events: LambdaEvents, topic: KafkaTopic, function: Function, any_registry: SchemaRegistry
) -> None:
    schema = any_registry.register("orders-value", ORDER)
    function.add_event_source(topic, minimum_pollers=1, schema_registry=any_registry, event_record_format="SOURCE")

    topic.send(schema.encode({"id": 7}))
    lambda_events.run_until_idle()

    assert delivered(function) == [b"\x0e"]
    assert function.batches[0].records[0]["valueSchemaMetadata"] == {"dataFormat": "AVRO", "schemaId": schema.schema_id}


@pytest.mark.rule("KAF-66")
def test_only_the_validated_parts_are_decoded(
    lambda_events: LambdaEvents, topic: KafkaTopic, function: Function, registry: SchemaRegistry
) -> None:
    key, value = registry.register("orders-key", {"type": "int"}), registry.register("orders-value", ORDER)
    function.add_event_source(topic, minimum_pollers=1, schema_registry=registry, schema_validation_configs=["KEY"])

    topic.send(value.encode({"id": 7}), key=key.encode(3))
    lambda_events.run_until_idle()

    [record] = function.batches[0].records
    assert (delivered(function, "key"), delivered(function)) == ([b"3"], [value.encode({"id": 7})])
    assert list(record)[5:] == ["key", "keySchemaMetadata", "value", "headers"]


@pytest.mark.rule("KAF-66", "KAF-E5")
def test_tombstone_and_missing_key_have_no_schema(
    lambda_events: LambdaEvents, topic: KafkaTopic, function: Function, registry: SchemaRegistry
) -> None:
    function.add_event_source(topic, minimum_pollers=1, schema_registry=registry, schema_validation_configs=["KEY", "VALUE"])

    topic.send(None)
    lambda_events.run_until_idle()

    [record] = function.batches[0].records
    assert record.keys().isdisjoint({"key", "keySchemaMetadata", "value", "valueSchemaMetadata"})


@pytest.mark.rule("KAF-66", "KAF-68")
@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (b"", "it does not begin with the byte 0"),
        (b"\x01\0\0\0\x01\x0e", "it does not begin with the byte 0"),
        (b"\0\0\0\0\x09\x0e", "the registry has no schema 9"),
        (b"\0\0\0\0\x01", "it is not of the schema: EOFError"),
        (b"\0\0\0\0\x01\x0e\x0e", "it is longer than the data of the schema"),
    ],
)
def test_value_that_is_not_of_its_schema_goes_to_the_destination(
    lambda_events: LambdaEvents, topic: KafkaTopic, function: Function, registry: SchemaRegistry, value: bytes, reason: str
) -> None:
    failures, schema = lambda_events.queue("failures"), registry.register("orders-value", ORDER)
    function.add_event_source(topic, minimum_pollers=1, schema_registry=registry, on_failure=failures)

    topic.send(schema.encode({"id": 1}))
    topic.send(value)
    topic.send(schema.encode({"id": 3}))
    lambda_events.run_until_idle()

    assert [batch.data for batch in function.batches] == [[{"id": 1}, {"id": 3}]]
    [message] = failures.messages
    record = json.loads(message.body)
    assert record["requestContext"]["condition"] == "SchemaValidationFailed"
    assert record["requestContext"]["approximateInvokeCount"] == 1
    assert record["responseContext"] is None
    assert record["KafkaBatchInfo"]["recordsInfo"]["orders-0"]["firstRecordOffset"] == "1"
    assert given_up_reason(lambda_events).startswith(f"the value is invalid: {reason}")
    lambda_events.assert_no_data_lost()


@pytest.mark.rule("KAF-68")
@pytest.mark.lambda_events(kafka_schema_failure_condition="InvalidSchema")
@pytest.mark.parametrize("is_topic", [False, True])
def test_option_sets_the_condition_of_records_that_are_not_of_their_schema(
    lambda_events: LambdaEvents, topic: KafkaTopic, function: Function, registry: SchemaRegistry, is_topic: bool
) -> None:
    target = lambda_events.kafka_topic("failures") if is_topic else lambda_events.queue("failures")
    function.add_event_source(topic, minimum_pollers=1, schema_registry=registry, on_failure=target)

    topic.send("plain")
    lambda_events.run_until_idle()

    [record] = target.records if isinstance(target, KafkaTopic) else target.messages
    assert record.json["requestContext"]["condition"] == "InvalidSchema"
    assert record.json["responseContext"] is None


@pytest.mark.rule("KAF-66", "KAF-68")
def test_value_that_is_not_of_its_schema_is_lost_without_a_destination(
    lambda_events: LambdaEvents, topic: KafkaTopic, function: Function, registry: SchemaRegistry
) -> None:
    mapping = function.add_event_source(topic, minimum_pollers=1, schema_registry=registry)

    topic.send("plain")
    lambda_events.run_until_idle()

    assert function.batches == []
    assert topic.offsets == {mapping.uuid: {0: 1}}
    with pytest.raises(AssertionError, match="SchemaValidationFailed"):
        lambda_events.assert_no_data_lost()


@pytest.mark.rule("KAF-66", "KAF-31")
def test_object_of_a_bucket_has_the_record_as_it_was_sent(
    lambda_events: LambdaEvents, topic: KafkaTopic, function: Function, registry: SchemaRegistry
) -> None:
    bucket = lambda_events.bucket("failures")
    function.add_event_source(topic, minimum_pollers=1, schema_registry=registry, on_failure=bucket)

    topic.send("plain")
    lambda_events.run_until_idle()

    [key] = bucket.keys
    [record] = json.loads(json.loads(bucket.get_object(key))["payload"])["records"]["orders-0"]
    assert base64.b64decode(record["value"]) == b"plain"


@pytest.mark.rule("KAF-66", "KAF-40")
@pytest.mark.parametrize("event_record_format", ["JSON", "SOURCE"])
def test_filters_match_the_decoded_value(
    lambda_events: LambdaEvents, topic: KafkaTopic, function: Function, registry: SchemaRegistry, event_record_format: str
) -> None:
    schema = registry.register("orders-value", ORDER)
    function.add_event_source(
        topic, minimum_pollers=1, schema_registry=registry, event_record_format=event_record_format,
        filters=[{"value": {"id": [7]}}],
    )  # fmt: skip

    topic.send(schema.encode({"id": 6}))
    topic.send(schema.encode({"id": 7}))
    lambda_events.run_until_idle()

    assert [record["offset"] for batch in function.batches for record in batch.records] == [1]


@pytest.mark.rule("KAF-66")
def test_compressed_data_of_glue_is_read(lambda_events: LambdaEvents, topic: KafkaTopic, function: Function) -> None:
    glue = lambda_events.schema_registry("shop")
    schema = glue.register("orders", ORDER)
    function.add_event_source(topic, minimum_pollers=1, schema_registry=glue)

    topic.send(b"\x03\x05" + UUID(schema.schema_id).bytes + zlib.compress(b"\x0e"))
    topic.send(b"\x03\x05" + UUID(schema.schema_id).bytes + b"\x0e")
    lambda_events.run_until_idle()

    assert delivered(function) == [b'{"id":7}']


@pytest.mark.rule("KAF-66")
def test_registry_of_glue_is_that_of_boto3(lambda_events: LambdaEvents, topic: KafkaTopic, function: Function) -> None:
    glue = boto3.client("glue")
    arn = glue.create_registry(RegistryName="shop")["RegistryArn"]
    made = glue.create_schema(
        RegistryId={"RegistryName": "shop"}, SchemaName="orders", DataFormat="AVRO", Compatibility="NONE",
        SchemaDefinition=json.dumps(ORDER),
    )  # fmt: skip
    function.add_event_source(topic, minimum_pollers=1, schema_registry=arn)

    [schema] = lambda_events.schema_registries["shop"].schemas
    topic.send(b"\x03\0" + UUID(made["SchemaVersionId"]).bytes + b"\x0e")
    lambda_events.run_until_idle()

    assert (schema.name, schema.schema_id) == ("orders", made["SchemaVersionId"])
    assert delivered(function) == [b'{"id":7}']


def test_versions_of_a_schema_have_their_own_ids(any_registry: SchemaRegistry) -> None:
    first = any_registry.register("orders", ORDER)
    second = any_registry.register("orders", {**ORDER, "doc": "An order."})
    again = any_registry.register("orders", {**ORDER, "doc": "An order."})

    assert first.schema_id != second.schema_id == again.schema_id
    assert [schema.schema_id for schema in any_registry.schemas] == [first.schema_id, second.schema_id]


@pytest.mark.rule("KAF-66")
def test_logical_types_of_avro_stay_numbers_and_text(
    lambda_events: LambdaEvents, topic: KafkaTopic, function: Function, registry: SchemaRegistry
) -> None:
    fields = [
        {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
        {"name": "raw", "type": ["null", "bytes"]},
        {"name": "tags", "type": {"type": "array", "items": "string"}},
    ]
    schema = registry.register("orders-value", {"type": "record", "name": "Order", "fields": fields})
    function.add_event_source(topic, minimum_pollers=1, schema_registry=registry)

    topic.send(schema.encode({"at": 5, "raw": b"\xff", "tags": ["a"]}))
    lambda_events.run_until_idle()

    assert function.batches[0].data == [{"at": 5, "raw": "\xff", "tags": ["a"]}]


@pytest.mark.rule("KAF-66")
def test_avro_of_apache_reads_and_writes_the_same(
    lambda_events: LambdaEvents, topic: KafkaTopic, function: Function, registry: SchemaRegistry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    schema = registry.register("orders-value", ORDER)
    with_fastavro = schema.encode({"id": 7})
    monkeypatch.setitem(sys.modules, "fastavro", None)
    function.add_event_source(topic, minimum_pollers=1, schema_registry=registry)

    topic.send(schema.encode({"id": 7}))
    lambda_events.run_until_idle()

    assert schema.encode({"id": 7}) == with_fastavro
    assert function.batches[0].data == [{"id": 7}]


@pytest.mark.parametrize(
    ("modules", "data_format", "definition", "package"),
    [
        (("fastavro", "avro", "avro.io"), "AVRO", ORDER, "fastavro or avro"),
        (("google.protobuf",), "PROTOBUF", PROTO, "protobuf"),
        (("jsonschema",), "JSON", JSON_SCHEMA, "jsonschema"),
    ],
)
def test_missing_library_is_refused_by_name(
    registry: SchemaRegistry, monkeypatch: pytest.MonkeyPatch, modules: tuple[str, ...], data_format: str, definition: object,
    package: str,
) -> None:  # fmt: skip
    for module in modules:
        monkeypatch.setitem(sys.modules, module, None)

    with pytest.raises(NotSimulatedError, match=f"needs the package {package}, which is not installed"):
        registry.register("orders-value", definition, data_format)

    assert registry.schemas == []


@pytest.mark.parametrize(
    ("data_format", "definition", "reason"),
    [
        ("AVRO", "{", "it is not JSON"),
        ("AVRO", {"type": "thing"}, "UnknownType"),
        ("JSON", {"type": "thing"}, "'thing' is not valid"),
        ("PROTOBUF", "message Order {", "Reached end of input"),
        ("PROTOBUF", 'syntax = "proto3";', "it has no message"),
    ],
)
def test_invalid_definition_is_refused(registry: SchemaRegistry, data_format: str, definition: object, reason: str) -> None:
    with pytest.raises(LambdaEventsError, match=rf"'orders-value' is not valid for {data_format}: .*({reason})"):
        registry.register("orders-value", definition, data_format)

    assert registry.schemas == []


@pytest.mark.parametrize(
    ("data_format", "definition"),
    [("AVRO", ORDER), ("PROTOBUF", PROTO), ("JSON", JSON_SCHEMA)],
    ids=["avro", "protobuf", "json"],
)
def test_value_that_is_not_of_the_schema_is_not_encoded(
    registry: SchemaRegistry, data_format: str, definition: object
) -> None:
    schema = registry.register("orders-value", definition, data_format)

    with pytest.raises(LambdaEventsError, match="does not fit schema 'orders-value'"):
        schema.encode({"id": "seven"})


@pytest.mark.rule("KAF-66")
def test_answer_has_the_configuration(function: Function, topic: KafkaTopic, registry: SchemaRegistry) -> None:
    config = {
        "AccessConfigs": [{"Type": "BASIC_AUTH", "URI": "arn:aws:secretsmanager:us-east-1:123456789012:secret:registry"}],
        "EventRecordFormat": "JSON",
        "SchemaRegistryURI": registry.uri,
        "SchemaValidationConfigs": [{"Attribute": "KEY"}, {"Attribute": "VALUE"}],
    }

    made = create(topic, config)

    group = {"ConsumerGroupId": made["UUID"]}
    assert made["SelfManagedKafkaEventSourceConfig"] == {**group, "SchemaRegistryConfig": config}


def create(topic: KafkaTopic, config: dict[str, Any], **parameters: Any) -> dict[str, Any]:
    given = {"ProvisionedPollerConfig": {"MinimumPollers": 1}, **parameters}
    answer: dict[str, Any] = boto3.client("lambda").create_event_source_mapping(
        FunctionName="count", **topic.event_source, **given,
        SelfManagedKafkaEventSourceConfig={"SchemaRegistryConfig": config},
    )  # fmt: skip
    return answer


COMPLETE = {"SchemaRegistryURI": URL, "EventRecordFormat": "JSON", "SchemaValidationConfigs": [{"Attribute": "VALUE"}]}


@pytest.mark.rule("KAF-66")
@pytest.mark.parametrize("member", ["SchemaRegistryURI", "EventRecordFormat", "SchemaValidationConfigs"])
def test_member_that_is_missing_is_refused(
    function: Function, topic: KafkaTopic, registry: SchemaRegistry, member: str
) -> None:
    with pytest.raises(ClientError, match=f"{member} of SchemaRegistryConfig is missing"):
        create(topic, {name: value for name, value in COMPLETE.items() if name != member})


@pytest.mark.rule("KAF-66")
@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"EventRecordFormat": "XML"}, "Member must satisfy enum value set: [JSON, SOURCE]"),
        ({"SchemaValidationConfigs": [{"Attribute": "HEADER"}]}, "Member must satisfy enum value set: [KEY, VALUE]"),
        ({"AccessConfigs": [{"Type": "VPC_SUBNET", "URI": "a"}]}, "Member must satisfy enum value set: [BASIC_AUTH,"),
        ({"SchemaRegistryURI": "arn:aws:glue:us-east-1:123456789012:registry/a"}, "Cannot access schema registry"),
    ],
)
def test_invalid_configuration_is_refused(
    function: Function, topic: KafkaTopic, registry: SchemaRegistry, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(ClientError) as caught:
        create(topic, {**COMPLETE, **changes})

    assert message in caught.value.response["Error"]["Message"]


@pytest.mark.rule("KAF-66")
def test_schema_registry_needs_provisioned_mode(function: Function, topic: KafkaTopic, registry: SchemaRegistry) -> None:
    with pytest.raises(ClientError, match="SchemaRegistryConfig is supported only with ProvisionedPollerConfig"):
        create(topic, COMPLETE, ProvisionedPollerConfig={})


def test_registry_must_exist(function: Function, topic: KafkaTopic) -> None:
    with pytest.raises(LambdaEventsError, match=rf"'{URL}' does not exist .* lambda_events.schema_registry\('{URL}'\)"):
        function.add_event_source(topic, minimum_pollers=1, schema_registry=URL)


@pytest.mark.rule("KAF-66", "KAF-05")
def test_update_changes_and_removes_the_registry(
    lambda_events: LambdaEvents, function: Function, topic: KafkaTopic, registry: SchemaRegistry
) -> None:
    schema = registry.register("orders-value", ORDER)
    mapping = function.add_event_source(topic, minimum_pollers=1)

    for changes in ({"schema_registry": registry}, {"event_record_format": "SOURCE"}, {"schema_registry": None}):
        mapping.update(**changes)
        topic.send(schema.encode({"id": 7}))
        lambda_events.run_until_idle()

    assert delivered(function) == [b'{"id":7}', b"\x0e", schema.encode({"id": 7})]
    with pytest.raises(ClientError, match="ConsumerGroupId of an event source mapping is immutable"):
        boto3.client("lambda").update_event_source_mapping(
            UUID=mapping.uuid, SelfManagedKafkaEventSourceConfig={"ConsumerGroupId": "other"}
        )


def test_settings_of_schemas_need_a_topic_and_a_registry(
    lambda_events: LambdaEvents, function: Function, topic: KafkaTopic, registry: SchemaRegistry
) -> None:
    with pytest.raises(LambdaEventsError, match=r"only a topic of Kafka has a schema registry"):
        function.add_event_source(lambda_events.queue("orders"), schema_registry=registry)
    with pytest.raises(LambdaEventsError, match=r"event_record_format needs schema_registry\. Pass both\."):
        function.add_event_source(topic, minimum_pollers=1, event_record_format="SOURCE")
    with pytest.raises(LambdaEventsError, match="schema_registry=5 is not a schema registry"):
        function.add_event_source(topic, minimum_pollers=1, schema_registry=5)


@pytest.mark.rule("KAF-66")
def test_role_must_be_able_to_read_a_registry_of_glue() -> None:
    with LambdaEvents(enforce_permissions=True) as lambda_events:
        glue, topic = lambda_events.schema_registry("shop"), lambda_events.kafka_topic("orders")
        function = lambda_events.function(lambda event, context: None, name="count")

        with pytest.raises(ClientError, match="The role of the function needs glue:GetRegistry"):
            function.add_event_source(topic, minimum_pollers=1, schema_registry=glue)


@pytest.mark.rule("KAF-66")
def test_registry_that_is_deleted_fails_the_records(
    lambda_events: LambdaEvents, function: Function, topic: KafkaTopic, registry: SchemaRegistry
) -> None:
    schema = registry.register("orders-value", ORDER)
    function.add_event_source(topic, minimum_pollers=1, schema_registry=registry)

    registry.delete()
    topic.send(schema.encode({"id": 7}))
    lambda_events.run_until_idle()

    assert f"the schema registry {URL} does not exist any more" in given_up_reason(lambda_events)


@pytest.mark.rule("KAF-66")
def test_age_and_schema_discard_different_records(
    lambda_events: LambdaEvents, function: Function, topic: KafkaTopic, registry: SchemaRegistry
) -> None:
    failures, schema = lambda_events.queue("failures"), registry.register("orders-value", ORDER)
    mapping = function.add_event_source(
        topic,
        minimum_pollers=1,
        schema_registry=registry,
        maximum_record_age_in_seconds=60,
        on_failure=failures,
        enabled=False,
    )

    topic.send("plain")
    topic.send(schema.encode({"id": 1}))
    lambda_events.advance(61)
    topic.send(schema.encode({"id": 2}))
    mapping.update(enabled=True)
    lambda_events.run_until_idle()

    conditions = [json.loads(message.body)["requestContext"]["condition"] for message in failures.messages]
    assert conditions == ["SchemaValidationFailed", "RecordAgeExceeded"]
    assert function.batches[0].data == [{"id": 2}]


@pytest.mark.parametrize("condition", ["", 3])
def test_condition_must_be_a_name(condition: Any) -> None:
    with pytest.raises(LambdaEventsError, match=r"kafka_schema_failure_condition=.* is not a name\. Pass text that is not"):
        LambdaEvents(kafka_schema_failure_condition=condition)
