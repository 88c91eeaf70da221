"""Locks, events and queues of simulated threads. Waits for them take virtual time only."""

from __future__ import annotations

import queue
import threading
from collections import deque
from types import TracebackType
from typing import Any
from weakref import WeakKeyDictionary

from ..errors import hides_frames
from .cooperation import Cooperation
from .tasks import Task, current_task
from .wait_signal import Signal

__tracebackhide__ = hides_frames


class Lock:
    """Works like `threading.Lock`."""

    def __init__(self, cooperation: Cooperation) -> None:
        self._cooperation = cooperation
        self._lock = threading.Lock()
        self._released = Signal()
        self._waiting = 0

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """Takes the lock. Returns whether it did."""
        if self._lock.acquire(blocking=False):
            return True
        return blocking and self._acquire_later(timeout)

    def _acquire_later(self, seconds: float = -1) -> bool:
        if current_task() is None:
            return self._lock.acquire(timeout=seconds)
        timeout = None if seconds < 0 else seconds
        clock = self._cooperation.simulation.clock
        end = None if timeout is None else clock.elapsed + timeout
        self._waiting += 1
        try:
            while not self._lock.acquire(blocking=False):
                left = None if end is None else end - clock.elapsed
                if left is not None and left <= 0:
                    return False
                self._cooperation.wait(self._released, left)
            return True
        finally:
            self._waiting -= 1

    def release(self) -> None:
        """Releases the lock."""
        self._lock.release()
        if self._waiting:
            self._cooperation.notify(self._released)

    def locked(self) -> bool:
        """Returns whether the lock is taken."""
        return self._lock.locked()

    def __enter__(self) -> bool:
        return self._lock.acquire(blocking=False) or self._acquire_later()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._lock.release()
        if self._waiting:
            self._cooperation.notify(self._released)


class Event:
    """Works like `threading.Event`."""

    def __init__(self, cooperation: Cooperation) -> None:
        self._cooperation = cooperation
        self._is_set = False
        self._changed = Signal()
        # The simulated threads that have seen that it is not set, in order. They may wait for something else, and look again.
        self._readers: dict[Task, None] = {}

    def is_set(self) -> bool:
        """Returns whether it is set."""
        if not self._is_set:
            task = current_task()
            if task is not None:
                self._readers[task] = None
        return self._is_set

    def set(self) -> None:
        """Wakes all that wait for it, and those that look at it from time to time."""
        self._is_set = True
        self._cooperation.notify(self._changed)
        readers, self._readers = self._readers, {}
        for task in readers:
            self._cooperation.looks_again(task)

    def clear(self) -> None:
        """Lets further waits suspend again."""
        self._is_set = False

    def wait(self, timeout: float | None = None) -> bool:
        """Waits until it is set. Returns whether it is."""
        if not self._is_set:
            self._cooperation.wait(self._changed, timeout)
        return self._is_set or timeout is None


class Condition:
    """Works like `threading.Condition`."""

    def __init__(self, cooperation: Cooperation, lock: Lock | None = None) -> None:
        self._cooperation = cooperation
        self._lock = lock or Lock(cooperation)
        self._waiters: deque[Signal] = deque()
        self.acquire = self._lock.acquire
        self.release = self._lock.release

    def __enter__(self) -> bool:
        return self._lock.acquire()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._lock.release()

    def wait(self, timeout: float | None = None) -> bool:
        """Releases the lock until it is notified. Returns whether it was."""
        signal = Signal()
        self._waiters.append(signal)
        self._lock.release()
        try:
            self._cooperation.wait(signal, timeout)
            return signal not in self._waiters
        finally:
            if signal in self._waiters:
                self._waiters.remove(signal)
            self._lock.acquire()

    def notify(self, n: int = 1) -> None:
        """Wakes `n` of those that wait, in order."""
        for _ in range(min(n, len(self._waiters))):
            self._cooperation.notify(self._waiters.popleft())

    def notify_all(self) -> None:
        """Wakes all that wait."""
        self.notify(len(self._waiters))


class Queue:
    """Works like `queue.Queue` without a limit.

    A wait with a timeout ends early if the caller has looked at an event before, and the event is set now.
    """

    def __init__(self, cooperation: Cooperation) -> None:
        self._cooperation = cooperation
        self._items: deque[Any] = deque()
        self._filled = Signal()

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:
        """Adds an item."""
        self._items.append(item)
        self._cooperation.notify(self._filled)

    put_nowait = put

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        """Returns the first item. Raises `queue.Empty` if none came in time."""
        if not self._items and block and (timeout is None or timeout > 0):
            self._wait(timeout)
        if not self._items:
            raise queue.Empty
        return self._items.popleft()

    def get_nowait(self) -> Any:
        """Returns the first item. Raises `queue.Empty` if there is none."""
        return self.get(block=False)

    def _wait(self, timeout: float | None) -> None:
        if timeout is not None:
            self._cooperation.wait(self._filled, timeout)
            return
        while not self._items:
            self._cooperation.wait(self._filled, None)

    def empty(self) -> bool:
        """Returns whether it has no items."""
        return not self._items

    def qsize(self) -> int:
        """Returns the number of items."""
        return len(self._items)

    def task_done(self) -> None:
        """Is called when an item is processed. Nothing waits for that."""


class CollectingQueue(Queue):
    """A queue for a loop that collects what was put in a short time, and otherwise looks every `period` seconds at something.

    Collecting takes no virtual time: it ends when all other work of this time has run. The loop looks when something has
    changed, and not again and again.
    """

    def __init__(self, cooperation: Cooperation, period: float) -> None:
        super().__init__(cooperation)
        self._period = period
        self._is_collecting = False

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        """Returns the first item. Raises `queue.Empty` if none came in time, or if its caller should look again."""
        item = super().get(block, timeout)
        self._is_collecting = True
        return item

    def _wait(self, timeout: float | None) -> None:
        # Whatever its caller has seen after the other waits, it collects first.
        was_collecting, self._is_collecting = self._is_collecting, not self._is_collecting
        if was_collecting:
            self._cooperation.wait_for_others(self._filled)
        elif timeout is not None and timeout >= self._period:
            self._cooperation.wait_and_look(self._filled)
        else:
            super()._wait(timeout)


class Local:
    """Works like `threading.local`: each simulated thread has its own attributes."""

    _values: WeakKeyDictionary[Task, dict[str, Any]]
    _outside: threading.local

    def __init__(self) -> None:
        object.__setattr__(self, "_values", WeakKeyDictionary())
        object.__setattr__(self, "_outside", threading.local())

    def _here(self) -> dict[str, Any]:
        task = current_task()
        return self._outside.__dict__ if task is None else self._values.setdefault(task, {})

    def __getattr__(self, name: str) -> Any:
        try:
            return self._here()[name]
        except KeyError:
            raise AttributeError(f"'local' object has no attribute {name!r}") from None

    def __setattr__(self, name: str, value: Any) -> None:
        self._here()[name] = value

    def __delattr__(self, name: str) -> None:
        if self._here().pop(name, self) is self:
            raise AttributeError(f"'local' object has no attribute {name!r}")
