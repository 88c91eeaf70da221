"""Stores readings of a sensor, two in one item to save writes."""

from __future__ import annotations

from typing import Any

import boto3

dynamodb = boto3.client("dynamodb", region_name="us-east-1")
waiting: list[str] = []


def wrong(event: dict[str, Any], context: Any) -> None:
    """The first reading waits in memory, although its message is deleted. It is gone if the process ends."""
    waiting.extend(record["body"] for record in event["Records"])
    if len(waiting) >= 2:
        write(waiting)
        waiting.clear()


def right(event: dict[str, Any], context: Any) -> None:
    """Each invocation stores what it got. The batch size and the batching window of the mapping save writes."""
    write([record["body"] for record in event["Records"]])


def write(readings: list[str]) -> None:
    """Stores readings in one item."""
    dynamodb.put_item(TableName="readings", Item={"id": {"S": readings[0]}, "readings": {"SS": readings}})
