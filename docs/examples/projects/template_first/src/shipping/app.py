from __future__ import annotations

import json
import os
from typing import Any

import boto3

PARCELS = os.environ["PARCELS"]
sqs = boto3.client("sqs")


def handler(event: Any, context: Any) -> dict[str, list[dict[str, str]]]:
    failures = []
    for record in event["Records"]:
        order = json.loads(record["body"])
        if order["address"] is None:
            failures.append({"itemIdentifier": record["messageId"]})
        else:
            sqs.send_message(QueueUrl=PARCELS, MessageBody=json.dumps({"order": order["id"]}))
    return {"batchItemFailures": failures}
