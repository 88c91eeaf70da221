"""The streams of moto with our own logs behind their shards. boto3, handles and pollers use the same ones."""

from __future__ import annotations

import sys
from bisect import bisect_right
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta, timezone
from itertools import count
from typing import Any

from moto.kinesis.models import Record, Stream
from moto.kinesis.models import Shard as MotoShard

from ...journal.entry import NOBODY
from ...journal.events import Warned
from ...service.tracing import PassedTrace
from ...simulation.clock import MICROSECONDS
from ...simulation.simulation import Simulation
from ...simulation.wait_signal import Signal
from ...sources.ports import TRIM_HORIZON, Position, Shard
from .hashing import hash_key_of
from .log import RecordLog, first_number
from .records import KinesisRecord, moto_record

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
DEFAULT_RETENTION_HOURS = 24


class SimulatedStreams:
    """The streams of one simulated AWS. A stream that existed in moto before keeps its content."""

    def __init__(self, simulation: Simulation, passed: PassedTrace) -> None:
        self.simulation = simulation
        self._passed = passed
        self._streams: dict[Stream, SimulatedStream] = {}
        self._shards: dict[MotoShard, SimulatedStream] = {}
        self._ranks = count(1)

    def of(self, stream: Stream) -> SimulatedStream:
        """Returns the simulated stream of a stream of moto."""
        simulated = self._streams.get(stream)
        if simulated is None:
            simulated = self._streams[stream] = SimulatedStream(
                stream, self.simulation, self._passed, self._ranks, self._shards
            )
        return simulated

    def known(self, stream: Stream) -> SimulatedStream | None:
        """Returns the simulated stream if it was created before; else None."""
        return self._streams.get(stream)

    def log(self, shard: MotoShard) -> RecordLog[KinesisRecord]:
        """Returns the current content of a shard, if its stream was used."""
        return self._shards[shard].log(shard.shard_id)

    def give_back(self) -> None:
        """Gives the content of the streams back to moto at the end of the simulated AWS."""
        for simulated in self._streams.values():
            simulated.give_back()


def retention_hours(stated: Any) -> int:
    """Returns the effective hours. Older releases of moto store the name of a stack's stream if its template has no value."""
    return int(stated) if str(stated).isdigit() else DEFAULT_RETENTION_HOURS


def simulated(stream: Stream) -> SimulatedStream:
    """Returns the simulated stream of a stream of moto in the open simulated AWS."""
    found: SimulatedStream = stream.simulated  # type: ignore[attr-defined]
    return found


