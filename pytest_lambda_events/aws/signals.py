"""Signals and alarms of handlers belong to the simulation. All others are real."""

from __future__ import annotations

import functools
import os
import signal
from collections.abc import Callable, Iterator
from typing import Any

from ..contexts import contextmanager
from ..simulation.signals import HandlerSignals
from .clock.stand_ins import StandIn, StandIns
from .lasting import kept
from .process import Process, process

_FUNCTIONS = {
    **{name: name for name in ("alarm", "setitimer", "getitimer", "signal", "getsignal", "raise_signal")},
    **dict.fromkeys(("pause", "sigwait", "sigwaitinfo", "sigtimedwait"), "wait"),
}
"""The functions of `signal`, and the methods of `HandlerSignals` that replace them. Windows has few of them."""


@contextmanager
def signals_dispatched(signals: HandlerSignals | None) -> Iterator[None]:
    """Lets the functions of `signal`, and `os.kill`, use `signals` in handlers."""
    known = process()
    known.signal_functions = known.signal_functions or StandIns(list(_stand_ins(known)))
    before, known.signals = known.signals, signals
    try:
        with kept("functions of signal", known.signal_functions.installed):
            yield
    finally:
        known.signals = before


def _stand_ins(known: Process) -> Iterator[StandIn]:
    for name, method in _FUNCTIONS.items():
        real = getattr(signal, name, None)
        if real is not None:
            yield StandIn(signal, name, real, _dispatcher(known, method, real))
    yield StandIn(os, "kill", os.kill, _kill_dispatcher(known, os.kill))


def _dispatcher(known: Process, method: str, real: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(real)
    def dispatch(*args: Any, **keywords: Any) -> Any:
        signals = known.signals
        if signals is None or not signals.concern_the_caller:
            return real(*args, **keywords)
        return getattr(signals, method)(*args, **keywords)

    return dispatch


def _kill_dispatcher(known: Process, real: Callable[[int, int], None]) -> Callable[[int, int], None]:
    @functools.wraps(real)
    def kill(pid: int, signal: int, /) -> None:
        signals = known.signals
        if signals is None or not signals.concern_the_caller or not signals.kill(pid, signal):
            real(pid, signal)

    return kill
