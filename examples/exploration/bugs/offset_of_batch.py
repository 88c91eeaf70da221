"""Adds up the payments of a Kafka topic. A payment and its mark are written in one transaction."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import boto3

dynamodb = boto3.client("dynamodb", region_name="us-east-1")


def wrong(event: dict[str, Any], context: Any) -> None:
    """Marks a batch by its first offset. If its commit is lost, the next batch begins there too, but has more records."""
    records = list(records_of(event))
    add(records[0], sum(amount(record) for record in records))


def right(event: dict[str, Any], context: Any) -> None:
    """Marks each record."""
    for record in records_of(event):
        add(record, amount(record))


def records_of(event: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Returns the records of all partitions."""
    return (record for records in event["records"].values() for record in records)


def amount(record: dict[str, Any]) -> int:
    """Returns the amount of a payment."""
    return int(base64.b64decode(record["value"]))


def add(record: dict[str, Any], amount: int) -> None:
    """Adds an amount to the sum, unless the mark of a record exists."""
    mark = {
        "TableName": "payments",
        "Item": {"id": {"S": f"{record['topic']}-{record['partition']}-{record['offset']}"}},
        "ConditionExpression": "attribute_not_exists(id)",
    }
    total = {
        "TableName": "payments",
        "Key": {"id": {"S": "sum"}},
        "UpdateExpression": "ADD amount :amount",
        "ExpressionAttributeValues": {":amount": {"N": str(amount)}},
    }
    try:
        dynamodb.transact_write_items(TransactItems=[{"Put": mark}, {"Update": total}])
    except dynamodb.exceptions.TransactionCanceledException as error:
        if error.response["CancellationReasons"][0]["Code"] != "ConditionalCheckFailed":
            raise
