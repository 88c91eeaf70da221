"""Makes a thumbnail of each uploaded picture, and puts an event on an event bus."""

from __future__ import annotations

import json
import os

import boto3
from aws_lambda_powertools.utilities.data_classes import S3Event, event_source
from aws_lambda_powertools.utilities.typing import LambdaContext

REGION = os.environ.get("AWS_REGION", "us-east-1")
JPEG = b"\xff\xd8\xff"

# Made at import, as AWS advises: a warm environment keeps its connections.
s3 = boto3.client("s3", region_name=REGION)
events = boto3.client("events", region_name=REGION)


class UnreadablePicture(Exception):
    """An upload is not a picture."""


def shrink(picture: bytes) -> bytes:
    """A small picture. A real service would use a library for pictures."""
    if not picture.startswith(JPEG):
        raise UnreadablePicture(f"the upload begins with {picture[:3]!r}")
    return picture[:100]


def announce(picture: str, thumbnail: str) -> None:
    """Tell the event bus of a thumbnail. EventBridge refuses single entries without an error of the call."""
    detail = json.dumps({"picture": picture, "thumbnail": thumbnail})
    entry = {"Source": "uploads", "DetailType": "Thumbnail made", "Detail": detail, "EventBusName": os.environ["BUS"]}
    answer = events.put_events(Entries=[entry])
    if answer["FailedEntryCount"]:
        raise RuntimeError(f"the event bus refused the event: {answer['Entries'][0]['ErrorMessage']}")


@event_source(data_class=S3Event)
def handler(event: S3Event, context: LambdaContext) -> None:
    """Lambda's entry point. S3 sends one record in each event."""
    picture = event.object_key
    thumbnail = f"thumbnails/{picture.removeprefix('in/')}"
    body = s3.get_object(Bucket=event.bucket_name, Key=picture)["Body"].read()
    s3.put_object(Bucket=event.bucket_name, Key=thumbnail, Body=shrink(body))
    announce(picture, thumbnail)
