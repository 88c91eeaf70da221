"""What many planned faults cost, counted in instructions."""

from __future__ import annotations

from typing import Any

from counting import steps_of

from pytest_lambda_events import LambdaEvents

MANY = 100


def succeed(event: Any, context: Any) -> None:
    """A handler that never fails."""


def test_an_attempt_costs_the_same_if_faults_of_many_functions_are_planned(lambda_events: LambdaEvents) -> None:
    charge = lambda_events.function(succeed, name="charge")
    others = [lambda_events.function(succeed, name=f"function-{number}") for number in range(MANY)]
    for function in (charge, others[0]):
        function.fail(ValueError("broken"), attempts=[9], optional=True)
    charge.invoke()
    alone = steps_of(charge.invoke)

    for function in others:
        function.fail(ValueError("broken"), attempts=[9], optional=True)

    assert steps_of(charge.invoke) <= alone + MANY


def test_an_attempt_costs_the_same_if_many_faults_wait_for_later_attempts(lambda_events: LambdaEvents) -> None:
    charge = lambda_events.function(succeed, name="charge")
    charge.fail(ValueError("broken"), times=3)
    charge.invoke()
    alone = steps_of(charge.invoke)

    for _ in range(MANY):
        charge.fail(ValueError("broken"), times=1, optional=True)
    charge.invoke()

    assert steps_of(charge.invoke) <= alone + MANY


def test_an_attempt_costs_the_same_after_many_faults_have_happened(lambda_events: LambdaEvents) -> None:
    charge = lambda_events.function(succeed, name="charge")
    for _ in range(MANY):
        charge.fail(ValueError("broken"), times=1)
    charge.fail(ValueError("broken"), times=2)
    charge.invoke()
    first = steps_of(charge.invoke)

    for _ in range(MANY - 2):
        charge.invoke()
    charge.invoke()

    assert steps_of(charge.invoke) <= first + MANY
