"""The handle of a Kinesis stream."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from ..arguments import Kind, check_all, is_text, json_text, shown, whole_number_kind
from ..errors import LambdaEventsError, hides_frames
from ..values import dataclass
from .attempts import content_of
from .misuse import reports_misuse
from .names import CONSUMER_NAME

__tracebackhide__ = hides_frames

Json = Any
PUT_RECORDS_COUNT = 500
PUT_RECORDS_BYTES = 5_242_880
"""The maximum size of one `PutRecords` call, including keys."""
MOST_SHARDS = 20_000
"""The highest shard quota of an account in any region."""
RECORD_BYTES = 1_048_576
"""Larger records are put in separate calls."""


@dataclass(frozen=True)
class Shard:
    """A shard of a stream. A closed shard receives no more records."""

    shard_id: str
    """The id of the shard."""
    parent_shard_ids: list[str]
    """The shards that it was split or merged from."""
    is_open: bool
    """Whether the shard can receive records."""
    starting_hash_key: str
    """Its first hash key: a decimal number as text."""
    ending_hash_key: str
    """Its last hash key."""


@dataclass(frozen=True)
class StreamRecord:
    """A record of a stream."""

    sequence_number: str
    """The sequence number: 56 digits that increase within a shard."""
    shard_id: str
    """The id of its shard."""
    partition_key: str
    """The partition key of the record."""
    data: bytes
    """The data of the record."""
    arrived_at: datetime
    """When the record was put."""

    @property
    def json(self) -> Json:
        """The data, decoded if it is a JSON object or array. Other data is text, or bytes if it is not UTF-8."""
        return content_of(self.data)


class Streams(Protocol):
    """The operations of Kinesis that a handle needs."""

    def names(self) -> list[str]:
        """Returns the names of all streams."""

    def has(self, name: str) -> bool:
        """Returns whether a stream exists."""

    def arn(self, name: str) -> str:
        """Returns the ARN of a stream."""

    def call(self, operation: str, **parameters: Any) -> Any:
        """Calls an operation of the boto3 client."""

    def shards(self, name: str) -> list[Shard]:
        """Returns all shards in order of creation, including closed ones."""

    def records(self, name: str) -> list[StreamRecord]:
        """Returns the retained records, shard by shard."""

    def record(self, name: str, shard_id: str, sequence_number: str) -> StreamRecord:
        """Returns a record that was just put."""


@reports_misuse
class Stream:
    """A Kinesis stream."""

    def __init__(self, streams: Streams, name: str) -> None:
        self._streams = streams
        self.name = name
        """The name of the stream."""

    @property
    def arn(self) -> str:
        """The ARN of the stream."""
        return self._streams.arn(self.name)

    @property
    def records(self) -> list[StreamRecord]:
        """The retained records, shard by shard. Reading does not move the position of an event source mapping."""
        return self._streams.records(self.name)

    @property
    def shards(self) -> list[Shard]:
        """The shards in order of creation, including closed ones."""
        return self._streams.shards(self.name)

    def put(self, *data: object, partition_key: str, explicit_hash_key: str | None = None) -> list[StreamRecord]:
        """Puts records: bytes and text unchanged, all other values as JSON. The options apply to each of them.

        Raises:
            LambdaEventsError: JSON cannot represent a record, or an option has a wrong type. Nothing is put.
            ClientError: Kinesis refuses the records.
        """
        check_all(_PUT_KINDS, {"partition_key": partition_key, "explicit_hash_key": explicit_hash_key})
        encoded = [_bytes_of(one) for one in data]
        place = {"PartitionKey": partition_key}
        if explicit_hash_key is not None:
            place["ExplicitHashKey"] = explicit_hash_key
        found: list[StreamRecord] = []
        for some in _portions(encoded, len(partition_key.encode())):
            found += [
                self._streams.record(self.name, answer["ShardId"], answer["SequenceNumber"])
                for answer in self._put([{"Data": one, **place} for one in some])
            ]
        return found

    def _put(self, records: Sequence[Mapping[str, object]]) -> Sequence[Mapping[str, Any]]:
        """Puts records, and returns the shard and sequence number of each."""
        if len(records) == 1:
            return [self._streams.call("put_record", StreamName=self.name, **records[0])]
        answers: list[Mapping[str, Any]] = self._streams.call("put_records", StreamName=self.name, Records=records)["Records"]
        refused = next((answer for answer in answers if "ErrorCode" in answer), None)
        if refused is not None:
            raise LambdaEventsError(
                f"Stream {self.name!r} refused a record. {refused['ErrorCode']}: {refused['ErrorMessage']}"
            )
        return answers

    def split_shard(self, shard: Shard, *, new_starting_hash_key: str | None = None) -> None:
        """Splits an open shard into two, at `new_starting_hash_key` or in the middle of its hash keys."""
        _SHARD.check("shard", shard)
        _HASH_KEY.check("new_starting_hash_key", new_starting_hash_key)
        middle = (int(shard.starting_hash_key) + int(shard.ending_hash_key) + 1) // 2
        self._streams.call(
            "split_shard", StreamName=self.name, ShardToSplit=shard.shard_id,
            NewStartingHashKey=str(middle) if new_starting_hash_key is None else new_starting_hash_key,
        )  # fmt: skip

    def merge_shards(self, shard: Shard, adjacent_shard: Shard) -> None:
        """Merges two open shards with adjacent hash keys."""
        check_all({"shard": _SHARD, "adjacent_shard": _SHARD}, {"shard": shard, "adjacent_shard": adjacent_shard})
        self._streams.call(
            "merge_shards", StreamName=self.name, ShardToMerge=shard.shard_id, AdjacentShardToMerge=adjacent_shard.shard_id
        )

    def update_shard_count(self, target_shard_count: int) -> None:
        """Splits and merges shards until this number of shards is open."""
        _SHARD_COUNT.check("target_shard_count", target_shard_count)
        self._streams.call(
            "update_shard_count", StreamName=self.name, TargetShardCount=target_shard_count, ScalingType="UNIFORM_SCALING"
        )

    def register_consumer(self, name: str) -> StreamConsumer:
        """Registers a consumer with enhanced fan-out. As an event source it receives records when they arrive (KIN-02, 11)."""
        CONSUMER_NAME.check("name", name)
        made = self._streams.call("register_stream_consumer", StreamARN=self.arn, ConsumerName=name)["Consumer"]
        return StreamConsumer(self._streams, name, made["ConsumerARN"])

    def delete(self) -> None:
        """Deletes the stream, its consumers and its records."""
        self._streams.call("delete_stream", StreamName=self.name, EnforceConsumerDeletion=True)

    def __repr__(self) -> str:
        return f"<Stream {self.name}>"


@reports_misuse
class StreamConsumer:
    """A consumer of a stream with enhanced fan-out. Its ARN ends with the time of its registration."""

    def __init__(self, streams: Streams, name: str, arn: str) -> None:
        self._streams = streams
        self.name = name
        """The name of the consumer."""
        self.arn = arn
        """The ARN of the consumer."""

    def delete(self) -> None:
        """Deregisters the consumer."""
        self._streams.call("deregister_stream_consumer", ConsumerARN=self.arn)

    def __repr__(self) -> str:
        return f"<StreamConsumer {self.name}>"


def _bytes_of(data: object) -> bytes:
    if isinstance(data, bytes):
        return data
    if is_text(data):
        return data.encode()
    if isinstance(data, str):
        raise LambdaEventsError(
            f"The data {shown(data)} is not valid Unicode text: it has half of a surrogate pair. Pass other text, or bytes."
        )
    return json_text("The data", data, "Pass bytes, text, or a value that JSON can represent.").encode()


_SHARD = Kind("a shard", lambda value: isinstance(value, Shard), "lambda_events.streams['clicks'].shards[0]")
_HASH_KEY = Kind("a hash key", is_text, repr("0"), "a decimal number as text").optional()
_SHARD_COUNT = whole_number_kind(2, "shards", least=1, most=MOST_SHARDS)
_PARTITION_KEY = Kind(
    "a partition key",
    lambda value: is_text(value) and 1 <= len(value) <= 256,
    repr("customer-1"),
    "text of 1 to 256 characters",
)
_PUT_KINDS: Mapping[str, Kind] = {"partition_key": _PARTITION_KEY, "explicit_hash_key": _HASH_KEY}
STREAM_KINDS: Mapping[str, Kind] = {
    "shard_count": _SHARD_COUNT,
    "retention_period_hours": whole_number_kind(48, "hours"),
}


def _portions(data: Sequence[bytes], key_size: int) -> Iterator[Sequence[bytes]]:
    """Yields the records in portions for one call each. A record that is too large for such a call is a portion of its own."""
    portion: list[bytes] = []
    size = 0
    for one in data:
        own = len(one) + key_size
        is_alone = own > RECORD_BYTES
        if portion and (is_alone or len(portion) == PUT_RECORDS_COUNT or size + own > PUT_RECORDS_BYTES):
            yield portion
            portion, size = [], 0
        if is_alone:
            yield [one]
        else:
            portion.append(one)
            size += own
    if portion:
        yield portion
