"""A function, queues, and calls that map one to the other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pytest_lambda_events import Function, LambdaEvents, Queue

Create = Callable[..., dict[str, Any]]


def charge_cards(event: Any, context: Any) -> None:
    pass


@pytest.fixture
def charge(lambda_events: LambdaEvents) -> Function:
    """The function `charge`, with a timeout of 30 s."""
    return lambda_events.function(charge_cards, name="charge", timeout=30)


@pytest.fixture
def orders(lambda_events: LambdaEvents) -> Queue:
    """A standard queue with a visibility timeout of 30 s."""
    return lambda_events.queue("orders", visibility_timeout=30)


@pytest.fixture
def orders_fifo(lambda_events: LambdaEvents) -> Queue:
    """A FIFO queue with a visibility timeout of 30 s."""
    return lambda_events.queue("orders.fifo", visibility_timeout=30)


@pytest.fixture
def create(aws_lambda: Any, charge: Function, orders: Queue) -> Create:
    """Maps `orders` to `charge` unless told otherwise."""

    def call(**parameters: Any) -> dict[str, Any]:
        given = {"FunctionName": "charge", "EventSourceArn": orders.arn, **parameters}
        answer: dict[str, Any] = aws_lambda.create_event_source_mapping(**given)
        return answer

    return call


@pytest.fixture
def uuid(create: Create) -> str:
    """The UUID of a mapping of `orders` to `charge`."""
    return str(create()["UUID"])
