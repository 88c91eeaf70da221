"""The operations of DynamoDB Streams for boto3."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from itertools import dropwhile, islice
from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.core.responses import ActionResult
from moto.dynamodb.exceptions import ERROR_TYPE_PREFIX
from moto.dynamodbstreams.responses import DynamoDBStreamsHandler

from ...simulation.clock import MICROSECONDS
from ...values import dataclass
from .simulated_stream import SimulatedShard, SimulatedStream, TableRecord
from .simulated_tables import boto3_record, simulated_tables

Handler = DynamoDBStreamsHandler

ITERATOR_SECONDS = 900
"""How long an iterator is valid."""
RECORDS_MAXIMUM = 1_000
RECORDS_BYTES = 1_048_576
"""The maximum size of one response."""
PAGE_MAXIMUM = 100
KINDS = ("TRIM_HORIZON", "LATEST", "AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER")


class StreamError(JsonRESTError):
    """A refusal of DynamoDB Streams."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(ERROR_TYPE_PREFIX + name, message)


@dataclass(frozen=True, slots=True)
class Iterator:
    """The meaning of a shard iterator: the position after `after` in a shard.

    `is_strict`: it names the position of a record, which must still exist.
    """

    arn: str
    shard_id: str
    after: int
    made_at: int
    is_strict: bool

    def text(self) -> str:
        """Returns the text in AWS's form: the stream, and a part that only AWS can read."""
        return f"{self.arn}|1|{base64.b64encode(json.dumps(asdict(self)).encode()).decode()}"

    @staticmethod
    def of(text: str) -> Iterator:
        """Returns the iterator of a text. Raises the refusal of AWS for an invalid text."""
        try:
            return Iterator(**json.loads(base64.b64decode(text.rpartition("|")[2], validate=True)))
        except (ValueError, TypeError):
            raise StreamError("ValidationException", "Invalid ShardIterator") from None


def list_streams(handler: Handler) -> ActionResult:
    """Runs `ListStreams`. It includes streams that were disabled less than a day ago."""
    backend = handler.backend
    wanted = handler._get_param("TableName")
    found = [
        stream for stream in simulated_tables().streams(backend.account_id, backend.region_name)
        if wanted is None or wanted in (stream.table_name, stream.arn.rpartition("/stream/")[0])
    ]  # fmt: skip
    page, last = _page(found, lambda stream: stream.arn, handler, "ExclusiveStartStreamArn")
    answer: dict[str, Any] = {
        "Streams": [{"StreamArn": each.arn, "TableName": each.table_name, "StreamLabel": each.label} for each in page]
    }
    return ActionResult(answer if last is None else {**answer, "LastEvaluatedStreamArn": last})


def describe_stream(handler: Handler) -> ActionResult:
    """Runs `DescribeStream`."""
    stream = _stream(handler._get_param("StreamArn"))
    page, last = _page(stream.all_shards(), lambda shard: shard.shard_id, handler, "ExclusiveStartShardId")
    description = {
        "StreamArn": stream.arn,
        "StreamLabel": stream.label,
        "StreamStatus": "ENABLED" if stream.is_enabled else "DISABLED",
        "StreamViewType": stream.view_type,
        "CreationRequestDateTime": _naive(stream, stream.created_at),
        "TableName": stream.table_name,
        "KeySchema": list(stream.key_schema),
        "Shards": [_described(shard) for shard in page],
    }
    return ActionResult({"StreamDescription": description if last is None else {**description, "LastEvaluatedShardId": last}})


def _described(shard: SimulatedShard) -> Mapping[str, Any]:
    numbers = {"StartingSequenceNumber": str(shard.first_number)}
    if not shard.is_open:
        numbers["EndingSequenceNumber"] = str(max(shard.log.last_number, shard.first_number))
    described: dict[str, Any] = {"ShardId": shard.shard_id, "SequenceNumberRange": numbers}
    return {**described, "ParentShardId": shard.parent_id} if shard.parent_id else described


