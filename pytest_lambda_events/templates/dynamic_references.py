"""Finds dynamic references in values: `{{resolve:ssm:name}}` (TPL-70, 71)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from ..values import dataclass
from .errors import TemplateError
from .values import Where

START = "{{resolve:"
_REFERENCE = re.compile(r"\{\{resolve:([^{}]*)\}\}")
_ARN_PARTS = {"ssm": 6, "secretsmanager": 7}


@dataclass(frozen=True)
class ParameterReference:
    """A parameter of Systems Manager. `secure` references are to a `SecureString`."""

    text: str
    name: str
    version: str | None
    secure: bool


@dataclass(frozen=True)
class SecretReference:
    """A secret of Secrets Manager, or the value of one key of its JSON."""

    text: str
    secret_id: str
    json_key: str | None
    version_stage: str | None
    version_id: str | None


DynamicReference = ParameterReference | SecretReference
Find = Callable[[Where, DynamicReference], str]
"""Returns the value of a reference at a place of the template."""


def has_references(value: Any) -> bool:
    """Returns whether a value has dynamic references."""
    if isinstance(value, str):
        return START in value
    if isinstance(value, dict):
        return any(map(has_references, value.values()))
    return isinstance(value, list) and any(map(has_references, value))


def replaced(value: Any, find: Find, where: Where) -> Any:
    """Returns a value in which all references have their values. Raises `TemplateError` for those with a wrong form."""
    if isinstance(value, str):
        if START not in value:
            return value
        return _REFERENCE.sub(lambda match: find(where, parsed_reference(match[1], where)), value)
    if isinstance(value, dict):
        return {key: replaced(one, find, f"{where}/{key}") for key, one in value.items()}
    if isinstance(value, list):
        return [replaced(one, find, f"{where}/{index}") for index, one in enumerate(value)]
    return value


def parsed_reference(text: str, where: Where) -> DynamicReference:
    """Returns the reference that a text after `{{resolve:` has. Raises `TemplateError`."""
    service, _, rest = text.partition(":")
    parts = rest.split(":")
    if service in ("ssm", "ssm-secure"):
        number = _ARN_PARTS["ssm"] if parts[0] == "arn" else 1
        name, more = ":".join(parts[:number]), parts[number:]
        if name and len(more) <= 1 and (not more or more[0].isdecimal()):
            return ParameterReference(text, name, more[0] if more else None, service == "ssm-secure")
    elif service == "secretsmanager":
        number = _ARN_PARTS["secretsmanager"] if parts[0] == "arn" else 1
        secret_id, more = ":".join(parts[:number]), parts[number:]
        kind, key, stage, version = [*more, "", "", "", ""][:4]
        if secret_id and len(more) <= 4 and kind in ("", "SecretString") and not (stage and version):
            return SecretReference(text, secret_id, key or None, stage or None, version or None)
    raise TemplateError(
        f"Incorrect format is used in the following reference: [{START}{text}}}}}] ({where}). "
        f"Write {START}ssm:name:version}}}}, "
        f"{START}ssm-secure:name:version}}}} or {START}secretsmanager:id:SecretString:key:stage:version}}}}."
    )
