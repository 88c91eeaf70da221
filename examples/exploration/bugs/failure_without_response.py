"""Refunds orders that failed. It is the destination of the function that places them."""

from __future__ import annotations

from typing import Any

import boto3

dynamodb = boto3.client("dynamodb", region_name="us-east-1")


def place(event: dict[str, Any], context: Any) -> None:
    """Places an order."""
    dynamodb.put_item(TableName="orders", Item={"id": {"S": event["order"]}})


def wrong(event: dict[str, Any], context: Any) -> None:
    """If all attempts were throttled until the event was too old, there is no response. The refund fails, and is lost."""
    refund(event["requestPayload"]["order"], event["responsePayload"]["errorMessage"])


def right(event: dict[str, Any], context: Any) -> None:
    """The reason is that of the record, if there is no response."""
    response = event.get("responsePayload", {"errorMessage": event["requestContext"]["condition"]})
    refund(event["requestPayload"]["order"], response["errorMessage"])


def refund(order: str, reason: str) -> None:
    """Stores the refund of an order."""
    dynamodb.put_item(TableName="refunds", Item={"id": {"S": order}, "reason": {"S": reason}})
