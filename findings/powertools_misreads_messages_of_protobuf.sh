#!/usr/bin/env bash
# A surprise of Powertools for AWS Lambda (3.37.0) with records that confluent-kafka (2.16.1) has serialized:
#
# A file of Protobuf has two messages, Refund and Order. Confluent's serializer writes the place of the message after the id of the
# schema: the length of a list and its numbers, as zigzag varints. For Order these are the bytes 02 02. Lambda's format SOURCE
# leaves them in the value, and Powertools removes them.
# Expected: kafka_consumer decodes both messages.
# Seen: it decodes Refund, whose place is the single byte 00. It reads the zigzag length 02 of Order as 2 instead of 1, removes one
# byte too much, and raises KafkaConsumerDeserializationError.
# It matters here: our tests of kafka_consumer with Protobuf use the first message of a file.
#
# Exits with 1 if the behaviour has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet "aws-lambda-powertools==3.37.0" "confluent-kafka[protobuf]==2.16.1" "protobuf==7.36.2"
"$folder/venv/bin/python" - <<'PYTHON'
import base64
import sys
from importlib.metadata import version

from aws_lambda_powertools.utilities.kafka import ConsumerRecords, SchemaConfig
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.protobuf import ProtobufSerializer
from confluent_kafka.serialization import MessageField, SerializationContext
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

print(*(f"{name} {version(name)}" for name in ("aws-lambda-powertools", "confluent-kafka", "protobuf")))
file = descriptor_pb2.FileDescriptorProto(name="shop.proto", syntax="proto3")
for name in ("Refund", "Order"):
    kinds = descriptor_pb2.FieldDescriptorProto
    file.message_type.add(name=name).field.add(name="id", number=1, type=kinds.TYPE_INT32, label=kinds.LABEL_OPTIONAL)
pool = descriptor_pool.Default()
pool.Add(file)
seen = {}
for name in ("Refund", "Order"):
    kind = message_factory.GetMessageClass(pool.FindMessageTypeByName(name))
    registry = SchemaRegistryClient.new_client({"url": "mock://"})
    serializer = ProtobufSerializer(kind, registry, {"use.deprecated.format": False})
    data = serializer(kind(id=300), SerializationContext("orders", MessageField.VALUE))
    record = {
        "topic": "orders", "partition": 0, "offset": 0, "timestamp": 0, "timestampType": "CREATE_TIME", "headers": [],
        "value": base64.b64encode(data[5:]).decode(), "valueSchemaMetadata": {"dataFormat": "PROTOBUF", "schemaId": "1"},
    }
    config = SchemaConfig(value_schema_type="PROTOBUF", value_schema=kind)
    try:
        seen[name] = next(ConsumerRecords({"records": {"orders-0": [record]}}, config).records).value
    except Exception as error:
        seen[name] = type(error).__name__
    print(name, data.hex(" "), "->", seen[name])
sys.exit(0 if seen == {"Refund": {"id": 300}, "Order": "KafkaConsumerDeserializationError"} else 1)
PYTHON
