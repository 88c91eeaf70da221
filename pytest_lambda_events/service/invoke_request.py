"""A request to run a function, and the result."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Protocol

from ..journal.entry import BatchFacts, Subject
from .runtime.error_payloads import ErrorPayload
from .tracing import Trace


class Again(Protocol):
    """Lets an exploration deliver the same once more while an attempt runs."""

    @property
    def alternative(self) -> str:
        """What the exploration chooses. `AS_USUAL` if it is not possible now."""

    def begin(self) -> None:
        """Schedules another delivery for now."""


class InvokeRequest(NamedTuple):
    """One attempt of an event or a batch, or one synchronous call. `subject` is the subject of its journal entries.

    `batch` is added to journal entries. It is None for an event or a call. `began_at` is when the attempt began, and None
    means now. `is_synchronous` is whether a caller waits for the response. `event` returns the decoded payload as a new
    object. If there is none, or if it returns None, the payload is decoded. Only explorations have `again`. `execution_arn` is
    the durable execution that the request starts or joins. None means a new one if the function is durable.
    """

    subject: Subject
    payload: bytes
    trace: Trace
    client_context: str | None = None
    batch: BatchFacts | None = None
    began_at: int | None = None
    tenant_id: str = ""
    is_synchronous: bool = False
    event: Callable[[], object | None] | None = None
    again: Again | None = None
    execution_arn: str | None = None

    @property
    def request_id(self) -> str:
        """The request id of the invocation."""
        return self.subject.request_id or ""

    @property
    def attempt(self) -> int:
        """The number of the attempt, from 1."""
        return self.subject.attempt or 1


class Result(NamedTuple):
    """The result of an attempt that reached the function. `error` is None for a success.

    `trace` is the trace of the attempt. Calls that it causes belong to its chain (ASY-91).
    """

    payload: bytes
    error: ErrorPayload | None
    executed_version: str
    log_tail: bytes = b""
    trace: Trace | None = None
