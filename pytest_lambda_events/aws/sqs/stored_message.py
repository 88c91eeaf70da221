"""A message in a queue."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(eq=False, slots=True)
class StoredMessage:
    """One message in one queue. Instants are microseconds since the clock's start.

    `receives` counts those of this queue: a message that came from elsewhere begins at 0. `receipt` is the newest.
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
        """Hidden, and not by a receive."""
        return self.is_hidden and not self.receives

    @property
    def is_in_flight(self) -> bool:
        """Hidden by a receive."""
        return self.is_hidden and self.receives > 0
