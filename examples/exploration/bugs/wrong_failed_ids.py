"""Stores the orders of a batch. Reports the messages that failed."""

from __future__ import annotations

from typing import Any

import boto3
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from botocore.exceptions import ClientError

dynamodb = boto3.client("dynamodb", region_name="us-east-1")
processor = BatchProcessor(event_type=EventType.SQS)


def wrong(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """The orders are sorted, but the messages are not. So other messages are reported, and the failed ones are deleted."""
    failures = []
    for place, order in enumerate(sorted(record["body"] for record in event["Records"])):
        try:
            store(order)
        except ClientError:
            failures.append({"itemIdentifier": event["Records"][place]["messageId"]})
    return {"batchItemFailures": failures}


def right(event: dict[str, Any], context: Any) -> Any:
    """Powertools reports the id of each message whose handler raises an error."""
    return process_partial_response(event=event, record_handler=store_record, processor=processor, context=context)


def store_record(record: SQSRecord) -> None:
    """Stores the order of one message."""
    store(record.body)


def store(order: str) -> None:
    """Stores one order."""
    dynamodb.put_item(TableName="orders", Item={"id": {"S": order}})
