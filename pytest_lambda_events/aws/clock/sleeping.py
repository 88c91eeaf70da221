"""`time.sleep` in a simulated AWS lets virtual time pass."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

from ...contexts import contextmanager
from ...simulation.simulation import Simulation
from ...simulation.time_functions import time_functions
from ..process import Process, process
from .real_time import REAL_TIME_MODULES
from .stand_ins import StandIn, StandIns

LONGEST_SLEEP_SECONDS = 2**63 / 1e9
"""CPython counts sleeps in 64 bits of nanoseconds."""


@contextmanager
def sleep_dispatched(simulation: Simulation) -> Iterator[None]:
    """Lets `time.sleep`, under every name in modules, call `simulation.sleep` in threads of the simulated AWS.

    Other threads really sleep. Copies in default arguments and class attributes are not found. A `time.sleep` that the user
    has replaced stays replaced.
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
    """Lets `time.sleep` call `simulation.sleep` in threads of the environment, for every copy of the function.

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
    """One function for the whole process, because modules that are imported in a simulated AWS keep it."""

    def sleep(seconds: float, /) -> None:
        """Lets `seconds` pass: virtual ones in a thread of the simulated AWS, else real ones."""
        simulation = known.simulation
        if simulation is None or not simulation.in_simulation_thread() or not _is_length(seconds):
            # Python itself refuses an invalid length, immediately and with its own message.
            known.real_sleep(seconds)
            return
        simulation.sleep(float(seconds))

    return sleep


def _is_length(seconds: Any) -> bool:
    """Returns whether `time.sleep` accepts it: a float or whole number that is not negative, not too large and not NaN."""
    return (isinstance(seconds, float) or hasattr(seconds, "__index__")) and 0 <= seconds <= LONGEST_SLEEP_SECONDS
