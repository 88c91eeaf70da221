"""Kinesis and DynamoDB for handles."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from boto3.dynamodb.types import Binary, TypeDeserializer, TypeSerializer
from botocore.exceptions import ParamValidationError
from moto.dynamodb.models import dynamodb_backends
from moto.kinesis.models import kinesis_backends

from ...handles.stream import Shard, StreamRecord
from ...sources.ports import TRIM_HORIZON, Position
from ..dynamodb.table_calls import make_active
from ..kinesis.simulated_stream import SimulatedStream, simulated

EVERYTHING = 1_000_000_000


class KinesisService:
    """The Kinesis streams of one account and region."""

    def __init__(self, account_id: str, region_name: str, client: Callable[[str], Any], at: Callable[[int], datetime]) -> None:
        self._account_id = account_id
        self._region_name = region_name
        self._client = client
        self._at = at

    def names(self) -> list[str]:
        """Returns the names of all streams."""
        return list(kinesis_backends[self._account_id][self._region_name].streams)

    def has(self, name: str) -> bool:
        """Returns whether a stream exists."""
        return name in kinesis_backends[self._account_id][self._region_name].streams

    def call(self, operation: str, **parameters: Any) -> dict[str, Any]:
        """Runs an operation of boto3's client."""
        answer: dict[str, Any] = getattr(self._client("kinesis"), operation)(**parameters)
        return answer

    def arn(self, name: str) -> str:
        """Returns the ARN of a stream."""
        return f"arn:aws:kinesis:{self._region_name}:{self._account_id}:stream/{name}"

    def shards(self, name: str) -> list[Shard]:
        """Returns its shards, in order of creation."""
        found: list[Shard] = []
        given: dict[str, Any] = {"StreamName": name}
        while given:
            answer = self.call("list_shards", **given)
            found += [_shard(shard) for shard in answer["Shards"]]
            given = {"NextToken": answer["NextToken"]} if answer.get("NextToken") else {}
        return found

    def records(self, name: str) -> list[StreamRecord]:
        """Returns all records that it keeps, shard by shard."""
        stream = self._stream(name)
        shards = [] if stream is None else stream.shards()
        return [record for shard in shards for record in self._read(name, shard.shard_id, TRIM_HORIZON, EVERYTHING)]

    def record(self, name: str, shard_id: str, sequence_number: str) -> StreamRecord:
        """Returns a record that was just put."""
        [record] = self._read(name, shard_id, (int(sequence_number) - 1, 0), 1)
        return record

    def _stream(self, name: str) -> SimulatedStream | None:
        stream = kinesis_backends[self._account_id][self._region_name].streams.get(name)
        return None if stream is None else simulated(stream)

    def _read(self, name: str, shard_id: str, after: Position, limit: int) -> list[StreamRecord]:
        stream = self._stream(name)
        found = [] if stream is None else stream.read(shard_id, after, limit)
        return [
            StreamRecord(
                record.sequence_number, shard_id, record.key, base64.b64decode(record.data),
                self._at(record.arrived_at),
            )
            for record in found
        ]  # fmt: skip


def _shard(shown: Mapping[str, Any]) -> Shard:
    parents = [shown.get("ParentShardId"), shown.get("AdjacentParentShardId")]
    return Shard(
        shard_id=shown["ShardId"],
        parent_shard_ids=[parent for parent in parents if parent],
        is_open="EndingSequenceNumber" not in shown["SequenceNumberRange"],
        starting_hash_key=shown["HashKeyRange"]["StartingHashKey"],
        ending_hash_key=shown["HashKeyRange"]["EndingHashKey"],
    )


class DynamoDBService:
    """The tables of one account and region."""

    def __init__(self, account_id: str, region_name: str, client: Callable[[str], Any]) -> None:
        self._account_id = account_id
        self._region_name = region_name
        self._client = client

    def names(self) -> list[str]:
        """Returns the names of all tables."""
        return list(dynamodb_backends[self._account_id][self._region_name].tables)

    def has(self, name: str) -> bool:
        """Returns whether a table exists."""
        return name in dynamodb_backends[self._account_id][self._region_name].tables

    def arn(self, name: str) -> str:
        """Returns the ARN of a table."""
        return f"arn:aws:dynamodb:{self._region_name}:{self._account_id}:table/{name}"

    def create(self, parameters: Mapping[str, Any]) -> None:
        """Creates a table that is active immediately."""
        self.call("create_table", **parameters)
        make_active(dynamodb_backends[self._account_id][self._region_name].get_table(parameters["TableName"]))

    def call(self, operation: str, **parameters: Any) -> dict[str, Any]:
        """Runs an operation of boto3's client, with items as plain values."""
        serialize = TypeSerializer().serialize
        for member in ("Item", "Key"):
            if member in parameters:
                parameters[member] = {name: serialize(_without_floats(value)) for name, value in parameters[member].items()}
        try:
            answer: dict[str, Any] = getattr(self._client("dynamodb"), operation)(**parameters)
        except ParamValidationError as error:
            raise ValueError(str(error).partition("\n")[2]) from None
        if "Items" in answer:
            answer["Items"] = [_plain_item(item) for item in answer["Items"]]
        return answer


def _without_floats(value: Any) -> Any:
    """Returns the value with floats as decimals, because boto3 accepts only these."""
    return Decimal(repr(value)) if isinstance(value, float) else _within(value, _without_floats)


def _plain_item(item: Mapping[str, Any]) -> dict[str, Any]:
    deserialize = TypeDeserializer().deserialize
    return {name: _plain(deserialize(value)) for name, value in item.items()}


def _plain(value: Any) -> Any:
    """Returns numbers as int if they are whole, else as float, and binary values as bytes."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, Binary):
        return value.value  # type: ignore[attr-defined]
    return _within(value, _plain)


def _within(value: Any, changed: Callable[[Any], Any]) -> Any:
    """Returns the value with all values in collections changed."""
    if isinstance(value, Mapping):
        return {name: changed(one) for name, one in value.items()}
    if isinstance(value, (set, frozenset)):
        return {changed(one) for one in value}
    return [changed(one) for one in value] if isinstance(value, (list, tuple)) else value
