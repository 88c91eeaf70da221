"""The repairs of moto's DynamoDB and its streams, for the length of a world: those that this release of moto needs."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest import mock

from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.table import StreamShard, Table

from ...simulation.simulation import Simulation
from . import settings
from .live import LiveTables
from .writes import item_at, key_in, put_at


@contextmanager
def tables_repaired(simulation: Simulation) -> Iterator[None]:
    """Repair moto's DynamoDB for the length of a world."""
    tables = LiveTables(simulation)
    tables.adopt()
    patches: list[tuple[Any, str, Any]] = [
        (DynamoDBBackend, "live_tables", tables),
        (StreamShard, "add", lambda shard, old, new: tables.wrote(shard.table, old, new)),
        (Table, "set_stream_specification", settings.setting_streams(tables)),
        (Table, "put_item", _putting(tables, Table.put_item)),
        (Table, "delete_item", _deleting(tables, Table.delete_item)),
        (DynamoDBBackend, "update_item", _updating(tables, DynamoDBBackend.update_item)),
        (DynamoDBBackend, "update_table_streams", settings.update_table_streams),
        (DynamoDBBackend, "transact_write_items", _in_one(tables, DynamoDBBackend.transact_write_items)),
        (DynamoDBBackend, "execute_transaction", _in_one(tables, DynamoDBBackend.execute_transaction)),
        (DynamoDBBackend, "delete_table", settings.deleting_table(tables, DynamoDBBackend.delete_table)),
    ]
    with ExitStack() as stack:
        stack.callback(tables.give_back)
        for owner, name, repaired in patches:
            stack.enter_context(mock.patch.object(owner, name, repaired, create=name == "live_tables"))
        yield


def _putting(tables: LiveTables, original: Callable[..., Any]) -> Callable[..., Any]:
    def put_item(table: Table, item_attrs: dict[str, Any], *others: Any, **named: Any) -> Any:
        _restored_on_failure(tables, table, item_attrs)
        return original(table, item_attrs, *others, **named)

    return put_item


def _deleting(tables: LiveTables, original: Callable[..., Any]) -> Callable[..., Any]:
    def delete_item(table: Table, hash_key: Any, range_key: Any) -> Any:
        key = (hash_key, range_key)
        before = item_at(table, key)
        tables.operations.on_failure(lambda: put_at(table, key, before))
        return original(table, hash_key, range_key)

    return delete_item


def _updating(tables: LiveTables, original: Callable[..., Any]) -> Callable[..., Any]:
    """`update_item`: one change of one item, also where moto first puts it and then updates it in place."""

    def update_item(backend: DynamoDBBackend, table_name: str, key: dict[str, Any], *others: Any, **named: Any) -> Any:
        table = backend.get_table(table_name)
        with tables.operations.one():
            _restored_on_failure(tables, table, key)
            return original(backend, table_name, key, *others, **named)

    return update_item


def _restored_on_failure(tables: LiveTables, table: Table, attributes: dict[str, Any]) -> None:
    key = key_in(table, attributes) if tables.operations.is_open else None
    if key is not None:
        # A copy: moto updates items in place.
        before = copy.deepcopy(item_at(table, key))
        tables.operations.on_failure(lambda: put_at(table, key, before))


def _in_one(tables: LiveTables, original: Callable[..., Any]) -> Callable[..., Any]:
    """All writes of a call take effect, or none. moto would copy whole tables for that, and put the copies in their place."""

    def in_one(backend: DynamoDBBackend, *arguments: Any, **keywords: Any) -> Any:
        with tables.operations.one(), mock.patch.object(Table, "__deepcopy__", _itself, create=True):
            return original(backend, *arguments, **keywords)

    return in_one


def _itself(table: Table, memo: Any) -> Table:
    return table
