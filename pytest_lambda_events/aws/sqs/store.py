"""The content of one queue: which messages are receivable when. Its cost grows with the logarithm of the number of
messages.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Iterator
from enum import Enum
from typing import Generic

from ...values import dataclass
from .order import ByArrival, ByGroup, M

NEVER = 1 << 62
"""An instant after all others."""


class ReceiptStatus(Enum):
    """Whether a receipt handle is valid now."""

    UNKNOWN = "is not from this queue"
    GONE = "belongs to a message that was deleted or has expired"
    STALE = "is not the newest one of its message"
    ENDED = "belongs to a message whose visibility timeout is over and that was not received again"
    IN_FLIGHT = "belongs to a message in flight"

    @property
    def is_newest(self) -> bool:
        """Returns whether it is the newest one of a message that still exists."""
        return self in (ReceiptStatus.ENDED, ReceiptStatus.IN_FLIGHT)


@dataclass(slots=True)
class Receive(Generic[M]):
    """The result of one receive: `taken` are in flight now, `exhausted` were removed."""

    taken: list[M]
    exhausted: list[M]


class MessageStore(Generic[M]):
    """The messages of one queue, in order of arrival.

    Every method takes the current time, which never goes back. The effects of time are applied then and not earlier: messages
    become visible at `available_at`, and are removed `retention` after they were sent, in flight or not.
    """

    def __init__(self, *, is_fifo: bool, retention: int, expired: Callable[[M], None] = lambda held: None) -> None:
        self.is_fifo = is_fifo
        self._retention = retention
        self._expired = expired
        self._held: dict[int, M] = {}
        self._receipts: dict[str, M] = {}
        # The newest receipts of removed messages, so that their contents need no memory any more.
        self._receipts_of_gone: set[str] = set()
        self._hidden: list[tuple[int, int]] = []
        # Messages in order of arrival, and those that were sent before a message that arrived earlier.
        self._by_age: deque[int] = deque()
        self._older: list[tuple[int, int]] = []
        self._newest = 0
        # Time has no effect before this instant.
        self._quiet_until = 0
        self._in_flight = 0
        self._delayed = 0
        self._arrivals = 0
        self._order = self._new_order()

    def messages(self, now: int) -> Iterator[M]:
        """Returns all messages, in order of arrival."""
        self._settle(now)
        return iter(list(self._held.values()))

    def newest(self, now: int) -> Iterator[M]:
        """Yields all messages, the latest arrival first. Reading only the first few is cheap."""
        self._settle(now)
        return reversed(self._held.values())

    def counts(self, now: int) -> tuple[int, int, int]:
        """Returns how many are visible, in flight, and delayed."""
        self._settle(now)
        return len(self._held) - self._in_flight - self._delayed, self._in_flight, self._delayed

    def next_receivable_at(self, now: int) -> int | None:
        """Returns the first time, now at the earliest, at which a receive finds a message; None if never."""
        self._settle(now)
        return now if self._order.has_one() else self._order.next_at()

    def find(self, receipt: str) -> M | None:
        """Returns the message of a receipt; None if it is unknown or the message was removed."""
        return self._receipts.get(receipt)

    def receipt_status(self, receipt: str, now: int) -> ReceiptStatus:
        """Returns the current status of a receipt."""
        self._settle(now)
        held = self._receipts.get(receipt)
        if held is None:
            return ReceiptStatus.GONE if receipt in self._receipts_of_gone else ReceiptStatus.UNKNOWN
        if held.is_gone:
            return ReceiptStatus.GONE
        if held.receipt != receipt:
            return ReceiptStatus.STALE
        return ReceiptStatus.IN_FLIGHT if held.is_hidden else ReceiptStatus.ENDED

    def add(self, held: M, now: int) -> None:
        """Adds a message, hidden until its `available_at`. It may have been received here before."""
        self._settle(now)
        self._arrivals += 1
        held.order = self._arrivals
        if held.receipt is not None:
            self._receipts[held.receipt] = held
        self._held[held.order] = held
        if held.sent_at >= self._newest:
            self._newest = held.sent_at
            self._by_age.append(held.order)
        else:
            heapq.heappush(self._older, (held.sent_at, held.order))
        self._quiet_until = min(self._quiet_until, self._gone_at(held))
        if held.available_at > now:
            self._hide(held)
        self._order.added(held)

    def receive(
        self, now: int, count: int, visible_at: int, maximum: int | None, new_receipt: Callable[[], str]
    ) -> Receive[M]:
        """Returns up to `count` messages, hidden until `visible_at`, in the order of this kind of queue.

        It also removes messages on the way that were received `maximum` times (SQS-53).
        """
        self._settle(now)
        taken, exhausted = self._order.take(count, maximum)
        for held in exhausted:
            self._remove(held)
        for held in taken:
            self._mark_received(held, now, visible_at, new_receipt())
        self._order.taken(taken)
        return Receive(taken, exhausted)

    def receive_again(
        self, receipt: str, now: int, visible_at: int, maximum: int | None, new_receipt: Callable[[], str]
    ) -> Receive[M]:
        """Receives a message in flight again, because standard queues deliver at least once (SQS-03)."""
        if self.receipt_status(receipt, now) is not ReceiptStatus.IN_FLIGHT:
            return Receive([], [])
        held = self._receipts[receipt]
        self._show(held)
        if maximum is not None and held.receives >= maximum:
            self._remove(held)
            return Receive([], [held])
        self._mark_received(held, now, visible_at, new_receipt())
        self._order.changed(held)
        return Receive([held], [])

    def _mark_received(self, held: M, now: int, visible_at: int, receipt: str) -> None:
        held.receives += 1
        held.received_at, held.available_at = now, visible_at
        held.receipt = receipt
        self._receipts[receipt] = held
        if visible_at > now:
            self._hide(held)

    def delete(self, receipt: str, now: int) -> bool:
        """Deletes the message of a receipt. Returns False if the receipt is not valid any more."""
        self._settle(now)
        held = self._receipts.get(receipt)
        if held is None or held.receipt != receipt or held.is_gone or (self.is_fifo and not held.is_hidden):
            return False
        self._remove(held)
        return True

    def can_delete(self, receipt: str, now: int) -> bool:
        """Returns whether a receipt is valid for a delete: in a FIFO queue only while the message is in flight (SQS-48)."""
        receipt_status = self.receipt_status(receipt, now)
        return receipt_status is ReceiptStatus.IN_FLIGHT or (receipt_status is ReceiptStatus.ENDED and not self.is_fifo)

    def change_visibility(self, receipt: str, now: int, visible_at: int) -> ReceiptStatus:
        """Sets when a message reappears, by its newest receipt, also for one that has already reappeared (SQS-4A)."""
        receipt_status = self.receipt_status(receipt, now)
        if receipt_status.is_newest:
            held = self._receipts[receipt]
            self._show(held)
            held.available_at = visible_at
            if visible_at > now:
                self._hide(held)
            self._order.changed(held)
        return receipt_status

    def clear(self, now: int) -> None:
        """Removes all messages, in flight or not. Receipts stay known."""
        self._settle(now)
        for held in self._held.values():
            self._forget(held)
        self._held.clear()
        self._hidden, self._by_age, self._older, self._newest = [], deque(), [], 0
        self._in_flight = self._delayed = 0
        self._order = self._new_order()

    def remove(self, held: M, now: int) -> None:
        """Removes a message."""
        self._settle(now)
        if not held.is_gone:
            self._remove(held)

    @property
    def retention(self) -> int:
        """Returns how long messages are kept, in microseconds."""
        return self._retention

    def retain(self, retention: int, now: int) -> None:
        """Changes how long messages are kept, including existing ones."""
        self._settle(now)
        self._retention = retention
        self._quiet_until = 0
        self._settle(now)
        self._hidden = []
        for held in self._held.values():
            if held.is_hidden and self._comes_back(held):
                heapq.heappush(self._hidden, (held.available_at, held.order))
        self._quiet_until = 0
        self._order.retention_changed()

    def _settle(self, now: int) -> None:
        """Applies the effects of time, in order. Groups become available in this order."""
        if now < self._quiet_until:
            return
        oldest = self._oldest()
        while now >= self._quiet_until:
            gone_at = NEVER if oldest is None else oldest.sent_at + self._retention
            shown_at = self._hidden[0][0] if self._hidden else NEVER
            if oldest is not None and gone_at <= now and gone_at <= shown_at:
                self._remove(oldest)
                self._expired(oldest)
                oldest = self._oldest()
            elif shown_at <= now:
                self._reappear(*heapq.heappop(self._hidden))
            else:
                self._quiet_until = min(gone_at, shown_at)

    def _oldest(self) -> M | None:
        """Returns the message that expires first."""
        by_age, older, held = self._by_age, self._older, self._held
        while by_age and by_age[0] not in held:
            by_age.popleft()
        while older and older[0][1] not in held:
            heapq.heappop(older)
        first = held[by_age[0]] if by_age else None
        second = held[older[0][1]] if older else None
        if first is None or second is None:
            return second if first is None else first
        return min(first, second, key=lambda one: (one.sent_at, one.order))

    def _reappear(self, available_at: int, order: int) -> None:
        held = self._held.get(order)
        if held is not None and held.is_hidden and held.available_at == available_at:
            self._show(held)
            self._order.changed(held)

    def _hide(self, held: M) -> None:
        held.is_hidden = True
        if held.receives:
            self._in_flight += 1
        else:
            self._delayed += 1
        if self._comes_back(held):
            heapq.heappush(self._hidden, (held.available_at, held.order))
            if held.available_at < self._quiet_until:
                self._quiet_until = held.available_at

    def _show(self, held: M) -> None:
        if held.is_hidden:
            if held.receives:
                self._in_flight -= 1
            else:
                self._delayed -= 1
            held.is_hidden = False

    def _remove(self, held: M) -> None:
        del self._held[held.order]
        self._show(held)
        self._forget(held)
        self._order.removed(held)

    def _forget(self, held: M) -> None:
        held.is_gone = True
        if held.receipt is not None:
            self._receipts.pop(held.receipt, None)
            self._receipts_of_gone.add(held.receipt)

    def _comes_back(self, held: M) -> bool:
        return held.available_at < held.sent_at + self._retention

    def _gone_at(self, held: M) -> int:
        return held.sent_at + self._retention

    def _next_reappearance(self) -> int | None:
        while self._hidden:
            available_at, order = self._hidden[0]
            held = self._held.get(order)
            if held is not None and held.is_hidden and held.available_at == available_at:
                return available_at
            heapq.heappop(self._hidden)
        return None

    def _new_order(self) -> ByArrival[M] | ByGroup[M]:
        return ByGroup(self._gone_at) if self.is_fifo else ByArrival(self._held, self._next_reappearance)
