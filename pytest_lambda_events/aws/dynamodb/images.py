"""Items as in stream records: plain JSON with base64 text, their size, and when two of them are equal."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from moto.dynamodb.models.dynamo_type import DynamoType, Item

Image = Mapping[str, Mapping[str, Any]]
"""Attributes by name, each as `{"S": ...}` (DDB-E5)."""

CONTAINER_BYTES = 3
ELEMENT_BYTES = 1
_SETS = {"SS": "S", "NS": "N", "BS": "B"}


def image_of(item: Item) -> dict[str, Any]:
    """Returns all attributes of an item as they are now. Later changes of the item do not change the result."""
    return {name: plain(value) for name, value in item.attrs.items()}


def plain(value: Any) -> dict[str, Any]:
    """Returns a typed value of moto or of boto3 as JSON: numbers in the shortest form, binary values as base64 text."""
    is_typed = type(value) is DynamoType or not isinstance(value, Mapping)
    kind, held = (value.type, value.value) if is_typed else next(iter(value.items()))
    if kind == "S":
        return {kind: held}
    if kind == "M":
        return {kind: {name: plain(member) for name, member in held.items()}}
    if kind == "L":
        return {kind: [plain(element) for element in held]}
    if kind in _SETS:
        # The order of Python's sets differs in each process.
        return {kind: sorted(_scalar(_SETS[kind], element) for element in held)}
    return {kind: _scalar(kind, held)}


def _scalar(kind: str, held: Any) -> Any:
    if kind == "N":
        return number_text(str(held))
    if kind == "B" and isinstance(held, bytes):
        return base64.b64encode(held).decode()
    return held


def number_text(text: str) -> str:
    """Returns a number as DynamoDB returns it: without insignificant zeros and without an exponent."""
    if text.isdecimal() and text.isascii() and not text.startswith("0"):
        return text
    try:
        number = Decimal(text)
    except InvalidOperation:
        return text
    if not number.is_finite():
        return text
    written = f"{number:f}" if number else "0"
    return written.rstrip("0").rstrip(".") if "." in written else written


def as_boto3_has_it(value: Mapping[str, Any]) -> dict[str, Any]:
    """Returns a value of an image with its binary parts as bytes."""
    kind, held = next(iter(value.items()))
    if kind == "M":
        return {kind: {name: as_boto3_has_it(member) for name, member in held.items()}}
    if kind == "L":
        return {kind: [as_boto3_has_it(element) for element in held]}
    if kind == "BS":
        return {kind: [base64.b64decode(element) for element in held]}
    return {kind: base64.b64decode(held) if kind == "B" else held}


def are_equal(one: Image, other: Image) -> bool:
    """Returns whether replacing one item by the other changes nothing (DDB-08). The order within a set does not count."""
    return one.keys() == other.keys() and all(
        one[name] == other[name] or _comparable(one[name]) == _comparable(other[name]) for name in one
    )


def _comparable(value: Mapping[str, Any]) -> Any:
    kind, held = next(iter(value.items()))
    if kind == "M":
        return kind, {name: _comparable(member) for name, member in held.items()}
    if kind == "L":
        return kind, [_comparable(element) for element in held]
    return kind, sorted(held) if kind in _SETS else held


def key_text(keys: Image) -> str:
    """Returns the same text for equal primary keys, regardless of the notation of numbers (DDB-12)."""
    return json.dumps(keys, ensure_ascii=False, separators=(",", ":"))


def size_of(image: Image) -> int:
    """Returns the bytes of names and values (DDB-E6)."""
    return sum([_length(name) + _size(value) for name, value in image.items()])


def _length(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))


def _size(value: Mapping[str, Any]) -> int:
    kind, held = next(iter(value.items()))
    if kind == "M":
        return CONTAINER_BYTES + ELEMENT_BYTES * len(held) + size_of(held)
    if kind == "L":
        return CONTAINER_BYTES + sum(ELEMENT_BYTES + _size(element) for element in held)
    if kind in _SETS:
        return sum(_scalar_size(_SETS[kind], element) for element in held)
    return _scalar_size(kind, held)


def _scalar_size(kind: str, held: Any) -> int:
    if kind == "N":
        return _number_size(held)
    if kind == "B":
        return len(base64.b64decode(held))
    return _length(held) if kind == "S" else 1


def _number_size(text: str) -> int:
    """Returns one byte for each two significant digits, one more, and one for a minus sign."""
    digits = text.lstrip("-").replace(".", "").strip("0")
    return 1 + (len(digits) + 1) // 2 + text.startswith("-")
