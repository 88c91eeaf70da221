"""What many functions and event source mappings cost, counted in calls."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from counting import steps_of

from pytest_lambda_events import Function, LambdaEvents, Queue

MANY = 100
ALLOW_ALL = [{"Effect": "Allow", "Action": "*", "Resource": "*"}]


def succeed(event: Any, context: Any) -> None:
    """A handler that takes no time and never fails."""


def create_many(lambda_events: LambdaEvents) -> None:
    """Creates functions, each with its queue and a mapping."""
    for number in range(MANY):
        function = lambda_events.function(succeed, name=f"function-{number}")
        function.add_event_source(lambda_events.queue(f"queue-{number}"))


def charge_of(lambda_events: LambdaEvents) -> Function:
    """Creates a function with a queue, another queue, and invokes the function once."""
    charge = lambda_events.function(succeed, name="charge")
    charge.add_event_source(lambda_events.queue("orders"))
    lambda_events.queue("returns")
    charge.invoke()
    return charge


USES: dict[str, Callable[[LambdaEvents, Function], object]] = {
    "invoke": lambda env, charge: charge.invoke(),
    "invoke asynchronously": lambda env, charge: run_event(env, charge),
    "find": lambda env, charge: env.functions["charge"],
    "create and delete": lambda env, charge: env.function(succeed, name="ship").delete(),
    "change": lambda env, charge: charge.update(timeout=5),
    "reserve": lambda env, charge: charge.update(reserved_concurrent_executions=5),
    "plan": lambda env, charge: charge.fail("delete", optional=True),
    "map": lambda env, charge: charge.add_event_source(env.queues["returns"]).delete(),
    "change a mapping": lambda env, charge: env.event_source_mappings[first_uuid(env)].update(batch_size=5),
    "list functions": lambda env, charge: env.client("lambda").list_functions(MaxItems=1),
    "list mappings": lambda env, charge: env.client("lambda").list_event_source_mappings(MaxItems=1),
    "list the mappings of a queue": lambda env, charge: env.client("lambda").list_event_source_mappings(
        EventSourceArn=env.queues["orders"].arn
    ),
    "list the mappings of a function": lambda env, charge: env.client("lambda").list_event_source_mappings(
        FunctionName="charge"
    ),
}


def run_event(lambda_events: LambdaEvents, function: Function) -> None:
    """Invokes a function asynchronously, and runs the event to its end."""
    function.invoke_async()
    lambda_events.run_until_idle()


def first_uuid(lambda_events: LambdaEvents) -> str:
    """Returns the UUID of the first mapping."""
    return next(iter(lambda_events.event_source_mappings))


@pytest.mark.parametrize("use", USES.values(), ids=USES)
def test_a_function_costs_the_same_among_many_functions(
    use: Callable[[LambdaEvents, Function], object], lambda_events: LambdaEvents
) -> None:
    charge = charge_of(lambda_events)
    use(lambda_events, charge)
    alone = steps_of(lambda: use(lambda_events, charge))

    create_many(lambda_events)
    use(lambda_events, charge)

    # The lower one of two, since caches of the process may make one of them longer.
    among = min(steps_of(lambda: use(lambda_events, charge)) for _ in range(2))
    assert among <= alone + MANY


@pytest.mark.parametrize("use", ["invoke", "change", "create and delete"])
def test_a_function_costs_the_same_after_many_cold_starts(use: str, lambda_events: LambdaEvents) -> None:
    charge = charge_of(lambda_events)
    USES[use](lambda_events, charge)
    alone = steps_of(lambda: USES[use](lambda_events, charge))

    for number in range(MANY):
        lambda_events.function(succeed, name=f"function-{number}").invoke()

    assert steps_of(lambda: USES[use](lambda_events, charge)) <= alone + MANY


@pytest.mark.lambda_events(enforce_permissions=True)
def test_a_message_costs_the_same_among_many_roles(lambda_events: LambdaEvents) -> None:
    few = steps_of(partial(send_and_run, lambda_events, mapped_queue(lambda_events, "charge")))
    for number in range(MANY):
        lambda_events.function(succeed, name=f"function-{number}", role_policy=ALLOW_ALL)

    many = steps_of(partial(send_and_run, lambda_events, mapped_queue(lambda_events, "ship")))

    assert many <= few + MANY


def mapped_queue(lambda_events: LambdaEvents, name: str) -> Queue:
    """Creates a function with a role and a queue, and processes a message."""
    queue = lambda_events.queue(f"queue-of-{name}")
    lambda_events.function(succeed, name=name, role_policy=ALLOW_ALL).add_event_source(queue)
    send_and_run(lambda_events, queue)
    return queue


def send_and_run(lambda_events: LambdaEvents, queue: Queue) -> None:
    """Sends a message, and lets the function process it."""
    queue.send("m1")
    lambda_events.run_until_idle()
