"""Deletes old uploads. Thumbnails stay. A schedule starts it each night."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import boto3
from aws_lambda_powertools.utilities.typing import LambdaContext

KEPT_FOR = timedelta(days=7)

s3 = boto3.client("s3", region_name=os.environ.get("AWS_REGION", "us-east-1"))


def old_uploads(bucket: str, before: datetime) -> Iterator[str]:
    """The keys of uploads from before a time."""
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix="in/"):
        yield from (content["Key"] for content in page.get("Contents", []) if content["LastModified"] < before)


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, int]:
    """Lambda's entry point. The event is the input of the schedule."""
    keys = list(old_uploads(event["bucket"], datetime.now(timezone.utc) - KEPT_FOR))
    if keys:
        s3.delete_objects(Bucket=event["bucket"], Delete={"Objects": [{"Key": key} for key in keys]})
    return {"deleted": len(keys)}
