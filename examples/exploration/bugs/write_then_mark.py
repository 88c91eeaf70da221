"""Charges the card of each order, then marks the order as paid."""

from __future__ import annotations

from typing import Any

import boto3

from . import bank

dynamodb = boto3.client("dynamodb", region_name="us-east-1")


def wrong(event: dict[str, Any], context: Any) -> None:
    """If the process ends between the charge and the mark, the next attempt charges again."""
    for record in event["Records"]:
        order = record["body"]
        if "Item" not in dynamodb.get_item(TableName="payments", Key={"id": {"S": order}}):
            bank.client.charge(order)
            dynamodb.put_item(TableName="payments", Item={"id": {"S": order}})


def right(event: dict[str, Any], context: Any) -> None:
    """The bank recognizes a repeated charge by its key."""
    for record in event["Records"]:
        order = record["body"]
        if "Item" not in dynamodb.get_item(TableName="payments", Key={"id": {"S": order}}):
            bank.client.charge(order, idempotency_key=order)
            dynamodb.put_item(TableName="payments", Item={"id": {"S": order}})
