"""Batches of messages: gathered, then invoked until each message is processed or released."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field
from typing import NamedTuple

from ... import limits
from ...simulation.scheduler import Timer
from ...values import dataclass
from ..events import FRAME_BYTES, event
from ..mapping import Settings
from ..ports import ReceivedMessage


class Item(NamedTuple):
    """A message and its record as JSON."""

    message: ReceivedMessage
    record: bytes


@dataclass(eq=False, slots=True)
class Batch:
    """Messages that are invoked together, with the settings that were in force when they were received.

    `is_final` is True once planned faults were applied: they split or repeat a batch only once.
    """

    settings: Settings
    items: list[Item] = field(default_factory=list)
    size: int = FRAME_BYTES
    attempts: int = 0
    is_final: bool = False
    _ids: tuple[str, ...] = ()

    @property
    def message_ids(self) -> tuple[str, ...]:
        """The message ids in the order of the event. The same ids are the same tuple, which journal entries share."""
        # Messages are only added at the end or removed.
        if len(self._ids) != len(self.items):
            self._ids = tuple([item.message.message_id for item in self.items])
        return self._ids

    @property
    def lease_ends_at(self) -> int:
        """The instant at which the first of its messages becomes visible again."""
        return min(item.message.visible_at for item in self.items)

    def payload(self) -> bytes:
        """Returns the event as JSON."""
        return event([item.record for item in self.items])

    def has_room_for(self, item: Item) -> bool:
        """Returns whether the event stays within BatchSize and 6 MB with one more message (SQS-34, 37)."""
        return len(self.items) < self.settings.batch_size and self._with(item) <= limits.EVENT_BYTES

    @property
    def is_full(self) -> bool:
        """Whether it has BatchSize messages."""
        return len(self.items) >= self.settings.batch_size

    @property
    def room(self) -> int:
        """How many more messages fit into BatchSize."""
        return self.settings.batch_size - len(self.items)

    def add(self, item: Item) -> None:
        """Appends a message. The first message is added whatever its size."""
        self.size = self._with(item)
        self.items.append(item)

    def _with(self, item: Item) -> int:
        return self.size + len(item.record) + (1 if self.items else 0)


@dataclass(eq=False, slots=True)
class OpenWindow:
    """A batch that gathers messages until its batching window ends, when `timer` is due."""

    batch: Batch
    timer: Timer


def batches_of(settings: Settings, items: list[Item], received: tuple[str, ...] = ()) -> Iterator[Batch]:
    """Divides the messages of one receive into as few batches as possible (SQS-33, 37). `received` are their ids."""
    batch = Batch(settings, _ids=received)
    for item in items:
        if batch.items and not batch.has_room_for(item):
            yield batch
            batch = Batch(settings)
        batch.add(item)
    if batch.items:
        yield batch
