"""One stream of a table: its shards and their records. The oldest records expire as time passes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from datetime import datetime, timedelta, timezone
from typing import Any

from ...simulation.clock import MICROSECONDS
from ...simulation.simulation import Simulation
from ...simulation.wait_signal import Signal
from ...sources.ports import TRIM_HORIZON, Position, Shard
from ...values import dataclass
from ..kinesis.log import RecordLog
from .images import Image, key_text, size_of

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
RETENTION_SECONDS = 86_400
"""How long a record is kept, and a stream after it was disabled (DDB-05)."""
SHARD_SECONDS = 14_400
"""A shard that is as old as this gets no more records: a child takes over (DDB-42)."""
FIRST_SEQUENCE_NUMBER = 100_000_000_003_126_276_362
EXPIRY: Mapping[str, str] = {"type": "Service", "principalId": "dynamodb.amazonaws.com"}
"""The identity that deleted an expired item (DDB-E7)."""


@dataclass(frozen=True, slots=True)
class Change:
    """The change of one item by one operation. None means that there is no item."""

    keys: Image
    old: Image | None
    new: Image | None
    is_expiry: bool = False

    @property
    def event_name(self) -> str:
        """Returns the name of the event in records (DDB-E3)."""
        if self.old is None:
            return "INSERT"
        return "REMOVE" if self.new is None else "MODIFY"


@dataclass(frozen=True, slots=True)
class TableRecord:
    """One record. `content` is that of the event without the stream's ARN."""

    position: Position
    sequence_number: str
    arrived_at: int
    key: str
    content: Mapping[str, Any]
    cause: str | None = None

    def json(self, ending: str = "}") -> str:
        """Returns `content` in the form of events, closed by `ending`."""
        return _JSON.encode(self.content)[:-1] + ending

    def values(self, records: Sequence[Any], added: Mapping[str, str]) -> None:
        """Returns None: items are nested, and the decoder of JSON is quicker than copies of them."""


_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


@dataclass(eq=False, slots=True)
class SimulatedShard:
    """One shard. Times are in microseconds since the clock's start."""

    shard_id: str
    parent_id: str | None
    opened_at: int
    first_number: int
    closed_at: int | None = None
    log: RecordLog[TableRecord] = field(init=False)

    def __post_init__(self) -> None:
        self.log = RecordLog(self.first_number - 1)

    @property
    def is_open(self) -> bool:
        """Returns whether it may get more records."""
        return self.closed_at is None


