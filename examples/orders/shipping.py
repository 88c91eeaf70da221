"""Ships the orders in a queue, and reports the orders that it cannot ship."""

from __future__ import annotations

import json
import os
from typing import Any

import boto3
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

logger = Logger(service="shipping")

# Made at import, as AWS advises: a warm environment keeps its connections.
parcels = boto3.resource("dynamodb", region_name=os.environ.get("AWS_REGION", "us-east-1")).Table("parcels")
processor = BatchProcessor(event_type=EventType.SQS)


class NoReceipt(Exception):
    """Raised for an order that is not paid."""


def ship(record: SQSRecord) -> None:
    """Ships the order of one message from the topic: `{"order": 7, "receipt": "receipt-1"}`."""
    announced = json.loads(record.json_body["Message"])
    if not announced["receipt"]:
        raise NoReceipt(f"order {announced['order']} has no receipt")
    parcels.put_item(Item={"id": str(announced["order"]), "receipt": announced["receipt"]})
    logger.info("shipped", order=announced["order"])


def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    """Handles a batch of messages. Failed messages are delivered again."""
    return process_partial_response(event=event, record_handler=ship, processor=processor, context=context)
