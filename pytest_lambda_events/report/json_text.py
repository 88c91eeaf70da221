"""Shows payloads that are JSON."""

from __future__ import annotations

import json
from typing import Any

LONGEST_PRETTY = 50_000
"""A longer payload keeps its lines."""
LONGEST_ON_ONE_LINE = 80
"""JSON that is longer is shown on several lines."""


def parsed(payload: str | bytes) -> Any:
    """Returns the value of a JSON text, or None for other texts."""
    try:
        return json.loads(payload)
    except (ValueError, RecursionError):
        return None


def pretty(payload: object) -> str:
    """Returns a payload for reading: JSON on several lines if it is long, another text as it is, nothing for None."""
    if payload is None:
        return ""
    text = payload.decode(errors="replace") if isinstance(payload, bytes) else str(payload)
    if len(text) > LONGEST_PRETTY:
        return text
    try:
        value = json.loads(text)
        short = json.dumps(value, ensure_ascii=False)
        return short if len(short) <= LONGEST_ON_ONE_LINE else json.dumps(value, indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return text
