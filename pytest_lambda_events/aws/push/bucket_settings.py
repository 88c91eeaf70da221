"""The configuration of a bucket's notifications on moto: what S3 refuses, and how it reads back."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from unittest import mock

from moto.s3.exceptions import InvalidArgumentError, S3ClientError
from moto.s3.models import FakeBucket
from moto.s3.responses import S3Response

from ...arns import parse
from ...contexts import contextmanager
from ...patching import attributes_patched
from ...service.authorization import Authorizer
from ...service.caller_permissions import CallerPermissions
from ...sources.push.bucket_configurations import (
    INVALID_DESTINATION,
    SERVICES,
    invalid_destination,
    overlap,
    refusal_of,
    refusal_of_arn,
)
from ...sources.push.bucket_events import source
from ..backends import late_backends
from .bucket_notifications import ACTIONS, BucketNotifications, notifications_of

sns_backends = late_backends("sns")
sqs_backends = late_backends("sqs")

IS_UNCHECKED = "SkipDestinationValidation"
"""The member of a configuration whose destinations S3 does not check."""
_HEADER = "x-amz-skip-destination-validation"


class BucketDestinations:
    """Checks the destinations of configurations. `has_function` returns whether a function, version or alias exists."""

    def __init__(self, buckets: BucketNotifications, authority: Authorizer, has_function: Callable[[str], bool]) -> None:
        self._buckets = buckets
        self._authority = authority
        self._has_function = has_function

    def validate(self, bucket: Any, wanted: Sequence[Mapping[str, Any]]) -> None:
        """Sends a test message to each valid queue and topic. Raises S3's error if a destination is not valid (PSH-6D)."""
        reasons = []
        for kind, arn in destinations_of(wanted):
            reason = self._reason(kind, arn, bucket)
            if reason is not None:
                reasons.append((arn, reason))
            elif kind != "CloudFunction":
                self._buckets.send_test_message(bucket, arn)
        if reasons:
            raise InvalidArgumentError(INVALID_DESTINATION, *reasons[0])

    def _reason(self, kind: str, arn: str, bucket: Any) -> str | None:
        if not self._exists(kind, arn):
            self._buckets.warn(
                f"S3 refused the notifications of bucket {bucket.name!r}, because {arn} does not exist. Create it before the "
                "bucket is configured."
            )
            return invalid_destination(kind, arn, exists=False)
        is_denied = self._authority.admits(arn, source(bucket.arn, bucket.account_id), ACTIONS[SERVICES[kind]]) is not None
        return invalid_destination(kind, arn, exists=True) if is_denied else None

    def _exists(self, kind: str, arn: str) -> bool:
        if kind == "CloudFunction":
            return self._has_function(arn)
        target = parse(arn)
        if kind == "Queue":
            return target.name in sqs_backends[target.account_id][target.region_name].queues
        return arn in sns_backends[target.account_id][target.region_name].topics


@contextmanager
def bucket_settings_served(destinations: BucketDestinations, permissions: CallerPermissions) -> Iterator[None]:
    """Lets buckets have the configurations that S3 accepts while a simulated AWS is open."""
    with attributes_patched(
        (FakeBucket, "set_notification_configuration", _checked(FakeBucket.set_notification_configuration, destinations)),
        (S3Response, "_notification_config_from_body", _read(S3Response._notification_config_from_body, permissions)),
        (S3Response, "get_bucket_notification", _completed(S3Response.get_bucket_notification)),
    ):
        yield


def _checked(original: Callable[[Any, Any], None], destinations: BucketDestinations) -> Callable[[Any, Any], None]:
    """Replaces `FakeBucket.set_notification_configuration`. A configuration that is refused does not replace the old one."""

    def set_notification_configuration(bucket: Any, notification_config: Any) -> None:
        given = dict(notification_config or {})
        is_checked, before = not given.pop(IS_UNCHECKED, False), bucket.notification_configuration
        wanted = [one for kind in SERVICES for one in given.get(f"{kind}Configuration") or ()]
        for kind, arn in destinations_of(wanted):
            _refuse_arn(kind, arn)
        refused = refusal_of(wanted, bucket.region_name)
        if refused is not None:
            raise S3ClientError(*refused)
        overlapping = overlap([notifications_of(one["Event"], one.get("Filter")) for one in wanted])
        if overlapping is not None:
            raise S3ClientError("InvalidArgument", overlapping)
        original(bucket, given)
        if is_checked:
            try:
                destinations.validate(bucket, wanted)
            except S3ClientError:
                bucket.notification_configuration = before
                raise

    return set_notification_configuration


