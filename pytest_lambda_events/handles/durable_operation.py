"""One operation of a durable execution, as tests read it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ..values import dataclass

_CLOSED = ("SUCCEEDED", "FAILED", "CANCELLED", "TIMED_OUT", "STOPPED")


@dataclass(frozen=True, slots=True)
class DurableOperation:
    """One operation of a durable execution."""

    id: str
    """The id that the SDK gave it."""
    name: str | None
    """Its name in the handler; None if it has none."""
    type: str
    """`STEP`, `WAIT`, `CALLBACK`, `CONTEXT` or `CHAINED_INVOKE`."""
    sub_type: str | None
    """Its kind in the SDK, such as `Map` or `WaitForCallback`."""
    status: str
    """`STARTED`, `PENDING`, `READY`, `SUCCEEDED`, `FAILED`, `CANCELLED`, `TIMED_OUT` or `STOPPED`."""
    parent_id: str | None
    """The id of the context in which it runs; None in the handler itself."""
    attempt: int
    """The attempts of a step that have ended."""
    result: str | None
    """The result as the SDK wrote it, usually JSON."""
    error: dict[str, Any] | None
    """The error with the keys `ErrorMessage` and `ErrorType`, each only if it is known."""
    callback_id: str | None
    """The id of a callback."""
    started_at: datetime
    """When it started, aware, in UTC."""
    ended_at: datetime | None
    """When it ended, aware, in UTC."""

    @property
    def is_open(self) -> bool:
        """Returns whether it has not ended."""
        return self.status not in _CLOSED
