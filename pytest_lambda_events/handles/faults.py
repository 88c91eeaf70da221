"""The handle of a planned fault, and how a test selects its attempts."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, TypedDict

from ..errors import hides_frames
from ..faults.planning import name_of
from ..faults.plans import Plan
from ..simulation.instants import Instant

__tracebackhide__ = hides_frames


class FaultSelection(TypedDict, total=False):
    """Selects the attempts of a planned fault. An attempt must fulfil all conditions that are passed."""

    attempts: Collection[int] | None
    """The numbers of the attempts (`Attempt.number`), 1 for the first; all."""
    times: int | None
    """How often the fault happens; no limit."""
    until: Instant | None
    """Only attempts that start earlier: seconds or a timedelta since `start_time`, or an aware datetime; no limit."""
    when: Callable[[Any], object] | None
    """A function of the decoded event that returns whether the fault happens; all events."""
    optional: bool
    """True if the test does not fail when the fault does not happen; False."""


class PlannedFault:
    """A planned fault, from `Function.fail` or `Function.throttle`."""

    def __init__(self, plan: Plan, check_open: Callable[[], None]) -> None:
        self._plan = plan
        self._check_open = check_open

    @property
    def times_met(self) -> int:
        """How often the fault happened."""
        return self._plan.times_met

    def cancel(self) -> None:
        """Cancels the fault. It does not happen any more, and the test does not fail at its end because of it."""
        self._check_open()
        self._plan.is_cancelled = True

    def __repr__(self) -> str:
        cancelled = ", cancelled" if self._plan.is_cancelled else ""
        return f"<PlannedFault {name_of(self._plan)}: {self._plan.text}, met {self.times_met} times{cancelled}>"
