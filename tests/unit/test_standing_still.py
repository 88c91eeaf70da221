"""When a thread is taken to stand still: after many looks, not after a long time in which nobody looked."""

from __future__ import annotations

import sys
import threading
from typing import Any

import pytest

from pytest_lambda_events.simulation.threads import STANDSTILL_SECONDS, SimulationThread


@pytest.fixture
def watched() -> SimulationThread:
    """This thread, as another one would watch it."""
    return SimulationThread(threading.current_thread(), None)


def frames_of(frame: Any) -> dict[int, Any]:
    """What there is to see of this thread."""
    return {threading.get_ident(): frame}


def looks(watched: SimulationThread, instants: list[float]) -> list[bool]:
    """What each look at the same instruction says."""
    frames = frames_of(sys._getframe())
    return [watched.stands_still(instant, frames) for instant in instants]


def test_a_thread_stands_still_after_enough_looks(watched: SimulationThread) -> None:
    instants = [number * 0.001 for number in range(20)]

    seen = looks(watched, instants)

    assert seen.index(True) * 0.001 == pytest.approx(STANDSTILL_SECONDS, abs=0.0015)


def test_a_long_time_between_two_looks_counts_only_a_little(watched: SimulationThread) -> None:
    assert looks(watched, [0, 100, 200]) == [False, False, False]


def test_the_watchdog_restarts_for_a_thread_that_makes_progress(watched: SimulationThread) -> None:
    looks(watched, [number * 0.001 for number in range(14)])

    moved = looks(watched, [0.014, 0.015, 0.016])

    assert moved == [False, False, False]
