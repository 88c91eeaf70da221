"""Shows what a call that moves the clock is running, if the call takes long in real time."""

from __future__ import annotations

import math
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice

from ..arns import parse
from ..journal.attempts import Ended, Started
from ..journal.batches import BatchResult
from ..journal.entry import Entry
from ..journal.journal import Journal
from ..report.line import instant
from ..simulation.simulation import Simulation
from ..sources.ports import Queue
from ..values import dataclass

FIRST_NOTE_SECONDS = 5.0
"""The real seconds before the first note. Each pause between notes is twice as long as the previous one."""
NAMED = 3
"""The most functions, and the most queues or streams, that a note names."""


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
        now = self._real_seconds()
        self._pause *= 2
        self._next = now + self._pause
        work = work_of(islice(self._journal, call.entries_before, None))
        clock = f"the virtual time is {instant(self._simulation.clock.elapsed)}"
        self._tell("\n".join([
            f"lambda_events.{call.text} has run for {now - call.began:.0f} s of real time; {clock}.",
            *work.lines(), *self._stops(work.failing), f"It ends {call.stop}.",
        ]))  # fmt: skip

    def _stops(self, failing: Sequence[str]) -> Iterator[str]:
        """What ends the attempts of what fails, for each of the first few sources."""
        for arn in failing[:NAMED]:
            queue = self._queue(arn)
            source = parse(arn)
            if queue is not None:
                yield _stop_of_queue(source.name, queue)
            elif source.service != "sqs":
                yield (
                    f"A failed batch of {source.name} is tried again until its records expire, unless its event source "
                    "has maximum_retry_attempts or maximum_record_age_in_seconds."
                )


def _stop_of_queue(name: str, queue: Queue) -> str:
    if queue.dead_letter_queue_arn is not None:
        target = parse(queue.dead_letter_queue_arn).name
        return f"A failed message of queue {name} moves to {target} after {queue.max_receive_count} receives."
    retention, hidden = queue.retention_seconds, queue.visibility_timeout
    attempts = f", after {-(-retention // hidden):,} attempts" if hidden else ""
    return (
        f"Queue {name} has no dead-letter queue: a failed message comes back every {hidden} s until it expires after "
        f"{retention} s{attempts}. Pass dead_letter_queue=... to limit the attempts."
    )


@dataclass(frozen=True, slots=True)
class Work:
    """The attempts of a call so far by function and source, the failed ones by function, and the sources of failed batches."""

    attempts: Counter[tuple[str, str]]
    failed: Counter[str]
    failing: Sequence[str]

    def lines(self) -> Iterator[str]:
        """A line for each function that ran, those that ran most often first."""
        for (function, arn), count in self.attempts.most_common(NAMED):
            source = f" ({_source_text(arn)})" if arn else ""
            failed = f", {self.failed[function]:,} failed" if self.failed[function] else ""
            yield f"Attempts of {function!r}{source}: {count:,}{failed}."
        others = len(self.attempts) - NAMED
        if others > 0:
            yield f"{others:,} other functions or sources ran too."


def work_of(entries: Iterable[Entry]) -> Work:
    """Counts the attempts among journal entries."""
    attempts: Counter[tuple[str, str]] = Counter()
    failed: Counter[str] = Counter()
    failing: Counter[str] = Counter()
    for entry in entries:
        if isinstance(entry, Started):
            attempts[entry.function_name or "", entry.source or ""] += 1
        elif isinstance(entry, Ended):
            if not entry.is_success:
                failed[entry.function_name or ""] += 1
        elif isinstance(entry, BatchResult) and entry.failed:
            failing[entry.origin.source] += 1
    return Work(attempts, failed, [arn for arn, _ in failing.most_common()])


def _source_text(arn: str) -> str:
    source = parse(arn)
    kind = {"sqs": "queue", "kinesis": "stream", "dynamodb": "table"}.get(source.service, "source")
    return f"{kind} {source.name}"
