"""A message in a queue."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(eq=False, slots=True)
class StoredMessage:
    """One message in one queue. Times are in microseconds since the clock's start.

    `receives` counts receives from this queue: a message from another queue begins at 0. `receipt` is the newest one.
    """

    payload: Any
    order: int
    group: str | None
    sent_at: int
    available_at: int
    is_hidden: bool = False
    is_gone: bool = False
    receives: int = 0
    received_at: int = 0
    receipt: str | None = None

    @property
    def is_delayed(self) -> bool:
        """Returns whether it is hidden, but not by a receive."""
        return self.is_hidden and not self.receives

    @property
    def is_in_flight(self) -> bool:
        """Returns whether it is hidden by a receive."""
        return self.is_hidden and self.receives > 0
