"""What runs during a call that moves the clock, and what ends it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

from ..arns import parse
from ..journal.attempts import Ended, Started
from ..journal.batches import BatchResult
from ..journal.entry import Entry
from ..sources.ports import Queue
from ..values import dataclass

NAMED = 3
"""The most functions, and the most queues or streams, that a note names."""


def lines_about(entries: Iterable[Entry], queue: Callable[[str], Queue | None]) -> Iterator[str]:
    """Returns what ran, and what ends the attempts of what fails. `queue` finds a queue by its ARN."""
    work = work_of(entries)
    yield from work.lines()
    yield from _stops(work.failing, queue)


def _stops(failing: Sequence[str], queue_of: Callable[[str], Queue | None]) -> Iterator[str]:
    """Returns what ends the attempts of what fails, for each of the first few sources."""
    for arn in failing[:NAMED]:
        queue = queue_of(arn)
        source = parse(arn)
        if queue is not None:
            yield _stop_of_queue(source.name, queue)
        elif source.service != "sqs":
            also = "minimum_pollers, and " if source.service == "kafka" else ""
            yield (
                f"A failed batch of {source.name} is tried again until its records expire, unless its event source "
                f"has {also}maximum_retry_attempts or maximum_record_age_in_seconds."
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
    kind = {"sqs": "queue", "kinesis": "stream", "dynamodb": "table", "kafka": "topic"}.get(source.service, "source")
    return f"{kind} {source.name}"
