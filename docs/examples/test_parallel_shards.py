from __future__ import annotations

import time
from typing import Any

from pytest_lambda_events import LambdaEvents


def pack(event: Any, context: Any) -> None:
    time.sleep(10)


def test_two_partition_keys_of_one_shard_run_in_parallel(lambda_events: LambdaEvents) -> None:
    orders, function = lambda_events.stream("orders"), lambda_events.function(pack, timeout=15)
    function.add_event_source(orders, starting_position="TRIM_HORIZON", batch_size=1, parallelization_factor=2)

    orders.put("first", "second", partition_key="alice")
    orders.put("first", "second", partition_key="erin")
    lambda_events.run_until_idle()

    starts = [(batch.started_after_seconds, batch.records[0]["kinesis"]["partitionKey"]) for batch in function.batches]
    assert sorted(starts) == [(0, "alice"), (0, "erin"), (10, "alice"), (10, "erin")]


def test_child_shards_are_read_after_their_parent(lambda_events: LambdaEvents) -> None:
    orders, function = lambda_events.stream("orders"), lambda_events.function(pack, timeout=15)
    function.add_event_source(orders, starting_position="TRIM_HORIZON")

    orders.put("before", partition_key="alice")
    orders.split_shard(orders.shards[0])
    orders.put("after", partition_key="alice")
    orders.put("after", partition_key="bob")
    lambda_events.run_until_idle()

    parent, lower, upper = orders.shards
    assert (parent.is_open, lower.parent_shard_ids, upper.parent_shard_ids) == (False, [parent.shard_id], [parent.shard_id])
    starts = [(batch.started_after_seconds, batch.shard_id) for batch in function.batches]
    assert sorted(starts) == [(0, parent.shard_id), (10, lower.shard_id), (10, upper.shard_id)]


def test_merged_shard_is_read_after_both_parents(lambda_events: LambdaEvents) -> None:
    orders, function = lambda_events.stream("orders", shard_count=2), lambda_events.function(pack, timeout=15)
    function.add_event_source(orders, starting_position="TRIM_HORIZON", batch_size=1)

    orders.put("before", "before", partition_key="alice")
    orders.put("before", partition_key="bob")
    orders.merge_shards(*orders.shards)
    orders.put("after", partition_key="alice")
    lambda_events.run_until_idle()

    assert [(batch.started_after_seconds, batch.data) for batch in function.batches] == [
        (0, ["before"]), (0, ["before"]), (10, ["before"]), (20, ["after"]),
    ]  # fmt: skip


def test_throttled_batch_waits_and_uses_no_retry(lambda_events: LambdaEvents) -> None:
    orders = lambda_events.stream("orders", shard_count=2)
    function = lambda_events.function(pack, timeout=15, reserved_concurrent_executions=1)
    function.add_event_source(orders, starting_position="TRIM_HORIZON", maximum_retry_attempts=0)

    orders.put("first", partition_key="alice")
    orders.put("first", partition_key="bob")
    lambda_events.run_until_idle()

    second = [batch for batch in function.batches if batch.shard_id == orders.shards[1].shard_id]
    assert [batch.started_after_seconds for batch in second] == [0, 0.2, 0.6, 1.4, 3, 6.2, 12.6]
    assert [batch.outcome for batch in second] == ["throttled"] * 6 + ["success"]
