"""Sends a parcel for each order exactly once."""

from __future__ import annotations

from typing import Any

import boto3

dynamodb = boto3.client("dynamodb", region_name="us-east-1")
sqs = boto3.client("sqs", region_name="us-east-1")


def wrong(event: dict[str, Any], context: Any) -> None:
    """If the process ends after the mark, the next attempt sees the mark and sends nothing."""
    for record in event["Records"]:
        order = record["body"]
        if mark(order):
            send(order)


def right(event: dict[str, Any], context: Any) -> None:
    """The parcel comes first. The FIFO queue drops a repeated message with the same deduplication id."""
    for record in event["Records"]:
        order = record["body"]
        send(order)
        mark(order)


def mark(order: str) -> bool:
    """Marks an order as sent. Returns False if it was marked before."""
    try:
        dynamodb.put_item(TableName="sent", Item={"id": {"S": order}}, ConditionExpression="attribute_not_exists(id)")
    except dynamodb.exceptions.ConditionalCheckFailedException:
        return False
    return True


def send(order: str) -> None:
    """Sends a parcel."""
    url = sqs.get_queue_url(QueueName="parcels.fifo")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody=order, MessageGroupId=order, MessageDeduplicationId=order)
