"""Tests of uploaded pictures on their way to the gallery."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
import thumbnails

from pytest_lambda_events import LambdaEvents

PICTURE = thumbnails.JPEG + b"..." * 100


def test_an_upload_gets_a_thumbnail_and_is_in_the_gallery(lambda_events: LambdaEvents, service: Any) -> None:
    service.pictures.put_object("in/cat.jpg", PICTURE)

    lambda_events.run_until_idle()

    assert service.pictures.get_object("thumbnails/cat.jpg") == PICTURE[:100]
    assert service.gallery.items == [{"picture": "in/cat.jpg", "thumbnail": "thumbnails/cat.jpg"}]
    lambda_events.assert_no_data_lost()


@pytest.mark.parametrize("name", ["my photo.jpg", "a+b.jpg", "é/cat 50%.jpg"])
def test_a_name_may_have_any_characters(lambda_events: LambdaEvents, service: Any, name: str) -> None:
    service.pictures.put_object(f"in/{name}", PICTURE)

    lambda_events.run_until_idle()

    assert service.thumbnails == [f"thumbnails/{name}"]


def test_each_way_to_upload_makes_a_thumbnail(lambda_events: LambdaEvents, service: Any) -> None:
    s3 = boto3.client("s3", region_name="us-east-1")
    service.pictures.put_object("in/put.jpg", PICTURE)
    s3.copy_object(Bucket="pictures", Key="in/copy.jpg", CopySource="pictures/in/put.jpg")
    upload = s3.create_multipart_upload(Bucket="pictures", Key="in/parts.jpg")["UploadId"]
    part = {"Bucket": "pictures", "Key": "in/parts.jpg", "UploadId": upload}
    tag = s3.upload_part(**part, PartNumber=1, Body=PICTURE)["ETag"]
    s3.complete_multipart_upload(**part, MultipartUpload={"Parts": [{"ETag": tag, "PartNumber": 1}]})

    lambda_events.run_until_idle()

    assert service.thumbnails == ["thumbnails/copy.jpg", "thumbnails/parts.jpg", "thumbnails/put.jpg"]
    assert len(service.thumbnail.events) == 3


def test_a_thumbnail_does_not_start_the_function_again(lambda_events: LambdaEvents, service: Any) -> None:
    service.pictures.put_object("in/cat.jpg", PICTURE)
    service.pictures.put_object("in/readme.txt", b"text")

    lambda_events.run_until_idle()

    assert [event.payload["Records"][0]["s3"]["object"]["key"] for event in service.thumbnail.events] == ["in/cat.jpg"]


def test_an_unreadable_picture_is_in_the_queue_of_failures(lambda_events: LambdaEvents, service: Any) -> None:
    service.pictures.put_object("in/broken.jpg", b"GIF89a")

    lambda_events.run_until_idle()

    [event] = service.thumbnail.events
    assert [attempt.started_after_seconds for attempt in event.attempts] == [0, 60, 180]
    [record] = service.failed.invocation_records
    assert record.condition == "RetriesExhausted"
    assert record.response_payload["errorType"] == "UnreadablePicture"
    assert record.request_payload["Records"][0]["s3"]["object"]["key"] == "in/broken.jpg"
    assert (service.thumbnails, service.gallery.items) == ([], [])


def test_a_picture_survives_an_outage_of_the_event_bus(
    lambda_events: LambdaEvents, service: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_events = thumbnails.events.put_events
    refused: list[Any] = []

    def put_unless_it_is_the_first_time(**entries: Any) -> Any:
        if not refused:
            refused.append(entries)
            return {"FailedEntryCount": 1, "Entries": [{"ErrorCode": "InternalException", "ErrorMessage": "no answer"}]}
        return put_events(**entries)

    monkeypatch.setattr(thumbnails.events, "put_events", put_unless_it_is_the_first_time)
    service.pictures.put_object("in/cat.jpg", PICTURE)

    lambda_events.run_until_idle()

    assert [attempt.outcome for attempt in service.thumbnail.attempts] == ["function_error", "success"]
    assert len(service.gallery.items) == 1
    assert service.failed.messages == []
