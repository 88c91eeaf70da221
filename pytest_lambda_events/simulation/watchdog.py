"""Stops code that would block or compute forever: a wait for a lock that a suspended handler holds, and an endless loop.

All handlers of an environment share one thread. If a suspended handler holds a lock and another one waits for it, the lock is
never released. On AWS the two are processes that share no lock. If a handler computes without end, its timeout never comes,
because virtual time does not pass while code computes.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from types import FrameType
from typing import Any

from ..contexts import contextmanager
from .locks import waits_for_lock
from .simulation import Simulation
from .tasks import SWALLOWED_ENDINGS, Task, current_task
from .threads import real_monotonic

SAMPLES = 8
SHOWN_FRAMES = 12
SHARED_PERIOD = 0.1
"""How often an observer of several environments looks, in real seconds."""
_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep

_set_handler: Callable[[int, Any], Any] = _signal.signal
"""Sets a handler without the enumerations of `signal`, which take longer."""


class Observer:
    """A thread that looks again and again, every `period` real seconds, until it is stopped."""

    def __init__(self, period: float) -> None:
        self.period = period
        self.thread = threading.Thread(target=self._observe, name="lambda_events watchdog", daemon=True)
        self._looks: Sequence[Callable[[], None]] = ()
        self._lock = threading.Lock()
        # Environments replace the waits of events, and such a wait would keep them. They do not replace those of a lock.
        self._until_over = threading.Lock()
        self._until_over.acquire()

    def look_with(self, looks: Sequence[Callable[[], None]]) -> None:
        """Replaces what it looks with. The former functions are not running any more."""
        with self._lock:
            self._looks = looks

    def stop(self) -> None:
        """Ends the thread."""
        self._until_over.release()
        self.thread.join()

    def _observe(self) -> None:
        while not self._until_over.acquire(timeout=self.period):
            with self._lock:
                self._look()

    def _look(self) -> None:
        # In a function of its own, so that no variable keeps an environment when the lock is free.
        for look in self._looks:
            look()


@contextmanager
def observing() -> Iterator[Observer]:
    """Yields an observer for environments that follow each other. Starting a thread for each of them is slow."""
    observer = Observer(SHARED_PERIOD)
    observer.thread.start()
    try:
        yield observer
    finally:
        observer.stop()


class Watchdog:
    """Observes the thread of the environment from a separate thread, and interrupts it with a signal.

    `lock_seconds` is how long, in real time, a wait for a lock may block. `computing_seconds` is how much CPU time a handler
    may use without a pause. 0 turns either off. `shared` is an observer to use instead of an own one.
    """

    def __init__(
        self, simulation: Simulation, lock_seconds: float, computing_seconds: float = 0.0, shared: Observer | None = None
    ) -> None:
        self._simulation = simulation
        self._limits = (lock_seconds, computing_seconds)
        self._owner = threading.main_thread()
        self._shared = shared
        self._observer: Observer | None = None
        self._strike: Callable[[FrameType | None], None] | None = None
        # Until its own handler has replaced the previous one.
        self._previous: Any = signal.default_int_handler

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Observes the thread during the block. Only the main thread receives signals, so other threads are not observed."""
        if not any(self._limits) or threading.current_thread() is not self._owner:
            yield
            return
        self._previous = _set_handler(signal.SIGINT, self._interrupted)
        # Without handlers it does not observe. Without a limit of computing it does so only if two handlers can overlap.
        if self._limits[1]:
            self._simulation.tasks.on_first_start = self._begin
        else:
            self._simulation.tasks.on_first_suspension = self._begin
        try:
            yield
        finally:
            self._end()
            _set_handler(signal.SIGINT, self._previous)

    def _begin(self) -> None:
        period = min(filter(None, self._limits)) / SAMPLES
        shared, threads = self._shared, self._simulation.threads
        observer = shared if shared is not None and shared.period <= period else Observer(period)
        observer.look_with(self._looks())
        threads.helpers.add(observer.thread)
        if observer is not shared:
            threads.start_unwatched(observer.thread)
        self._observer = observer

    def _end(self) -> None:
        if self._observer is None:
            return
        self._observer.look_with(())
        if self._observer is not self._shared:
            self._observer.stop()

    def _interrupted(self, number: int, frame: FrameType | None) -> None:
        if self._strike is not None:
            strike, self._strike = self._strike, None
            strike(frame)
        elif callable(self._previous):
            self._previous(number, frame)

    def _looks(self) -> Sequence[Callable[[], None]]:
        lock_seconds, computing_seconds = self._limits
        looks: list[Callable[[], None]] = []
        if lock_seconds:
            looks.append(_LockLook(self, lock_seconds).look)
        if computing_seconds:
            looks.append(_ComputingLook(self, computing_seconds).look)
        return looks

    @property
    def simulation(self) -> Simulation:
        """Returns the simulation that is observed."""
        return self._simulation

    @property
    def owner_ident(self) -> int:
        """Returns the id of the thread that is observed."""
        return self._owner.ident or 0

    def interrupt(self, strike: Callable[[FrameType | None], None]) -> None:
        """Calls `strike` in the observed thread, with the frame that it interrupts."""
        self._strike = strike
        signal.pthread_kill(self.owner_ident, signal.SIGINT)


