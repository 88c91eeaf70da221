"""The streams of moto with logs of our own behind their shards: boto3, handles and pollers see one and the same."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from itertools import count
from typing import Any

from moto.kinesis.models import Record, Shard, Stream

from ...simulation.clock import MICROSECONDS
from ...simulation.simulation import Simulation
from ...simulation.wait_signal import Signal
from .aggregates import UserRecord
from .hashing import hash_key_of
from .log import RecordLog, first_number

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
DEFAULT_RETENTION_HOURS = 24


@dataclass(eq=False, slots=True)
class StoredRecord:
    """One record of moto's with its place; `sequence_number` is `number` as text, `seconds` when it arrived since the epoch.

    Once it is taken apart `users` are the records of the aggregate that it is; None if it is none.
    """

    number: int
    sequence_number: str
    arrived_at: int
    record: Any
    seconds: str = ""
    is_taken_apart: bool = False
    users: Sequence[UserRecord] | None = None


@dataclass(frozen=True, slots=True)
class Expired:
    """A record that its shard no longer keeps, since the instant `at`."""

    shard: Any
    kept: StoredRecord
    at: int


class LiveStreams:
    """Those of one simulated AWS. A stream that moto held before the simulated AWS began comes with what it holds."""

    def __init__(self, simulation: Simulation) -> None:
        self.simulation = simulation
        self._live: dict[Stream, SimulatedStream] = {}
        self._shards: dict[Shard, SimulatedStream] = {}
        self._ranks = count(1)

    def of(self, stream: Stream) -> SimulatedStream:
        """What is behind a stream of moto's."""
        live = self._live.get(stream)
        if live is None:
            live = self._live[stream] = SimulatedStream(stream, self.simulation, self._ranks, self._shards)
        return live

    def known(self, stream: Stream) -> SimulatedStream | None:
        """The same, if somebody has asked for it before."""
        return self._live.get(stream)

    def log(self, shard: Shard) -> RecordLog[StoredRecord]:
        """What a shard holds now, of a stream that somebody has asked for."""
        return self._shards[shard].log(shard.shard_id)

    def give_back(self) -> None:
        """Leave to moto what the streams hold at the simulated AWS's end."""
        for live in self._live.values():
            live.give_back()


def retention_hours(stated: Any) -> int:
    """As they count: older releases of moto take the name of a stack's stream where its template says nothing."""
    return int(stated) if str(stated).isdigit() else DEFAULT_RETENTION_HOURS


def live(stream: Stream) -> SimulatedStream:
    """What is behind a stream of moto's in the open simulated AWS."""
    found: SimulatedStream = stream.live  # type: ignore[attr-defined]
    return found


