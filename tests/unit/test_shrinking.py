"""Plans become shorter and simpler while the test fails for the same reason."""

from __future__ import annotations

from pytest_lambda_events import Bounds, Choice, Point
from pytest_lambda_events.exploration.choices import Plan
from pytest_lambda_events.exploration.outcomes import Outcome
from pytest_lambda_events.exploration.shrinking import Shrinker

ERROR = AssertionError("charged twice")


def choice(function_name: str, occurrence: int, alternative: str = "timeout before") -> Choice:
    return Choice(Point("call", function_name, "dynamodb.PutItem payments", occurrence), alternative)


def fails_before_charge(plan: Plan) -> Outcome:
    """Fails if anything happens before a call of the function charge, from its second call on."""
    is_failing = any(
        one.point.function_name == "charge" and one.point.occurrence > 1 and one.alternative.endswith("before") for one in plan
    )
    return Outcome(plan, ERROR, has_passed=False) if is_failing else Outcome(plan)


def shrunk(plan: Plan, bounds: Bounds, most: int = 200) -> Plan:
    shrinker = Shrinker(plan, fails_before_charge(plan), fails_before_charge, bounds, most)
    shrinker.shrink(is_drawn=True)
    return shrinker.plan


LONG = (*(choice("other", number) for number in range(1, 9)), choice("charge", 4))


def test_one_simple_choice_is_left_at_the_first_point_that_fails() -> None:
    assert shrunk(LONG, Bounds()) == (choice("charge", 2, "crash before"),)


def test_a_kind_that_the_bounds_exclude_is_not_chosen() -> None:
    assert shrunk(LONG, Bounds(crash=False)) == (choice("charge", 2),)


def test_shrinking_ends_after_its_executions() -> None:
    assert len(shrunk(LONG, Bounds(), most=2)) == 5
