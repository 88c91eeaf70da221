"""EventBridge Scheduler: lets schedules fire, and does what follows a failure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Protocol

from ....journal.entry import NOBODY
from ....journal.events import Warned
from ....simulation.choices import Named, Question
from ....simulation.identifiers import Identifiers
from ....simulation.simulation import Simulation
from ....values import dataclass
from ..deliveries import Ending, NotDelivered, Push, Pushes
from ..push_counts import of_schedule
from .firings import Firings
from .schedule import Schedule


class ScheduleTargets(Protocol):
    """The targets of schedules in the services of the simulated AWS."""

    def send(self, schedule: Schedule, text: str) -> None:
        """Calls the target of a schedule with the role of the schedule. Raises `NotDelivered`."""

    def refusal_of_role(self, schedule: Schedule) -> str | None:
        """Returns AWS's text if Scheduler may not assume the role of a schedule, else None."""

    def send_to_queue(self, schedule: Schedule, queue_arn: str, text: str, attributes: Mapping[str, str]) -> None:
        """Sends a message to a dead-letter queue with the role of a schedule. Raises `NotDelivered`."""


@dataclass(frozen=True, slots=True)
class WithinWindow(Question):
    """When does a schedule with a flexible time window fire? The alternatives are the minutes after the nominal instant."""

    schedule: str


class _Invocation:
    """One firing of a schedule, with what the last attempt sent."""

    def __init__(self, identifiers: Identifiers, targets: ScheduleTargets, schedule: Schedule, nominal: datetime) -> None:
        self._identifiers = identifiers
        self._targets = targets
        self.schedule = schedule
        self._nominal = nominal
        self._event_id = identifiers.uuid()
        self._execution_id = ""
        self.text = ""

    def attempt(self, number: int) -> None:
        """Makes one attempt. Raises `NotDelivered`."""
        self._execution_id = self._identifiers.uuid()
        self.text = self.schedule.input_at(self._nominal, self._event_id, self._execution_id, number)
        self._targets.send(self.schedule, self.text)

    def dead_letter_attributes(self, ending: Ending) -> dict[str, str]:
        """Returns the attributes of the message to the dead-letter queue."""
        return self.schedule.dead_letter_attributes(self._nominal, self._execution_id, ending)


class Schedules:
    """All schedules. `on_completed` deletes a schedule after its last firing (SCH-0D).

    `fires_at_the_end` lets schedules with a flexible time window fire at its end.
    """

    def __init__(
        self,
        simulation: Simulation,
        targets: ScheduleTargets,
        pushes: Pushes,
        on_completed: Callable[[str], None],
        *,
        fires_at_the_end: bool = False,
    ) -> None:
        self._simulation = simulation
        self._targets = targets
        self._on_completed = on_completed
        self._fires_at_the_end = fires_at_the_end
        self._pushes = pushes
        self._firings = Firings(simulation)
        self._schedules: dict[str, Schedule] = {}

    @property
    def now(self) -> datetime:
        """Returns the second that is running."""
        return self._firings.now

    def set(self, schedule: Schedule) -> None:
        """Is called when a schedule was created or updated. One whose timing stays the same keeps its next firing."""
        if not schedule.is_enabled:
            self.remove(schedule.arn)
            return
        self._schedules[schedule.arn] = schedule
        if self._firings.is_set(schedule.arn, schedule.timing):
            return
        table = schedule.timetable(self.now)
        will_fire = self._firings.set(
            schedule.arn, schedule.timing, table, schedule.expression,
            lambda nominal, is_last: self._fire(schedule.arn, nominal, is_last),
            lambda nominal: nominal + self._delay(schedule),
        )  # fmt: skip
        warning = "It never fires." if not will_fire else getattr(table.expression, "warning", "")
        if warning:
            self._warn(f"Schedule {schedule.name!r} has {schedule.expression} in {schedule.zone}: {warning}")

    def remove(self, arn: str) -> None:
        """Is called when a schedule is deleted."""
        self._firings.remove(arn)
        self._schedules.pop(arn, None)

    def _delay(self, schedule: Schedule) -> timedelta:
        """Returns how long after its nominal instant a schedule fires (SCH-0A)."""
        if schedule.window_minutes is None:
            return timedelta(0)
        if self._fires_at_the_end:
            return timedelta(minutes=schedule.window_minutes)
        minutes = Named(schedule.window_minutes + 1, lambda index: index)
        return timedelta(minutes=self._simulation.chooser.choose(WithinWindow(schedule.arn), minutes))

    def _fire(self, arn: str, nominal: datetime, is_last: bool) -> None:
        schedule = self._schedules[arn]
        if is_last and schedule.is_deleted_after_completion:
            self._on_completed(arn)
        invocation = _Invocation(self._simulation.identifiers, self._targets, schedule, nominal)
        label, target_arn = schedule.label, schedule.target["Arn"]
        self._pushes.matched(label, target_arn)
        self._pushes.deliver(
            Push(
                label, target_arn, invocation.attempt, schedule.retries,
                lambda ending: self._to_dead_letter_queue(invocation, ending),
                lambda outcome: self._pushes.counts.count(schedule.arn, of_schedule(outcome)),
            )
        )  # fmt: skip

    def _to_dead_letter_queue(self, invocation: _Invocation, ending: Ending) -> str | None:
        """Sends what failed to the dead-letter queue and returns its ARN, or warns that it is lost (SCH-28)."""
        schedule, failure = invocation.schedule, ending.failure
        what = f"Schedule {schedule.name!r} could not deliver to {schedule.target['Arn']}: {failure.code}: {failure.sentence}"
        queue_arn = (schedule.target.get("DeadLetterConfig") or {}).get("Arn")
        if queue_arn is None:
            self._warn(f"{what} The target has no DeadLetterConfig, so the invocation is lost.")
            return None
        try:
            self._targets.send_to_queue(schedule, queue_arn, invocation.text, invocation.dead_letter_attributes(ending))
        except NotDelivered as second:
            self._warn(f"{what} Its dead-letter queue refused it too: {second.sentence} The invocation is lost.")
            raise
        return str(queue_arn)

    def _warn(self, message: str) -> None:
        self._simulation.journal.write(Warned(NOBODY, message))
