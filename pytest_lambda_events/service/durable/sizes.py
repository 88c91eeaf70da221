"""The sizes of what durable executions write: limits, and the bytes that count (DUR-8D, C3, C4). The functions are pure."""

from __future__ import annotations

from ... import limits
from ..errors import invalid_parameter
from .operations import CHAINED_INVOKE, EXECUTION, ErrorObject, Update

_INPUT_TOO_LARGE = (
    f"CHAINED_INVOKE input payload size must be less than or equal to {limits.DURABLE_INVOKE_PAYLOAD_BYTES} bytes."
)
_OUTPUT_TOO_LARGE = (
    f"CHAINED_INVOKE output payload size must be less than or equal to {limits.DURABLE_INVOKE_PAYLOAD_BYTES} bytes."
)
_CHILD_OUTPUT_TOO_LARGE = (
    f"Execution output payload size must be less than or equal to {limits.DURABLE_INVOKE_PAYLOAD_BYTES} bytes."
)


def size_of(text: str | None) -> int:
    """Returns the bytes of a text in UTF-8. A missing text has none."""
    return len((text or "").encode("utf-8", "surrogatepass"))


def error_size(error: ErrorObject | None) -> int:
    """Returns the bytes of all fields of an error."""
    if error is None:
        return 0
    return sum(map(size_of, (error.message, error.type, error.data, *(error.stack_trace or ()))))


def written_by(update: Update) -> int:
    """Returns the bytes that an update adds to what the execution has written."""
    return size_of(update.payload) + error_size(update.error)


def check_update(update: Update, *, is_child: bool) -> None:
    """Raises `ServiceError` for an update with a payload or an error that is too large (DUR-8D, C4)."""
    check_error(update.error)
    size = size_of(update.payload)
    if update.type == CHAINED_INVOKE and size > limits.DURABLE_INVOKE_PAYLOAD_BYTES:
        raise invalid_parameter(_INPUT_TOO_LARGE)
    if update.type == EXECUTION and is_child and size > limits.DURABLE_INVOKE_PAYLOAD_BYTES:
        raise invalid_parameter(_CHILD_OUTPUT_TOO_LARGE)
    if update.type != EXECUTION and size > limits.DURABLE_PAYLOAD_BYTES:
        raise invalid_parameter(
            f"{update.type} payload size must be less than or equal to {limits.DURABLE_PAYLOAD_BYTES} bytes."
        )


def check_error(error: ErrorObject | None) -> None:
    """Raises `ServiceError` for an error whose fields are too large together (DUR-C4)."""
    if error_size(error) > limits.DURABLE_ERROR_BYTES:
        raise invalid_parameter(f"Error object size must be less than or equal to {limits.DURABLE_ERROR_BYTES} bytes.")


def output_error(output: str | None, *, is_durable: bool) -> ErrorObject | None:
    """Returns the error of the target of a chained invoke whose output is too large; None if it is not (DUR-8D).

    A durable target fails itself. The output of another function fails only the operation of its caller.
    """
    if size_of(output) <= limits.DURABLE_INVOKE_PAYLOAD_BYTES:
        return None
    return ErrorObject(_CHILD_OUTPUT_TOO_LARGE if is_durable else _OUTPUT_TOO_LARGE)
