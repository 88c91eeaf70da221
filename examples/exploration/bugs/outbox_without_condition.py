"""Adds the news of an order to its outbox. Another function publishes them from there."""

from __future__ import annotations

from typing import Any

import boto3

dynamodb = boto3.client("dynamodb", region_name="us-east-1")
KEY = {"id": {"S": "7"}}


def wrong(event: dict[str, Any], context: Any) -> None:
    """Two attempts can read the same item. The second one writes it without the news of the first one."""
    for record in event["Records"]:
        item = read()
        dynamodb.put_item(TableName="orders", Item=with_news(item, record["body"]))


def right(event: dict[str, Any], context: Any) -> None:
    """The write fails if the version has changed. Then the message is retried."""
    for record in event["Records"]:
        item = read()
        dynamodb.put_item(
            TableName="orders",
            Item=with_news(item, record["body"]),
            ConditionExpression="version = :version",
            ExpressionAttributeValues={":version": item["version"]},
        )


def read() -> dict[str, Any]:
    """Reads the order."""
    item: dict[str, Any] = dynamodb.get_item(TableName="orders", Key=KEY, ConsistentRead=True)["Item"]
    return item


def with_news(item: dict[str, Any], news: str) -> dict[str, Any]:
    """Returns the item with one more text in its outbox, and the next version."""
    outbox = sorted({*item["outbox"]["SS"], news})
    return {**KEY, "version": {"N": str(int(item["version"]["N"]) + 1)}, "outbox": {"SS": outbox}}
