"""Shard iterators: a place in a shard, good for five minutes."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import datetime

from moto.core.exceptions import JsonRESTError
from moto.kinesis.exceptions import InvalidArgumentError

LIFE_MS = 300_000
"""How long after it was given out an iterator can be used."""


class ExpiredIterator(JsonRESTError):
    """AWS's answer to an iterator that is too old."""

    def __init__(self, issued: datetime, now: datetime) -> None:
        super().__init__(
            "ExpiredIteratorException",
            f"Iterator expired. The iterator was created at time {issued:%a %b %d %H:%M:%S} UTC {issued:%Y} while right now "
            f"it is {now:%a %b %d %H:%M:%S} UTC {now:%Y} which is further in the future than the tolerated delay of "
            f"{LIFE_MS} milliseconds.",
        )


@dataclass(frozen=True, slots=True)
class ShardIterator:
    """The place behind the record number `after`, given out at `issued_at` (microseconds since the clock's start)."""

    stream_name: str
    shard_id: str
    after: int
    issued_at: int

    def encoded(self) -> str:
        """As boto3 gets it."""
        return base64.b64encode(f"{self.stream_name}:{self.shard_id}:{self.after}:{self.issued_at}".encode()).decode()


def decoded(text: str) -> ShardIterator:
    """What boto3 hands back."""
    try:
        stream_name, shard_id, after, issued_at = base64.b64decode(text, validate=True).decode().split(":")
        return ShardIterator(stream_name, shard_id, int(after), int(issued_at))
    except ValueError:
        raise InvalidArgumentError("Invalid ShardIterator.") from None
