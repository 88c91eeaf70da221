"""The error payloads that callers and destinations get, byte for byte (RUN-40 to 54)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from ... import limits
from .encoding import encode_json, to_bytes
from .errors import InitFault, RuntimeFault
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


@dataclass(frozen=True, slots=True)
class ErrorPayload:
    """An error as it is answered. `stack_trace` is None where the service and not the runtime client made it."""

    error_type: str
    error_message: str
    payload: bytes
    request_id: str = ""
    stack_trace: tuple[str, ...] | None = None

    @property
    def log_text(self) -> str:
        """What the runtime client logs for it, as one event; empty if it logs nothing (RUN-83)."""
        if self.stack_trace is None:
            return ""
        return "\n".join([_headline(self), "Traceback (most recent call last):", *_indented(self.stack_trace)])

    @property
    def members(self) -> dict[str, object]:
        """The error object, in AWS's order of keys (RUN-40)."""
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


def _indented(stack_trace: Sequence[str]) -> list[str]:
    """Every line, also a source line inside an element, with no-break spaces for its leading spaces."""
    lines = [line for element in stack_trace for line in (element.splitlines() or [""])]
    return [_NO_BREAK_SPACE * (len(line) - len(line.lstrip(" "))) + line.lstrip(" ") for line in lines]


def from_exception(exception: BaseException, request_id: str, runtime: str, paths: PathMap = UNCHANGED) -> ErrorPayload:
    """An exception that left the handler (RUN-40 to 43)."""
    stack_trace = format_stack(exception.__traceback__, call_frame(runtime))
    return _reported(type(exception).__name__, str(exception), request_id, stack_trace, runtime, paths)


def from_fault(fault: RuntimeFault, request_id: str, runtime: str, paths: PathMap = UNCHANGED) -> ErrorPayload:
    """An event that could not be decoded, or a response that could not be encoded (RUN-22, 33)."""
    return _reported(fault.error_type, fault.message, request_id, fault.stack_trace, runtime, paths)


def from_init_fault(fault: InitFault, runtime: str, paths: PathMap = UNCHANGED) -> ErrorPayload:
    """A handler that could not be loaded; its request id is always empty (RUN-08)."""
    return from_fault(fault, "", runtime, paths)


def timeout(request_id: str, seconds: float) -> ErrorPayload:
    """The handler ran into its timeout (RUN-54)."""
    return _of_process(TIMED_OUT, request_id, f"Task timed out after {seconds:.2f} seconds")


def process_exit(request_id: str, status: int) -> ErrorPayload:
    """The process ended by itself; `status` is cut to the 8 bits that a parent process sees (RUN-50)."""
    if status & 0xFF == 0:
        return _of_process(EXITED, request_id, "Runtime exited without providing a reason")
    return _of_process(EXITED, request_id, f"Runtime exited with error: exit status {status & 0xFF}")


def killed_by_signal(request_id: str, signal: str = "killed") -> ErrorPayload:
    """The process was killed, by default as one that ran out of memory is (RUN-51)."""
    return _of_process(EXITED, request_id, f"Runtime exited with error: signal: {signal}")


def response_too_large() -> ErrorPayload:
    """The encoded response was longer than AWS takes (RUN-35)."""
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
    trace = tuple(paths.translate(element) for element in stack_trace)
    members = {"errorMessage": message, "errorType": error_type, "requestId": request_id, "stackTrace": list(trace)}
    return ErrorPayload(error_type, message, to_bytes(encode_json(members, runtime)), request_id, trace)
