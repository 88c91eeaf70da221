"""Stores the latest price of a hat. Messages of a standard queue announce new prices."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import boto3

dynamodb = boto3.client("dynamodb", region_name="us-east-1")


def wrong(event: dict[str, Any], context: Any) -> None:
    """The last message of a batch is not always the one that was sent last."""
    news = json.loads(event["Records"][-1]["body"])
    dynamodb.put_item(TableName="prices", Item=item(news))


def right(event: dict[str, Any], context: Any) -> None:
    """A price is stored only if its version is higher than the stored one."""
    for record in event["Records"]:
        news = json.loads(record["body"])
        with suppress(dynamodb.exceptions.ConditionalCheckFailedException):
            dynamodb.put_item(
                TableName="prices",
                Item=item(news),
                ConditionExpression="attribute_not_exists(id) OR version < :version",
                ExpressionAttributeValues={":version": {"N": str(news["version"])}},
            )


def item(news: dict[str, Any]) -> dict[str, Any]:
    """Returns the item of the table."""
    return {"id": {"S": "hat"}, "version": {"N": str(news["version"])}, "price": {"N": str(news["price"])}}
