"""The records of S3 notifications, for functions, queues, topics and the default event bus (PSH-50 to 62, PSH-6F, PSH-6G)."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import quote_plus

from ...service.authorization import PushSource
from ...values import dataclass
from .event_rules import bus_event

EVENT_VERSION = "2.6"
EMPTY_ETAG = "d41d8cd98f00b204e9800998ecf8427e"
"""The ETag of a delete marker, which has no content."""
CALLER = "AIDACKCEVSQ6C2EXAMPLE"
"""The id of the user whose credentials the test has."""
_OWNER = "A3NL1KOZZKEXAMPLE"
_SIZED = ("ObjectCreated:", "ObjectRestore:")
_ORDERED = ("ObjectCreated:", "ObjectRemoved:", "ObjectRestore:")
"""Events whose object has a size, and those with a sequencer (PSH-5A)."""


@dataclass(frozen=True, slots=True)
class ObjectEvent:
    """Something that happened to an object. `name` is as in a record, such as `ObjectCreated:Put`.

    `caller` is the unique id of the user or of the session of a role that made the request (PSH-59).
    """

    name: str
    bucket: str
    bucket_arn: str
    region: str
    account_id: str
    key: str
    at: datetime
    sequencer: str
    request_id: str
    host_id: str
    size: int = 0
    etag: str = ""
    version_id: str | None = None
    caller: str = CALLER
    storage_class: str = "STANDARD"


def notification(event: ObjectEvent, configuration_id: str) -> dict[str, Any]:
    """Returns the payload for a function, queue or topic (PSH-50)."""
    record = {
        "eventVersion": EVENT_VERSION,
        "eventSource": "aws:s3",
        "awsRegion": event.region,
        "eventTime": f"{event.at:%Y-%m-%dT%H:%M:%S}.{event.at.microsecond // 1000:03d}Z",
        "eventName": event.name,
        "userIdentity": {"principalId": f"AWS:{event.caller}"},
        "requestParameters": {"sourceIPAddress": "127.0.0.1"},
        "responseElements": {"x-amz-request-id": event.request_id, "x-amz-id-2": event.host_id},
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": configuration_id,
            "bucket": {"name": event.bucket, "ownerIdentity": {"principalId": _OWNER}, "arn": event.bucket_arn},
            "object": {"key": quote_plus(event.key, safe="/*"), **_about(event)},
        },
    }
    return {"Records": [record]}


def _about(event: ObjectEvent) -> dict[str, Any]:
    """Returns the members of the object in a record apart from its key."""
    about: dict[str, Any] = {}
    if event.name.startswith(_SIZED):
        about["size"] = event.size
    if event.name != "ObjectRemoved:Delete":
        about["eTag"] = event.etag
    if event.version_id is not None:
        about["versionId"] = event.version_id
    if event.name.startswith(_ORDERED):
        about["sequencer"] = event.sequencer
    if event.name == "ObjectCreated:Copy":
        about["hasObjectAnnotation"] = False
    return about


_REASONS = {
    "ObjectCreated:Put": "PutObject", "ObjectCreated:Post": "POST Object", "ObjectCreated:Copy": "CopyObject",
    "ObjectCreated:CompleteMultipartUpload": "CompleteMultipartUpload", "ObjectRemoved:Delete": "DeleteObject",
    "ObjectRemoved:DeleteMarkerCreated": "DeleteObject",
}  # fmt: skip
_DETAIL_TYPES = {
    "ObjectCreated": "Object Created", "ObjectRemoved": "Object Deleted", "ObjectAcl": "Object ACL Updated",
    "ObjectTagging:Put": "Object Tags Added", "ObjectTagging:Delete": "Object Tags Deleted",
    "ObjectRestore:Post": "Object Restore Initiated", "ObjectRestore:Completed": "Object Restore Completed",
    "ObjectRestore:Delete": "Object Restore Expired", "ObjectRetention": "Object Retention Updated",
}  # fmt: skip
NOT_SIMULATED = ("ObjectRestore:Completed", "ObjectRestore:Delete", "ObjectRetention:Put")
"""Events that the default bus never receives (PSH-6H): S3 makes them later, or no recording shows all their members."""
_DELETIONS = {
    "ObjectRemoved:Delete": "Permanently Deleted",
    "ObjectRemoved:DeleteMarkerCreated": "Delete Marker Created",
}


def detail_type(event: ObjectEvent) -> str:
    """Returns the `detail-type` of the event on the default event bus (PSH-6G)."""
    return _DETAIL_TYPES.get(event.name) or _DETAIL_TYPES[event.name.partition(":")[0]]


def detail(event: ObjectEvent) -> dict[str, Any]:
    """Returns the `detail` of the event on the default event bus; its key is not encoded (PSH-6F)."""
    about, is_restore = _about(event), event.name.startswith("ObjectRestore:")
    if is_restore:
        del about["sequencer"]
    names = {"eTag": "etag", "versionId": "version-id", "hasObjectAnnotation": "has-object-annotation"}
    members: dict[str, Any] = {
        "version": "0",
        "event-version": "1.2",
        "bucket": {"name": event.bucket},
        "object": {"key": event.key, **{names.get(name, name): value for name, value in about.items()}},
        "request-id": event.request_id,
        "requester": event.account_id,
        "source-ip-address": "127.0.0.1",
    }
    if is_restore:
        members["source-storage-class"] = event.storage_class
    if event.name in _REASONS:
        members["reason"] = _REASONS[event.name]
    if event.name in _DELETIONS:
        members["deletion-type"] = _DELETIONS[event.name]
    return members


def on_default_bus(event: ObjectEvent, event_id: str) -> dict[str, Any]:
    """Returns the event on the default event bus (PSH-6E)."""
    return bus_event(
        event_id, detail_type(event), "aws.s3", event.account_id, event.region, event.at, detail(event), [event.bucket_arn]
    )


def source(bucket_arn: str, account_id: str) -> PushSource:
    """Returns a bucket as the policy of a function names it (PRM-12)."""
    return PushSource("s3.amazonaws.com", bucket_arn, account_id)


def test_message(bucket: str, at: datetime, request_id: str, host_id: str) -> dict[str, Any]:
    """Returns the message with which S3 tests a queue or topic of a new configuration (PSH-62)."""
    return {
        "Service": "Amazon S3", "Event": "s3:TestEvent",
        "Time": f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z", "Bucket": bucket, "RequestId": request_id,
        "HostId": host_id,
    }  # fmt: skip
