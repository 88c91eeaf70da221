"""Entries about attempts: how they begin, what the handler does, how they end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import ClassVar, Literal

from ..values import dataclass
from .entry import NO_IDS, BatchFacts, Entry, Facts, Origin

Outcome = Literal["success", "function_error"]


@dataclass(frozen=True, slots=True, repr=False)
class AttemptBegun(Entry):
    """An attempt began. Base of `Started` and of the refusals. `batch` is None if the attempt does not come from an event
    source.
    """

    payload: bytes
    batch: BatchFacts | None = None

    @property
    def origin(self) -> Origin | None:
        """The event source mapping that made its batch."""
        return None if self.batch is None else self.batch.origin

    @property
    def ids(self) -> tuple[str, ...]:
        """The message ids or sequence numbers of its batch."""
        return NO_IDS if self.batch is None else self.batch.ids

    @property
    def version(self) -> str | None:
        """The version that runs, or would run."""
        return None


@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class Started(AttemptBegun):
    """The handler begins."""

    kind: ClassVar[str] = "started"
    KEYS: ClassVar[tuple[str, ...]] = (
        "invoked_arn", "executed_version", "payload", "is_cold_start", "log_stream", "batch",
    )  # fmt: skip
    OPTIONAL: ClassVar[frozenset[str]] = frozenset({"batch"})

    invoked_arn: str = field()
    executed_version: str
    is_cold_start: bool
    log_stream: str

    @property
    def version(self) -> str:
        """The version that runs."""
        return self.executed_version


@dataclass(frozen=True, slots=True, repr=False)
class AttemptRefused(AttemptBegun):
    """An attempt that did not reach the handler: the base of `Throttled`, `ServiceFailed` and `NotFound`."""


@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class InvokeRefused(AttemptRefused):
    """Lambda refused an attempt: the base of `Throttled` and `ServiceFailed`."""

    KEYS: ClassVar[tuple[str, ...]] = ("invoked_arn", "reason", "executed_version", "payload", "batch")
    OPTIONAL: ClassVar[frozenset[str]] = frozenset({"batch"})

    invoked_arn: str = field()
    reason: str
    executed_version: str

    @property
    def version(self) -> str:
        """The version that would have run."""
        return self.executed_version


@dataclass(frozen=True, slots=True, repr=False)
class Throttled(InvokeRefused):
    """No unit of concurrency was free."""

    kind: ClassVar[str] = "throttled"


@dataclass(frozen=True, slots=True, repr=False)
class ServiceFailed(InvokeRefused):
    """Lambda itself failed with a status 5xx."""

    kind: ClassVar[str] = "service_error"


@dataclass(frozen=True, slots=True, repr=False)
class NotFound(AttemptRefused):
    """The function was deleted. Only an attempt of a batch has the ARN that was invoked."""

    kind: ClassVar[str] = "not_found"
    KEYS: ClassVar[tuple[str, ...]] = ("invoked_arn", "payload", "batch")
    OPTIONAL: ClassVar[frozenset[str]] = frozenset({"invoked_arn", "batch"})

    invoked_arn: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Ended(Entry):
    """The handler has ended. The error is None for a success.

    `missing_variables` are the environment variables that the code read and did not have, although the test process has them.
    `grouped_errors` are the tracebacks of the errors in an exception group.
    """

    kind: ClassVar[str] = "ended"
    KEYS: ClassVar[tuple[str, ...]] = (
        "outcome", "payload", "error_type", "error_message", "executed_version", "logs", "missing_variables", "grouped_errors",
    )  # fmt: skip
    OPTIONAL: ClassVar[frozenset[str]] = frozenset({"missing_variables", "grouped_errors"})

    payload: bytes
    executed_version: str
    error_type: str | None = None
    error_message: str | None = None
    logs: tuple[str, ...] = ()
    missing_variables: tuple[str, ...] | None = None
    grouped_errors: str | None = None

    @property
    def is_success(self) -> bool:
        """Whether the handler returned."""
        return self.error_type is None

    @property
    def outcome(self) -> Outcome:
        """The result as one word."""
        return "success" if self.error_type is None else "function_error"


@dataclass(frozen=True, slots=True)
class CallFailure(Facts):
    """The error of an AWS call. `note` names the region of a resource that exists in another one."""

    error: str
    message: str
    note: str | None = None

    def facts(self) -> Mapping[str, object]:
        """Returns its members."""
        note = {} if self.note is None else {"note": self.note}
        return {"error": self.error, "message": self.message, **note}


@dataclass(frozen=True, slots=True, repr=False)
class Called(Entry):
    """A handler called AWS. `Journal.call_failed` adds the failure."""

    kind: ClassVar[str] = "called"
    KEYS: ClassVar[tuple[str, ...]] = ("service", "operation", "target", "failure")
    OPTIONAL: ClassVar[frozenset[str]] = frozenset({"failure"})

    service: str
    operation: str
    target: str | None = field()
    failure: CallFailure | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Suspended(Entry):
    """A handler sleeps or waits. `seconds` is None if nothing limits how long."""

    kind: ClassVar[str] = "suspended"
    KEYS: ClassVar[tuple[str, ...]] = ("seconds",)

    seconds: float | None


@dataclass(frozen=True, slots=True, repr=False)
class PlannedFaultMet(Entry):
    """A planned fault happened. The entry precedes the entries of its effects."""

    kind: ClassVar[str] = "planned_fault"
    KEYS: ClassVar[tuple[str, ...]] = ("failure",)

    failure: str
