"""The instants at which a schedule fires."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone, tzinfo

from ....values import dataclass
from .cron import Cron
from .expressions import At, Expression, Rate


@dataclass(frozen=True, slots=True)
class Timetable:
    """A schedule expression with everything that decides when it fires.

    `anchor` is the instant from which it counts, in whole seconds. A rate fires at the anchor too if `fires_at_once`. Firings
    are at or after `start` and before `end`, which are not used for `at` (SCH-09).
    """

    expression: Expression
    anchor: datetime
    zone: tzinfo = timezone.utc
    fires_at_once: bool = False
    start: datetime | None = None
    end: datetime | None = None

    def first(self, now: datetime) -> datetime | None:
        """Returns the first firing that is not missed at `now`; None if there is none.

        An `at` in the past is not missed: it fires immediately (SCH-06).
        """
        expression = self.expression
        if isinstance(expression, At):
            return in_zone(expression.moment, self.zone)
        if isinstance(expression, Rate):
            base = self._base if self.fires_at_once else _plus(self._base, expression.period)
            if base is None or base >= now:
                return self._bounded(base)
            missed = -((base - now) // expression.period)
            return self._bounded(_plus(base, missed * expression.period))
        after = max(now, self.anchor)
        if self.start is not None and self.start > after:
            # A firing at the start itself is one of them.
            after = self.start - timedelta(microseconds=1)
        return self._bounded(_next_cron(expression, after, self.zone))

    def following(self, firing: datetime) -> datetime | None:
        """Returns the firing after `firing`; None if that was the last one."""
        expression = self.expression
        if isinstance(expression, At):
            return None
        if isinstance(expression, Rate):
            return self._bounded(_plus(firing, expression.period))
        return self._bounded(_next_cron(expression, firing, self.zone))

    @property
    def _base(self) -> datetime:
        return self.anchor if self.start is None else self.start

    def _bounded(self, firing: datetime | None) -> datetime | None:
        return None if firing is None or (self.end is not None and firing >= self.end) else firing


def in_zone(moment: datetime, zone: tzinfo) -> datetime | None:
    """Returns the instant of a time in a time zone; None if the zone skips this time (SCH-06).

    If the time exists twice, it is the first one (SCH-07).
    """
    try:
        instant = moment.replace(tzinfo=zone).astimezone(timezone.utc)
        return instant if instant.astimezone(zone).replace(tzinfo=None) == moment else None
    except OverflowError:
        return None


def _next_cron(cron: Cron, after: datetime, zone: tzinfo) -> datetime | None:
    """Returns the first minute after an instant that matches in the time zone.

    Minutes that the zone skips do not exist, and those that exist twice count once (SCH-07).
    """
    local: datetime | None = after.astimezone(zone).replace(tzinfo=None)
    while local is not None:
        local = cron.next_after(local)
        instant = None if local is None else in_zone(local, zone)
        if instant is not None and instant > after:
            return instant
    return None


def _plus(instant: datetime, time: timedelta) -> datetime | None:
    """Returns a later instant; None if it is after the end of the calendar."""
    try:
        return instant + time
    except OverflowError:
        return None
