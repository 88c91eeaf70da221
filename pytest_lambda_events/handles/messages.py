"""Messages of queues and topics, and the invocation records and dead letters among them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import field
from datetime import datetime
from typing import Any

from ..errors import LambdaEventsError, hides_frames
from ..records import dead_letter, invocation_record
from ..records.dead_letter import DeadLetter
from ..records.invocation_record import InvocationRecord, NotARecord
from ..values import dataclass

__tracebackhide__ = hides_frames

Json = Any


@dataclass(frozen=True)
class Message:
    """A message of a queue or a topic."""

    message_id: str
    """The id of the message."""
    body: str
    """The text of the message."""
    sent_at: datetime
    """When the message was sent."""
    visible_at: datetime
    """When the message can be received."""
    approximate_receive_count: int = 0
    """How often the message was received."""
    attributes: Mapping[str, str] = field(default_factory=dict)
    """The system attributes of SQS, as text."""
    message_attributes: Mapping[str, Json] = field(default_factory=dict)
    """The message attributes of the sender, by name."""

    @property
    def json(self) -> Json:
        """The body, decoded. If it is not JSON, the text itself."""
        try:
            return json.loads(self.body)
        except ValueError:
            return self.body


def records_of(messages: Iterable[Message], place: str, start: datetime | None = None) -> list[InvocationRecord]:
    """Returns the messages as invocation records. Raises `LambdaEventsError` for a message that is not an invocation record.

    Dead letters of functions are skipped, because a queue may receive both.
    """
    records = []
    for number, message in enumerate(messages, 1):
        if "RequestID" in message.message_attributes:
            continue
        try:
            records.append(invocation_record.read(message.body))
        except NotARecord:
            raise LambdaEventsError(
                f"Message {number} of {place} is not an invocation record: {message.body}{_sent(message, start)}\n"
                "invocation_records reads only invocation records. Use messages instead."
            ) from None
    return records


def _sent(message: Message, start: datetime | None) -> str:
    """Returns when a message was sent, in seconds since `start_time`."""
    return "" if start is None else f"  (sent at {(message.sent_at - start).total_seconds():g} s)"


def letters_of(messages: Iterable[Message]) -> list[DeadLetter]:
    """Returns the messages that functions sent here as their dead-letter queue."""
    return [
        dead_letter.read(message.body, message.message_attributes)
        for message in messages
        if "RequestID" in message.message_attributes
    ]
