"""What a request through an API or a function URL costs, against the invocation of its function."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from measuring import Row, expect, paired, seconds_of

from pytest_lambda_events import LambdaEvents

REQUESTS = 500
ROUNDS = 5
LIMIT = 2.5


def measure() -> Iterator[Row]:
    """Yields a row for each front."""
    for name, create in FRONTS.items():
        pairs = paired(lambda create=create: _requested(create), _invoked, rounds=ROUNDS)
        yield pairs.ratio(f"a request through {name} / function.invoke", limit=LIMIT)


def _nothing(event: Any, context: Any) -> dict[str, Any]:
    return {"statusCode": 204, "body": ""}


FRONTS: dict[str, Callable[[LambdaEvents], Any]] = {
    "an HTTP API": lambda environment: environment.http_api("shop", {"GET /orders/{id}": _nothing}),
    "a REST API": lambda environment: environment.rest_api("shop", {"GET /orders/{id}": _nothing}),
    "a function URL": lambda environment: environment.function(_nothing, name="_nothing").create_url(),
}


def _requested(create: Callable[[LambdaEvents], Any]) -> float:
    with LambdaEvents() as environment:
        endpoint = create(environment)
        expect(endpoint.request("GET", "/orders/7").status_code == 204)

        def request_all() -> None:
            for _ in range(REQUESTS):
                endpoint.request("GET", "/orders/7")

        return seconds_of(request_all)


def _invoked() -> float:
    with LambdaEvents() as environment:
        function = environment.function(_nothing, name="_nothing")
        function.invoke()

        def invoke_all() -> None:
            for _ in range(REQUESTS):
                function.invoke()

        return seconds_of(invoke_all)
