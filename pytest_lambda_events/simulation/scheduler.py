"""The heap of scheduled work, and the only loop that runs it."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import field
from itertools import count

from ..errors import LambdaEventsError, hides_frames
from ..journal.entry import Instant, stamp
from ..journal.pending import Work
from ..values import dataclass
from .choices import Chooser, Named, Question
from .clock import VirtualClock, microseconds_of

__tracebackhide__ = hides_frames


AFTER_OTHERS = 1_000
"""The rank of work that runs after all other work of its instant."""


@dataclass(frozen=True, slots=True)
class NextWork(Question):
    """Which work item runs next? The alternatives are the entries of unordered work that is due at the same time."""


_NEXT_WORK = NextWork()


@dataclass(slots=True, eq=False)
class Timer:
    """One work item. `cancel()` removes it; cancelling twice or after it ran does nothing."""

    due: int
    rank: int
    sequence: int
    action: Callable[[], None] | None
    pending: Work
    background: bool = False
    is_unordered: bool = False
    on_done: Callable[[Timer], None] | None = field(default=None, repr=False)

    @property
    def place(self) -> tuple[int, int, int]:
        """Returns the position in the order of all work."""
        return self.due, self.rank, self.sequence

    @property
    def is_due(self) -> bool:
        """Returns whether it still has to run."""
        return self.action is not None

    def cancel(self) -> None:
        """Removes it, so that it never runs."""
        if self.action is not None:
            self.action = None
            if self.on_done is not None:
                self.on_done(self)


class Scheduler:
    """Runs work at its instant: by due time, then rank, then order of cause.

    AWS promises no order among unordered work that is due at one instant. When one of several such items has to run, the
    chooser decides which. Ordered work keeps its place: unordered work caused before it runs before it, later work after it.

    Time stands still while a piece of work runs and moves only between two of them. Background work (state changes,
    schedules) runs when its instant comes but is not waited for by `run_until_idle`.
    """

    def __init__(self, clock: VirtualClock, chooser: Chooser, *, instant_limit: int = 1_000_000) -> None:
        self.clock = clock
        self._instant_limit = instant_limit
        self._counted_instant = -1
        self._at_this_instant = 0
        self._chooser = chooser
        self.delay: Callable[[Timer, int | None], int | None] | None = None
        """Returns when a work item runs instead of now; None: now. Gets the end of the time that passes."""
        self._heap: list[tuple[int, int, int, Timer]] = []
        # Unordered work of the current time that was taken off the heap together, in order of cause.
        self._together: deque[Timer] = deque()
        self._has_cancelled_together = False
        self._sequence = count()
        self._foreground = 0
        self._cancelled = 0

    def call_at(
        self,
        due: int,
        action: Callable[[], None],
        work: Work,
        *,
        background: bool = False,
        unordered: bool = False,
        rank: int = 0,
    ) -> Timer:
        """Runs `action` at `due` (microseconds since the start; a past time means now).

        `work` describes it while it is pending. The chooser decides which `unordered` work that is due at the same time runs
        first. A lower `rank` comes first. Unordered work has rank 0.
        """
        due = max(due, self.clock.microseconds)
        stamp(work, Instant(due, self.clock.start))
        sequence = next(self._sequence)
        timer = Timer(due, rank, sequence, action, work, background, unordered, self._gone)
        heapq.heappush(self._heap, (due, rank, sequence, timer))
        self._foreground += not background
        return timer

    def call_after(
        self,
        seconds: float,
        action: Callable[[], None],
        work: Work,
        *,
        background: bool = False,
        unordered: bool = False,
        rank: int = 0,
    ) -> Timer:
        """Works like `call_at`, with a time from now."""
        due = self.clock.microseconds + microseconds_of(seconds)
        return self.call_at(due, action, work, background=background, unordered=unordered, rank=rank)

    @property
    def next_due(self) -> int | None:
        """Returns when the next work item is due, including background work; None if there is none."""
        following = self.peek()
        return None if following is None else following.due

    @property
    def is_work_due(self) -> bool:
        """Returns whether further work runs at this time."""
        following = self.peek()
        return following is not None and following.due <= self.clock.microseconds

    def peek(self) -> Timer | None:
        """Returns the work item that runs next, as long as the chooser does not choose another one of its instant."""
        heap = self._heap
        top = heap[0][3] if heap else None
        if top is not None and top.action is None:
            top = self._top()
        if not self._together:
            return top
        if self._has_cancelled_together:
            self._together = deque(timer for timer in self._together if timer.is_due)
            self._has_cancelled_together = False
        if self._together and (top is None or self._together[0].place < top.place):
            return self._together[0]
        return top

    @property
    def is_idle(self) -> bool:
        """Returns whether no foreground work is left."""
        return self._foreground == 0

    def pending(self) -> Iterator[Timer]:
        """Returns all scheduled work, in the order in which it will run."""
        timers = [*self._together, *(timer for *_, timer in self._heap)]
        return (timer for timer in sorted(timers, key=lambda timer: timer.place) if timer.is_due)

    def run_next(self, until: int | None = None) -> Timer | None:
        """Moves to the next piece of work, runs and returns it, unless there is none or it is due after `until`.

        Raises `LambdaEventsError` if each piece schedules another one for the same time, so that time does not move.
        """
        first = self.peek()
        if first is None or (until is not None and first.due > until):
            return None
        timer = self._chosen(first) if first.is_unordered else heapq.heappop(self._heap)[3]
        due = None if self.delay is None else self.delay(timer, until)
        if due is not None:
            self._run_after_others(timer, due)
            return self.run_next(until)
        action = timer.action
        assert action is not None
        timer.action = None
        self._foreground -= not timer.background
        self._count(timer)
        self.clock.move_to(timer.due)
        action()
        return timer

    def _chosen(self, first: Timer) -> Timer:
        """Takes one of the unordered work items that are due together with `first`. An ordered item between them separates
        them.
        """
        together = self._together
        if not together:
            heapq.heappop(self._heap)
            if not self._heap or self._heap[0][0] != first.due:
                return first
            together.append(first)
        while (top := self._top()) is not None and top.is_unordered and top.due == first.due:
            together.append(heapq.heappop(self._heap)[3])
        index = 0
        if len(together) > 1:
            alternatives = Named(len(together), lambda index: together[index].pending)
            index = self._chooser.choose(_NEXT_WORK, alternatives)
        timer = together[index]
        del together[index]
        return timer

    def next_after(self, due: int, wanted: Callable[[Timer], bool]) -> int | None:
        """Returns when the next work item after `due` runs for which `wanted` returns True; None if there is none."""
        later = (timer.due for *_, timer in self._heap if timer.due > due and timer.is_due and wanted(timer))
        return min(later, default=None)

    def _run_after_others(self, timer: Timer, due: int) -> None:
        """Schedules a work item again, after all other work of a later time."""
        timer.due, timer.rank, timer.sequence, timer.is_unordered = due, AFTER_OTHERS, next(self._sequence), False
        stamp(timer.pending, Instant(due, self.clock.start))
        heapq.heappush(self._heap, (*timer.place, timer))

    def _count(self, timer: Timer) -> None:
        # The clock also moves when nothing is due, so it does not show when the last piece of work ran.
        if timer.due != self._counted_instant:
            self._counted_instant, self._at_this_instant = timer.due, 0
        self._at_this_instant += 1
        if self._at_this_instant > self._instant_limit:
            pending = timer.pending
            about = f" of {pending.function_name!r}" if pending.function_name else ""
            raise LambdaEventsError(
                f"{self._instant_limit} work items ran at {pending.after_seconds:g} s, and each schedules another one for the "
                f"same time. The next is {pending.kind}{about}. If a function sends to its own source, let it wait in "
                "between. If the test needs this many work items at one time, raise instant_limit_events."
            )

    def _gone(self, timer: Timer) -> None:
        self._foreground -= not timer.background
        if self._together and timer.is_unordered and timer.due == self._together[0].due:
            self._has_cancelled_together = True
            return
        self._cancelled += 1
        if self._cancelled > 64 and self._cancelled * 2 > len(self._heap):
            self._heap = [kept for kept in self._heap if kept[3].is_due]
            heapq.heapify(self._heap)
            self._cancelled = 0

    def _top(self) -> Timer | None:
        """Returns the first work item on the heap. Removes cancelled ones before it."""
        heap = self._heap
        while heap:
            timer = heap[0][3]
            if timer.action is not None:
                return timer
            heapq.heappop(heap)
            self._cancelled = max(0, self._cancelled - 1)
        return None
