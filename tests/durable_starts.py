"""Handlers of durable functions, and a client that shows what boto3 returns."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

sdk: Any = pytest.importorskip("aws_durable_execution_sdk_python", reason="the SDK needs Python 3.11")
Duration = sdk.config.Duration
UNQUALIFIED = "You cannot invoke a durable function using an unqualified ARN."
TOO_LONG = "You cannot synchronously invoke a durable function with an executionTimeout greater than 15 minutes."


def echo() -> Callable[..., Any]:
    """Returns a handler that returns its event."""
    return handler(lambda event, context: event)


def waiting(seconds: int) -> Callable[..., Any]:
    """Returns a handler that does one step, waits and returns its event."""

    def wait(event: Any, context: Any) -> Any:
        context.step(lambda step: "done", name="first")
        context.wait(Duration(seconds=seconds), name="rest")
        return event

    return handler(wait)


def failing() -> Callable[..., Any]:
    """Returns a handler that raises outside of a step."""

    def fail(event: Any, context: Any) -> Any:
        raise ValueError("no stock")

    return handler(fail)


def handler(code: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    """Returns a handler of a durable function."""
    made: Callable[..., Any] = sdk.durable_execution(code)
    return made


def payload_of(answer: Any) -> Any:
    """Returns the payload of an answer to `Invoke`, decoded from JSON."""
    return json.loads(answer["Payload"].read())
