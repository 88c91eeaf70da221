"""What a FIFO topic accepted recently (PSH-83 to 87). It uses only values, without AWS."""

from __future__ import annotations

import hashlib

from ...limits import SNS_DEDUPLICATION_SECONDS
from ...simulation.clock import MICROSECONDS
from ...values import dataclass

FIRST_SEQUENCE_NUMBER = 10_000_000_000_000_000_000
SEQUENCE_STEP = 1_000
TOPIC, MESSAGE_GROUP = "Topic", "MessageGroup"
SCOPES = (TOPIC, MESSAGE_GROUP)
_WINDOW = SNS_DEDUPLICATION_SECONDS * MICROSECONDS

Key = tuple[str | None, str]
"""The group, if groups are deduplicated apart, and the deduplication id."""


@dataclass(frozen=True, slots=True)
class Published:
    """The ids of an accepted message, which the publisher gets. Standard topics have no sequence numbers."""

    message_id: str
    sequence_number: str | None = None


class AcceptedMessages:
    """The messages that one FIFO topic accepted in the last five minutes, and its sequence numbers."""

    def __init__(self) -> None:
        self._firsts: dict[Key, tuple[int, Published]] = {}
        self._count = 0

    def first(self, key: Key, now: int) -> Published | None:
        """Returns the first message with this key, if a new one is its duplicate. `now` is in microseconds (PSH-83)."""
        found = self._firsts.get(key)
        return found[1] if found is not None and now < found[0] + _WINDOW else None

    def add(self, key: Key, message_id: str, now: int) -> Published:
        """Numbers a message that is not a duplicate, and remembers it (PSH-87)."""
        number = FIRST_SEQUENCE_NUMBER + SEQUENCE_STEP * self._count
        self._count += 1
        self._forget(now)
        published = Published(message_id, str(number))
        self._firsts[key] = now, published
        return published

    def _forget(self, now: int) -> None:
        while self._firsts:
            key = next(iter(self._firsts))
            if now < self._firsts[key][0] + _WINDOW:
                return
            del self._firsts[key]


def key_of(group_id: str | None, deduplication_id: str | None, message: str, scope: str | None) -> tuple[Key, str]:
    """Returns the key of a message and its deduplication id: the hash of its body if there is no id (PSH-84, PSH-85).

    `scope` is the topic's `FifoThroughputScope`.
    """
    deduplication_id = deduplication_id or hashlib.sha256(message.encode("utf-8", "surrogatepass")).hexdigest()
    return (group_id if scope == MESSAGE_GROUP else None, deduplication_id), deduplication_id
