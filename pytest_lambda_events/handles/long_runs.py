"""Shows what a call that moves the clock is running, if the call takes long in real time."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator
from itertools import islice
from typing import TYPE_CHECKING

from ..contexts import contextmanager
from ..journal.journal import Journal
from ..simulation.simulation import Simulation
from ..values import dataclass

if TYPE_CHECKING:
    from ..sources.ports import Queue

FIRST_NOTE_SECONDS = 5.0
"""The real seconds before the first note. Each pause between notes is twice as long as the previous one."""


def to_stderr(text: str) -> None:
    """Writes to the process's own standard error stream, if it has one."""
    if sys.__stderr__ is not None:
        print(text, file=sys.__stderr__, flush=True)


@dataclass(frozen=True, slots=True)
class _Call:
    """A call that moves the clock: what ends it, the real instant of its start, and how many journal entries came before."""

    text: str
    stop: str
    began: float
    entries_before: int


class LongRuns:
    """Watches the calls that move the clock of one environment, and tells of those that take long.

    Real time decides only when a note is shown. Notes read the journal and settings and change nothing, so a test cannot
    observe them.
    """

    def __init__(
        self,
        simulation: Simulation,
        journal: Journal,
        queue: Callable[[str], Queue | None],
        tell: Callable[[str], object],
        real_seconds: Callable[[], float],
    ) -> None:
        self._simulation = simulation
        self._journal = journal
        self._queue = queue
        self._tell = tell
        self._real_seconds = real_seconds
        self._pause = FIRST_NOTE_SECONDS
        self._next = math.inf
        self._call: _Call | None = None

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Look at the real time before each piece of work."""
        before = self._simulation.before_work

        def checked() -> None:
            before()
            if self._call is not None and self._real_seconds() >= self._next:
                self._note(self._call)

        self._simulation.before_work = checked
        try:
            yield
        finally:
            self._simulation.before_work = before

    @contextmanager
    def call(self, call: str, stop: str) -> Iterator[None]:
        """A call of the test. `stop` is the part of the note that explains how the call ends."""
        outer, began = self._call, self._real_seconds()
        if outer is None:
            self._call, self._next = _Call(call, stop, began, len(self._journal)), began + self._pause
        try:
            yield
        finally:
            self._call = outer

    def _note(self, call: _Call) -> None:
        from ..report.line import instant
        from .running_work import lines_about

        now = self._real_seconds()
        self._pause *= 2
        self._next = now + self._pause
        ran = islice(self._journal, call.entries_before, None)
        clock = f"the virtual time is {instant(self._simulation.clock.elapsed)}"
        self._tell("\n".join([
            f"lambda_events.{call.text} has run for {now - call.began:.0f} s of real time; {clock}.",
            *lines_about(ran, self._queue), f"It ends {call.stop}.",
        ]))  # fmt: skip
