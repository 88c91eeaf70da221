"""Builds a report. A lock in DynamoDB ensures that only one attempt at a time does so."""

from __future__ import annotations

import time
from typing import Any

import boto3

dynamodb = boto3.client("dynamodb", region_name="us-east-1")
starts: list[float] = []


def wrong(event: dict[str, Any], context: Any) -> None:
    """If the process ends while it has the lock, nobody releases it. All retries fail."""
    dynamodb.put_item(TableName="locks", Item={"id": {"S": "report"}}, ConditionExpression="attribute_not_exists(id)")
    build(event)
    dynamodb.delete_item(TableName="locks", Key={"id": {"S": "report"}})


def right(event: dict[str, Any], context: Any) -> None:
    """The lock ends by itself, after the timeout of the function. Only its owner releases it."""
    now, owner = int(time.time()), {":owner": {"S": context.aws_request_id}}
    until = now + context.get_remaining_time_in_millis() // 1000 + 1
    dynamodb.put_item(
        TableName="locks",
        Item={"id": {"S": "report"}, "expires": {"N": str(until)}, "owner": owner[":owner"]},
        ConditionExpression="attribute_not_exists(id) OR expires < :now",
        ExpressionAttributeValues={":now": {"N": str(now)}},
    )
    build(event)
    dynamodb.delete_item(
        TableName="locks",
        Key={"id": {"S": "report"}},
        ConditionExpression="#owner = :owner",
        ExpressionAttributeNames={"#owner": "owner"},
        ExpressionAttributeValues=owner,
    )


def build(event: dict[str, Any]) -> None:
    """Builds the reports of a batch. One takes a second."""
    for record in event["Records"]:
        starts.append(time.time())
        time.sleep(1)
        dynamodb.put_item(TableName="reports", Item={"id": {"S": record["body"]}})
