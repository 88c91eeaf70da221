"""A batch of a stream from its first try to its end: retries, partial progress, bisecting, giving up (KIN-40 to 69)."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from itertools import takewhile
from typing import Any, Protocol

from ... import limits
from ...errors import hides_frames
from ...journal.attempts import NotFound
from ...journal.batches import BatchResult, Checkpointed, RecordsExpired
from ...journal.entry import BatchFacts, Origin, Subject
from ...journal.pending import ShardAttempt
from ...service.invoke_request import InvokeRequest, Result
from ...simulation.clock import MICROSECONDS
from ...simulation.scheduler import Timer
from ..ports import StreamRecord
from . import decisions
from .decisions import RECORD_AGE_EXCEEDED, Cut, GiveUp, Outcome, Retry
from .discards import give_up
from .mapping_context import FAILED, OK, MappingContext
from .planned_faults import PlannedFaults
from .stream_batch import StreamBatch

__tracebackhide__ = hides_frames


CHECKPOINT_LOST_SECONDS = 1.0
"""After a checkpoint was lost a shard is read again a second later, and the more often it is lost, the later (KIN-49)."""


class Owner(Protocol):
    """The worker that batches come from."""

    @property
    def shard_id(self) -> str:
        """Its shard."""

    @property
    def state(self) -> Any:
        """That of its tumbling window now."""

    def ran(self, batch: StreamBatch) -> None:
        """The function has run with a batch."""

    def done(self, batch: StreamBatch, state: Any, *, is_success: bool) -> Sequence[StreamBatch]:
        """A batch is done, or given up. Returns what has to follow it at once."""

    def idle(self) -> None:
        """Nothing is left to try."""

    def lost(self, delay: float) -> None:
        """Nothing is left to try for so many seconds, since the checkpoint could not be kept."""


class BatchDelivery:
    """BatchDelivery batches one after the other, in order: the next begins when the one before is done or given up."""

    def __init__(self, context: MappingContext, owner: Owner) -> None:
        self._context = context
        self._deps = context.deps
        self._owner = owner
        self._simulation = context.simulation
        self._left: deque[StreamBatch] = deque()
        self._current: StreamBatch | None = None
        self._timer: Timer | None = None
        self._is_stopped = False
        self._planned = PlannedFaults(context, owner)

    @property
    def is_busy(self) -> bool:
        """Whether a batch is being tried, or waits to be."""
        return self._current is not None

    @property
    def in_hand(self) -> Iterator[StreamRecord]:
        """The records that are being tried, or wait to be."""
        for batch in (*((self._current,) if self._current else ()), *self._left):
            yield from (item.record for item in batch.items)

    def begin(self, batches: Sequence[StreamBatch]) -> None:
        """Try these, now and as often as it takes. Nothing else is being tried."""
        for batch in batches:
            self._left += self._planned.batches(batch)
        self._next()

    def stop(self) -> None:
        """Try nothing more. A function that runs may end: what it has done counts."""
        self._left.clear()
        if self._timer is not None and self._timer.is_due:
            self._timer.cancel()
            self._current = None
        self._is_stopped = self._current is not None

    def resume(self) -> None:
        """Go on after all, with what a function that ran meanwhile leaves to do."""
        self._is_stopped = False

    # ------------------------------------------------------------------ one attempt

    def _next(self) -> None:
        self._current = self._left.popleft()
        self._attempt(self._current)

    def _attempt(self, batch: StreamBatch) -> None:
        batch.settings = self._context.settings
        if not self._has_something_to_send(batch):
            self._finish(batch, None, is_success=False)
            return
        state = self._owner.state
        payload = batch.payload(self._owner.shard_id, self._context.mapping.event_source_arn, state)
        batch.attempts += 1
        batch.attempted_at = self._context.now
        request = self._request(batch, payload)
        if len(payload) > limits.EVENT_BYTES:
            batch.is_too_large = True
            batch.invoke_count += 1
            self._judged(
                batch, request, Outcome(0, f"the event has {len(payload)} bytes, and the limit is {limits.EVENT_BYTES}")
            )
            return
        target = self._deps.resolved(batch.settings)
        if target is None:
            self._gone(batch, request)
            return
        self._deps.check_invocable(target)
        refusal = self._deps.invoker.start(target, request, lambda result: self._ended(batch, request, result))
        if refusal is not None:
            self._hold(batch, request, refusal.reason)

    def _request(self, batch: StreamBatch, payload: bytes) -> InvokeRequest:
        batch.request_id = batch.request_id or self._simulation.identifiers.uuid()
        batch.trace = batch.trace or self._deps.invoker.chains.new()
        window = None if batch.call is None else batch.call.window.shown()
        facts = BatchFacts(self._origin(batch), batch.sequence_numbers, window)
        return InvokeRequest(batch.request_id, payload, batch.trace, batch.number, batch=facts)

    def _has_something_to_send(self, batch: StreamBatch) -> bool:
        """Records that expired are lost, those that are too old are given up; the rest is tried (KIN-42, 45, 46)."""
        context, shard_id = self._context, self._owner.shard_id
        if batch.closes_window:
            return self._is_window_kept(batch)
        kept = context.retention_seconds()
        # Records are in order of arrival: none is older than the one before it.
        records = (item.record for item in batch.items)
        expired = list(takewhile(lambda record: context.age_seconds(record) >= kept, records))
        batch.without({record.position for record in expired})
        context.write_records(RecordsExpired, shard_id, batch.settings, expired)
        self._give_up_old(batch)
        return bool(batch.items)

    def _is_window_kept(self, batch: StreamBatch) -> bool:
        """A window's last call has no records: what ends those ends it, counted from its first attempt (KIN-86)."""
        context, shard_id = self._context, self._owner.shard_id
        batch.begun_at = context.now if batch.begun_at is None else batch.begun_at
        age = (context.now - batch.begun_at) / MICROSECONDS
        if age >= context.retention_seconds():
            context.write(RecordsExpired(context.subject, self._origin(batch), ()))
            return False
        if decisions.is_too_old(age, batch.settings):
            give_up(context, shard_id, batch, RECORD_AGE_EXCEEDED, self._owner.state)
            return False
        return True

    def _give_up_old(self, batch: StreamBatch) -> None:
        old = tuple(takewhile(lambda item: self._is_too_old(item.record, batch), batch.items))
        if not old:
            return
        aged = StreamBatch(
            old,
            old[-1].record.position,
            batch.settings,
            batch.call,
            batch.invoke_count,
            batch.attempts,
            request_id=batch.request_id,
        )
        give_up(self._context, self._owner.shard_id, aged, RECORD_AGE_EXCEEDED, self._owner.state)
        batch.without({item.record.position for item in old})

    def _is_too_old(self, record: StreamRecord, batch: StreamBatch) -> bool:
        return decisions.is_too_old(self._context.age_seconds(record), batch.settings)

    # ------------------------------------------------------------------ the function did not run

    def _gone(self, batch: StreamBatch, request: InvokeRequest) -> None:
        subject = self._subject(request)
        self._simulation.journal.write(NotFound(subject, request.payload, request.batch, batch.settings.function_arn))
        self._hold(batch, request, "the function does not exist")

    def _hold(self, batch: StreamBatch, request: InvokeRequest, reason: str) -> None:
        """What fails before the function runs is tried again and costs no retry (KIN-41)."""
        self._write_result(batch, request, Outcome(0, reason))
        self._again(batch, self._delay_after(batch.attempts))

    # ------------------------------------------------------------------ it did

    def _ended(self, batch: StreamBatch, request: InvokeRequest, result: Result) -> None:
        batch.invoke_count += 1
        batch.result = result
        self._owner.ran(batch)
        if result.error is not None:
            outcome = Outcome(0, f"{result.error.error_type}: {result.error.error_message}")
        else:
            outcome = decisions.judge(result.payload, batch.sequence_numbers, batch.settings)
            if not batch.settings.reports_batch_item_failures:
                self._context.check_ignored_failures(result.payload)
        # A valid answer is no problem, whatever it names (KIN-4C).
        is_problem = result.error is not None or (batch.settings.tumbling_window_in_seconds > 0 and outcome.state is None)
        self._context.mapping.last_processing_result = FAILED if is_problem else OK
        self._judged(batch, request, outcome, ran=True)

    def _judged(self, batch: StreamBatch, request: InvokeRequest, outcome: Outcome, *, ran: bool = False) -> None:
        self._write_result(batch, request, outcome, ran=ran)
        if not outcome.is_success:
            self._failed(batch, outcome)
        elif not self._is_stopped and self._planned.repeats(batch):
            self._again(batch, 0)
        elif self._planned.loses_checkpoint(batch):
            self._lose(max(CHECKPOINT_LOST_SECONDS, self._delay_after(batch.number)))
        else:
            self._finish(batch, outcome.state, is_success=True)

    def _failed(self, batch: StreamBatch, outcome: Outcome) -> None:
        step = decisions.after_failure(outcome, len(batch.items), batch.invoke_count, batch.settings)
        if isinstance(step, Cut):
            self._cut(batch, step, outcome.state)
        elif isinstance(step, GiveUp):
            give_up(self._context, self._owner.shard_id, batch, step.condition, self._owner.state)
            self._finish(batch, None, is_success=False)
        elif self._is_stopped:
            self._leave()
        elif isinstance(step, Retry):
            self._again(batch, self._delay_after(batch.attempts))

    def _cut(self, batch: StreamBatch, cut: Cut, state: Any) -> None:
        """Partial progress, or halves: what is left follows without a pause (KIN-56, 61)."""
        before, rest = self._planned.parts(batch, cut.at)
        if cut.done:
            self._left.appendleft(rest)
            self._finish(before, state, is_success=True, of=batch)
        else:
            self._left.extendleft((rest, before))
            self._follow()

    def _finish(self, batch: StreamBatch, state: Any, *, is_success: bool, of: StreamBatch | None = None) -> None:
        """Go on behind the batch."""
        self._planned.forget(batch)
        if is_success and batch.items:
            subject = Subject(self._context.subject.function_name, (of or batch).request_id)
            places = self._context.places(item.record for item in batch.items)
            self._context.write(Checkpointed(subject, self._origin(batch), batch.sequence_numbers, places=places))
        self._left.extendleft(reversed(self._owner.done(batch, state, is_success=is_success)))
        self._follow()

    def _follow(self) -> None:
        if self._is_stopped:
            self._leave()
        elif self._left:
            self._again(self._left.popleft(), 0)
        else:
            self._current = None
            self._owner.idle()

    def _lose(self, delay: float) -> None:
        """The checkpoint could not be kept: all from the last one on is read again."""
        self._left.clear()
        self._current = None
        self._is_stopped = False
        self._owner.lost(delay)

    def _leave(self) -> None:
        """It was stopped while the function ran: what is not done is read again from the checkpoint (KIN-15)."""
        self._left.clear()
        self._current = None
        self._is_stopped = False
        self._owner.idle()

    def _delay_after(self, attempts: int) -> float:
        config = self._deps.config
        return decisions.retry_delay(attempts, config.stream_retry_delay_seconds, config.stream_retry_delay_maximum_seconds)

    def _again(self, batch: StreamBatch, delay: float) -> None:
        self._current = batch
        self._timer = self._simulation.scheduler.call_after(
            delay, lambda: self._attempt(batch),
            ShardAttempt(
                self._context.subject, self._context.source_name, self._context.mapping.uuid, self._owner.shard_id,
                batch.sequence_numbers,
            ),
        )  # fmt: skip

    # ------------------------------------------------------------------ the journal

    def _origin(self, batch: StreamBatch) -> Origin:
        return self._context.origin(self._owner.shard_id, batch.settings)

    def _subject(self, request: InvokeRequest) -> Subject:
        return Subject(self._context.subject.function_name, request.request_id, request.attempt)

    def _write_result(self, batch: StreamBatch, request: InvokeRequest, outcome: Outcome, *, ran: bool = False) -> None:
        numbers = batch.sequence_numbers
        age = None
        if ran and batch.items:
            age = (self._context.now - batch.items[-1].record.arrived_at) * 1000 / MICROSECONDS
        failed = () if outcome.failed_from is None else numbers[outcome.failed_from :]
        self._context.write(
            BatchResult(self._subject(request), self._origin(batch), len(numbers), failed, outcome.reason, age)
        )
