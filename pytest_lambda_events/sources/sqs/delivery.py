"""Invokes the function with batches of a queue, until each batch is finished or released (SQS-40 to 64, 70 to 78)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Protocol

from ...errors import hides_frames
from ...journal.batches import Released
from ...journal.entry import BatchFacts, Subject
from ...journal.pending import QueueAttempt, QueueRelease
from ...service.invoke_request import InvokeRequest, Result
from ...service.model import Target
from ...service.refusals import Throttled
from ...service.tracing import Trace
from .. import batch_response
from ..batch_response import BatchResult
from ..dependencies import PollerDependencies
from ..mapping_journal import MappingJournal
from ..ports import Queue, ReceivedMessage
from . import decisions, loops, warnings
from .batches import Batch

__tracebackhide__ = hides_frames

RELEASES = -1
"""The rank of the end of a visibility timeout: before polls of the same instant, which may receive the messages again."""


def _processed(batch: Batch, failed: Iterable[str]) -> list[ReceivedMessage]:
    """Returns the messages of a batch that are not among the failed ones."""
    ids = set(failed)
    return [item.message for item in batch.items if item.message.message_id not in ids]


class BatchOwner(Protocol):
    """The poller that received the batches."""

    def find_queue(self) -> Queue | None:
        """Returns the queue, if it exists now."""

    def stopped(self, batch: Batch, messages: Sequence[ReceivedMessage], target: Target) -> None:
        """Messages of a batch are not delivered, since they belong to a loop."""

    def finished(self, batch: Batch, processed: Sequence[ReceivedMessage], request: InvokeRequest | None) -> None:
        """A batch is not in progress any more. The attempt `request` processed some of its messages."""


class BatchConsumer(Protocol):
    """Processes the batches of one mapping: a function, or a pipe."""

    def attempt(self, batch: Batch) -> None:
        """Starts to process a batch, and calls the owner's `finished` at the end of it."""


class AttemptCounts:
    """Counts the attempts of each message."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}

    def next_number(self, batch: Batch) -> int:
        """Returns the number of the next attempt of a batch: 1 + the attempts of its message with the most attempts."""
        return 1 + max([self._counts.get(message_id, 0) for message_id in batch.message_ids])

    def add(self, batch: Batch) -> int:
        """Counts an attempt of a batch, and returns its number, as `next_number` before."""
        counts, highest = self._counts, 1
        for message_id in batch.message_ids:
            number = counts[message_id] = counts.get(message_id, 0) + 1
            if number > highest:
                highest = number
        return highest

    def forget(self, message_ids: Iterable[str]) -> None:
        """Drops the counts of messages that were removed from the queue."""
        for message_id in message_ids:
            self._counts.pop(message_id, None)


DeliveryFactory = Callable[[PollerDependencies, MappingJournal, AttemptCounts, BatchOwner], BatchConsumer]


class QueueDelivery:
    """Invokes the function with batches of one mapping. It tells `owner` when each batch is finished."""

    def __init__(
        self, dependencies: PollerDependencies, journal: MappingJournal, counts: AttemptCounts, owner: BatchOwner
    ) -> None:
        self._deps = dependencies
        self._simulation = dependencies.simulation
        self._journal = journal
        self._counts = counts
        self._owner = owner

    def attempt(self, batch: Batch) -> None:
        """Invokes the function with a batch. If Lambda refuses, it tries again until the visibility timeout ends."""
        target, traces = self._deps.resolved(batch.settings), loops.traces_of(batch.items)
        if target is not None and any(traces):
            self._stop_loops(batch, traces, target)
            if not batch.items:
                self._owner.finished(batch, (), None)
                return
            traces = loops.traces_of(batch.items)
        request = self._request(batch, traces)
        if target is None:
            self._journal.write_not_found(request, batch.settings)
            self._retry_or_release(batch, request, "the function does not exist", 0)
            return
        self._deps.check_invocable(target)
        window = int(batch.settings.maximum_batching_window_in_seconds)
        self._journal.warn("visibility", warnings.short_visibility(self._owner.find_queue(), self._journal, target, window))
        refusal = self._deps.invoker.start(target, request, lambda result: self._returned(batch, request, result))
        if refusal is None:
            return
        if isinstance(refusal, Throttled):
            self._journal.warn("receives", warnings.few_receives(self._owner.find_queue(), self._journal))
        self._retry_or_release(batch, request, refusal.reason, target.configuration.timeout)

    def _request(self, batch: Batch, traces: Sequence[Trace | None]) -> InvokeRequest:
        batch.attempts += 1
        number, trace = self._counts.add(batch), self._deps.invoker.chains.joined(traces)
        return InvokeRequest(
            Subject(self._journal.function_name, self._simulation.identifiers.uuid(), number), batch.payload(), trace,
            batch=BatchFacts(self._journal.origin(batch.settings), batch.message_ids),
            began_at=self._simulation.clock.microseconds,
        )  # fmt: skip

    def _stop_loops(self, batch: Batch, traces: Sequence[Trace | None], target: Target) -> None:
        """Removes messages from a batch whose chains of invocations are too long."""
        invoker, function_arn = self._deps.invoker, target.function.arn
        division = loops.divided(
            batch.items, traces, lambda trace: invoker.chains.executions(trace, function_arn), invoker.recursion_limit(target)
        )
        if division.stopped:
            batch.items = list(division.delivered)
            self._owner.stopped(batch, [item.message for item in division.stopped], target)

    def _returned(self, batch: Batch, request: InvokeRequest, result: Result) -> None:
        """Messages that did not fail were processed. The others wait for their visibility timeout (SQS-41, 42)."""
        outcome = self._outcome(batch, result)
        self._write_result(batch, request, outcome)
        self._owner.finished(batch, [] if result.error is not None else _processed(batch, outcome.failed), request)

    def _outcome(self, batch: Batch, result: Result) -> BatchResult:
        if result.error is not None:
            return BatchResult(batch.message_ids, result.error.summary)
        if batch.settings.reports_batch_item_failures:
            return batch_response.batch_result(result.payload, batch.message_ids, is_of_queue=True)
        self._journal.warn_of_ignored_failures(result.payload)
        return BatchResult(())

    def _write_result(self, batch: Batch, request: InvokeRequest, outcome: BatchResult) -> None:
        origin = self._journal.origin(batch.settings)
        self._journal.write_result(request, origin, len(batch.items), outcome.failed, outcome.reason)

    def _retry_or_release(self, batch: Batch, request: InvokeRequest, reason: str, timeout: int) -> None:
        """Schedules another attempt if it can end before the visibility timeout; else waits for that (SQS-60 to 62).

        `timeout` is that of the function, in seconds.
        """
        self._write_result(batch, request, BatchResult(batch.message_ids, reason))
        scheduler, subject, queue = self._simulation.scheduler, self._journal.subject, self._journal.source_name
        now = self._simulation.clock.microseconds
        again = decisions.next_attempt_at(now, batch.attempts, batch.lease_ends_at, timeout)
        if again is not None:
            scheduler.call_at(again, partial(self.attempt, batch), QueueAttempt(subject, queue))
        else:
            release = partial(self._release, batch)
            scheduler.call_at(batch.lease_ends_at, release, QueueRelease(subject, queue), rank=RELEASES)

    def _release(self, batch: Batch) -> None:
        """Ends a batch whose visibility timeout is over. The next receive of its messages counts as another one (SQS-61)."""
        journal = self._journal
        journal.write(Released(journal.subject, journal.origin(batch.settings), batch.message_ids))
        self._owner.finished(batch, (), None)
