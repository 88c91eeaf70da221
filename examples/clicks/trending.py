"""Publishes pages with many views in a minute. It reads them from the stream of the table of views."""

from __future__ import annotations

import json
import os
from typing import Any

import boto3
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.dynamo_db_stream_event import DynamoDBRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

MANY = 100

sns = boto3.client("sns", region_name=os.environ.get("AWS_REGION", "us-east-1"))
processor = BatchProcessor(event_type=EventType.DynamoDBStreams)


def announce(record: DynamoDBRecord) -> None:
    """Tell the topic of one new item, if it has many views."""
    item = record.dynamodb.new_image if record.dynamodb is not None else {}
    if item["views"] >= MANY:
        message = json.dumps({"page": item["page"], "views": int(item["views"])})
        sns.publish(TopicArn=os.environ["TRENDING_TOPIC"], Message=message)


def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    """Handles a batch of changes. Changes from the first failed one on are retried."""
    return process_partial_response(event=event, record_handler=announce, processor=processor, context=context)
