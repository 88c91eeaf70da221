"""With the state of the test doubles, an exploration leaves out ends of a process that make no difference."""

from __future__ import annotations

import time
from typing import Any

import pytest
from exploration.shops import Bank, charging, marking, orders_of, scenario_of, storing

from pytest_lambda_events import Exploration, LambdaEvents, LambdaEventsError, explore

ENDS: dict[str, Any] = {
    "max_seconds": 600.0, "timeouts": False, "duplicates": False, "throttles": False, "lost_acknowledgements": False,
    "errors": False, "order": False,
}  # fmt: skip


class Shop:
    """A scenario whose bank the function `state` can read."""

    def __init__(self, made: Any) -> None:
        self.bank = Bank()
        self._made = made

    def __call__(self, env: LambdaEvents) -> None:
        scenario_of(self._handler, self._check)(env)

    def _handler(self, db: Any, bank: Bank) -> Any:
        self.bank = bank
        return self._made(db, bank)

    def _check(self, db: Any, bank: Bank) -> None:
        assert bank.charges in ([], ["7"]), f"the bank has {bank.charges}"

    def explored(self, *, with_state: bool, max_faults: int = 1) -> Exploration:
        """The exploration with and without the state."""
        state = (lambda: self.bank.charges) if with_state else None
        return explore(self, max_faults=max_faults, state=state, **ENDS)


def reading(db: Any, bank: Bank) -> Any:
    """A handler that reads three times, then writes."""

    def read(event: Any, context: Any) -> None:
        for order in orders_of(event):
            for _ in range(3):
                db.get_item(TableName="payments", Key={"id": {"S": order}})
            db.put_item(TableName="payments", Item={"id": {"S": order}})

    return read


def test_a_process_does_not_end_between_calls_that_change_nothing() -> None:
    all_ends, fewer = (Shop(reading).explored(with_state=given) for given in (False, True))

    assert (all_ends.executions - fewer.executions, fewer.pruned) == (3, 3)
    assert "3 were left out, because they make no difference." in fewer.summary()


def test_a_process_ends_after_each_change_of_a_test_double() -> None:
    """The bank is charged between GetItem and PutItem, and after PutItem in the second shop."""
    charged, marked = (Shop(made).explored(with_state=True) for made in (charging, marking))

    assert [str(one) for one in charged.failures[0].plan] == [
        "the process of charge ends before its call of dynamodb.PutItem payments"
    ]
    assert (charged.pruned, marked.pruned) == (0, 1)


@pytest.mark.parametrize("made", [charging, marking, storing, reading])
def test_pairs_fail_in_the_same_way_with_and_without_the_state(made: Any) -> None:
    without, given = (Shop(made).explored(with_state=given, max_faults=2) for given in (False, True))

    assert [one.signature for one in given.failures] == [one.signature for one in without.failures]
    assert given.executions <= without.executions


def test_time_that_passes_in_between_is_a_change() -> None:
    def scenario(env: LambdaEvents) -> None:
        db = env.client("dynamodb")
        env.table("payments", partition_key="id")

        def read(event: Any, context: Any) -> None:
            for _ in range(2):
                db.get_item(TableName="payments", Key={"id": {"S": "7"}})
                time.sleep(1)

        env.function(read, name="read", timeout=10).invoke_async({})
        env.run_until_idle()

    assert explore(scenario, max_faults=1, state=lambda: None, **ENDS).pruned == 0


@pytest.mark.parametrize(
    ("state", "message"),
    [
        (7, "state=7 is not a function. Pass a function"),
        (lambda bank: bank, "state has the parameter 'bank', which has no value. Values: lambda_events."),
    ],
)
def test_a_wrong_state_is_refused(state: Any, message: str) -> None:
    with pytest.raises(LambdaEventsError, match=message):
        explore(lambda env: None, state=state)
