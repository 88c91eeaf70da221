"""The function URL that the payment provider calls."""

from __future__ import annotations

import base64
import os
from typing import Any
from urllib.parse import parse_qs

import boto3

orders = boto3.resource("dynamodb").Table(os.environ["ORDERS"])


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Marks an order as paid. The provider sends a form, which arrives in base64."""
    body = base64.b64decode(event["body"]).decode() if event["isBase64Encoded"] else event["body"]
    [order_id] = parse_qs(body)["order"]
    orders.update_item(
        Key={"id": order_id}, UpdateExpression="SET #s = :paid", ExpressionAttributeNames={"#s": "state"},
        ExpressionAttributeValues={":paid": "paid"},
    )  # fmt: skip
    return {"statusCode": 204}
