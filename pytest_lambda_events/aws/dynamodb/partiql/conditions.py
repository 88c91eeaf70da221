"""Evaluates PartiQL conditions on items, and finds what they require of the key."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from ..images import Image, plain
from .statements import (
    All,
    AnyOf,
    Between,
    Call,
    Comparison,
    Condition,
    In,
    IsMissing,
    Not,
    Operand,
    Path,
    Size,
    Value,
)

Typed = Mapping[str, Any]

ORDERED_KINDS = ("S", "N", "B")
_SWAPPED = {"=": "=", "<>": "<>", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_LENGTH_KINDS = ("S", "SS", "NS", "BS", "L", "M")


class WrongOperand(Exception):
    """An operand has a type that the operator or function does not accept."""


def is_true(condition: Condition, item: Image) -> bool:
    """Returns whether the condition is true. Raises `WrongOperand`."""
    if isinstance(condition, All):
        return all(is_true(part, item) for part in condition.conditions)
    if isinstance(condition, AnyOf):
        return any(is_true(part, item) for part in condition.conditions)
    if isinstance(condition, Not):
        return not is_true(condition.condition, item)
    if isinstance(condition, IsMissing):
        return value_at(condition.path, item) is None
    if isinstance(condition, In):
        found = _valued(condition.operand, item)
        return any(_compare("=", found, _valued(option, item)) for option in condition.options)
    if isinstance(condition, Between):
        found, low, high = (_valued(operand, item) for operand in (condition.operand, condition.low, condition.high))
        return _compare(">=", found, low) and _compare("<=", found, high)
    if isinstance(condition, Call):
        return _call(condition, item)
    return _compare(condition.operator, _valued(condition.left, item), _valued(condition.right, item))


def value_at(path: Path, item: Image) -> Typed | None:
    """Returns the value of an item at a path; None if there is none."""
    found: Typed | None = {"M": item}
    for step in path:
        if found is None:
            return None
        kind, held = next(iter(found.items()))
        if isinstance(step, int):
            found = held[step] if kind == "L" and step < len(held) else None
        else:
            found = held.get(step) if kind == "M" else None
    return found


def key_values(condition: All, name: str) -> Sequence[Typed]:
    """Returns the possible values of an attribute, if an equality or an IN restricts all items to them; else nothing."""
    for part in condition.conditions:
        if isinstance(part, In) and part.operand == (name,) and all(isinstance(option, Value) for option in part.options):
            return [option.typed for option in part.options if isinstance(option, Value)]
        compared = _of_attribute(part, name)
        if compared is not None and compared[0] == "=":
            return [compared[1]]
    return []


def equal_value(condition: All, name: str) -> Typed | None:
    """Returns the value of an attribute, if an equality restricts all items to it."""
    for part in condition.conditions:
        compared = _of_attribute(part, name)
        if compared is not None and compared[0] == "=":
            return compared[1]
    return None


def without_equality(condition: All, names: Sequence[str]) -> All:
    """Returns a condition without the equalities of these attributes."""
    found = {name: equal_value(condition, name) for name in names}
    left = [part for part in condition.conditions if not any(_of_attribute(part, n) == ("=", v) for n, v in found.items())]
    return All(tuple(left))


def is_of_key(condition: Condition, names: Sequence[str]) -> bool:
    """Returns whether a condition contains only one of these attributes, and values."""
    if isinstance(condition, In):
        return condition.operand in [(name,) for name in names] and all(isinstance(o, Value) for o in condition.options)
    if isinstance(condition, Between):
        return condition.operand in [(name,) for name in names]
    if isinstance(condition, Call):
        return condition.function == "begins_with" and condition.path in [(name,) for name in names]
    compared = [_of_attribute(condition, name) for name in names]
    return any(found is not None and found[0] != "<>" for found in compared)


def operands_of(condition: Condition) -> Iterator[Operand]:
    """Yields all paths, sizes and values of a condition."""
    if isinstance(condition, All | AnyOf):
        for part in condition.conditions:
            yield from operands_of(part)
    elif isinstance(condition, Not):
        yield from operands_of(condition.condition)
    elif isinstance(condition, IsMissing):
        yield condition.path
    elif isinstance(condition, Call):
        yield from (condition.path, condition.argument)
    elif isinstance(condition, In):
        yield from (condition.operand, *condition.options)
    elif isinstance(condition, Between):
        yield from (condition.operand, condition.low, condition.high)
    else:
        yield from (condition.left, condition.right)


def attributes_of(condition: Condition) -> set[str]:
    """Returns the attributes in a condition."""
    paths = [operand.path if isinstance(operand, Size) else operand for operand in operands_of(condition)]
    return {str(path[0]) for path in paths if not isinstance(path, Value)}


def _of_attribute(condition: Condition, name: str) -> tuple[str, Typed] | None:
    """Returns the operator and the value, if an attribute is compared with a value."""
    if not isinstance(condition, Comparison):
        return None
    if condition.left == (name,) and isinstance(condition.right, Value):
        return condition.operator, condition.right.typed
    if condition.right == (name,) and isinstance(condition.left, Value):
        return _SWAPPED[condition.operator], condition.left.typed
    return None


def _valued(operand: Operand, item: Image) -> Typed | None:
    if isinstance(operand, Value):
        return plain(operand.typed)
    if isinstance(operand, Size):
        return _size(value_at(operand.path, item))
    return value_at(operand, item)


def _size(value: Typed | None) -> Typed | None:
    if value is None:
        return None
    kind, held = next(iter(value.items()))
    if kind == "B":
        return {"N": str(len(base64.b64decode(held)))}
    return {"N": str(len(held))} if kind in _LENGTH_KINDS else None


def _compare(operator: str, left: Typed | None, right: Typed | None) -> bool:
    if operator == "<>":
        return left != right
    if left is None or right is None:
        return False
    if operator == "=":
        return left == right
    kind, other = next(iter(left)), next(iter(right))
    if kind not in ORDERED_KINDS or other not in ORDERED_KINDS:
        raise WrongOperand(f"operator: {operator}, operand type: {kind if kind not in ORDERED_KINDS else other}")
    if kind != other:
        return False
    one, two = ordered(left), ordered(right)
    return bool({"<": one < two, "<=": one <= two, ">": one > two, ">=": one >= two}[operator])


def ordered(value: Typed) -> Any:
    """Returns a comparable form of a text, a number or a binary value."""
    kind, held = next(iter(value.items()))
    if kind == "N":
        return Decimal(held)
    return base64.b64decode(held) if kind == "B" else held.encode("utf-8", "surrogatepass")


def _call(call: Call, item: Image) -> bool:
    found, argument = value_at(call.path, item), plain(call.argument.typed)
    kind, wanted = next(iter(argument.items()))
    if call.function == "attribute_type":
        return found is not None and next(iter(found)) == wanted
    if call.function == "begins_with" and kind not in ("S", "B"):
        raise WrongOperand(f"operator or function: begins_with, operand type: {kind}")
    if found is None:
        return False
    held_kind, held = next(iter(found.items()))
    if held_kind in ("SS", "NS", "BS"):
        return call.function == "contains" and held_kind == f"{kind}S" and wanted in held
    if held_kind == "L":
        return call.function == "contains" and argument in held
    if held_kind != kind or kind not in ("S", "B"):
        return False
    text, part = ordered(found), ordered(argument)
    return bool(text.startswith(part)) if call.function == "begins_with" else part in text
