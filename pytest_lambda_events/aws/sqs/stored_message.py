"""The state of a message in a queue."""

from __future__ import annotations


class StoredMessage:
    """The state of one message in one queue. Times are in microseconds since the clock's start.

    `order` is set when it is added to a store. `receives` counts receives from this queue: a message from another queue
    begins at 0. `receipt` is the newest one.
    """

    __slots__ = ("available_at", "group", "is_gone", "is_hidden", "order", "receipt", "received_at", "receives", "sent_at")

    def __init__(self, sent_at: int, available_at: int, group: str | None = None) -> None:
        self.sent_at = sent_at
        self.available_at = available_at
        self.group = group
        self.order = 0
        self.is_hidden = False
        self.is_gone = False
        self.receives = 0
        self.received_at = 0
        self.receipt: str | None = None

    @property
    def is_delayed(self) -> bool:
        """Returns whether it is hidden, but not by a receive."""
        return self.is_hidden and not self.receives

    @property
    def is_in_flight(self) -> bool:
        """Returns whether it is hidden by a receive."""
        return self.is_hidden and self.receives > 0
