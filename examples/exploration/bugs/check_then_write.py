"""Sells a seat to the first of several buyers."""

from __future__ import annotations

from typing import Any

import boto3

dynamodb = boto3.client("dynamodb", region_name="us-east-1")


def wrong(event: dict[str, Any], context: Any) -> None:
    """Two attempts can both read that the seat is free. Then both write."""
    for record in event["Records"]:
        buyer = record["body"]
        if "Item" not in dynamodb.get_item(TableName="seats", Key={"id": {"S": "12A"}}):
            dynamodb.put_item(TableName="seats", Item={"id": {"S": "12A"}, "buyer": {"S": buyer}})
            dynamodb.put_item(TableName="tickets", Item={"id": {"S": buyer}})


def right(event: dict[str, Any], context: Any) -> None:
    """DynamoDB checks and writes in one step. A retry for the same buyer goes on."""
    for record in event["Records"]:
        buyer = record["body"]
        try:
            dynamodb.put_item(
                TableName="seats",
                Item={"id": {"S": "12A"}, "buyer": {"S": buyer}},
                ConditionExpression="attribute_not_exists(id) OR buyer = :buyer",
                ExpressionAttributeValues={":buyer": {"S": buyer}},
            )
        except dynamodb.exceptions.ConditionalCheckFailedException:
            continue
        dynamodb.put_item(TableName="tickets", Item={"id": {"S": buyer}})
