"""The values of a durable execution: operations, errors, and the updates that change operations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ...values import dataclass

__all__ = [
    "CALLBACK", "CANCELLED", "CHAINED_INVOKE", "CONTEXT", "EXECUTION", "FAILED", "PENDING", "READY", "STARTED", "STEP",
    "STOPPED", "SUCCEEDED", "TIMED_OUT", "WAIT", "Action", "ErrorObject", "Operation", "Update",
]  # fmt: skip

EXECUTION, CONTEXT, STEP, WAIT = "EXECUTION", "CONTEXT", "STEP", "WAIT"
CALLBACK, CHAINED_INVOKE = "CALLBACK", "CHAINED_INVOKE"
STARTED, PENDING, READY = "STARTED", "PENDING", "READY"
SUCCEEDED, FAILED, CANCELLED = "SUCCEEDED", "FAILED", "CANCELLED"
TIMED_OUT, STOPPED = "TIMED_OUT", "STOPPED"

Action = str
"""`START`, `SUCCEED`, `FAIL`, `RETRY` or `CANCEL`."""


@dataclass(frozen=True, slots=True)
class ErrorObject:
    """An error of an operation or an execution. Each field may be missing."""

    message: str | None = None
    type: str | None = None
    data: str | None = None
    stack_trace: tuple[str, ...] | None = None

    @classmethod
    def of(cls, members: Mapping[str, Any] | None) -> ErrorObject | None:
        """Returns the error of an API member; None if there is none."""
        if members is None:
            return None
        trace = members.get("StackTrace")
        return cls(
            members.get("ErrorMessage"), members.get("ErrorType"), members.get("ErrorData"),
            None if trace is None else tuple(trace),
        )  # fmt: skip

    @property
    def shown(self) -> dict[str, Any]:
        """Returns the error as the API shows it, without the fields that are missing."""
        members = {
            "ErrorMessage": self.message, "ErrorType": self.type, "ErrorData": self.data,
            "StackTrace": None if self.stack_trace is None else list(self.stack_trace),
        }  # fmt: skip
        return {name: value for name, value in members.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Update:
    """One update of a checkpoint. Times are in seconds."""

    id: str
    type: str
    action: Action
    parent_id: str | None = None
    name: str | None = None
    sub_type: str | None = None
    payload: str | None = None
    error: ErrorObject | None = None
    next_attempt_delay_seconds: int | None = None
    wait_seconds: int | None = None
    timeout_seconds: int = 0
    heartbeat_timeout_seconds: int = 0
    function_name: str | None = None
    tenant_id: str | None = None
    replays_children: bool = False

    @classmethod
    def of(cls, members: Mapping[str, Any]) -> Update:
        """Returns the update of an API member."""
        callback, invoke = members.get("CallbackOptions") or {}, members.get("ChainedInvokeOptions") or {}
        return cls(
            members["Id"], members["Type"], members["Action"], members.get("ParentId"), members.get("Name"),
            members.get("SubType"), members.get("Payload"), ErrorObject.of(members.get("Error")),
            (members.get("StepOptions") or {}).get("NextAttemptDelaySeconds"),
            (members.get("WaitOptions") or {}).get("WaitSeconds"),
            callback.get("TimeoutSeconds") or 0, callback.get("HeartbeatTimeoutSeconds") or 0,
            invoke.get("FunctionName"), invoke.get("TenantId"),
            bool((members.get("ContextOptions") or {}).get("ReplayChildren")),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation at one time. Instants are microseconds since the clock's start.

    `due_at` is when a wait ends, a retry is ready, or a callback times out. `heartbeat_due_at` is when a callback without a
    heartbeat times out.
    """

    id: str
    type: str
    status: str
    started_at: int
    name: str | None = None
    sub_type: str | None = None
    parent_id: str | None = None
    ended_at: int | None = None
    attempt: int = 0
    due_at: int | None = None
    seconds: int = 0
    heartbeat_due_at: int | None = None
    heartbeat_seconds: int = 0
    callback_id: str | None = None
    input: str | None = None
    function_name: str | None = None
    result: str | None = None
    error: ErrorObject | None = None
    replays_children: bool = False

    @property
    def is_pending(self) -> bool:
        """Returns whether an execution may wait for it (DUR-4C)."""
        if self.type == STEP:
            return self.status == PENDING
        return self.type in (WAIT, CALLBACK, CHAINED_INVOKE) and self.status == STARTED

    @property
    def is_over(self) -> bool:
        """Returns whether its status is final."""
        return self.status not in (STARTED, PENDING, READY)

    def shown(self, timestamp: Callable[[int], Any]) -> dict[str, Any]:
        """Returns the operation as the API and the event of an invocation show it (DUR-40, 41)."""
        members = {
            "Id": self.id, "ParentId": self.parent_id, "Name": self.name, "Type": self.type, "SubType": self.sub_type,
            "StartTimestamp": timestamp(self.started_at),
            "EndTimestamp": None if self.ended_at is None else timestamp(self.ended_at), "Status": self.status,
            **self._details(timestamp),
        }  # fmt: skip
        return {name: value for name, value in members.items() if value is not None}

    def _details(self, timestamp: Callable[[int], Any]) -> dict[str, Any]:
        outcome: dict[str, Any] = {}
        if self.result is not None:
            outcome["Result"] = self.result
        if self.error is not None:
            outcome["Error"] = self.error.shown
        if self.type == EXECUTION:
            return {"ExecutionDetails": {"InputPayload": self.input}}
        if self.type == CONTEXT:
            return {"ContextDetails": {**({"ReplayChildren": True} if self.replays_children else {}), **outcome}}
        if self.type == STEP:
            due = {} if self.due_at is None else {"NextAttemptTimestamp": timestamp(self.due_at)}
            return {"StepDetails": {"Attempt": self.attempt, **due, **outcome}}
        if self.type == WAIT:
            return {"WaitDetails": {} if self.due_at is None else {"ScheduledEndTimestamp": timestamp(self.due_at)}}
        if self.type == CALLBACK:
            return {"CallbackDetails": {"CallbackId": self.callback_id, **outcome}}
        return {"ChainedInvokeDetails": outcome}
