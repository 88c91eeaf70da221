"""Answers requests of an HTTP API that order a taxi. A client sends its request again if it gets no response in time."""

from __future__ import annotations

from typing import Any

import boto3

dynamodb = boto3.client("dynamodb", region_name="us-east-1")
ACCEPTED = {"statusCode": 202}


def wrong(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Looks for an earlier request, but that one may still run. Then both order a taxi."""
    key = event["headers"]["idempotency-key"]
    found = dynamodb.query(
        TableName="taxis",
        KeyConditionExpression="customer_key = :key",
        ExpressionAttributeValues={":key": {"S": key}},
        ConsistentRead=True,
    )
    if not found["Items"]:
        order(key, taxi=event["requestContext"]["requestId"])
    return ACCEPTED


def right(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """The client's key is the name of the order, so a second request changes nothing."""
    key = event["headers"]["idempotency-key"]
    order(key, taxi=key)
    return ACCEPTED


def order(key: str, taxi: str) -> None:
    """Orders a taxi."""
    dynamodb.put_item(TableName="taxis", Item={"customer_key": {"S": key}, "taxi": {"S": taxi}})
