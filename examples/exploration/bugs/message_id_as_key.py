"""Stores each message of a topic, which comes through a queue, under a key. A repetition then changes nothing."""

from __future__ import annotations

import json
from typing import Any

import boto3

dynamodb = boto3.client("dynamodb", region_name="us-east-1")


def wrong(event: dict[str, Any], context: Any) -> None:
    """The key is the id of the SQS message. If the topic delivers its message once more, the queue has two messages."""
    for record in event["Records"]:
        store(record["messageId"], json.loads(record["body"])["Message"])


def right(event: dict[str, Any], context: Any) -> None:
    """The key is the id that the topic gives its message."""
    for record in event["Records"]:
        notification = json.loads(record["body"])
        store(notification["MessageId"], notification["Message"])


def store(key: str, text: str) -> None:
    """Stores a message."""
    dynamodb.put_item(TableName="news", Item={"id": {"S": key}, "text": {"S": text}})
