from __future__ import annotations

from typing import Any
from urllib.parse import unquote_plus

import boto3

from pytest_lambda_events import LambdaEvents


def make_thumbnail(event: Any, context: Any) -> None:
    for record in event["Records"]:
        key = unquote_plus(record["s3"]["object"]["key"])
        boto3.client("s3").put_object(Bucket="thumbnails", Key=key, Body=b"small")


def test_upload_makes_a_thumbnail(lambda_events: LambdaEvents) -> None:
    uploads, thumbnails = lambda_events.bucket("uploads"), lambda_events.bucket("thumbnails")
    thumbnail = lambda_events.function(make_thumbnail)
    uploads.add_notification(thumbnail, events=["s3:ObjectCreated:*"], prefix="in/", suffix=".jpg")

    uploads.put_object("in/my photo.jpg", b"large")
    uploads.put_object("in/readme.txt", b"text")
    lambda_events.run_until_idle()

    assert thumbnails.keys == ["in/my photo.jpg"]
    assert [event.source_service for event in thumbnail.events] == ["s3 uploads"]
