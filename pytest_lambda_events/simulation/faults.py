"""Planned faults: which attempts each selects, and how often it was met. What a fault does is not known here."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from ..errors import LambdaEventsError, ends_the_run, hides_frames
from .clock import VirtualClock
from .journal import Journal, Subject

__tracebackhide__ = hides_frames


PLANNED = "planned by the test"
"""What the journal says where it asks for a reason, and the test is it."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which attempts a fault is for: all that is given has to hold, and what is None always does.

    `attempts` are numbers of attempts, from 1; `times` is how often it can be met; `until` is in microseconds since the
    clock's start, and attempts that begin at it or later are spared; `when` judges the decoded event.
    """

    attempts: Collection[int] | None = None
    times: int | None = None
    until: int | None = None
    when: Callable[[Any], object] | None = None


@dataclass(frozen=True, slots=True)
class FaultContext:
    """A moment at which a fault may strike: an attempt of a function, with the event that it is given.

    `request_id` is None while the attempt has none yet. `began_at` is when the attempt began, in microseconds since the
    clock's start; None is now.
    """

    function_name: str
    qualifier: str | None
    request_id: str | None
    attempt: int
    payload: bytes
    began_at: int | None = None

    @property
    def subject(self) -> Subject:
        """Whom journal entries about it are about."""
        return Subject(self.function_name, self.request_id, self.attempt)


class Failure(Protocol):
    """What happens. `str()` of it is how the test named it."""

    @property
    def stage(self) -> str:
        """The moment of an attempt at which it strikes."""


F = TypeVar("F", bound=Failure)


@dataclass(eq=False, slots=True)
class Plan(Generic[F]):
    """One planned fault of a function, given by its name, and by a qualifier if it is for that alone.

    `call` is how the test planned it, `text` what and for which attempts, `origin` where. An `is_optional` one may stay unmet.
    """

    function_name: str
    failure: F
    selection: Selection
    qualifier: str | None = None
    call: str = ""
    text: str = ""
    origin: str = ""
    is_optional: bool = False
    is_cancelled: bool = False
    times_met: int = 0
    outranked_by: Plan[F] | None = None
    """The one that came first where this one would have struck too, if that has happened before it was ever met."""

    def applies_to(self, fault_context: FaultContext, now: int) -> bool:
        """Whether it strikes here. Raises `LambdaEventsError` if its predicate does not get on with the event."""
        selection = self.selection
        began_at = now if fault_context.began_at is None else fault_context.began_at
        return (
            not self.is_cancelled
            and self.function_name == fault_context.function_name
            and self.qualifier in (None, fault_context.qualifier)
            and (selection.attempts is None or fault_context.attempt in selection.attempts)
            and (selection.times is None or self.times_met < selection.times)
            and (selection.until is None or began_at < selection.until)
            and (selection.when is None or self._is_chosen(selection.when, fault_context.payload))
        )

    def _is_chosen(self, when: Callable[[Any], object], payload: bytes) -> bool:
        event = json.loads(payload)
        try:
            return bool(when(event))
        except Exception as error:
            if ends_the_run(error):
                raise
            raise LambdaEventsError(
                f"{self.call}: when={getattr(when, '__name__', when)} raised {type(error).__name__}: {error} on the event "
                f"{json.dumps(event)[:200]}. It is given each event that the function is tried with, decoded."
            ) from error


class Faults(Generic[F]):
    """All plans of one environment. The first that applies is used; those of calls come before those of markers."""

    def __init__(self, clock: VirtualClock, journal: Journal) -> None:
        self._clock = clock
        self._journal = journal
        self._of_calls: list[Plan[F]] = []
        self._of_markers: list[Plan[F]] = []

    def plan(self, plan: Plan[F], *, by_marker: bool = False) -> None:
        """Add one, behind those of its kind."""
        (self._of_markers if by_marker else self._of_calls).append(plan)

    def prefer(self, plans: Sequence[Plan[F]]) -> None:
        """Ask these, which markers have planned, before those of other markers."""
        self._of_markers = [*plans, *(plan for plan in self._of_markers if plan not in plans)]

    @property
    def plans(self) -> list[Plan[F]]:
        """All, in the order in which they are asked."""
        return self._of_calls + self._of_markers

    @property
    def is_empty(self) -> bool:
        """Whether nothing is planned, as in most tests."""
        return not self._of_calls and not self._of_markers

    def met(self, stage: str, fault_context: FaultContext) -> F | None:
        """What strikes at this stage of an attempt, counted and told to the journal; None if nothing does."""
        if self.is_empty:
            return None
        now = self._clock.microseconds
        plans = iter([plan for plan in self.plans if plan.failure.stage == stage])
        struck = next((plan for plan in plans if plan.applies_to(fault_context, now)), None)
        if struck is None:
            return None
        for plan in plans:
            # A predicate is asked for the fault that strikes only: it may count what it is asked for.
            is_unmet = not plan.times_met and plan.outranked_by is None and plan.selection.when is None
            if is_unmet and plan.applies_to(fault_context, now):
                plan.outranked_by = struck
        struck.times_met += 1
        self._journal.write("fault", fault_context.subject, failure=str(struck.failure))
        return struck.failure
