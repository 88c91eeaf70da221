"""Entries about asynchronous events, about deliveries when they end, and about permissions and warnings."""

from __future__ import annotations

from dataclasses import field
from typing import ClassVar, Literal

from ..values import dataclass
from .entry import Entry, Origin

Route = Literal["on_success", "on_failure", "dead_letter_queue"]


@dataclass(frozen=True, slots=True, repr=False)
class Accepted(Entry):
    """An event was queued. `pushed_by` is the service and the resource that pushed it, such as `sns orders`."""

    kind: ClassVar[str] = "accepted"
    KEYS: ClassVar[tuple[str, ...]] = ("payload", "qualifier", "invoked_arn", "pushed_by")
    OPTIONAL: ClassVar[frozenset[str]] = frozenset({"pushed_by"})

    payload: bytes
    qualifier: str | None
    invoked_arn: str = field()
    pushed_by: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Retried(Entry):
    """Another attempt was scheduled."""

    kind: ClassVar[str] = "retried"
    KEYS: ClassVar[tuple[str, ...]] = ("due_after_seconds",)

    due_after_seconds: float


@dataclass(frozen=True, slots=True, repr=False)
class EventEnded(Entry):
    """An event ended. Base of `Succeeded` and `Discarded`.

    `attempts` counts all attempts. `invoke_count` does not count those that were throttled or failed in Lambda itself: for a
    discarded event it is AWS's `approximateInvokeCount`.
    """

    KEYS: ClassVar[tuple[str, ...]] = ("condition", "attempts", "invoke_count")

    condition: str
    attempts: int
    invoke_count: int


@dataclass(frozen=True, slots=True, repr=False)
class Succeeded(EventEnded):
    """The function succeeded with an event."""

    kind: ClassVar[str] = "succeeded"


@dataclass(frozen=True, slots=True, repr=False)
class Discarded(EventEnded):
    """An event ended without success."""

    kind: ClassVar[str] = "discarded"


@dataclass(frozen=True, slots=True, repr=False)
class Sending(Entry):
    """Something was sent along a route. Base of `Delivered` and `DeliveryFailed`.

    Only deliveries for stream batches have an `origin` and an `invoked_arn`.
    """

    OPTIONAL: ClassVar[frozenset[str]] = frozenset({"origin", "invoked_arn"})

    route: Route
    target: str = field()


@dataclass(frozen=True, slots=True, repr=False)
class Delivered(Sending):
    """An invocation record, or an event in a dead-letter queue, was delivered."""

    kind: ClassVar[str] = "delivered"
    KEYS: ClassVar[tuple[str, ...]] = ("route", "target", "body", "origin", "invoked_arn")

    body: bytes
    origin: Origin | None = None
    invoked_arn: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class DeliveryFailed(Sending):
    """A delivery failed, and its content is lost."""

    kind: ClassVar[str] = "delivery_failed"
    KEYS: ClassVar[tuple[str, ...]] = ("route", "target", "reason", "origin", "invoked_arn")

    reason: str
    origin: Origin | None = None
    invoked_arn: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class CallStopped(Entry):
    """A synchronous call was refused because it continues a recursive loop."""

    kind: ClassVar[str] = "recursion_stopped"
    KEYS: ClassVar[tuple[str, ...]] = ("invoked_arn",)

    invoked_arn: str = field()


@dataclass(frozen=True, slots=True, repr=False)
class Denied(Entry):
    """A permission was missing."""

    kind: ClassVar[str] = "denied"
    KEYS: ClassVar[tuple[str, ...]] = ("reason",)

    reason: str


@dataclass(frozen=True, slots=True, repr=False)
class Warned(Entry):
    """A possible mistake in the test or the code."""

    kind: ClassVar[str] = "warning"
    KEYS: ClassVar[tuple[str, ...]] = ("message",)

    message: str


@dataclass(frozen=True, slots=True, repr=False)
class HttpResponded(Entry):
    """An API, a function URL or a target group answered an HTTP request.

    `front` is its kind and its name, such as `http_api shop`. `reason` is why it made the response itself; None if the
    response is that of the function. `function_name` and `request_id` are those of the function that was invoked.
    """

    kind: ClassVar[str] = "http_response"
    KEYS: ClassVar[tuple[str, ...]] = ("front", "method", "path", "status_code", "reason")
    OPTIONAL: ClassVar[frozenset[str]] = frozenset({"reason"})

    front: str
    method: str
    path: str
    status_code: int
    reason: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class DurableEvent(Entry):
    """An event in the history of a durable execution, such as `StepSucceeded`.

    `durable_execution` is the name of the execution, `invoked_arn` the version that it runs, and `name` the name of the
    operation. `error_type` is the type of its error. `operation` and `parent` are the ids of the operation and of the context
    in which it runs. `sub_type` is the kind of the operation in the SDK. `seconds` is the duration of a wait, or the time
    until a retry. `written_bytes` is what an execution that ended has written.
    """

    kind: ClassVar[str] = "durable"
    KEYS: ClassVar[tuple[str, ...]] = (
        "durable_execution", "event_type", "invoked_arn", "name", "error_type", "operation", "parent", "sub_type", "seconds",
        "written_bytes",
    )  # fmt: skip
    OPTIONAL: ClassVar[frozenset[str]] = frozenset(KEYS[3:])

    durable_execution: str
    event_type: str
    invoked_arn: str = field()
    name: str | None = None
    error_type: str | None = None
    operation: str | None = None
    parent: str | None = None
    sub_type: str | None = None
    seconds: int | None = None
    written_bytes: int | None = None

    @property
    def is_told(self) -> bool:
        """Returns whether a report shows it. The end of a step or a context is enough."""
        return self.event_type not in ("StepStarted", "ContextStarted", "InvocationCompleted")

    @property
    def is_bad(self) -> bool:
        """Returns whether an operation or the execution failed."""
        return self.event_type.endswith(("Failed", "TimedOut", "Stopped"))

    @property
    def text(self) -> str:
        """Returns the event in a line: the execution, what happened, the operation, and the error."""
        name = f" {self.name}" if self.name else ""
        error = f": {self.error_type}" if self.error_type else ""
        return f"{self.durable_execution}: {self.event_type}{name}{error}"
