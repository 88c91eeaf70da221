"""Makes all that the process reads as the time follow the virtual clock, by means of freezegun."""

from __future__ import annotations

import copyreg
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from types import FrameType, ModuleType
from typing import Any

import freezegun.api as freezegun_api
from freezegun import freeze_time

from ...errors import LambdaEventsError, hides_frames
from ..process import process
from .late_imports import modules_prepared
from .other_clocks import STOPPED_TOO_OFTEN, frozen_inside

__tracebackhide__ = hides_frames

REAL_TIME_MODULES = frozenset(
    {
        # They wait in real time, so their timeouts have to be measured in real time.
        "concurrent.futures._base",
        "multiprocessing.connection",
        "multiprocessing.managers",
        "multiprocessing.pool",
        "multiprocessing.queues",
        "multiprocessing.synchronize",
        "queue",
        "socketserver",
        "subprocess",
        "threading",
        # Its event loop waits in real time and would wait for ever for a frozen clock.
        "trio._core._run",
        # They measure and limit how long tests really take.
        "_pytest.timing",
        "hypothesis.core",
        "hypothesis.internal.conjecture.data",
        "hypothesis.internal.conjecture.engine",
        "hypothesis.internal.conjecture.junkdrawer",
        "hypothesis.stateful",
        "pytest_timeout",
        "xdist.remote",
    }
)
"""The modules that go on reading the real time: exact names, since a prefix would also match modules of the user's."""

_READINGS = ("time", "monotonic", "perf_counter", "time_ns", "monotonic_ns", "perf_counter_ns", "localtime", "gmtime")

OnRead = Callable[[str], int]
"""Told the name of the module that reads the clock; answers by how many microseconds its time is ahead."""


class _ObservedFactory(freezegun_api.FrozenDateTimeFactory):
    """Where all of freezegun's substitutes get the time from."""

    def __init__(self, instant: datetime, on_read: OnRead) -> None:
        super().__init__(instant)
        self._on_read = on_read

    def __call__(self) -> datetime:
        # It may move the time: ask it first.
        ahead = self._on_read(_reader(sys._getframe(1)))
        return self.time_to_freeze + timedelta(microseconds=ahead) if ahead else self.time_to_freeze


def _reader(frame: FrameType | None) -> str:
    """The module that reads the clock, from the frame in which freezegun asks for it."""
    while frame is not None:
        name: str = frame.f_globals.get("__name__", "")
        # A loop's `time` reads for whoever called it.
        if name != "freezegun.api" and not (name == "asyncio.base_events" and frame.f_code.co_name == "time"):
            return name
        frame = frame.f_back
    return ""


class Freezer:
    """Makes freezegun show the instant of the virtual clock.

    freezegun is started once. `move_to` then changes the instant that it shows. Another clock is refused:
    `other_clocks` checks for it.
    """

    def __init__(self, start: datetime) -> None:
        self._instant = _naive(start)
        self._factory: Any = None

    def move_to(self, instant: datetime) -> None:
        """Make every reading of the time return `instant`, an aware datetime in UTC. Raises as `check` does."""
        self._instant = _naive(instant)
        if self._factory is not None:
            self.check()
            self._factory.time_to_freeze = self._instant

    def check(self) -> None:
        """Raises `LambdaEventsError` if another `freeze_time` hides this clock."""
        refusal = self.refusal()
        if refusal is not None:
            raise LambdaEventsError(refusal)

    def refusal(self) -> str | None:
        """Returns what to tell about another `freeze_time` that hides this clock, None if there is none.

        Every call of the simulated AWS asks this.
        """
        factories = freezegun_api.freeze_factories
        if self._factory is None or (factories and factories[-1] is self._factory):
            return None
        return frozen_inside() if self._factory in factories else STOPPED_TOO_OFTEN

    @contextmanager
    def running(self, on_read: OnRead = lambda reader: 0) -> Iterator[None]:
        """Starts freezegun, and stops it at the end together with every other `freeze_time` that is still active.

        `on_read` is asked before each reading of the time is answered. Raises `LambdaEventsError` at the end if another
        `freeze_time` was started inside and not stopped.
        """
        load_lazy_attributes()
        freezing = freeze_time(self._instant)
        # Without ignored prefixes nothing inspects the stack: threads are frozen at every depth, and so are modules
        # of the user's whose names begin like one of the standard library's.
        freezing.ignore = ()
        freezing.start()
        self._factory = freezegun_api.freeze_factories[-1] = _ObservedFactory(self._instant, on_read)
        try:
            with _real_time_given_back():
                yield
        finally:
            self._stop(freezing)

    def _stop(self, freezing: Any) -> None:
        try:
            self.check()
        except LambdaEventsError:
            thaw_everything()
            raise
        else:
            freezing.stop()
        finally:
            self._factory = None


