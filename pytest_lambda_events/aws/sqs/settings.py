"""What AWS accepts as settings of a queue."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from moto.sqs.exceptions import InvalidAttributeValue, InvalidParameterValue
from moto.sqs.models import SQSBackend

RANGES = {
    "VisibilityTimeout": (0, 43_200),
    "DelaySeconds": (0, 900),
    "MessageRetentionPeriod": (60, 1_209_600),
    "ReceiveMessageWaitTimeSeconds": (0, 20),
    "MaximumMessageSize": (1_024, 1_048_576),
}
"""In seconds, and the size in bytes."""
MAX_RECEIVE_COUNT = (1, 1_000)


def creating(original: Callable[..., Any]) -> Callable[..., Any]:
    """`SQSBackend.create_queue`, with the settings checked."""

    def create_queue(backend: SQSBackend, name: str, tags: dict[str, str] | None = None, **attributes: Any) -> Any:
        check(attributes, is_fifo=name.endswith(".fifo"))
        return original(backend, name, tags, **attributes)

    return create_queue


def setting(original: Callable[..., Any]) -> Callable[..., Any]:
    """`SQSBackend.set_queue_attributes`: what is refused changes nothing."""

    def set_queue_attributes(backend: SQSBackend, queue_name: str, attributes: dict[str, Any]) -> Any:
        queue: Any = backend.get_queue(queue_name)
        check(attributes, is_fifo=queue.fifo_queue)
        before = dict(queue.__dict__)
        try:
            return original(backend, queue_name, attributes)
        except BaseException:
            queue.__dict__.clear()
            queue.__dict__.update(before)
            raise

    return set_queue_attributes


def check(attributes: Mapping[str, Any], *, is_fifo: bool) -> None:
    """Raise what AWS answers to a setting that it does not accept."""
    for name, (least, most) in RANGES.items():
        if name in attributes and not least <= _whole(attributes[name], least - 1) <= most:
            raise InvalidAttributeValue(name)
    _check_redrive_policy(attributes.get("RedrivePolicy"), is_fifo)


def _check_redrive_policy(policy: Any, is_fifo: bool) -> None:
    try:
        members = json.loads(policy) if isinstance(policy, str) else policy
    except ValueError:
        # moto has words for that.
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


def _whole(value: Any, otherwise: int) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        return otherwise
