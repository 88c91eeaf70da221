"""The messages of a queue, in less memory than moto's. moto's form is made for moto's own code."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from moto.sqs.models import Message

from .stored_message import StoredMessage

NOTHING: Mapping[str, Any] = {}


class Extras:
    """What only some messages have. `source_arn` is the queue from which SQS moved the message."""

    __slots__ = (
        "deduplication_id", "group_id", "message_attributes", "sequence_number", "source_arn", "system_attributes",
    )  # fmt: skip

    def __init__(self, message: Message) -> None:
        self.message_attributes: Mapping[str, Any] = message.message_attributes
        self.system_attributes: Mapping[str, Any] = message.system_attributes
        self.group_id = message.group_id
        self.deduplication_id = message.deduplication_id
        self.sequence_number = message.sequence_number
        self.source_arn: str | None = getattr(message, "dead_letter_queue_source_arn", None)


def _extras(message: Message) -> Extras | None:
    has_ids = message.group_id is not None or message.deduplication_id is not None or message.sequence_number is not None
    has_attributes = message.message_attributes or message.system_attributes
    return Extras(message) if has_ids or has_attributes or hasattr(message, "dead_letter_queue_source_arn") else None


class QueueMessage(StoredMessage):
    """One message in one queue: its content, and its state.

    `sent_ms` and `first_received_ms` are milliseconds since the epoch, as SQS returns them. `receive_count` counts receives
    from all queues.
    """

    __slots__ = ("body", "extras", "first_received_ms", "message_id", "receive_count", "sender_id", "sent_ms")

    def __init__(self, message: Message, sent_ms: int, sent_at: int, available_at: int, group: str | None) -> None:
        super().__init__(sent_at, available_at, group)
        self.message_id = message.id
        self.body = message.body
        self.sender_id = message.sender_id
        self.sent_ms = sent_ms
        self.first_received_ms = message.approximate_first_receive_timestamp
        self.receive_count = message.approximate_receive_count
        self.extras = _extras(message)

    @property
    def body_md5(self) -> str:
        """Returns the digest of the body."""
        return _md5(self.body)

    @property
    def attributes_md5(self) -> str | None:
        """Returns the digest of the message attributes; None without any."""
        return moto_message(self).attribute_md5 if self.message_attributes else None

    @property
    def message_attributes(self) -> Mapping[str, Any]:
        """Returns the message attributes, as in calls of boto3."""
        return NOTHING if self.extras is None else self.extras.message_attributes

    @property
    def source_arn(self) -> str | None:
        """Returns the queue from which SQS moved the message to this one."""
        return None if self.extras is None else self.extras.source_arn

    def system_attributes(self) -> dict[str, str]:
        """Returns SQS's own attributes, in AWS's order (SQS-E1, SQS-E3, SQS-56)."""
        count, sent, extras = str(self.receive_count), str(int(self.sent_ms)), self.extras
        first = {} if self.first_received_ms is None else {"ApproximateFirstReceiveTimestamp": str(self.first_received_ms)}
        if extras is None:
            return {"ApproximateReceiveCount": count, "SentTimestamp": sent, "SenderId": self.sender_id, **first}
        found: dict[str, str | None] = {
            "AWSTraceHeader": extras.system_attributes.get("AWSTraceHeader", NOTHING).get("StringValue"),
            "ApproximateReceiveCount": count, "SentTimestamp": sent, "SequenceNumber": extras.sequence_number,
            "MessageGroupId": extras.group_id, "SenderId": self.sender_id,
            "MessageDeduplicationId": extras.deduplication_id, **first, "DeadLetterQueueSourceArn": extras.source_arn,
        }  # fmt: skip
        return {name: value for name, value in found.items() if value is not None}


@lru_cache(maxsize=16)
def _md5(body: str) -> str:
    """Returns the digest of a body. A message that its function never processes is received many times."""
    return hashlib.md5(body.encode("utf-8"), usedforsecurity=False).hexdigest()


def moto_message(held: QueueMessage) -> Message:
    """Returns a message in moto's form, as it is now."""
    message: Any = Message(held.message_id, held.body)
    message.receipt_handle = held.receipt
    message.sender_id = held.sender_id
    message.sent_timestamp = held.sent_ms
    message.approximate_first_receive_timestamp = held.first_received_ms
    message.approximate_receive_count = held.receive_count
    extras = held.extras
    if extras is not None:
        message.message_attributes = dict(extras.message_attributes)
        message.system_attributes = dict(extras.system_attributes)
        message.group_id = extras.group_id
        message.deduplication_id = extras.deduplication_id
        message.sequence_number = extras.sequence_number
        if extras.source_arn is not None:
            message.dead_letter_queue_source_arn = extras.source_arn
    found: Message = message
    return found
