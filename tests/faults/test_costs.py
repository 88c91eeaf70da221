"""What many planned faults cost, counted in instructions."""

from __future__ import annotations

from functools import partial
from typing import Any

from counting import steps_of

from pytest_lambda_events import LambdaEvents, PlannedFault

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


def test_each_of_many_faults_that_did_not_happen_costs_the_same(lambda_events: LambdaEvents) -> None:
    charge = lambda_events.function(succeed, name="charge")
    for _ in range(10 * MANY):
        charge.invoke_async()
    lambda_events.run_until_idle()
    faults = [charge.fail(ValueError("broken"), attempts=[9]) for _ in range(MANY)]

    costs = [steps_of(partial(texts_of, lambda_events, faults[:count])) for count in (1, MANY)]
    for fault in faults:
        fault.cancel()

    assert costs[1] <= 3 * costs[0]


def texts_of(lambda_events: LambdaEvents, faults: list[PlannedFault]) -> str:
    """Returns the message about these faults."""
    return lambda_events._unmet_text([fault._plan for fault in faults])
