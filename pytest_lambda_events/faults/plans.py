"""Plans: which attempts each planned fault selects, and how often it happened."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, NamedTuple

from ..arns import parse
from ..errors import LambdaEventsError, ends_the_run, hides_frames
from ..journal.attempts import PlannedFaultMet
from ..journal.entry import Subject
from ..journal.journal import Journal
from ..simulation.clock import VirtualClock
from ..values import dataclass
from .explorer import Explorer
from .failures import EXPLORED, Failure

__tracebackhide__ = hides_frames


PLANNED = "planned by the test"
"""The reason in journal entries of planned faults."""


@dataclass(frozen=True, slots=True)
class Selection:
    """The attempts that a fault selects. All conditions that are not None must be true.

    `attempts` lists numbers of attempts, from 1. `times` limits how often the fault happens. Attempts that begin at `until`
    (microseconds since the clock's start) or later are not selected. `when` is a predicate of the decoded event.
    """

    attempts: Collection[int] | None = None
    times: int | None = None
    until: int | None = None
    when: Callable[[Any], object] | None = None


class FaultContext(NamedTuple):
    """An attempt of a function and its event, for which faults may be planned.

    `request_id` is None while the attempt has none. `began_at` is when the attempt began, in microseconds since the clock's
    start; None is now.
    """

    function_name: str
    qualifier: str | None
    request_id: str | None
    attempt: int
    payload: bytes
    began_at: int | None = None

    @property
    def subject(self) -> Subject:
        """Returns the subject of its journal entries."""
        return Subject(self.function_name, self.request_id, self.attempt)


def fault_context_of(
    function_arn: str, request_id: str | None, attempt: int, payload: bytes, began_at: int | None = None
) -> FaultContext:
    """Returns the context of an attempt. `function_arn` ends with the qualifier as invoked. No fault selects a pipe."""
    arn = parse(function_arn)
    name = arn.name if arn.service == "lambda" else f"{arn.service} {arn.name}"
    return FaultContext(name, arn.qualifier, request_id, attempt, payload, began_at)


@dataclass(eq=False, slots=True)
class Plan:
    """One planned fault of a function. With a `qualifier` it is only for this version or alias.

    `call` is the call or marker that planned it, `text` names the failure and the attempts, and `origin` is the place in the
    test. If `is_optional`, it need not happen.
    """

    function_name: str
    failure: Failure
    selection: Selection
    qualifier: str | None = None
    call: str = ""
    text: str = ""
    origin: str = ""
    is_optional: bool = False
    is_cancelled: bool = False
    times_met: int = 0
    outranked_by: Plan | None = None
    """The plan that was used instead of this one, before this one ever happened."""
    rank: tuple[bool, int] = (False, 0)
    """The order among plans: those of calls first."""

    @property
    def place(self) -> tuple[str, str]:
        """Returns the function and the stage of its attempts."""
        return self.function_name, self.failure.stage

    @property
    def is_over(self) -> bool:
        """Returns whether it cannot happen any more."""
        times = self.selection.times
        return self.is_cancelled or (times is not None and self.times_met >= times)

    @property
    def is_unmet(self) -> bool:
        """Returns whether it has not happened, and no other plan was used instead."""
        return not self.times_met and self.outranked_by is None

    def applies_to(self, context: FaultContext, now: int) -> bool:
        """Returns whether it selects this attempt. Raises `LambdaEventsError` if its predicate raises."""
        selection = self.selection
        began_at = now if context.began_at is None else context.began_at
        return (
            not self.is_over
            and self.function_name == context.function_name
            and self.qualifier in (None, context.qualifier)
            and (selection.attempts is None or context.attempt in selection.attempts)
            and (selection.until is None or began_at < selection.until)
            and (selection.when is None or self._is_chosen(selection.when, context.payload))
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
                f"{json.dumps(event)[:200]}. It receives the decoded event of each attempt."
            ) from error


class _Line:
    """The plans for one stage of the attempts of one function, in the order in which they are asked."""

    def __init__(self) -> None:
        self._plans: list[Plan] = []
        self._first = 0
        self._unmet: list[Plan] = []

    def add(self, plan: Plan) -> None:
        """Adds a plan after the others."""
        self._plans.append(plan)
        # Only the predicate of the fault that happens is called, because a predicate may count its calls.
        if plan.selection.when is None:
            self._unmet.append(plan)

    def first(self, context: FaultContext, now: int) -> Plan | None:
        """Returns the first plan that selects an attempt."""
        plans = self._plans
        while self._first < len(plans) and plans[self._first].is_over:
            self._first += 1
        candidates = (plans[index] for index in range(self._first, len(plans)))
        return next((plan for plan in candidates if plan.applies_to(context, now)), None)

    def outrank(self, chosen: Plan, context: FaultContext, now: int) -> None:
        """Stores `chosen` in the plans after it that select the attempt too and have not happened yet."""
        for plan in self._unmet:
            if plan.rank > chosen.rank and plan.is_unmet and plan.applies_to(context, now):
                plan.outranked_by = chosen
        self._unmet = [plan for plan in self._unmet if plan.is_unmet and plan is not chosen]


class Faults:
    """All plans of one environment. The first that applies is used. Plans of calls come before plans of markers."""

    def __init__(self, clock: VirtualClock, journal: Journal) -> None:
        self._clock = clock
        self._journal = journal
        self.explorer: Explorer | None = None
        """Chooses failures where the test has planned none."""
        self._of_calls: list[Plan] = []
        self._of_markers: list[Plan] = []
        self._lines_of_calls: defaultdict[tuple[str, str], _Line] = defaultdict(_Line)
        self._lines_of_markers: defaultdict[tuple[str, str], _Line] = defaultdict(_Line)

    def plan(self, plan: Plan, *, by_marker: bool = False) -> None:
        """Adds a plan after those of the same kind."""
        plans, lines = (self._of_markers, self._lines_of_markers) if by_marker else (self._of_calls, self._lines_of_calls)
        plan.rank = (by_marker, len(plans))
        plans.append(plan)
        lines[plan.place].add(plan)

    def prefer(self, plans: Sequence[Plan]) -> None:
        """Asks these plans of markers before those of other markers."""
        reordered = [*plans, *(plan for plan in self._of_markers if plan not in plans)]
        self._of_markers.clear()
        self._lines_of_markers.clear()
        for plan in reordered:
            self.plan(plan, by_marker=True)

    @property
    def plans(self) -> list[Plan]:
        """Returns all plans in the order in which they are asked."""
        return self._of_calls + self._of_markers

    @property
    def is_empty(self) -> bool:
        """Returns whether nothing is planned and nothing explored, as in most tests."""
        return not self._of_calls and not self._of_markers and self.explorer is None

    def met(
        self,
        stage: str,
        context: FaultContext,
        *,
        is_explored: bool = True,
        explored: Mapping[str, Failure] | None = None,
    ) -> Failure | None:
        """Returns the failure planned for this stage of an attempt, counts it and writes it to the journal; else None.

        `is_explored` is False where an exploration must not plan one, because it is impossible. `explored` are the failures
        that it can plan, by name. The default is those of `EXPLORED`.
        """
        if self.is_empty:
            return None
        planned = self._planned(stage, context)
        if planned is None and is_explored and self.explorer is not None:
            planned = self._explored(self.explorer, stage, context, explored or EXPLORED.get(stage, {}))
        if planned is not None:
            self._journal.write(PlannedFaultMet(context.subject, str(planned)))
        return planned

    def _explored(
        self, explorer: Explorer, stage: str, context: FaultContext, explored: Mapping[str, Failure]
    ) -> Failure | None:
        return explored.get(explorer.choose(stage, context.function_name, "", tuple(explored))) if explored else None

    def _planned(self, stage: str, context: FaultContext) -> Failure | None:
        place, now = (context.function_name, stage), self._clock.microseconds
        lines = [lines[place] for lines in (self._lines_of_calls, self._lines_of_markers) if place in lines]
        chosen = next((plan for line in lines if (plan := line.first(context, now)) is not None), None)
        if chosen is None:
            return None
        for line in lines:
            line.outrank(chosen, context, now)
        chosen.times_met += 1
        return chosen.failure
