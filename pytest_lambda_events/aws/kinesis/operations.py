"""The operations of Kinesis on records, in the form of moto's backend."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.kinesis.exceptions import InvalidArgumentError, ResourceNotFoundError
from moto.kinesis.models import KinesisBackend, Record, Stream

from ...simulation.clock import MICROSECONDS
from ...simulation.simulation import Simulation
from .hashing import HIGHEST_HASH_KEY
from .iterators import LIFE_MS, ExpiredIterator, ShardIterator, decoded
from .log import RecordLog
from .records import KinesisRecord
from .simulated_stream import SimulatedStream, SimulatedStreams, simulated

RECORDS_MAXIMUM = 10_000
BYTES_MAXIMUM = 10 * 1024 * 1024
"""The maximum size of the data of one GetRecords."""
PARTITION_KEY_MAXIMUM = 256


def check_keys(partition_key: str, explicit_hash_key: str | None) -> None:
    """Raises AWS's refusal of invalid keys."""
    if len(partition_key) > PARTITION_KEY_MAXIMUM:
        raise JsonRESTError(
            "ValidationException",
            f"1 validation error detected: Value '{partition_key}' at 'partitionKey' failed to satisfy constraint: Member "
            f"must have length less than or equal to {PARTITION_KEY_MAXIMUM}",
        )
    if not explicit_hash_key:
        return
    if not (explicit_hash_key.isascii() and explicit_hash_key.isdigit()) or int(explicit_hash_key) > HIGHEST_HASH_KEY:
        raise InvalidArgumentError(
            "Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. "
            f"Specified value was {explicit_hash_key}"
        )


def put_record(stream: Stream, partition_key: str, explicit_hash_key: str, data: str) -> tuple[str, str]:
    """Replaces `Stream.put_record`: stores the record in the open shard of its hash key."""
    check_keys(partition_key, explicit_hash_key)
    return simulated(stream).put(partition_key, explicit_hash_key, data)


def putting_records(original: Callable[..., Any]) -> Callable[..., Any]:
    """Replaces `KinesisBackend.put_records`: checks all keys before it stores the first record."""

    def put_records(backend: KinesisBackend, stream_arn: str, stream_name: str, records: Sequence[Mapping[str, Any]]) -> Any:
        for record in records:
            check_keys(record.get("PartitionKey", ""), record.get("ExplicitHashKey"))
        return original(backend, stream_arn, stream_name, records)

    return put_records


def get_shard_iterator(
    backend: KinesisBackend, stream_arn: str | None, stream_name: str | None, shard_id: str, shard_iterator_type: str,
    starting_sequence_number: str | None, at_timestamp: float | datetime | None,
) -> str:  # fmt: skip
    """Replaces `KinesisBackend.get_shard_iterator`."""
    stream = simulated(backend.describe_stream(stream_arn=stream_arn, stream_name=stream_name))
    name = stream.stream.stream_name
    if shard_id not in stream.stream.shards:
        raise ResourceNotFoundError(f"Shard {shard_id} in stream {name} under account {backend.account_id} does not exist")
    log = stream.log(shard_id)
    after = _place(stream, log, shard_iterator_type, starting_sequence_number, at_timestamp)
    return ShardIterator(name, shard_id, after, stream.now).encoded()


def _place(
    stream: SimulatedStream, log: RecordLog[KinesisRecord], kind: str, number: str | None, timestamp: float | datetime | None
) -> int:
    if kind == "TRIM_HORIZON":
        return -1
    if kind == "LATEST":
        return log.last_number
    if kind == "AT_TIMESTAMP":
        return log.before(_instant(stream, timestamp))
    if kind == "AT_SEQUENCE_NUMBER":
        return _number(number, kind) - 1
    if kind == "AFTER_SEQUENCE_NUMBER":
        return _number(number, kind)
    raise InvalidArgumentError(f"Invalid ShardIteratorType: {kind}")


def _instant(stream: SimulatedStream, timestamp: float | datetime | None) -> int:
    if timestamp is None:
        raise InvalidArgumentError("Must specify timestampInMillis parameter for iterator of type AT_TIMESTAMP.")
    instant = stream.instant(timestamp)
    if instant > stream.now:
        raise InvalidArgumentError(
            "The timestampInMillis parameter cannot be greater than the currentTimestampInMillis. timestampInMillis: "
            f"{stream.milliseconds(instant)}, currentTimestampInMillis: {stream.milliseconds(stream.now)}"
        )
    return instant


def _number(number: str | None, kind: str) -> int:
    if number is None or not (str(number).isascii() and str(number).isdigit()):
        raise InvalidArgumentError(f"Invalid StartingSequenceNumber {number!r} for an iterator of type {kind}.")
    return int(number)


class Reading:
    """Replaces `get_records` in one simulated AWS, with its clock."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        self.get_records = self._getting()

    def _getting(self) -> Callable[..., tuple[str | None, list[Record], int]]:
        def get_records(
            backend: KinesisBackend, stream_arn: str | None, shard_iterator: str, limit: int | None
        ) -> tuple[str | None, list[Record], int]:
            if limit is not None and limit > RECORDS_MAXIMUM:
                raise InvalidArgumentError(f"Limit {limit} is greater than the maximum of {RECORDS_MAXIMUM}.")
            place = decoded(shard_iterator)
            self._check_age(place)
            stream = simulated(backend.describe_stream(stream_arn=None, stream_name=place.stream_name))
            shard = stream.stream.get_shard(place.shard_id)
            log = stream.log(place.shard_id)
            found = _within_size(log.after(place.after, limit or RECORDS_MAXIMUM))
            after = found[-1].number if found else place.after
            next_arrival = log.arrival_after(after)
            behind_ms = 0 if next_arrival is None else max(1, (stream.now - next_arrival) // 1000)
            following = ShardIterator(place.stream_name, place.shard_id, after, stream.now).encoded()
            has_ended = next_arrival is None and not shard.is_open
            return None if has_ended else following, [stream.moto_record(record) for record in found], behind_ms

        return get_records

    def _check_age(self, place: ShardIterator) -> None:
        if self._simulation.clock.microseconds - place.issued_at > LIFE_MS * (MICROSECONDS // 1000):
            raise ExpiredIterator(self._simulation.clock.at(place.issued_at), self._simulation.clock.now)


def _within_size(found: Sequence[KinesisRecord]) -> Sequence[KinesisRecord]:
    """Returns as many records as one response may contain, but at least one."""
    size = 0
    for index, record in enumerate(found):
        size += len(record.data) * 3 // 4
        if size > BYTES_MAXIMUM and index:
            return found[:index]
    return found


def describing(original: Callable[..., Stream], streams: SimulatedStreams) -> Callable[..., Stream]:
    """Replaces `KinesisBackend.describe_stream`, with which moto finds a stream in its current state for every operation."""

    def describe_stream(backend: KinesisBackend, stream_arn: str | None, stream_name: str | None) -> Stream:
        stream = original(backend, stream_arn=stream_arn, stream_name=stream_name)
        streams.of(stream).settle()
        return stream

    return describe_stream


def deleting(original: Callable[..., Stream], streams: SimulatedStreams) -> Callable[..., Stream]:
    """Replaces `KinesisBackend.delete_stream`, and notifies readers of the stream."""

    def delete_stream(backend: KinesisBackend, stream_arn: str | None, stream_name: str | None) -> Stream:
        stream = original(backend, stream_arn=stream_arn, stream_name=stream_name)
        streams.of(stream).changed.notify()
        return stream

    return delete_stream
