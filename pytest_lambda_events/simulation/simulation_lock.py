"""The lock for the state of the simulation and the backends. It is never held while code of the user runs."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class SimulationLock:
    """A re-entrant lock that its holder can release for some time, at any depth, and then take again."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._holder: int | None = None
        self._depth = 0

    @property
    def is_held_here(self) -> bool:
        """Returns whether this thread holds it."""
        return self._holder == threading.get_ident()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Holds the lock."""
        self._take(1)
        try:
            yield
        finally:
            self._depth -= 1
            if self._depth == 0:
                self._put_down()

    @contextmanager
    def put_down(self) -> Iterator[None]:
        """Releases the lock during the block. Does nothing in a thread that does not hold it."""
        depth = self._depth if self.is_held_here else 0
        if depth:
            self._put_down()
        try:
            yield
        finally:
            if depth:
                self._take(depth)

    def _take(self, depth: int) -> None:
        ident = threading.get_ident()
        if self._holder != ident:
            self._lock.acquire()
            self._holder = ident
            self._depth = 0
        self._depth += depth

    def _put_down(self) -> None:
        self._depth = 0
        self._holder = None
        self._lock.release()
