"""One record of a Kinesis stream."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from json.encoder import encode_basestring as quoted
from typing import Any

from moto.kinesis.models import Record

from ...sources.ports import Position
from ...values import dataclass
from .aggregates import UserRecord


@dataclass(eq=False, slots=True)
class KinesisRecord:
    """One record, or a user record of an aggregate. For pollers it is a `StreamRecord` of `sources/ports.py`.

    Not frozen: streams have many records, and frozen ones take ten times as long to create.

    Args:
        data: Base64 text.
        seconds: The arrival in seconds since the epoch, as a JSON number.
        user_records: The records of this aggregate. None if it is not an aggregate, or not decoded yet.
        is_decoded: Whether `user_records` is known.
        cause: The trace header of the call that put it.
    """

    position: Position
    sequence_number: str
    arrived_at: int
    key: str
    shard_id: str
    data: str
    seconds: str
    explicit_hash_key: str = ""
    user_records: Sequence[UserRecord] | None = None
    is_decoded: bool = False
    cause: str | None = None

    @property
    def number(self) -> int:
        """Returns the sequence number."""
        return self.position[0]

    def json(self, ending: str = "}") -> str:
        """Returns the record as events have it, closed by `ending`. A JSON encoder would take five times as long.

        Base64 text has no character that JSON escapes.
        """
        number = self.sequence_number
        return (
            f'{{"kinesis":{{"kinesisSchemaVersion":"1.0","partitionKey":{quoted(self.key)},"sequenceNumber":"{number}",'
            f'"data":"{self.data}","approximateArrivalTimestamp":{self.seconds}}},"eventSource":"aws:kinesis",'
            f'"eventVersion":"1.0","eventID":"{self.shard_id}:{number}","eventName":"aws:kinesis:record"{ending}'
        )

    def values(self, records: Sequence[KinesisRecord], added: Mapping[str, str]) -> list[dict[str, Any]]:
        """Returns records as handlers receive them, with members that the mapping adds. They equal the decoded JSON.

        A copy is quicker to create than a dictionary of the same members.
        """
        common = {
            "kinesis": None, "eventSource": "aws:kinesis", "eventVersion": "1.0", "eventID": "",
            "eventName": "aws:kinesis:record", **added,
        }  # fmt: skip
        made: list[dict[str, Any]] = []
        for record in records:
            number = record.sequence_number
            value: dict[str, Any] = common.copy()
            value["kinesis"] = {
                "kinesisSchemaVersion": "1.0",
                "partitionKey": record.key,
                "sequenceNumber": number,
                "data": record.data,
                "approximateArrivalTimestamp": float(record.seconds),
            }
            value["eventID"] = f"{record.shard_id}:{number}"
            made.append(value)
        return made

    @property
    def content(self) -> dict[str, Any]:
        """Returns the record of the event as a dictionary."""
        content: dict[str, Any] = json.loads(self.json())
        return content

    def part(self, place: int, key: str, data: str) -> KinesisRecord:
        """Returns a user record of this aggregate. The first has place 1."""
        return KinesisRecord(
            (self.number, place), self.sequence_number, self.arrived_at, key, self.shard_id, data, self.seconds,
            cause=self.cause,
        )  # fmt: skip


def moto_record(record: KinesisRecord, arrived_at: datetime) -> Record:
    """Returns a record in the form in which moto stores it."""
    # `Record.__init__` would read the clock.
    made: Any = Record.__new__(Record)
    made.partition_key = record.key
    made.data = record.data
    made.sequence_number = record.number
    made.explicit_hash_key = record.explicit_hash_key
    made.created_at_datetime = arrived_at.replace(tzinfo=None)
    made.created_at = float(record.seconds)
    found: Record = made
    return found
