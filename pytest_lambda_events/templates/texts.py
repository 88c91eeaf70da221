"""Values as texts (TPL-20, 42)."""

from __future__ import annotations

import json
from typing import Any

from .errors import TemplateError


def as_text(value: Any, where: str) -> str:
    """Returns a scalar as CloudFormation writes it. Raises `TemplateError` for lists, maps and null."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    raise TemplateError(f"{where}: {value!r} is not a text, number or boolean.")


def json_text(value: Any) -> str:
    """Returns a value as compact JSON."""
    return json.dumps(value, separators=(",", ":"))
