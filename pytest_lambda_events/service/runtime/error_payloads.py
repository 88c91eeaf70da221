"""The error payloads that callers and destinations receive, byte for byte (RUN-40 to 54)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from ... import limits
from .encoding import quoting, to_bytes
from .errors import InitFault, RuntimeFault
from .grouped_errors import grouped_errors
from .paths import UNCHANGED, PathMap
from .stack import call_frame, format_stack

__all__ = [
    "EXITED", "RESPONSE_TOO_LARGE", "TIMED_OUT", "ErrorPayload", "InitFault", "RuntimeFault", "from_exception",
    "from_fault", "from_init_fault", "killed_by_signal", "process_exit", "response_too_large", "timeout",
]  # fmt: skip

TIMED_OUT = "Sandbox.Timedout"
EXITED = "Runtime.ExitError"
RESPONSE_TOO_LARGE = "Function.ResponseSizeTooLarge"

_NO_BREAK_SPACE = "\u00a0"


class ErrorPayload(NamedTuple):
    """An error in the form of a response. `stack_trace` is None if the service created it, not the runtime client.

    `grouped` are the tracebacks of the errors in an exception group. The payload does not have them.
    """

    error_type: str
    error_message: str
    payload: bytes
    request_id: str = ""
    stack_trace: tuple[str, ...] | None = None
    grouped: str = ""

    @property
    def summary(self) -> str:
        """Returns the type and the message. The error of a durable execution may lack the type (DUR-A1)."""
        return f"{self.error_type}: {self.error_message}" if self.error_type else self.error_message

    @property
    def log_text(self) -> str:
        """Returns what the runtime client logs for the error, as one event. Empty if it logs nothing (RUN-83)."""
        if self.stack_trace is None:
            return ""
        return f"{_headline(self)}\nTraceback (most recent call last):{_indented(self.stack_trace)}"

    @property
    def members(self) -> dict[str, object]:
        """Returns the error object, with the keys in AWS's order (RUN-40)."""
        return {
            "errorMessage": self.error_message,
            "errorType": self.error_type,
            "requestId": self.request_id,
            "stackTrace": list(self.stack_trace or ()),
        }


def _headline(error: ErrorPayload) -> str:
    description = "[ERROR]"
    if error.error_type:
        description += f" {error.error_type}"
    if error.error_message:
        description += f"{':' if error.error_type else ''} {error.error_message}"
    return description


@lru_cache(maxsize=64)
def _indented(stack_trace: tuple[str, ...]) -> str:
    """Returns each line after a line end, with no-break spaces instead of leading spaces, also of source lines in an element.

    Most failures of a handler have the same trace.
    """
    lines = [line for element in stack_trace for line in element.splitlines() or [""]]
    return "".join([f"\n{_NO_BREAK_SPACE * (len(line) - len(line.lstrip(' ')))}{line.lstrip(' ')}" for line in lines])


@lru_cache(maxsize=64)
def _quoted_trace(stack_trace: tuple[str, ...], runtime: str) -> str:
    """Returns the elements of a trace as JSON text, without the brackets."""
    return ", ".join(map(quoting(runtime), stack_trace))


def from_exception(exception: BaseException, request_id: str, runtime: str, paths: PathMap = UNCHANGED) -> ErrorPayload:
    """Returns the payload of an exception that the handler raised (RUN-40 to 43)."""
    stack_trace = format_stack(exception.__traceback__, call_frame(runtime))
    error = _reported(type(exception).__name__, str(exception), request_id, stack_trace, runtime, paths)
    grouped = grouped_errors(exception)
    return error._replace(grouped=paths.translate(grouped)) if grouped else error


def from_fault(fault: RuntimeFault, request_id: str, runtime: str, paths: PathMap = UNCHANGED) -> ErrorPayload:
    """Returns the payload for an event that could not be decoded, or a response that could not be encoded (RUN-22, 33)."""
    return _reported(fault.error_type, fault.message, request_id, fault.stack_trace, runtime, paths)


def from_init_fault(fault: InitFault, runtime: str, paths: PathMap = UNCHANGED) -> ErrorPayload:
    """Returns the payload for a handler that could not be loaded. Its request id is always empty (RUN-08)."""
    return from_fault(fault, "", runtime, paths)


def timeout(request_id: str, seconds: float) -> ErrorPayload:
    """Returns the payload of a timeout (RUN-54)."""
    return _of_process(TIMED_OUT, request_id, f"Task timed out after {seconds:.2f} seconds")


def process_exit(request_id: str, status: int) -> ErrorPayload:
    """Returns the payload of a process that exited. `status` is cut to the 8 bits that a parent process sees (RUN-50)."""
    if status & 0xFF == 0:
        return _of_process(EXITED, request_id, "Runtime exited without providing a reason")
    return _of_process(EXITED, request_id, f"Runtime exited with error: exit status {status & 0xFF}")


def killed_by_signal(request_id: str, signal: str = "killed") -> ErrorPayload:
    """Returns the payload of a killed process. The default signal is that of a process that ran out of memory (RUN-51)."""
    return _of_process(EXITED, request_id, f"Runtime exited with error: signal: {signal}")


def response_too_large() -> ErrorPayload:
    """Returns the payload for an encoded response that is longer than AWS's limit (RUN-35)."""
    message = f"Response payload size exceeded maximum allowed payload size ({limits.RESPONSE_BYTES} bytes)."
    members = {"errorMessage": message, "errorType": RESPONSE_TOO_LARGE}
    return ErrorPayload(RESPONSE_TOO_LARGE, message, _compact(members))


def _of_process(error_type: str, request_id: str, what: str) -> ErrorPayload:
    message = f"RequestId: {request_id} Error: {what}"
    members = {"errorType": error_type, "errorMessage": message}
    return ErrorPayload(error_type, message, _compact(members), request_id)


def _compact(members: dict[str, str]) -> bytes:
    return json.dumps(members, separators=(",", ":")).encode()


def _reported(
    error_type: str, message: str, request_id: str, stack_trace: Sequence[str], runtime: str, paths: PathMap
) -> ErrorPayload:
    message = paths.translate(message)
    trace = tuple([paths.translate(element) for element in stack_trace])
    quoted = quoting(runtime)
    text = (
        f'{{"errorMessage": {quoted(message)}, "errorType": {quoted(error_type)}, "requestId": {quoted(request_id)}, '
        f'"stackTrace": [{_quoted_trace(trace, runtime)}]}}'
    )
    return ErrorPayload(error_type, message, to_bytes(text), request_id, trace)
