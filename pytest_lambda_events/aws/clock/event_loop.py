"""asyncio in a simulated AWS: timers of event loops run on the virtual clock."""

from __future__ import annotations

import asyncio
import heapq
from asyncio import base_events, selector_events
from collections.abc import Iterator
from typing import Any
from weakref import WeakKeyDictionary

from ...contexts import contextmanager
from ...patching import attributes_patched
from ...simulation.clock import MICROSECONDS
from ...simulation.handler_waits import may_be_ended_by_a_thread
from ...simulation.simulation import Simulation
from ...simulation.threads import STANDSTILL_SECONDS, real_monotonic
from ...simulation.wait_signal import Signal

CLOCK_RESOLUTION_SECONDS = 1e-6
"""At seconds since 1970 a float cannot represent the loop's own resolution of a nanosecond, and a timer would never be due."""


@contextmanager
def loops_on_virtual_time(simulation: Simulation) -> Iterator[None]:
    """Lets every loop that runs in a thread of the simulated AWS wait on the virtual clock, also loops that already exist.

    A loop also waits for threads of an executor and sockets of the same loop. Their results are noticed before time moves. The
    result of another process is not, because its real time counts as zero. Loops of uvloop and trio are refused.
    """
    loops = _Loops(simulation)
    run_once = base_events.BaseEventLoop._run_once  # type: ignore[attr-defined]
    write_to_self = selector_events.BaseSelectorEventLoop._write_to_self  # type: ignore[attr-defined]

    def run_once_virtually(loop: Any) -> None:
        if not simulation.in_simulation_thread() or not simulation.is_open:
            run_once(loop)
            return
        selector, resolution = loop._selector, loop._clock_resolution
        loops.adopt(loop)
        loop._selector = _VirtualSelector(selector, simulation, loops.signal(loop))
        loop._clock_resolution = CLOCK_RESOLUTION_SECONDS
        try:
            run_once(loop)
        finally:
            if loop._selector is not None:
                loop._selector = selector
            loop._clock_resolution = resolution

    def write_to_self_and_tell(loop: Any) -> None:
        write_to_self(loop)
        signal = loops.known.get(loop)
        if signal is not None:
            with simulation.locked():
                signal.notify()

    try:
        with attributes_patched(
            (base_events.BaseEventLoop, "_run_once", run_once_virtually),
            (selector_events.BaseSelectorEventLoop, "_write_to_self", write_to_self_and_tell),
        ):
            yield
    finally:
        loops.release()


class _Loops:
    """The loops that have run in the simulated AWS, each with a signal for results of other threads."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        self.known: WeakKeyDictionary[asyncio.AbstractEventLoop, Signal] = WeakKeyDictionary()

    def signal(self, loop: asyncio.AbstractEventLoop) -> Signal:
        return self.known[loop]

    def adopt(self, loop: Any) -> None:
        """At a loop's first turn in the simulated AWS, keeps the remaining time of its existing timers."""
        if loop not in self.known:
            self.known[loop] = Signal()
            _shift_timers(loop, real_monotonic(), self._virtual_seconds())

    def release(self) -> None:
        """Keeps the remaining time of timers that outlive the simulated AWS, in real time."""
        for loop in list(self.known):
            _shift_timers(loop, self._virtual_seconds(), real_monotonic())

    def _virtual_seconds(self) -> float:
        return self._simulation.clock.now.timestamp()


def _shift_timers(loop: Any, origin: float, target: float) -> None:
    """Moves timers from the clock that shows `origin` to the clock that shows `target`."""
    for timer in loop._scheduled:
        if abs(timer._when - origin) < abs(timer._when - target):
            timer._when += target - origin
    heapq.heapify(loop._scheduled)


class _VirtualSelector:
    """The selector of a loop, whose waits take virtual time."""

    def __init__(self, selector: Any, simulation: Simulation, signal: Signal) -> None:
        self._selector = selector
        self._simulation = simulation
        self._signal = signal

    def __getattr__(self, name: str) -> Any:
        return getattr(self._selector, name)

    def select(self, timeout: float | None = None) -> Any:
        events = self._selector.select(0)
        if events or (timeout is not None and round(timeout * MICROSECONDS) <= 0):
            return events
        if timeout is None:
            return self._wait_for_others()
        simulation = self._simulation
        simulation.threads.settle()
        with simulation.locked():
            events = self._selector.select(0)
            if events:
                return events
            # To the nearest microsecond, because the loop's times are floats that differ from the clock by a fraction of it.
            simulation.wait(self._signal, round(timeout * MICROSECONDS) / MICROSECONDS)
        return self._selector.select(0)

    def _wait_for_others(self) -> Any:
        """No timer is set, so only a thread or the operating system can continue the loop. Both take real time."""
        simulation = self._simulation
        while not simulation.in_handler and simulation.threads.alive():
            events = self._selector.select(0)
            if not events and not simulation.park(lambda: bool(self._selector.select(0))):
                events = self._selector.select(STANDSTILL_SECONDS / 5)
            if events:
                return events
        if simulation.in_handler and simulation.threads.is_owner and self._waits_for_nobody():
            with simulation.locked():
                events = self._selector.select(0)
                if events:
                    # A thread gave its result and came to rest after the last look.
                    return events
                # Another handler may still call the loop, and a timeout ends the wait.
                simulation.wait(self._signal, None)
            return self._selector.select(0)
        return self._selector.select(None)

    def _waits_for_nobody(self) -> bool:
        """Returns whether neither a thread nor the operating system can continue the loop. A loop watches one socket of its
        own.
        """
        return len(self._selector.get_map()) <= 1 and not may_be_ended_by_a_thread(self._simulation)
