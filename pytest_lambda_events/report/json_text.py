"""Shows payloads that are JSON."""

from __future__ import annotations

import base64
import gzip
import json
import zlib
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
        logs = log_data(value)
        value = value if logs is None else {"awslogs": {"data": logs}}
        short = json.dumps(value, ensure_ascii=False)
        return short if len(short) <= LONGEST_ON_ONE_LINE else json.dumps(value, indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return text


def log_data(event: Any) -> dict[str, Any] | None:
    """Returns the data of an event of CloudWatch Logs, which is compressed in the event. None for other events."""
    match event:
        case {"awslogs": {"data": str(data)}}:
            try:
                found = json.loads(gzip.decompress(base64.b64decode(data)))
            except (ValueError, OSError, EOFError, zlib.error, RecursionError):
                return None
            return found if isinstance(found, dict) else None
    return None
