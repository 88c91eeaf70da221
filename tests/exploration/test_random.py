"""Executions that draw their choices find failures beyond the bound, and are shrunk."""

from __future__ import annotations

from typing import Any

import pytest
from exploration.shops import Bank, orders_of, scenario_of

from pytest_lambda_events import Exploration, LambdaEvents, explore, replay

ONLY_CRASHES: dict[str, Any] = {
    "max_seconds": 600.0, "timeouts": False, "duplicates": False, "throttles": False, "lost_acknowledgements": False,
    "errors": False, "order": False,
}  # fmt: skip
NUMBER = 300


def after_two_crashes(db: Any, bank: Bank) -> Any:
    """A handler that counts its attempts, and charges twice if two of them end early."""

    def charge(event: Any, context: Any) -> None:
        for order in orders_of(event):
            counted = db.update_item(
                TableName="payments", Key={"id": {"S": order}}, UpdateExpression="ADD attempts :one",
                ExpressionAttributeValues={":one": {"N": "1"}}, ReturnValues="ALL_NEW",
            )  # fmt: skip
            bank.charges.append(counted["Attributes"]["attempts"]["N"])
            db.get_item(TableName="payments", Key={"id": {"S": order}})

    return charge


def at_most_two(db: Any, bank: Bank) -> None:
    """The bank has no third charge."""
    assert "3" not in bank.charges


def explored(**options: Any) -> Exploration:
    """The exploration of single crashes, followed by drawn executions."""
    return explore(scenario_of(after_two_crashes, at_most_two), max_faults=1, **ONLY_CRASHES, **options)


def test_a_failure_beyond_the_bound_is_found_and_shrunk() -> None:
    systematic = explored()
    drawn = explored(random_executions=NUMBER)

    assert systematic.failures == []
    [failure] = drawn.failures
    assert len(failure.plan) == 2
    assert all(choice.alternative.startswith("crash") for choice in failure.plan)
    assert drawn.executions > systematic.executions


def test_a_shrunk_failure_is_repeated_by_its_text() -> None:
    [failure] = explored(random_executions=NUMBER).failures

    with pytest.raises(AssertionError, match="assert '3' not in"):
        replay(scenario_of(after_two_crashes, at_most_two), failure.replay)


def test_the_same_seed_draws_the_same_executions() -> None:
    first, second, other = (explored(random_executions=NUMBER, seed=seed) for seed in (1, 1, 2))

    assert (first.executions, first.coverage) == (second.executions, second.coverage)
    assert [one.replay for one in first.failures] == [one.replay for one in second.failures]
    assert other.coverage != first.coverage


def test_executions_are_drawn_only_after_all_plans_within_the_bound() -> None:
    systematic = explored()
    cut = explored(random_executions=NUMBER, max_executions=systematic.executions)

    assert (cut.executions, cut.left) == (systematic.executions, NUMBER)
    assert f"{NUMBER} were not run: the budget was used up." in cut.summary()


def test_orders_with_several_changes_are_drawn() -> None:
    """The bug needs two pauses: one attempt goes on while another one pauses between two of its calls.

    This seed draws such an execution among the first 70. Others need 170 to 270, or more than NUMBER.
    """

    def scenario(env: LambdaEvents) -> None:
        db, seen = env.client("dynamodb"), list[str]()
        env.table("steps", partition_key="id")

        def step(event: Any, context: Any) -> None:
            for number in range(3):
                db.put_item(TableName="steps", Item={"id": {"S": "last"}})
                seen.append(f"{event}{number}")

        function = env.function(step, name="step")
        function.invoke_async("a")
        function.invoke_async("b")
        env.run_until_idle()
        assert "".join(seen) not in ("a0b0a1a2b1b2", "b0a0b1b2a1a2")

    only_order = {**ONLY_CRASHES, "crash": False, "order": True}
    result = explore(scenario, max_faults=1, random_executions=NUMBER, seed=6, **only_order)

    [failure] = result.failures
    assert len(failure.plan) > 1
    assert {choice.alternative for choice in failure.plan} <= {"others first", "item 2 first"}


def test_each_version_of_python_draws_the_same_executions() -> None:
    """These values must be the same on all versions of Python, and in all processes."""
    result = explored(random_executions=NUMBER, seed=7)

    assert (result.executions, result.coverage) == (36, {"crash": 45})
    assert [failure.replay for failure in result.failures] == [
        "v1;call/charge/dynamodb.UpdateItem payments/1/crash after;handler/charge//2/crash at end"
    ]
