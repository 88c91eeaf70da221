"""Decides what follows the end of an invocation of a durable execution. The functions are pure."""

from __future__ import annotations

import json

from ... import limits
from ...values import dataclass
from ..invoke_request import Result
from ..runtime.error_payloads import ErrorPayload
from .envelope import Output, output_of
from .operations import FAILED, PENDING, SUCCEEDED, ErrorObject
from .sizes import output_error

NOTHING_PENDING = ErrorObject("Cannot return PENDING status with no pending operations.", "InvalidParameterValueException")


@dataclass(frozen=True, slots=True)
class Conclude:
    """The execution ends with this status."""

    status: str
    result: str | None = None
    error: ErrorObject | None = None


@dataclass(frozen=True, slots=True)
class InvokeAgain:
    """The function is invoked again after a delay in seconds. `error` is that of an invocation that failed."""

    delay: float = 0.0
    error: ErrorObject | None = None


@dataclass(frozen=True, slots=True)
class Wait:
    """The execution waits for an operation."""


Decision = Conclude | InvokeAgain | Wait


def after_invocation(
    result: Result, *, has_pending: bool, has_changed: bool, empty_invocations: int, is_child: bool = False
) -> Decision:
    """Decides after an invocation that ended without an EXECUTION checkpoint.

    `has_changed` is whether an operation changed that the handler has not seen (DUR-4D). `empty_invocations` is how many
    invocations in a row before it had nothing to wait for (DUR-4B). `is_child` is whether another execution invoked this one:
    its result has the limit of a chained invoke (DUR-8D).
    """
    if result.error is not None:
        error = ErrorObject(result.error.error_message or None, result.error.error_type or None)
        return InvokeAgain(limits.DURABLE_RETRY_SECONDS, error)
    output: Output = output_of(result.payload)
    if output.status != PENDING:
        too_large = output_error(output.result, is_durable=True) if is_child else None
        if too_large is not None:
            return Conclude(FAILED, error=too_large)
        return Conclude(output.status, output.result, output.error)
    if has_changed:
        return InvokeAgain()
    if has_pending:
        return Wait()
    if empty_invocations + 1 >= limits.DURABLE_EMPTY_INVOCATIONS:
        return Conclude(FAILED, error=NOTHING_PENDING)
    return InvokeAgain(limits.DURABLE_RETRY_SECONDS, NOTHING_PENDING)


def result_of(status: str, result: str | None, error: ErrorObject | None, version: str) -> Result:
    """Returns what a synchronous caller or a mapping gets for an execution that ended (DUR-12, 14, 34)."""
    if status == SUCCEEDED:
        return Result((result or "null").encode(), None, version)
    members = {} if error is None else {
        "errorMessage": error.message, "errorType": error.type,
        "stackTrace": None if error.stack_trace is None else list(error.stack_trace),
    }  # fmt: skip
    payload = json.dumps({name: value for name, value in members.items() if value is not None}, separators=(",", ":"))
    kind, message = ("", "") if error is None else (error.type or "", error.message or "")
    return Result(b"", ErrorPayload(kind, message, payload.encode()), version)._replace(payload=payload.encode())
