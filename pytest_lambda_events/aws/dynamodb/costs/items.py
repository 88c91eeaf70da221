"""Items are copied, measured and written as JSON without `copy.deepcopy`, and each attribute of a new item is measured once.

Unusual items are left to moto: large ones, and values that DynamoDB does not have.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any

from moto.dynamodb import responses
from moto.dynamodb.models.dynamo_type import DynamoType, Item, LimitedSizeDict
from moto.dynamodb.models.utilities import bytesize

from ....patching import Patch

SMALL_BYTES = 100_000
"""The size of an item for which moto's limit does not matter."""

_AS_IS = ("S", "N", "BOOL", "NULL")
_TEXTS = ("S", "B")
_SETS = ("SS", "NS", "BS")
_PLAIN = (*_AS_IS, "L", "M", "SS", "NS")
_IMMUTABLE = frozenset({str, bytes, bool, int, float, type(None)})

Method = Callable[..., Any]


def patches() -> Sequence[Patch]:
    """Returns the patches of moto."""
    found: list[Patch] = [
        (DynamoType, "__init__", _creating(DynamoType.__init__)),
        (DynamoType, "__deepcopy__", copied_value),
        (DynamoType, "cast_value", _casting(vars(DynamoType)["cast_value"])),
        (DynamoType, "size", _measuring(DynamoType.size)),
        (DynamoType, "to_regular_json", _writing(DynamoType.to_regular_json)),
        (LimitedSizeDict, "__setitem__", _setting(LimitedSizeDict.__setitem__)),
        (Item, "__init__", _creating_item(Item.__init__)),
        (Item, "__deepcopy__", copied_item),
        (Item, "project", _projecting(Item.project)),
        (Item, "size", lambda item: _bytes(item.attrs)),
    ]
    if hasattr(responses, "dynamo_to_dict"):
        found.append((responses, "dynamo_to_dict", _plain(responses.dynamo_to_dict)))
    return found


def _creating(original: Method) -> Method:
    """Replaces `DynamoType.__init__`."""

    def create(value: Any, type_as_dict: Any) -> None:
        if type(type_as_dict) is DynamoType:
            kind, held = type_as_dict.type, type_as_dict.value
        elif type(type_as_dict) is dict and type_as_dict:
            kind, held = next(iter(type_as_dict.items()))
        else:
            original(value, type_as_dict)
            return
        if kind == "L":
            held = [DynamoType(element) for element in held]
        elif kind == "M":
            held = {name: DynamoType(member) for name, member in held.items()}
        value.type, value.value = kind, held

    return create


def copied_value(value: Any, memo: dict[int, Any]) -> Any:
    """Replaces `copy.deepcopy` of a value. Numbers and texts are shared, because moto replaces them and never changes them."""
    kind, held = value.type, value.value
    if type(held) in _IMMUTABLE:
        return value
    if id(value) in memo:
        return memo[id(value)]
    result: Any = object.__new__(type(value))
    memo[id(value)] = result
    result.type = kind
    if kind == "L":
        result.value = [_copied(element, memo) for element in held]
    elif kind == "M":
        result.value = {name: _copied(member, memo) for name, member in held.items()}
    else:
        result.value = list(held) if kind in _SETS else copy.deepcopy(held, memo)
    return result


def _copied(value: Any, memo: dict[int, Any]) -> Any:
    return copied_value(value, memo) if type(value) is DynamoType else copy.deepcopy(value, memo)


def copied_item(item: Any, memo: dict[int, Any]) -> Any:
    """Replaces `copy.deepcopy` of an item."""
    result: Any = object.__new__(type(item))
    memo[id(item)] = result
    result.hash_key, result.range_key = copy.deepcopy(item.hash_key, memo), copy.deepcopy(item.range_key, memo)
    result.attrs = dict.__new__(type(item.attrs))
    dict.update(
        result.attrs,
        {
            name: value if type(value) is DynamoType and type(value.value) in _IMMUTABLE else _copied(value, memo)
            for name, value in item.attrs.items()
        },
    )
    return result


