"""A failure is reported with the inputs that it needs."""

from __future__ import annotations

from typing import Any

import pytest
from exploration.shops import Bank, charging

from pytest_lambda_events import LambdaEvents, explore, replay

ONE_CRASH: dict[str, Any] = {
    "max_faults": 1, "max_seconds": 600.0, "timeouts": False, "duplicates": False, "throttles": False,
    "lost_acknowledgements": False, "errors": False, "order": False,
}  # fmt: skip


def shop(env: LambdaEvents, orders: list[str]) -> Bank:
    """Sends the orders, and returns the bank when all is done."""
    bank = Bank()
    queue = env.queue("orders", dead_letter_queue=env.queue("dead"), max_receive_count=5)
    env.table("payments", partition_key="id")
    env.function(charging(env.client("dynamodb"), bank), name="charge").add_event_source(queue, batch_size=1)
    for order in orders:
        queue.send({"id": order})
    env.run_until_idle()
    return bank


def marked(env: LambdaEvents) -> None:
    """A test that also passes if the exploration leaves out some of its orders."""
    orders = env.inputs(["1", "2", "3"])
    assert sorted(shop(env, orders).charges) == orders


def of_all(env: LambdaEvents) -> None:
    """A test that needs all its orders."""
    assert sorted(shop(env, env.inputs(["1", "2", "3"])).charges) == ["1", "2", "3"]


def test_inputs_that_a_failure_does_not_need_are_left_out() -> None:
    [failure] = explore(marked, **ONE_CRASH).failures

    assert [str(choice) for choice in failure.plan] == [
        "input 3 is left out",
        "input 2 is left out",
        "the process of charge ends before its call of dynamodb.PutItem payments",
    ]
    assert str(failure).startswith("1 planned fault, without 2 of the inputs:\n")


def test_a_failure_with_fewer_inputs_is_repeated_by_its_text() -> None:
    [failure] = explore(marked, **ONE_CRASH).failures

    with pytest.raises(AssertionError) as raised:
        replay(marked, failure.replay)

    assert "['1', '1']" in str(raised.value)


def test_inputs_that_the_test_needs_stay() -> None:
    failures = explore(of_all, **ONE_CRASH).failures

    assert [len(failure.plan) for failure in failures] == [1, 1, 1]


def test_all_inputs_are_sent_without_an_exploration(lambda_events: LambdaEvents) -> None:
    assert lambda_events.inputs(iter("abc")) == ["a", "b", "c"]
