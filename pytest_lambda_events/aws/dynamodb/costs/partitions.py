"""`Query` reads the items of one partition. moto sorts and compares all items of the table."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table

from ...repairs import Patch

PARAMETERS = (
    "self", "hash_key", "range_comparison", "range_objs", "limit", "exclusive_start_key", "scan_index_forward",
    "projection_expressions", "index_name",
)  # fmt: skip
"""The first parameters of `Table.query` in the releases of moto that this module knows."""

_INDEX_NAME = PARAMETERS.index("index_name")
_KEY_TYPES = ("S", "N", "B")
_ORDERED = ("S", "N", None)


class _Partition:
    """A table that contains the items of one partition. All other attributes are those of the original."""

    def __init__(self, table: Any, items: list[Any]) -> None:
        self._table = table
        self._items = items

    def all_items(self) -> list[Any]:
        return self._items

    def __getattr__(self, name: str) -> Any:
        return getattr(self._table, name)


def has_known_parameters() -> bool:
    """Returns whether `Table.query` has the parameters that this module knows."""
    return tuple(inspect.signature(Table.query).parameters)[: len(PARAMETERS)] == PARAMETERS


def patches() -> Sequence[Patch]:
    """Returns the patches of moto."""
    return [
        (Table, "all_items", _listing(Table.all_items)),
        (Table, "query", _querying(Table.query)),
    ]


def _querying(original: Callable[..., Any]) -> Callable[..., Any]:
    def query(table: Any, *arguments: Any, **named: Any) -> Any:
        index_name = arguments[_INDEX_NAME - 1] if len(arguments) >= _INDEX_NAME else named.get("index_name")
        hash_key = arguments[0] if arguments else named.get("hash_key")
        if index_name or type(hash_key) is not DynamoType or hash_key.type not in _KEY_TYPES:
            return original(table, *arguments, **named)
        return original(_Partition(table, _items_of(table, hash_key)), *arguments, **named)

    return query


def _items_of(table: Any, hash_key: Any) -> list[Any]:
    found = table.items.get(hash_key)
    if found is None:
        return []
    return sorted(found.values(), key=lambda item: item.range_key.cast_value) if table.range_key_attr else [found]


def _listing(original: Callable[[Any], list[Any]]) -> Callable[[Any], list[Any]]:
    """Replaces `Table.all_items`, which casts the keys in each comparison."""

    def all_items(table: Any) -> list[Any]:
        items = list(table.items.values())
        if table.range_key_attr:
            items = [item for of_hash_key in items for item in of_hash_key.values()]
        types = {(item.hash_key.type, item.range_key and item.range_key.type) for item in items}
        if len(types) != 1:
            return original(table)
        [(hash_type, range_type)] = types
        if hash_type != "S" or range_type not in _ORDERED:
            return original(table)
        if range_type is None:
            return sorted(items, key=lambda item: item.hash_key.value)
        return sorted(items, key=lambda item: (item.hash_key.value, item.range_key.cast_value))

    return all_items
