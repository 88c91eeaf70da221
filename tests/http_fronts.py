"""Requests to each kind of front, for the tests of HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pytest_lambda_events import HttpEndpoint, HttpResponse, LambdaEvents

FRONTS = ("rest", "1.0", "2.0", "url", "alb")
"""A REST API, an HTTP API with each format, a function URL, and a target group."""


def answer(event: Any, context: Any) -> dict[str, Any]:
    return {"statusCode": 200, "body": context.aws_request_id}


def front(
    lambda_events: LambdaEvents,
    kind: str,
    route: str = "ANY /{proxy+}",
    handler: Callable[..., object] = answer,
    **settings: Any,
) -> HttpEndpoint:
    """An API, a function URL or a target group of a new function. `settings` are those of the function."""
    function = lambda_events.function(handler, name=f"function-{kind}".replace(".", "-"), **settings)
    if kind == "rest":
        return lambda_events.rest_api(kind, {route: function}, stage="dev")
    if kind in ("1.0", "2.0"):
        return lambda_events.http_api(kind, {route: function}, payload="1.0" if kind == "1.0" else "2.0")
    return function.create_url() if kind == "url" else lambda_events.target_group(kind, function)


def event_of(endpoint: HttpEndpoint, method: str, path: str, **options: Any) -> dict[str, Any]:
    """The event of the function for a request."""
    invocation = endpoint.request(method, path, **options).invocation
    assert invocation is not None
    event: dict[str, Any] = invocation.event
    return event


def returning(lambda_events: LambdaEvents, kind: str, result: object, **options: Any) -> HttpResponse:
    """The response to a request whose function returns a value."""

    def handler(event: Any, context: Any) -> object:
        return result

    endpoint = front(lambda_events, kind, handler=handler)
    return endpoint.request("GET", "/a", **options)
