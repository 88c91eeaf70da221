from __future__ import annotations

import json
from typing import Any

import boto3
from bank import Bank

bank = Bank()
dynamodb = boto3.client("dynamodb")


def handler(event: Any, context: Any) -> None:
    for record in event["Records"]:
        order = json.loads(record["body"])
        key = {"id": {"S": order["id"]}}
        if "Item" not in dynamodb.get_item(TableName="payments", Key=key):
            bank.charge(order["id"], order["amount"], key=context.aws_request_id)
            dynamodb.put_item(TableName="payments", Item=key)
