"""The content of one queue: which messages are receivable when. Its cost grows with the logarithm of the number of
messages.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

from .order import ByArrival, ByGroup
from .stored_message import StoredMessage


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


@dataclass(frozen=True, slots=True)
class Receive:
    """The result of one receive: `taken` are in flight now, `exhausted` were removed."""

    taken: list[StoredMessage]
    exhausted: list[StoredMessage]


class MessageStore:
    """The messages of one queue, in order of arrival.

    Every method takes the current time, which never goes back. The effects of time are applied then and not earlier: messages
    become visible at `available_at`, and are removed `retention` after they were sent, in flight or not.
    """

    def __init__(self, *, is_fifo: bool, retention: int, expired: Callable[[StoredMessage], None] = lambda held: None) -> None:
        self.is_fifo = is_fifo
        self._retention = retention
        self._expired = expired
        self._held: dict[int, StoredMessage] = {}
        self._receipts: dict[str, StoredMessage] = {}
        self._hidden: list[tuple[int, int]] = []
        self._by_age: list[tuple[int, int]] = []
        self._in_flight = 0
        self._delayed = 0
        self._arrivals = 0
        self._order = self._new_order()

    def messages(self, now: int) -> Iterator[StoredMessage]:
        """Returns all messages, in order of arrival."""
        self._settle(now)
        return iter(list(self._held.values()))

    def newest(self, now: int) -> Iterator[StoredMessage]:
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

    def find(self, receipt: str) -> StoredMessage | None:
        """Returns the message of a receipt, even if it was removed."""
        return self._receipts.get(receipt)

    def receipt_status(self, receipt: str, now: int) -> ReceiptStatus:
        """Returns the current status of a receipt."""
        self._settle(now)
        held = self._receipts.get(receipt)
        if held is None:
            return ReceiptStatus.UNKNOWN
        if held.is_gone:
            return ReceiptStatus.GONE
        if held.receipt != receipt:
            return ReceiptStatus.STALE
        return ReceiptStatus.IN_FLIGHT if held.is_hidden else ReceiptStatus.ENDED

    def add(self, payload: Any, now: int, *, sent_at: int, available_at: int, group: str | None = None) -> StoredMessage:
        """Adds a message, hidden until `available_at`."""
        return self.adopt(payload, now, sent_at=sent_at, available_at=available_at, group=group)

    def adopt(
        self, payload: Any, now: int, *, sent_at: int, available_at: int, group: str | None = None,
        receives: int = 0, receipt: str | None = None,
    ) -> StoredMessage:  # fmt: skip
        """Adds a message that may have been received here before."""
        self._settle(now)
        self._arrivals += 1
        held = StoredMessage(payload, self._arrivals, group, sent_at, available_at, receives=receives, receipt=receipt)
        if receipt is not None:
            self._receipts[receipt] = held
        self._held[held.order] = held
        heapq.heappush(self._by_age, (sent_at, held.order))
        if available_at > now:
            self._hide(held)
        self._order.added(held)
        return held

    def receive(self, now: int, count: int, visible_at: int, maximum: int | None, new_receipt: Callable[[], str]) -> Receive:
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
    ) -> Receive:
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

    def _mark_received(self, held: StoredMessage, now: int, visible_at: int, receipt: str) -> None:
        held.receives += 1
        held.received_at, held.available_at = now, visible_at
        held.receipt = receipt
        self._receipts[receipt] = held
        if visible_at > now:
            self._hide(held)

    def delete(self, receipt: str, now: int) -> bool:
        """Deletes the message of a receipt. Returns False if the receipt is not valid any more."""
        is_valid = self.can_delete(receipt, now)
        if is_valid:
            self._remove(self._receipts[receipt])
        return is_valid

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
            held.is_gone = True
        self._held.clear()
        self._hidden, self._by_age = [], []
        self._in_flight = self._delayed = 0
        self._order = self._new_order()

    def remove(self, held: StoredMessage, now: int) -> None:
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
        self._settle(now)
        self._hidden = []
        for held in self._held.values():
            if held.is_hidden and self._comes_back(held):
                heapq.heappush(self._hidden, (held.available_at, held.order))
        self._order.retention_changed()

    def _settle(self, now: int) -> None:
        """Applies the effects of time, in order. Groups become available in this order."""
        while True:
            gone_at = self._by_age[0][0] + self._retention if self._by_age else None
            shown_at = self._hidden[0][0] if self._hidden else None
            if gone_at is not None and gone_at <= now and (shown_at is None or gone_at <= shown_at):
                self._expire(heapq.heappop(self._by_age)[1])
            elif shown_at is not None and shown_at <= now:
                self._reappear(*heapq.heappop(self._hidden))
            else:
                return

    def _expire(self, order: int) -> None:
        held = self._held.get(order)
        if held is not None:
            self._remove(held)
            self._expired(held)

    def _reappear(self, available_at: int, order: int) -> None:
        held = self._held.get(order)
        if held is not None and held.is_hidden and held.available_at == available_at:
            self._show(held)
            self._order.changed(held)

    def _hide(self, held: StoredMessage) -> None:
        held.is_hidden = True
        if held.receives:
            self._in_flight += 1
        else:
            self._delayed += 1
        if self._comes_back(held):
            heapq.heappush(self._hidden, (held.available_at, held.order))

    def _show(self, held: StoredMessage) -> None:
        if held.is_in_flight:
            self._in_flight -= 1
        elif held.is_delayed:
            self._delayed -= 1
        held.is_hidden = False

    def _remove(self, held: StoredMessage) -> None:
        del self._held[held.order]
        self._show(held)
        held.is_gone = True
        self._order.removed(held)

    def _comes_back(self, held: StoredMessage) -> bool:
        return held.available_at < self._gone_at(held)

    def _gone_at(self, held: StoredMessage) -> int:
        return held.sent_at + self._retention

    def _next_reappearance(self) -> int | None:
        while self._hidden:
            available_at, order = self._hidden[0]
            held = self._held.get(order)
            if held is not None and held.is_hidden and held.available_at == available_at:
                return available_at
            heapq.heappop(self._hidden)
        return None

    def _new_order(self) -> ByArrival | ByGroup:
        return ByGroup(self._gone_at) if self.is_fifo else ByArrival(self._held, self._next_reappearance)
