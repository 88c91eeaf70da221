"""Checks of new items in moto pass immediately for plain values: texts, numbers, flags, lists. moto checks others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from moto.dynamodb import responses
from moto.dynamodb.models.table import Table

from ....patching import Patch

_EMPTY = ("validate_put_has_empty_keys", "validate_put_has_empty_attrs")
_TYPES = "_validate_item_types"
_DIGITS = 38
"""The digits of a number of DynamoDB."""
_HELD = {"S": str, "B": bytes, "BOOL": bool, "L": list}

Method = Callable[..., Any]


def has_checks() -> bool:
    """Returns whether moto has the checks under their known names."""
    return hasattr(Table, _TYPES) and all(hasattr(responses, name) for name in _EMPTY)


def patches() -> Sequence[Patch]:
    """Returns the patches of moto."""
    is_known = _remembering()
    return (
        (Table, _TYPES, _checking_types(getattr(Table, _TYPES), is_known)),
        *((responses, name, _checking_texts(getattr(responses, name), is_known)) for name in _EMPTY),
    )


def _remembering() -> Callable[[Any], bool]:
    """Returns `is_plain` for checks that follow each other: they get the same item, which no code changes between them."""
    last: tuple[Any, bool] = (None, False)

    def is_known(item: Any) -> bool:
        nonlocal last
        if last[0] is not item:
            last = (item, is_plain(item))
        return last[1]

    return is_known


def is_plain(item: Any) -> bool:
    """Returns whether no check of moto can refuse the values of an item: nothing is empty, and there are no maps and sets."""
    if type(item) is not dict:
        return False
    for value in item.values():
        if type(value) is not dict or len(value) != 1:
            return False
        ((kind, held),) = value.items()
        if kind == "N":
            if type(held) is not str or not held.isascii() or not held.isdecimal() or len(held) > _DIGITS:
                return False
        elif type(held) is not _HELD.get(kind) or (kind != "BOOL" and not held):
            return False
    return True


def _checking_types(check: Method, is_known: Callable[[Any], bool]) -> Method:
    def check_types(table: Any, item: Any, attr: Any = None) -> None:
        if attr is not None or not is_known(item):
            check(table, item, attr)

    return check_types


def _checking_texts(check: Method, is_known: Callable[[Any], bool]) -> Method:
    def check_texts(item: Any, table: Any, *more: Any, **others: Any) -> None:
        if not is_known(item):
            check(item, table, *more, **others)

    return check_texts
