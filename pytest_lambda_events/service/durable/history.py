"""The history of a durable execution, as GetDurableExecutionHistory shows it (DUR-B4 to BB)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Any

from ...values import dataclass
from .operations import ErrorObject, Operation

_DATA = ("Input", "Result", "Error")
"""The details that hold data of the user."""


@dataclass(frozen=True, slots=True)
class HistoryEvent:
    """One event of a history. `at` and the details in `instants` are microseconds since the clock's start."""

    type: str
    at: int
    id: str | None = None
    name: str | None = None
    sub_type: str | None = None
    parent_id: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    instants: Mapping[str, int] = field(default_factory=dict)

    @property
    def error_type(self) -> str | None:
        """Returns the type of the error in the details; None without an error."""
        found: str | None = self.details.get("Error", {}).get("Payload", {}).get("ErrorType")
        return found

    @property
    def seconds(self) -> int | None:
        """Returns the duration of a wait that starts, or the delay of a retry."""
        found: int | None = self.details.get("Duration") or self.details.get("RetryDetails", {}).get("NextAttemptDelaySeconds")
        return found

    def shown(self, number: int, timestamp: Callable[[int], Any], *, with_data: bool = True) -> dict[str, Any]:
        """Returns the event as the API shows it. `number` is its `EventId`, from 1."""
        details = {**self.details, **{name: timestamp(instant) for name, instant in self.instants.items()}}
        if not with_data:
            details.update({name: _without_payload(details[name]) for name in _DATA if name in details})
        members = {
            "EventType": self.type, "SubType": self.sub_type, "EventId": number, "Id": self.id, "Name": self.name,
            "EventTimestamp": timestamp(self.at), "ParentId": self.parent_id,
        }  # fmt: skip
        shown = {name: value for name, value in members.items() if value is not None}
        return {**shown, f"{self.type}Details": details}


def _without_payload(details: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in details.items() if name != "Payload"}


def event_of(
    kind: str,
    operation: Operation,
    at: int,
    details: Mapping[str, Any] | None = None,
    instants: Mapping[str, int] | None = None,
) -> HistoryEvent:
    """Returns an event about an operation."""
    return HistoryEvent(
        kind, at, operation.id, operation.name, operation.sub_type, operation.parent_id, details or {}, instants or {}
    )  # fmt: skip


def data(payload: str | None) -> dict[str, Any]:
    """Returns an input or a result as events show it."""
    return {"Truncated": False} if payload is None else {"Payload": payload, "Truncated": False}


def error_data(error: ErrorObject | None) -> dict[str, Any]:
    """Returns an error as events show it."""
    return {"Truncated": False} if error is None else {"Payload": error.shown, "Truncated": False}
