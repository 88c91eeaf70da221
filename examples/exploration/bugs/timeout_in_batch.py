"""Writes an e-mail to the outgoing table for each message of a batch."""

from __future__ import annotations

from typing import Any

import boto3

dynamodb = boto3.client("dynamodb", region_name="us-east-1")


def wrong(event: dict[str, Any], context: Any) -> None:
    """If the function times out in the middle of a batch, the whole batch comes again, and the first e-mails too."""
    for number, record in enumerate(event["Records"]):
        write(f"{context.aws_request_id} {number}", record["body"])


def right(event: dict[str, Any], context: Any) -> None:
    """Each e-mail has the id of its message, in each attempt."""
    for record in event["Records"]:
        write(record["messageId"], record["body"])


def write(identifier: str, text: str) -> None:
    """Writes one e-mail."""
    dynamodb.put_item(TableName="emails", Item={"id": {"S": identifier}, "text": {"S": text}})
