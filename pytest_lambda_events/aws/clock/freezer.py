"""Makes all readings of the time in the process follow the virtual clock, with freezegun."""

from __future__ import annotations

import copyreg
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from typing import Any

import freezegun.api as freezegun_api
from freezegun import freeze_time

from ...errors import LambdaEventsError, hides_frames
from ..process import process
from .other_clocks import STOPPED_TOO_OFTEN, frozen_inside
from .readers import OnRead, reader
from .real_time import real_time_given

__tracebackhide__ = hides_frames

_READ_FOR_OTHERS = frozenset({"freezegun.api"})
_READINGS = ("time", "monotonic", "perf_counter", "time_ns", "monotonic_ns", "perf_counter_ns", "localtime", "gmtime")


class _ObservedFactory(freezegun_api.FrozenDateTimeFactory):
    """The source of time of all substitutes of freezegun."""

    def __init__(self, instant: datetime, on_read: OnRead) -> None:
        super().__init__(instant)
        self._on_read = on_read

    def __call__(self) -> datetime:
        # It may move the time, so it is called first.
        ahead = self._on_read(reader(sys._getframe(1), _READ_FOR_OTHERS))
        return self.time_to_freeze + timedelta(microseconds=ahead) if ahead else self.time_to_freeze


class Freezer:
    """Makes freezegun show the time of the virtual clock.

    freezegun is started once. `move_to` then changes the time that it shows. Another clock is refused: `other_clocks` checks
    for it.
    """

    def __init__(self, start: datetime) -> None:
        self._instant = _naive(start)
        self._factory: Any = None

    def move_to(self, instant: datetime) -> None:
        """Makes every reading of the time return `instant`, an aware datetime in UTC. Raises errors like `check`."""
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
        """Returns the message about another `freeze_time` that hides this clock, or None.

        Every call of the simulated AWS calls this.
        """
        factories = freezegun_api.freeze_factories
        if self._factory is None or (factories and factories[-1] is self._factory):
            return None
        return frozen_inside() if self._factory in factories else STOPPED_TOO_OFTEN

    @contextmanager
    def running(self, on_read: OnRead = lambda reader: 0) -> Iterator[None]:
        """Starts freezegun, and stops it at the end together with every other `freeze_time` that is still active.

        `on_read` is called before each reading of the time is answered. Raises `LambdaEventsError` at the end if another
        `freeze_time` was started inside and not stopped.
        """
        load_lazy_attributes()
        freezing = freeze_time(self._instant)
        # Without ignored prefixes freezegun does not inspect the stack. So it freezes threads at every depth, and modules of
        # the user whose names begin like one of the standard library.
        freezing.ignore = ()
        freezing.start()
        self._factory = freezegun_api.freeze_factories[-1] = _ObservedFactory(self._instant, on_read)
        try:
            fakes = _fakes()
            with real_time_given(fakes, _real_functions(fakes)):
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
    """Lets modules that load their attributes on first use do so now.

    freezegun asks each module for all attributes when `datetime` is already replaced, and then models of pydantic fail.
    """
    known = process().loaded
    while new := sys.modules.keys() - known:
        known |= new
        for module in [sys.modules[name] for name in sorted(new) if name in sys.modules]:
            if {"__getattr__", "__dir__"} <= getattr(module, "__dict__", {}).keys():
                for name in dir(module):
                    # Code that uses the attribute gets the error.
                    with suppress(Exception):
                        getattr(module, name)


def _naive(instant: datetime) -> datetime:
    """Returns the time in the form of freezegun: in UTC, without a zone."""
    return instant.replace(tzinfo=None)


def _fakes() -> dict[int, Callable[..., Any]]:
    """Returns the real functions by the identity of freezegun's substitutes."""
    readings = [(getattr(freezegun_api, f"fake_{name}"), getattr(freezegun_api, f"real_{name}")) for name in _READINGS]
    readings.append((freezegun_api.fake_strftime, freezegun_api.real_strftime))
    return {id(fake): real for fake, real in readings}


def _real_functions(fakes: Mapping[int, Callable[..., Any]]) -> dict[str, Callable[..., Any]]:
    """Returns the real functions of `time` that are replaced while the time is frozen."""
    replaced = {name: fakes[id(value)] for name, value in vars(time).items() if id(value) in fakes}
    return {**replaced, "sleep": process().real_sleep}


def thaw_everything() -> None:
    """Restores the process's time although freezers were not stopped in reverse order.

    freezegun itself would leave a part of the process frozen: only the first freezer knows the replaced attributes, and only
    the last one that stops restores them. So a freezer that knows all attributes stops last.
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
        # They are already removed if freezegun stopped too often.
        copyreg.dispatch_table.setdefault(kind, object.__reduce__)
    last.stop()
