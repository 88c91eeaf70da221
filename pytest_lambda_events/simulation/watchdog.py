"""Names a lock that is held across a sleep, where the process would otherwise stand still for ever.

All handlers of a world share one thread. Where one that is suspended holds a lock and another one waits for it, nobody
can ever release it; on AWS the two are processes that share no lock.
"""

from __future__ import annotations

import linecache
import re
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from .simulation import Simulation
from .tasks import Task
from .threads import real_monotonic

SAMPLES = 8


class Watchdog:
    """Looks, from a thread of its own, for the world's thread waiting for a lock while a handler is suspended."""

    def __init__(self, simulation: Simulation, seconds: float) -> None:
        self._simulation = simulation
        self._seconds = seconds
        self._owner = threading.main_thread()
        self._thread: threading.Thread | None = None
        self._over = threading.Event()
        self._verdict: str | None = None

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Watch for the length of the block. Signals reach the main thread only, so elsewhere nothing is watched."""
        if not self._seconds or threading.current_thread() is not self._owner:
            yield
            return
        previous = signal.getsignal(signal.SIGINT)
        signal.signal(signal.SIGINT, lambda number, frame: self._interrupted(previous, number, frame))
        self._simulation.tasks.on_first_suspension = self._begin
        try:
            yield
        finally:
            self._over.set()
            if self._thread is not None:
                self._thread.join()
            signal.signal(signal.SIGINT, previous)

    def _begin(self) -> None:
        self._thread = threading.Thread(target=self._watch, name="lambda_events watchdog", daemon=True)
        self._simulation.threads.start_unwatched(self._thread)

    def _interrupted(self, previous: Any, number: int, frame: FrameType | None) -> None:
        if self._verdict is not None:
            verdict, self._verdict = self._verdict, None
            raise self._simulation.offend(verdict)
        if callable(previous):
            previous(number, frame)

    def _watch(self) -> None:
        position, since = (0, 0), real_monotonic()
        while not self._over.wait(self._seconds / SAMPLES):
            suspended = list(self._simulation.tasks.suspended)
            frame = sys._current_frames().get(self._owner.ident or 0)
            if frame is None or not suspended or (id(frame), frame.f_lasti) != position:
                position = (0, 0) if frame is None else (id(frame), frame.f_lasti)
                since = real_monotonic()
            elif real_monotonic() - since >= self._seconds and waits_for_lock(frame):
                self._verdict = _explained(frame, suspended)
                since = real_monotonic()
                del frame
                signal.pthread_kill(self._owner.ident or 0, signal.SIGINT)
            frame = None


def waits_for_lock(frame: FrameType | None) -> bool:
    """Whether the frame's line, or that of a caller in `threading`, names a lock that is taken."""
    while frame is not None:
        if any(_is_taken(value) for value in _named(frame)):
            return True
        if frame.f_globals.get("__name__") != "threading":
            return False
        frame = frame.f_back
    return False


def _named(frame: FrameType) -> Iterator[object]:
    """The values of the names, and of their attributes, that the frame's current line mentions."""
    line = linecache.getline(frame.f_code.co_filename, frame.f_lineno, frame.f_globals)
    for dotted in re.findall(r"[A-Za-z_][\w.]*", line):
        first, *rest = dotted.split(".")
        value = frame.f_locals.get(first, frame.f_globals.get(first))
        for name in rest:
            yield value
            value = getattr(value, name, None)
        yield value


def _is_taken(value: object) -> bool:
    if isinstance(value, threading.Semaphore):
        return value._value == 0
    if isinstance(value, threading.Condition):
        value = value._lock  # type: ignore[attr-defined]
    locked: Callable[[], bool] | None = getattr(value, "locked", None)
    if callable(locked):
        return bool(locked())
    return "RLock" in type(value).__name__ and "<locked" in repr(value)


def _explained(frame: FrameType, suspended: list[Task]) -> str:
    waiting = "".join(traceback.format_stack(frame)[-4:])
    holders = "".join(
        f"\n{task.subject.function_name} sleeps, attempt {task.subject.attempt}, in:\n{_stack_of(task)}" for task in suspended
    )
    return (
        "A lock is held across a sleep, and what runs now waits for it for ever. All handlers of a test share one thread; "
        "on AWS they are processes that share no lock. Do not hold a lock of a module while a handler sleeps or waits.\n"
        f"Waiting in:\n{waiting}{holders}"
    )


def _stack_of(task: Task) -> str:
    frame = task.point.gr_frame
    frames = [] if frame is None else traceback.extract_stack(frame)
    own = __file__.rpartition("/")[0]
    return "".join(traceback.format_list([summary for summary in frames if not summary.filename.startswith(own)]))
