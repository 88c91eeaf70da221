"""Deduplication of messages in FIFO queues, and their sequence numbers."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable

from moto.sqs.models import Message

from ...simulation.clock import MICROSECONDS

WINDOW = 300 * MICROSECONDS
"""How long after a message its duplicates are not accepted, even if it was deleted."""
FIRST_SEQUENCE_NUMBER = 18_849_496_460_467_696_128
SEQUENCE_STEP = 256


class Deduplication:
    """The deduplication window of one queue. Times are in microseconds since the clock's start."""

    def __init__(self) -> None:
        self._firsts: OrderedDict[Hashable, tuple[int, Message]] = OrderedDict()

    def first(self, message: Message, now: int, *, per_group: bool) -> Message:
        """Returns the earlier message that this one repeats, or the message itself."""
        while self._firsts:
            key, (sent_at, _) = next(iter(self._firsts.items()))
            if sent_at + WINDOW > now:
                break
            del self._firsts[key]
        key = (message.group_id if per_group else None, message.deduplication_id)
        return self._firsts.setdefault(key, (now, message))[1]


class SequenceNumbers:
    """Ascending numbers of 20 digits, the same in every run."""

    def __init__(self) -> None:
        self._last = FIRST_SEQUENCE_NUMBER - SEQUENCE_STEP

    def next(self) -> str:
        """Returns the next number."""
        self._last += SEQUENCE_STEP
        return str(self._last)
