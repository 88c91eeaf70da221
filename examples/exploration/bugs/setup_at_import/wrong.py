"""Marks the price list as created, then creates it.

If the process ends in between, all later processes find the mark, and there is no price.
"""

from __future__ import annotations

from typing import Any

import boto3

dynamodb = boto3.client("dynamodb", region_name="us-east-1")
mark = {"id": {"S": "is created"}}

if "Item" not in dynamodb.get_item(TableName="prices", Key=mark):
    dynamodb.put_item(TableName="prices", Item=mark)
    dynamodb.put_item(TableName="prices", Item={"id": {"S": "hat"}, "price": {"N": "20"}})


def handler(event: dict[str, Any], context: Any) -> None:
    """Stores each sale with its price."""
    for record in event["Records"]:
        price = dynamodb.get_item(TableName="prices", Key={"id": {"S": "hat"}}).get("Item", {}).get("price", {"N": "0"})
        dynamodb.put_item(TableName="sales", Item={"id": {"S": record["body"]}, "price": price})
