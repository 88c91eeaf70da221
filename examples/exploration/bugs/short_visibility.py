"""Cuts videos. Cutting one takes ten seconds, and an attempt must not cut a video while another attempt cuts it.

The handler is the same in both cases. The visibility timeout of its queue is wrong or right: 15 seconds are enough for one
video, but not for a batch of two.
"""

from __future__ import annotations

import time
from typing import Any

import boto3

dynamodb = boto3.client("dynamodb", region_name="us-east-1")
WRONG_VISIBILITY_TIMEOUT, RIGHT_VISIBILITY_TIMEOUT = 15, 180
cuts: list[tuple[str, float]] = []


def handler(event: dict[str, Any], context: Any) -> None:
    """Cuts each video that is not done."""
    for record in event["Records"]:
        video = record["body"]
        if "Item" not in dynamodb.get_item(TableName="videos", Key={"id": {"S": video}}):
            cuts.append((video, time.time()))
            time.sleep(10)
            dynamodb.put_item(TableName="videos", Item={"id": {"S": video}})
