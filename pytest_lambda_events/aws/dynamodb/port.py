"""DynamoDB's streams as pollers read them: the same that boto3 sees."""

from __future__ import annotations

from collections.abc import Sequence

from ...simulation.wait_signal import Signal
from ...sources.ports import TRIM_HORIZON, Position, Shard
from .simulated_tables import live_tables
from .stream import RETENTION_SECONDS, SimulatedStream, TableRecord


class MotoDynamoDBStreams:
    """The streams of all tables of all accounts and regions of the open simulated AWS."""

    def stream(self, arn: str) -> MotoDynamoDBStream | None:
        """The stream of an ARN, if it exists now: an enabled one, or one that was disabled less than a day ago."""
        found = live_tables().stream(arn)
        return None if found is None else MotoDynamoDBStream(found)


class MotoDynamoDBStream:
    """One stream. Order within a shard is kept by the whole primary key (DDB-12)."""

    def __init__(self, live: SimulatedStream) -> None:
        self._live = live

    @property
    def arn(self) -> str:
        """Its ARN."""
        return self._live.arn

    @property
    def retention_seconds(self) -> int:
        """How long it keeps a record (DDB-05)."""
        return RETENTION_SECONDS

    @property
    def changed(self) -> Signal:
        """Notified whenever there may be a new record or shard."""
        return self._live.changed

    def shards(self) -> Sequence[Shard]:
        """Those that still hold records or may get some, in order of creation."""
        return [
            Shard(shard.shard_id, (shard.parent_id,) if shard.parent_id else (), shard.is_open)
            for shard in self._live.shards()
            if shard.is_open or len(shard.log)
        ]

    def read(self, shard_id: str, after: Position, limit: int) -> Sequence[TableRecord]:
        """Up to `limit` records behind a place, in order, that are still kept. Costs nothing that grows with the stream."""
        shard = self._live.shard(shard_id)
        return [] if shard is None else shard.log.after(after[0], limit)

    def expired(self) -> Sequence[tuple[str, TableRecord, int]]:
        """The records that it no longer keeps, each with its shard's id and the instant of its end."""
        return self._live.expired()

    def latest(self, shard_id: str) -> Position:
        """The place behind all records that the shard has now."""
        shard = self._live.shard(shard_id)
        return TRIM_HORIZON if shard is None else (shard.log.last_number, 0)

    def before(self, shard_id: str, instant: int) -> Position:
        """The place before the first record that arrived at `instant` or later."""
        shard = self._live.shard(shard_id)
        return TRIM_HORIZON if shard is None else (shard.log.before(instant), 0)
