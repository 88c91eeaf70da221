"""The message that the dead-letter queue of a function receives: the original event, and three attributes with the reason."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ..values import dataclass

ERROR_MESSAGE_BYTES = 1_024
"""The maximum length of an error message in bytes (DLQ-25)."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """A message attribute. `data_type` is String or Number."""

    data_type: str
    value: str


@dataclass(frozen=True)
class DeadLetter:
    """A message that a function sent to its dead-letter queue. Attributes that AWS omits are None."""

    body: str
    """The original event, byte for byte."""
    json: Any
    """The event, decoded. If it is not JSON, the text itself."""
    request_id: str
    """The request id of the event."""
    error_code: int | None
    """200 for a function error, otherwise the status with which the invocation was refused."""
    error_message: str | None
    """The error message, cut after 1,024 bytes."""


def attributes(request_id: str, error_code: int | None, error_message: str) -> dict[str, Attribute]:
    """Returns the attributes in AWS's order (DLQ-21 to 26). An empty message has no attribute, because SQS would refuse it."""
    found = {"RequestID": Attribute("String", request_id)}
    if error_code is not None:
        found["ErrorCode"] = Attribute("Number", str(error_code))
    if error_message:
        cut = error_message.encode("utf-8", "replace")[:ERROR_MESSAGE_BYTES]
        found["ErrorMessage"] = Attribute("String", cut.decode("utf-8", "replace"))
    return found


def size(body: bytes, found: Mapping[str, Attribute]) -> int:
    """Returns the size for the limit of a target in bytes: body, and names, types and values of attributes (DLQ-32)."""
    return len(body) + sum(
        len(name.encode()) + len(attribute.data_type) + len(attribute.value.encode()) for name, attribute in found.items()
    )


def read(body: str, found: Mapping[str, str]) -> DeadLetter:
    """Returns the dead letter with this body and these attribute values."""
    try:
        content = json.loads(body)
    except ValueError:
        content = body
    code = found.get("ErrorCode")
    return DeadLetter(body, content, found.get("RequestID", ""), int(code) if code else None, found.get("ErrorMessage"))
