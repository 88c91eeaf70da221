"""`time.sleep` in a simulated AWS lets virtual time pass."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ...simulation.simulation import Simulation
from ...simulation.time_functions import time_functions
from ..process import Process, process
from .real_time import REAL_TIME_MODULES
from .stand_ins import StandIn, StandIns

LONGEST_SLEEP_SECONDS = 2**63 / 1e9
"""CPython counts sleeps in 64 bits of nanoseconds."""


@contextmanager
def sleep_dispatched(simulation: Simulation) -> Iterator[None]:
    """Let `time.sleep`, and every module's own name for it, mean `simulation.sleep` for the simulated AWS's threads.

    Other threads really sleep. Not found are copies in default arguments and class attributes. A `time.sleep` that
    the user has replaced stays replaced.
    """
    known = process()
    known.sleep = known.sleep or _dispatcher(known)
    known.sleepers = known.sleepers or StandIns(
        [StandIn(time, "sleep", known.builtin_sleep, known.sleep)], left_alone=REAL_TIME_MODULES
    )
    previous, known.simulation = known.simulation, simulation
    try:
        with known.sleepers.installed():
            yield
    finally:
        known.simulation = previous


@contextmanager
def sleep_redirected(simulation: Simulation) -> Iterator[None]:
    """Let `time.sleep` mean `simulation.sleep` for the environment's threads, wherever code has a copy of it.

    Other threads really sleep. A `time.sleep` that the user has replaced stays replaced.
    """
    known, functions = process(), time_functions()
    functions.look()
    known.sleep = known.sleep or _dispatcher(known)
    redirection = functions.redirection("sleep")
    previous, known.simulation = known.simulation, simulation
    try:
        if redirection is not None:
            redirection.to(known.sleep)
        yield
    finally:
        known.simulation = previous
        if redirection is not None:
            redirection.back()


def _dispatcher(known: Process) -> Callable[[float], None]:
    """One function for the whole life of the process, since modules imported in a simulated AWS keep it."""

    def sleep(seconds: float, /) -> None:
        """Let `seconds` pass: virtual ones in a simulated AWS's thread, else real ones."""
        simulation = known.simulation
        if simulation is None or not simulation.in_simulation_thread() or not _is_length(seconds):
            # What is no length is refused there, at once and in Python's own words.
            known.real_sleep(seconds)
            return
        simulation.sleep(float(seconds))

    return sleep


def _is_length(seconds: Any) -> bool:
    """Whether `time.sleep` takes it: a float or whole number, neither negative nor too large nor NaN."""
    return (isinstance(seconds, float) or hasattr(seconds, "__index__")) and 0 <= seconds <= LONGEST_SLEEP_SECONDS
