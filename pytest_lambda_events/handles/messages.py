"""Messages as a test looks at them, and the records and letters among them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ..errors import LambdaEventsError, hides_frames
from ..records import dead_letter, invocation_record
from ..records.dead_letter import DeadLetter
from ..records.invocation_record import InvocationRecord, NotARecord

__tracebackhide__ = hides_frames

Json = Any


@dataclass(frozen=True)
class Message:
    """One message of a queue or a topic. `json` is its body decoded, or the text itself where it is no JSON.

    `attributes` are SQS's own, `message_attributes` the sender's, by name. A message can be received from `visible_at` on.
    """

    message_id: str
    """Its id."""
    body: str
    """Its text."""
    sent_at: datetime
    """When it was sent."""
    visible_at: datetime
    """From when on it can be received."""
    approximate_receive_count: int = 0
    """How often it was received."""
    attributes: Mapping[str, str] = field(default_factory=dict)
    """SQS's own, as text."""
    message_attributes: Mapping[str, Json] = field(default_factory=dict)
    """The sender's, by name."""

    @property
    def json(self) -> Json:
        """The body, decoded."""
        try:
            return json.loads(self.body)
        except ValueError:
            return self.body


def records_of(messages: Iterable[Message], place: str, start: datetime | None = None) -> list[InvocationRecord]:
    """The invocation records that the messages are. Raises `LambdaEventsError` for a message that is none.

    A function's dead letters are passed over: a queue may serve as both.
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
                "invocation_records reads what Lambda delivers; messages has every message."
            ) from None
    return records


def _sent(message: Message, start: datetime | None) -> str:
    """When a message was sent, counted from the clock's start."""
    return "" if start is None else f"  (sent at {(message.sent_at - start).total_seconds():g} s)"


def letters_of(messages: Iterable[Message]) -> list[DeadLetter]:
    """The messages that functions left here as their dead-letter queue."""
    return [
        dead_letter.read(message.body, message.message_attributes)
        for message in messages
        if "RequestID" in message.message_attributes
    ]
