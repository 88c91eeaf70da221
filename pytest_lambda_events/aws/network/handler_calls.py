"""Writes the AWS calls of handlers to the journal, and reports calls that may unblock an event source."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ...journal.attempts import Called, CallFailure
from ...journal.entry import Subject
from ...journal.journal import Journal
from ...simulation.simulation import Simulation
from .routing import OnCallFailed

if TYPE_CHECKING:
    from .elsewhere import Elsewhere

_MAY_UNBLOCK = frozenset(
    {
        "CreateQueue", "SetQueueAttributes", "AddPermission", "RemovePermission", "UpdateFunctionConfiguration",
        "CreateStream", "RegisterStreamConsumer", "PutResourcePolicy", "DeleteResourcePolicy",
    }
)  # fmt: skip
"""Operations after which a queue or a stream may exist again, or may be read again."""


class HandlerCalls:
    """Observes the AWS calls of one environment.

    `elsewhere` returns what finds the target of a failed call in other regions. `unblock` is called if a blocked event
    source may go on.
    """

    def __init__(
        self,
        simulation: Simulation,
        journal: Journal,
        elsewhere: Callable[[], Elsewhere],
        unblock: Callable[[], None],
    ) -> None:
        self._simulation = simulation
        self._journal = journal
        self._elsewhere = elsewhere
        self._unblock = unblock

    def called(self, service: str, operation: str, target: str | None) -> OnCallFailed:
        """Writes that a handler calls AWS. Returns what completes the entry if the call fails."""
        task = self._simulation.handler_task
        subject = Subject() if task is None else task.subject
        with self._simulation.locked():
            position = len(self._journal)
            self._journal.write(Called(subject, service, operation, target))

        def failed(code: str, message: str, client: Any) -> None:
            with self._simulation.locked():
                note = self._elsewhere().note(service, target, code, client)
                self._journal.call_failed(position, CallFailure(code, message, note or None))

        return failed

    def answered(self, service: str, operation: str) -> None:
        """Reports that AWS has answered a call of the test or of a handler."""
        if service == "iam" or operation in _MAY_UNBLOCK:
            self._unblock()
