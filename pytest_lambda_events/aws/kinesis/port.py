"""Kinesis streams as pollers read them: the same that boto3 sees."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from json.encoder import encode_basestring as quoted
from typing import Any

from moto.kinesis.models import Stream, kinesis_backends

from ...simulation.wait_signal import Signal
from ...sources.ports import TRIM_HORIZON, Position, Shard
from .aggregates import UserRecord, user_records
from .log import RecordLog
from .simulated_stream import SimulatedStream, StoredRecord, live


@dataclass(slots=True)
class KinesisRecord:
    """One record, or a user record of an aggregate; `data` is base64 text, `seconds` its arrival as a JSON number.

    Not frozen: streams have many, and those take ten times as long to make.
    """

    position: Position
    sequence_number: str
    arrived_at: int
    key: str
    shard_id: str
    data: str
    seconds: str

    def json(self, ending: str = "}") -> str:
        """In the order that events have, closed by `ending`. Not by an encoder, which takes five times as long.

        Base64 has nothing that JSON would escape.
        """
        number = self.sequence_number
        return (
            f'{{"kinesis":{{"kinesisSchemaVersion":"1.0","partitionKey":{quoted(self.key)},"sequenceNumber":"{number}",'
            f'"data":"{self.data}","approximateArrivalTimestamp":{self.seconds}}},"eventSource":"aws:kinesis",'
            f'"eventVersion":"1.0","eventID":"{self.shard_id}:{number}","eventName":"aws:kinesis:record"{ending}'
        )

    @property
    def content(self) -> dict[str, Any]:
        """The event's record, read."""
        content: dict[str, Any] = json.loads(self.json())
        return content


class MotoKinesisStreams:
    """The streams of all accounts and regions of the open simulated AWS, and their consumers."""

    def stream(self, arn: str) -> MotoKinesisStream | None:
        """The stream of an ARN (of a stream, or of a consumer of one), if it exists now."""
        parts = arn.split(":", 5)
        if len(parts) != 6 or parts[2] != "kinesis":
            return None
        _, _, _, region, account, resource = parts
        kind, _, path = resource.partition("/")
        name, _, consumer = path.partition("/")
        if kind != "stream":
            return None
        try:
            stream: Any = kinesis_backends[account][region].streams.get(name)
        except KeyError:
            # There is no such region.
            return None
        if stream is None:
            return None
        if not consumer:
            return MotoKinesisStream(stream, arn)
        return None if stream.get_consumer_by_arn(arn) is None else MotoKinesisConsumer(stream, arn)


