"""Cron expressions of AWS, and the minutes that they match."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from datetime import MAXYEAR, datetime, timedelta

from . import cron_fields
from .cron_fields import CronInvalid, Days, Steps

YEARS = 100
"""The most years that a search looks at (EVB-5A)."""
_MINUTE = timedelta(minutes=1)


class Cron:
    """A cron expression: the text between `cron(` and `)`. Raises `CronInvalid` or `CronUnclear`.

    It matches minutes of a calendar without time zones.
    """

    def __init__(self, text: str) -> None:
        fields = text.split(" ")
        if len(fields) != 6 or not all(fields):
            raise CronInvalid(text)
        minutes, hours, day_of_month, month, day_of_week, year = fields
        if (cron_fields.items(day_of_month) == ["?"]) == (cron_fields.items(day_of_week) == ["?"]):
            raise CronInvalid(text)
        self.warning = ""
        """A part of the expression that has no effect. Empty if there is none."""
        self._times = [
            (hour, minute)
            for hour in cron_fields.values(hours, cron_fields.HOUR)
            for minute in cron_fields.values(minutes, cron_fields.MINUTE)
        ]
        self._months = cron_fields.values(month, cron_fields.MONTH)
        self._years: Sequence[Steps] = cron_fields.steps(year, cron_fields.YEAR)
        self._days: Days
        if cron_fields.items(day_of_month) == ["?"]:
            self._days = cron_fields.days_of_week(day_of_week)
        else:
            self._days = cron_fields.days_of_month(day_of_month)
            if cron_fields.ignores_weekday(day_of_month):
                self.warning = f"The W in {day_of_month!r} has no effect after a range."
        self._last_month: tuple[int, int, Sequence[int]] = (0, 0, ())

    def next_after(self, after: datetime) -> datetime | None:
        """Returns the first minute that matches and is later than `after`, without a time zone. None if there is none."""
        if after.year == MAXYEAR:
            return None
        start = after.replace(second=0, microsecond=0) + _MINUTE
        time = (start.hour, start.minute)
        for year in self._years_from(start.year):
            for month in self._months:
                if (year, month) < (start.year, start.month):
                    continue
                for day in self._days_of(year, month):
                    is_first_day = (year, month, day) == (start.year, start.month, start.day)
                    if (year, month, day) < (start.year, start.month, start.day) or (is_first_day and time > self._times[-1]):
                        continue
                    hour, minute = self._times[bisect_left(self._times, time) if is_first_day else 0]
                    return datetime(year, month, day, hour, minute)
        return None

    def _years_from(self, first: int) -> Iterator[int]:
        """Yields at most `YEARS` years that match, beginning with `first`."""
        year = first
        for _ in range(YEARS):
            found = [one for steps in self._years if (one := steps.at_or_after(year)) is not None]
            if not found or min(found) > MAXYEAR:
                return
            yield min(found)
            year = min(found) + 1

    def _days_of(self, year: int, month: int) -> Sequence[int]:
        # Searches that follow each other are mostly about the same month.
        if self._last_month[:2] != (year, month):
            self._last_month = (year, month, self._days(year, month))
        return self._last_month[2]
