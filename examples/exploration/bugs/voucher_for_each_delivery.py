"""Creates a voucher for each customer who orders for the first time. The events are asynchronous."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import boto3

dynamodb = boto3.client("dynamodb", region_name="us-east-1")


def wrong(event: dict[str, Any], context: Any) -> None:
    """Looks for a voucher first, but two deliveries of one event can both look before one of them creates it."""
    customer = event["customer"]
    found = dynamodb.query(
        TableName="vouchers",
        KeyConditionExpression="customer = :customer",
        ExpressionAttributeValues={":customer": {"S": customer}},
        ConsistentRead=True,
    )
    if not found["Items"]:
        create(customer, voucher=str(uuid4()))


def right(event: dict[str, Any], context: Any) -> None:
    """The name of the voucher is the request id, which all attempts of an event share. A second write changes nothing."""
    create(event["customer"], voucher=context.aws_request_id)


def create(customer: str, voucher: str) -> None:
    """Creates one voucher."""
    dynamodb.put_item(TableName="vouchers", Item={"customer": {"S": customer}, "voucher": {"S": voucher}})
