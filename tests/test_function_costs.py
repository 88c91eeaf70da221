"""What many functions cost, counted in calls."""

from __future__ import annotations

from typing import Any

from counting import calls_of

from pytest_lambda_events import Function, LambdaEvents

MANY = 300


def succeed(event: Any, context: Any) -> None:
    """A handler that takes no time and never fails."""


def many_functions(lambda_events: LambdaEvents, first: int = 0) -> list[Function]:
    """Creates functions with different names."""
    return [lambda_events.function(succeed, name=f"function-{number}") for number in range(first, first + MANY)]


def test_an_invocation_costs_the_same_among_many_functions(lambda_events: LambdaEvents) -> None:
    charge = lambda_events.function(succeed, name="charge")
    charge.invoke()
    alone = calls_of(charge.invoke)

    many_functions(lambda_events)

    assert calls_of(charge.invoke) <= alone + 10
