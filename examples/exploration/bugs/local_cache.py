"""Writes each order to a ledger once. Remembers which orders it has written."""

from __future__ import annotations

from typing import Any

import boto3

dynamodb = boto3.client("dynamodb", region_name="us-east-1")
seen: set[str] = set()


def wrong(event: dict[str, Any], context: Any) -> None:
    """The memory is gone if the process ends, and other execution environments do not share it."""
    for record in event["Records"]:
        order = record["body"]
        if order not in seen:
            write(entry=context.aws_request_id, order=order)
            seen.add(order)


def right(event: dict[str, Any], context: Any) -> None:
    """The entry has the id of the order, so a second write changes nothing."""
    for record in event["Records"]:
        write(entry=record["body"], order=record["body"])


def write(entry: str, order: str) -> None:
    """Writes one entry of the ledger."""
    dynamodb.put_item(TableName="ledger", Item={"id": {"S": entry}, "order": {"S": order}})
