"""Publishes orders to an event bus."""

from __future__ import annotations

from typing import Any

import boto3

events = boto3.client("events", region_name="us-east-1")


def wrong(event: dict[str, Any], context: Any) -> None:
    """PutEvents does not raise an error if it rejects some entries. These orders are not published."""
    events.put_events(Entries=[entry(record) for record in event["Records"]])


def right(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """The messages of rejected entries are reported, so that they come again."""
    answer = events.put_events(Entries=[entry(record) for record in event["Records"]])
    failed = [
        {"itemIdentifier": record["messageId"]}
        for record, one in zip(event["Records"], answer["Entries"], strict=True)
        if "ErrorCode" in one
    ]
    return {"batchItemFailures": failed}


def entry(record: dict[str, Any]) -> dict[str, str]:
    """Returns the entry of one order."""
    return {"Source": "shop", "DetailType": "order", "Detail": record["body"]}
