"""Calls a handler once: decodes the event, calls, and encodes the result or the error."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from ... import limits
from ...errors import ends_the_run
from . import error_payloads
from .encoding import JSON_CONTENT, decode_event, encode_response
from .error_payloads import ErrorPayload, RuntimeFault
from .paths import UNCHANGED, PathMap

if TYPE_CHECKING:
    from .context import LambdaContext


class HandlerAnswer(NamedTuple):
    """The result of a call: the encoded response, or the error and its payload."""

    payload: bytes
    error: ErrorPayload | None = None
    content_type: str = JSON_CONTENT


def call_handler(
    handler: Callable[..., object],
    payload: bytes,
    make_context: Callable[[], LambdaContext],
    *,
    request_id: str,
    runtime: str,
    paths: PathMap = UNCHANGED,
    new_event: Callable[[], object | None] | None = None,
) -> HandlerAnswer:
    """Calls `handler(event, context)` with a newly decoded event (RUN-20 to 24), or with that of `new_event` if it has one.

    Only an `Exception` counts as an error of the handler. `SystemExit`, every other `BaseException` and `pytest.exit` pass
    through (RUN-45).

    Raises:
        SystemExit: The encoding of the response or the error payload fails. The status is 1.
    """
    try:
        context = make_context()
        content, content_type = encode_response(handler(_event(payload, new_event), context), runtime)
    except RuntimeFault as fault:
        return _failed(error_payloads.from_fault(fault, request_id, runtime, paths))
    except Exception as error:
        if ends_the_run(error):
            raise
        return _failed(_reported(error, request_id, runtime, paths))
    if len(content) > limits.RESPONSE_BYTES:
        return _failed(error_payloads.response_too_large())
    return HandlerAnswer(content, None, content_type)


def _event(payload: bytes, new_event: Callable[[], object | None] | None) -> object:
    event = None if new_event is None else new_event()
    return decode_event(payload) if event is None else event


def _failed(error: ErrorPayload) -> HandlerAnswer:
    return HandlerAnswer(error.payload, error)


def _reported(error: Exception, request_id: str, runtime: str, paths: PathMap) -> ErrorPayload:
    try:
        return error_payloads.from_exception(error, request_id, runtime, paths)
    except Exception as failure:
        raise SystemExit(1) from failure
