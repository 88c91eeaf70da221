"""Stores each order under the day on which it was sent."""

from __future__ import annotations

import time
from typing import Any

import boto3

dynamodb = boto3.client("dynamodb", region_name="us-east-1")


def wrong(event: dict[str, Any], context: Any) -> None:
    """Uses the day on which the message is processed. Some messages of the evening are processed after midnight."""
    for record in event["Records"]:
        store(record["body"], time.time())


def right(event: dict[str, Any], context: Any) -> None:
    """Uses the time at which the message was sent."""
    for record in event["Records"]:
        store(record["body"], int(record["attributes"]["SentTimestamp"]) / 1000)


def store(order: str, at: float) -> None:
    """Stores an order under the day of a time."""
    day = time.strftime("%Y-%m-%d", time.gmtime(at))
    dynamodb.put_item(TableName="orders", Item={"id": {"S": order}, "day": {"S": day}})


def close(event: dict[str, Any], context: Any) -> None:
    """Closes the day at midnight."""
    dynamodb.put_item(TableName="days", Item={"id": {"S": event["time"]}})
