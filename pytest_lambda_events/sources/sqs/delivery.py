"""A batch from its first try to its end (SQS-40 to 64, 70 to 78)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from ...errors import hides_frames
from ...faults.plans import PLANNED, fault_context_of
from ...journal.attempts import NotFound
from ...journal.batches import Deleted, DeletionReason, Released
from ...journal.entry import BatchFacts
from ...journal.pending import QueueAttempt, QueueRelease
from ...service.invoke_request import InvokeRequest, Result
from ...service.model import Target
from ...service.refusals import Refusal, Throttled
from .. import batch_response
from ..batch_response import BatchResult
from ..dependencies import PollerDependencies
from ..mapping import EventSourceMapping, Settings
from ..ports import Queue, ReceivedMessage
from . import decisions, loops
from .batches import Batch
from .mapping_journal import MappingJournal

__tracebackhide__ = hides_frames

RELEASES = -1
"""At one instant the end of a batch's visibility comes before polls, which may receive its messages again."""


@dataclass(frozen=True, slots=True)
class _Hindrance:
    """Why messages cannot be deleted: a permission is missing, or a planned fault happens."""

    denied: str | None = None
    failed: str | None = None


class Deliveries:
    """Invokes batches of one mapping; `on_finished` is called once for each, when it is no longer in hand."""

    def __init__(
        self,
        mapping: EventSourceMapping,
        dependencies: PollerDependencies,
        notes: MappingJournal,
        on_finished: Callable[[], None],
    ) -> None:
        self._mapping = mapping
        self._deps = dependencies
        self._simulation = dependencies.simulation
        self._mapping_journal = notes
        self._on_finished = on_finished
        self._earlier: Counter[str] = Counter()

    def begin(self, batch: Batch) -> None:
        """Try a batch, now and as often as it takes, until it has run or its visibility is over."""
        target = self._deps.resolved(batch.settings)
        if target is not None:
            self._stop_loops(batch, target)
            if not batch.items:
                self._on_finished()
                return
        batch.attempts += 1
        attempt = self.number_of(batch)
        self._earlier.update(batch.message_ids)
        trace = self._deps.invoker.chains.joined([loops.trace_of(item.message) for item in batch.items])
        request = InvokeRequest(
            self._simulation.identifiers.uuid(), batch.payload(), trace, attempt,
            batch=BatchFacts(self._mapping_journal.origin(batch.settings), batch.message_ids),
            began_at=self._simulation.clock.microseconds,
        )  # fmt: skip
        if target is None:
            self._gone(batch, request)
            return
        self._deps.check_invocable(target)
        self._mapping_journal.check_visibility(self._queue, target, batch.settings.maximum_batching_window_in_seconds)
        refusal = self._deps.invoker.start(target, request, lambda result: self._ended(batch, request, result))
        if refusal is not None:
            self._refused(batch, request, target, refusal)

    def number_of(self, batch: Batch) -> int:
        """That of a batch's next attempt: 1 + the earlier ones of its most-tried message."""
        return 1 + max(self._earlier[message_id] for message_id in batch.message_ids)

    @property
    def _queue(self) -> Queue | None:
        return self._deps.find_queue(self._mapping.event_source_arn)

    # ------------------------------------------------------------------ the function has run

    def _ended(self, batch: Batch, request: InvokeRequest, result: Result) -> None:
        """What did not fail is deleted, what did is left to its visibility timeout (SQS-41, 42)."""
        outcome = self._result(batch, result)
        self._mapping_journal.batch_result(batch, request, outcome)
        failed = set(outcome.failed)
        done = [item.message for item in batch.items if item.message.message_id not in failed]
        queue = self._queue
        if done and queue is not None:
            self.delete(queue, done, "processed", batch.settings, request)
        self._on_finished()

    def _result(self, batch: Batch, result: Result) -> BatchResult:
        if result.error is not None:
            return BatchResult(batch.message_ids, f"{result.error.error_type}: {result.error.error_message}")
        if batch.settings.reports_batch_item_failures:
            return batch_response.batch_result(result.payload, batch.message_ids)
        self._mapping_journal.check_ignored_failures(result.payload)
        return BatchResult(())

    def delete(
        self,
        queue: Queue,
        messages: Sequence[ReceivedMessage],
        reason: DeletionReason,
        settings: Settings,
        request: InvokeRequest | None = None,
    ) -> None:
        """Delete each message by the receipt of its own delivery, which may no longer count (SQS-48)."""
        hindrance = self._hindrance(queue, settings, request)
        deleted = {one.message_id for one in messages if not hindrance and queue.delete(one.receipt_handle)}
        # A batch whose window is longer than the visibility timeout can hold a message twice.
        message_ids = tuple(dict.fromkeys(message.message_id for message in messages))
        # Others that wait for these messages to reappear need not.
        queue.changed.notify()
        for message_id in deleted:
            self._earlier.pop(message_id, None)
        journal = self._mapping_journal
        journal.write(Deleted(
            journal.subject if request is None else journal.of_attempt(request), journal.origin(settings), message_ids,
            reason=reason, stale=tuple(message_id for message_id in message_ids if message_id not in deleted),
            denied=None if hindrance is None else hindrance.denied, failed=None if hindrance is None else hindrance.failed,
        ))  # fmt: skip

    def _hindrance(self, queue: Queue, settings: Settings, request: InvokeRequest | None) -> _Hindrance | None:
        """Why nothing can be deleted: a permission that was lost, or a planned failure."""
        denial = self._deps.refusal(settings, "sqs:DeleteMessage", queue.arn)
        if denial is not None:
            return _Hindrance(denied=denial)
        if request is None:
            return None
        fault_context = fault_context_of(
            settings.function_arn, request.request_id, request.attempt, request.payload, request.began_at
        )  # fmt: skip
        is_planned = self._deps.invoker.planned.met("delete", fault_context) is not None
        return _Hindrance(failed=PLANNED) if is_planned else None

    # ------------------------------------------------------------------ it must not

    def _stop_loops(self, batch: Batch, target: Target) -> None:
        """Take out of a batch the messages of chains that are too long: they go to the queue's dead-letter queue, or are lost.

        A message that cannot be deleted comes back when its visibility timeout ends, and is stopped again.
        """
        invoker, function_arn = self._deps.invoker, target.function.arn
        division = loops.divided(
            batch.items, lambda trace: invoker.chains.executions(trace, function_arn), invoker.recursion_limit(target)
        )
        if not division.stopped:
            return
        batch.items = list(division.delivered)
        queue, messages = self._queue, [item.message for item in division.stopped]
        hindrance = None if queue is None else self._hindrance(queue, batch.settings, None)
        counting = [one for one in messages if queue is not None and not hindrance and queue.can_delete(one.receipt_handle)]
        deleted = {message.message_id for message in counting}
        self._mapping_journal.stopped(batch, target, messages, deleted, None if queue is None else queue.dead_letter_queue_arn)
        invoker.warn_of_recursion(target)
        for message in counting:
            assert queue is not None
            queue.discard(message.receipt_handle)
            self._earlier.pop(message.message_id, None)

    # ------------------------------------------------------------------ it has not

    def _refused(self, batch: Batch, request: InvokeRequest, target: Target, refusal: Refusal) -> None:
        if isinstance(refusal, Throttled):
            self._mapping_journal.check_receive_count(self._queue)
        self._keep(batch, request, refusal.reason, target.configuration.timeout)

    def _gone(self, batch: Batch, request: InvokeRequest) -> None:
        subject = self._mapping_journal.of_attempt(request)
        self._simulation.journal.write(NotFound(subject, request.payload, request.batch, batch.settings.function_arn))
        self._keep(batch, request, "the function does not exist", 0)

    def _keep(self, batch: Batch, request: InvokeRequest, reason: str, timeout: int) -> None:
        """Try again under the same receive while that can end in time, else give up when visibility ends (SQS-60 to 62)."""
        self._mapping_journal.batch_result(batch, request, BatchResult(batch.message_ids, reason))
        simulation, subject, queue = self._simulation, self._mapping_journal.subject, self._mapping_journal.queue_name
        again = decisions.next_attempt_at(simulation.clock.microseconds, batch.attempts, batch.lease_ends_at, timeout)
        if again is not None:
            simulation.scheduler.call_at(again, partial(self.begin, batch), QueueAttempt(subject, queue))
        else:
            release = partial(self._release, batch)
            simulation.scheduler.call_at(batch.lease_ends_at, release, QueueRelease(subject, queue), rank=RELEASES)

    def _release(self, batch: Batch) -> None:
        """Its visibility is over: whoever receives its messages next counts one receive more (SQS-61)."""
        journal = self._mapping_journal
        journal.write(Released(journal.subject, journal.origin(batch.settings), batch.message_ids))
        self._on_finished()
