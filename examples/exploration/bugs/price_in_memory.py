"""Sells hats. The price is kept in memory, and changes while the function runs."""

from __future__ import annotations

import time
from typing import Any

import boto3

dynamodb = boto3.client("dynamodb", region_name="us-east-1")
SECONDS_OF_PAYMENT = 1
prices: dict[str, str] = {}


def wrong(event: dict[str, Any], context: Any) -> None:
    """The new price is in the memory of one execution environment. Other warm ones keep the old price."""
    if "price" in event:
        change(event["price"])
        prices["hat"] = event["price"]
        return
    if "hat" not in prices:
        prices["hat"] = price()
    sell(event["order"], prices["hat"])


def right(event: dict[str, Any], context: Any) -> None:
    """Each order reads the price."""
    if "price" in event:
        change(event["price"])
    else:
        sell(event["order"], price())


def change(price: str) -> None:
    """Stores a new price."""
    dynamodb.put_item(TableName="prices", Item={"id": {"S": "hat"}, "price": {"N": price}})


def price() -> str:
    """Reads the price."""
    item = dynamodb.get_item(TableName="prices", Key={"id": {"S": "hat"}}, ConsistentRead=True)["Item"]
    return item["price"]["N"]


def sell(order: str, price: str) -> None:
    """Waits for the payment, and stores the sale."""
    time.sleep(SECONDS_OF_PAYMENT)
    dynamodb.put_item(TableName="sales", Item={"id": {"S": order}, "price": {"N": price}})
