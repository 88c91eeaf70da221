"""One operation on a table makes one change of each item. If it fails, it changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import field, replace
from typing import Any

from moto.dynamodb.models.dynamo_type import DynamoType, Item

from ...values import dataclass
from .images import Image, are_equal, image_of, key_text, plain
from .simulated_stream import Change

Key = tuple[Any, Any]
"""The values of hash key and range key; None for no range key."""


def keys_of(table: Any, item: Item) -> Image:
    """Returns the primary key of an item as records have it."""
    held = {table.hash_key_attr: plain(item.hash_key)}
    if table.range_key_attr is not None:
        held[table.range_key_attr] = plain(item.range_key)
    return held


def key_in(table: Any, attributes: Any) -> Key | None:
    """Returns the primary key in the attributes of a call; None if it is not complete."""
    names = [name for name in (table.hash_key_attr, table.range_key_attr) if name is not None]
    if not all(isinstance(attributes.get(name), dict) and attributes[name] for name in names):
        return None
    values = [DynamoType(attributes[name]) for name in names]
    return values[0], values[1] if len(values) > 1 else None


def item_at(table: Any, key: Key) -> Any:
    """Returns the item of a key in moto, if it exists."""
    hash_key, range_key = key
    held = table.items.get(hash_key)
    return held if range_key is None or held is None else held.get(range_key)


def put_at(table: Any, key: Key, item: Any) -> None:
    """Stores this item, or None, at a key of a table."""
    hash_key, range_key = key
    of_hash_key = table.items if range_key is None else table.items[hash_key]
    last = hash_key if range_key is None else range_key
    if item is None:
        of_hash_key.pop(last, None)
    else:
        of_hash_key[last] = item


@dataclass(eq=False, slots=True)
class _Operation:
    """The changes of one operation so far. `new` of a change is moto's item, which the operation may still change."""

    changes: dict[tuple[int, str], _Written] = field(default_factory=dict)
    undo: list[Callable[[], None]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Written:
    table: Any
    keys: Image
    old: Image | None
    new: Item | None
    is_expiry: bool


class Operations:
    """The operations of one simulated AWS. `changed` is called for each item that an operation has changed, once per
    operation.
    """

    def __init__(self, changed: Callable[[Any, Change], None]) -> None:
        self._changed = changed
        self._open: list[_Operation] = []
        self._is_expiry = False

    @property
    def is_open(self) -> bool:
        """Returns whether an operation is in progress."""
        return bool(self._open)

    @contextmanager
    def one(self) -> Iterator[None]:
        """Makes the block one operation. It is undone if the block raises an error. An inner one is part of the outer one."""
        operation = _Operation()
        self._open.append(operation)
        try:
            yield
        except BaseException:
            self._open.pop()
            for undo in reversed(operation.undo):
                undo()
            raise
        self._open.pop()
        if self._open:
            self._open[-1].undo += operation.undo
        for written in operation.changes.values():
            self._add(written)

    @contextmanager
    def of_expiry(self) -> Iterator[None]:
        """Marks items that are deleted in the block as expired."""
        self._is_expiry = True
        try:
            yield
        finally:
            self._is_expiry = False

    def wrote(self, table: Any, old: Item | None, new: Item | None) -> None:
        """Is called when an item of a table with a stream was written or deleted."""
        item = new if new is not None else old
        assert item is not None
        before = None if old is None else image_of(old)
        self._add(_Written(table, keys_of(table, item), before, new, self._is_expiry))

    def on_failure(self, undo: Callable[[], None]) -> None:
        """Runs `undo` if the current operation fails."""
        if self._open:
            self._open[-1].undo.append(undo)

    def _add(self, written: _Written) -> None:
        if not self._open:
            self._report(written)
            return
        changes = self._open[-1].changes
        place = (id(written.table), key_text(written.keys))
        first = changes.get(place)
        changes[place] = written if first is None else replace(written, old=first.old)

    def _report(self, written: _Written) -> None:
        new = None if written.new is None else image_of(written.new)
        old = written.old
        if (old is None and new is None) or (old is not None and new is not None and are_equal(old, new)):
            return
        self._changed(written.table, Change(written.keys, old, new, written.is_expiry))
