"""What handles need of the world."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Protocol

from ..errors import LambdaEventsError
from ..service.failures import Failure
from ..simulation.faults import Plan
from ..simulation.journal import Journal
from .views import InvokeResponse

if TYPE_CHECKING:
    from .function_code import FunctionCode
    from .handlers import Handler


class Api(Protocol):
    """The Lambda API, and the journal of what it led to."""

    @property
    def journal(self) -> Journal:
        """What happened."""

    def call(self, operation: str, /, **parameters: Any) -> dict[str, Any]:
        """One operation of the Lambda API; its refusals come as botocore's `ClientError`."""

    def checkpoints(self, uuid: str) -> dict[str, str]:
        """The last sequence number that an event source mapping is done with, by shard id."""

    def put_role_policy(self, name: str, statements: Sequence[Mapping[str, object]]) -> str:
        """Give a function a role of its own with these statements; its ARN."""

    def set_code(self, name: str, code: FunctionCode) -> None:
        """Give `$LATEST` of a function other code."""

    def module(self, name: str, qualifier: str | None, module_name: str) -> ModuleType:
        """A module that the next invocation will use, loaded if it is not yet."""

    @property
    def root(self) -> Path:
        """The folder that a relative `code_uri` starts at."""

    def invoke(self, name: str, qualifier: str | None, payload: bytes) -> InvokeResponse:
        """A synchronous invocation, without retries."""

    def handler_named(self, text: str) -> Handler | None:
        """The callable that a hook has for a handler string, if one has."""

    def microseconds(self, what: str, instant: float | timedelta | datetime) -> int:
        """An instant in microseconds since the clock's start. Raises `LambdaEventsError`, naming `what`, if it is none."""

    def plan(self, plan: Plan[Failure], *, by_marker: bool = False) -> None:
        """Let a fault strike from now on. Raises `LambdaEventsError` for one whose time is over."""

    def accept(self, name: str, qualifier: str | None, payload: bytes) -> str:
        """An asynchronous invocation; the event's request id."""


def arn_of(target: Any) -> str:
    """The ARN of a handle, an ARN as text as it is, and nothing for None."""
    if target is None or isinstance(target, str):
        return target or ""
    arn = getattr(target, "arn", None)
    if not isinstance(arn, str):
        raise LambdaEventsError(f"{target!r} has no ARN: give a handle, or an ARN as text.")
    return arn
