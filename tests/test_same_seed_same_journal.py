"""An environment's story depends on the test and its seed, and on nothing of the machine."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import time
from typing import Any

import pytest

from pytest_lambda_events import LambdaEvents

STORY = textwrap.dedent(
    """
    import sys, time
    from pytest_lambda_events import LambdaEvents

    def work(event, context):
        print("request", context.aws_request_id)
        time.sleep(event.get("seconds", 0))
        return {"one", "two"} if event.get("fails") else len(event)

    with LambdaEvents(seed=int(sys.argv[1])) as env:
        function = env.function(work, timeout=20, reserved_concurrent_executions=1)
        function.invoke_async({"seconds": 10})
        function.invoke_async({"fails": True})
        orders = env.queue("orders", message_retention_period=100)
        function.add_event_source(orders, batch_size=1, filters=[{"body": {"seconds": [{"exists": True}]}}])
        orders.send({"seconds": 1}, {"seconds": 2}, {"fails": True})
        clicks = env.stream("clicks", shard_count=2)
        items = env.table("items", partition_key="id", stream_view_type="NEW_IMAGE")
        for source in (clicks, items):
            function.add_event_source(
                source, starting_position="TRIM_HORIZON", parallelization_factor=4, maximum_retry_attempts=2
            )
        for number in range(20):
            clicks.put({"number": number}, partition_key=str(number))
            items.put_item({"id": str(number), "tags": {"a", "b", "c"}})
        env.run_until_idle()
        for entry in env.journal:
            print(repr(entry))
    """
)


def work(event: Any, context: Any) -> None:
    print("request", context.aws_request_id)
    time.sleep(event.get("seconds", 0))
    if event.get("fails"):
        raise ValueError("failed")


def story(**options: Any) -> list[str]:
    with LambdaEvents(**options) as lambda_events:
        function = lambda_events.function(work, timeout=20, reserved_concurrent_executions=1)
        function.invoke_async({"seconds": 10})
        function.invoke_async({"fails": True})
        lambda_events.run_until_idle()
        return [repr(entry) for entry in lambda_events.journal]


def tried(seed: int) -> list[tuple[str, float]]:
    with LambdaEvents(seed=seed) as lambda_events:
        function = lambda_events.function(work, timeout=20, reserved_concurrent_executions=1)
        function.invoke_async({"seconds": 10})
        function.invoke_async({"fails": True})
        lambda_events.run_until_idle()
        return [(attempt.request_id, attempt.started_after_seconds) for attempt in function.attempts]


def fed_from_queues(**options: Any) -> tuple[list[str], list[int]]:
    """The journal of two functions that compete for a queue, and which of them got which message."""
    with LambdaEvents(**options) as lambda_events:
        orders = lambda_events.queue("orders", visibility_timeout=30)
        functions = [lambda_events.function(work, name=name, timeout=20) for name in ("first", "second")]
        for function in functions:
            function.add_event_source(orders, batch_size=1)
        orders.send(*({"seconds": 1, "number": number} for number in range(30)))
        lambda_events.run_until_idle()
        numbers = [batch.data[0]["number"] for function in functions for batch in function.batches]
        return [repr(entry) for entry in lambda_events.journal], numbers


def fed_from_streams(**options: Any) -> list[str]:
    """The journal of a function that is fed from a stream, which is split meanwhile, and from a table."""
    with LambdaEvents(**options) as lambda_events:
        failures = lambda_events.queue("failures")
        clicks = lambda_events.stream("clicks", shard_count=2)
        items = lambda_events.table("items", partition_key="id", stream_view_type="NEW_AND_OLD_IMAGES", time_to_live="ends")
        function = lambda_events.function(fail_on_seven, timeout=20)
        for source in (clicks, clicks.register_consumer("reader"), items):
            function.add_event_source(
                source, starting_position="TRIM_HORIZON", batch_size=10, parallelization_factor=4, maximum_retry_attempts=2,
                bisect_batch_on_function_error=True, on_failure=failures,
            )  # fmt: skip
        for number in range(20):
            clicks.put({"number": number}, partition_key=str(number))
            items.put_item({"id": str(number), "ends": int(time.time()) + number})
        clicks.split_shard(clicks.shards[0])
        clicks.put({"number": 20}, partition_key="20")
        lambda_events.advance(30)
        lambda_events.run_until_idle()
        return [repr(entry) for entry in lambda_events.journal]


def key_of(record: Any) -> str:
    return str(record["dynamodb"]["Keys"]["id"]["S"])


def fail_on_seven(event: Any, context: Any) -> None:
    time.sleep(1)
    keys = [record["kinesis"]["partitionKey"] if "kinesis" in record else key_of(record) for record in event["Records"]]
    if "7" in keys:
        raise ValueError("seven")


def in_another_process(seed: int, hash_seed: str) -> bytes:
    """What the story prints under another hash seed, and so with other orders of sets."""
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    command = [sys.executable, "-c", STORY, str(seed)]
    return subprocess.run(command, env=environment, check=True, capture_output=True).stdout


@pytest.mark.parametrize("choices", ["documented", "seeded"])
def test_the_same_seed_gives_the_same_journal(choices: str) -> None:
    first, second = story(seed=7, choices=choices), story(seed=7, choices=choices)

    assert first == second


@pytest.mark.parametrize("choices", ["documented", "seeded"])
def test_the_same_seed_gives_the_same_journal_with_queues(choices: str) -> None:
    first, second = fed_from_queues(seed=7, choices=choices), fed_from_queues(seed=7, choices=choices)

    assert first == second


@pytest.mark.parametrize("choices", ["documented", "seeded"])
def test_the_same_seed_gives_the_same_journal_with_streams_and_tables(choices: str) -> None:
    first, second = fed_from_streams(seed=7, choices=choices), fed_from_streams(seed=7, choices=choices)

    assert first == second
    assert sum("kind='given_up'" in entry for entry in first) > 2


def test_another_seed_gives_messages_of_a_queue_to_other_pollers() -> None:
    stories = {tuple(fed_from_queues(seed=seed, choices="seeded")[1]) for seed in range(4)}

    assert len(stories) > 1
    assert {tuple(sorted(numbers)) for numbers in stories} == {tuple(range(30))}


def test_another_seed_alone_leaves_messages_to_the_same_pollers() -> None:
    stories = {tuple(fed_from_queues(seed=seed)[1]) for seed in range(4)}

    assert len(stories) == 1


def test_another_seed_gives_other_ids_and_otherwise_the_same_journal() -> None:
    first, second = tried(seed=1), tried(seed=2)

    assert [instant for _, instant in first] == [instant for _, instant in second] == [0, 0, 1, 3, 7, 15, 75, 195]
    assert {request_id for request_id, _ in first}.isdisjoint(request_id for request_id, _ in second)


def test_the_same_seed_gives_the_same_journal_under_another_hash_seed() -> None:
    first, second = in_another_process(7, "1"), in_another_process(7, "2")

    assert first == second
    assert first.count(b"Entry(") > 10
