"""Messages as one receive returns them to a poller."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.sqs.models import Message

from ...sources.ports import ReceivedMessage
from .stored_message import StoredMessage


def received_message(held: StoredMessage) -> ReceivedMessage:
    """Returns a message in its current state. A later receive changes its receipt handle and its attributes."""
    message: Message = held.payload
    has_attributes = bool(message.message_attributes)
    return ReceivedMessage(
        message_id=message.id,
        receipt_handle=held.receipt or "",
        body=message.body,
        md5_of_body=message.body_md5,
        visible_at=held.available_at,
        attributes=system_attributes(message),
        message_attributes=dict(message.message_attributes) if has_attributes else {},
        md5_of_message_attributes=message.attribute_md5 if has_attributes else None,
    )


def system_attributes(message: Any) -> Mapping[str, str]:
    """Returns SQS's own attributes of a message, in AWS's order (SQS-E1, SQS-E3, SQS-56)."""
    found: dict[str, str | None] = {}
    if message.system_attributes:
        found["AWSTraceHeader"] = message.system_attributes.get("AWSTraceHeader", {}).get("StringValue")
    found["ApproximateReceiveCount"] = str(message.approximate_receive_count)
    found["SentTimestamp"] = str(int(message.sent_timestamp))
    found["SequenceNumber"] = message.sequence_number
    found["MessageGroupId"] = message.group_id
    found["SenderId"] = message.sender_id
    found["MessageDeduplicationId"] = message.deduplication_id
    first_received = message.approximate_first_receive_timestamp
    found["ApproximateFirstReceiveTimestamp"] = None if first_received is None else str(first_received)
    found["DeadLetterQueueSourceArn"] = getattr(message, "dead_letter_queue_source_arn", None)
    return {name: value for name, value in found.items() if value is not None}
