"""Stores customers and their orders from one FIFO queue. Each of them is a message group of its own."""

from __future__ import annotations

import json
from typing import Any

import boto3

dynamodb = boto3.client("dynamodb", region_name="us-east-1")


def wrong(event: dict[str, Any], context: Any) -> None:
    """FIFO queues keep the order in a message group only. The order of a customer can come before the customer."""
    for record in event["Records"]:
        message = json.loads(record["body"])
        if message["kind"] == "order":
            store_order(message, find(message["customer"]) or {"name": {"S": "unknown"}})
        else:
            store_customer(message)


def right(event: dict[str, Any], context: Any) -> None:
    """The order waits for its customer: the error makes SQS deliver it again."""
    for record in event["Records"]:
        message = json.loads(record["body"])
        if message["kind"] == "order":
            customer = find(message["customer"])
            if customer is None:
                raise LookupError(f"customer {message['customer']} is not stored yet")
            store_order(message, customer)
        else:
            store_customer(message)


def find(customer: str) -> dict[str, Any] | None:
    """Returns the item of a customer, or None."""
    return dynamodb.get_item(TableName="shop", Key={"id": {"S": customer}}).get("Item")


def store_customer(message: dict[str, Any]) -> None:
    """Stores a customer."""
    dynamodb.put_item(TableName="shop", Item={"id": {"S": message["id"]}, "name": {"S": message["name"]}})


def store_order(message: dict[str, Any], customer: dict[str, Any]) -> None:
    """Stores an order with the name of its customer."""
    dynamodb.put_item(TableName="shop", Item={"id": {"S": message["id"]}, "name": customer["name"]})
