"""Stores orders of a queue that is an event source of the function."""

from __future__ import annotations

from typing import Any

import boto3

dynamodb = boto3.client("dynamodb", region_name="us-east-1")
sqs = boto3.client("sqs", region_name="us-east-1")


def wrong(event: dict[str, Any], context: Any) -> None:
    """The message is deleted before the order is stored. If the process ends in between, nothing is left of the order."""
    url = sqs.get_queue_url(QueueName="orders")["QueueUrl"]
    for record in event["Records"]:
        sqs.delete_message(QueueUrl=url, ReceiptHandle=record["receiptHandle"])
        dynamodb.put_item(TableName="stored", Item={"id": {"S": record["body"]}})


def right(event: dict[str, Any], context: Any) -> None:
    """Lambda deletes the messages after the handler has succeeded."""
    for record in event["Records"]:
        dynamodb.put_item(TableName="stored", Item={"id": {"S": record["body"]}})
