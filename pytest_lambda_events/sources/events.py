"""The event of a batch as JSON, whatever its source: records one after the other, and how many bytes that takes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_FRAME = (b'{"Records":[', b"]}")
FRAME_BYTES = sum(map(len, _FRAME))


def encoded(value: Mapping[str, Any]) -> bytes:
    """A JSON object as it counts towards the event's size."""
    return _JSON.encode(value).encode()


def event(records: Iterable[bytes], beside: Mapping[str, Any] | None = None) -> bytes:
    """The event of encoded records; `beside` are the members that it has behind them."""
    frame = _FRAME[0] + b",".join(records)
    return frame + (_FRAME[1] if beside is None else b"]," + encoded(beside)[1:])
