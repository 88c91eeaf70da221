"""The callbacks for which durable executions wait, in words."""

from __future__ import annotations

from collections.abc import Iterable

from ..journal.entry import Entry
from ..journal.events import DurableEvent
from ..journal.journal import of_type

MOST = 3
"""How many executions are named."""
_ENDED = ("ExecutionSucceeded", "ExecutionFailed", "ExecutionTimedOut", "ExecutionStopped")
OF_WAITS = " create callback id"
"""How the SDK ends the name of the callback in `wait_for_callback`."""


def open_callbacks(entries: Iterable[Entry]) -> list[str]:
    """Returns a line for each durable execution that waits for a callback, and what a test can do (DUR-D6)."""
    waiting: dict[tuple[str | None, str], dict[str | None, DurableEvent]] = {}
    for entry in of_type(entries, DurableEvent):
        key = (entry.invoked_arn, entry.durable_execution)
        if entry.event_type in _ENDED:
            waiting.pop(key, None)
        elif entry.event_type == "CallbackStarted":
            waiting.setdefault(key, {})[entry.operation] = entry
        elif entry.event_type.startswith("Callback"):
            waiting.get(key, {}).pop(entry.operation, None)
    lines = [_line(list(callbacks.values())) for callbacks in waiting.values() if callbacks]
    more = [f"{len(lines) - MOST:,} more durable executions wait for callbacks."] if len(lines) > MOST else []
    return lines[:MOST] + more


def _line(callbacks: list[DurableEvent]) -> str:
    first = callbacks[0]
    names = [one.name and one.name.removesuffix(OF_WAITS) for one in callbacks]
    shown = " and ".join("without a name" if name is None else repr(name) for name in names)
    return (
        f"The durable execution {first.durable_execution!r} of {first.function_name} waits for the "
        f"{'callback' if len(names) == 1 else 'callbacks'} {shown}. "
        f"Send a result: execution.complete_callback({'result=' if names[0] is None else f'{names[0]!r}, '}...)."
    )
