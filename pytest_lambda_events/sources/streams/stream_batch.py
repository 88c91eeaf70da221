"""Records of a shard that are invoked together: a batch, or what is left of one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ...service.invoke_request import Result
from ...service.tracing import Trace
from ..events import event
from ..mapping import Settings
from ..ports import Position, StreamRecord
from .decisions import Window


@dataclass(eq=False, slots=True)
class Item:
    """A record with its JSON in the event. Not frozen: there are many, and those take ten times as long to make."""

    record: StreamRecord
    encoded: bytes


@dataclass(frozen=True, slots=True)
class WindowCall:
    """What the call of a window says of it, besides its state (KIN-85, 88)."""

    window: Window
    is_final: bool = False
    is_terminated_early: bool = False

    def info(self) -> dict[str, Any]:
        """As failure records have it (KIN-E7)."""
        return {
            "window": self.window.shown(),
            "isFinalInvokeForWindow": self.is_final,
            "isWindowTerminatedEarly": self.is_terminated_early,
        }


@dataclass(eq=False, slots=True)
class StreamBatch:
    """A batch, or a part of one that was split off, with its own attempts.

    `end` is the place from which its worker goes on once it is done. `invoke_count` counts the attempts that reached the
    function, `attempts` all of them. A batch keeps its request id as long as it keeps its records (KIN-4D).
    `begun_at` is the instant of the first attempt, `attempted_at` that of the last. `earlier` counts the attempts whose
    success was lost. `was_repeated` is whether it was delivered again after a success.
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
    sequence_numbers: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        self._keep(self.items)

    def _keep(self, items: tuple[Item, ...]) -> None:
        self.items = items
        self.sequence_numbers = tuple([item.record.sequence_number for item in items])

    @property
    def number(self) -> int:
        """That of its last attempt."""
        return self.earlier + self.attempts

    @property
    def closes_window(self) -> bool:
        """Whether it is a window's last call, which has no records (KIN-87, 88)."""
        return self.call is not None and self.call.is_final

    def without(self, gone: set[Position]) -> None:
        """Drop records that may not be sent any more: what is left is another batch."""
        if gone:
            self._keep(tuple(item for item in self.items if item.record.position not in gone))
            self.request_id = None

    def cut(self, at: int) -> tuple[StreamBatch, StreamBatch]:
        """What comes before a place, and the rest, each with its own attempts (KIN-55, 61)."""
        before = StreamBatch(self.items[:at], self.items[at - 1].record.position, self.settings, self.call)
        return before, StreamBatch(self.items[at:], self.end, self.settings, self.call)

    def payload(self, shard_id: str, source_arn: str, state: Any) -> bytes:
        """The event: of a window with what it says of that, in AWS's order (DDB-41)."""
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