def load_lazy_attributes() -> None:
    """Let modules that load their attributes on first use do so now.

    freezegun asks each module for all of them, with `datetime` replaced already: models of pydantic cannot be made then.
    """
    known = process().loaded
    while new := sys.modules.keys() - known:
        known |= new
        for module in [sys.modules[name] for name in sorted(new) if name in sys.modules]:
            if {"__getattr__", "__dir__"} <= getattr(module, "__dict__", {}).keys():
                for name in dir(module):
                    # What cannot be had is told to whoever uses it.
                    with suppress(Exception):
                        getattr(module, name)


def _naive(instant: datetime) -> datetime:
    """As freezegun counts: in UTC, without saying so."""
    return instant.replace(tzinfo=None)


def _fakes() -> dict[int, Callable[..., Any]]:
    """The real functions by the identity of freezegun's substitutes."""
    readings = [(getattr(freezegun_api, f"fake_{name}"), getattr(freezegun_api, f"real_{name}")) for name in _READINGS]
    readings.append((freezegun_api.fake_strftime, freezegun_api.real_strftime))
    return {id(fake): real for fake, real in readings}


@contextmanager
def _real_time_given_back() -> Iterator[None]:
    """Makes the modules of `REAL_TIME_MODULES` read the real time, also those that are imported later."""
    fakes = _fakes()
    real_time = _real_time_module(fakes)
    changed: list[tuple[ModuleType, str, Any]] = []

    def give_back(module: ModuleType) -> None:
        for attribute, value in list(vars(module).items()):
            real = real_time if value is time else fakes.get(id(value))
            if real is not None:
                changed.append((module, attribute, value))
                setattr(module, attribute, real)

    try:
        with modules_prepared(REAL_TIME_MODULES, give_back):
            yield
    finally:
        for module, attribute, value in changed:
            setattr(module, attribute, value)


def _real_time_module(fakes: dict[int, Callable[..., Any]]) -> ModuleType:
    """The module `time` as it is while nothing is frozen."""
    module = ModuleType("time", time.__doc__)
    for attribute, value in vars(time).items():
        if not attribute.startswith("__"):
            setattr(module, attribute, fakes.get(id(value), value))
    module.__dict__["sleep"] = process().real_sleep
    return module


def thaw_everything() -> None:
    """Put the process's time back although freezers were not stopped in reverse order.

    freezegun itself would leave the process half frozen: only the first freezer knows what was replaced, and only the
    last one to stop puts it back. So one that knows all that can be replaced stops last.
    """
    last: Any = freeze_time()
    last.ignore = ()
    last.reals = _fakes() | {
        id(freezegun_api.FakeDatetime): freezegun_api.real_datetime,
        id(freezegun_api.FakeDate): freezegun_api.real_date,
    }
    last.fake_names = ("FakeDatetime", "FakeDate", "fake_strftime", *(f"fake_{name}" for name in _READINGS))
    stacks: tuple[list[Any], ...] = (
        freezegun_api.freeze_factories, freezegun_api.tz_offsets, freezegun_api.ignore_lists, freezegun_api.tick_flags
    )  # fmt: skip
    for stack in stacks:
        stack[:] = [None]
    for kind in (freezegun_api.real_datetime, freezegun_api.real_date):
        # They are gone already if freezegun stopped too often.
        copyreg.dispatch_table.setdefault(kind, object.__reduce__)
    last.stop()
