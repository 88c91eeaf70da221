"""Starts an execution of the durable function for each order in a queue."""

from __future__ import annotations

import os
from typing import Any

import boto3

client = boto3.client("lambda", region_name=os.environ.get("AWS_REGION", "us-east-1"))


def handler(event: dict[str, Any], context: Any) -> None:
    """Handles a batch of messages. The id of a message is the name of its execution: one that comes twice starts one."""
    for record in event["Records"]:
        client.invoke(
            FunctionName=os.environ["APPROVE_FUNCTION"],
            InvocationType="Event",
            DurableExecutionName=record["messageId"],
            Payload=record["body"],
        )
