"""Powertools' data classes and models parse what buckets deliver."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from aws_lambda_powertools.utilities.data_classes import EventBridgeEvent, S3Event, S3EventBridgeNotificationEvent, SQSEvent
from aws_lambda_powertools.utilities.parser import envelopes, parse
from aws_lambda_powertools.utilities.parser.models import (
    S3EventNotificationEventBridgeDetailModel,
    S3EventNotificationEventBridgeModel,
    S3Model,
    S3SqsEventNotificationModel,
)

from pytest_lambda_events import Bucket, Function, LambdaEvents

EVENTS = ["s3:ObjectCreated:*", "s3:ObjectRemoved:*", "s3:ObjectTagging:*", "s3:ObjectAcl:Put"]
NAMES = [
    "ObjectCreated:Put", "ObjectTagging:Put", "ObjectTagging:Delete", "ObjectAcl:Put", "ObjectCreated:Copy",
    "ObjectCreated:CompleteMultipartUpload", "ObjectRemoved:DeleteMarkerCreated", "ObjectRemoved:Delete",
]  # fmt: skip
KEY = "in/my photo.jpg"
MODELED = [name for name in NAMES if name.startswith(("ObjectCreated:", "ObjectRemoved:"))]
"""Powertools' models need a size, which events of tags and ACLs do not have (PSH-5A). Its data classes do not need it."""


@pytest.fixture
def uploads(lambda_events: LambdaEvents) -> Bucket:
    """A bucket with versions."""
    bucket = lambda_events.bucket("uploads")
    lambda_events.client("s3").put_bucket_versioning(Bucket="uploads", VersioningConfiguration={"Status": "Enabled"})
    return bucket


def change(lambda_events: LambdaEvents) -> list[dict[str, Any]]:
    """Causes each kind of event."""
    s3 = lambda_events.client("s3")
    at = {"Bucket": "uploads", "Key": KEY}
    version = s3.put_object(**at, Body=b"12345")["VersionId"]
    s3.put_object_tagging(**at, Tagging={"TagSet": [{"Key": "kind", "Value": "photo"}]})
    s3.delete_object_tagging(**at)
    s3.put_object_acl(**at, ACL="public-read")
    s3.copy_object(**at, CopySource=at, MetadataDirective="REPLACE")
    upload = s3.create_multipart_upload(**at)["UploadId"]
    tag = s3.upload_part(**at, UploadId=upload, PartNumber=1, Body=b"x")["ETag"]
    s3.complete_multipart_upload(**at, UploadId=upload, MultipartUpload={"Parts": [{"ETag": tag, "PartNumber": 1}]})
    s3.delete_object(**at)
    s3.delete_object(**at, VersionId=version)
    lambda_events.run_until_idle()
    [function] = lambda_events.functions.values()
    return [attempt.event for attempt in function.attempts]


def modeled(events: Sequence[Any]) -> list[Any]:
    return [event for event, name in zip(events, NAMES, strict=True) if name in MODELED]


@pytest.mark.rule("PSH-50", "PSH-5A")
def test_powertools_reads_the_events_of_a_bucket(lambda_events: LambdaEvents, uploads: Bucket, function: Function) -> None:
    uploads.add_notification(function, events=EVENTS)

    events = change(lambda_events)

    assert [next(S3Event(event).records).event_name for event in events] == NAMES
    assert {S3Event(event).object_key for event in events} == {KEY}
    models: list[Any] = [S3Model.model_validate(event).Records[0] for event in modeled(events)]
    assert [model.eventName for model in models] == MODELED
    assert (models[0].s3.bucket.name, models[0].s3.object.size) == ("uploads", 5)
    assert next(S3Event(events[-1]).records).s3.get_object.version_id is not None


@pytest.mark.rule("PSH-60")
def test_powertools_reads_a_bucket_behind_a_queue(lambda_events: LambdaEvents, uploads: Bucket, function: Function) -> None:
    inbox = lambda_events.queue("inbox")
    uploads.add_notification(inbox, events=EVENTS)
    inbox.purge()
    function.add_event_source(inbox, batch_size=1)

    events = change(lambda_events)

    records = [record for event in events for record in SQSEvent(event).records]
    assert [next(record.decoded_nested_s3_event.records).event_name for record in records] == NAMES
    models = [S3SqsEventNotificationModel.model_validate(event).Records[0] for event in modeled(events)]
    assert [model.body.Records[0].eventName for model in models] == MODELED
    parsed: list[Any] = [parse(event, model=S3Model, envelope=envelopes.SqsEnvelope) for event in modeled(events)]
    assert [model.Records[0].eventName for [model] in parsed] == MODELED


@pytest.mark.rule("PSH-61")
def test_powertools_reads_a_bucket_behind_a_topic(lambda_events: LambdaEvents, uploads: Bucket, function: Function) -> None:
    changes = lambda_events.topic("changes")
    uploads.add_notification(changes, events=EVENTS)
    changes.subscribe(function)

    events = change(lambda_events)

    parsed: list[Any] = [parse(event, model=S3Model, envelope=envelopes.SnsEnvelope) for event in modeled(events)]
    assert [model.Records[0].eventName for [model] in parsed] == MODELED


@pytest.mark.rule("PSH-6F", "PSH-6G")
def test_powertools_reads_a_bucket_behind_the_event_bus(
    lambda_events: LambdaEvents, uploads: Bucket, function: Function
) -> None:
    lambda_events.event_buses["default"].add_rule({"source": ["aws.s3"]}, function)
    lambda_events.client("s3").put_bucket_notification_configuration(
        Bucket="uploads", NotificationConfiguration={"EventBridgeConfiguration": {}}
    )

    events = change(lambda_events)

    assert [EventBridgeEvent(event).detail_type for event in events] == [
        "Object Created", "Object Tags Added", "Object Tags Deleted", "Object ACL Updated", "Object Created",
        "Object Created", "Object Deleted", "Object Deleted",
    ]  # fmt: skip
    assert {S3EventBridgeNotificationEvent(event).detail.object.key for event in events} == {KEY}
    models = [S3EventNotificationEventBridgeModel.model_validate(event) for event in modeled(events)]
    assert {model.detail.bucket.name for model in models} == {"uploads"}
    model, envelope = S3EventNotificationEventBridgeDetailModel, envelopes.EventBridgeEnvelope
    details: list[Any] = [parse(event, model=model, envelope=envelope) for event in modeled(events)]
    assert {detail.object.key for detail in details} == {KEY}
