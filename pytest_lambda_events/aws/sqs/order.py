"""The order in which messages of a queue are received: by arrival, or by message group."""

from __future__ import annotations

import heapq
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from typing import Generic, TypeVar

from .stored_message import StoredMessage

M = TypeVar("M", bound=StoredMessage)


def _is_exhausted(held: StoredMessage, maximum: int | None) -> bool:
    return maximum is not None and held.receives >= maximum


class ByArrival(Generic[M]):
    """A standard queue: all visible messages, the earliest arrival first."""

    def __init__(self, held: Mapping[int, M], next_reappearance: Callable[[], int | None]) -> None:
        self.next_at = next_reappearance
        self._held = held
        self._visible: list[int] = []

    def added(self, held: M) -> None:
        """Is called when a message has arrived, visible or not."""
        self.changed(held)

    def changed(self, held: M) -> None:
        """Is called when a message was hidden or shown."""
        if not held.is_hidden:
            heapq.heappush(self._visible, held.order)

    def removed(self, held: M) -> None:
        """Is called when a message was removed."""

    def retention_changed(self) -> None:
        """Is called when the retention period has changed. The order does not depend on it."""

    def taken(self, messages: Iterable[M]) -> None:
        """Is called when the taken messages have been hidden, or stay visible."""
        for held in messages:
            self.changed(held)

    def has_one(self) -> bool:
        """Returns whether any message is visible."""
        while self._visible and self._is_out_of_date(self._visible[0]):
            heapq.heappop(self._visible)
        return bool(self._visible)

    def take(self, count: int, maximum: int | None) -> tuple[list[M], list[M]]:
        """Takes up to `count` messages. Also takes those on the way that were received `maximum` times."""
        taken: list[M] = []
        exhausted: list[M] = []
        while len(taken) < count and self.has_one():
            order = heapq.heappop(self._visible)
            while self._visible and self._visible[0] == order:
                # It was shown more than once since it was last taken.
                heapq.heappop(self._visible)
            held = self._held[order]
            (exhausted if _is_exhausted(held, maximum) else taken).append(held)
        return taken, exhausted

    def _is_out_of_date(self, order: int) -> bool:
        held = self._held.get(order)
        return held is None or held.is_hidden


class Group(Generic[M]):
    """The messages of one group in order. `version` shows which notes about it are out of date.

    `place` is its place in the line of available groups, None while it is not available.
    """

    __slots__ = ("is_doomed", "messages", "place", "version")

    def __init__(self) -> None:
        self.messages: OrderedDict[int, M] = OrderedDict()
        self.version = 0
        self.place: int | None = None
        self.is_doomed = False

    @property
    def head(self) -> M:
        """Returns the first message."""
        return next(iter(self.messages.values()))


class ByGroup(Generic[M]):
    """A FIFO queue: from each group the messages before the first hidden one.

    The group that has been available for the longest time comes first. A group that was received, or that becomes available
    again, goes to the end of the line (SQS-85).
    """

    def __init__(self, gone_at: Callable[[M], int]) -> None:
        self._gone_at = gone_at
        self._groups: dict[str | None, Group[M]] = {}
        self._last_place = 0
        self._ready: list[tuple[int, int, Group[M]]] = []
        self._blocked: list[tuple[int, int, int, Group[M]]] = []

    def added(self, held: M) -> None:
        """Is called when a message has arrived, visible or not."""
        group = self._groups.setdefault(held.group, Group())
        group.messages[held.order] = held
        if group.is_doomed or len(group.messages) == 1:
            self._note(group)

    def changed(self, held: M) -> None:
        """Is called when a message was hidden or shown."""
        group = self._groups[held.group]
        if group.is_doomed or group.head is held:
            self._note(group)

    def removed(self, held: M) -> None:
        """Is called when a message was removed."""
        group = self._groups[held.group]
        concerned = group.is_doomed or group.head is held
        del group.messages[held.order]
        if not group.messages:
            group.version += 1
            del self._groups[held.group]
        elif concerned:
            self._note(group)

    def taken(self, messages: Iterable[M]) -> None:
        """Is called when the taken messages have been hidden, or stay visible."""
        for name in dict.fromkeys(held.group for held in messages):
            self._note(self._groups[name])

    def has_one(self) -> bool:
        """Returns whether any group begins with a visible message."""
        while self._ready and self._ready[0][1] != self._ready[0][2].version:
            heapq.heappop(self._ready)
        return bool(self._ready)

    def next_at(self) -> int | None:
        """Returns when the first group is no longer blocked; None if never."""
        while self._blocked and self._blocked[0][2] != self._blocked[0][3].version:
            heapq.heappop(self._blocked)
        return self._blocked[0][0] if self._blocked else None

    def take(self, count: int, maximum: int | None) -> tuple[list[M], list[M]]:
        """Takes up to `count` messages. Also takes those on the way that were received `maximum` times."""
        taken: list[M] = []
        exhausted: list[M] = []
        while len(taken) < count and self.has_one():
            group = heapq.heappop(self._ready)[2]
            group.place = None
            for held in group.messages.values():
                if held.is_hidden or len(taken) == count:
                    break
                (exhausted if _is_exhausted(held, maximum) else taken).append(held)
        return taken, exhausted

    def retention_changed(self) -> None:
        """Is called when the retention period has changed, because groups are then blocked until other times."""
        for group in self._groups.values():
            self._note(group)

    def _note(self, group: Group[M]) -> None:
        group.version += 1
        group.is_doomed = False
        head = group.head
        if not head.is_hidden:
            if group.place is None:
                self._last_place = group.place = self._last_place + 1
            heapq.heappush(self._ready, (group.place, group.version, group))
            return
        group.place = None
        at = self._free_at(group)
        if at is not None:
            heapq.heappush(self._blocked, (at, head.order, group.version, group))

    def _free_at(self, group: Group[M]) -> int | None:
        """Returns when the group is receivable. Hidden messages in front may reappear, or expire before that."""
        gone_at = None
        for held in group.messages.values():
            at = held.available_at if gone_at is None else max(held.available_at, gone_at)
            if at < self._gone_at(held):
                return at
            gone_at = self._gone_at(held) if gone_at is None else max(gone_at, self._gone_at(held))
            group.is_doomed = True
        return None
