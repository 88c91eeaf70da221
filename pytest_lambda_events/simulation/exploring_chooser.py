"""Lets an exploration choose the order of work that is due at the same time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from ..journal import pending
from ..journal.pending import Work
from .choices import Chooser, Question
from .clock import MICROSECONDS
from .scheduler import NextWork, Scheduler, Timer

MOST_DELAY = 15 * 60 * MICROSECONDS
"""How much later than usual an event, a message or a retry comes. AWS documents no limit."""
MOST_DELAY_OF_SCHEDULE = 60 * MICROSECONDS
"""How much later than its time a schedule runs."""
_DELAYED: Mapping[type[Work], str] = {
    pending.EventAttempt: "attempt", pending.QueuePoll: "receive", pending.ShardPoll: "read", pending.ShardAttempt: "attempt",
    pending.PushAttempt: "delivery", pending.ScheduleFiring: "firing",
}  # fmt: skip
"""The work that AWS may do later, and its name in reports."""
_BETWEEN = (*_DELAYED, pending.QueueAttempt, pending.QueueWindow, pending.Resumption)
"""The work after which it can run."""
MOST_PLACES = 3
"""How many of the work items that are due together can be chosen to run first."""


class _Explorer(Protocol):
    def choose(self, kind: str, function_name: str, what: str, alternatives: Sequence[str]) -> str:
        """Returns one of the alternatives, or the empty text for the first work item."""


class ExploringChooser:
    """Asks an explorer which work item runs next. Other questions go to the usual chooser."""

    def __init__(self, explorer: _Explorer, usual: Chooser) -> None:
        self._explorer = explorer
        self._usual = usual

    def choose(self, question: Question, alternatives: Sequence[object]) -> int:
        """Returns the index of an alternative."""
        usual = self._usual.choose(question, alternatives)
        if not isinstance(question, NextWork):
            return usual
        places = [f"item {index + 1} first" for index in range(1, min(len(alternatives), MOST_PLACES))]
        first = alternatives[0]
        what = f"{getattr(first, 'kind', '')} at {getattr(first, 'after_seconds', 0):g} s"
        chosen = self._explorer.choose("order", getattr(first, "function_name", None) or "", what, places)
        return int(chosen.split()[1]) - 1 if chosen else usual


class Delays:
    """Asks an explorer whether work runs later than usual: after other work that is due later."""

    def __init__(self, explorer: _Explorer, scheduler: Scheduler) -> None:
        self._explorer = explorer
        self._scheduler = scheduler

    def delay(self, timer: Timer, end: int | None) -> int | None:
        """Returns when a work item runs instead of now; None if it runs now. `end` is the end of the time that passes.

        Work after `end` is no reason for a delay, because the test would not see the delayed work. Background work is one only
        if there is an `end`.
        """
        work = timer.pending
        what = _DELAYED.get(type(work))
        if what is None or (timer.background and end is None):
            return None
        latest = timer.due + (MOST_DELAY_OF_SCHEDULE if timer.background else MOST_DELAY)
        latest = latest if end is None else min(latest, end)
        due = self._scheduler.next_after(timer.due, lambda other: _comes_between(other, latest, is_bound=end is not None))
        if due is None:
            return None
        name = work.function_name or str(getattr(work, "schedule", getattr(work, "pushed_by", "")))
        return due if self._explorer.choose("delay", name, what, ("delay",)) else None


def _comes_between(other: Timer, latest: int, *, is_bound: bool) -> bool:
    return other.due <= latest and (is_bound or not other.background) and isinstance(other.pending, _BETWEEN)
