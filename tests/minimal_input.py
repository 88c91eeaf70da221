"""The smallest input that botocore takes for an operation."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from botocore.model import OperationModel, Shape

ACCOUNT_ID = "123456789012"
TEXT = "abcdefghijklmnopqrstuvwxyz"
LONGEST_TEXT = 512


def minimal_input(operation: OperationModel) -> dict[str, Any]:
    """Returns values for the required members of an operation's input."""
    return {} if operation.input_shape is None else _structure(operation.input_shape, ())


def _structure(shape: Any, above: tuple[str, ...]) -> dict[str, Any]:
    wanted = [*shape.required_members, *([next(iter(shape.members))] if shape.is_tagged_union else [])]
    return {name: _value(name, shape.members[name], above) for name in wanted}


def _value(name: str, shape: Any, above: tuple[str, ...]) -> Any:
    if shape.type_name == "structure":
        return {} if shape.name in above else _structure(shape, (*above, shape.name))
    if shape.type_name == "list":
        return [_value(name, shape.member, above)] * max(1, shape.metadata.get("min", 0))
    if shape.type_name == "map":
        return {_value("key", shape.key, above): _value("value", shape.value, above)}
    return _plain(name, shape)


def _plain(name: str, shape: Shape) -> Any:
    least = shape.metadata.get("min", 1)
    if shape.type_name in ("integer", "long"):
        return max(int(least), 1)
    if shape.type_name in ("float", "double"):
        return float(least)
    if shape.type_name == "boolean":
        return True
    if shape.type_name == "timestamp":
        return datetime(2026, 1, 1, tzinfo=timezone.utc)
    if shape.type_name == "blob":
        return b"x" * max(int(least), 1)
    return _text(name, shape, int(least))


def _text(name: str, shape: Any, least: int) -> str:
    if shape.enum:
        return str(shape.enum[0])
    if name.lower() == "accountid":
        return ACCOUNT_ID
    return (TEXT * (1 + least // len(TEXT)))[: max(least, 3)]
