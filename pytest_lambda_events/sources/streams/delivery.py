"""A batch of a stream from its first try to its end: retries, partial progress, bisecting, giving up (KIN-40 to 69)."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from itertools import takewhile
from typing import Any, Protocol

from ... import limits
from ...errors import hides_frames
from ...service.invoke_request import InvokeRequest, Result
from ...simulation.clock import MICROSECONDS
from ...simulation.journal import Subject
from ...simulation.scheduler import Timer
from ..ports import StreamRecord
from . import decisions
from .decisions import RECORD_AGE_EXCEEDED, Cut, GiveUp, Outcome, Retry
from .discards import give_up
from .mapping_context import FAILED, OK, MappingContext
from .planned_faults import Planned
from .stream_batch import StreamBatch

__tracebackhide__ = hides_frames


CHECKPOINT_LOST_SECONDS = 1.0
"""After a checkpoint was lost a shard is read again a second later, and the more often it is lost, the later (KIN-49)."""


class Owner(Protocol):
    """The worker that pieces come from."""

    @property
    def shard_id(self) -> str:
        """Its shard."""

    @property
    def state(self) -> Any:
        """That of its tumbling window now."""

    def ran(self, piece: StreamBatch) -> None:
        """The function has run with a piece."""

    def done(self, piece: StreamBatch, state: Any, *, is_success: bool) -> Sequence[StreamBatch]:
        """A piece is done, or given up. Returns what has to follow it at once."""

    def idle(self) -> None:
        """Nothing is left to try."""

    def lost(self, delay: float) -> None:
        """Nothing is left to try for so many seconds, since the checkpoint could not be kept."""


class Tries:
    """Tries pieces one after the other, in order: the next begins when the one before is done or given up."""

    def __init__(self, reading: MappingContext, owner: Owner) -> None:
        self._reading = reading
        self._owner = owner
        self._simulation = reading.simulation
        self._left: deque[StreamBatch] = deque()
        self._current: StreamBatch | None = None
        self._timer: Timer | None = None
        self._is_stopped = False
        self._planned = Planned(reading, owner)

    @property
    def is_busy(self) -> bool:
        """Whether a piece is being tried, or waits to be."""
        return self._current is not None

    @property
    def in_hand(self) -> Iterator[StreamRecord]:
        """The records that are being tried, or wait to be."""
        for piece in (*((self._current,) if self._current else ()), *self._left):
            yield from (item.record for item in piece.items)

    def begin(self, pieces: Sequence[StreamBatch]) -> None:
        """Try these, now and as often as it takes. Nothing else is being tried."""
        for piece in pieces:
            self._left += self._planned.pieces(piece)
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

    # ------------------------------------------------------------------ one try

    def _next(self) -> None:
        self._current = self._left.popleft()
        self._try(self._current)

    def _try(self, piece: StreamBatch) -> None:
        piece.settings = self._reading.settings
        if not self._has_something_to_send(piece):
            self._finish(piece, None, is_success=False)
            return
        state = self._owner.state
        payload = piece.payload(self._owner.shard_id, self._reading.mapping.event_source_arn, state)
        piece.tries += 1
        piece.tried_at = self._reading.now
        request = self._request(piece, payload)
        if len(payload) > limits.EVENT_BYTES:
            piece.is_too_large = True
            piece.attempts += 1
            self._judged(
                piece, request, Outcome(0, f"the event has {len(payload)} bytes, and Lambda takes {limits.EVENT_BYTES}")
            )
            return
        target = self._reading.around.common.resolved(piece.settings)
        if target is None:
            self._gone(piece, request)
            return
        self._reading.around.common.check_invocable(target)
        refusal = self._reading.around.common.invoker.start(
            target, request, lambda result: self._ended(piece, request, result)
        )
        if refusal is not None:
            self._hold(piece, request, refusal.reason)

    def _request(self, piece: StreamBatch, payload: bytes) -> InvokeRequest:
        piece.request_id = piece.request_id or self._simulation.identifiers.uuid()
        piece.trace = piece.trace or self._reading.around.common.invoker.chains.new()
        detail = self._reading.detail(self._owner.shard_id, piece.settings)
        detail["sequence_numbers"] = piece.sequence_numbers
        if piece.call is not None:
            detail["window"] = piece.call.window.shown()
        return InvokeRequest(piece.request_id, payload, piece.trace, piece.number, detail=detail)

    def _has_something_to_send(self, piece: StreamBatch) -> bool:
        """Records that expired are lost, those that are too old are given up; the rest is tried (KIN-42, 45, 46)."""
        reading, shard_id = self._reading, self._owner.shard_id
        if piece.closes_window:
            return self._is_window_kept(piece)
        kept = reading.retention_seconds()
        # Records are in order of arrival: none is older than the one before it.
        records = (item.record for item in piece.items)
        expired = list(takewhile(lambda record: reading.age_seconds(record) >= kept, records))
        piece.without({record.position for record in expired})
        reading.write_records("expired", shard_id, piece.settings, expired)
        self._give_up_old(piece)
        return bool(piece.items)

    def _is_window_kept(self, piece: StreamBatch) -> bool:
        """A window's last call has no records: what ends those ends it, counted from its first try (KIN-86)."""
        reading, shard_id = self._reading, self._owner.shard_id
        piece.begun_at = reading.now if piece.begun_at is None else piece.begun_at
        age = (reading.now - piece.begun_at) / MICROSECONDS
        if age >= reading.retention_seconds():
            reading.write("expired", shard_id, piece.settings, sequence_numbers=())
            return False
        if decisions.is_too_old(age, piece.settings):
            give_up(reading, shard_id, piece, RECORD_AGE_EXCEEDED, self._owner.state)
            return False
        return True

    def _give_up_old(self, piece: StreamBatch) -> None:
        old = tuple(takewhile(lambda item: self._is_too_old(item.record, piece), piece.items))
        if not old:
            return
        aged = StreamBatch(
            old, old[-1].record.position, piece.settings, piece.call, piece.attempts, piece.tries, request_id=piece.request_id
        )
        give_up(self._reading, self._owner.shard_id, aged, RECORD_AGE_EXCEEDED, self._owner.state)
        piece.without({item.record.position for item in old})

    def _is_too_old(self, record: StreamRecord, piece: StreamBatch) -> bool:
        return decisions.is_too_old(self._reading.age_seconds(record), piece.settings)

    # ------------------------------------------------------------------ the function did not run

    def _gone(self, piece: StreamBatch, request: InvokeRequest) -> None:
        self._simulation.journal.write(
            "not_found", self._subject(request), invoked_arn=piece.settings.function_arn, payload=request.payload,
            **request.detail,
        )  # fmt: skip
        self._hold(piece, request, "the function does not exist")

    def _hold(self, piece: StreamBatch, request: InvokeRequest, reason: str) -> None:
        """What fails before the function runs is tried again and costs no retry (KIN-41)."""
        self._write_judged(piece, request, Outcome(0, reason))
        self._again(piece, self._delay_after(piece.tries))

    # ------------------------------------------------------------------ it did

    def _ended(self, piece: StreamBatch, request: InvokeRequest, result: Result) -> None:
        piece.attempts += 1
        piece.result = result
        self._owner.ran(piece)
        if result.error is not None:
            outcome = Outcome(0, f"{result.error.error_type}: {result.error.error_message}")
        else:
            outcome = decisions.judge(result.payload, piece.sequence_numbers, piece.settings)
            if not piece.settings.reports_batch_item_failures:
                self._reading.check_ignored_failures(result.payload)
        # A valid answer is no problem, whatever it names (KIN-4C).
        is_problem = result.error is not None or (piece.settings.tumbling_window_in_seconds > 0 and outcome.state is None)
        self._reading.mapping.last_processing_result = FAILED if is_problem else OK
        self._judged(piece, request, outcome, ran=True)

    def _judged(self, piece: StreamBatch, request: InvokeRequest, outcome: Outcome, *, ran: bool = False) -> None:
        self._write_judged(piece, request, outcome, ran=ran)
        if not outcome.is_success:
            self._failed(piece, outcome)
        elif not self._is_stopped and self._planned.repeats(piece):
            self._again(piece, 0)
        elif self._planned.loses_checkpoint(piece):
            self._lose(max(CHECKPOINT_LOST_SECONDS, self._delay_after(piece.number)))
        else:
            self._finish(piece, outcome.state, is_success=True)

    def _failed(self, piece: StreamBatch, outcome: Outcome) -> None:
        step = decisions.after_failure(outcome, len(piece.items), piece.attempts, piece.settings)
        if isinstance(step, Cut):
            self._cut(piece, step, outcome.state)
        elif isinstance(step, GiveUp):
            give_up(self._reading, self._owner.shard_id, piece, step.condition, self._owner.state)
            self._finish(piece, None, is_success=False)
        elif self._is_stopped:
            self._leave()
        elif isinstance(step, Retry):
            self._again(piece, self._delay_after(piece.tries))

    def _cut(self, piece: StreamBatch, cut: Cut, state: Any) -> None:
        """Partial progress, or halves: what is left follows without a pause (KIN-56, 61)."""
        before, rest = self._planned.parts(piece, cut.at)
        if cut.done:
            self._left.appendleft(rest)
            self._finish(before, state, is_success=True, of=piece)
        else:
            self._left.extendleft((rest, before))
            self._follow()

    def _finish(self, piece: StreamBatch, state: Any, *, is_success: bool, of: StreamBatch | None = None) -> None:
        """Go on behind the piece."""
        self._planned.forget(piece)
        if is_success and piece.items:
            subject = Subject(self._reading.subject.function_name, (of or piece).request_id)
            self._reading.write(
                "checkpointed", self._owner.shard_id, piece.settings, subject, sequence_numbers=piece.sequence_numbers,
                **self._reading.places(item.record for item in piece.items),
            )  # fmt: skip
        self._left.extendleft(reversed(self._owner.done(piece, state, is_success=is_success)))
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

    def _delay_after(self, tries: int) -> float:
        readings = self._reading.around.readings
        return decisions.retry_delay(tries, readings.retry_delay_seconds, readings.retry_delay_maximum_seconds)

    def _again(self, piece: StreamBatch, delay: float) -> None:
        self._current = piece
        self._timer = self._simulation.scheduler.call_after(
            delay, lambda: self._try(piece), "attempt", self._reading.subject,
            stream=self._reading.source_name, shard_id=self._owner.shard_id, event_source_mapping=self._reading.mapping.uuid,
            sequence_numbers=piece.sequence_numbers,
        )  # fmt: skip

    # ------------------------------------------------------------------ the journal

    def _subject(self, request: InvokeRequest) -> Subject:
        return Subject(self._reading.subject.function_name, request.request_id, request.attempt)

    def _write_judged(self, piece: StreamBatch, request: InvokeRequest, outcome: Outcome, *, ran: bool = False) -> None:
        numbers = piece.sequence_numbers
        age = None
        if ran and piece.items:
            age = (self._reading.now - piece.items[-1].record.arrived_at) * 1000 / MICROSECONDS
        self._reading.write(
            "judged", self._owner.shard_id, piece.settings, self._subject(request),
            records=len(numbers), failed=() if outcome.failed_from is None else numbers[outcome.failed_from :],
            reason=outcome.reason, iterator_age_ms=age,
        )  # fmt: skip
