"""Counts the views of each page per minute. The state of a window has the sums, which are written when the window ends."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from typing import Any

import boto3
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.data_classes import KinesisStreamEvent
from aws_lambda_powertools.utilities.typing import LambdaContext

logger = Logger(service="visits")

# Made at import, as AWS advises: a warm environment keeps its connections.
views = boto3.resource("dynamodb", region_name=os.environ.get("AWS_REGION", "us-east-1")).Table("views")


def pages(event: dict[str, Any]) -> Iterator[str]:
    """The page of each view: `{"page": "/shoes"}`."""
    for record in KinesisStreamEvent(event).records:
        yield record.kinesis.data_as_json()["page"]


def write(sums: Counter[str], minute: str, part: str) -> None:
    """Put the sums of a part of a minute. Putting them again changes nothing."""
    for page, count in sums.items():
        views.put_item(Item={"page": page, "part": f"{minute}/{part}", "views": count})
    logger.info("a minute is over", minute=minute, pages=len(sums))


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Lambda's entry point: a batch of views of one shard and one minute, and the sums so far."""
    sums = Counter(event["state"])
    sums.update(pages(event))
    if event["isFinalInvokeForWindow"]:
        # A retry has the id of the call before it; another shard, or the rest of a window that was ended early, has not.
        write(sums, event["window"]["start"], context.aws_request_id)
    return {"state": sums}
