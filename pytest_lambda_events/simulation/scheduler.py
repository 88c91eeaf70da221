"""The heap of due work, and the one loop that runs it."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count

from ..errors import LambdaEventsError, hides_frames
from ..journal.entry import Instant, stamped
from ..journal.pending import Work
from .choices import Chooser
from .clock import VirtualClock, microseconds_of

__tracebackhide__ = hides_frames


@dataclass(slots=True, order=True)
class Timer:
    """One piece of due work. `cancel()` takes it off the heap; cancelling twice or after it ran does nothing."""

    due: int
    rank: int
    sequence: int
    action: Callable[[], None] | None = field(compare=False)
    pending: Work = field(compare=False)
    background: bool = field(compare=False, default=False)
    on_done: Callable[[Timer], None] | None = field(compare=False, default=None, repr=False)

    @property
    def is_due(self) -> bool:
        """Whether it still waits to be run."""
        return self.action is not None

    def cancel(self) -> None:
        """Never run it."""
        if self.action is not None:
            self.action = None
            if self.on_done is not None:
                self.on_done(self)


class Scheduler:
    """Runs work at its instant: by due time, then rank, then order of cause.

    Time stands still while a piece of work runs and moves only between two of them. Background work (state changes,
    schedules) runs when its instant comes but is not waited for by `run_until_idle`.
    """

    def __init__(self, clock: VirtualClock, chooser: Chooser, *, instant_limit: int = 1_000_000) -> None:
        self.clock = clock
        self._instant_limit = instant_limit
        self._counted_instant = -1
        self._at_this_instant = 0
        self._chooser = chooser
        self._heap: list[Timer] = []
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
        """Run `action` at `due` (microseconds since the start; the past means now).

        `work` describes it while it is pending. AWS promises no order among `unordered` pieces
        of work due at one instant: the chooser ranks them. Otherwise a lower `rank` comes first.
        """
        due = max(due, self.clock.microseconds)
        rank = self._chooser.rank() if unordered else rank
        stamped(work, Instant(due, self.clock.start))
        timer = Timer(due, rank, next(self._sequence), action, work, background, self._gone)
        heapq.heappush(self._heap, timer)
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
        """`call_at`, counted from now."""
        due = self.clock.microseconds + microseconds_of(seconds)
        return self.call_at(due, action, work, background=background, unordered=unordered, rank=rank)

    @property
    def next_due(self) -> int | None:
        """When the next piece of work is due, background work included; None if there is none."""
        self._drop_cancelled()
        return self._heap[0].due if self._heap else None

    def peek(self) -> Timer | None:
        """The piece of work that would run next."""
        self._drop_cancelled()
        return self._heap[0] if self._heap else None

    @property
    def is_idle(self) -> bool:
        """Whether no foreground work is left."""
        return self._foreground == 0

    def pending(self) -> Iterator[Timer]:
        """All work that is not done, in the order in which it would run."""
        return (timer for timer in sorted(self._heap) if timer.is_due)

    def run_next(self, until: int | None = None) -> Timer | None:
        """Move to the next piece of work and run it, unless there is none or it is due after `until`. Returns it.

        Raises `LambdaEventsError` where each piece causes another that is due at once, so that time would stand still.
        """
        due = self.next_due
        if due is None or (until is not None and due > until):
            return None
        timer = heapq.heappop(self._heap)
        action = timer.action
        assert action is not None
        timer.action = None
        self._foreground -= not timer.background
        self._count(timer)
        self.clock.move_to(timer.due)
        action()
        return timer

    def _count(self, timer: Timer) -> None:
        # The clock also moves where nothing is due, so it does not tell when the last piece of work ran.
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
        self._cancelled += 1
        if self._cancelled > 64 and self._cancelled * 2 > len(self._heap):
            self._heap = [kept for kept in self._heap if kept.is_due]
            heapq.heapify(self._heap)
            self._cancelled = 0

    def _drop_cancelled(self) -> None:
        while self._heap and not self._heap[0].is_due:
            heapq.heappop(self._heap)
            self._cancelled = max(0, self._cancelled - 1)
