"""Shard iterators: a position in a shard, valid for five minutes."""

from __future__ import annotations

import base64
from datetime import datetime

from moto.core.exceptions import JsonRESTError
from moto.kinesis.exceptions import InvalidArgumentError

from ...values import dataclass

LIFE_MS = 300_000
"""How long an iterator is valid."""


class ExpiredIterator(JsonRESTError):
    """AWS's refusal of an expired iterator."""

    def __init__(self, issued: datetime, now: datetime) -> None:
        super().__init__(
            "ExpiredIteratorException",
            f"Iterator expired. The iterator was created at time {issued:%a %b %d %H:%M:%S} UTC {issued:%Y} while right now "
            f"it is {now:%a %b %d %H:%M:%S} UTC {now:%Y} which is further in the future than the tolerated delay of "
            f"{LIFE_MS} milliseconds.",
        )


@dataclass(frozen=True, slots=True)
class ShardIterator:
    """The position after the record number `after`, created at `issued_at` (microseconds since the clock's start)."""

    stream_name: str
    shard_id: str
    after: int
    issued_at: int

    def encoded(self) -> str:
        """Returns the text for boto3."""
        return base64.b64encode(f"{self.stream_name}:{self.shard_id}:{self.after}:{self.issued_at}".encode()).decode()


def decoded(text: str) -> ShardIterator:
    """Returns the iterator of a text from boto3."""
    try:
        stream_name, shard_id, after, issued_at = base64.b64decode(text, validate=True).decode().split(":")
        return ShardIterator(stream_name, shard_id, int(after), int(issued_at))
    except ValueError:
        raise InvalidArgumentError("Invalid ShardIterator.") from None
