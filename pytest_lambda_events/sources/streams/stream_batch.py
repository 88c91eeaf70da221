"""Batches of records of a shard, and parts of batches."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from functools import partial
from itertools import repeat
from typing import Any, NamedTuple, Protocol

from ...service.invoke_request import InvokeRequest, Result
from ...service.tracing import Trace
from ...values import dataclass
from ..events import encoded, event
from ..mapping import Settings
from ..ports import Position, StreamRecord
from .decisions import Outcome, Window


class Item(NamedTuple):
    """A record, its JSON in the event, and the last members of that JSON, which the mapping adds.

    There are many, and tuples are the quickest to create: see `items_of`.
    """

    record: StreamRecord
    encoded: bytes
    added: Mapping[str, str]


def items_of(records: Sequence[StreamRecord], added: Mapping[str, str]) -> tuple[list[Item], int]:
    """Returns the items of records, and their size in the event without commas.

    `added` has the members that the mapping adds to each record.
    """
    ending = "," + encoded(added)[1:].decode() if added else "}"
    texts = list(map(str.encode, [record.json(ending) for record in records]))
    return list(map(_item, zip(records, texts, repeat(added), strict=False))), sum(map(len, texts))


_item: Callable[[tuple[StreamRecord, bytes, Mapping[str, str]]], Item] = partial(tuple.__new__, Item)


@dataclass(frozen=True, slots=True)
class WindowCall:
    """A call for a tumbling window, without the state of the window (KIN-85, 88)."""

    window: Window
    is_final: bool = False
    is_terminated_early: bool = False

    def info(self) -> dict[str, Any]:
        """Returns the window as failure records have it (KIN-E7)."""
        return {
            "window": self.window.shown(),
            "isFinalInvokeForWindow": self.is_final,
            "isWindowTerminatedEarly": self.is_terminated_early,
        }


@dataclass(eq=False, slots=True)
class StreamBatch:
    """A batch, or a part of a batch, with its own attempts.

    Args:
        end: The place where the worker continues after the batch.
        invoke_count: The number of attempts that reached the function.
        attempts: The number of all attempts.
        begun_at: The instant of the first attempt.
        attempted_at: The instant of the last attempt.
        request_id: The request id, which stays the same while the batch has the same records (KIN-4D).
        earlier: The number of earlier attempts with the same records whose success was lost.
        was_repeated: Whether a planned fault delivered the batch again after a success.
        has_failed: Whether the records are those that failed in an attempt of a larger batch, whose counts it has.
    """

    items: tuple[Item, ...]
    end: Position
    settings: Settings
    call: WindowCall | None = None
    invoke_count: int = 0
    attempts: int = 0
    begun_at: int | None = None
    attempted_at: int | None = None
    request_id: str | None = None
    trace: Trace | None = None
    result: Result | None = None
    is_too_large: bool = False
    earlier: int = 0
    was_repeated: bool = False
    has_failed: bool = False
    sequence_numbers: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        self._keep(self.items)

    def _keep(self, items: tuple[Item, ...]) -> None:
        self.items = items
        self.sequence_numbers = tuple([item.record.sequence_number for item in items])

    @property
    def number(self) -> int:
        """The number of the last attempt."""
        return self.earlier + self.attempts

    @property
    def closes_window(self) -> bool:
        """Whether this is the final call for a window, which has no records (KIN-87, 88)."""
        return self.call is not None and self.call.is_final

    @property
    def cause(self) -> str | None:
        """The trace header of the call that put the first record that has one."""
        return next((item.record.cause for item in self.items if item.record.cause is not None), None)

    def without(self, gone: set[Position]) -> None:
        """Drops records that must not be sent any more. The remaining records count as another batch."""
        if gone:
            self._keep(tuple(item for item in self.items if item.record.position not in gone))
            self.request_id = None

    def reorder(self, records: Sequence[StreamRecord]) -> None:
        """Puts the records of the batch in another order."""
        items = {item.record.sequence_number: item for item in self.items}
        self._keep(tuple(items[record.sequence_number] for record in records))

    def split(self, at: int) -> tuple[StreamBatch, StreamBatch]:
        """Returns the records before a place and the records after it, each with its own attempts (KIN-55, 61)."""
        before = StreamBatch(self.items[:at], self.items[at - 1].record.position, self.settings, self.call)
        return before, StreamBatch(self.items[at:], self.end, self.settings, self.call)

    def event(self) -> dict[str, Any] | None:
        """Returns the decoded payload as a new object. None if it takes longer to create it than to decode the payload."""
        if self.call is not None or not self.items:
            return None
        first, added = self.items[0].record, self.items[0].added
        records = [record for record, _, own in self.items if own is added or own == added]
        if len(records) < len(self.items):
            # The role of the function changed between two reads, and is a member of each record.
            return None
        values = first.values(records, added)
        return None if values is None else {"Records": values}

    def payload(self, shard_id: str, source_arn: str, state: Any) -> bytes:
        """Returns the event as JSON. With a window it has the members of the window, in AWS's order (DDB-41)."""
        records = [item.encoded for item in self.items]
        if self.call is None:
            return event(records)
        window = {
            "shardId": shard_id,
            "eventSourceARN": source_arn,
            "window": self.call.window.shown(),
            "state": state,
            "isFinalInvokeForWindow": self.call.is_final,
            "isWindowTerminatedEarly": self.call.is_terminated_early,
        }
        return event(records, window)


class Worker(Protocol):
    """The worker of a shard to which batches belong."""

    @property
    def shard_id(self) -> str:
        """The id of the shard."""

    @property
    def state(self) -> Any:
        """The current state of the tumbling window."""

    def ran(self, batch: StreamBatch) -> None:
        """The function ran with a batch."""

    def done(self, batch: StreamBatch, state: Any, *, is_success: bool) -> Sequence[StreamBatch]:
        """A batch was processed or discarded. Returns batches that must follow immediately."""

    def idle(self) -> None:
        """All batches are finished."""

    def checkpoint_lost(self, delay: float) -> None:
        """The checkpoint of a batch could not be kept. The worker reads again after `delay` seconds."""


class StreamConsumer(Protocol):
    """Processes the batches of one mapping of a stream: a function, or a pipe."""

    def begin(self, batch: StreamBatch, request: InvokeRequest, on_ended: Callable[[Outcome], None]) -> str | None:
        """Starts an attempt of a batch. Returns why it did not begin, which costs no retry, or None.

        It calls `on_ended` once with the outcome of an attempt that began.
        """
