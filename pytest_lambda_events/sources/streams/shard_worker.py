"""One ordered sequence of records of a shard: reads it, builds batches, and keeps the checkpoint."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from ... import limits
from ...errors import hides_frames
from ...journal.batches import Polled, RecordsFiltered
from ...journal.pending import ShardPoll
from ...simulation.clock import MICROSECONDS, microseconds_of
from ...simulation.scheduler import Timer
from ..events import FRAME_BYTES
from ..mapping import FOREVER, Settings
from ..ports import Position, Stream, StreamRecord
from . import decisions
from .decisions import RECORD_AGE_EXCEEDED, Window
from .delivery import BatchDelivery
from .discards import give_up
from .mapping_context import MappingContext, numbers_of
from .stream_batch import Item, StreamBatch, WindowCall

__tracebackhide__ = hides_frames

FILTERED_SHOWN = 3
"""The number of filtered records that the journal shows completely. They show why the filter does not match."""


class Owner(Protocol):
    """The shard of a worker."""

    def progressed(self) -> None:
        """Is called when the checkpoint of a worker has moved."""

    def lane_ended(self) -> None:
        """Is called when the shard is closed and a worker has finished all of it."""

    def lane_stopped(self) -> None:
        """Is called when the running function of a stopped worker has ended."""


class ShardWorker:
    """All records of a shard, or with a parallelization factor those whose keys belong to it (KIN-27, 31, 32).

    `position` is where it has read to. `checkpoint` is the position up to which all records are finished. After a disabled
    phase of the mapping it continues from the checkpoint (KIN-15).
    """

    def __init__(
        self, context: MappingContext, owner: Owner, shard_id: str, index: int, workers: int, position: Position
    ) -> None:
        self.shard_id = shard_id
        self.position = self.checkpoint = position
        self.state: Any = {}
        self.has_ended = False
        self._context = context
        self._index, self._workers = index, workers
        self._owner = owner
        self._attempts = BatchDelivery(context, self)
        self._gathered: list[Item] = []
        # The size of the gathered records, with a comma after each.
        self._size = 0
        self._batching_ends: int | None = None
        # The window of the gathered records, and the window of the calls so far, which is still to be closed.
        self._gathered_window: Window | None = None
        self._window: Window | None = None
        self._early_end: WindowCall | None = None
        self._timer: Timer | None = None
        self._is_stopped = False

    def start(self) -> None:
        """Reads on from the checkpoint with the current settings. Running attempts continue."""
        self._is_stopped = False
        if self._attempts.is_busy:
            self._attempts.resume()
        else:
            self._rewind()
            self._read_at(self._context.now)

    @property
    def is_busy(self) -> bool:
        """Returns whether a batch is being attempted or waits."""
        return self._attempts.is_busy

    @property
    def in_hand(self) -> Iterator[StreamRecord]:
        """Returns the records that were read and are not finished, kept or not."""
        yield from self._attempts.in_hand
        if not self._is_stopped:
            yield from (item.record for item in self._gathered)

    def stop(self) -> None:
        """Stops reading and further attempts."""
        self._is_stopped = True
        self._cancel()
        self._attempts.stop()

    def told(self) -> None:
        """Is called when the stream may have changed. It is read at the next poll."""
        if not self.has_ended and not self._is_stopped and not self._attempts.is_busy and self._has_news():
            self._read_at(self._context.next_poll())

    def _has_news(self) -> bool:
        stream = self._context.stream()
        return stream is not None and (bool(stream.read(self.shard_id, self.position, 1)) or not self._is_open(stream))

    def _is_open(self, stream: Stream) -> bool:
        return any(shard.shard_id == self.shard_id and shard.is_open for shard in stream.shards())

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
            ShardPoll(self._context.subject, self._context.source_name, self._context.mapping.uuid, self.shard_id),
            unordered=True,
        )  # fmt: skip

    def _cancel(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None

    def _read(self) -> None:
        """Reads the available records, and invokes with them if a batch is complete."""
        stream = self._context.stream()
        if stream is None or self._attempts.is_busy or self._is_stopped:
            return
        settings = self._context.settings
        if self._early_end is not None:
            self._attempts.begin([StreamBatch((), self.checkpoint, settings, self._early_end)])
            return
        had_some = bool(self._gathered)
        is_complete = self._gather(stream, settings)
        if not self._gathered:
            self._nothing_gathered(stream, settings, is_window_over=is_complete)
        elif is_complete or self._is_batching_over(settings, had_some) or not self._is_open(stream):
            self._begin(settings)
        else:
            assert self._batching_ends is not None
            self._read_at(self._batching_ends)

    def _is_batching_over(self, settings: Settings, had_some: bool) -> bool:
        """Returns whether the batching window is over. It began at the end of the last invocation, or with its first record
        (KIN-23, 24).
        """
        seconds = settings.maximum_batching_window_in_seconds
        if not seconds:
            return True
        if not had_some and (self._batching_ends is None or self._batching_ends <= self._context.now):
            self._batching_ends = self._context.now + microseconds_of(seconds)
        return self._batching_ends is not None and self._batching_ends <= self._context.now

    def _gather(self, stream: Stream, settings: Settings) -> bool:
        """Adds records to the batch. Returns True if it is full, or if the next record is of a later window."""
        seen: list[StreamRecord] = []
        filtered: list[StreamRecord] = []
        old: list[Item] = []
        gathered, workers = self._gathered, self._workers
        has_filters, may_be_old = bool(settings.filters), settings.maximum_record_age_in_seconds != FOREVER
        ending, room = self._context.ending(), limits.EVENT_BYTES - self._frame_bytes(settings)
        position, passed = self.position, self.checkpoint
        is_complete, takes, see = False, self._takes, seen.append
        while not is_complete and len(gathered) < settings.batch_size:
            records = stream.read(self.shard_id, position, settings.batch_size - len(gathered))
            if not records:
                break
            for record in records:
                if workers == 1 or decisions.lane_of(record.key, workers) == self._index:
                    item = Item(record, record.json(ending).encode())
                    if has_filters and not self._passes(item):
                        filtered.append(record)
                    elif may_be_old and decisions.is_too_old(self._context.age_seconds(record), settings):
                        old.append(item)
                    elif not takes(item, settings, room):
                        is_complete = True
                        break
                    see(record)
                position = record.position
                if not gathered:
                    passed = position
        self.position = position
        self._tell(seen, filtered, old, settings)
        self._commit(passed)
        return is_complete or len(gathered) >= settings.batch_size

    def _passes(self, item: Item) -> bool:
        filters, shown = self._context.filters, json.loads(item.encoded)
        if self._context.kind.service == "kinesis":
            return filters.match_kinesis(shown)
        return filters.match_dynamodb(shown)

    def _frame_bytes(self, settings: Settings) -> int:
        """Returns the size of the event without its records. For a window this includes the state."""
        if not settings.tumbling_window_in_seconds:
            return FRAME_BYTES
        empty = StreamBatch((), self.position, settings, WindowCall(Window(0, 0)))
        return len(empty.payload(self.shard_id, self._context.mapping.event_source_arn, self.state))

    def _takes(self, item: Item, settings: Settings, room: int) -> bool:
        """Adds a record if it fits: within 6 MB (KIN-25), and in the open window (KIN-88)."""
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

    def _tell(
        self, seen: Sequence[StreamRecord], filtered: Sequence[StreamRecord], old: Sequence[Item], settings: Settings
    ) -> None:
        """Writes which records were filtered, and which were too old before their first attempt, by batch (KIN-45, 46, 95)."""
        self._context.write_records(Polled, self.shard_id, settings, seen)
        shown = tuple([record.json() for record in filtered[:FILTERED_SHOWN]])
        if filtered:
            places, origin = self._context.places(filtered), self._context.origin(self.shard_id, settings)
            numbers = numbers_of(filtered)
            self._context.write(RecordsFiltered(self._context.subject, origin, numbers, shown, places=places))
        for start in range(0, len(old), settings.batch_size):
            items = tuple(old[start : start + settings.batch_size])
            batch = StreamBatch(items, items[-1].record.position, settings)
            give_up(self._context, self.shard_id, batch, RECORD_AGE_EXCEEDED, self.state)

    def _begin(self, settings: Settings) -> None:
        call = None if self._gathered_window is None else WindowCall(self._gathered_window)
        batch = StreamBatch(tuple(self._gathered), self.position, settings, call)
        self._drop_gathered()
        self._cancel()
        self._attempts.begin([batch])

    def _window_of(self, record: StreamRecord, settings: Settings) -> Window:
        return decisions.window_of(self._context.arrived_at(record).timestamp(), settings.tumbling_window_in_seconds)

    def _nothing_gathered(self, stream: Stream, settings: Settings, *, is_window_over: bool) -> None:
        """Closes a window when the next window's first record arrives, when the shard ends, or after an idle time (KIN-87,
        8A).
        """
        is_closed = not self._is_open(stream)
        if self._window is not None:
            idle_at = self._idle_at(self._window)
            if is_window_over or is_closed or idle_at <= self._context.now:
                self._close(self._window, settings)
            else:
                self._read_at(idle_at)
        elif is_closed:
            self.has_ended = True
            self._owner.lane_ended()

    def _idle_at(self, window: Window) -> int:
        start = self._context.simulation.clock.start.timestamp()
        seconds = window.end - start + self._context.deps.config.stream_window_idle_seconds
        return round(seconds * MICROSECONDS)

    def _close(self, window: Window, settings: Settings) -> None:
        self._cancel()
        self._attempts.begin([StreamBatch((), self.position, settings, WindowCall(window, is_final=True))])

    def ran(self, batch: StreamBatch) -> None:
        """Is called when the function has run with a batch. Only a window with a call is closed later (KIN-87)."""
        if batch.call is not None and not batch.call.is_final:
            self._window = batch.call.window

    def done(self, batch: StreamBatch, state: Any, *, is_success: bool) -> Sequence[StreamBatch]:
        """Is called when a batch is finished or discarded. Moves the checkpoint and sets the state of the window (KIN-82, 84,
        85, 8D).
        """
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
                # Kept until it is called, in case the mapping is disabled before.
                self._early_end = WindowCall(call.window, is_final=True, is_terminated_early=True)
                return (StreamBatch((), batch.end, batch.settings, self._early_end),)
        return ()

    def _commit(self, position: Position) -> None:
        if position > self.checkpoint:
            self.checkpoint = position
            self._owner.progressed()

    def lost(self, delay: float) -> None:
        """Is called when the checkpoint was lost. Records after the last one are read again after `delay` seconds."""
        if self._is_stopped:
            self._owner.lane_stopped()
            return
        self._rewind()
        self._read_at(self._context.now + microseconds_of(delay))

    def idle(self) -> None:
        """Is called when all records that were read are finished. Reads on immediately (KIN-10)."""
        if self._is_stopped:
            self._owner.lane_stopped()
            return
        if self.position != self.checkpoint:
            self._rewind()
        seconds = self._context.settings.maximum_batching_window_in_seconds
        self._batching_ends = self._context.now + microseconds_of(seconds) if seconds else None
        self._read_at(self._context.now)
