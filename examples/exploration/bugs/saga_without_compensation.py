"""Books a seat: holds it, then stores the booking. If that fails, the customer gets a refusal."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import boto3
from botocore.exceptions import ClientError

dynamodb = boto3.client("dynamodb", region_name="us-east-1")


def wrong(event: dict[str, Any], context: Any) -> None:
    """After a refusal the seat remains held, and nobody can buy it."""
    for record in event["Records"]:
        customer = record["body"]
        hold(customer)
        try:
            store(customer, "booked")
        except ClientError:
            store(customer, "refused")


def right(event: dict[str, Any], context: Any) -> None:
    """A refusal releases the seat first."""
    for record in event["Records"]:
        customer = record["body"]
        hold(customer)
        try:
            store(customer, "booked")
        except ClientError:
            release(customer)
            store(customer, "refused")


def hold(customer: str) -> None:
    """Holds the seat for a customer. Raises an error if another customer has it."""
    dynamodb.put_item(
        TableName="seats",
        Item={"id": {"S": "12A"}, "customer": {"S": customer}},
        ConditionExpression="attribute_not_exists(id) OR customer = :customer",
        ExpressionAttributeValues={":customer": {"S": customer}},
    )


def release(customer: str) -> None:
    """Releases the seat. Does nothing if another customer has it."""
    with suppress(dynamodb.exceptions.ConditionalCheckFailedException):
        dynamodb.delete_item(
            TableName="seats",
            Key={"id": {"S": "12A"}},
            ConditionExpression="customer = :customer",
            ExpressionAttributeValues={":customer": {"S": customer}},
        )


def store(customer: str, state: str) -> None:
    """Stores the state of a booking."""
    dynamodb.put_item(TableName="bookings", Item={"id": {"S": customer}, "state": {"S": state}})