def destinations_of(configurations: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """Yields the kind and the ARN of each destination of configurations in moto's form."""
    for one in configurations:
        for kind in SERVICES:
            if kind in one:
                yield kind, one[kind]


def _refuse_arn(kind: str, arn: str) -> None:
    refused = refusal_of_arn(kind, arn)
    if refused is not None:
        raise S3ClientError("InvalidArgument", refused)


def _denied(reason: str) -> Exception:
    refused: Any = S3ClientError("AccessDenied", reason)
    if isinstance(refused.code, int):
        # Before moto 5.2 it is the status of the response.
        refused.code = 403
    error: Exception = refused
    return error


def _read(
    original: Callable[[S3Response], dict[str, Any]], permissions: CallerPermissions
) -> Callable[[S3Response], dict[str, Any]]:
    """Replaces `S3Response._notification_config_from_body`: reads what S3 accepts, and whether destinations are checked."""

    def read(response: S3Response) -> dict[str, Any]:
        # The role of a handler that calls must allow it (PSH-77).
        refusal = permissions.refusal_of("s3:PutBucketNotification", f"arn:aws:s3:::{response.bucket_name}")
        if refusal is not None:
            raise _denied(refusal)
        body = response.body
        text = body.decode() if isinstance(body, bytes) else str(body)
        for kind, arn in _DESTINATION.findall(text):
            _refuse_arn(kind, arn)
        response.body = _for_moto(text)
        found = original(response)
        for one in (one for kind in SERVICES for one in found.get(f"{kind}Configuration") or ()):
            for rule in ((one.get("Filter") or {}).get("S3Key") or {}).get("FilterRule", ()):
                rule["Name"] = rule["Name"].capitalize()
        is_unchecked = str(response.headers.get(_HEADER, "")).lower() == "true"
        return {**found, IS_UNCHECKED: True} if found and is_unchecked else found

    return read


_DESTINATION = re.compile(r"<(Topic|Queue|CloudFunction)>([^<]*)</")
_RULE = re.compile(r"<FilterRule>\s*<Name>([^<]*)</Name>\s*(?:<Value>([^<]*)</Value>|<Value\s*/>)\s*</FilterRule>")
_NO_RULES = re.compile(r"<Filter>\s*(?:<S3Key>\s*</S3Key>|<S3Key\s*/>)?\s*</Filter>|<Filter\s*/>")


def _for_moto(text: str) -> str:
    """Returns a configuration as moto reads it: names of rules in lower case, and no rule without a value (PSH-67, 69)."""

    def rule(found: re.Match[str]) -> str:
        name = found[1].lower()
        if name not in ("prefix", "suffix"):
            raise S3ClientError("InvalidArgument", "filter rule name must be either prefix or suffix")
        return found[0].replace(f"<Name>{found[1]}<", f"<Name>{name}<") if found[2] else ""

    return _NO_RULES.sub("", _RULE.sub(rule, text))


def _completed(original: Callable[[S3Response], Any]) -> Callable[[S3Response], Any]:
    """Replaces `GetBucketNotificationConfiguration`: adds `EventBridgeConfiguration`, which moto does not show."""

    def get_bucket_notification(response: Any) -> Any:
        configuration = response.backend.get_bucket_notification_configuration(response.bucket_name)
        if configuration is None or configuration.event_bridge is None:
            return original(response)
        serialized = response.serialized

        def with_bus(answer: Any) -> Any:
            answer.result["EventBridgeConfiguration"] = {}
            return serialized(answer)

        with mock.patch.object(response, "serialized", with_bus, create=True):
            answer = original(response)
        # Before moto 5.2 it is the text.
        end = "</NotificationConfiguration>"
        return answer.replace(end, f"<EventBridgeConfiguration/>{end}") if isinstance(answer, str) else answer

    return get_bucket_notification
