"""One durable execution: its operations, its history, and the invocation that is running."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Any

from ... import limits
from ...simulation.clock import MICROSECONDS
from ...simulation.scheduler import Timer
from ...values import dataclass
from ..model import DurableConfig
from ..tracing import Trace
from .history import HistoryEvent
from .operation_table import Operations
from .operations import EXECUTION, STARTED, ErrorObject, Operation

RUNNING = "RUNNING"


@dataclass(frozen=True, slots=True)
class DurableInvocation:
    """An invocation of an execution that is running. It began at `started_at`, in microseconds since the clock's start."""

    number: int
    request_id: str
    started_at: int


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """The answer to a checkpoint, for a client that sends it again (DUR-53)."""

    client_token: str
    checkpoint_token: str
    at: int
    body: Mapping[str, Any]

    def answers(self, client_token: str | None, checkpoint_token: str, now: int) -> bool:
        """Returns whether this is the answer to a checkpoint at `now`."""
        is_equal = (self.client_token, self.checkpoint_token) == (client_token, checkpoint_token)
        return is_equal and now - self.at < limits.DURABLE_CLIENT_TOKEN_SECONDS * MICROSECONDS


@dataclass(slots=True, eq=False)
class Execution:
    """A durable execution. Instants are microseconds since the clock's start.

    `version` is the version that runs, `$LATEST` or a number. `changed` are ids of operations that the handler has not seen
    change. `is_awaited` is whether a caller waits for its end. `is_asynchronous` is whether an event started it.
    `is_queued` is whether this event waits in the asynchronous queue for its first invocation. `written_bytes` is the
    size of its input, and of all payloads, errors and results until now.
    """

    arn: str
    name: str
    id: str
    function_name: str
    function_arn: str
    version: str
    config: DurableConfig
    input: bytes
    started_at: int
    trace: Trace
    is_asynchronous: bool = False
    is_queued: bool = False
    is_child: bool = False
    is_awaited: bool = False
    status: str = RUNNING
    result: str | None = None
    error: ErrorObject | None = None
    ended_at: int | None = None
    operations: Operations = field(default_factory=Operations)
    events: list[HistoryEvent] = field(default_factory=list)
    unwritten: list[HistoryEvent] = field(default_factory=list)
    has_begun: bool = False
    invocation: DurableInvocation | None = None
    invocations: int = 0
    tokens: int = 0
    token: str | None = None
    answer: StoredAnswer | None = None
    changed: dict[str, None] = field(default_factory=dict)
    is_invocation_due: bool = False
    conclusion: tuple[str, str | None, ErrorObject | None] | None = None
    failures: list[ErrorObject] = field(default_factory=list)
    empty_invocations: int = 0
    throttles: int = 0
    log_tail: bytes = b""
    written_bytes: int = 0
    due_timer: Timer | None = None
    timeout_timer: Timer | None = None
    on_ended: list[Callable[[Execution], None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.written_bytes = len(self.input)
        self.operations.put(
            Operation(
                self.id, EXECUTION, STARTED, self.started_at, self.name, input=self.input.decode("utf-8", "surrogatepass")
            )
        )

    @property
    def is_running(self) -> bool:
        """Returns whether it has not ended."""
        return self.ended_at is None

    @property
    def qualified_function_arn(self) -> str:
        """Returns the ARN of the version that it runs."""
        return f"{self.function_arn}:{self.version}"

    def next_token(self) -> str:
        """Replaces the checkpoint token. The earlier ones are invalid from now on (DUR-51)."""
        self.tokens += 1
        self.token = base64.b64encode(f"{self.id}/{self.invocations}/{self.tokens}".encode()).decode()
        return self.token
