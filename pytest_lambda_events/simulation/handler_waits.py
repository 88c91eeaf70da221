"""Waits of Python itself in a handler (`Event.wait`, `Queue.get` and similar functions) take virtual time."""

from __future__ import annotations

import functools
import queue
import threading
from collections.abc import Callable
from concurrent.futures import _base as futures
from typing import Any

from ..patching import attributes_patched
from .clock import MICROSECONDS
from .simulation import Simulation
from .tasks import current_task
from .threads import SimulationThread
from .time_functions import ChangedTime
from .wait_signal import Signal

NANOSECOND = 1e-9


class HandlerWaits:
    """The waits of handlers in one environment, and the clock that they read."""

    def __init__(self, simulation: Simulation) -> None:
        self.simulation = simulation
        self._readings = 0

    @property
    def are_concerned(self) -> bool:
        """Whether the caller is a handler, in the thread of the environment."""
        simulation = self.simulation
        return simulation.is_open and simulation.threads.is_owner and current_task() is not None

    def seconds(self) -> float:
        """Returns the time. Each reading adds a nanosecond, because some waits end only after their last time, not at it."""
        self._readings += 1
        return self.simulation.clock.elapsed + self._readings * NANOSECOND


def waits_on_virtual_time(waits: HandlerWaits) -> attributes_patched:
    """Lets waits of handlers for conditions of Python end on the virtual clock.

    `Event`, `Semaphore`, `Barrier`, `Queue` and `Future` all wait for a condition. While a running thread could end the wait,
    it is a real wait. If it times out, the same virtual time passes. Enter `waits_measured` before.
    """
    return attributes_patched(
        (threading.Condition, "wait", _wait(waits, threading.Condition.wait)),
        (threading.Thread, "join", _join(waits, threading.Thread.join)),
    )


def waits_measured(waits: HandlerWaits) -> attributes_patched:
    """Lets the modules that measure these waits read the virtual time in handlers.

    Enter this when the clock is driven: they then read real time, and continue to do so except for handlers.
    """
    return attributes_patched(
        (threading, "_time", _seconds(waits, threading._time)),  # type: ignore[attr-defined]
        (queue, "time", _seconds(waits, queue.time)),  # type: ignore[attr-defined]
        (futures, "time", ChangedTime(futures.time, {"monotonic": _seconds(waits, futures.time.monotonic)})),  # type: ignore[attr-defined]
    )


def may_be_ended_by_a_thread(simulation: Simulation) -> bool:
    """Returns whether a thread could end a wait, now or later. Resting threads of the environment cannot."""
    threads = simulation.threads
    return threads.given > 0 or any(
        not _rests(thread, threads.known.get(thread)) for thread in threading.enumerate() if thread not in threads.helpers
    )


def _rests(thread: Any, known: SimulationThread | None) -> bool:
    """Returns whether a thread waits for virtual time, or for work of a pool. `known` is None for an outside thread."""
    if not thread._started.is_set():
        return False
    target = getattr(thread, "_target", None)
    module = getattr(target, "__module__", None)
    if module == "multiprocessing.pool":
        # One thread of a pool, also of processes, holds the work that the pool has not answered yet.
        return getattr(target, "__name__", "") != "_handle_results" or not thread._args[-1]
    if known is None:
        return module == "concurrent.futures.thread"
    return known.waiting or not known.works


def _wait(waits: HandlerWaits, wait: Callable[..., bool]) -> Callable[..., bool]:
    def waited(condition: threading.Condition, timeout: float | None = None) -> bool:
        if not waits.are_concerned:
            return wait(condition, timeout)
        simulation = waits.simulation
        if timeout is not None and timeout <= 0:
            simulation.polling.slept_for_zero()
            return wait(condition, timeout)
        internals: Any = condition
        if not internals._is_owned():
            return wait(condition, timeout)
        if not may_be_ended_by_a_thread(simulation):
            return _wait_virtually(simulation, internals, timeout)
        # Without its own timeout the wait lasts until the timeout of the function.
        seconds = _seconds_left(simulation) if timeout is None else timeout
        return wait(condition, seconds) or _has_waited(simulation, internals, seconds)

    return waited


def _join(waits: HandlerWaits, join: Callable[..., None]) -> Callable[..., None]:
    def joined(thread: threading.Thread, timeout: float | None = None) -> None:
        join(thread, timeout)
        if timeout is not None and timeout > 0 and waits.are_concerned and thread.is_alive():
            waits.simulation.sleep(timeout)

    return joined


class _Waiter:
    """Replaces the lock that a condition releases to wake its waiters."""

    def __init__(self, simulation: Simulation, signal: Signal) -> None:
        self._simulation = simulation
        self._signal = signal
        self.is_notified = False

    def release(self) -> None:
        self.is_notified = True
        with self._simulation.lock.held():
            self._signal.notify()


def _wait_virtually(simulation: Simulation, condition: Any, timeout: float | None) -> bool:
    """Waits like `Condition.wait`, but suspended, so that only virtual time passes."""
    signal = Signal()
    waiter = _Waiter(simulation, signal)
    condition._waiters.append(waiter)
    saved = condition._release_save()
    try:
        simulation.wait(signal, timeout)
        return waiter.is_notified
    finally:
        condition._acquire_restore(saved)
        if not waiter.is_notified and waiter in condition._waiters:
            condition._waiters.remove(waiter)


def _seconds_left(simulation: Simulation) -> float | None:
    task = current_task()
    if task is None or task.deadline is None:
        return None
    return (task.deadline - simulation.clock.microseconds) / MICROSECONDS


def _has_waited(simulation: Simulation, condition: Any, timeout: float | None) -> bool:
    """Handles a wait that timed out in real time: the same virtual time passes, while others may have the lock."""
    if timeout is not None:
        saved = condition._release_save()
        try:
            simulation.sleep(timeout)
        finally:
            condition._acquire_restore(saved)
    return False


def _seconds(waits: HandlerWaits, real: Callable[[], float]) -> Callable[[], float]:
    @functools.wraps(real)
    def seconds() -> float:
        return waits.seconds() if waits.are_concerned else real()

    return seconds
