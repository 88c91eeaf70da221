"""Real handlers. They know nothing of pytest."""

from __future__ import annotations

import base64
import json
import os
import time
from typing import Any

import boto3
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.idempotency import DynamoDBPersistenceLayer, IdempotencyConfig, idempotent

sqs = boto3.client("sqs", region_name="us-east-1")  # made at import, as AWS advises
payments = DynamoDBPersistenceLayer("payments", boto3_client=boto3.client("dynamodb", region_name="us-east-1"))


class CardExpired(Exception): ...


def call_bank(order: int) -> None: ...


def charge(event: Any, context: Any) -> dict[str, int]:
    print(f"charging order {event['order']}")
    if event.get("card") == "expired":
        raise CardExpired("card expired")
    call_bank(event["order"])
    return {"charged": event["order"]}


@idempotent(persistence_store=payments, config=IdempotencyConfig(event_key_jmespath="order"))
def charge_once(event: Any, context: Any) -> dict[str, int]:
    return charge(event, context)


def slow(event: Any, context: Any) -> None:
    time.sleep(event.get("seconds", 10))


def ship_order(record: SQSRecord) -> None:
    if record.json_body["address"] is None:
        raise ValueError("no address")


def ship(event: Any, context: Any) -> Any:
    processor = BatchProcessor(event_type=EventType.SQS)
    return process_partial_response(event=event, record_handler=ship_order, processor=processor, context=context)


def pack(event: Any, context: Any) -> None:
    record = event["Records"][0]
    for _ in range(3 if record["attributes"]["ApproximateReceiveCount"] == "1" else 1):
        if url := os.environ.get("HEARTBEAT"):
            sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=record["receiptHandle"], VisibilityTimeout=10)
        time.sleep(5)


def is_broken(record: Any) -> bool:
    return bool(json.loads(base64.b64decode(record["kinesis"]["data"]))["page"] == "broken")


def index(event: Any, context: Any) -> None:
    if any(is_broken(record) for record in event["Records"]):
        raise ValueError("broken page")


def index_partly(event: Any, context: Any) -> dict[str, list[dict[str, str]]]:
    broken = [record["kinesis"]["sequenceNumber"] for record in event["Records"] if is_broken(record)]
    return {"batchItemFailures": [{"itemIdentifier": number} for number in broken]}


def count_clicks(event: Any, context: Any) -> dict[str, dict[str, int]]:
    return {"state": {"clicks": event["state"].get("clicks", 0) + len(event["Records"])}}


def audit(event: Any, context: Any) -> None: ...