class SimulatedStream:
    """One stream, from its enabling until a day after its disabling. For pollers it is a `Stream` of `sources/ports.py`.

    `changed` is notified of records and shards. A shard keeps the order of records by the whole primary key (DDB-12).
    """

    def __init__(self, table: Any, label: str, view_type: str, simulation: Simulation) -> None:
        self.arn = f"{table.table_arn}/stream/{label}"
        self.label = label
        self.view_type = view_type
        self.table_name = str(table.name)
        self.region_name = str(table.region_name)
        self.key_schema: Sequence[Mapping[str, str]] = table.schema
        self.created_at = simulation.clock.microseconds
        self.changed = Signal()
        self._simulation = simulation
        self._start = (simulation.clock.start - EPOCH) // timedelta(microseconds=1)
        self._next_number = FIRST_SEQUENCE_NUMBER
        self._shards: list[SimulatedShard] = []
        self._expired: list[tuple[str, TableRecord, int]] = []
        self._begin_shard(None)

    @property
    def now(self) -> int:
        """Returns the current time."""
        return self._simulation.clock.microseconds

    @property
    def is_enabled(self) -> bool:
        """Returns whether changes of the table are still recorded here."""
        return bool(self._shards) and self._shards[-1].is_open

    @property
    def is_gone(self) -> bool:
        """Returns whether a day has passed since it was disabled."""
        return not self.all_shards()

    def at(self, instant: int) -> datetime:
        """Returns the date and time of an instant."""
        return self._simulation.clock.at(instant)

    @property
    def retention_seconds(self) -> int:
        """Returns how long it keeps a record (DDB-05)."""
        return RETENTION_SECONDS

    def shards(self) -> Sequence[Shard]:
        """Returns the shards that contain records or may get some, in order of creation."""
        return [
            Shard(shard.shard_id, (shard.parent_id,) if shard.parent_id else (), shard.is_open)
            for shard in self.all_shards()
            if shard.is_open or len(shard.log)
        ]

    def is_open(self, shard_id: str) -> bool:
        """Returns whether a shard exists and may get more records."""
        shard = self.shard(shard_id)
        return shard is not None and shard.is_open

    def read(self, shard_id: str, after: Position, limit: int) -> Sequence[TableRecord]:
        """Returns up to `limit` records after a position, in order, that are still kept. The cost does not depend on the
        length.
        """
        shard = self.shard(shard_id)
        return [] if shard is None else shard.log.after(after[0], limit)

    def latest(self, shard_id: str) -> Position:
        """Returns the position after all records that the shard has now."""
        shard = self.shard(shard_id)
        return TRIM_HORIZON if shard is None else (shard.log.last_number, 0)

    def before(self, shard_id: str, instant: int) -> Position:
        """Returns the position before the first record that arrived at `instant` or later."""
        shard = self.shard(shard_id)
        return TRIM_HORIZON if shard is None else (shard.log.before(instant), 0)

    def all_shards(self) -> Sequence[SimulatedShard]:
        """Returns the shards that are open, or that closed less than a day ago, in order of creation."""
        kept_for = RETENTION_SECONDS * MICROSECONDS
        horizon = self.now - kept_for
        for shard in self._shards:
            for record in shard.log.drop_until(horizon):
                self._expired.append((shard.shard_id, record, record.arrived_at + kept_for))
        while self._shards and (closed_at := self._shards[0].closed_at) is not None and closed_at <= horizon:
            del self._shards[0]
        return self._shards

    def expired(self) -> Sequence[tuple[str, TableRecord, int]]:
        """Returns the records that are no longer kept, each with the id of its shard and the instant of its end."""
        self.all_shards()
        return self._expired

    def shard(self, shard_id: str) -> SimulatedShard | None:
        """Returns the shard with an id, if it still exists."""
        return next((shard for shard in self.all_shards() if shard.shard_id == shard_id), None)

    def append(self, change: Change, cause: str | None = None) -> None:
        """Adds the record of a change of an item. `cause` is the trace header of the call that changed the item."""
        shard = self._shards[-1]
        if self.now - shard.opened_at >= SHARD_SECONDS * MICROSECONDS:
            shard.closed_at = self.now
            shard = self._begin_shard(shard.shard_id)
        self.adopt(self._content(change), change.keys, self._whole_second(self.now), cause)
        self.changed.notify()

    def adopt(self, content: Mapping[str, Any], keys: Image, arrived_at: int, cause: str | None = None) -> None:
        """Adds a record that has everything except its number."""
        number = self._next_number
        self._next_number += 1
        content["dynamodb"]["SequenceNumber"] = str(number)
        record = TableRecord((number, 0), str(number), arrived_at, key_text(keys), content, cause)
        self._shards[-1].log.append(number, arrived_at, record)

    def disable(self) -> None:
        """Ends the recording. Existing records can be read for another day."""
        if self.is_enabled:
            self._shards[-1].closed_at = self.now
            self.changed.notify()

    def records(self) -> Iterator[TableRecord]:
        """Returns all records that are kept, in order."""
        for shard in self.all_shards():
            yield from shard.log

    def _begin_shard(self, parent_id: str | None) -> SimulatedShard:
        milliseconds = (self._start + self.now) // 1000
        shard_id = f"shardId-{milliseconds:020d}-{self._simulation.identifiers.hex(8)}"
        shard = SimulatedShard(shard_id, parent_id, self.now, self._next_number)
        self._shards.append(shard)
        return shard

    def _whole_second(self, instant: int) -> int:
        """Returns the whole second, because creation times have no fraction (DDB-E2)."""
        return (self._start + instant) // MICROSECONDS * MICROSECONDS - self._start

    def _content(self, change: Change) -> dict[str, Any]:
        """Returns the record in the order of events (DDB-E1 to DDB-E7)."""
        stated: dict[str, Any] = {
            "ApproximateCreationDateTime": float((self._start + self.now) // MICROSECONDS),
            "Keys": change.keys,
        }
        if change.new is not None and self.view_type in ("NEW_IMAGE", "NEW_AND_OLD_IMAGES"):
            stated["NewImage"] = change.new
        if change.old is not None and self.view_type in ("OLD_IMAGE", "NEW_AND_OLD_IMAGES"):
            stated["OldImage"] = change.old
        stated["SequenceNumber"] = ""
        stated["SizeBytes"] = sum(size_of(stated[part]) for part in ("Keys", "NewImage", "OldImage") if part in stated)
        stated["StreamViewType"] = self.view_type
        content = {
            "eventID": self._simulation.identifiers.hex(32),
            "eventName": change.event_name,
            "eventVersion": "1.1",
            "eventSource": "aws:dynamodb",
            "awsRegion": self.region_name,
            "dynamodb": stated,
        }
        return {**content, "userIdentity": dict(EXPIRY)} if change.is_expiry else content
