from __future__ import annotations

import json
import os
from typing import Any

import boto3

PARCELS = os.environ["PARCELS"]
sqs = boto3.client("sqs")


def handler(event: Any, context: Any) -> None:
    for record in event["Records"]:
        order = json.loads(record["body"])
        if order["address"] is None:
            raise ValueError(f"order {order['id']} has no address")
        sqs.send_message(QueueUrl=PARCELS, MessageBody=json.dumps({"order": order["id"]}))
