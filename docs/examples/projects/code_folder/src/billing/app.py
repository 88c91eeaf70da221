from __future__ import annotations

import os
from typing import Any

import bank
import boto3

TABLE = os.environ["TABLE"]
dynamodb = boto3.client("dynamodb")


def handler(event: Any, context: Any) -> str:
    receipt = bank.charge(event["card"])
    dynamodb.put_item(TableName=TABLE, Item={"order": {"S": event["order"]}, "receipt": {"S": receipt}})
    return receipt
