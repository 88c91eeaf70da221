"""Makes a small picture of each picture that is put into a bucket. The pictures here are lines of text."""

from __future__ import annotations

import os
from typing import Any

import boto3
from pictures import smaller

s3 = boto3.client("s3")
TARGET = os.environ["TARGET"]


def handler(event: dict[str, Any], context: Any) -> None:
    """Takes a notification of S3."""
    for record in event["Records"]:
        bucket, key = record["s3"]["bucket"]["name"], record["s3"]["object"]["key"]
        picture = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        s3.put_object(Bucket=TARGET, Key=key, Body=smaller(picture))
