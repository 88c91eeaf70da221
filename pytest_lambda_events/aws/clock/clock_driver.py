"""Shows the virtual clock to the process in place: each function that reads the time stays the same object.

time-machine drives functions that read the wall clock (`time.time`, `datetime.now`, `time.localtime` and similar ones) inside
the C functions, so existing copies are driven too. The other functions (`time.monotonic`, `time.ctime` and similar ones) are
redirected here in the same way. No module is searched, and `datetime` stays the same class.
"""

from __future__ import annotations

import functools
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import time_machine

from ...config import LambdaEventsConfig
from ...contexts import contextmanager
from ...errors import LambdaEventsError, hides_frames
from ...simulation.builtin_functions import Redirection, are_redirectable
from ...simulation.time_functions import time_functions
from ..lasting import kept
from .other_clocks import STOPPED_TOO_OFTEN, freezing, frozen_inside
from .readers import OnRead, reader
from .real_time import real_time_given

if TYPE_CHECKING:
    from .freezer import Freezer

__tracebackhide__ = hides_frames

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_SECOND = 1_000_000_000
_CLOCKS = ("CLOCK_REALTIME", "CLOCK_TAI", "CLOCK_MONOTONIC", "CLOCK_MONOTONIC_RAW", "CLOCK_BOOTTIME")
_DRIVEN_CLOCKS = frozenset(getattr(time, name) for name in _CLOCKS if hasattr(time, name))
"""Functions that return the time of day or the time since some start. The others return CPU time."""
_READ_FOR_OTHERS = frozenset({"time_machine", __name__, f"{__name__.partition('.')[0]}.simulation.builtin_functions"})
_START = time_machine.travel.start
"""The original function, which may be replaced by one that refuses."""


def clock_driver_of(config: LambdaEventsConfig) -> ClockDriver | Freezer:
    """Returns the driver that the options select. It is freezegun where builtin functions do not support redirection."""
    if config.clock_driver == "freezegun" or not are_redirectable():
        from .freezer import Freezer

        return Freezer(config.start)
    return ClockDriver(config.start)


class ClockDriver:
    """Shows the virtual clock to the process while `running`.

    Clocks of CPU time are not changed. Another clock is refused: `other_clocks` checks for it.
    """

    def __init__(self, start: datetime) -> None:
        self._nanoseconds = _nanoseconds(start)
        self._on_read: OnRead = lambda reader: 0
        self._traveller: Any = None

    def move_to(self, instant: datetime) -> None:
        """Makes every reading of the time return `instant`, an aware datetime. Raises errors like `check`."""
        self._nanoseconds = _nanoseconds(instant)
        self.check()

    def check(self) -> None:
        """Raises `LambdaEventsError` if another clock hides this one."""
        refusal = self.refusal()
        if refusal is not None:
            raise LambdaEventsError(refusal)

    def refusal(self) -> str | None:
        """Returns the message about another clock that hides this one, or None.

        Every call of the simulated AWS calls this.
        """
        if self._traveller is None:
            return None
        if freezing():
            return frozen_inside()
        stack = time_machine.traveller_stack
        return None if stack and stack[-1] is self._traveller else STOPPED_TOO_OFTEN

    @contextmanager
    def running(self, on_read: OnRead = lambda reader: 0) -> Iterator[None]:
        """Drives the clocks during the block.

        `on_read` is called before each reading of the time is answered. Raises `LambdaEventsError` at the end if a
        `freeze_time` was started inside and not stopped.
        """
        functions = time_functions()
        functions.look()
        self._on_read = on_read
        redirected: list[Redirection] = []
        try:
            self._traveller = _START(_travel())
            # On the instance, because time-machine asks the top traveller for each reading.
            self._traveller.time_ns = self._read
            for name, reading in self._readings(functions.real).items():
                redirection = functions.redirection(name)
                if redirection is not None:
                    redirected.append(redirection)
                    redirection.to(reading)
            with kept("real time", lambda: real_time_given(functions.by_identity, functions.real)):
                yield
        finally:
            for redirection in redirected:
                redirection.back()
            self._stop()

    def _stop(self) -> None:
        if self._traveller is None:
            return
        refusal, self._traveller = self.refusal(), None
        while time_machine.traveller_stack:
            _travel().stop()
        if freezing():
            from .freezer import thaw_everything

            thaw_everything()
        if refusal is not None:
            raise LambdaEventsError(refusal)

    def _read(self) -> int:
        # It may move the time, so it is called first.
        ahead = self._on_read(reader(sys._getframe(1), _READ_FOR_OTHERS))
        return self._nanoseconds + ahead * 1_000

    def _seconds(self) -> float:
        return self._read() / _SECOND

    def _readings(self, real: Mapping[str, Callable[..., Any]]) -> Mapping[str, Callable[..., Any]]:
        def ctime(*seconds: Any) -> Any:
            return real["ctime"](*seconds) if seconds and seconds[0] is not None else real["ctime"](self._seconds())

        def asctime(*moment: Any) -> Any:
            return real["asctime"](*moment) if moment else real["asctime"](time.localtime())

        def clock_gettime(clock: int) -> Any:
            return self._seconds() if clock in _DRIVEN_CLOCKS else real["clock_gettime"](clock)

        def clock_gettime_ns(clock: int) -> Any:
            return self._read() if clock in _DRIVEN_CLOCKS else real["clock_gettime_ns"](clock)

        return {
            "monotonic": self._seconds, "monotonic_ns": self._read, "perf_counter": self._seconds,
            "perf_counter_ns": self._read, "ctime": ctime, "asctime": asctime, "clock_gettime": clock_gettime,
            "clock_gettime_ns": clock_gettime_ns,
        }  # fmt: skip


@functools.cache
def _travel() -> Any:
    """Returns what starts and stops time-machine. Each start has its own traveller."""
    return time_machine.travel(0, tick=False)


def _nanoseconds(instant: datetime) -> int:
    since = instant - _EPOCH
    return ((since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds) * 1_000
