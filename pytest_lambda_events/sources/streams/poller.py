"""Polls one stream for one mapping: decides which shards are read, and from which place (KIN-12 to 17, 90, 91)."""

from __future__ import annotations

from collections.abc import Iterator

from ...errors import hides_frames
from ...journal.pending import StreamStart
from ...report.balance import ExpectedRecord
from ...simulation.clock import MICROSECONDS
from ...simulation.scheduler import Timer
from ...simulation.wait_signal import Signal
from ..dependencies import PollerDependencies
from ..filtering import filters
from ..mapping import EventSourceMapping, StartingPosition
from ..ports import TRIM_HORIZON, Position, Shard, Stream, StreamRecord
from .function_consumer import ConsumerFactory, FunctionConsumer
from .mapping_context import MappingContext
from .shard_reader import ShardReader
from .source_form import ShardForm, SourceForm

__tracebackhide__ = hides_frames

PORTION = 1000


class StreamPoller:
    """Reads the shards of a stream. It reads the children of a shard after all records of the shard.

    `consumer_of` creates what processes the batches. `form` is by default that of streams with shards.
    """

    def __init__(
        self, dependencies: PollerDependencies, mapping: EventSourceMapping, consumer_of: ConsumerFactory = FunctionConsumer,
        form: SourceForm | None = None,
    ) -> None:  # fmt: skip
        self._deps = dependencies
        self._mapping = mapping
        self._context = MappingContext(mapping, dependencies, form or ShardForm(mapping), on_blocked=self._listen)
        self._context.consumer = consumer_of(self._context)
        self._start_at = mapping.starting_position or StartingPosition("TRIM_HORIZON")
        self._shards: dict[str, ShardReader] = {}
        self._initial_shard_ids: set[str] | None = None
        self._skipped: set[str] = set()
        self._created_at = self._context.now
        self._is_running = False
        self._start: Timer | None = None
        self._listening_to: Signal | None = None
        # The number of notifications of this signal that have been read.
        self._heard = 0

    def changed(self) -> None:
        """Adapts to the settings in force, and to whether the stream is polled."""
        self._context.filters = filters.compile(self._mapping.in_force.filters, self._context.stream_type.service)
        self._context.journal.warn_of_unknown_keys()
        if not self._mapping.is_polled:
            self._stop()
        elif self._is_running:
            for shard in self._shards.values():
                shard.start()
        elif self._start is None or not self._start.is_due:
            self._start = self._later()

    def end(self) -> None:
        """Stops polling, since the mapping was deleted. An attempt that runs may end."""
        self._stop()

    def _later(self) -> Timer | None:
        """Begins to poll immediately, or after the delay of AWS (KIN-13)."""
        delay = self._deps.config.event_source_mapping_start_delay_seconds
        if not delay:
            self._run()
            return None
        return self._context.simulation.scheduler.call_after(
            delay, self._run, StreamStart(self._context.journal.subject, self._context.journal.source_name, self._mapping.uuid)
        )

    def _run(self) -> None:
        self._is_running = True
        self._context.started_at = self._context.now
        self._listen()
        for shard in self._shards.values():
            shard.start()
        self._begin_shards()

    def _stop(self) -> None:
        self._is_running = False
        if self._start is not None:
            self._start.cancel()
        if self._listening_to is not None:
            self._listening_to.discard(self._on_change)
            self._listening_to = None
        for shard in self._shards.values():
            shard.stop()

    def _listen(self) -> None:
        signal = self._context.signal()
        if self._is_running and signal is not self._listening_to:
            if self._listening_to is not None:
                self._listening_to.discard(self._on_change)
            self._listening_to, self._heard = signal, signal.count
            signal.add(self._on_change)

    def _on_change(self) -> None:
        signal, self._listening_to = self._listening_to, None
        if not self._is_running:
            return
        shard_id = None if signal is None or signal.count != self._heard + 1 else signal.about
        was_blocked = self._context.is_blocked
        self._listen()
        if self._context.is_blocked:
            return
        if was_blocked or shard_id is None:
            self._begin_shards()
        if was_blocked:
            for shard in list(self._shards.values()):
                shard.start()
        elif shard_id is None:
            for shard in list(self._shards.values()):
                shard.on_change()
        elif shard_id in self._shards:
            self._shards[shard_id].on_change()

    def _begin_shards(self) -> None:
        """Starts to read the shards whose parents are finished."""
        stream = self._context.stream()
        if stream is None:
            return
        shards = stream.shards()
        if self._initial_shard_ids is None:
            self._initial_shard_ids = {shard.shard_id for shard in shards}
            if self._start_at.kind == "LATEST":
                self._skipped = {shard.shard_id for shard in shards if not shard.is_open}
        there = {shard.shard_id for shard in shards}
        for shard in shards:
            if self._is_new(shard) and all(self._is_over(parent, there) for parent in shard.parent_ids):
                self._begin(shard, self._position(stream, shard))

    def _is_new(self, shard: Shard) -> bool:
        """Returns whether a shard must still be read. A finished shard that is open belongs to a recreated stream."""
        reader = self._shards.get(shard.shard_id)
        is_over = shard.shard_id in self._skipped if reader is None else reader.has_ended
        return shard.is_open if is_over else reader is None

    def _is_over(self, shard_id: str, there: set[str]) -> bool:
        """Returns whether a parent is finished, or will never be read (KIN-90)."""
        reader = self._shards.get(shard_id)
        if reader is not None:
            return reader.has_ended
        return shard_id in self._skipped or shard_id not in there

    def _begin(self, shard: Shard, position: Position) -> None:
        reader = ShardReader(self._context, shard, position, self._begin_shards)
        self._shards[shard.shard_id] = reader
        if self._is_running:
            reader.start()

    @property
    def function_name(self) -> str:
        """The name of the function or the label of the pipe that gets the records."""
        return self._context.journal.function_name

    def unfinished(self) -> Iterator[tuple[str, StreamRecord]]:
        """Returns the records that were read and are not finished, each with the id of its shard."""
        for one in self._shards.values():
            for record in one.unfinished:
                yield one.shard_id, record

    def expected_records(self) -> Iterator[ExpectedRecord]:
        """Returns the records that the mapping has processed or still has to process, expired ones included.

        Records that expired before the mapping was created are left out, and records before its starting position.
        """
        stream = self._deps.find_stream(self._mapping.event_source_arn)
        if stream is None:
            return
        unfinished = {(shard_id, record.position) for shard_id, record in self.unfinished()}
        for shard_id, record, at in stream.expired():
            start_position = self._start_of(stream, shard_id)
            if at > self._created_at and start_position is not None and record.position > start_position:
                gone_at = None if (shard_id, record.position) in unfinished else at / MICROSECONDS
                yield self._expected(shard_id, record, gone_at)
        for shard in stream.shards():
            start_position = self._start_of(stream, shard.shard_id)
            while start_position is not None and (records := stream.read(shard.shard_id, start_position, PORTION)):
                yield from (self._expected(shard.shard_id, record, None) for record in records)
                start_position = records[-1].position

    def _expected(self, shard_id: str, record: StreamRecord, gone_after_seconds: float | None) -> ExpectedRecord:
        return ExpectedRecord(
            self._mapping.uuid, self.function_name, self._mapping.event_source_arn, shard_id,
            record.sequence_number, record.position[1], record.json, gone_after_seconds,
        )  # fmt: skip

    def _start_of(self, stream: Stream, shard_id: str) -> Position | None:
        """Returns the place where reading of a shard begins. None if the shard is never read, or if it is not decided yet."""
        reader = self._shards.get(shard_id)
        if reader is not None:
            return reader.start_position
        if self._initial_shard_ids is not None and shard_id not in self._initial_shard_ids:
            return TRIM_HORIZON
        if shard_id in self._skipped or self._start_at.kind == "LATEST":
            return None
        return self._position(stream, Shard(shard_id))

    def _position(self, stream: Stream, shard: Shard) -> Position:
        """Returns the place where reading of a shard begins. Later shards are read from their first record (KIN-12, 91)."""
        if self._initial_shard_ids is None or shard.shard_id not in self._initial_shard_ids:
            return TRIM_HORIZON
        if self._start_at.kind == "LATEST":
            return stream.latest(shard.shard_id)
        if self._start_at.timestamp is not None:
            began = self._context.simulation.clock.start.timestamp()
            return stream.before(shard.shard_id, round((self._start_at.timestamp - began) * MICROSECONDS))
        return TRIM_HORIZON
