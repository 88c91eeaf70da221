"""Converts the values of a template to the types that an operation takes, as CloudFormation does (TPL-84)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..templates.texts import as_text, json_text

_INTEGERS = ("integer", "long")
_FLOATS = ("float", "double")


def fitted(shape: Any, value: Any, where: str) -> Any:
    """Returns a value with every scalar in the type of botocore's `shape`. What does not fit stays, for botocore to refuse."""
    kind = shape.type_name
    if kind == "structure" and isinstance(value, Mapping):
        members = shape.members
        return {name: fitted(members[name], one, f"{where}/{name}") if name in members else one for name, one in value.items()}
    if kind == "list" and isinstance(value, list):
        return [fitted(shape.member, one, f"{where}/{index}") for index, one in enumerate(value)]
    if kind == "list" and not isinstance(value, Mapping):
        return [fitted(shape.member, value, where)]
    if kind == "map" and isinstance(value, Mapping):
        return {as_text(key, where): fitted(shape.value, one, f"{where}/{key}") for key, one in value.items()}
    return _scalar(kind, value, where)


def _scalar(kind: str, value: Any, where: str) -> Any:
    if kind == "string":
        return json_text(value) if isinstance(value, (Mapping, list)) else as_text(value, where)
    if kind == "boolean" and isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    if isinstance(value, bool):
        return value
    try:
        if kind in _INTEGERS and isinstance(value, (str, float)):
            return int(value)
        if kind in (*_FLOATS, "timestamp") and isinstance(value, str):
            return float(value)
    except ValueError:
        return value
    return value
