"""Handlers that Kinesis streams feed, and what their batches looked like. Times are virtual seconds."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable
from typing import Any

from aws_kinesis_agg.aggregator import RecordAggregator

from pytest_lambda_events import EventSourceMapping, Function, LambdaEvents, Stream

PARTIAL = ["ReportBatchItemFailures"]
LOWEST, HIGHEST = "0", str(2**128 - 1)
"""Hash keys of the first and of the last open shard."""
Story = list[tuple[float, list[Any]]]
Handler = Callable[[Any, Any], Any]


def clicks_of(lambda_events: LambdaEvents, *, shard_count: int = 1) -> Stream:
    """The stream `clicks`."""
    return lambda_events.stream("clicks", shard_count=shard_count)


def fed(fn: Function, stream: Any, **settings: Any) -> EventSourceMapping:
    """A mapping that reads a stream from its oldest record on."""
    return fn.add_event_source(stream, starting_position="TRIM_HORIZON", **settings)


def put(stream: Stream, *texts: object, key: str = "alice") -> None:
    """Put records, all of one key."""
    stream.put(*texts, partition_key=key)


def story(fn: Function) -> Story:
    """When each batch was tried, and the data that it had."""
    return [(batch.started_after_seconds, batch.data) for batch in fn.batches]


def starts(fn: Function) -> list[float]:
    """When each batch was tried."""
    return [batch.started_after_seconds for batch in fn.batches]


def data(fn: Function) -> list[list[Any]]:
    """What each batch had."""
    return [batch.data for batch in fn.batches]


def decoded(record: Any) -> str:
    """The text of a record."""
    return base64.b64decode(record["kinesis"]["data"]).decode()


def aggregate(*records: tuple[str, str], hash_key: str | None = None) -> bytes:
    """An aggregate of texts with keys, as the producer's library makes it."""
    aggregator = RecordAggregator()
    for key, text in records:
        aggregator.add_user_record(key, text.encode(), hash_key)
    return bytes(aggregator.clear_and_get().get_contents()[2])


def succeed(event: Any, context: Any) -> None:
    """A handler that takes no time and never fails."""


def sleeping(seconds: float) -> Handler:
    """A handler that takes so long."""

    def handler(event: Any, context: Any) -> None:
        time.sleep(seconds)

    return handler


def raising(*texts: str, times: int | None = None) -> Handler:
    """A handler that raises where it meets one of these, or always if none is given; but only so many times."""
    raised: list[int] = []

    def handler(event: Any, context: Any) -> None:
        met = not texts or any(decoded(record) in texts for record in event["Records"])
        if met and (times is None or len(raised) < times):
            raised.append(1)
            raise ValueError("broken")

    return handler


def reporting(*texts: str) -> Handler:
    """A handler that reports these as failed whenever it sees them, in this order."""

    def handler(event: Any, context: Any) -> Any:
        numbers = {decoded(record): record["kinesis"]["sequenceNumber"] for record in event["Records"]}
        return {"batchItemFailures": [{"itemIdentifier": numbers[text]} for text in texts if text in numbers]}

    return handler


def counting(event: Any, context: Any) -> Any:
    """A handler that counts the records of its window."""
    return {"state": {"n": event["state"].get("n", 0) + len(event["Records"])}}
