"""The records of S3 notifications, and which notifications match (PSH-50 to 6B). It uses only values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import combinations
from typing import Any
from urllib.parse import quote_plus, unquote_plus

from ...service.authorization import PushSource
from ...values import dataclass
from .event_rules import bus_event

EVENT_VERSION = "2.6"
EMPTY_ETAG = "d41d8cd98f00b204e9800998ecf8427e"
"""The ETag of a delete marker, which has no content."""
_CALLER = "AWS:AIDACKCEVSQ6C2EXAMPLE"
_OWNER = "A3NL1KOZZKEXAMPLE"
_SIZED = ("ObjectCreated:", "ObjectRestore:")
_ORDERED = ("ObjectCreated:", "ObjectRemoved:", "ObjectRestore:")
"""Events whose object has a size, and those with a sequencer (PSH-5A)."""


@dataclass(frozen=True, slots=True)
class ObjectEvent:
    """Something that happened to an object. `name` is as in a record, such as `ObjectCreated:Put`."""

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


def notification(event: ObjectEvent, configuration_id: str) -> dict[str, Any]:
    """Returns the payload for a function, queue or topic (PSH-50)."""
    record = {
        "eventVersion": EVENT_VERSION,
        "eventSource": "aws:s3",
        "awsRegion": event.region,
        "eventTime": f"{event.at:%Y-%m-%dT%H:%M:%S}.{event.at.microsecond // 1000:03d}Z",
        "eventName": event.name,
        "userIdentity": {"principalId": _CALLER},
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
    "ObjectRestore:Delete": "Object Restore Expired",
}  # fmt: skip
_DELETIONS = {
    "ObjectRemoved:Delete": "Permanently Deleted",
    "ObjectRemoved:DeleteMarkerCreated": "Delete Marker Created",
}


def detail_type(event: ObjectEvent) -> str:
    """Returns the `detail-type` of the event on the default event bus (PSH-6G)."""
    return _DETAIL_TYPES.get(event.name) or _DETAIL_TYPES[event.name.partition(":")[0]]


def detail(event: ObjectEvent) -> dict[str, Any]:
    """Returns the `detail` of the event on the default event bus; its key is not encoded (PSH-6F)."""
    about = _about(event)
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


@dataclass(frozen=True, slots=True)
class Notifications:
    """One configuration of a bucket: event types with `s3:`, and the prefix and suffix of a key, both URL-encoded."""

    events: tuple[str, ...]
    prefix: str = ""
    suffix: str = ""

    @classmethod
    def of(cls, events: Sequence[str], rules: Sequence[Mapping[str, str]]) -> Notifications:
        """Returns the configuration with these filter rules, whose names may be in any case (PSH-67)."""
        values = {rule["Name"].lower(): rule["Value"] for rule in rules}
        return cls(tuple(events), values.get("prefix", ""), values.get("suffix", ""))

    def match(self, name: str, key: str) -> bool:
        """Returns whether an event of an object is notified (PSH-68)."""
        is_wanted = f"s3:{name}" in self.events or f"s3:{name.partition(':')[0]}:*" in self.events
        return is_wanted and key.startswith(unquote_plus(self.prefix)) and key.endswith(unquote_plus(self.suffix))


def test_message(bucket: str, at: datetime, request_id: str, host_id: str) -> dict[str, Any]:
    """Returns the message with which S3 tests a queue or topic of a new configuration (PSH-62)."""
    return {
        "Service": "Amazon S3", "Event": "s3:TestEvent",
        "Time": f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z", "Bucket": bucket, "RequestId": request_id,
        "HostId": host_id,
    }  # fmt: skip


CONFIGURATIONS_MAXIMUM = 100
_VALUE_MAXIMUM = 1024


def refusal_of(configurations: Sequence[Mapping[str, Any]]) -> tuple[str, str] | None:
    """Returns the error code and message if S3 refuses configurations of a bucket, in moto's form; else None (PSH-60, 65 to
    67).
    """
    if len(configurations) > CONFIGURATIONS_MAXIMUM:
        most = f"The maximum number of configurations is {CONFIGURATIONS_MAXIMUM}"
        return "InvalidRequest", f"Too many configurations submitted. {most}"
    ids = [one["Id"] for one in configurations if one.get("Id")]
    if len(set(ids)) < len(ids):
        return "InvalidArgument", "Same ID used for multiple configurations. IDs must be unique."
    for one in configurations:
        refused = _refusal_of_rules(((one.get("Filter") or {}).get("S3Key") or {}).get("FilterRule", ()))
        if refused is not None:
            return "InvalidArgument", refused
        if str(one.get("Queue", "")).endswith(".fifo"):
            return "InvalidArgument", "FIFO SQS queues are not supported."
    return None


def _refusal_of_rules(rules: Sequence[Mapping[str, str]]) -> str | None:
    names = [str(rule["Name"]).lower() for rule in rules]
    repeated = next((name for name in ("prefix", "suffix") if names.count(name) > 1), None)
    if repeated is not None:
        return f"Cannot specify more than one {repeated} rule in a filter."
    if any(len(str(rule.get("Value") or "").encode()) > _VALUE_MAXIMUM for rule in rules):
        return f"Size of filter rule value cannot exceed {_VALUE_MAXIMUM} bytes in UTF-8 representation"
    return None


def overlap(configurations: Sequence[Notifications]) -> str | None:
    """Returns why S3 refuses configurations of one bucket that overlap; None if they do not (PSH-6A, PSH-6B)."""
    for one in configurations:
        if any(_share(first, second) for first, second in combinations(one.events, 2)):
            return _COMMON
    for one, other in combinations(configurations, 2):
        if any(_share(first, second) for first in one.events for second in other.events) and _overlap(one, other):
            has_filter = any((one.prefix, one.suffix, other.prefix, other.suffix))
            return _AMBIGUOUS if has_filter else _COMMON
    return None


_COMMON = "Configurations overlap. Configurations on the same bucket cannot share a common event type."
_AMBIGUOUS = (
    "Configuration is ambiguously defined. Cannot have overlapping suffixes in two rules if the prefixes are overlapping for "
    "the same event type."
)


def _share(first: str, second: str) -> bool:
    return any(one == other or (one.endswith(":*") and other.startswith(one[:-1])) for one, other in _both_ways(first, second))


def _overlap(one: Notifications, other: Notifications) -> bool:
    starts = any(first.startswith(second) for first, second in _both_ways(one.prefix, other.prefix))
    return starts and any(first.endswith(second) for first, second in _both_ways(one.suffix, other.suffix))


def _both_ways(first: str, second: str) -> Iterator[tuple[str, str]]:
    yield first, second
    yield second, first
