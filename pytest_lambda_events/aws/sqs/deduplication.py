"""Deduplication of messages in FIFO queues, and their sequence numbers."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import NamedTuple

from ...simulation.clock import MICROSECONDS

WINDOW = 300 * MICROSECONDS
"""How long after a message its duplicates are not accepted, even if it was deleted."""
FIRST_SEQUENCE_NUMBER = 18_849_496_460_467_696_128
SEQUENCE_STEP = 256


class Sent(NamedTuple):
    """What SQS returns for a message of a FIFO queue, and for its duplicates."""

    message_id: str
    sequence_number: str


class Deduplication:
    """The deduplication window of one queue. Times are in microseconds since the clock's start."""

    def __init__(self) -> None:
        self._sent: OrderedDict[Hashable, tuple[int, Sent]] = OrderedDict()

    def find(self, key: Hashable, now: int) -> Sent | None:
        """Returns the earlier message with the same key, if there is one in the window."""
        while self._sent:
            first, (sent_at, _) = next(iter(self._sent.items()))
            if sent_at + WINDOW > now:
                break
            del self._sent[first]
        found = self._sent.get(key)
        return None if found is None else found[1]

    def add(self, key: Hashable, now: int, sent: Sent) -> None:
        """Adds a message that has no earlier one in the window."""
        self._sent[key] = (now, sent)


class SequenceNumbers:
    """Ascending numbers of 20 digits, the same in every run."""

    def __init__(self) -> None:
        self._last = FIRST_SEQUENCE_NUMBER - SEQUENCE_STEP

    def next(self) -> str:
        """Returns the next number."""
        self._last += SEQUENCE_STEP
        return str(self._last)
