"""Reads an ordered part of a shard, makes batches of the records, and keeps the checkpoint."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, Protocol

from ... import limits
from ...errors import hides_frames
from ...journal.batches import Polled, RecordsFiltered
from ...journal.pending import ShardPoll
from ...simulation.clock import MICROSECONDS, microseconds_of
from ...simulation.scheduler import Timer
from ..mapping import FOREVER, Settings
from ..mapping_journal import sequence_numbers
from ..ports import Position, Stream, StreamRecord
from . import decisions
from .decisions import RECORD_AGE_EXCEEDED, Window
from .delivery import BatchDelivery
from .discards import discard
from .mapping_context import MappingContext
from .stream_batch import Item, StreamBatch, WindowCall, items_of

__tracebackhide__ = hides_frames

FILTERED_SHOWN = 3
"""How many records that match no filter are in the journal as JSON. They show why the filter does not match."""


class Reader(Protocol):
    """The reader of the shard, which has one or more workers."""

    def checkpoint_moved(self) -> None:
        """Is called when the checkpoint of a worker has moved."""

    def worker_ended(self) -> None:
        """The shard is closed, and a worker has processed all its records."""

    def worker_stopped(self) -> None:
        """The last attempt of a stopped worker has ended."""


class ShardWorker:
    """Processes the records of a shard. With a parallelization factor it processes a part of the keys (KIN-27, 31, 32).

    `position` is the place up to which it has read. `checkpoint` is the place up to which all records are finished; it
    continues there after the mapping was disabled (KIN-15).
    """

    def __init__(
        self, context: MappingContext, reader: Reader, shard_id: str, index: int, workers: int, position: Position
    ) -> None:
        self.shard_id = shard_id
        self.position = self.checkpoint = position
        self.state: Any = {}
        self.has_ended = False
        self._context = context
        self._index, self._workers = index, workers
        self._reader = reader
        self._journal = context.journal
        self._delivery = BatchDelivery(context, self)
        self._gathered: list[Item] = []
        # The size of the gathered records, each with a comma.
        self._size = 0
        self._batching_ends: int | None = None
        # The window of the gathered records, and the window of earlier calls that needs a final call.
        self._gathered_window: Window | None = None
        self._window: Window | None = None
        self._early_end: WindowCall | None = None
        self._timer: Timer | None = None
        self._is_stopped = False

    def start(self) -> None:
        """Continues from the checkpoint with the settings in force. Batches in progress continue."""
        self._is_stopped = False
        if self._delivery.is_busy:
            self._delivery.resume()
        else:
            self._rewind()
            self._read_at(self._context.now)

    @property
    def is_busy(self) -> bool:
        """Whether a batch is in progress or waits for its next attempt."""
        return self._delivery.is_busy

    @property
    def unfinished(self) -> Iterator[StreamRecord]:
        """The records that were read and are not finished, whether the stream still keeps them or not."""
        yield from self._delivery.unfinished
        if not self._is_stopped:
            yield from (item.record for item in self._gathered)

    def stop(self) -> None:
        """Reads no more records and starts no more attempts."""
        self._is_stopped = True
        self._cancel()
        self._delivery.stop()

    def on_change(self) -> None:
        """Schedules a read at the next poll, if there are new records or the shard was closed."""
        if not self.has_ended and not self._is_stopped and not self._delivery.is_busy and self._has_news():
            self._read_at(self._context.next_poll())

    def _has_news(self) -> bool:
        stream = self._context.stream()
        return stream is not None and (bool(stream.read(self.shard_id, self.position, 1)) or not stream.is_open(self.shard_id))

    def _rewind(self) -> None:
        self.position = self.checkpoint
        self._drop_gathered()
        self._batching_ends = None

    def _drop_gathered(self) -> None:
        self._gathered, self._size, self._gathered_window = [], 0, None

    def _read_at(self, due: int) -> None:
        if self._timer is not None and self._timer.is_due and self._timer.due <= due:
            return
        self._cancel()
        self._timer = self._context.simulation.scheduler.call_at(
            due, self._read,
            ShardPoll(self._journal.subject, self._journal.source_name, self._context.mapping.uuid, self.shard_id),
            unordered=True,
        )  # fmt: skip

    def _cancel(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None

    def _read(self) -> None:
        """Reads records, and starts a batch if it is complete."""
        stream = self._context.stream()
        if stream is None or self._delivery.is_busy or self._is_stopped:
            return
        settings = self._context.settings
        if self._early_end is not None:
            self._delivery.begin([StreamBatch((), self.checkpoint, settings, self._early_end)])
            return
        had_some = bool(self._gathered)
        is_complete = self._gather(stream, settings)
        if not self._gathered:
            self._nothing_gathered(stream, settings, is_window_over=is_complete)
        elif is_complete or self._is_batching_over(settings, had_some) or not stream.is_open(self.shard_id):
            self._begin(settings)
        else:
            assert self._batching_ends is not None
            self._read_at(self._batching_ends)

    def _is_batching_over(self, settings: Settings, had_some: bool) -> bool:
        """Returns whether the batching window is over.

        It began at the end of the last invocation, or later with its first record (KIN-23, 24).
        """
        seconds = settings.maximum_batching_window_in_seconds
        if not seconds:
            return True
        if not had_some and (self._batching_ends is None or self._batching_ends <= self._context.now):
            self._batching_ends = self._context.now + microseconds_of(seconds)
        return self._batching_ends is not None and self._batching_ends <= self._context.now

    def _gather(self, stream: Stream, settings: Settings) -> bool:
        """Adds records to the batch. Returns True if it is full, or if the next record belongs to a later window."""
        seen: list[StreamRecord] = []
        filtered: list[StreamRecord] = []
        discarded: list[tuple[str, str | None, Item]] = []
        gathered, takes_each = self._gathered, self._takes_each(settings)
        added, room = self._context.added(), limits.EVENT_BYTES - self._frame_bytes(settings)
        passed, is_complete = self.checkpoint, False
        while not is_complete and len(gathered) < settings.batch_size:
            records = stream.read(self.shard_id, self.position, settings.batch_size - len(gathered))
            if not records:
                break
            if takes_each and self._take_all(records, added, room):
                self.position = records[-1].position
                seen += records
                continue
            for record in records:
                if self._workers == 1 or decisions.worker_index(record.key, self._workers) == self._index:
                    [item], _ = items_of([record], added)
                    problem = self._context.form.problem(record)
                    if problem is not None:
                        discarded.append((self._context.deps.config.kafka_schema_failure_condition, problem, item))
                    elif settings.filters and not self._context.form.matches(self._context.filters, item):
                        filtered.append(record)
                    elif decisions.is_too_old(self._context.age_seconds(record), settings):
                        discarded.append((RECORD_AGE_EXCEEDED, None, item))
                    elif not self._takes(item, settings, room):
                        is_complete = True
                        break
                    seen.append(record)
                self.position = record.position
                if not gathered:
                    passed = record.position
        self._report(seen, filtered, settings)
        self._discard(discarded, settings)
        self._commit(passed)
        return is_complete or len(gathered) >= settings.batch_size

    def _takes_each(self, settings: Settings) -> bool:
        """Returns whether no setting distinguishes records, so that only their size decides."""
        is_divided = self._workers > 1 or bool(settings.tumbling_window_in_seconds)
        is_read = bool(settings.filters) or self._context.form.has_schemas
        return not (is_divided or is_read) and settings.maximum_record_age_in_seconds == FOREVER

    def _take_all(self, records: Sequence[StreamRecord], added: Mapping[str, str], room: int) -> bool:
        """Adds all records, if the event stays within 6 MB (KIN-25)."""
        items, size = items_of(records, added)
        size += self._size + len(items)
        # The last record has no comma.
        if size - 1 > room:
            return False
        self._size = size
        self._gathered += items
        return True

    def _frame_bytes(self, settings: Settings) -> int:
        """Returns the size of the event without records. With a tumbling window it includes the state."""
        if not settings.tumbling_window_in_seconds:
            return self._context.form.frame_bytes
        empty = StreamBatch((), self.position, settings, WindowCall(Window(0, 0)))
        return len(self._context.form.payload(self.shard_id, empty, self.state))

    def _takes(self, item: Item, settings: Settings, room: int) -> bool:
        """Adds a record, if the event stays within 6 MB (KIN-25) and the record is in the open window (KIN-88)."""
        size = len(item.encoded)
        if self._size + size > room and self._gathered:
            return False
        if settings.tumbling_window_in_seconds:
            window = self._window_of(item.record, settings)
            if (self._gathered_window or self._window) not in (None, window):
                return False
            self._gathered_window = window
        self._size += size + 1
        self._gathered.append(item)
        return True

    def _report(self, seen: Sequence[StreamRecord], filtered: Sequence[StreamRecord], settings: Settings) -> None:
        """Writes entries about records that were read or filtered (KIN-95)."""
        origin = self._journal.origin(settings, self.shard_id)
        self._journal.write_records(Polled, origin, seen)
        shown = tuple([record.json() for record in filtered[:FILTERED_SHOWN]])
        if filtered:
            numbers, places = sequence_numbers(filtered), self._journal.places(filtered)
            self._journal.write(RecordsFiltered(self._journal.subject, origin, numbers, shown, places=places))

    def _discard(self, discarded: Sequence[tuple[str, str | None, Item]], settings: Settings) -> None:
        """Discards records without an attempt in batches: old ones, and those with the same problem (KIN-45, 46, KAF-66)."""
        for (condition, reason), group in groupby(discarded, key=lambda one: one[:2]):
            items = tuple(item for _, _, item in group)
            for start in range(0, len(items), settings.batch_size):
                part = items[start : start + settings.batch_size]
                batch = StreamBatch(part, part[-1].record.position, settings)
                discard(self._context, self.shard_id, batch, condition, self.state, reason)

    def _begin(self, settings: Settings) -> None:
        call = None if self._gathered_window is None else WindowCall(self._gathered_window)
        batch = StreamBatch(tuple(self._gathered), self.position, settings, call)
        self._drop_gathered()
        self._cancel()
        self._delivery.begin([batch])

    def _window_of(self, record: StreamRecord, settings: Settings) -> Window:
        return decisions.window_of(self._context.arrived_at(record).timestamp(), settings.tumbling_window_in_seconds)

    def _nothing_gathered(self, stream: Stream, settings: Settings, *, is_window_over: bool) -> None:
        """Closes the window if the next record is of a later one, if the shard ended, or after idle time (KIN-87, 8A)."""
        is_closed = not stream.is_open(self.shard_id)
        if self._window is not None:
            idle_at = self._idle_at(self._window)
            if is_window_over or is_closed or idle_at <= self._context.now:
                self._close(self._window, settings)
            else:
                self._read_at(idle_at)
        elif is_closed:
            self.has_ended = True
            self._reader.worker_ended()

    def _idle_at(self, window: Window) -> int:
        start = self._context.simulation.clock.start.timestamp()
        seconds = window.end - start + self._context.deps.config.stream_window_idle_seconds
        return round(seconds * MICROSECONDS)

    def _close(self, window: Window, settings: Settings) -> None:
        self._cancel()
        self._delivery.begin([StreamBatch((), self.position, settings, WindowCall(window, is_final=True))])

    def ran(self, batch: StreamBatch) -> None:
        """The function ran with a batch. Its window will get a final call; windows without calls get none (KIN-87)."""
        if batch.call is not None and not batch.call.is_final:
            self._window = batch.call.window

    def done(self, batch: StreamBatch, state: Any, *, is_success: bool) -> Sequence[StreamBatch]:
        """A batch was processed or discarded: updates the checkpoint and the state of the window (KIN-82, 84, 85, 8D)."""
        self._commit(batch.end)
        call = batch.call
        if call is None:
            return ()
        if call.is_final:
            self.state = {}
            self._early_end = None
            self._window = None
        elif is_success:
            self.state = state
            if decisions.is_state_too_large(state):
                # The mapping may be disabled before this call.
                self._early_end = WindowCall(call.window, is_final=True, is_terminated_early=True)
                return (StreamBatch((), batch.end, batch.settings, self._early_end),)
        return ()

    def _commit(self, position: Position) -> None:
        if position > self.checkpoint:
            self.checkpoint = position
            self._reader.checkpoint_moved()

    def checkpoint_lost(self, delay: float) -> None:
        """Reads again from the last checkpoint after `delay` seconds."""
        self._context.form.idle()
        if self._is_stopped:
            self._reader.worker_stopped()
            return
        self._rewind()
        self._read_at(self._context.now + microseconds_of(delay))

    def idle(self) -> None:
        """Reads more records immediately, since all records that were read are finished (KIN-10)."""
        self._context.form.idle()
        if self._is_stopped:
            self._reader.worker_stopped()
            return
        if self.position != self.checkpoint:
            self._rewind()
        seconds = self._context.settings.maximum_batching_window_in_seconds
        is_begun = bool(seconds) and self._context.stream_type.batching_follows_invocation
        self._batching_ends = self._context.now + microseconds_of(seconds) if is_begun else None
        self._read_at(self._context.now)