def get_shard_iterator(handler: Handler) -> ActionResult:
    """Runs `GetShardIterator`."""
    stream = _stream(handler._get_param("StreamArn"))
    shard = stream.shard(handler._get_param("ShardId"))
    if shard is None:
        raise StreamError("ResourceNotFoundException", "Requested resource not found: Shard does not exist")
    kind = handler._get_param("ShardIteratorType")
    number = handler._get_param("SequenceNumber")
    after, is_strict = _place(shard, kind, number)
    if is_strict and after + 1 < _oldest(shard):
        raise _trimmed()
    iterator = Iterator(stream.arn, shard.shard_id, after, stream.now, is_strict)
    return ActionResult({"ShardIterator": iterator.text()})


def _place(shard: SimulatedShard, kind: str, number: str | None) -> tuple[int, bool]:
    if kind not in KINDS:
        raise StreamError(
            "ValidationException",
            f"1 validation error detected: Value '{kind}' at 'shardIteratorType' failed to satisfy constraint: Member must "
            f"satisfy enum value set: [{', '.join(KINDS)}]",
        )
    if kind == "TRIM_HORIZON":
        return shard.first_number - 1, False
    if kind == "LATEST":
        return shard.log.last_number, False
    if number is None or not number.isdecimal():
        raise StreamError("ValidationException", "Invalid SequenceNumber")
    return int(number) - (kind == "AT_SEQUENCE_NUMBER"), True


def get_records(handler: Handler) -> ActionResult:
    """Runs `GetRecords`."""
    iterator = Iterator.of(handler._get_param("ShardIterator"))
    limit = handler._get_param("Limit")
    limit = RECORDS_MAXIMUM if limit is None else int(limit)
    if not 1 <= limit <= RECORDS_MAXIMUM:
        raise StreamError(
            "ValidationException",
            f"1 validation error detected: Value '{limit}' at 'limit' failed to satisfy constraint: Member must have value "
            f"{'greater' if limit < 1 else 'less'} than or equal to {1 if limit < 1 else RECORDS_MAXIMUM}",
        )
    stream = _stream(iterator.arn)
    if stream.now - iterator.made_at >= ITERATOR_SECONDS * MICROSECONDS:
        raise StreamError("ExpiredIteratorException", "The shard iterator has expired and can no longer be used.")
    shard = stream.shard(iterator.shard_id)
    if shard is None or (iterator.is_strict and iterator.after + 1 < _oldest(shard)):
        raise _trimmed()
    records = _within_bytes(shard.log.after(iterator.after, limit))
    answer: dict[str, Any] = {"Records": [boto3_record(record.content) for record in records]}
    after = records[-1].position[0] if records else iterator.after
    if shard.is_open or after < shard.log.last_number:
        following = Iterator(iterator.arn, iterator.shard_id, after, stream.now, iterator.is_strict or bool(records))
        answer["NextShardIterator"] = following.text()
    return ActionResult(answer)


def _oldest(shard: SimulatedShard) -> int:
    """Returns the number of the oldest record that is kept, or of the next record."""
    kept = shard.log.after(0, 1)
    return kept[0].position[0] if kept else shard.log.last_number + 1


def _within_bytes(records: Sequence[TableRecord]) -> Sequence[TableRecord]:
    total = 0
    for count, record in enumerate(records):
        total += record.content["dynamodb"]["SizeBytes"]
        if total > RECORDS_BYTES and count:
            return records[:count]
    return records


def _trimmed() -> StreamError:
    return StreamError(
        "TrimmedDataAccessException", "The operation attempted to read past the oldest stream record in a shard."
    )


def _stream(arn: str) -> SimulatedStream:
    stream = simulated_tables().stream(arn)
    if stream is None:
        raise StreamError("ResourceNotFoundException", f"Requested resource not found: Stream: {arn} not found")
    return stream


def _page(
    found: Sequence[Any], name: Callable[[Any], str], handler: Handler, start_parameter: str
) -> tuple[Sequence[Any], str | None]:
    """Returns the requested part of a list, and its last name if there is more."""
    start = handler._get_param(start_parameter)
    limit = int(handler._get_param("Limit") or PAGE_MAXIMUM)
    rest = iter(found) if start is None else islice(dropwhile(lambda each: name(each) != start, found), 1, None)
    page = list(islice(rest, limit))
    return page, name(page[-1]) if page and next(rest, None) is not None else None


def _naive(stream: SimulatedStream, instant: int) -> datetime:
    # Some releases of moto cannot encode an aware datetime.
    return stream.at(instant).replace(tzinfo=None)
