"""A small stand-in for the service of durable executions: keeps operations in memory, and answers as a client of boto3."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

ARN = "arn:aws:lambda:us-east-1:123456789012:function:saga:1/durable-execution/order/0"
DETAILS = {"STEP": "StepDetails", "CONTEXT": "ContextDetails", "WAIT": "WaitDetails", "CHAINED_INVOKE": "ChainedInvokeDetails"}
CLOSED = {"SUCCEED": "SUCCEEDED", "FAIL": "FAILED"}


class DurableService:
    """One execution. `client` of `durable_execution` can be the service itself."""

    def __init__(self, function: Any = None) -> None:
        self.function = function
        self.operations: dict[str, dict[str, Any]] = {}
        self.history: list[tuple[float, str, str]] = []
        self.calls = 0
        self.invocations = 0
        self.start = now()
        self.token = 0
        self.changed: set[str] = set()

    @property
    def elapsed(self) -> float:
        """Returns the virtual seconds since the start of the execution."""
        return (now() - self.start).total_seconds()

    def checkpoint_durable_execution(self, **request: Any) -> dict[str, Any]:
        """Stores the updates, and completes the waits that are due."""
        assert request["CheckpointToken"] == str(self.token), "the token was used before"
        self.calls += 1
        self.token += 1
        for update in request["Updates"]:
            self._apply(update)
        self.complete()
        seen, self.changed = self.changed, set()
        operations = [self.operations[name] for name in self.operations if name in seen]
        return {"CheckpointToken": str(self.token), "NewExecutionState": {"Operations": operations}}

    def _apply(self, update: Mapping[str, Any]) -> None:
        name, kind, action = update["Id"], update["Type"], update["Action"]
        known = {"Id": name, "Type": kind, "StartTimestamp": now(), "Status": "STARTED", DETAILS[kind]: {}}
        keys = ("Name", "ParentId", "SubType")
        operation = self.operations.setdefault(name, known | {key: update[key] for key in keys if key in update})
        details = operation[DETAILS[kind]]
        self.changed.add(name)
        self.history.append((self.elapsed, update.get("Name") or kind, action))
        operation["Status"] = CLOSED.get(action, "STARTED")
        if kind == "STEP" and action != "START":
            details["Attempt"] = details.get("Attempt", 0) + 1
        if kind == "WAIT":
            details["ScheduledEndTimestamp"] = now() + timedelta(seconds=update["WaitOptions"]["WaitSeconds"])
        if action == "RETRY":
            operation["Status"] = "PENDING"
            delay = timedelta(seconds=update["StepOptions"]["NextAttemptDelaySeconds"])
            details["NextAttemptTimestamp"] = now() + delay
        if "Payload" in update:
            details["Result"] = update["Payload"]
        if "Error" in update:
            details["Error"] = update["Error"]
        if kind == "CONTEXT" and "ContextOptions" in update:
            details |= update["ContextOptions"]

    def complete(self) -> None:
        """Completes the waits and retries that are due."""
        for operation in self.operations.values():
            due = due_time(operation)
            if due is not None and due <= now():
                operation["Status"] = "SUCCEEDED" if operation["Type"] == "WAIT" else "READY"
                operation.get("StepDetails", {}).pop("NextAttemptTimestamp", None)
                self.changed.add(operation["Id"])

    def run(self, lambda_events: Any, payload: object = None, most: int = 10) -> dict[str, Any]:
        """Invokes the function until the execution ends. Returns the last response of the SDK."""
        for _ in range(most):
            answer = self.invoke(payload)
            if answer.get("Status") != "PENDING":
                return answer
            due = min(filter(None, map(due_time, self.operations.values())))
            lambda_events.advance(max(timedelta(), due - now()))
        raise AssertionError(f"not finished after {most} invocations")

    def invoke(self, payload: object = None) -> dict[str, Any]:
        """Invokes the function once, with the state of the execution."""
        self.invocations += 1
        self.complete()
        self.changed = set()
        first = {
            "Id": "0", "Type": "EXECUTION", "Status": "STARTED", "StartTimestamp": milliseconds(self.start),
            "ExecutionDetails": {"InputPayload": json.dumps(payload)},
        }  # fmt: skip
        answer: dict[str, Any] = self.function.invoke({
            "DurableExecutionArn": ARN, "CheckpointToken": str(self.token), "UpdatedOperationIds": [],
            "InitialExecutionState": {"Operations": [first, *map(in_event, self.operations.values())]},
        }).payload  # fmt: skip
        return answer

    @property
    def names(self) -> Sequence[tuple[str, str]]:
        """Returns the updates in order, without their times."""
        return [(name, action) for _, name, action in self.history]


def due_time(operation: Mapping[str, Any]) -> datetime | None:
    """Returns when the service completes an operation itself; None if it does not."""
    if operation["Status"] == "STARTED" and operation["Type"] == "WAIT":
        due: datetime = operation["WaitDetails"]["ScheduledEndTimestamp"]
        return due
    return operation["StepDetails"]["NextAttemptTimestamp"] if operation["Status"] == "PENDING" else None


def now() -> datetime:
    return datetime.now(timezone.utc)


def milliseconds(time: datetime) -> int:
    return round(time.timestamp() * 1000)


def in_event(value: Any) -> Any:
    """Returns an operation as the event of an invocation contains it."""
    if isinstance(value, Mapping):
        return {key: in_event(member) for key, member in value.items()}
    return milliseconds(value) if isinstance(value, datetime) else value
