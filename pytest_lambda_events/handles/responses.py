"""Responses of functions, decoded."""

from __future__ import annotations

import json
from typing import Any

from ..arguments import json_text
from ..values import dataclass

Json = Any


def decoded(payload: bytes) -> Json:
    """Returns the JSON value of a payload. Text that is not JSON stays text, bytes that are not text stay bytes."""
    try:
        return json.loads(payload)
    except UnicodeDecodeError:
        return payload
    except ValueError:
        return payload.decode()


@dataclass(frozen=True)
class InvokeResponse:
    """The response of a synchronous invocation."""

    status_code: int
    """200, also if the handler failed."""
    payload: Json
    """The response of the handler, decoded. If it failed, the error in AWS's form."""
    function_error: str | None
    """`Unhandled` if the handler failed, otherwise None."""
    executed_version: str
    """`$LATEST` or a version number."""
    log_result: str
    """The last 4,096 bytes of the log, as text."""


def encoded(payload: object) -> bytes:
    """Returns the bytes of a payload. Raises `LambdaEventsError` if JSON cannot represent it."""
    if payload is ...:
        return b"{}"
    if isinstance(payload, bytes):
        return payload
    return json_text(
        "The payload", payload, "Pass a value that JSON can represent, or bytes, which are sent unchanged."
    ).encode()
