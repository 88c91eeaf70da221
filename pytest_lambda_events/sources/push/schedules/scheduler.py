"""EventBridge Scheduler: lets schedules fire, and does what follows a failure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Protocol

from ....journal.entry import NOBODY
from ....journal.events import Warned
from ....simulation.choices import Named, Question
from ....simulation.simulation import Simulation
from ....values import dataclass
from .firings import Firings
from .schedule import Schedule


class TargetFailed(Exception):
    """A target did not accept a call: AWS's error code and message, and whether the policy allows another attempt."""

    def __init__(self, code: str, message: str, *, is_retried: bool = False) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.is_retried = is_retried


class ScheduleTargets(Protocol):
    """The targets of schedules in the services of the simulated AWS."""

    def send(self, schedule: Schedule, text: str) -> None:
        """Calls the target of a schedule with the role of the schedule. Raises `TargetFailed`."""

    def send_to_queue(self, role_arn: str, queue_arn: str, text: str, attributes: Mapping[str, str]) -> None:
        """Sends a message to a dead-letter queue with the role of a schedule. Raises `TargetFailed`."""


@dataclass(frozen=True, slots=True)
class WithinWindow(Question):
    """When does a schedule with a flexible time window fire? The alternatives are the minutes after the nominal instant."""

    schedule: str


class Schedules:
    """All schedules. `on_completed` deletes a schedule after its last firing (SCH-0D)."""

    def __init__(self, simulation: Simulation, targets: ScheduleTargets, on_completed: Callable[[str], None]) -> None:
        self._simulation = simulation
        self._targets = targets
        self._on_completed = on_completed
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
        minutes = Named(schedule.window_minutes + 1, lambda index: index)
        return timedelta(minutes=self._simulation.chooser.choose(WithinWindow(schedule.arn), minutes))

    def _fire(self, arn: str, nominal: datetime, is_last: bool) -> None:
        schedule = self._schedules[arn]
        if is_last and schedule.is_deleted_after_completion:
            self._on_completed(arn)
        self._deliver(schedule, nominal, self._simulation.identifiers.uuid(), 1)

    def _deliver(self, schedule: Schedule, nominal: datetime, event_id: str, attempt: int) -> None:
        """Makes one attempt. Every delivery of a schedule passes here."""
        execution_id = self._simulation.identifiers.uuid()
        text = schedule.input_at(nominal, event_id, execution_id, attempt)
        try:
            self._targets.send(schedule, text)
        except TargetFailed as failure:
            attributes = schedule.dead_letter_attributes(
                nominal, execution_id, failure.code, failure.message, attempt - 1, "MaximumRetryAttempts"
            )
            self._after_failure(schedule, text, failure, attributes)

    def _after_failure(self, schedule: Schedule, text: str, failure: TargetFailed, attributes: Mapping[str, str]) -> None:
        """Sends what failed to the dead-letter queue, or warns that it is lost (SCH-27, SCH-28)."""
        what = f"Schedule {schedule.name!r} could not deliver to {schedule.target['Arn']}: {failure.code}: {failure.message}."
        queue_arn = (schedule.target.get("DeadLetterConfig") or {}).get("Arn")
        if queue_arn is None:
            self._warn(f"{what} The target has no DeadLetterConfig, so the invocation is lost.")
            return
        try:
            self._targets.send_to_queue(schedule.target["RoleArn"], queue_arn, text, attributes)
        except TargetFailed as second:
            self._warn(f"{what} Its dead-letter queue refused it too: {second.message}. The invocation is lost.")

    def _warn(self, message: str) -> None:
        self._simulation.journal.write(Warned(NOBODY, message))