class _LockLook:
    """Detects that the thread waits for a lock without progress, while a handler is suspended."""

    def __init__(self, watchdog: Watchdog, seconds: float) -> None:
        self._watchdog = watchdog
        self._seconds = seconds
        self._position = (0, 0)
        self._since = real_monotonic()

    def look(self) -> None:
        simulation = self._watchdog.simulation
        frozen = simulation.tasks.frozen
        suspended = [*simulation.tasks.suspended, *frozen]
        frame = sys._current_frames().get(self._watchdog.owner_ident)
        position = (0, 0) if frame is None else (id(frame), frame.f_lasti)
        if frame is None or not suspended or position != self._position:
            self._position, self._since = position, real_monotonic()
        elif real_monotonic() - self._since >= self._seconds and waits_for_lock(frame):
            error = _lock_text(frame, suspended, frozen, simulation.tasks.running)
            self._since = real_monotonic()
            del frame

            def strike(interrupted: FrameType | None) -> None:
                raise simulation.record_misuse(error)

            self._watchdog.interrupt(strike)


class _ComputingLook:
    """Detects that one handler has used too much CPU time since it was last switched in."""

    def __init__(self, watchdog: Watchdog, seconds: float) -> None:
        self._watchdog = watchdog
        self._seconds = seconds
        self._switches = -1
        self._since = 0.0

    def look(self) -> None:
        tasks, now = self._watchdog.simulation.tasks, cpu_seconds(self._watchdog.owner_ident)
        task, switches = tasks.running, tasks.switches
        if task is None or switches != self._switches:
            self._switches, self._since = switches, now
        elif now - self._since >= self._seconds:
            self._watchdog.interrupt(lambda frame: self._stop(task, frame))

    def _stop(self, task: Task, frame: FrameType | None) -> None:
        simulation = self._watchdog.simulation
        # Not while it holds the simulation's state, which must stay consistent. The next look comes soon.
        if current_task() is not task or simulation.lock.is_held_here:
            return
        if task.swallowed >= SWALLOWED_ENDINGS:
            # The timeout still comes and gives the invocation its result.
            simulation.tasks.abandon(task)
        task.swallowed += 1
        raise simulation.record_misuse(_computing_text(task, frame, self._seconds))


def cpu_seconds(thread_ident: int) -> float:
    """Returns the CPU time of a thread. If the platform does not provide it, returns that of the process."""
    if hasattr(time, "pthread_getcpuclockid"):
        return time.clock_gettime(time.pthread_getcpuclockid(thread_ident))
    return time.process_time()


def _computing_text(task: Task, frame: FrameType | None, seconds: float) -> str:
    subject = task.subject
    what = "while its code is loaded" if subject.attempt is None else f"in attempt {subject.attempt}"
    return (
        f"{subject.function_name!r} has used {seconds:g} s of CPU time {what} without a pause, and is stopped. Virtual time "
        "does not pass while code computes, so the function's timeout is never reached. If a loop waits for something, let "
        "it sleep or read the clock. If the code really computes this long, raise real_time_limit_seconds, or set it to 0 "
        "for no limit.\n"
        f"It was stopped in:\n{_stack([] if frame is None else traceback.extract_stack(frame))}"
    )


def _lock_text(frame: FrameType, suspended: list[Task], frozen: list[Task], running: Task | None) -> str:
    waiting = "".join(traceback.format_stack(frame)[-4:])
    holders = "".join(
        f"\n{task.subject.function_name} {'has ended' if task in frozen else 'sleeps'}, attempt {task.subject.attempt}, in:\n"
        f"{_stack_of(task)}"
        for task in suspended
    )
    if running is not None and running is not running.main:
        return (
            "A lock is held across a sleep: one branch of a durable execution holds it and sleeps, another one waits for it, "
            "and neither can go on. All branches run in one thread of the test. Use threading.Semaphore(1) instead of the "
            f"lock: waits for a semaphore are simulated.\nWaiting in:\n{waiting}{holders}"
        )
    return (
        "A lock is held across a sleep: one handler holds it and sleeps, another one waits for it, and neither can go on. "
        "All handlers of a test run in one thread. On AWS each execution environment is a process, which shares no lock with "
        f"others. {_ENDED if frozen else 'Release the lock before the handler sleeps or waits.'}\n"
        f"Waiting in:\n{waiting}{holders}"
    )


_ENDED = (
    "A process that an exploration ends keeps locks that neither a `with` nor a `finally` block releases. Use functions with "
    "code_uri or isolated=True, whose execution environments have their own locks, or hold the lock in a `with` block."
)


def _stack_of(task: Task) -> str:
    frame = task.point.gr_frame
    return _stack([] if frame is None else traceback.extract_stack(frame))


def _stack(frames: Sequence[traceback.FrameSummary]) -> str:
    """Returns the frames of the user's code."""
    users = [summary for summary in frames if not summary.filename.startswith(_PACKAGE)]
    return "".join(traceback.format_list(users[-SHOWN_FRAMES:]))
