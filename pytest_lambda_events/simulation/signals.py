"""Signals of handlers. None reaches the process of the tests, and an alarm comes at its virtual time."""

from __future__ import annotations

import math
import operator
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import field
from typing import Any, NoReturn
from weakref import WeakKeyDictionary

from ..errors import NotSimulatedError, hides_frames
from ..journal.pending import Alarm
from ..values import dataclass
from .clock import microseconds_of, seconds_between
from .scheduler import Timer
from .simulation import Simulation
from .tasks import Task, current_task

__tracebackhide__ = hides_frames

_IGNORED = {"SIGCHLD", "SIGCONT", "SIGURG", "SIGWINCH"}
"""The signals that a process ignores by default."""
_IGNORED_BY_PYTHON = {"SIGPIPE", "SIGXFSZ"}
_STOPS = {"SIGSTOP", "SIGTSTP", "SIGTTIN", "SIGTTOU"}
_LARGEST_SIGNAL = 64


@dataclass(eq=False)
class _ProcessSignals:
    """The settings of one execution environment's process: its handlers of signals, and its alarm."""

    handlers: dict[int, Any] = field(default_factory=dict)
    timer: Timer | None = None
    interval: int = 0

    def left(self, now: int) -> int:
        """Returns the microseconds until the alarm; 0 without an alarm."""
        return self.timer.due - now if self.timer is not None and self.timer.is_due else 0


class HandlerSignals:
    """Replaces functions of the module `signal`, and `os.kill`, for handlers.

    Each execution environment has its own. `kill(name)` ends the process of the handler that calls it.
    """

    def __init__(self, simulation: Simulation, kill: Callable[[str], NoReturn]) -> None:
        self._simulation = simulation
        self._kill = kill
        self._process = os.getpid()
        self._signals: WeakKeyDictionary[Any, _ProcessSignals] = WeakKeyDictionary()

    @property
    def concern_the_caller(self) -> bool:
        """Returns whether the caller is a handler, and not a process that it forked."""
        return self._simulation.in_handler and os.getpid() == self._process

    def alarm(self, seconds: int, /) -> int:
        """Sets an alarm like `signal.alarm`, on the virtual clock."""
        left, _ = self._set_timer(float(operator.index(seconds)), 0.0)
        return math.ceil(left)

    def setitimer(self, which: int, seconds: float, interval: float = 0.0, /) -> tuple[float, float]:
        """Sets a timer like `signal.setitimer`, on the virtual clock."""
        self._check_timer(which)
        if not (seconds >= 0 and interval >= 0 and math.isfinite(seconds + interval)):
            raise signal.ItimerError(22, "Invalid argument")
        return self._set_timer(seconds, interval)

    def getitimer(self, which: int, /) -> tuple[float, float]:
        """Returns the timer like `signal.getitimer`, on the virtual clock."""
        if which in (signal.ITIMER_VIRTUAL, signal.ITIMER_PROF):
            return 0.0, 0.0
        own = self._own
        return seconds_between(0, own.left(self._simulation.clock.microseconds)), seconds_between(0, own.interval)

    def _set_timer(self, seconds: float, interval: float) -> tuple[float, float]:
        simulation, own = self._simulation, self._own
        task = simulation.handler_task
        assert task is not None
        before = self.getitimer(signal.ITIMER_REAL)
        with simulation.locked():
            if own.timer is not None:
                own.timer.cancel()
            own.interval = microseconds_of(interval)
            own.timer = None if not seconds else self._timer(task, own, max(1, microseconds_of(seconds)))
        return before

    def _timer(self, task: Task, own: _ProcessSignals, microseconds: int) -> Timer:
        simulation = self._simulation

        def strike() -> None:
            if task.dead or task.is_finished:
                return
            own.timer = self._timer(task, own, own.interval) if own.interval else None
            simulation.interrupt(task, lambda: self._deliver(own, signal.SIGALRM))

        due = simulation.clock.microseconds + microseconds
        return simulation.scheduler.call_at(due, strike, Alarm(task.subject), background=True)

    def _check_timer(self, which: int) -> None:
        if which != signal.ITIMER_REAL:
            raise self._simulation.record_misuse(
                f"A handler called setitimer({which!r}): timers of CPU time are not simulated. Use signal.ITIMER_REAL, which "
                "runs on the virtual clock.", NotSimulatedError,
            )  # fmt: skip

    def signal(self, number: int, handler: Any, /) -> Any:
        """Sets a handler like `signal.signal`. A real signal never calls it."""
        task = current_task()
        if task is None or task is not task.main:
            raise ValueError("signal only works in main thread of the main interpreter")
        number = _checked(number)
        if number in (signal.SIGKILL, signal.SIGSTOP):
            raise OSError(22, "Invalid argument")
        if not callable(handler) and handler not in (signal.SIG_DFL, signal.SIG_IGN):
            raise TypeError("signal handler must be signal.SIG_IGN, signal.SIG_DFL, or a callable object")
        before = self.getsignal(number)
        self._own.handlers[number] = handler if callable(handler) else signal.Handlers(handler)
        return before

    def getsignal(self, number: int, /) -> Any:
        """Returns a handler like `signal.getsignal`, in a process without other settings."""
        return _handler_of(self._own, _checked(number))

    def raise_signal(self, number: int, /) -> None:
        """Delivers a signal like `signal.raise_signal` to the handler's own process."""
        number = _checked(number)
        if current_task() is None:
            raise self._refused("sends itself a signal in one of its threads", "Send it in the handler's own thread")
        self._deliver(self._own, number)

    def kill(self, process: int, number: int, /) -> bool:
        """Delivers a signal like `os.kill`, if it is for the handler's own process. Returns whether it is."""
        if process != self._process or not number:
            return False
        self.raise_signal(number)
        return True

    def wait(self, *_: object) -> NoReturn:
        """Refuses `signal.pause`, `sigwait` and similar functions."""
        raise self._refused("waits for a signal", "Use time.sleep, which an alarm interrupts")

    def _deliver(self, own: _ProcessSignals, number: int) -> None:
        handler = _handler_of(own, number)
        name = signal.Signals(number).name
        if callable(handler):
            handler(number, sys._getframe(1))
        elif handler == signal.SIG_DFL and name in _STOPS:
            raise self._refused(f"stops itself with {name}", "Remove this: nothing would continue it")
        elif handler == signal.SIG_DFL and name not in _IGNORED:
            self._kill((signal.strsignal(number) or name).lower())

    def _refused(self, what: str, instead: str) -> NotSimulatedError:
        error = self._simulation.record_misuse(f"A handler {what}, which is not simulated. {instead}.", NotSimulatedError)
        assert isinstance(error, NotSimulatedError)
        return error

    @property
    def _own(self) -> _ProcessSignals:
        task = self._simulation.handler_task
        assert task is not None
        return self._signals.setdefault(task.state, _ProcessSignals())


def _checked(number: int) -> int:
    number = operator.index(number)
    if not 1 <= number <= _LARGEST_SIGNAL:
        raise ValueError("signal number out of range")
    return number


def _handler_of(own: _ProcessSignals, number: int) -> Any:
    if number in own.handlers:
        return own.handlers[number]
    if number == signal.SIGINT:
        return signal.default_int_handler
    known = number in set(signal.Signals) and signal.Signals(number).name in _IGNORED_BY_PYTHON
    return signal.SIG_IGN if known else signal.SIG_DFL
