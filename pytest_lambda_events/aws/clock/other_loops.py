"""Refuses event loops that do not work with the virtual clock: those of trio and uvloop."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from types import ModuleType
from typing import Any

from ...contexts import contextmanager
from ...errors import NotSimulatedError, hides_frames
from ...simulation.simulation import Simulation
from ..lasting import kept, lasting
from .late_imports import modules_prepared

__tracebackhide__ = hides_frames

_TRIO = "trio._core._run"
_UVLOOP = "uvloop"
_ADVICE = {
    _TRIO: (
        'trio waits in real time, and its tasks would not see the virtual clock. Use asyncio.run; with anyio use the backend '
        '"asyncio": in tests, a fixture anyio_backend returns it.'
    ),
    _UVLOOP: (
        "A loop of uvloop waits in real time, and its timers would not see the virtual clock. Use asyncio's own loop: "
        "asyncio.run without uvloop.install() and without a loop_factory or policy of uvloop."
    ),
}  # fmt: skip


def other_loops_refused(simulation: Simulation) -> AbstractContextManager[None]:
    """Refuses to run trio and uvloop in threads of the environment, also if they are imported later.

    Raises `NotSimulatedError` if the environment is opened inside one of them.
    """
    _check_running()
    return kept("other loops", _refused, lasting(simulation))


@contextmanager
def _refused(simulation: Simulation) -> Iterator[None]:
    changed: list[tuple[Any, str, Any]] = []

    def refuse(module: ModuleType) -> None:
        places = [(module, "setup_runner")]
        if module.__name__ == _UVLOOP:
            places = [(module.Loop, name) for name in ("run_forever", "run_until_complete")]
        for owner, name in places:
            changed.append((owner, name, vars(owner).get(name)))
            setattr(owner, name, _refusing(simulation, getattr(owner, name), _ADVICE[module.__name__]))

    try:
        with modules_prepared(_ADVICE.keys(), refuse):
            yield
    finally:
        for owner, name, before in changed:
            if before is None:
                delattr(owner, name)
            else:
                setattr(owner, name, before)


def _refusing(simulation: Simulation, run: Callable[..., Any], advice: str) -> Callable[..., Any]:
    def refused(*args: Any, **keywords: Any) -> Any:
        if simulation.is_open and simulation.in_simulation_thread():
            raise simulation.record_misuse(advice, NotSimulatedError)
        return run(*args, **keywords)

    return refused


def _check_running() -> None:
    """An environment that is opened inside such a loop cannot drive it either."""
    trio, uvloop = sys.modules.get(_TRIO), sys.modules.get(_UVLOOP)
    if trio is not None and hasattr(trio.GLOBAL_RUN_CONTEXT, "runner"):
        raise NotSimulatedError(_ADVICE[_TRIO])
    if uvloop is not None and isinstance(asyncio._get_running_loop(), uvloop.Loop):
        raise NotSimulatedError(_ADVICE[_UVLOOP])
