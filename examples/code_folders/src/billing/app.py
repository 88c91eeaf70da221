"""Writes an invoice for an order, and tells the warehouse."""

from __future__ import annotations

import json
import os
from typing import Any

import boto3
import prices
from common.money import euros

TABLE = os.environ["INVOICES"]
WAREHOUSE = os.environ["WAREHOUSE"]
dynamodb = boto3.client("dynamodb")
sqs = boto3.client("sqs")


def handler(event: dict[str, Any], context: Any) -> dict[str, str]:
    """Takes one order. A second order of the same id changes nothing."""
    total = euros(prices.total_in_cents(event["lines"]))
    dynamodb.put_item(TableName=TABLE, Item={"order": {"S": event["order"]}, "total": {"S": total}})
    sqs.send_message(QueueUrl=WAREHOUSE, MessageBody=json.dumps({"order": event["order"], "address": event["address"]}))
    return {"total": total}
