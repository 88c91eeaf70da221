"""What durable executions need of the rest of Lambda."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from ..invoke_request import InvokeRequest, Result
from ..model import Target
from ..refusals import Refusal


class FunctionFinder(Protocol):
    """Finds functions by name or ARN at the current time."""

    def named(self, function_arn: str, qualifier: str | None) -> Target:
        """Returns the target that a call names. Raises `ServiceError` if it is missing."""

    def resolve(self, function_arn: str, qualifier: str | None) -> Target:
        """Returns the target that would run now. An alias draws by its weights. Raises `ServiceError` if it is missing."""


class InvokerOfExecutions(Protocol):
    """Runs one invocation of a function."""

    def attempt(self, target: Target, request: InvokeRequest, on_result: Callable[[Result], None]) -> Refusal | None:
        """Runs an invocation to its end or its first suspension, unless it is refused."""
