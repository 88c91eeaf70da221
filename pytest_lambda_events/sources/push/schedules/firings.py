"""The next firing of each schedule, as background work."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone

from ....arns import parse
from ....journal.entry import NOBODY
from ....journal.pending import ScheduleFiring
from ....simulation.clock import LAST_INSTANT
from ....simulation.scheduler import Timer
from ....simulation.simulation import Simulation
from ....values import dataclass
from .timetable import Timetable

Fire = Callable[[datetime, bool], None]
"""Fires. The arguments are the nominal instant, and whether it was the last firing."""
Delay = Callable[[datetime], datetime]
"""Returns when a firing runs, given its nominal instant."""


@dataclass(slots=True)
class _Scheduled:
    """One schedule. `facts` are equal as long as nothing has changed that decides when it fires."""

    facts: object
    timetable: Timetable
    work: tuple[str, str]
    fire: Fire
    delay: Delay
    timer: Timer | None = None


class Firings:
    """One work item for each schedule, whatever the number of its firings. `run_until_idle` does not wait for them.

    AWS promises no order among schedules that fire at the same instant, so the chooser decides.
    """

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        self._scheduled: dict[str, _Scheduled] = {}

    @property
    def now(self) -> datetime:
        """Returns the second that is running, the anchor of a schedule that is made now."""
        return self._simulation.clock.now.replace(microsecond=0)

    def is_set(self, arn: str, facts: object) -> bool:
        """Returns whether a schedule is set with equal facts, so that it keeps its anchor (EVB-5E)."""
        return arn in self._scheduled and self._scheduled[arn].facts == facts

    def set(
        self,
        arn: str,
        facts: object,
        timetable: Timetable,
        expression: str,
        fire: Fire,
        delay: Delay = lambda nominal: nominal,
    ) -> bool:
        """Sets a schedule, which replaces one with this ARN. Returns whether it will fire.

        `fire` is called at each firing, after the next one has been scheduled.
        """
        self.remove(arn)
        scheduled = _Scheduled(facts, timetable, (parse(arn).resource, expression), fire, delay)
        self._scheduled[arn] = scheduled
        return self._wait(scheduled, timetable.first(self.now))

    def remove(self, arn: str) -> None:
        """Removes a schedule with its next firing, if it is set."""
        scheduled = self._scheduled.pop(arn, None)
        if scheduled is not None and scheduled.timer is not None:
            scheduled.timer.cancel()

    def _wait(self, scheduled: _Scheduled, nominal: datetime | None) -> bool:
        if nominal is None or nominal > LAST_INSTANT:
            return False
        # The functions of the process's clock make datetimes of another class.
        due = self._simulation.clock.microseconds_at(scheduled.delay(nominal).astimezone(timezone.utc))

        def run() -> None:
            is_followed = self._wait(scheduled, scheduled.timetable.following(nominal))
            scheduled.fire(nominal, not is_followed)

        scheduled.timer = self._simulation.scheduler.call_at(
            due, run, ScheduleFiring(NOBODY, *scheduled.work), background=True, unordered=True
        )
        return True
