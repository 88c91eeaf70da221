"""Gives loyalty points for each order. An idempotency record and the points are written in one transaction."""

from __future__ import annotations

import time
from typing import Any

import boto3

dynamodb = boto3.client("dynamodb", region_name="us-east-1")
MINUTE, DAY = 60, 24 * 60 * 60


def wrong(event: dict[str, Any], context: Any) -> None:
    """The queue shows a message again after two minutes if its deletion fails. The record has expired by then."""
    for record in event["Records"]:
        give_points(record["body"], expires_after_seconds=MINUTE)


def right(event: dict[str, Any], context: Any) -> None:
    """The record is kept as long as the queue keeps a message, which is 14 days at most."""
    for record in event["Records"]:
        give_points(record["body"], expires_after_seconds=15 * DAY)


def give_points(order: str, expires_after_seconds: int) -> None:
    """Gives ten points, unless the record of the order shows that it has them."""
    now = int(time.time())
    mark = {
        "TableName": "points",
        "Item": {"id": {"S": order}, "expires": {"N": str(now + expires_after_seconds)}},
        "ConditionExpression": "attribute_not_exists(id) OR expires < :now",
        "ExpressionAttributeValues": {":now": {"N": str(now)}},
    }
    add = {
        "TableName": "points",
        "Key": {"id": {"S": "customer"}},
        "UpdateExpression": "ADD points :ten",
        "ExpressionAttributeValues": {":ten": {"N": "10"}},
    }
    try:
        dynamodb.transact_write_items(TransactItems=[{"Put": mark}, {"Update": add}])
    except dynamodb.exceptions.TransactionCanceledException as error:
        if error.response["CancellationReasons"][0]["Code"] != "ConditionalCheckFailed":
            raise
