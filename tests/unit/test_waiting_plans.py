"""The plans of an exploration wait in the order in which they run, and use little memory."""

from __future__ import annotations

import gc
from collections.abc import Sequence
from itertools import count
from random import Random

from pytest_lambda_events import Choice, Point
from pytest_lambda_events.exploration.choices import Plan
from pytest_lambda_events.exploration.waiting import WaitingPlans

CHOICES = [Choice(Point("call", "charge", "dynamodb.PutItem payments", number), "crash before") for number in range(90)]


def with_costs(draws: Random, most: int) -> list[tuple[Choice, float]]:
    return [(choice, float(draws.randrange(5))) for choice in draws.sample(CHOICES, draws.randrange(most))]


def test_plans_run_by_size_then_by_cost_then_as_they_were_found() -> None:
    draws, waiting, found = Random(7), WaitingPlans(), count()
    expected: list[tuple[int, float, int, Plan]] = []

    def add(plan: Plan) -> None:
        following: Sequence[tuple[Choice, float]] = with_costs(draws, 6) if plan else with_costs(draws, 90)
        waiting.add(plan, following)
        expected.extend((len(plan) + 1, cost, next(found), (*plan, choice)) for choice, cost in following)
        expected.sort()

    add(())
    for _ in range(200):
        assert len(waiting) == len(expected)
        assert list(waiting.first(32)) == [plan for *_, plan in expected[:32]]
        plan = waiting.pop()
        assert plan == expected.pop(0)[3]
        add(plan)
    waiting.clear()

    assert not waiting


def test_a_plan_is_created_only_when_it_is_next() -> None:
    waiting = WaitingPlans()
    following = [(choice, 1.0) for choice in CHOICES]
    waiting.add((), following)
    gc.collect()
    before = len(gc.get_objects())

    for number in range(100):
        waiting.add((CHOICES[number % 90],), following)
    gc.collect()

    assert len(waiting) == 101 * 90
    # One object for each plan would be 9,000 more.
    assert len(gc.get_objects()) - before < 1_000
