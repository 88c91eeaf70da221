"""Finds out quickly that the parameters of a call are valid. botocore's own code explains what is wrong with others."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any
from weakref import WeakKeyDictionary

from botocore.validate import ParamValidator, ValidationErrors

Check = Callable[[Any], bool]
"""Returns whether a value is valid for sure. False means that botocore has to look."""

_NUMBERS = {"integer": (int,), "long": (int,), "float": (float, int), "double": (float, int)}
_PLAIN = {"string": str, "boolean": bool, "integer": int, "long": int, "float": float, "double": float}
_BLOBS = (bytes, bytearray, str, BytesIO)


def checks_quickly(checks: WeakKeyDictionary[Any, Check | None]) -> tuple[Any, str, Callable[..., Any]]:
    """Returns the patch of botocore's check of parameters. Its result is the same.

    `checks` has the check of each shape that was used, None after the first time: many clients call an operation only once.
    """
    validate: Callable[..., Any] = ParamValidator.validate

    def validate_quickly(validator: Any, params: Any, shape: Any) -> Any:
        check = checks.get(shape)
        if check is None:
            checks[shape] = _check_of(shape) if shape in checks else None
        elif type(validator) is ParamValidator and check(params):
            return ValidationErrors()
        return validate(validator, params, shape)

    return ParamValidator, "validate", validate_quickly


def _check_of(shape: Any) -> Check:
    """Returns the check of a shape. It makes the checks of shapes inside when they are needed."""
    serialization = getattr(shape, "serialization", {})
    if getattr(shape, "is_document_type", False) or serialization.get("jsonvalue") or serialization.get("hostLabel"):
        return _is_never_sure
    kind = shape.type_name
    if kind == "structure":
        return _structure(shape)
    if kind == "list":
        return _list(shape)
    return _map(shape) if kind == "map" else _scalar(shape)


def _structure(shape: Any) -> Check:
    required, is_union = frozenset(shape.metadata.get("required", ())), shape.is_tagged_union
    plain: dict[str, type | None] = {}
    checks: dict[str, Check] = {}

    def is_known(name: Any) -> bool:
        member = shape.members.get(name)
        if member is not None:
            plain[name], checks[name] = _plain_type(member), _check_of(member)
        return member is not None

    def is_valid(value: Any) -> bool:
        if type(value) is not dict or not required <= value.keys() or (is_union and len(value) != 1):
            return False
        for name, member in value.items():
            if plain.get(name) is not type(member) and not ((name in checks or is_known(name)) and checks[name](member)):
                return False
        return True

    return is_valid


def _list(shape: Any) -> Check:
    plain, is_item, least = _plain_type(shape.member), _late(shape.member), _least(shape)

    def is_valid(value: Any) -> bool:
        if type(value) not in (list, tuple) or (least is not None and len(value) < least):
            return False
        return all(map(is_item, [item for item in value if type(item) is not plain]))

    return is_valid


def _map(shape: Any) -> Check:
    is_key, plain, is_item = _check_of(shape.key), _plain_type(shape.value), _late(shape.value)

    def is_valid(value: Any) -> bool:
        if type(value) is not dict or not all(map(is_key, value)):
            return False
        return all(map(is_item, [item for item in value.values() if type(item) is not plain]))

    return is_valid


def _late(shape: Any) -> Check:
    """Returns the check of a shape that may contain the shape that is being compiled."""
    check: Check | None = None

    def is_valid(value: Any) -> bool:
        nonlocal check
        if check is None:
            check = _check_of(shape)
        return check(value)

    return is_valid


def _scalar(shape: Any) -> Check:
    kind, least, plain = shape.type_name, _least(shape), _plain_type(shape)
    if kind == "blob":
        return lambda value: type(value) in _BLOBS
    if kind == "string":
        return lambda value: type(value) is str and (least is None or len(value) >= least)
    types = _NUMBERS.get(kind, ())
    return lambda value: type(value) is plain or (type(value) in types and (least is None or value >= least))


def _plain_type(shape: Any) -> type | None:
    """Returns a type whose values are all valid, or None."""
    serialization = getattr(shape, "serialization", {})
    is_free = _least(shape) is None and not serialization.get("jsonvalue") and not serialization.get("hostLabel")
    return _PLAIN.get(shape.type_name) if is_free else None


def _least(shape: Any) -> Any:
    return shape.metadata.get("min")


def _is_never_sure(value: Any) -> bool:
    return False