class SimulatedStream:
    """One stream for boto3, handles and pollers. For pollers it is a `Stream` of `sources/ports.py`.

    `changed` is notified of records (with the id of their shard), shards, consumers and settings. Instants are microseconds
    since the clock's start.
    """

    def __init__(
        self,
        stream: Stream,
        simulation: Simulation,
        passed: PassedTrace,
        ranks: Iterator[int],
        shards: dict[MotoShard, SimulatedStream],
    ) -> None:
        self.stream: Any = stream
        self.changed = Signal()
        self._simulation = simulation
        self._passed = passed
        self._start = (simulation.clock.start - EPOCH) // timedelta(microseconds=1)
        self._ranks = ranks
        self._shards = shards
        self._logs: dict[str, RecordLog[KinesisRecord]] = {}
        # No number of a shard is higher.
        self._highest_number = 0
        # The first hash keys of the open shards, in order, and these shards. None if shards have changed since.
        self._open_shards: tuple[Sequence[int], Sequence[Any]] | None = None
        self._closed: deque[tuple[int, str]] = deque()
        self._expired: list[tuple[Any, KinesisRecord, int]] = []
        self._seconds_text: tuple[int | None, str] = (None, "")
        for shard in self.stream.shards.values():
            self._adopt(shard)

    @property
    def arn(self) -> str:
        """The ARN of the stream."""
        return str(self.stream.arn)

    @property
    def now(self) -> int:
        """Returns the current time."""
        return self._simulation.clock.microseconds

    @property
    def retention_seconds(self) -> int:
        """Returns how long records are kept."""
        return retention_hours(self.stream.retention_period_hours) * 3600

    def instant(self, timestamp: float | datetime) -> int:
        """Returns the instant of a date and time, or of seconds since the epoch."""
        if isinstance(timestamp, datetime):
            aware = timestamp if timestamp.tzinfo else timestamp.replace(tzinfo=timezone.utc)
            return (aware - EPOCH) // timedelta(microseconds=1) - self._start
        return round(float(timestamp) * MICROSECONDS) - self._start

    def milliseconds(self, instant: int) -> int:
        """Returns an instant in milliseconds since the epoch, as AWS shows it."""
        return (self._start + instant) // 1000

    def shards(self) -> Sequence[Shard]:
        """Returns the shards that are open, or closed within the retention period, in order of creation."""
        return [
            Shard(shard.shard_id, tuple(filter(None, (shard.parent, shard.adjacent_parent))), shard.is_open)
            for shard in self._moto_shards()
        ]

    def is_open(self, shard_id: str) -> bool:
        """Returns whether a shard exists and may get more records."""
        self.settle()
        shard = self.stream.shards.get(shard_id)
        return shard is not None and shard.is_open

    def read(self, shard_id: str, after: Position, limit: int) -> Sequence[KinesisRecord]:
        """Returns up to `limit` records after a position, in order, that are still kept. The cost does not depend on the
        length.
        """
        log = self.kept_log(shard_id)
        return [] if log is None else log.after(after[0], limit)

    def latest(self, shard_id: str) -> Position:
        """Returns the position after all records that the shard has now."""
        log = self.kept_log(shard_id)
        return TRIM_HORIZON if log is None else (log.last_number, 0)

    def before(self, shard_id: str, instant: int) -> Position:
        """Returns the position before the first record that arrived at `instant` or later."""
        log = self.kept_log(shard_id)
        return TRIM_HORIZON if log is None else (log.before(instant), 0)

    def kept_log(self, shard_id: str) -> RecordLog[KinesisRecord] | None:
        """Returns the content of a shard, or None if the shard is not kept any more."""
        self.settle()
        return self.log(shard_id) if shard_id in self.stream.shards else None

    def log(self, shard_id: str) -> RecordLog[KinesisRecord]:
        """Returns the current content of a shard."""
        log = self._logs[shard_id]
        dropped = log.drop_until(self._horizon())
        if dropped:
            self._keep_expired(shard_id, dropped)
        return log

    def expired(self) -> Iterator[tuple[str, KinesisRecord, int]]:
        """Returns the records that are no longer kept, each with the id of its shard and the instant of its end."""
        return ((record.shard_id, record, at) for _, record, at in self.expired_records())

    def expired_records(self) -> Sequence[tuple[Any, KinesisRecord, int]]:
        """Returns the same with moto's shards."""
        self.expire()
        return self._expired

    def children(self, shard_id: str) -> Sequence[Any]:
        """Returns the shards into which a shard was split or merged."""
        return [shard for shard in self._moto_shards() if shard_id in (shard.parent, shard.adjacent_parent)]

    def warn_of_lost(self, record: KinesisRecord, count: int) -> None:
        """Warns of an aggregate that consumers never receive; AWS gives no such warning (KIN-34)."""
        warning = (
            f"Consumers do not receive an aggregate of {count} records in {record.shard_id} of {self.stream.stream_name}: "
            f"the hash key of one record belongs to another shard (KIN-34). Sequence number {record.sequence_number}."
        )
        self._simulation.journal.write(Warned(NOBODY, warning))

    def put(self, partition_key: str, explicit_hash_key: str | None, data: str) -> tuple[str, str]:
        """Adds a record, with its data as base64 text. Returns its sequence number and the id of its shard."""
        self.settle()
        # All records of a shard share one text.
        shard_id = sys.intern(self._shard_of(hash_key_of(partition_key, explicit_hash_key)).shard_id)
        log = self._logs[shard_id]
        number = log.next_number
        arrived_at = (self._start + self.now) // 1000 * 1000 - self._start
        record = KinesisRecord(
            (number, 0), str(number), arrived_at, partition_key, shard_id, data, "", explicit_hash_key or "",
            cause=self._passed.header,
        )  # fmt: skip
        self._append(log, record)
        self.changed.notify(shard_id)
        return record.sequence_number, record.shard_id

    def _shard_of(self, hash_key: int) -> Any:
        """Returns the open shard of a hash key."""
        if self._open_shards is None:
            by_key = sorted(self._open(), key=lambda shard: shard.starting_hash)
            self._open_shards = [shard.starting_hash for shard in by_key], by_key
        starts, shards = self._open_shards
        return shards[bisect_right(starts, hash_key) - 1]

    def _append(self, log: RecordLog[KinesisRecord], record: KinesisRecord) -> None:
        record.arrived_at = log.append(record.number, record.arrived_at, record)
        self._highest_number = max(self._highest_number, log.next_number)
        record.seconds = self._seconds_of(record.arrived_at)

    def reshard(self, change: Callable[[], object]) -> None:
        """Lets moto split or merge shards. Their records stay in them."""
        were_open = self._open()
        change()
        self._open_shards = None
        self._closed.extend((self.now, shard.shard_id) for shard in were_open if not shard.is_open)
        for shard in self.stream.shards.values():
            if shard.shard_id not in self._logs:
                self._begin(shard)
        self.stream.shard_count = len(self._open())
        self.changed.notify()

    def settle(self) -> None:
        """Forgets the shards that closed before the retention period."""
        horizon = self._horizon()
        while self._closed and self._closed[0][0] <= horizon:
            _, shard_id = self._closed.popleft()
            self.log(shard_id)
            del self._shards[self.stream.shards.pop(shard_id)]
            del self._logs[shard_id]

    def expire(self) -> None:
        """Removes expired records everywhere, before the retention period changes."""
        self.settle()
        for shard_id in self._logs:
            self.log(shard_id)

    def _adopt(self, shard: Any) -> None:
        records, shard_id = shard.records, sys.intern(shard.shard_id)
        numbers = list(records)
        log = self._begin(shard, numbers)
        for number, record in records.items():
            arrived_at = min(self.instant(record.created_at_datetime) // 1000 * 1000, self.now)
            kept = KinesisRecord(
                (number, 0), str(number), arrived_at, record.partition_key, shard_id, record.data, "",
                record.explicit_hash_key,
            )  # fmt: skip
            self._append(log, kept)
        log.skip_to(self._first_number(shard, log.last_number) if numbers else 0)
        self._highest_number = max(self._highest_number, log.next_number)
        shard.records = OrderedDict()
        if not shard.is_open:
            self._closed.append((self.now, shard.shard_id))

    def give_back(self) -> None:
        """Gives the stream back to moto, in its own form."""
        for shard in self.stream.shards.values():
            shard.records = OrderedDict((kept.number, self.moto_record(kept)) for kept in self.log(shard.shard_id))

    def moto_record(self, record: KinesisRecord) -> Record:
        """Returns a record in the form in which moto stores it."""
        return moto_record(record, self._simulation.clock.at(record.arrived_at))

    def _open(self) -> Sequence[Any]:
        return [shard for shard in self._moto_shards() if shard.is_open]

    def _moto_shards(self) -> Sequence[Any]:
        self.settle()
        return list(self.stream.shards.values())

    def _keep_expired(self, shard_id: str, dropped: Sequence[KinesisRecord]) -> None:
        shard, age = self.stream.shards[shard_id], self.retention_seconds * MICROSECONDS
        self._expired.extend((shard, record, record.arrived_at + age) for record in dropped)

    def _seconds_of(self, instant: int) -> str:
        """Returns the seconds since the epoch as JSON. Many records arrive at the same time, so the text is kept for the next
        one.
        """
        if self._seconds_text[0] != instant:
            self._seconds_text = (instant, repr(self.milliseconds(instant) / 1000))
        return self._seconds_text[1]

    def _horizon(self) -> int:
        return self.now - self.retention_seconds * MICROSECONDS

    def _begin(self, shard: Any, numbers: Sequence[int] = ()) -> RecordLog[KinesisRecord]:
        started_at = numbers[0] - 1 if numbers else self._first_number(shard, self._highest_number)
        log = self._logs[shard.shard_id] = RecordLog(started_at)
        self._highest_number = max(self._highest_number, log.next_number)
        self._shards[shard] = self
        return log

    def _first_number(self, shard: Any, above: int) -> int:
        seconds = (self._start + self.now) // MICROSECONDS
        return first_number(shard._shard_id, seconds, next(self._ranks), above)
