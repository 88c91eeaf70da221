"""Buckets in moto's CloudFormation: their versioning and their notifications, which moto ignores."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from moto.s3.exceptions import S3ClientError
from moto.s3.models import FakeBucket

from ...patching import attribute_patched
from .resource import Properties
from .values import text_of

_KINDS = {"Topic": "TopicConfigurations", "Queue": "QueueConfigurations", "CloudFunction": "LambdaConfigurations"}
"""The properties of a template by moto's names of the kinds of destinations."""
_ARNS = {"Topic": "Topic", "Queue": "Queue", "CloudFunction": "Function"}
_SETTINGS = ("VersioningConfiguration", "NotificationConfiguration")


@contextmanager
def buckets_configured() -> Iterator[None]:
    """Lets the buckets of stacks have versions and notifications."""
    create: Callable[..., Any] = FakeBucket.create_from_cloudformation_json
    update: Callable[..., Any] = FakeBucket.update_from_cloudformation_json
    applied: dict[str, Properties] = {}

    def created(
        cls: Any, /, resource_name: str, cloudformation_json: Any, account_id: str, region_name: str, **named: Any
    ) -> Any:
        bucket = create(resource_name, cloudformation_json, account_id, region_name, **named)
        try:
            _configure(bucket, {}, cloudformation_json.get("Properties") or {}, applied)
        except Exception:
            cls.delete_from_cloudformation_json(resource_name, cloudformation_json, account_id, region_name)
            raise
        return bucket

    def updated(cls: Any, /, original_resource: Any, *others: Any, **named: Any) -> Any:
        properties = (named.get("cloudformation_json") or others[1])["Properties"]
        bucket = update(original_resource, *others, **named)
        if bucket is original_resource:
            _configure(bucket, applied.get(bucket.arn, {}), properties, applied)
        return bucket

    with (
        attribute_patched(FakeBucket, "create_from_cloudformation_json", classmethod(created)),
        attribute_patched(FakeBucket, "update_from_cloudformation_json", classmethod(updated)),
    ):
        yield


def _configure(bucket: Any, before: Properties, properties: Properties, applied: dict[str, Properties]) -> None:
    """Sets what has changed. A refusal of S3 fails the stack."""
    from moto.cloudformation.exceptions import ValidationError

    versioning, notifications = (properties.get(name) for name in _SETTINGS)
    if versioning != before.get(_SETTINGS[0]):
        bucket.versioning_status = (versioning or {}).get("Status", "Suspended")
    if notifications != before.get(_SETTINGS[1]):
        try:
            bucket.set_notification_configuration(as_in_moto(notifications or {}))
        except S3ClientError as refusal:
            message = f"Resource handler returned message: {refusal.message} (Service: S3, Status Code: 400)"
            raise ValidationError(message=message) from None
    applied[bucket.arn] = {name: properties.get(name) for name in _SETTINGS}


def as_in_moto(notifications: Properties) -> dict[str, Any]:
    """Returns the notifications of a template in the form in which moto reads those of a call."""
    found: dict[str, Any] = {}
    for kind, property_name in _KINDS.items():
        configurations = [_configuration(kind, one) for one in notifications.get(property_name) or ()]
        if configurations:
            found[f"{kind}Configuration"] = configurations
    bus = notifications.get("EventBridgeConfiguration")
    if bus is not None and text_of(bus.get("EventBridgeEnabled", True)).lower() == "true":
        found["EventBridgeConfiguration"] = {}
    return found


def _configuration(kind: str, given: Mapping[str, Any]) -> dict[str, Any]:
    configuration = {kind: given[_ARNS[kind]], "Event": [given["Event"]]}
    rules: Sequence[Mapping[str, Any]] = ((given.get("Filter") or {}).get("S3Key") or {}).get("Rules") or ()
    kept = [{"Name": str(one["Name"]).capitalize(), "Value": text_of(one["Value"])} for one in rules if one.get("Value")]
    return {**configuration, "Filter": {"S3Key": {"FilterRule": kept}}} if kept else configuration
