"""The lock for the state of the simulation and the backends. It is never held while code of the user runs."""

from __future__ import annotations

import threading
from contextlib import AbstractContextManager
from threading import get_ident
from types import TracebackType


class SimulationLock:
    """A re-entrant lock that its holder can release for some time, at any depth, and then take again."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._holder: int | None = None
        self._depth = 0

    @property
    def is_held_here(self) -> bool:
        """Returns whether this thread holds it."""
        return self._holder == get_ident()

    def held(self) -> AbstractContextManager[None]:
        """Holds the lock during a block, at any depth."""
        return self

    def put_down(self) -> AbstractContextManager[None]:
        """Releases the lock during a block. Does nothing in a thread that does not hold it."""
        return _Release(self)

    def release(self) -> int:
        """Releases the lock. Returns the depth for `take_back`: 0 if this thread does not hold it."""
        depth = self._depth if self._holder == get_ident() else 0
        if depth:
            self._depth = 0
            self._holder = None
            self._lock.release()
        return depth

    def take_back(self, depth: int) -> None:
        """Takes the lock again after `release`, which returned `depth`."""
        if depth:
            self.take(depth)

    def leave(self, *error: object) -> None:
        """Ends one `take(1)`. Ignores `error`, the arguments of `__exit__`."""
        self._depth -= 1
        if self._depth == 0:
            self._holder = None
            self._lock.release()

    def take(self, depth: int = 1) -> None:
        """Takes the lock, at a further depth if this thread already holds it."""
        ident = get_ident()
        if self._holder != ident:
            self._lock.acquire()
            self._holder = ident
            self._depth = 0
        self._depth += depth

    __enter__, __exit__ = take, leave


class _Release:
    """Releases the lock during one block."""

    __slots__ = ("_depth", "_lock")

    def __init__(self, lock: SimulationLock) -> None:
        self._lock = lock
        self._depth = 0

    def __enter__(self) -> None:
        self._depth = self._lock.release()

    def __exit__(self, of_type: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._lock.take_back(self._depth)
