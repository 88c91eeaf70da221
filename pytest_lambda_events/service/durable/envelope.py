"""What an invocation of a durable function receives and returns (DUR-40 to 4B)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ... import limits
from ...arguments import shown
from ...values import dataclass
from .operations import FAILED, PENDING, SUCCEEDED, ErrorObject, Operation


@dataclass(frozen=True, slots=True)
class Output:
    """What the handler returned: `status` is SUCCEEDED, FAILED or PENDING."""

    status: str
    result: str | None = None
    error: ErrorObject | None = None


def invocation_event(
    arn: str,
    token: str,
    operations: Sequence[Operation],
    marker: str,
    updated_ids: Sequence[str],
    milliseconds: Callable[[int], int],
) -> bytes:
    """Returns the event of an invocation with the first page of operations. `marker` is empty if there are no others."""
    event = {
        "DurableExecutionArn": arn,
        "CheckpointToken": token,
        "InitialExecutionState": {
            "Operations": [operation.shown(milliseconds) for operation in operations], "NextMarker": marker,
        },
        "UpdatedOperationIds": list(updated_ids),
    }  # fmt: skip
    return json.dumps(event, separators=(",", ":")).encode()


def first_page(operations: Sequence[Operation], page_size: int | None) -> Sequence[Operation]:
    """Returns the operations that the event has: `page_size` of them, or as many as fit its size (DUR-5F)."""
    if page_size is not None:
        return operations[:page_size]
    if len(operations) < limits.DURABLE_STATE_PAGE_SIZE and sum(map(_data_size, operations)) < limits.DURABLE_STATE_PAGE_BYTES:
        return operations
    size = 0
    for index, operation in enumerate(operations):
        size += len(json.dumps(operation.shown(int)).encode())
        if size > limits.DURABLE_STATE_PAGE_BYTES and index:
            return operations[:index]
    return operations


def _data_size(operation: Operation) -> int:
    """Returns a size that the operation does not exceed: a character needs at most 6 bytes in JSON."""
    return 6 * (len(operation.input or "") + len(operation.result or "")) + 2000 + (100_000 if operation.error else 0)


def visible(operations: Mapping[str, Operation]) -> list[Operation]:
    """Returns the operations in the order of their start, without those in a context that is over, unless the context runs
    them again (DUR-5D).
    """
    hidden: set[str] = set()
    shown = []
    for operation in operations.values():
        if operation.parent_id in hidden:
            hidden.add(operation.id)
            continue
        shown.append(operation)
        if operation.type == "CONTEXT" and operation.is_over and not operation.replays_children:
            hidden.add(operation.id)
    return shown


def output_of(payload: bytes) -> Output:
    """Returns what a handler returned. An invalid output is a failure of the execution (DUR-4A)."""
    try:
        output = json.loads(payload)
    except ValueError:
        output = None
    if not isinstance(output, dict):
        return _invalid(f"Invalid invocation output: {payload.decode(errors='replace')}")
    status, result, error = output.get("Status"), output.get("Result"), output.get("Error")
    if status not in (SUCCEEDED, FAILED, PENDING):
        return _invalid(f"Invalid invocation output: the status {json.dumps(status)} is not SUCCEEDED, FAILED or PENDING.")
    if status == FAILED and result is not None:
        return _invalid("Cannot provide a Result for FAILED status.")
    if status == SUCCEEDED and error is not None:
        return _invalid("Cannot provide an Error for SUCCEEDED status.")
    return Output(status, result, _error_of(error))


def advice_for(payload: bytes, function_name: str) -> str | None:
    """Returns what to do if a handler returned something without a status, as one does that the SDK does not wrap."""
    try:
        output = json.loads(payload)
    except ValueError:
        output = None
    if isinstance(output, dict) and "Status" in output:
        return None
    return (
        f"The handler of the durable function {function_name!r} returned {shown(output)}, which is not the output of a "
        "durable execution. Decorate the handler with @durable_execution of aws_durable_execution_sdk_python, or create the "
        "function without durable_execution_timeout."
    )


def _error_of(members: Any) -> ErrorObject | None:
    return ErrorObject.of(members) if isinstance(members, Mapping) else None


def _invalid(message: str) -> Output:
    return Output(FAILED, error=ErrorObject(message, "InvalidParameterValueException"))
