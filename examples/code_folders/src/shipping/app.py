"""Ships what the warehouse's queue asks for."""

from __future__ import annotations

import json
import os
from typing import Any

import boto3
from common.addresses import is_complete

CARRIER = os.environ["CARRIER"]
sns = boto3.client("sns")


def handler(event: dict[str, Any], context: Any) -> dict[str, list[dict[str, str]]]:
    """Announces each parcel, and names the messages whose address is not complete."""
    failures = []
    for record in event["Records"]:
        parcel = json.loads(record["body"])
        if is_complete(parcel["address"]):
            sns.publish(TopicArn=os.environ["PARCELS"], Message=f"{CARRIER}: {parcel['order']}")
        else:
            failures.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failures}
