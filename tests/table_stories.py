"""Handlers that tables feed, and what their batches looked like. Times are virtual seconds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pytest_lambda_events import EventSourceMapping, Function, LambdaEvents, Table

PARTIAL = ["ReportBatchItemFailures"]


def table(lambda_events: LambdaEvents, **settings: Any) -> Table:
    """A table with a stream of both images, and an `id`."""
    return lambda_events.table("items", partition_key="id", **{"stream_view_type": "NEW_AND_OLD_IMAGES", **settings})


def put(items: Table, *ids: str) -> None:
    """Put items that have nothing but an id."""
    for id in ids:
        items.put_item({"id": id})


def fed(fn: Function, items: Table, **settings: Any) -> EventSourceMapping:
    """Feed a function with all of a table's changes."""
    return fn.add_event_source(items, **{"starting_position": "TRIM_HORIZON", **settings})


def story(fn: Function) -> list[tuple[float, list[str]]]:
    """When each batch was tried, and the ids of its items."""
    return [(batch.started_after_seconds, ids(batch)) for batch in fn.batches]


def ids(batch: Any) -> list[str]:
    """The ids of a batch's items, in order."""
    return [id_of(record) for record in batch.records]


def id_of(record: Any) -> str:
    """The id of a record's item."""
    return str(record["dynamodb"]["Keys"]["id"]["S"])


def starts(fn: Function) -> list[float]:
    """When each batch was tried."""
    return [batch.started_after_seconds for batch in fn.batches]


def succeed(event: Any, context: Any) -> None:
    """A handler that takes no time and never fails."""


def raising(*broken: str) -> Callable[[Any, Any], None]:
    """A handler that raises where it meets one of these items, or always if none is given."""

    def handler(event: Any, context: Any) -> None:
        if not broken or any(id_of(record) in broken for record in event["Records"]):
            raise ValueError("broken")

    return handler


def reporting(*broken: str) -> Callable[[Any, Any], Any]:
    """A handler that reports these items as failed whenever it sees them."""

    def handler(event: Any, context: Any) -> Any:
        failed = [record["dynamodb"]["SequenceNumber"] for record in event["Records"] if id_of(record) in broken]
        return {"batchItemFailures": [{"itemIdentifier": number} for number in failed]}

    return handler
