"""What a function's dead-letter queue gets: the event as it was, and three attributes that tell why."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

ERROR_MESSAGE_BYTES = 1_024
"""How much of an error's message fits (DLQ-25)."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """One message attribute; `data_type` is String or Number."""

    data_type: str
    value: str


@dataclass(frozen=True)
class DeadLetter:
    """A message that a function left on its dead-letter queue. What AWS leaves out is None."""

    body: str
    """The event as it was sent, byte for byte."""
    json: Any
    """The same, decoded, or the text itself where it is no JSON."""
    request_id: str
    """Of the event."""
    error_code: int | None
    """200 for an error of the function, else the status that refused it."""
    error_message: str | None
    """What went wrong, cut after 1,024 bytes."""


def attributes(request_id: str, error_code: int | None, error_message: str) -> dict[str, Attribute]:
    """The attributes in AWS's order (DLQ-21 to 26). An empty message has no attribute: SQS would refuse it."""
    found = {"RequestID": Attribute("String", request_id)}
    if error_code is not None:
        found["ErrorCode"] = Attribute("Number", str(error_code))
    if error_message:
        cut = error_message.encode("utf-8", "replace")[:ERROR_MESSAGE_BYTES]
        found["ErrorMessage"] = Attribute("String", cut.decode("utf-8", "replace"))
    return found


def size(body: bytes, found: Mapping[str, Attribute]) -> int:
    """What counts against a target's limit: body, and names, types and values of attributes, in bytes (DLQ-32)."""
    return len(body) + sum(
        len(name.encode()) + len(attribute.data_type) + len(attribute.value.encode()) for name, attribute in found.items()
    )


def read(body: str, found: Mapping[str, str]) -> DeadLetter:
    """The letter with this body and these attribute values."""
    try:
        content = json.loads(body)
    except ValueError:
        content = body
    code = found.get("ErrorCode")
    return DeadLetter(body, content, found.get("RequestID", ""), int(code) if code else None, found.get("ErrorMessage"))
