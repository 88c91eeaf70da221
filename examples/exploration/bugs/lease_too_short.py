"""Charges the card of each order, under a lock in DynamoDB that ends by itself."""

from __future__ import annotations

import time
from typing import Any

import boto3

from . import bank

dynamodb = boto3.client("dynamodb", region_name="us-east-1")


def wrong(event: dict[str, Any], context: Any) -> None:
    """The lock ends after 5 seconds, but an attempt may take 10. A second attempt then charges at the same time."""
    for record in event["Records"]:
        lock(record["body"], until=int(time.time()) + 5)
        charge(record["body"])


def right(event: dict[str, Any], context: Any) -> None:
    """The lock ends after the timeout of the function, so it is held as long as the attempt runs."""
    for record in event["Records"]:
        lock(record["body"], until=int(time.time()) + context.get_remaining_time_in_millis() // 1000 + 1)
        charge(record["body"])


def lock(order: str, until: int) -> None:
    """Takes the lock of an order. Fails if another attempt has it."""
    dynamodb.put_item(
        TableName="locks",
        Item={"id": {"S": order}, "expires": {"N": str(until)}},
        ConditionExpression="attribute_not_exists(id) OR expires < :now",
        ExpressionAttributeValues={":now": {"N": str(int(time.time()))}},
    )


def charge(order: str) -> None:
    """Charges the card of an order, unless the bank has that charge."""
    if order not in bank.client.charges:
        dynamodb.put_item(TableName="audit", Item={"id": {"S": order}, "state": {"S": "charging"}})
        bank.client.charge(order)