class MotoKinesisStream:
    """One stream, with its records as they were put."""

    def __init__(self, stream: Stream, arn: str) -> None:
        self._arn = arn
        self._live: SimulatedStream = live(stream)

    @property
    def arn(self) -> str:
        """The ARN by which it was asked for: of the stream, or of one of its consumers."""
        return self._arn

    @property
    def retention_seconds(self) -> int:
        """How long it keeps a record."""
        return self._live.retention_seconds

    @property
    def changed(self) -> Signal:
        """Notified whenever there may be a new record or shard."""
        return self._live.changed

    def shards(self) -> Sequence[Shard]:
        """Those that are open, or closed not longer ago than a record is kept; in order of creation."""
        return [
            Shard(shard.shard_id, tuple(filter(None, (shard.parent, shard.adjacent_parent))), shard.is_open)
            for shard in self._live.shards()
        ]

    def read(self, shard_id: str, after: Position, limit: int) -> Sequence[KinesisRecord]:
        """Up to `limit` records behind a place, in order, that are still kept. Costs nothing that grows with the stream."""
        log = self._log(shard_id)
        return [] if log is None else self._behind(log, shard_id, after, limit)

    def latest(self, shard_id: str) -> Position:
        """The place behind all records that the shard has now."""
        log = self._log(shard_id)
        return TRIM_HORIZON if log is None else self._place(log, shard_id, log.last_number)

    def before(self, shard_id: str, instant: int) -> Position:
        """The place before the first record that arrived at `instant` or later."""
        log = self._log(shard_id)
        return TRIM_HORIZON if log is None else self._place(log, shard_id, log.before(instant))

    def expired(self) -> Iterator[tuple[str, KinesisRecord, int]]:
        """The records that it no longer keeps, each with its shard's id and the instant of its end."""
        for gone in self._live.expired():
            for record in self._shown([gone.kept], gone.shard):
                yield gone.shard.shard_id, record, gone.at

    def _log(self, shard_id: str) -> RecordLog[StoredRecord] | None:
        """Of a shard that is still there."""
        self._live.settle()
        return self._live.log(shard_id) if shard_id in self._live.stream.shards else None

    def _behind(self, log: RecordLog[StoredRecord], shard_id: str, after: Position, limit: int) -> Sequence[KinesisRecord]:
        return [
            KinesisRecord(
                (kept.number, 0), kept.sequence_number, kept.arrived_at, kept.record.partition_key, shard_id,
                kept.record.data, kept.seconds,
            )
            for kept in log.after(after[0], limit)
        ]  # fmt: skip

    def _shown(self, found: Iterable[StoredRecord], shard: Any) -> Iterator[KinesisRecord]:
        """The records as they are read from here."""
        return (_record(kept, shard.shard_id, 0, kept.record.partition_key, kept.record.data) for kept in found)

    def _place(self, log: RecordLog[StoredRecord], shard_id: str, number: int) -> Position:
        return number, 0


class MotoKinesisConsumer(MotoKinesisStream):
    """One stream as its consumers with throughput of their own see it: aggregates are taken apart (KIN-34)."""

    def _behind(self, log: RecordLog[StoredRecord], shard_id: str, after: Position, limit: int) -> Sequence[KinesisRecord]:
        return list(islice(self._users_behind(log, shard_id, after, limit), limit))

    def _users_behind(
        self, log: RecordLog[StoredRecord], shard_id: str, after: Position, limit: int
    ) -> Iterator[KinesisRecord]:
        number, count = after
        first, shard = log.at(number), self._live.stream.shards[shard_id]
        if first is not None and count:
            yield from self._taken_apart(first, shard, count)
        while found := log.after(number, limit):
            yield from self._shown(found, shard)
            number = found[-1].number

    def _place(self, log: RecordLog[StoredRecord], shard_id: str, number: int) -> Position:
        kept = log.at(number)
        return number, 0 if kept is None else len(self._users(kept, self._live.stream.shards[shard_id]) or ())

    def _shown(self, found: Iterable[StoredRecord], shard: Any) -> Iterator[KinesisRecord]:
        for kept in found:
            yield from self._taken_apart(kept, shard, 0)

    def _taken_apart(self, kept: StoredRecord, shard: Any, count: int) -> Iterator[KinesisRecord]:
        users, shard_id = self._users(kept, shard), shard.shard_id
        if users is None:
            yield _record(kept, shard_id, 0, kept.record.partition_key, kept.record.data)
            return
        for place, user in enumerate(users[count:], count + 1):
            data = base64.b64encode(user.data).decode()
            yield _record(kept, shard_id, place, user.partition_key, data)

    def _users(self, kept: StoredRecord, shard: Any) -> Sequence[UserRecord] | None:
        """The records in an aggregate: none if one belongs to another shard; None if it is no aggregate."""
        if not kept.is_taken_apart:
            users = user_records(base64.b64decode(kept.record.data))
            if any(not shard.starting_hash <= user.hash_key <= shard.ending_hash for user in users or ()):
                self._live.warn_of_lost(kept, shard.shard_id, len(users or ()))
                users = ()
            kept.users, kept.is_taken_apart = users, True
        return kept.users


def _record(kept: StoredRecord, shard_id: str, place: int, key: str, data: str) -> KinesisRecord:
    return KinesisRecord((kept.number, place), kept.sequence_number, kept.arrived_at, key, shard_id, data, kept.seconds)
