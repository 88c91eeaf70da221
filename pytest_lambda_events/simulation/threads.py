"""Other threads in a simulated AWS, and when they have come to rest.

Virtual time takes no real time, so it would pass before a new thread has done its first step. Therefore time moves only when
every thread started inside the simulated AWS waits in the simulation, has ended or stands still.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import field
from typing import Any

from ..contexts import contextmanager
from ..errors import ends_the_run
from ..patching import attributes_patched
from ..values import dataclass
from .clock_reads import ClockReads
from .tasks import Task, TaskEnded, current_task
from .time_functions import time_functions

STANDSTILL_SECONDS = 0.015
SAMPLE_SECONDS = 0.0005
LONGEST_SAMPLE_SECONDS = 0.002
"""The most time that one look counts for. While a thread computes without a pause, or the machine is busy, no look happens."""


def real_monotonic() -> float:
    """Returns real seconds, whatever the clocks of the process return."""
    real = time_functions().real.get("monotonic")
    return time.clock_gettime(time.CLOCK_MONOTONIC) if real is None else float(real())


def real_sleep(seconds: float) -> None:
    """Lets real time pass. Nothing replaces the timeout of a lock."""
    lock = threading.Lock()
    lock.acquire()
    lock.acquire(timeout=seconds)


@dataclass(eq=False)
class SimulationThread:
    """A thread started inside the simulated AWS. `task` is the task of the handler that started it, if a handler did.

    `charged` is the virtual time, in seconds on its task's scale, up to which the thread has slept. Parallel sleeps of threads
    cost a handler the longest one, and sequential sleeps their sum.
    """

    thread: threading.Thread
    task: Task | None
    charged: float = 0.0
    late_waits: int = 0
    waiting: bool = False
    position: tuple[int, int] = (0, 0)
    looked_at: float = 0.0
    still: float = 0.0
    reads: ClockReads = field(default_factory=ClockReads)
    works: bool = True
    """Whether it does work of the environment. A thread of a pool does so only sometimes."""

    def stands_still(self, now: float, frames: dict[int, Any]) -> bool:
        """Returns whether it has been at the same instruction for some time. Call it repeatedly."""
        frame = frames.get(self.thread.ident or 0)
        position = (id(frame), frame.f_lasti) if frame is not None else (0, -1)
        if position == self.position:
            self.still += min(now - self.looked_at, LONGEST_SAMPLE_SECONDS)
        else:
            self.position, self.still = position, 0.0
        self.looked_at = now
        return self.still >= STANDSTILL_SECONDS


class SimulationThreads:
    """Knows the threads that were started inside the simulated AWS."""

    def __init__(self) -> None:
        self.owner = threading.current_thread()
        self.known: dict[threading.Thread, SimulationThread] = {}
        self.is_over = False
        self.helpers: set[threading.Thread] = {self.owner}
        """The owner, and threads of this package. Code of the user does not wait for them."""
        self.given = 0
        """The number of pieces of work that were given to a pool and that no thread has taken yet."""
        self.start_unwatched = threading.Thread.start
        self.on_end: Callable[[threading.Thread], None] = lambda thread: None
        """Is called in each thread that has done work of the environment, when the work is finished."""

    def here(self) -> SimulationThread | None:
        """Returns the current thread, if it was started inside the simulated AWS."""
        return self.known.get(threading.current_thread()) if self.known else None

    @property
    def is_owner(self) -> bool:
        """Returns whether this is the thread that entered the simulated AWS."""
        return threading.current_thread() is self.owner

    def alive(self) -> list[SimulationThread]:
        """Returns the threads that have not ended, and forgets the others."""
        if not self.known:
            return []
        # Each is copied in one step, because other threads add to it.
        for thread in [thread for thread in list(self.known) if thread.ident is not None and not thread.is_alive()]:
            del self.known[thread]
        return [known for known in list(self.known.values()) if known.thread.ident is not None]

    def work_ended(self, record: SimulationThread) -> None:
        """Is called when a thread has finished its work. The environment may already be closed."""
        record.works = False
        self.on_end(record.thread)

    def settle(self) -> None:
        """Waits, in real time, until every thread of the simulated AWS waits in the simulation, has ended or stands still."""
        while self.alive():
            # It sleeps first, because a thread that was just woken needs a moment before it visibly moves.
            real_sleep(SAMPLE_SECONDS)
            now, frames = real_monotonic(), sys._current_frames()
            # It looks at all threads each time, because this measures how long each has stood still.
            moving = [known for known in self.alive() if not known.stands_still(now, frames) and not known.waiting]
            if not moving:
                return

    @contextmanager
    def watched(self, park: Callable[[Callable[[], bool]], bool], surface: Callable[[BaseException], None]) -> Iterator[None]:
        """Registers every thread that is started, and lets time pass during blocking calls of the owner.

        `park(is_over)` is called where the owner would block. It lets time pass for threads that wait in the simulation, and
        returns whether it did anything. `surface` is given what ends the test run, such as `pytest.exit`, if a handler's
        thread raises it. Otherwise it would be lost in the thread.
        """
        start, join, wait = self.start_unwatched, threading.Thread.join, threading.Condition.wait

        def started(thread: threading.Thread) -> None:
            if self.is_owner or self.here() is not None:
                parent = self.here()
                task = current_task() if parent is None else parent.task
                charged = parent.charged if parent is not None else task.charged if task is not None else 0.0
                self.known[thread] = record = SimulationThread(thread, task, charged, works=not _is_of_a_pool(thread))
                tell_when_it_ends(thread, lambda: self.work_ended(record))
            start(thread)

        def joined(thread: threading.Thread, timeout: float | None = None) -> None:
            if timeout is not None or not self._may_park():
                join(thread, timeout)
                return
            while thread.is_alive():
                if not park(lambda: not thread.is_alive()):
                    join(thread, STANDSTILL_SECONDS / 5)
            join(thread)

        def waited(condition: threading.Condition, timeout: float | None = None) -> bool:
            if timeout is not None or not self._may_park():
                return wait(condition, timeout)
            return _wait_parked(condition, park)

        with attributes_patched(
            (threading.Thread, "start", started),
            (threading.Thread, "join", joined),
            (threading.Condition, "wait", waited),
            (threading, "excepthook", self._excepthook(threading.excepthook, surface)),
        ):
            try:
                yield
            finally:
                self.is_over = True

    def _excepthook(
        self, before: Callable[[threading.ExceptHookArgs], object], surface: Callable[[BaseException], None]
    ) -> Callable[[threading.ExceptHookArgs], object]:
        """Returns the hook for threads that raise. A thread ends silently if the invocation of its handler has ended."""

        def hook(args: threading.ExceptHookArgs) -> None:
            record = self.here()
            if args.exc_type is TaskEnded:
                return
            if args.exc_value is not None and record is not None and record.task is not None and ends_the_run(args.exc_value):
                surface(args.exc_value)
            else:
                before(args)

        return hook

    def _may_park(self) -> bool:
        return self.is_owner and bool(self.alive()) and current_task() is None


def _is_of_a_pool(thread: threading.Thread) -> bool:
    target = getattr(thread, "_target", None)
    return getattr(target, "__module__", None) in ("concurrent.futures.thread", "multiprocessing.pool")


def tell_when_it_ends(thread: threading.Thread, ended: Callable[[], object]) -> None:
    """Calls `ended` in a thread that is not started yet, when it has finished its work, before a join of it returns."""
    run = thread.run

    def run_and_tell() -> None:
        try:
            run()
        finally:
            del thread.run
            ended()

    thread.run = run_and_tell  # type: ignore[method-assign]


def _wait_parked(condition: threading.Condition, park: Callable[[Callable[[], bool]], bool]) -> bool:
    """Waits like `Condition.wait`, but stays registered as a waiter, so that no notification is lost."""
    internals: Any = condition
    if not internals._is_owned():
        raise RuntimeError("cannot wait on un-acquired lock")
    waiter = threading.Lock()
    waiter.acquire()
    internals._waiters.append(waiter)
    saved = internals._release_save()
    try:
        while not waiter.acquire(timeout=STANDSTILL_SECONDS / 5):
            park(lambda: not waiter.locked())
        return True
    finally:
        internals._acquire_restore(saved)
