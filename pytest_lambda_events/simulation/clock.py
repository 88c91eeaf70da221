"""The clock of a test: whole microseconds since a fixed start."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Protocol

MICROSECONDS = 1_000_000
_MICROSECOND = timedelta(microseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_WHOLE_SECONDS = 2**53
LAST_INSTANT = datetime(9999, 12, 30, tzinfo=timezone.utc)
"""One day before the last date of Python, so that it is valid in every time zone."""


class ClockDriver(Protocol):
    """Makes the clocks of the process (`time.time()`, `datetime.now()`) follow the virtual clock."""

    def move_to(self, instant: datetime) -> None:
        """Sets the time of the process to `instant`, an aware datetime in UTC."""


class NoDriver:
    """Does not change the clocks of the process, for tests of the simulation alone."""

    def move_to(self, instant: datetime) -> None:
        """Does nothing."""


def microseconds_of(time: float | timedelta) -> int:
    """Returns `time`, in seconds or as a timedelta, in whole microseconds, rounded to the nearest."""
    if isinstance(time, timedelta):
        return time // _MICROSECOND
    # A large float would become infinite. It has no fraction of a second.
    return round(time * MICROSECONDS) if abs(time) < _WHOLE_SECONDS else int(time) * MICROSECONDS


def seconds_between(earlier: int, later: int) -> float:
    """Returns the seconds from one instant in microseconds to another."""
    return (later - earlier) / MICROSECONDS


class VirtualClock:
    """Reads the virtual time. Only its scheduler moves it, and never backwards."""

    def __init__(self, start: datetime, driver: ClockDriver) -> None:
        if start.tzinfo is None:
            raise ValueError(f"start must be an aware datetime, not {start!r}")
        self.start = start.astimezone(timezone.utc)
        self._start_after_epoch = (self.start - _EPOCH) // _MICROSECOND
        self.microseconds = 0
        self.now = self.start
        """The current virtual time, aware, in UTC. It is the same object until the time moves."""
        self._driver = driver

    @property
    def seconds_since_epoch(self) -> int:
        """Returns the whole seconds from the epoch to the current time."""
        return (self._start_after_epoch + self.microseconds) // MICROSECONDS

    @property
    def elapsed(self) -> float:
        """Returns the seconds since the start."""
        return self.microseconds / MICROSECONDS

    def at(self, microseconds: int) -> datetime:
        """Returns the time `microseconds` after the start."""
        return self.start + microseconds * _MICROSECOND

    def microseconds_at(self, instant: datetime) -> int:
        """Returns the microseconds from the start to an aware `instant`, the inverse of `at`."""
        return (instant - self.start) // _MICROSECOND

    @property
    def last(self) -> int:
        """Returns the last possible time, in microseconds since the start. Python's dates end there."""
        return self.microseconds_at(LAST_INSTANT)

    def move_to(self, microseconds: int) -> None:
        """Sets the time to `microseconds` after the start. Only the scheduler calls it."""
        if microseconds < self.microseconds:
            raise ValueError(f"the clock is at {self.microseconds} us and cannot go back to {microseconds} us")
        if microseconds != self.microseconds:
            self.microseconds = microseconds
            self.now = self.at(microseconds)
            self._driver.move_to(self.now)
