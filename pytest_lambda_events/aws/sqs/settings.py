"""Checks of the settings of a queue."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from moto.sqs.exceptions import InvalidAttributeName, InvalidAttributeValue, InvalidParameterValue
from moto.sqs.models import SQSBackend
from moto.sqs.responses import SQSResponse

RANGES = {
    "VisibilityTimeout": (0, 43_200),
    "DelaySeconds": (0, 900),
    "MessageRetentionPeriod": (60, 1_209_600),
    "ReceiveMessageWaitTimeSeconds": (0, 20),
    "MaximumMessageSize": (1_024, 1_048_576),
}
"""In seconds; the size is in bytes."""
MAX_RECEIVE_COUNT = (1, 1_000)
SOURCES_MAXIMUM = 10
_CHOICES = {"DeduplicationScope": ("queue", "messageGroup"), "FifoThroughputLimit": ("perQueue", "perMessageGroupId")}
_NAMES_OF_FIFO = {"FifoQueue", "ContentBasedDeduplication", *_CHOICES}
_NAMES = {
    *RANGES, *_NAMES_OF_FIFO, "Policy", "RedrivePolicy", "RedriveAllowPolicy", "KmsMasterKeyId",
    "KmsDataKeyReusePeriodSeconds", "SqsManagedSseEnabled",
}  # fmt: skip


def creating(original: Callable[..., Any]) -> Callable[..., Any]:
    """Replaces `SQSBackend.create_queue`, and checks the settings."""

    def create_queue(backend: SQSBackend, name: str, tags: dict[str, str] | None = None, **attributes: Any) -> Any:
        check(attributes, is_fifo=name.endswith(".fifo"))
        check_throughput(attributes)
        check_allowed(backend, name, attributes)
        return original(backend, name, tags, **attributes)

    return create_queue


def setting(original: Callable[..., Any]) -> Callable[..., Any]:
    """Replaces `SQSBackend.set_queue_attributes`: a refused call changes nothing."""

    def set_queue_attributes(backend: SQSBackend, queue_name: str, attributes: dict[str, Any]) -> Any:
        queue: Any = backend.get_queue(queue_name)
        check(attributes, is_fifo=queue.fifo_queue)
        if str(attributes.get("FifoQueue", queue.fifo_queue)).lower() != str(queue.fifo_queue).lower():
            raise InvalidAttributeValue("FifoQueue")
        now = {"DeduplicationScope": queue.deduplication_scope, "FifoThroughputLimit": queue.fifo_throughput_limit}
        check_throughput({**now, **attributes})
        check_allowed(backend, queue_name, attributes)
        before = dict(queue.__dict__)
        try:
            return original(backend, queue_name, attributes)
        except BaseException:
            queue.__dict__.clear()
            queue.__dict__.update(before)
            raise

    return set_queue_attributes


def check(attributes: Mapping[str, Any], *, is_fifo: bool) -> None:
    """Raises AWS's refusal of an invalid setting."""
    for name, (least, most) in RANGES.items():
        if name in attributes and not least <= _whole(attributes[name], least - 1) <= most:
            raise InvalidAttributeValue(name)
    _check_redrive_policy(attributes.get("RedrivePolicy"), is_fifo)


def _check_redrive_policy(policy: Any, is_fifo: bool) -> None:
    try:
        members = json.loads(policy) if isinstance(policy, str) else policy
    except ValueError:
        # moto has the text for that.
        return
    if not isinstance(members, dict) or not {"maxReceiveCount", "deadLetterTargetArn"} <= members.keys():
        return
    text = policy if isinstance(policy, str) else json.dumps(policy)
    least, most = MAX_RECEIVE_COUNT
    if not least <= _whole(members["maxReceiveCount"], least - 1) <= most:
        raise InvalidParameterValue(
            f"Value {text} for parameter RedrivePolicy is invalid. Reason: Invalid value for maxReceiveCount: "
            f"{members['maxReceiveCount']}, valid values are from {least} to {most} both inclusive."
        )
    if not is_fifo and str(members["deadLetterTargetArn"]).endswith(".fifo"):
        raise InvalidParameterValue(
            f"Value {text} for parameter RedrivePolicy is invalid. Reason: Dead-letter queue must be same type of queue as "
            "the source."
        )


def naming(original: Callable[..., Any]) -> Callable[..., Any]:
    """Replaces `SQSResponse.create_queue` and `set_queue_attributes`: other attributes are refused, and some are for FIFO
    queues only.
    """

    def call(response: SQSResponse) -> Any:
        name = response._get_param("QueueName") or response._get_queue_name()
        for attribute in response._get_param("Attributes", {}):
            if attribute not in _NAMES or (attribute in _NAMES_OF_FIFO and not name.endswith(".fifo")):
                raise InvalidAttributeName(attribute)
        return original(response)

    return call


def check_throughput(attributes: Mapping[str, Any]) -> None:
    """Raises AWS's refusal of a scope and a limit of FIFO queues that do not exist or do not fit together."""
    for name, values in _CHOICES.items():
        if attributes.get(name, values[0]) not in values:
            raise InvalidAttributeValue(name)
    is_per_group = attributes.get("FifoThroughputLimit") == "perMessageGroupId"
    if is_per_group and attributes.get("DeduplicationScope") != "messageGroup":
        raise InvalidAttributeValue("FifoThroughputLimit")


def check_allowed(backend: SQSBackend, name: str, attributes: Mapping[str, Any]) -> None:
    """Raises AWS's refusal if a dead-letter queue does not allow this queue, or if its policy is invalid."""
    if "RedriveAllowPolicy" in attributes:
        allowed_by(attributes["RedriveAllowPolicy"])
    policy = attributes.get("RedrivePolicy")
    members = _read(policy)
    if not isinstance(members, dict):
        return
    target_arn = str(members.get("deadLetterTargetArn"))
    target: Any = backend.queues.get(target_arn.rpartition(":")[2])
    if target is None or target.queue_arn != target_arn:
        return
    source_arn = target_arn.rpartition(":")[0] + f":{name}"
    permission, sources = allowed_by(getattr(target, "redrive_allow_policy", None) or "")
    if permission == "denyAll" or (permission == "byQueue" and source_arn not in sources):
        raise InvalidParameterValue(
            f"Value {policy if isinstance(policy, str) else json.dumps(policy)} for parameter RedrivePolicy is invalid. "
            f"Reason: The RedriveAllowPolicy of {target_arn} does not allow {source_arn} to use it as a dead-letter queue."
        )


def allowed_by(policy: Any) -> tuple[str, Sequence[str]]:
    """Returns the permission of a `RedriveAllowPolicy` and the queues in it. Without a policy all queues are allowed."""
    if policy in ("", None):
        return "allowAll", ()
    members = _read(policy)
    permission = members.get("redrivePermission", "allowAll") if isinstance(members, dict) else None
    sources = members.get("sourceQueueArns", ()) if isinstance(members, dict) else ()
    is_list = isinstance(sources, list) and 0 < len(sources) <= SOURCES_MAXIMUM
    if permission not in ("allowAll", "denyAll", "byQueue") or (is_list if permission != "byQueue" else not is_list):
        raise InvalidAttributeValue("RedriveAllowPolicy")
    return permission, sources


def _read(policy: Any) -> Any:
    try:
        return json.loads(policy) if isinstance(policy, str) else policy
    except ValueError:
        return None


def _whole(value: Any, otherwise: int) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        return otherwise
