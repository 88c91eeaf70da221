"""Finds Kinesis streams, and their consumers, as event sources."""

from __future__ import annotations

import base64
import functools
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from moto.kinesis.models import kinesis_backends

from ...arns import parse_or_none
from ...simulation.wait_signal import Signal
from ...sources.ports import TRIM_HORIZON, Position, Shard
from ..backends import backend_of
from .aggregates import UserRecord, user_records
from .records import KinesisRecord
from .simulated_stream import SimulatedStream, simulated


def find_stream(arn: str) -> SimulatedStream | Consumer | None:
    """Returns the stream or consumer of an ARN, if it exists now."""
    place = _place(arn)
    if place is None:
        return None
    account_id, region_name, name, consumer = place
    try:
        stream: Any = backend_of(kinesis_backends, account_id, region_name).streams.get(name)
    except KeyError:
        # There is no such region.
        return None
    if stream is None:
        return None
    if not consumer:
        return simulated(stream)
    return None if stream.get_consumer_by_arn(arn) is None else Consumer(simulated(stream), arn)


@functools.lru_cache(maxsize=1024)
def _place(arn: str) -> tuple[str, str, str, str] | None:
    """Returns account and region of a stream, its name, and that of a consumer; None if the ARN is another one."""
    parsed = parse_or_none(arn)
    kind, _, path = ("", "", "") if parsed is None else parsed.resource.partition("/")
    if parsed is None or parsed.service != "kinesis" or kind != "stream":
        return None
    name, _, consumer = path.partition("/")
    return parsed.account_id, parsed.region_name, name, consumer


class Consumer:
    """One stream as a consumer with enhanced fan-out reads it: aggregates are divided into their user records (KIN-34)."""

    def __init__(self, stream: SimulatedStream, arn: str) -> None:
        self.arn = arn
        self._stream = stream

    @property
    def retention_seconds(self) -> int:
        """How long the stream keeps a record."""
        return self._stream.retention_seconds

    @property
    def changed(self) -> Signal:
        """Notified whenever there may be a new record or shard, with the id of the shard of a record."""
        return self._stream.changed

    def shards(self) -> Sequence[Shard]:
        """Returns the shards of the stream."""
        return self._stream.shards()

    def is_open(self, shard_id: str) -> bool:
        """Returns whether a shard exists and may get more records."""
        return self._stream.is_open(shard_id)

    def read(self, shard_id: str, after: Position, limit: int) -> Sequence[KinesisRecord]:
        """Returns up to `limit` user records behind a place, in order, that are still kept."""
        return list(islice(self._read(shard_id, after, limit), limit))

    def _read(self, shard_id: str, after: Position, limit: int) -> Iterator[KinesisRecord]:
        log = self._stream.kept_log(shard_id)
        if log is None:
            return
        number, count = after
        shard = self._stream.stream.shards[shard_id]
        first = log.at(number)
        if first is not None and count:
            yield from self._user_records(first, shard, count)
        while records := log.after(number, limit):
            yield from self._divided(records, shard)
            number = records[-1].number

    def latest(self, shard_id: str) -> Position:
        """Returns the place behind all records that the shard has now."""
        log = self._stream.kept_log(shard_id)
        return TRIM_HORIZON if log is None else self._end_of(shard_id, log.last_number)

    def before(self, shard_id: str, instant: int) -> Position:
        """Returns the place before the first record that arrived at `instant` or later."""
        log = self._stream.kept_log(shard_id)
        return TRIM_HORIZON if log is None else self._end_of(shard_id, log.before(instant))

    def expired(self) -> Iterator[tuple[str, KinesisRecord, int]]:
        """Returns the user records that are no longer kept, each with the id of its shard and the instant of its end."""
        for shard, record, at in self._stream.expired_records():
            for part in self._user_records(record, shard, 0):
                yield record.shard_id, part, at

    def _end_of(self, shard_id: str, number: int) -> Position:
        """Returns the place behind all user records of one record."""
        log = self._stream.kept_log(shard_id)
        record = None if log is None else log.at(number)
        if record is None:
            return number, 0
        return number, len(self._decoded(record, self._stream.stream.shards[shard_id]) or ())

    def _divided(self, records: Iterable[KinesisRecord], shard: Any) -> Iterator[KinesisRecord]:
        for record in records:
            yield from self._user_records(record, shard, 0)

    def _user_records(self, record: KinesisRecord, shard: Any, skipped: int) -> Iterator[KinesisRecord]:
        """Returns the user records of an aggregate without the first ones; a record that is no aggregate as it is."""
        users = self._decoded(record, shard)
        if users is None:
            yield record
            return
        for place, user in enumerate(users[skipped:], skipped + 1):
            yield record.part(place, user.partition_key, base64.b64encode(user.data).decode())

    def _decoded(self, record: KinesisRecord, shard: Any) -> Sequence[UserRecord] | None:
        """Returns the user records of an aggregate: none if one belongs to another shard. None if it is no aggregate."""
        if not record.is_decoded:
            users = user_records(base64.b64decode(record.data))
            if any(not shard.starting_hash <= user.hash_key <= shard.ending_hash for user in users or ()):
                self._stream.warn_of_lost(record, len(users or ()))
                users = ()
            record.user_records, record.is_decoded = users, True
        return record.user_records
