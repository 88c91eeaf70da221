"""Transactions with a `ClientRequestToken` that was already used: they are executed only once."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.dynamodb.exceptions import ERROR_TYPE_PREFIX
from moto.dynamodb.responses import DynamoHandler

from ...simulation.clock import MICROSECONDS
from ...simulation.simulation import Simulation

WINDOW_SECONDS = 600
"""How long a token is known after its first request."""


class IdempotentParameterMismatch(JsonRESTError):
    """The same token is used with another request."""

    def __init__(self) -> None:
        super().__init__(
            f"{ERROR_TYPE_PREFIX}IdempotentParameterMismatchException",
            "DynamoDB rejected the request because you retried a request with a different payload but with an idempotent "
            "token that was already used.",
        )


class RequestTokens:
    """The tokens of one simulated AWS: for each operation, backend and token the instant, the request and the response."""

    def __init__(self, simulation: Simulation) -> None:
        self.simulation = simulation
        self.known: dict[Hashable, tuple[int, Any, Any]] = {}


def once(tokens: RequestTokens, original: Callable[[DynamoHandler], Any]) -> Callable[[DynamoHandler], Any]:
    """Wraps an operation: a second request with the same token changes nothing, and gets the same response."""

    def call(handler: DynamoHandler) -> Any:
        token = handler.body.get("ClientRequestToken")
        if token is None:
            return original(handler)
        clock, known = tokens.simulation.clock, tokens.known
        place = (original, handler.dynamodb_backend, token)
        _forget(known, clock.microseconds - WINDOW_SECONDS * MICROSECONDS)
        _, request, answer = known.get(place, (0, None, None))
        if request is not None:
            if request != handler.body:
                raise IdempotentParameterMismatch
            return answer
        request = _copied(handler.body)
        answer = original(handler)
        known[place] = (clock.microseconds, request, answer)
        return answer

    return call


def _forget(known: dict[Any, tuple[int, Any, Any]], until: int) -> None:
    """Removes the tokens that were sent at an instant or before it. They are in the order of their instants."""
    while known:
        first = next(iter(known))
        if known[first][0] > until:
            return
        del known[first]


def _copied(value: Any) -> Any:
    """Returns a copy of a request. moto changes parts of it later."""
    if isinstance(value, dict):
        return {name: _copied(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_copied(element) for element in value]
    return value
