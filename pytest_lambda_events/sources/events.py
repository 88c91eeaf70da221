"""Events of batches as JSON, and their size. They are the same for all event sources."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_FRAME = (b'{"Records":[', b"]}")
FRAME_BYTES = sum(map(len, _FRAME))


def encoded(value: Mapping[str, Any]) -> bytes:
    """Returns a JSON object as it is in the event."""
    return _JSON.encode(value).encode()


def event(records: Iterable[bytes], members: Mapping[str, Any] | None = None) -> bytes:
    """Returns the event of encoded records. `members` follow after `Records`."""
    frame = _FRAME[0] + b",".join(records)
    return frame + (_FRAME[1] if members is None else b"]," + encoded(members)[1:])
