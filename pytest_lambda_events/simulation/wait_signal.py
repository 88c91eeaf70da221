"""Signals for which tasks and threads wait."""

from __future__ import annotations

from collections.abc import Callable


class Signal:
    """Lets tasks and threads wait. `notify()` wakes all that wait at that time.

    `count` is the number of notifications so far, and `about` names the part that the last one was about; None is the whole.
    """

    __slots__ = ("_waiters", "about", "count")

    def __init__(self) -> None:
        self._waiters: list[Callable[[], None]] = []
        self.count = 0
        self.about: str | None = None

    @property
    def is_awaited(self) -> bool:
        """Returns whether a task or a thread waits."""
        return bool(self._waiters)

    def notify(self, about: str | None = None) -> None:
        """Wakes all that wait."""
        self.count += 1
        self.about = about
        waiters, self._waiters = self._waiters, []
        for wake in waiters:
            wake()

    def add(self, wake: Callable[[], None]) -> None:
        """Calls `wake` once, at the next `notify`."""
        self._waiters.append(wake)

    def discard(self, wake: Callable[[], None]) -> None:
        """Removes `wake`, so that `notify` does not call it."""
        if wake in self._waiters:
            self._waiters.remove(wake)