class SimulatedStream:
    """One stream. `changed` is notified of records, shards, consumers and settings. Instants are microseconds."""

    def __init__(
        self, stream: Stream, simulation: Simulation, ranks: Iterator[int], shards: dict[Shard, SimulatedStream]
    ) -> None:
        self.stream: Any = stream
        self.changed = Signal()
        self._simulation = simulation
        self._start = (simulation.clock.start - EPOCH) // timedelta(microseconds=1)
        self._ranks = ranks
        self._shards = shards
        self._logs: dict[str, RecordLog[StoredRecord]] = {}
        self._closed: deque[tuple[int, str]] = deque()
        self._expired: list[Expired] = []
        self._seconds_text: tuple[int | None, str] = (None, "")
        for shard in self.stream.shards.values():
            self._adopt(shard)

    # ------------------------------------------------------------------ looking

    @property
    def now(self) -> int:
        """The instant."""
        return self._simulation.clock.microseconds

    @property
    def retention_seconds(self) -> int:
        """How long records are kept."""
        return retention_hours(self.stream.retention_period_hours) * 3600

    def instant(self, timestamp: float | datetime) -> int:
        """Of a date and time, or of seconds since the epoch."""
        if isinstance(timestamp, datetime):
            aware = timestamp if timestamp.tzinfo else timestamp.replace(tzinfo=timezone.utc)
            return (aware - EPOCH) // timedelta(microseconds=1) - self._start
        return round(float(timestamp) * MICROSECONDS) - self._start

    def milliseconds(self, instant: int) -> int:
        """Since the epoch, of an instant: what AWS states."""
        return (self._start + instant) // 1000

    def shards(self) -> Sequence[Any]:
        """moto's shards, in order of creation: those that are open, and those that closed within the retention period."""
        self.settle()
        return list(self.stream.shards.values())

    def log(self, shard_id: str) -> RecordLog[StoredRecord]:
        """What a shard holds now."""
        log = self._logs[shard_id]
        dropped = log.drop_until(self._horizon())
        if dropped:
            self._keep_expired(shard_id, dropped)
        return log

    def expired(self) -> Sequence[Expired]:
        """What it no longer keeps, in the order in which that was noticed."""
        self.expire()
        return self._expired

    def children(self, shard_id: str) -> Sequence[Any]:
        """The shards that a shard was split or merged into."""
        return [shard for shard in self.shards() if shard_id in (shard.parent, shard.adjacent_parent)]

    def warn_of_lost(self, kept: StoredRecord, shard_id: str, count: int) -> None:
        """Tell of an aggregate that consumers never see, which AWS does not (KIN-34)."""
        self._simulation.journal.write(
            "warning",
            message=f"An aggregate of {count} records in {shard_id} of {self.stream.stream_name} is lost to consumers: the "
            f"hash key of one of them belongs to another shard (KIN-34). Sequence number {kept.sequence_number}.",
        )

    # ------------------------------------------------------------------ changing

    def put(self, partition_key: str, explicit_hash_key: str | None, data: str) -> tuple[str, str]:
        """A record arrives, its data as base64 text; its sequence number and its shard's id."""
        hash_key = hash_key_of(partition_key, explicit_hash_key)
        shard = next(shard for shard in self._open() if shard.starting_hash <= hash_key <= shard.ending_hash)
        log = self._logs[shard.shard_id]
        number = log.next_number
        record: Any = Record(partition_key, data, number, explicit_hash_key or "")
        kept = StoredRecord(number, str(number), (self._start + self.now) // 1000 * 1000 - self._start, record)
        kept.arrived_at = log.append(number, kept.arrived_at, kept)
        record.created_at_datetime = self._simulation.clock.at(kept.arrived_at).replace(tzinfo=None)
        kept.seconds = self._seconds_of(kept.arrived_at)
        record.created_at = float(kept.seconds)
        self.changed.notify()
        return kept.sequence_number, shard.shard_id

    def reshard(self, change: Callable[[], object]) -> None:
        """Let moto split or merge shards; their records stay where they are."""
        were_open = self._open()
        change()
        self._closed.extend((self.now, shard.shard_id) for shard in were_open if not shard.is_open)
        for shard in self.stream.shards.values():
            if shard.shard_id not in self._logs:
                self._begin(shard)
        self.stream.shard_count = len(self._open())
        self.changed.notify()

    def settle(self) -> None:
        """Forget the shards that closed longer ago than records are kept."""
        horizon = self._horizon()
        while self._closed and self._closed[0][0] <= horizon:
            _, shard_id = self._closed.popleft()
            self.log(shard_id)
            del self._shards[self.stream.shards.pop(shard_id)]
            del self._logs[shard_id]

    def expire(self) -> None:
        """Drop everywhere what is too old by now, before the retention period changes."""
        self.settle()
        for shard_id in self._logs:
            self.log(shard_id)

    # ------------------------------------------------------------------ moto without us

    def _adopt(self, shard: Any) -> None:
        records = shard.records
        numbers = list(records)
        log = self._begin(shard, numbers)
        for number, record in records.items():
            kept = StoredRecord(
                number, str(number), min(self.instant(record.created_at_datetime) // 1000 * 1000, self.now), record
            )
            kept.arrived_at = log.append(number, kept.arrived_at, kept)
            kept.seconds = self._seconds_of(kept.arrived_at)
        log.skip_to(self._first_number(shard, log.last_number) if numbers else 0)
        shard.records = OrderedDict()
        if not shard.is_open:
            self._closed.append((self.now, shard.shard_id))

    def give_back(self) -> None:
        """Let moto keep it in its own way."""
        for shard in self.stream.shards.values():
            shard.records = OrderedDict((kept.number, kept.record) for kept in self.log(shard.shard_id))

    # ------------------------------------------------------------------ inside

    def _open(self) -> Sequence[Any]:
        return [shard for shard in self.shards() if shard.is_open]

    def _keep_expired(self, shard_id: str, dropped: Sequence[StoredRecord]) -> None:
        shard, age = self.stream.shards[shard_id], self.retention_seconds * MICROSECONDS
        self._expired.extend(Expired(shard, kept, kept.arrived_at + age) for kept in dropped)

    def _seconds_of(self, instant: int) -> str:
        """Since the epoch, as JSON. Many records arrive at one instant: what took long to write is kept for the next."""
        if self._seconds_text[0] != instant:
            self._seconds_text = (instant, repr(self.milliseconds(instant) / 1000))
        return self._seconds_text[1]

    def _horizon(self) -> int:
        return self.now - self.retention_seconds * MICROSECONDS

    def _begin(self, shard: Any, numbers: Sequence[int] = ()) -> RecordLog[StoredRecord]:
        above = max((log.next_number for log in self._logs.values()), default=0)
        started_at = numbers[0] - 1 if numbers else self._first_number(shard, above)
        log = self._logs[shard.shard_id] = RecordLog(started_at)
        self._shards[shard] = self
        return log

    def _first_number(self, shard: Any, above: int) -> int:
        seconds = (self._start + self.now) // MICROSECONDS
        return first_number(shard._shard_id, seconds, next(self._ranks), above)
