"""Counts votes, which come as asynchronous events."""

from __future__ import annotations

from typing import Any

import boto3

dynamodb = boto3.client("dynamodb", region_name="us-east-1")
ADD = {
    "TableName": "votes",
    "Key": {"id": {"S": "sum"}},
    "UpdateExpression": "ADD votes :one",
    "ExpressionAttributeValues": {":one": {"N": "1"}},
}


def wrong(event: dict[str, Any], context: Any) -> None:
    """Each repetition adds one again: a retry of the event, and a retry of the call by boto3."""
    dynamodb.update_item(**ADD)


def right(event: dict[str, Any], context: Any) -> None:
    """The vote and the sum change in one transaction, which fails if the vote exists."""
    vote = {
        "TableName": "votes",
        "Item": {"id": {"S": event["voter"]}},
        "ConditionExpression": "attribute_not_exists(id)",
    }
    try:
        dynamodb.transact_write_items(TransactItems=[{"Put": vote}, {"Update": ADD}])
    except dynamodb.exceptions.TransactionCanceledException as error:
        if error.response["CancellationReasons"][0]["Code"] != "ConditionalCheckFailed":
            raise
