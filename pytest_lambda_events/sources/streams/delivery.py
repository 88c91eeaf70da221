"""Lets a function or a pipe process batches of a shard: retries, partial progress, bisecting and discards (KIN-40 to 69)."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from itertools import takewhile
from typing import Any

from ... import limits
from ...errors import hides_frames
from ...journal.batches import Checkpointed, RecordsExpired
from ...journal.entry import BatchFacts, Origin, Subject
from ...journal.pending import ShardAttempt
from ...records.batch_record import MAXIMUM_PAYLOAD_SIZE_EXCEEDED
from ...service.invoke_request import InvokeRequest
from ...simulation.clock import MICROSECONDS
from ...simulation.scheduler import Timer
from ..ports import StreamRecord
from . import decisions
from .decisions import RECORD_AGE_EXCEEDED, Discard, Outcome, Retry, Split
from .discards import discard
from .mapping_context import MappingContext
from .planned_faults import PlannedFaults
from .stream_batch import StreamBatch, StreamConsumer, Worker

__tracebackhide__ = hides_frames


CHECKPOINT_LOST_SECONDS = 1.0
"""The shortest pause before a shard is read again after its checkpoint was lost (KIN-49)."""


class BatchDelivery:
    """Lets the consumer process the batches of one worker, in order. A batch starts when the one before is finished."""

    def __init__(self, context: MappingContext, worker: Worker) -> None:
        self._context = context
        self._deps = context.deps
        self._journal = context.journal
        self._worker = worker
        self._simulation = context.simulation
        self._left: deque[StreamBatch] = deque()
        self._current: StreamBatch | None = None
        self._timer: Timer | None = None
        self._is_stopped = False
        self._planned = PlannedFaults(context, worker)
        self._consumer: StreamConsumer = context.consumer

    @property
    def is_busy(self) -> bool:
        """Whether a batch is in progress or waits for its next attempt."""
        return self._current is not None

    @property
    def unfinished(self) -> Iterator[StreamRecord]:
        """The records of batches that are in progress or wait."""
        for batch in (*((self._current,) if self._current else ()), *self._left):
            yield from (item.record for item in batch.items)

    def begin(self, batches: Sequence[StreamBatch]) -> None:
        """Starts with these batches. No other batch may be in progress."""
        for batch in batches:
            self._left += self._planned.batches(batch)
        self._next()

    def stop(self) -> None:
        """Starts no more attempts. An attempt that runs may end, and its result counts."""
        self._left.clear()
        if self._timer is not None and self._timer.is_due:
            self._timer.cancel()
            self._current = None
        self._is_stopped = self._current is not None

    def resume(self) -> None:
        """Continues after `stop`, with what a running attempt leaves to do."""
        self._is_stopped = False

    def _next(self) -> None:
        self._current = self._left.popleft()
        self._attempt(self._current)

    def _attempt(self, batch: StreamBatch) -> None:
        batch.settings = self._context.settings
        if batch.has_failed:
            batch.has_failed = False
            self._failed(batch, Outcome(0))
            return
        if not self._has_something_to_send(batch):
            self._finish(batch, None, is_success=False)
            return
        state = self._worker.state
        payload = self._context.form.payload(self._worker.shard_id, batch, state)
        batch.attempts += 1
        batch.attempted_at = self._context.now
        request = self._request(batch, payload)
        if len(payload) > limits.EVENT_BYTES:
            batch.is_too_large = True
            batch.invoke_count += 1
            if self._context.stream_type.discards_too_large:
                discard(self._context, self._worker.shard_id, batch, MAXIMUM_PAYLOAD_SIZE_EXCEEDED, state)
                self._finish(batch, None, is_success=False)
                return
            self._apply(
                batch, request, Outcome(0, f"the event has {len(payload)} bytes, and the limit is {limits.EVENT_BYTES}")
            )
            return
        reason = self._consumer.begin(batch, request, lambda outcome: self._ended(batch, request, outcome))
        if reason is not None:
            self._retry_later(batch, request, reason)

    def _request(self, batch: StreamBatch, payload: bytes) -> InvokeRequest:
        batch.request_id = batch.request_id or self._simulation.identifiers.uuid()
        batch.trace = batch.trace or self._deps.invoker.chains.new(batch.cause)
        window = None if batch.call is None else batch.call.window.shown()
        facts = BatchFacts(self._origin(batch), batch.sequence_numbers, window)
        subject = Subject(self._journal.function_name, batch.request_id, batch.number)
        return InvokeRequest(subject, payload, batch.trace, batch=facts, event=lambda: self._context.form.event(batch))

    def _has_something_to_send(self, batch: StreamBatch) -> bool:
        """Drops expired records, discards records that are too old, and keeps the rest (KIN-42, 45, 46)."""
        context = self._context
        if batch.closes_window:
            return self._is_window_kept(batch)
        kept = context.retention_seconds()
        # Records are in order of arrival: the oldest are the first ones.
        if batch.items and context.age_seconds(batch.items[0].record) >= kept:
            records = (item.record for item in batch.items)
            expired = list(takewhile(lambda record: context.age_seconds(record) >= kept, records))
            batch.without({record.position for record in expired})
            self._journal.write_records(RecordsExpired, self._origin(batch), expired)
        if batch.items and self._is_too_old(batch.items[0].record, batch):
            self._discard_old(batch)
        return bool(batch.items)

    def _is_window_kept(self, batch: StreamBatch) -> bool:
        """Returns whether the final call for a window may be tried. Its age counts from its first attempt (KIN-86)."""
        context, shard_id = self._context, self._worker.shard_id
        batch.begun_at = context.now if batch.begun_at is None else batch.begun_at
        age = (context.now - batch.begun_at) / MICROSECONDS
        if age >= context.retention_seconds():
            self._journal.write(RecordsExpired(self._journal.subject, self._origin(batch), ()))
            return False
        if decisions.is_too_old(age, batch.settings):
            discard(context, shard_id, batch, RECORD_AGE_EXCEEDED, self._worker.state)
            return False
        return True

    def _discard_old(self, batch: StreamBatch) -> None:
        old = tuple(takewhile(lambda item: self._is_too_old(item.record, batch), batch.items))
        aged = StreamBatch(
            old,
            old[-1].record.position,
            batch.settings,
            batch.call,
            batch.invoke_count,
            batch.attempts,
            request_id=batch.request_id,
        )
        discard(self._context, self._worker.shard_id, aged, RECORD_AGE_EXCEEDED, self._worker.state)
        batch.without({item.record.position for item in old})

    def _is_too_old(self, record: StreamRecord, batch: StreamBatch) -> bool:
        return decisions.is_too_old(self._context.age_seconds(record), batch.settings)

    def _retry_later(self, batch: StreamBatch, request: InvokeRequest, reason: str) -> None:
        """Tries again after a failure before the function ran, which costs no retry (KIN-41)."""
        self._write_result(batch, request, Outcome(0, reason))
        self._again(batch, self._delay_after(batch.attempts))

    def _ended(self, batch: StreamBatch, request: InvokeRequest, outcome: Outcome) -> None:
        batch.invoke_count += 1
        self._worker.ran(batch)
        self._apply(batch, request, outcome, ran=not batch.settings.is_of_a_pipe)

    def _apply(self, batch: StreamBatch, request: InvokeRequest, outcome: Outcome, *, ran: bool = False) -> None:
        """Continues after an attempt. `ran` is whether a function ran, so that its iterator age is known."""
        self._write_result(batch, request, outcome, ran=ran)
        if not outcome.is_success:
            self._failed(batch, outcome)
        elif not self._is_stopped and self._planned.repeats(batch):
            self._again(batch, 0)
        elif self._planned.loses_checkpoint(batch):
            self._stop_until_read_again(max(CHECKPOINT_LOST_SECONDS, self._delay_after(batch.number)))
        else:
            self._finish(batch, outcome.state, is_success=True)

    def _failed(self, batch: StreamBatch, outcome: Outcome) -> None:
        step = decisions.after_failure(
            outcome, len(batch.items), batch.invoke_count, batch.settings,
            self._context.stream_type.retries_with_destination,
        )  # fmt: skip
        if isinstance(step, Split):
            self._split(batch, step, outcome.state)
        elif isinstance(step, Discard):
            discarded = self._context.form.discarded(batch)
            if discarded is not None:
                discard(self._context, self._worker.shard_id, discarded, step.condition, self._worker.state)
            self._finish(batch, None, is_success=False)
        elif self._is_stopped:
            self._drop_batches()
        elif isinstance(step, Retry):
            self._again(batch, self._delay_after(batch.attempts))

    def _split(self, batch: StreamBatch, split: Split, state: Any) -> None:
        """Continues with the rest after partial progress, or with both halves, without a pause (KIN-56, 61)."""
        before, rest = self._planned.parts(batch, split.at)
        if split.is_first_done:
            if self._context.form.is_queue:
                # The records of the rest failed by themselves, so this attempt counts for them.
                rest.has_failed, rest.result, rest.request_id = True, batch.result, batch.request_id
                rest.invoke_count, rest.attempts, rest.attempted_at = batch.invoke_count, batch.attempts, batch.attempted_at
            self._left.appendleft(rest)
            self._finish(before, state, is_success=True, of=batch)
        else:
            self._left.extendleft((rest, before))
            self._follow()

    def _finish(self, batch: StreamBatch, state: Any, *, is_success: bool, of: StreamBatch | None = None) -> None:
        """Continues after a batch was processed or discarded. `of` is the batch that contained it."""
        self._planned.forget(batch)
        if is_success and batch.items:
            subject = Subject(self._journal.function_name, (of or batch).request_id)
            places = self._journal.places(item.record for item in batch.items)
            self._journal.write(Checkpointed(subject, self._origin(batch), batch.sequence_numbers, places=places))
        self._left.extendleft(reversed(self._worker.done(batch, state, is_success=is_success)))
        self._follow()

    def _follow(self) -> None:
        if self._is_stopped:
            self._drop_batches()
        elif self._left:
            self._again(self._left.popleft(), 0)
        else:
            self._current = None
            self._worker.idle()

    def _stop_until_read_again(self, delay: float) -> None:
        """Drops all batches, since the checkpoint is lost: the worker reads again from the last checkpoint."""
        self._left.clear()
        self._current = None
        self._is_stopped = False
        self._worker.checkpoint_lost(delay)

    def _drop_batches(self) -> None:
        """Drops all batches after `stop`: unfinished records are read again from the checkpoint (KIN-15)."""
        self._left.clear()
        self._current = None
        self._is_stopped = False
        self._worker.idle()

    def _delay_after(self, attempts: int) -> float:
        config = self._deps.config
        return decisions.retry_delay(attempts, config.stream_retry_delay_seconds, config.stream_retry_delay_maximum_seconds)

    def _again(self, batch: StreamBatch, delay: float) -> None:
        self._current = batch
        self._timer = self._simulation.scheduler.call_after(
            delay, lambda: self._attempt(batch),
            ShardAttempt(
                self._journal.subject, self._journal.source_name, self._context.mapping.uuid, self._worker.shard_id,
                batch.sequence_numbers,
            ),
        )  # fmt: skip

    def _origin(self, batch: StreamBatch) -> Origin:
        return self._journal.origin(batch.settings, self._worker.shard_id)

    def _write_result(self, batch: StreamBatch, request: InvokeRequest, outcome: Outcome, *, ran: bool = False) -> None:
        numbers = batch.sequence_numbers
        failed = () if outcome.failed_from is None else numbers[outcome.failed_from :]
        age_ms = None
        if ran and batch.items and self._context.stream_type.has_iterator_age:
            age_ms = (self._context.now - batch.items[-1].record.arrived_at) * 1000 / MICROSECONDS
        self._journal.write_result(request, self._origin(batch), len(numbers), failed, outcome.reason, age_ms)
        if failed:
            self._context.form.failed(batch)