def _casting(original: property) -> property:
    cast = original.fget
    assert cast is not None
    return property(lambda value: value.value if value.type == "S" else cast(value))


def _measuring(original: Method) -> Method:
    """Replaces `DynamoType.size`."""

    def size(value: Any) -> Any:
        kind, held = value.type, value.value
        if type(held) is str and kind in _TEXTS:
            return _length(held)
        if kind == "N":
            return len(str(held))
        if kind == "L":
            return sum([element.size() for element in held])
        if kind == "M":
            return _bytes(held)
        return original(value)

    return size


def _bytes(attributes: Any) -> Any:
    total = 0
    for name, value in attributes.items():
        total += len(name) if name.isascii() else bytesize(name)
        if type(value) is DynamoType and type(value.value) is str and value.type in _TEXTS and value.value.isascii():
            total += len(value.value)
        else:
            total += _size(value)
    return total


def _size(value: Any) -> Any:
    return value.size() if type(value) is DynamoType else DynamoType(value).size()


def _length(text: Any) -> int:
    return len(text) if type(text) is str and text.isascii() else bytesize(text)


def _writing(original: Method) -> Method:
    """Replaces `DynamoType.to_regular_json`."""

    def to_regular_json(value: Any) -> Any:
        kind, held = value.type, value.value
        if kind in _AS_IS and type(held) in _IMMUTABLE:
            return {kind: held}
        if kind == "M":
            return {kind: {name: written(member) for name, member in held.items()}}
        if kind == "L":
            return {kind: [written(element) for element in held]}
        return original(value)

    def written(value: Any) -> Any:
        return to_regular_json(value) if type(value) is DynamoType else copy.deepcopy(value)

    return to_regular_json


class _Attributes(dict[str, Any]):
    """The attributes of an item as values of Python. Each access returns a new copy."""

    def __getitem__(self, name: str) -> Any:
        return copy.deepcopy(super().__getitem__(name))


class _Projected:
    """An item for `Item.project`, which converts all attributes again for each path."""

    def __init__(self, item: Any) -> None:
        self._item = item
        self._attributes: _Attributes | None = None

    def to_regular_json(self) -> _Attributes:
        if self._attributes is None:
            self._attributes = _Attributes(self._item.to_regular_json())
        return self._attributes

    def __getattr__(self, name: str) -> Any:
        return getattr(self._item, name)


def _projecting(original: Method) -> Method:
    """Replaces `Item.project`."""

    def project(item: Any, projection_expressions: Any) -> Any:
        return original(_Projected(item), projection_expressions)

    return project


def _setting(original: Method) -> Method:
    """Replaces `LimitedSizeDict.__setitem__`, which measures all attributes for each of them."""

    def set_item(attributes: Any, key: str, value: Any) -> None:
        are_known = type(value) is DynamoType and all(type(held) is DynamoType for held in attributes.values())
        if are_known and _length(key) + value.size() + _bytes(attributes) <= SMALL_BYTES:
            dict.__setitem__(attributes, key, value)
        else:
            original(attributes, key, value)

    return set_item


def _creating_item(original: Method) -> Method:
    """Replaces `Item.__init__`."""

    def create(item: Any, hash_key: Any, range_key: Any, attrs: Any) -> None:
        try:
            typed = {name: DynamoType(value) for name, value in attrs.items()}
            is_small = _bytes(typed) <= SMALL_BYTES
        except Exception:
            # moto has the error.
            is_small = False
        if not is_small:
            original(item, hash_key, range_key, attrs)
            return
        item.hash_key, item.range_key, item.attrs = hash_key, range_key, LimitedSizeDict()
        dict.update(item.attrs, typed)

    return create


def _plain(original: Method) -> Method:
    """Replaces `dynamo_to_dict`."""

    def plain(value: Any) -> Any:
        kind = type(value)
        if kind in _IMMUTABLE:
            return value
        if kind is dict or kind is LimitedSizeDict:
            return {name: plain(member) for name, member in value.items()}
        if kind is list:
            return [plain(element) for element in value]
        if kind is DynamoType and value.type in _PLAIN:
            return {value.type: plain(value.value)}
        return original(value)

    return plain
