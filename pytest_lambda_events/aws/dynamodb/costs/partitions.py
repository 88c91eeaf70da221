"""`Query` reads the items of one partition of a table or an index. moto sorts and compares all items of the table."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table

from ....patching import Patch

PARAMETERS = (
    "self", "hash_key", "range_comparison", "range_objs", "limit", "exclusive_start_key", "scan_index_forward",
    "projection_expressions", "index_name",
)  # fmt: skip
"""The first parameters of `Table.query` in the releases of moto that this module knows."""

_INDEX_NAME = PARAMETERS.index("index_name")
_CONDITIONS = "hash_key_conditions"
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
    return _parameters_of(Table.query)[: len(PARAMETERS)] == PARAMETERS


@lru_cache(maxsize=1)
def _parameters_of(function: Callable[..., Any]) -> tuple[str, ...]:
    return tuple(inspect.signature(function).parameters)


def patches() -> Sequence[Patch]:
    """Returns the patches of moto."""
    return [
        (Table, "all_items", _listing(Table.all_items)),
        (Table, "query", _querying(Table.query)),
    ]


def _querying(original: Callable[..., Any]) -> Callable[..., Any]:
    has_conditions = _CONDITIONS in _parameters_of(original)

    def query(table: Any, *arguments: Any, **named: Any) -> Any:
        index_name = arguments[_INDEX_NAME - 1] if len(arguments) >= _INDEX_NAME else named.get("index_name")
        hash_key = arguments[0] if arguments else named.get("hash_key")
        if not index_name:
            items = _of_table(table, hash_key)
        else:
            attribute = _hash_attribute(table, index_name)
            # With conditions, moto does not look at `hash_key`.
            items = _of_index(
                table, attribute, dict(named.get(_CONDITIONS) or ()).get(attribute) if has_conditions else hash_key
            )
        return original(table if items is None else _Partition(table, items), *arguments, **named)

    return query


def _of_table(table: Any, hash_key: Any) -> list[Any] | None:
    if type(hash_key) is not DynamoType or hash_key.type not in _KEY_TYPES:
        return None
    found = table.items.get(hash_key)
    if found is None:
        return []
    return sorted(found.values(), key=lambda item: item.range_key.cast_value) if table.range_key_attr else [found]


def _hash_attribute(table: Any, index_name: str) -> Any:
    schemas = {index.name: index.schema for index in table.all_indexes()}
    return next((key["AttributeName"] for key in schemas.get(index_name, ()) if key["KeyType"] == "HASH"), None)


def _of_index(table: Any, attribute: Any, hash_key: Any) -> list[Any] | None:
    """Returns the items of a partition of an index in the order of moto, or None if only moto can find them."""
    if attribute is None or type(hash_key) is not DynamoType or hash_key.type != "S":
        return None
    text = hash_key.value
    return _in_order([
        item for item in _unordered(table)
        if (value := item.attrs.get(attribute)) is not None and value.type == "S" and value.value == text
    ])  # fmt: skip


def _listing(original: Callable[[Any], list[Any]]) -> Callable[[Any], list[Any]]:
    """Replaces `Table.all_items`, which casts the keys in each comparison."""

    def all_items(table: Any) -> list[Any]:
        items = _in_order(_unordered(table))
        return original(table) if items is None else items

    return all_items


def _unordered(table: Any) -> list[Any]:
    found = list(table.items.values())
    return [item for of_hash_key in found for item in of_hash_key.values()] if table.range_key_attr else found


def _in_order(items: list[Any]) -> list[Any] | None:
    """Returns items by their keys, or None for types whose order only moto knows."""
    types = {(item.hash_key.type, item.range_key and item.range_key.type) for item in items}
    if not types:
        return []
    [(hash_type, range_type), *others] = types
    if others or hash_type != "S" or range_type not in _ORDERED:
        return None
    if range_type is None:
        return sorted(items, key=lambda item: item.hash_key.value)
    return sorted(items, key=lambda item: (item.hash_key.value, item.range_key.cast_value))
