"""Reads durable executions into lanes and marks: a lane for each execution, and one below it for each context (DUR).

A context is a bar on the lane of its parent. Its own operations are on its lane, at the same times.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Protocol

from ...journal.events import DurableEvent
from ...values import dataclass
from .axis import duration_text
from .marks import LinkKind, Mark

EXECUTIONS = 20
"""The lanes of later executions are below all other lanes. They are left out first."""
_ERRORS = "aws_durable_execution_sdk_python.exceptions."
_OUTCOMES = {"Succeeded": "", "Failed": "operation_failed", "TimedOut": "timed_out", "Stopped": "operation_failed"}
_SUCCEEDED = {"Wait": "waited", "Callback": "called_back"}
"""The kinds of marks of operations that succeeded. All others are `success`."""
_TYPES = ("Execution", "Step", "Wait", "Callback", "Context", "ChainedInvoke")


class NewLane(Protocol):
    """Adds a lane below the lane `above`, if there is none with this key. Returns the key."""

    def __call__(self, key: str, kind: str, name: str, title: str, *, above: str, is_late: bool) -> str: ...


@dataclass(frozen=True, slots=True)
class _Context:
    name: str
    kind: str
    parent: str | None


class DurableReader:
    """Reads the events of durable executions in order."""

    def __init__(
        self,
        function: Callable[[str], str],
        lane: NewLane,
        mark: Callable[[Mark], Mark],
        link: Callable[[Mark, Mark, LinkKind], None],
    ) -> None:
        self._function = function
        self._lane = lane
        self._mark = mark
        self._link = link
        self._executions: dict[str, int] = {}
        self._contexts: dict[tuple[str, str], _Context] = {}
        self._running: dict[tuple[str, str | None], Mark] = {}
        self._before: dict[tuple[str, str | None], Mark] = {}
        self._attempts: Counter[tuple[str, str | None]] = Counter()

    def read(self, entry: DurableEvent) -> None:
        """Reads the next event."""
        operation_type = next((one for one in _TYPES if entry.event_type.startswith(one)), None)
        if operation_type is None:
            return
        happened = entry.event_type.removeprefix(operation_type)
        key = (f"execution {entry.invoked_arn} {entry.durable_execution}", entry.operation)
        if happened == "Started":
            self._start(key, operation_type, entry)
        elif happened == "Cancelled":
            self._end(key, entry, "success", f"{entry.name}: cancelled" if entry.name else "cancelled")
        elif happened in _OUTCOMES:
            kind = _OUTCOMES[happened] or _SUCCEEDED.get(operation_type, "success")
            self._end(key, entry, kind, _words(entry, self._begun(key, entry)))

    def close(self, last: float) -> None:
        """Lets all operations that have not ended last until `last`."""
        for mark in self._running.values():
            mark.ends = last

    def _start(self, key: tuple[str, str | None], operation_type: str, entry: DurableEvent) -> None:
        at, (execution, operation) = entry.after_seconds, key
        if operation_type == "Context" and operation is not None:
            self._contexts[execution, operation] = _Context(entry.name or "", entry.sub_type or "context", entry.parent)
        self._attempts[key] += operation_type == "Step"
        attempt = self._attempts[key]
        mark = Mark(
            self._lane_of(entry, execution), "pending", at, at, attempt if attempt > 1 else None, _words(entry, at),
            is_bar=True, is_operation=True, entries=[entry], inside=self._running.get((execution, entry.parent)),
        )  # fmt: skip
        self._running[key] = self._mark(mark)
        before = self._before.pop(key, None)
        if before is not None:
            self._link(before, mark, "retry")

    def _begun(self, key: tuple[str, str | None], entry: DurableEvent) -> float:
        mark = self._running.get(key)
        return entry.after_seconds if mark is None else mark.begins

    def _end(self, key: tuple[str, str | None], entry: DurableEvent, kind: str, words: str) -> None:
        mark = self._running.pop(key, None)
        if mark is None:
            # The SDK may send the end of a step without its start.
            self._start(key, "Step", entry)
            mark = self._running.pop(key)
            mark.entries.clear()
        mark.kind, mark.ends, mark.words = kind, entry.after_seconds, words
        mark.entries.append(entry)
        if entry.seconds is not None and entry.event_type.startswith("Step"):
            mark.number = self._attempts[key]
            self._before[key] = mark

    def _lane_of(self, entry: DurableEvent, execution: str) -> str:
        """Returns the lane of an operation: that of its execution, or of the context in which it runs."""
        is_late = self._executions.setdefault(execution, len(self._executions)) >= EXECUTIONS
        function, name = self._function(entry.function_name or ""), entry.durable_execution
        lane = self._lane(
            execution, "durable execution", name, f"{entry.invoked_arn} {name}", above=function, is_late=is_late
        )  # fmt: skip
        for operation in self._path(execution, entry.parent):
            context = self._contexts[execution, operation]
            title = f"{name}: {context.name}" if context.name else name
            lane = self._lane(
                f"{execution} {operation}", context.kind, context.name, title, above=lane, is_late=is_late
            )  # fmt: skip
        return lane

    def _path(self, execution: str, operation: str | None) -> list[str]:
        """Returns the ids of the contexts around an operation, the outermost first."""
        path: list[str] = []
        while operation is not None and (execution, operation) in self._contexts:
            path.insert(0, operation)
            operation = self._contexts[execution, operation].parent
        return path


def _words(entry: DurableEvent, begun: float) -> str:
    """Returns the name of an operation, its error, and how long it lasted or until when it waits."""
    lasted, error = entry.after_seconds - begun, (entry.error_type or "").removeprefix(_ERRORS)
    facts: Mapping[str, bool] = {
        error: bool(error),
        f"again in {duration_text(entry.seconds or 0)}": bool(entry.seconds) and entry.event_type.startswith("Step"),
        duration_text(lasted): lasted > 0,
    }
    told = ", ".join(text for text, is_known in facts.items() if is_known)
    return f"{entry.name}: {told}" if entry.name and told else entry.name or told
