"""What is asked of a function, and what it came to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..simulation.journal import NOTHING
from .runtime.error_payloads import ErrorPayload
from .tracing import Trace


@dataclass(frozen=True, slots=True)
class InvokeRequest:
    """One attempt of an event or a batch, or one synchronous call; `attempt` counts from 1.

    `detail` is what the journal says of it besides, such as the mapping that a batch came through. `began_at` is the
    instant of the attempt for who asks later; None is now. `is_synchronous` is whether a caller waits for the answer.
    """

    request_id: str
    payload: bytes
    trace: Trace
    attempt: int = 1
    client_context: str | None = None
    detail: Mapping[str, object] = field(default_factory=lambda: NOTHING)
    began_at: int | None = None
    tenant_id: str = ""
    is_synchronous: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    """What an attempt that reached the function came to; `error` is None for a success.

    `trace` is what the attempt saw and passes on: what it leads to belongs to its chain (ASY-91).
    """

    payload: bytes
    error: ErrorPayload | None
    executed_version: str
    log_tail: bytes = b""
    trace: Trace | None = None
