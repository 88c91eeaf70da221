"""What an update, the passing of time and a callback do to an operation. The functions are pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from ...simulation.clock import MICROSECONDS
from .history import HistoryEvent, data, error_data, event_of
from .operations import (
    CALLBACK,
    CANCELLED,
    CHAINED_INVOKE,
    CONTEXT,
    FAILED,
    PENDING,
    READY,
    STARTED,
    STEP,
    SUCCEEDED,
    TIMED_OUT,
    WAIT,
    ErrorObject,
    Operation,
    Update,
)

_NAMES = {CONTEXT: "Context", STEP: "Step", WAIT: "Wait", CALLBACK: "Callback", CHAINED_INVOKE: "ChainedInvoke"}
_OUTCOMES = {SUCCEEDED: "Succeeded", FAILED: "Failed", TIMED_OUT: "TimedOut", "STOPPED": "Stopped"}
CALLBACK_TIMEOUT = ErrorObject("Callback timed out", "Callback.Timeout")
HEARTBEAT_TIMEOUT = ErrorObject("Callback timed out on heartbeat", "Callback.Heartbeat")


def updated(operation: Operation | None, update: Update, now: int, callback_id: str | None = None) -> Operation:
    """Returns the operation after an update that was checked. `callback_id` is that of a callback that starts."""
    if operation is None:
        operation = Operation(update.id, update.type, STARTED, now, update.name, update.sub_type, update.parent_id)
    if update.action == "START":
        return _started(operation, update, now, callback_id)
    if update.action == "CANCEL":
        return replace(operation, status=CANCELLED, ended_at=now)
    operation = replace(
        operation, attempt=operation.attempt + (update.type == STEP), result=update.payload, error=update.error, due_at=None,
        replays_children=update.replays_children,
    )  # fmt: skip
    if update.action == "RETRY":
        seconds = update.next_attempt_delay_seconds or 0
        return replace(operation, status=PENDING, seconds=seconds, due_at=now + seconds * MICROSECONDS)
    return replace(operation, status=SUCCEEDED if update.action == "SUCCEED" else FAILED, ended_at=now)


def _started(operation: Operation, update: Update, now: int, callback_id: str | None) -> Operation:
    if update.type == WAIT:
        seconds = update.wait_seconds or 0
        return replace(operation, seconds=seconds, due_at=now + seconds * MICROSECONDS)
    if update.type == CALLBACK:
        return replace(
            operation, callback_id=callback_id, seconds=update.timeout_seconds, due_at=_after(now, update.timeout_seconds),
            heartbeat_seconds=update.heartbeat_timeout_seconds,
            heartbeat_due_at=_after(now, update.heartbeat_timeout_seconds),
        )  # fmt: skip
    if update.type == CHAINED_INVOKE:
        return replace(operation, input=update.payload, function_name=update.function_name)
    # The payload of an earlier attempt stays: the state of a condition that is polled (DUR-73).
    return replace(operation, status=STARTED, due_at=None, error=None)


def _after(now: int, seconds: int) -> int | None:
    """Returns an instant; None for 0 seconds, which is no timeout (DUR-83)."""
    return now + seconds * MICROSECONDS if seconds else None


def events_of(update: Update, operation: Operation, now: int) -> list[HistoryEvent]:
    """Returns the events of an update, with the operation after it."""
    if update.action == "START":
        return [_start_event(operation, now)]
    if update.action == "CANCEL":
        return [event_of("WaitCancelled", operation, now)]
    if operation.type == STEP:
        return [_attempt_event(operation, now)]
    return [end_event(operation, now)]


def _start_event(operation: Operation, now: int) -> HistoryEvent:
    details: dict[str, Any] = {}
    instants: dict[str, int] = {}
    if operation.type == WAIT:
        details["Duration"] = operation.seconds
        instants["ScheduledEndTimestamp"] = operation.due_at or now
    if operation.type == CALLBACK:
        details["CallbackId"] = operation.callback_id
        if operation.heartbeat_seconds:
            details["HeartbeatTimeout"] = operation.heartbeat_seconds
        if operation.seconds:
            details["Timeout"] = operation.seconds
    if operation.type == CHAINED_INVOKE:
        details = {"FunctionName": operation.function_name, "Input": data(operation.input)}
    return event_of(f"{_NAMES[operation.type]}Started", operation, now, details, instants)


def _attempt_event(operation: Operation, now: int) -> HistoryEvent:
    """Returns the event at the end of an attempt of a step, with a retry to come or not (DUR-B8, 8I)."""
    retry: dict[str, Any] = {"CurrentAttempt": operation.attempt}
    if operation.status == PENDING:
        retry["NextAttemptDelaySeconds"] = operation.seconds
    if operation.error is None and operation.status != FAILED:
        return event_of("StepSucceeded", operation, now, {"Result": data(operation.result), "RetryDetails": retry})
    return event_of("StepFailed", operation, now, {"Error": error_data(operation.error), "RetryDetails": retry})


def end_event(operation: Operation, at: int) -> HistoryEvent:
    """Returns the event of an operation that ended and is not a step."""
    if operation.type == WAIT:
        return event_of("WaitSucceeded", operation, at, {"Duration": operation.seconds})
    outcome = _OUTCOMES[operation.status]
    details = {"Result": data(operation.result)} if outcome == "Succeeded" else {"Error": error_data(operation.error)}
    return event_of(f"{_NAMES[operation.type]}{outcome}", operation, at, details)


def ended(
    operation: Operation, now: int, status: str, result: str | None = None, error: ErrorObject | None = None
) -> Operation:
    """Returns a callback or a chained invoke that ended."""
    return replace(operation, status=status, ended_at=now, result=result, error=error, heartbeat_due_at=None)


def beaten(operation: Operation, now: int) -> Operation:
    """Returns a callback after a heartbeat, which moves only the heartbeat timeout (DUR-83)."""
    return replace(operation, heartbeat_due_at=_after(now, operation.heartbeat_seconds))


def due_instants(operation: Operation) -> list[int]:
    """Returns the instants at which time changes the operation."""
    if not operation.is_pending:
        return []
    return [instant for instant in (operation.due_at, operation.heartbeat_due_at) if instant is not None]


def passed(operation: Operation, now: int) -> Operation:
    """Returns the operation after time reached `now`. It is the same object if nothing is due (DUR-73, 79, 83)."""
    if not any(instant <= now for instant in due_instants(operation)):
        return operation
    if operation.type == STEP:
        return replace(operation, status=READY, due_at=None)
    if operation.type == WAIT:
        return replace(operation, status=SUCCEEDED, ended_at=operation.due_at)
    is_timeout = operation.due_at is not None and operation.due_at <= now
    return ended(operation, now, TIMED_OUT, error=CALLBACK_TIMEOUT if is_timeout else HEARTBEAT_TIMEOUT)


def in_due_order(operations: Iterable[Operation]) -> list[Operation]:
    """Returns the operations in the order in which time changes them at one instant: callbacks last (DUR-D5)."""
    return sorted(operations, key=lambda operation: operation.type == CALLBACK)
