"""Notes the records of a stream that were not processed. A topic has the failures of the event source mapping."""

from __future__ import annotations

import json
from typing import Any

import boto3

dynamodb = boto3.client("dynamodb", region_name="us-east-1")


def place(event: dict[str, Any], context: Any) -> None:
    """Stores orders of the stream."""
    for record in event["Records"]:
        dynamodb.put_item(TableName="orders", Item={"id": {"S": record["kinesis"]["partitionKey"]}})


def wrong(event: dict[str, Any], context: Any) -> None:
    """If all attempts were throttled until the records were too old, there is no response. The note fails, and is lost."""
    for failure in failures_of(event):
        note(failure, failure["responseContext"]["functionError"])


def right(event: dict[str, Any], context: Any) -> None:
    """The reason is that of the failure, which always has one."""
    for failure in failures_of(event):
        note(failure, failure["requestContext"]["condition"])


def failures_of(event: dict[str, Any]) -> list[dict[str, Any]]:
    """Returns the failures in the messages of a topic."""
    return [json.loads(record["Sns"]["Message"]) for record in event["Records"]]


def note(failure: dict[str, Any], reason: str) -> None:
    """Stores where the records are, and why they failed."""
    place = failure["KinesisBatchInfo"]
    dynamodb.put_item(TableName="notes", Item={"id": {"S": place["startSequenceNumber"]}, "reason": {"S": reason}})
