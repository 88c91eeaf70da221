"""Converts the values of a template to the types that an operation takes, as CloudFormation does (TPL-84, 86)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..templates.errors import TemplateError
from ..templates.scope import MadeUp
from ..templates.texts import as_text, json_text

_INTEGERS = ("integer", "long")
_FLOATS = ("float", "double")


def member_of(shape: Any, name: str) -> str | None:
    """Returns the member of a structure that a property sets. The case of letters may differ: `KmsKeyArn`, `KMSKeyArn`."""
    members = shape.members
    if name in members:
        return name
    if f"Tag{name}" in members:
        return f"Tag{name}"
    lower = name.lower()
    return next((member for member in members if member.lower() == lower), None)


def fitted(shape: Any, value: Any, where: str, unknown: list[str] | None = None) -> Any:
    """Returns a value with every scalar in the type of botocore's `shape`. What does not fit stays, for botocore to refuse.

    Args:
        shape: The shape in botocore's model.
        value: The value in the form of the template.
        where: The place of the value in the template.
        unknown: Receives the places of properties that the operation does not have. They are left out.
    """
    kind = shape.type_name
    if kind == "structure" and isinstance(value, Mapping):
        return _structure(shape, value, where, unknown)
    if kind == "list" and not isinstance(value, list):
        value = _tags(value) if isinstance(value, Mapping) else value.items if isinstance(value, MadeUp) else [value]
    if kind == "list":
        return [fitted(shape.member, one, f"{where}/{index}", unknown) for index, one in enumerate(value)]
    if kind == "map" and isinstance(value, list):
        value = {one["Key"]: one["Value"] for one in value}
    if kind == "map" and isinstance(value, Mapping):
        _check_texts(shape, value, where)
        return {as_text(key, where): fitted(shape.value, one, f"{where}/{key}", unknown) for key, one in value.items()}
    return _scalar(kind, value, where)


def _check_texts(shape: Any, value: Mapping[str, Any], where: str) -> None:
    """Raises `TemplateError` for a map or list where a map of texts has a text."""
    if shape.value.type_name == "string" and any(isinstance(one, (Mapping, list)) for one in value.values()):
        name = where.rpartition("/")[2]
        raise TemplateError(f"Value of property {name} must be an object with String (or simple type) properties")


def _structure(shape: Any, value: Mapping[str, Any], where: str, unknown: list[str] | None) -> dict[str, Any]:
    found = {}
    for name, one in value.items():
        member = member_of(shape, name)
        if member is not None:
            found[member] = fitted(shape.members[member], one, f"{where}/{name}", unknown)
        elif unknown is None:
            found[name] = one
        else:
            unknown.append(f"{where}/{name}")
    return found


def _tags(value: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"Key": key, "Value": one} for key, one in value.items()]


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
