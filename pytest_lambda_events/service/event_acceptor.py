"""Accepts asynchronous events from any sender."""

from __future__ import annotations

from typing import Protocol

from .async_queue import QueuedEvent
from .authorization import PushSource
from .errors import ServiceError
from .tracing import Trace


class SourceDenied(ServiceError):
    """The policy of the function does not let the source of an event invoke it."""

    def __init__(self, reason: str) -> None:
        super().__init__("AccessDeniedException", reason, 403)


class EventAcceptor(Protocol):
    """Accepts asynchronous events. The Lambda API, handles, push sources and destinations all use it."""

    def accept(
        self,
        function: str,
        payload: bytes,
        *,
        qualifier: str | None = None,
        trace: Trace | None = None,
        source: PushSource | None = None,
        tenant_id: str = "",
        pushed_by: str | None = None,
    ) -> QueuedEvent:
        """Queues an event for a function.

        Args:
            function: the function's name or ARN; an ARN if there is a `source`.
            payload: the event as JSON.
            qualifier: a version or alias, if `function` does not have one.
            trace: the trace that the event continues. Without it the trace of the AWS call that is being made.
            source: the resource that sends the event, if the function's policy must admit it.
            tenant_id: the tenant of a function that isolates tenants.
            pushed_by: the service and the resource that push the event, such as `sns orders`. Without it those of `source`.

        Raises:
            SourceDenied: the function's policy does not admit the source. The journal has a `denied` entry.
            ServiceError: Lambda refuses the event, for example because the function does not exist.
        """
