"""Converts values of a template to the types of the API. CloudFormation accepts text for numbers and numbers for text."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Mapping
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

_INTEGER = re.compile(r"[+-]?\d+")


def fitted(shape: Shape | None, value: Any, name: str = "") -> Any:
    """Returns `value` as a value of `shape`, which has this name in its parent. Text that is not a number is unchanged.

    Raises:
        ValidationError: A map or a list is passed instead of text, as in CloudFormation.
    """
    if isinstance(shape, StructureShape) and isinstance(value, Mapping):
        return {str(key): fitted(shape.members.get(key), part, str(key)) for key, part in value.items()}
    if isinstance(shape, MapShape) and isinstance(value, Mapping):
        return {text_of(key): _fitted_part(shape, part, name) for key, part in value.items()}
    if isinstance(shape, ListShape) and isinstance(value, (list, tuple)):
        return [fitted(shape.member, part, name) for part in value]
    if shape is None:
        return value
    if shape.type_name == "string":
        return _checked_text(value, f"Value of property {name} must be of type String")
    return _number_or_boolean(shape.type_name, value) if isinstance(value, str) else value


def _fitted_part(shape: MapShape, part: Any, name: str) -> Any:
    if shape.value.type_name != "string":
        return fitted(shape.value, part, name)
    return _checked_text(part, f"Value of property {name} must be an object with String (or simple type) properties")


def text_of(value: Any) -> str:
    """Returns a number, a boolean or a date of a template as text, as in JSON."""
    if isinstance(value, datetime.date):
        return value.isoformat()
    return value if isinstance(value, str) else json.dumps(value)


def _checked_text(value: Any, message: str) -> Any:
    if isinstance(value, (Mapping, list, tuple)):
        from moto.cloudformation.exceptions import ValidationError

        raise ValidationError(message=message)
    return None if value is None else text_of(value)


def _number_or_boolean(type_name: str, text: str) -> Any:
    if type_name in ("integer", "long") and _INTEGER.fullmatch(text):
        return int(text)
    if type_name == "boolean" and text.lower() in ("true", "false"):
        return text.lower() == "true"
    return text
