"""Keeps the latest reading of each electricity meter. It reads a topic of Kafka whose values are Avro."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Any

import boto3
from aws_lambda_powertools.utilities.kafka import ConsumerRecords, SchemaConfig, kafka_consumer
from aws_lambda_powertools.utilities.typing import LambdaContext

SCHEMA = Path(__file__).with_name("reading.avsc").read_text()
ITEM = "attribute_not_exists(meter) OR taken_at < :taken_at"

dynamodb = boto3.resource("dynamodb", region_name=os.environ.get("AWS_REGION", "us-east-1"))


@kafka_consumer(schema_config=SchemaConfig(value_schema_type="AVRO", value_schema=SCHEMA))
def handler(records: ConsumerRecords, context: LambdaContext) -> None:
    """Handles a batch. The key of a record is its meter. A record without a value deletes the meter."""
    latest = dynamodb.Table(os.environ["LATEST_TABLE"])
    for record in records.records:
        if "value" in record:
            keep(latest, record.value)
        else:
            latest.delete_item(Key={"meter": record.key})


def keep(latest: Any, reading: dict[str, Any]) -> None:
    """Keeps a reading, unless a later one is there. So a reading that comes twice or late changes nothing."""
    if reading["kwh"] < 0:
        raise ValueError(f"meter {reading['meter']} counts backwards")
    taken_at = int(reading["taken_at"].timestamp() * 1000)
    item = {"meter": reading["meter"], "taken_at": taken_at, "kwh": reading["kwh"]}
    with suppress(dynamodb.meta.client.exceptions.ConditionalCheckFailedException):
        latest.put_item(Item=item, ConditionExpression=ITEM, ExpressionAttributeValues={":taken_at": taken_at})
