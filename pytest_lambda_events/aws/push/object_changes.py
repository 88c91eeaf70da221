"""Changes of objects in moto, reported as the events that S3 has for them."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import Any

from moto.core.responses import BaseResponse
from moto.s3 import models, notifications
from moto.s3.models import FakeDeleteMarker, FakeKey, S3Backend
from moto.s3.responses import S3Response

from ...contexts import contextmanager
from ...patching import Patch, attributes_patched
from ...sources.push.bucket_events import EMPTY_ETAG
from .bucket_notifications import BucketNotifications


@contextmanager
def object_changes_reported(buckets: BucketNotifications) -> Iterator[None]:
    """Lets `buckets` create and deliver the events of objects while a simulated AWS is open."""

    def send_event(account_id: str, event_name: Any, bucket: Any, key: Any) -> None:
        name = event_name.value.removeprefix("s3:")
        if name == "ObjectRestore:Post":
            # Its ends are not simulated. They are refused when it begins, if somebody would receive them (PSH-6H).
            for one in (name, "ObjectRestore:Completed", "ObjectRestore:Delete"):
                buckets.changed(account_id, one, bucket, key)
        elif name != "ObjectRestore:Completed":
            # moto completes a restore when somebody reads the object.
            buckets.changed(account_id, name, bucket, key)

    without_tags = ("ObjectTagging:Put",)
    # moto reports the parts of these operations too.
    silenced: tuple[tuple[Any, str, tuple[str, ...]], ...] = (
        (S3Backend, "complete_multipart_upload", ("ObjectCreated:Put", *without_tags)),
        (S3Response, "put_object", without_tags),
        (S3Response, "copy_object", without_tags),
    )
    with attributes_patched(
        (notifications, "send_event", send_event),
        # Test messages are sent when the destinations are checked.
        (notifications, "send_test_event", lambda *_, **__: None),
        # moto sends an event of an object for a new bucket, to functions of rules about calls that CloudTrail records.
        (models, "events_send_notification", lambda *_, **__: None),
        (S3Backend, "delete_object", _deleting(S3Backend.delete_object, buckets)),
        (S3Backend, "put_object_acl", _changing_acl(S3Backend.put_object_acl, buckets)),
        (S3Backend, "put_object_retention", _retaining(S3Backend.put_object_retention, buckets)),
        (S3Response, "_tagging_from_xml", _reading_tags(S3Response._tagging_from_xml)),
        (S3Response, "bucket_response", _answering(S3Response.bucket_response, buckets)),
        (S3Response, "key_response", _answering(S3Response.key_response, buckets)),
        (S3Response, "_enrich_response", staticmethod(_with_request_id(buckets))),
        _silenced(buckets, silenced[0]),
        _silenced(buckets, silenced[1]),
        _silenced(buckets, silenced[2]),
    ):
        yield


def _silenced(buckets: BucketNotifications, of: tuple[Any, str, tuple[str, ...]]) -> Patch:
    """Returns a patch of a method: during a call of it some events are not reported."""
    owner, name, events = of
    original = getattr(owner, name)

    def called(*arguments: Any, **named: Any) -> Any:
        with buckets.without(*events):
            return original(*arguments, **named)

    return owner, name, called


def _answering(original: Callable[..., Any], buckets: BucketNotifications) -> Callable[..., Any]:
    """Replaces an entry point of moto's S3, so that all events of a request have its id."""

    # moto finds the method again by its name.
    @functools.wraps(original)
    def response(self: S3Response, request: Any, full_url: str, headers: Any) -> Any:
        with buckets.request():
            return original(self, request, full_url, headers)

    return response


def _with_request_id(buckets: BucketNotifications) -> Callable[..., Any]:
    """Replaces `S3Response._enrich_response`. A response has the request id of the events that it caused (PSH-58)."""

    def enriched(headers: dict[str, str], body: Any) -> tuple[dict[str, str], Any]:
        made, text = BaseResponse._enrich_response(headers, body)
        ids = buckets.used_ids
        if ids is not None:
            made["x-amzn-requestid"] = made["x-amz-request-id"] = ids.request_id
        return made, text

    return enriched


def _deleting(original: Callable[..., Any], buckets: BucketNotifications) -> Callable[..., Any]:
    """Replaces `S3Backend.delete_object`. A versioned bucket gets a delete marker for a missing key too (PSH-5B)."""

    def delete_object(
        backend: S3Backend, bucket_name: str, key_name: str, version_id: str | None = None, bypass: bool = False
    ) -> Any:
        bucket: Any = backend.get_bucket(bucket_name)
        if version_id is None and bucket.is_versioned and key_name not in bucket.keys:
            found, deletion = True, _marked(bucket, key_name)
        else:
            with buckets.without("ObjectRemoved:Delete"):
                found, deletion = original(backend, bucket_name, key_name, version_id, bypass)
        if version_id is None and bucket.versioning_status in ("Enabled", "Suspended"):
            marker = deletion.get("version-id") if bucket.is_versioned else None
            about = {"etag": EMPTY_ETAG, "version_id": marker and str(marker)}
            buckets.happened(backend.account_id, bucket, "ObjectRemoved:DeleteMarkerCreated", key_name, **about)
        else:
            version = None if version_id == "null" else version_id
            buckets.happened(backend.account_id, bucket, "ObjectRemoved:Delete", key_name, version_id=version)
        return found, deletion

    return delete_object


def _marked(bucket: Any, key_name: str) -> dict[str, str]:
    """Creates a delete marker for a key that does not exist. Returns what moto returns about it."""
    missing = FakeKey(key_name, b"", bucket.account_id, bucket.region_name, bucket_name=bucket.name)
    marker = FakeDeleteMarker(missing)
    bucket.keys[key_name] = marker
    return {"version-id": marker.version_id, "delete-marker": "true"}


def _changing_acl(original: Callable[..., Any], buckets: BucketNotifications) -> Callable[..., Any]:
    """Replaces `S3Backend.put_object_acl`. The same ACL again is not an event (PSH-54)."""

    def put_object_acl(backend: S3Backend, bucket_name: str, key_name: str, acl: Any, *others: Any, **named: Any) -> Any:
        key: Any = backend.get_object(bucket_name, key_name)
        is_same = key is not None and _grants(key.acl) == _grants(acl)
        with buckets.without(*(["ObjectAcl:Put"] if is_same else [])):
            return original(backend, bucket_name, key_name, acl, *others, **named)

    return put_object_acl


def _retaining(original: Callable[..., None], buckets: BucketNotifications) -> Callable[..., None]:
    """Replaces `S3Backend.put_object_retention`, which reports no event."""

    def put_object_retention(
        backend: S3Backend, bucket_name: str, key_name: str, version_id: str | None, retention: Any
    ) -> None:  # fmt: skip
        original(backend, bucket_name, key_name, version_id, retention)
        key: Any = backend.get_object(bucket_name, key_name, version_id=version_id)
        buckets.changed(backend.account_id, "ObjectRetention:Put", backend.get_bucket(bucket_name), key)

    return put_object_retention


def _reading_tags(original: Callable[..., dict[str, str]]) -> Callable[..., dict[str, str]]:
    """Replaces `S3Response._tagging_from_xml`, which fails if the set of tags is empty. Then the object has no tags."""

    def tags(response: S3Response, *arguments: Any) -> dict[str, str]:
        body = response.body
        return original(response, *arguments) if "<Key>" in (body.decode() if isinstance(body, bytes) else body) else {}

    return tags


def _grants(acl: Any) -> set[str]:
    return {repr(grant) for grant in getattr(acl, "grants", ())}
