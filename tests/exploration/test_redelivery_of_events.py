"""Asynchronous events that are delivered again while the first attempt still runs."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_lambda_events import Exploration, LambdaEvents, explore, replay

PLAN = "v1;redelivery/store/dynamodb.PutItem orders/1/delivered again"
ONLY_DUPLICATES: dict[str, Any] = {
    "max_faults": 1, "max_seconds": 600.0, "crash": False, "timeouts": False, "throttles": False, "errors": False,
    "lost_acknowledgements": False, "order": False, "delays": False,
}  # fmt: skip


class Store:
    """Stores an order, and notes when each attempt begins and goes on. The attempts in `failing` raise an error."""

    def __init__(self, env: LambdaEvents, failing: tuple[int, ...] = (), **settings: Any) -> None:
        self.seen: list[tuple[str, int, float]] = []
        self.env = env
        self._client = env.client("dynamodb")
        self._failing = failing
        self._count = 0
        env.table("orders", partition_key="id")
        self.queues = [env.queue("stored"), env.queue("failed")]
        self.function = env.function(
            self.store, name="store", on_success=self.queues[0], on_failure=self.queues[1], **settings
        )

    def store(self, event: Any, context: Any) -> None:
        self._count += 1
        number = self._count
        self.seen.append(("begins", number, self.env.elapsed))
        self._client.put_item(TableName="orders", Item={"id": {"S": "7"}})
        self.seen.append(("stored", number, self.env.elapsed))
        if number in self._failing:
            raise ValueError(number)

    def run(self) -> None:
        """Processes one event."""
        self.function.invoke_async({})
        self.env.run_until_idle()

    @property
    def records(self) -> list[int]:
        """How many records the destinations of successes and failures have."""
        return [len(queue.messages) for queue in self.queues]


@pytest.mark.rule("ASY-47")
def test_the_second_attempt_runs_while_the_first_one_pauses() -> None:
    made: list[Store] = []

    def scenario(env: LambdaEvents) -> None:
        made.append(Store(env))
        made[0].run()
        assert made[0].records == [1, 0]
        assert [attempt.request_id for attempt in made[0].function.attempts] == [made[0].function.attempts[0].request_id] * 2
        assert env.balance_sheet().processed == 1
        env.assert_no_data_lost()

    replay(scenario, PLAN)

    assert made[0].seen == [("begins", 1, 0.0), ("begins", 2, 0.0), ("stored", 2, 0.0), ("stored", 1, 0.0)]


@pytest.mark.rule("ASY-47")
@pytest.mark.parametrize(
    ("failing", "retries", "attempts", "records"),
    [
        ((2,), 2, 3, [1, 0]),
        ((1,), 2, 3, [1, 0]),
        ((1, 2), 2, 4, [1, 0]),
        ((1, 2), 0, 2, [0, 1]),
        ((1,), 0, 2, [1, 0]),
        ((1, 2, 3, 4), 1, 4, [0, 1]),
    ],
)
def test_each_delivery_has_its_own_retries_and_the_event_ends_once(
    failing: tuple[int, ...], retries: int, attempts: int, records: list[int]
) -> None:
    def scenario(env: LambdaEvents) -> None:
        store = Store(env, failing, maximum_retry_attempts=retries)
        store.run()
        assert store.records == records
        assert [one.number for one in store.function.attempts] == list(range(1, attempts + 1))
        [ending] = [entry for entry in env.journal if entry.kind in ("succeeded", "discarded")]
        assert ending.detail["attempts"] == attempts

    replay(scenario, PLAN)


def test_the_second_attempt_is_throttled_if_the_first_one_has_all_concurrency() -> None:
    made: list[Store] = []

    def scenario(env: LambdaEvents) -> None:
        made.append(Store(env, reserved_concurrent_executions=1))
        made[0].run()

    replay(scenario, PLAN)

    assert [at for _, _, at in made[0].seen] == [0.0, 0.0, 1.0, 1.0]


def test_the_timeline_marks_the_attempt_that_pauses() -> None:
    found: list[str] = []

    def scenario(env: LambdaEvents) -> None:
        Store(env, (2,)).run()
        found.append(env.journal.timeline())

    replay(scenario, PLAN)

    planned = [line for line in found[0].splitlines() if "planned" in line]
    assert len(planned) == 1
    assert "attempt 1 " in planned[0]
    assert "returned null (planned delivered again dynamodb.PutItem orders)" in planned[0]


def test_an_event_comes_once_more_at_most() -> None:
    """After the attempt, or before its only call that changes something. A synchronous call comes once."""

    def scenario(env: LambdaEvents) -> None:
        store = Store(env)
        store.function.invoke({})
        store.run()

    result: Exploration = explore(scenario, **{**ONLY_DUPLICATES, "max_faults": 2})

    assert result.failures == []
    assert result.coverage == {"duplicate": 1, "delivered": 1}
