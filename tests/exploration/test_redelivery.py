"""Messages that are received again while a slow first attempt still runs."""

from __future__ import annotations

import pytest

from pytest_lambda_events import LambdaEvents, replay
from pytest_lambda_events.journal.batches import Deleted

PLAN = "v1;redelivery/store/dynamodb.PutItem orders/1/redelivered"


@pytest.mark.parametrize("suffix", ["", ".fifo"])
def test_the_second_attempt_has_the_message_while_the_first_one_runs(suffix: str) -> None:
    seen: list[tuple[str, str, float]] = []

    def scenario(env: LambdaEvents) -> None:
        db, queue = env.client("dynamodb"), env.queue(f"orders{suffix}", visibility_timeout=60)
        env.table("orders", partition_key="id")

        def store(event: dict[str, list[dict[str, dict[str, str]]]], context: object) -> None:
            [record] = event["Records"]
            count = record["attributes"]["ApproximateReceiveCount"]
            seen.append(("begins", count, env.elapsed))
            db.put_item(TableName="orders", Item={"id": {"S": "7"}})
            seen.append(("stores", count, env.elapsed))

        env.function(store, name="store", timeout=20).add_event_source(queue)
        queue.send("x", message_group_id="a" if suffix else None, message_deduplication_id="b" if suffix else None)
        env.run_until_idle()
        assert not queue.messages
        deletions = [entry.stale for entry in env.journal if isinstance(entry, Deleted)]
        assert [len(stale) for stale in deletions] == [0, 1]

    replay(scenario, PLAN)

    assert seen == [("begins", "1", 0.0), ("begins", "2", 15.0), ("stores", "2", 15.0), ("stores", "1", 15.0)]


def test_the_second_attempt_is_throttled_if_the_first_one_has_all_concurrency() -> None:
    seen: list[tuple[str, float]] = []

    def scenario(env: LambdaEvents) -> None:
        db, queue = env.client("dynamodb"), env.queue("orders", visibility_timeout=60)
        env.table("orders", partition_key="id")

        def store(event: dict[str, list[dict[str, str]]], context: object) -> None:
            db.put_item(TableName="orders", Item={"id": {"S": "7"}})
            seen.append((event["Records"][0]["body"], env.elapsed))

        function = env.function(store, name="store", timeout=20, reserved_concurrent_executions=1)
        function.add_event_source(queue, batch_size=1)
        queue.send("x")
        env.run_until_idle()

    replay(scenario, PLAN)

    assert [at for _, at in seen] == [15.0, 18.5]
