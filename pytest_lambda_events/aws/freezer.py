"""Makes all that the process reads as the time follow the virtual clock, by means of freezegun."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from types import FrameType, ModuleType
from typing import Any

import freezegun.api as freezegun_api
from freezegun import freeze_time

from ..errors import LambdaEventsError, hides_frames
from .process import process

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
    """The clock driver of a world: freezegun, started once and moved by assigning its time.

    Exactly one freezer governs: another `freeze_time` that becomes active meanwhile is refused at the next move.
    """

    def __init__(self, start: datetime) -> None:
        self._instant = _naive(start)
        self._factory: Any = None

    def move_to(self, instant: datetime) -> None:
        """Let every reading of the time give `instant`, an aware datetime in UTC. Refuses as `check` does."""
        self._instant = _naive(instant)
        if self._factory is not None:
            self.check()
            self._factory.time_to_freeze = self._instant

    def check(self) -> None:
        """Raise `LambdaEventsError` if a `freeze_time` of the user's hides this clock."""
        if self._factory is None or freezegun_api.freeze_factories[-1:] == [self._factory]:
            return
        if self._factory not in freezegun_api.freeze_factories:
            raise LambdaEventsError(
                "A freeze_time that was active around lambda_events was stopped inside it, which stopped our clock instead. "
                "Stop it after lambda_events has ended, or drop it and give the start to ours: "
                '@pytest.mark.lambda_events(start_time="...").'
            )
        other = freezegun_api.freeze_factories[-1]
        frozen_at: datetime = getattr(other, "time_to_freeze", self._instant)
        midnight = frozen_at.time() == datetime.min.time()
        text = frozen_at.date().isoformat() if midnight else frozen_at.isoformat(sep=" ")
        raise LambdaEventsError(
            f'freeze_time("{text}") is active inside lambda_events, and two clocks cannot agree. '
            f'Give the start to ours:\n@pytest.mark.lambda_events(start_time="{frozen_at.isoformat()}Z").'
        )

    @contextmanager
    def running(self, on_read: OnRead = lambda reader: 0) -> Iterator[None]:
        """Freeze the process's time at this clock, and let it go at the end, whatever was started meanwhile.

        `on_read` is asked before each reading of the time is answered.

        A `freeze_time` that is active already stays so below ours. Raises `LambdaEventsError` at the end if another
        one was started inside and not stopped, or one around was stopped inside.
        """
        _load_lazy_attributes()
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
            _thaw_everything()
            raise
        else:
            freezing.stop()
        finally:
            self._factory = None


def _load_lazy_attributes() -> None:
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
    """Let the modules of `REAL_TIME_MODULES` read the real time."""
    fakes = _fakes()
    real_time = _real_time_module(fakes)
    changed: list[tuple[ModuleType, str, Any]] = []
    try:
        for name in REAL_TIME_MODULES & sys.modules.keys():
            module = sys.modules[name]
            for attribute, value in list(vars(module).items()):
                real = real_time if value is time else fakes.get(id(value))
                if real is not None:
                    changed.append((module, attribute, value))
                    setattr(module, attribute, real)
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


def _thaw_everything() -> None:
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
    for stack in (
        freezegun_api.freeze_factories, freezegun_api.tz_offsets, freezegun_api.ignore_lists, freezegun_api.tick_flags
    ):  # fmt: skip
        del stack[1:]
    last.stop()
