"""Counts the clicks of each minute from a Kinesis stream with a tumbling window."""

from __future__ import annotations

from typing import Any

import boto3

dynamodb = boto3.client("dynamodb", region_name="us-east-1")
clicks: dict[str, int] = {}


def wrong(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """The count is in memory. If the process ends within the window, the next attempt begins with zero."""
    start = event["window"]["start"]
    clicks[start] = clicks.get(start, 0) + len(event["Records"])
    if event["isFinalInvokeForWindow"]:
        write(start, clicks.pop(start))
    return {"state": {}}


def right(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Lambda keeps the state of the window, and passes the same state to each retry."""
    count = event["state"].get("clicks", 0) + len(event["Records"])
    if event["isFinalInvokeForWindow"]:
        write(event["window"]["start"], count)
    return {"state": {"clicks": count}}


def write(start: str, count: int) -> None:
    """Writes the count of a window."""
    dynamodb.put_item(TableName="clicks", Item={"id": {"S": start}, "clicks": {"N": str(count)}})
