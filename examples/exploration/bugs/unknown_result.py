"""Holds a seat, then stores the booking of it. If that fails, the seat is released."""

from __future__ import annotations

from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

dynamodb = boto3.client("dynamodb", region_name="us-east-1")


def wrong(event: dict[str, Any], context: Any) -> None:
    """Without a response, the booking may be stored. Then its seat is free for others."""
    for record in event["Records"]:
        hold(record["body"])
        try:
            book(record["body"])
        except (BotoCoreError, ClientError):
            release(record["body"])


def right(event: dict[str, Any], context: Any) -> None:
    """Only a response of the service shows that the booking is not stored. Without one, the message comes again."""
    for record in event["Records"]:
        hold(record["body"])
        try:
            book(record["body"])
        except ClientError:
            release(record["body"])


def hold(customer: str) -> None:
    """Holds a seat for a customer."""
    dynamodb.put_item(TableName="seats", Item={"id": {"S": customer}})


def book(customer: str) -> None:
    """Stores the booking of a customer."""
    dynamodb.put_item(TableName="bookings", Item={"id": {"S": customer}})


def release(customer: str) -> None:
    """Releases the seat of a customer."""
    dynamodb.delete_item(TableName="seats", Key={"id": {"S": customer}})
