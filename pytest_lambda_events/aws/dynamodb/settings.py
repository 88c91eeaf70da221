"""Enables and disables streams."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from moto.dynamodb.exceptions import MockValidationException
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.table import Table

from .expiry import Expiries
from .simulated_tables import SimulatedTables

Specification = Mapping[str, Any]


def setting_streams(tables: SimulatedTables) -> Callable[..., None]:
    """Replaces `Table.set_stream_specification`: each time it is enabled, a stream is new, with its own ARN."""

    def set_stream_specification(table: Any, streams: Specification | None) -> None:
        tables.disable(table)
        table.stream_specification = {"StreamEnabled": False}
        if streams and _enables(streams):
            table.stream_specification = {**streams, "StreamEnabled": True}
            tables.enable(table, streams["StreamViewType"])

    return set_stream_specification


def _enables(streams: Specification) -> bool:
    # Templates contain only the view type.
    is_enabled = streams.get("StreamEnabled", "StreamViewType" in streams)
    if is_enabled and "StreamViewType" not in streams:
        raise MockValidationException(
            "One or more parameter values were invalid: StreamViewType must be specified when StreamEnabled is true"
        )
    return is_enabled not in (False, "false")


def update_table_streams(backend: DynamoDBBackend, table: Any, stream_specification: Specification) -> None:
    """Enables or disables the stream. A change without an effect is refused."""
    is_enabled = bool(table.stream_specification and table.stream_specification.get("StreamEnabled"))
    if _enables(stream_specification) == is_enabled:
        raise MockValidationException(
            f"Table already has {'an enabled' if is_enabled else 'a disabled'} stream: TableName: {table.name}"
        )
    table.set_stream_specification(stream_specification)


def deleting_table(tables: SimulatedTables, expiries: Expiries, original: Callable[..., Table]) -> Callable[..., Table]:
    """Replaces `DynamoDBBackend.delete_table`: the stream is kept for a day after its table."""

    def delete_table(backend: DynamoDBBackend, name: str) -> Table:
        table = original(backend, name)
        tables.disable(table)
        expiries.forget(table)
        return table

    return delete_table
