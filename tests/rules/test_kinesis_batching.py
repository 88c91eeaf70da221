"""KIN-20 to 34: which records make a batch, and which batches may run at once."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

import pytest
from stream_stories import (
    HIGHEST,
    LOWEST,
    PARTIAL,
    aggregate,
    clicks_of,
    data,
    decoded,
    fed,
    put,
    raising,
    reporting,
    sleeping,
    starts,
    story,
    succeed,
)

from pytest_lambda_events import Function, LambdaEvents, Stream

EVENT_BYTES = 6_291_456
MIB = 1024 * 1024
FIRST = "shardId-000000000000"


@pytest.fixture
def clicks(lambda_events: LambdaEvents) -> Stream:
    """A stream of one shard."""
    return clicks_of(lambda_events)


@pytest.fixture
def fn(lambda_events: LambdaEvents) -> Function:
    """A function that takes whatever it gets, in no time."""
    return lambda_events.function(succeed, name="fn")


# ---------------------------------------------------------------------- batches


@pytest.mark.rule("KIN-20", "KIN-28")
def test_no_batch_mixes_shards(lambda_events: LambdaEvents, fn: Function) -> None:
    clicks = clicks_of(lambda_events, shard_count=2)
    fed(fn, clicks)

    clicks.put("a1", "a2", partition_key="k", explicit_hash_key=LOWEST)
    clicks.put("b1", "b2", partition_key="k", explicit_hash_key=HIGHEST)
    lambda_events.run_until_idle()

    assert sorted(data(fn)) == [["a1", "a2"], ["b1", "b2"]]
    assert [{record["eventID"].split(":")[0] for record in batch.records} for batch in fn.batches] == [
        {batch.shard_id} for batch in fn.batches
    ]


@pytest.mark.rule("KIN-20")
def test_a_batch_is_invoked_synchronously(lambda_events: LambdaEvents, clicks: Stream) -> None:
    fn = lambda_events.function(raising(times=1), name="fn")
    fed(fn, clicks)

    put(clicks, "r1")
    lambda_events.run_until_idle()

    assert fn.events == []
    assert [batch.outcome for batch in fn.batches] == ["function_error", "success"]


@pytest.mark.rule("KIN-21")
@pytest.mark.parametrize(("count", "sizes"), [(99, [99]), (100, [100]), (101, [100, 1])])
def test_a_batch_has_a_hundred_records_unless_it_is_set(
    lambda_events: LambdaEvents, clicks: Stream, fn: Function, count: int, sizes: list[int]
) -> None:
    fed(fn, clicks)

    put(clicks, *(["r"] * count))
    lambda_events.run_until_idle()

    assert [len(batch.records) for batch in fn.batches] == sizes


@pytest.mark.rule("KIN-21")
def test_a_batch_may_have_ten_thousand_records(lambda_events: LambdaEvents, clicks: Stream, fn: Function) -> None:
    fed(fn, clicks, batch_size=10_000)

    put(clicks, *(["r"] * 10_001))
    lambda_events.run_until_idle()

    assert [(at, len(texts)) for at, texts in story(fn)] == [(0, 10_000), (0, 1)]


@pytest.mark.rule("KIN-22")
def test_without_a_window_one_record_is_a_batch(lambda_events: LambdaEvents, clicks: Stream, fn: Function) -> None:
    fed(fn, clicks, batch_size=100)

    put(clicks, "r1")
    lambda_events.run_until_idle()

    assert story(fn) == [(0, ["r1"])]


# ---------------------------------------------------------------------- batching windows


@pytest.mark.rule("KIN-23")
def test_a_batch_that_is_full_does_not_wait_for_its_window(lambda_events: LambdaEvents, clicks: Stream, fn: Function) -> None:
    fed(fn, clicks, batch_size=2, maximum_batching_window_in_seconds=300)

    put(clicks, "r1")
    lambda_events.advance(4)
    put(clicks, "r2")
    lambda_events.run_until_idle()

    assert story(fn) == [(4, ["r1", "r2"])]


@pytest.mark.rule("KIN-23", "KIN-24")
@pytest.mark.parametrize(("at", "batches"), [(9, [(10, ["r1", "r2"])]), (11, [(10, ["r1"]), (20, ["r2"])])])
def test_a_window_contains_records_that_are_read_before_its_end(
    lambda_events: LambdaEvents, clicks: Stream, fn: Function, at: float, batches: list[Any]
) -> None:
    fed(fn, clicks, maximum_batching_window_in_seconds=10)

    put(clicks, "r1")
    lambda_events.advance(at)
    put(clicks, "r2")
    lambda_events.run_until_idle()

    assert story(fn) == batches


@pytest.mark.rule("KIN-24")
def test_a_window_counts_from_the_end_of_the_function_before(lambda_events: LambdaEvents, clicks: Stream) -> None:
    fn = lambda_events.function(sleeping(2), timeout=10)
    put(clicks, "r1", "r2", "r3")
    fed(fn, clicks, batch_size=2, maximum_batching_window_in_seconds=5)

    lambda_events.run_until_idle()

    assert story(fn) == [(0, ["r1", "r2"]), (7, ["r3"])]


@pytest.mark.rule("KIN-24")
def test_an_empty_window_passes_and_the_next_begins_with_its_first_record(
    lambda_events: LambdaEvents, clicks: Stream, fn: Function
) -> None:
    fed(fn, clicks, maximum_batching_window_in_seconds=5)
    put(clicks, "r1")
    lambda_events.advance(12)

    put(clicks, "r2")
    lambda_events.run_until_idle()

    assert story(fn) == [(5, ["r1"]), (17, ["r2"])]


@pytest.mark.rule("KIN-24")
def test_each_shard_has_its_own_window(lambda_events: LambdaEvents, fn: Function) -> None:
    clicks = clicks_of(lambda_events, shard_count=2)
    fed(fn, clicks, maximum_batching_window_in_seconds=10)

    clicks.put("a1", partition_key="k", explicit_hash_key=LOWEST)
    lambda_events.advance(4)
    clicks.put("b1", partition_key="k", explicit_hash_key=HIGHEST)
    lambda_events.run_until_idle()

    assert story(fn) == [(10, ["a1"]), (14, ["b1"])]


@pytest.mark.rule("KIN-24", "KIN-32")
def test_each_lane_has_its_own_window(lambda_events: LambdaEvents, clicks: Stream, fn: Function) -> None:
    fed(fn, clicks, maximum_batching_window_in_seconds=10, parallelization_factor=2)

    put(clicks, "a1", key="alice")
    lambda_events.advance(4)
    put(clicks, "e1", key="erin")
    lambda_events.run_until_idle()

    assert story(fn) == [(10, ["a1"]), (14, ["e1"])]


def encoded(value: Any) -> bytes:
    """JSON as it counts towards an event's size."""
    return json.dumps(value, separators=(",", ":")).encode()


@pytest.mark.rule("KIN-23", "KIN-25")
@pytest.mark.parametrize(("more", "sizes"), [(0, [5]), (1, [4, 1])], ids=["just fits", "one byte more"])
def test_an_event_has_at_most_six_megabytes(
    lambda_events: LambdaEvents, clicks: Stream, fn: Function, more: int, sizes: list[int]
) -> None:
    fed(fn, clicks, maximum_batching_window_in_seconds=1)
    put(clicks, "", key="k")
    lambda_events.advance(10)
    [probe] = fn.batches[0].records
    without_data = len(encoded({"Records": [probe] * 5}))
    quads, rest = divmod(EVENT_BYTES - without_data - 4 * len(base64.b64encode(b"x" * MIB)), 4)

    put(clicks, *["x" * MIB] * 4, key="k")
    put(clicks, "x" * quads * 3, key="k" * (1 + rest + more))
    lambda_events.run_until_idle()

    assert [len(batch.records) for batch in fn.batches[1:]] == sizes
    assert len(encoded(fn.batches[1].event)) <= EVENT_BYTES


# ---------------------------------------------------------------------- order


@pytest.mark.rule("KIN-27")
def test_a_shards_next_batch_waits_for_the_one_before(lambda_events: LambdaEvents, clicks: Stream) -> None:
    fn = lambda_events.function(sleeping(10), timeout=20)
    fed(fn, clicks, batch_size=2)

    put(clicks, "r1", "r2", "r3", "r4")
    lambda_events.run_until_idle()

    assert story(fn) == [(0, ["r1", "r2"]), (10, ["r3", "r4"])]


@pytest.mark.rule("KIN-27", "KIN-40")
def test_the_next_batch_of_a_shard_waits_until_the_previous_one_is_discarded(
    lambda_events: LambdaEvents, clicks: Stream
) -> None:
    fn = lambda_events.function(raising("r1"), name="fn")
    fed(fn, clicks, batch_size=1, maximum_retry_attempts=2)

    put(clicks, "r1", "r2")
    lambda_events.run_until_idle()

    assert story(fn) == [(0, ["r1"]), (0.2, ["r1"]), (pytest.approx(0.6), ["r1"]), (pytest.approx(0.6), ["r2"])]


@pytest.mark.rule("KIN-28", "KIN-92")
def test_shards_run_side_by_side(lambda_events: LambdaEvents) -> None:
    clicks, fn = clicks_of(lambda_events, shard_count=2), lambda_events.function(sleeping(10), timeout=20)
    fed(fn, clicks)

    clicks.put("a1", partition_key="k", explicit_hash_key=LOWEST)
    clicks.put("b1", partition_key="k", explicit_hash_key=HIGHEST)
    lambda_events.run_until_idle()

    assert starts(fn) == [0, 0]


# ---------------------------------------------------------------------- parallelization


KEYS = ["alice", "bob", "carol", "dave", "erin", "frank"]


def numbered(clicks: Stream, *keys: str, hash_key: str | None = None) -> None:
    """Two records of each key: "alice 0", "bob 0", ..., "alice 1", "bob 1", ..."""
    for number in range(2):
        for key in keys:
            clicks.put(f"{key} {number}", partition_key=key, explicit_hash_key=hash_key)


def running(fn: Function, at: float) -> list[Any]:
    """What ran at an instant."""
    return [
        batch.data
        for batch in fn.batches
        if batch.started_after_seconds <= at and (batch.ended_after_seconds is None or at < batch.ended_after_seconds)
    ]


@pytest.mark.rule("KIN-30")
@pytest.mark.parametrize(("factor", "most"), [(1, 2), (2, 4), (3, 6)])
def test_as_many_batches_run_concurrently_as_shards_times_the_factor(
    lambda_events: LambdaEvents, factor: int, most: int
) -> None:
    clicks = clicks_of(lambda_events, shard_count=2)
    fn = lambda_events.function(sleeping(10), timeout=20)
    fed(fn, clicks, batch_size=1, parallelization_factor=factor)

    numbered(clicks, *KEYS, hash_key=LOWEST)
    numbered(clicks, *KEYS, hash_key=HIGHEST)
    lambda_events.advance(5)

    assert len(running(fn, 5)) == most


@pytest.mark.rule("KIN-30", "KIN-41")
def test_invocations_beyond_the_concurrency_of_the_function_are_throttled(lambda_events: LambdaEvents, clicks: Stream) -> None:
    failures = lambda_events.queue("failures")
    fn = lambda_events.function(sleeping(1), timeout=20, reserved_concurrent_executions=1)
    fed(fn, clicks, parallelization_factor=2, maximum_retry_attempts=0, on_failure=failures)

    put(clicks, "a", key="alice")
    put(clicks, "e", key="erin")
    lambda_events.run_until_idle()

    assert [(batch.started_after_seconds, batch.outcome) for batch in fn.batches] == [
        (0, "success"), (0, "throttled"), (0.2, "throttled"), (pytest.approx(0.6), "throttled"),
        (pytest.approx(1.4), "success"),
    ]  # fmt: skip
    assert failures.messages == []


@pytest.mark.rule("KIN-31")
def test_records_of_a_key_run_one_at_a_time_and_in_order(lambda_events: LambdaEvents, clicks: Stream) -> None:
    log: list[str] = []

    def handler(event: Any, context: Any) -> None:
        texts = [decoded(record) for record in event["Records"]]
        log.extend(f"begin {text}" for text in texts)
        time.sleep(3)
        log.extend(f"end {text}" for text in texts)

    fn = lambda_events.function(handler, name="fn", timeout=10)
    fed(fn, clicks, batch_size=1, parallelization_factor=10)

    numbered(clicks, *KEYS)
    lambda_events.run_until_idle()

    assert {key: [line for line in log if f" {key} " in line] for key in KEYS} == {
        key: [f"begin {key} 0", f"end {key} 0", f"begin {key} 1", f"end {key} 1"] for key in KEYS
    }


@pytest.mark.rule("KIN-32", "KIN-40")
def test_a_lane_that_fails_does_not_hold_up_the_others(lambda_events: LambdaEvents, clicks: Stream) -> None:
    fn = lambda_events.function(raising("a1"), name="fn")
    fed(fn, clicks, batch_size=1, parallelization_factor=2)

    put(clicks, "a1", "a2", key="alice")
    put(clicks, "e1", "e2", key="erin")
    lambda_events.advance(0.7)

    assert [texts for texts in data(fn) if texts[0].startswith("e")] == [["e1"], ["e2"]]
    assert [at for at, texts in story(fn) if texts == ["a1"]] == [0, 0.2, pytest.approx(0.6)]
    assert ["a2"] not in data(fn)


@pytest.mark.rule("KIN-32")
def test_a_shards_checkpoint_is_before_the_first_record_that_is_not_done(lambda_events: LambdaEvents, clicks: Stream) -> None:
    fn = lambda_events.function(raising("a2", times=1), name="fn")
    mapping = fed(fn, clicks, batch_size=1, parallelization_factor=2)

    put(clicks, "a1", key="alice")
    put(clicks, "e1", key="erin")
    put(clicks, "a2", key="alice")
    put(clicks, "e2", key="erin")
    lambda_events.advance(0.1)
    meanwhile = dict(mapping.checkpoints)
    lambda_events.run_until_idle()

    numbers = [record.sequence_number for record in clicks.records]
    assert meanwhile[FIRST] in numbers[0:2]
    assert mapping.checkpoints == {FIRST: numbers[3]}


@pytest.mark.rule("KIN-26", "KIN-31", "KIN-32")
def test_with_another_factor_a_shard_goes_on_from_its_checkpoint_and_may_repeat(
    lambda_events: LambdaEvents, clicks: Stream
) -> None:
    fn = lambda_events.function(raising("a1", times=2), name="fn")
    mapping = fed(fn, clicks, batch_size=1, parallelization_factor=2)
    put(clicks, "a1", key="alice")
    put(clicks, "e1", key="erin")
    lambda_events.advance(0.3)

    mapping.update(parallelization_factor=1)
    lambda_events.run_until_idle()

    assert story(fn)[-2:] == [(0.3, ["a1"]), (0.3, ["e1"])]
    assert [texts for texts in data(fn) if texts == ["e1"]] == [["e1"], ["e1"]]


@pytest.mark.rule("KIN-27", "KIN-31")
@pytest.mark.parametrize(("before", "after"), [(1, 2), (2, 1)], ids=["more", "fewer"])
def test_another_factor_waits_for_the_functions_that_run(
    lambda_events: LambdaEvents, clicks: Stream, before: int, after: int
) -> None:
    fn = lambda_events.function(sleeping(10), timeout=20)
    mapping = fed(fn, clicks, batch_size=1, parallelization_factor=before)
    put(clicks, "a1", "a2", "a3", key="alice")
    lambda_events.advance(1)

    mapping.update(parallelization_factor=after)
    lambda_events.run_until_idle()

    assert story(fn) == [(0, ["a1"]), (10, ["a2"]), (20, ["a3"])]


@pytest.mark.rule("KIN-30", "KIN-31")
def test_a_higher_factor_is_used_once_the_function_ends(lambda_events: LambdaEvents, clicks: Stream) -> None:
    fn = lambda_events.function(sleeping(10), timeout=20)
    mapping = fed(fn, clicks, batch_size=1)
    put(clicks, "a1", "a2", key="alice")
    put(clicks, "e1", "e2", key="erin")
    lambda_events.advance(1)

    mapping.update(parallelization_factor=2)
    lambda_events.run_until_idle()

    assert story(fn) == [(0, ["a1"]), (10, ["a2"]), (10, ["e1"]), (20, ["e2"])]


@pytest.mark.rule("KIN-31")
def test_a_factor_that_is_changed_back_in_time_changes_nothing(lambda_events: LambdaEvents, clicks: Stream) -> None:
    fn = lambda_events.function(sleeping(10), timeout=20)
    mapping = fed(fn, clicks, batch_size=1)
    put(clicks, "a1", "a2")
    lambda_events.advance(1)

    mapping.update(parallelization_factor=2)
    mapping.update(parallelization_factor=1)
    lambda_events.run_until_idle()

    assert story(fn) == [(0, ["a1"]), (10, ["a2"])]


# ---------------------------------------------------------------------- aggregates

THREE = (("alice", "1"), ("bob", "2"), ("alice", "3"))


@pytest.mark.rule("KIN-33")
def test_a_stream_gives_an_aggregate_as_one_record(lambda_events: LambdaEvents, clicks: Stream, fn: Function) -> None:
    fed(fn, clicks)
    packed = aggregate(*THREE)

    put(clicks, packed, key="all")
    lambda_events.run_until_idle()

    assert data(fn) == [[packed]]
    assert fn.batches[0].records[0]["kinesis"]["partitionKey"] == "all"


@pytest.mark.scenario("KIN K29")
@pytest.mark.rule("KIN-34")
def test_a_consumer_gives_the_records_of_an_aggregate_one_by_one(
    lambda_events: LambdaEvents, clicks: Stream, fn: Function
) -> None:
    fed(fn, clicks.register_consumer("fast"))

    put(clicks, aggregate(*THREE), key="all")
    lambda_events.run_until_idle()

    assert data(fn) == [["1", "2", "3"]]
    records = fn.batches[0].records
    assert [record["kinesis"]["partitionKey"] for record in records] == ["alice", "bob", "alice"]
    assert {record["kinesis"]["sequenceNumber"] for record in records} == {clicks.records[0].sequence_number}
    assert len({record["eventID"] for record in records}) == 1
    assert len({record["kinesis"]["approximateArrivalTimestamp"] for record in records}) == 1


@pytest.mark.scenario("KIN K29")
@pytest.mark.rule("KIN-34", "KIN-71")
def test_an_aggregate_with_a_record_of_another_shard_is_lost(lambda_events: LambdaEvents, fn: Function) -> None:
    clicks, failures = clicks_of(lambda_events, shard_count=2), lambda_events.queue("failures")
    fed(fn, clicks.register_consumer("fast"), on_failure=failures)

    clicks.put(aggregate(*THREE, hash_key=HIGHEST), partition_key="k", explicit_hash_key=LOWEST)
    clicks.put("after", partition_key="k", explicit_hash_key=LOWEST)
    lambda_events.run_until_idle()

    assert data(fn) == [["after"]]
    assert failures.messages == []
    [warning] = lambda_events.journal.warnings
    assert "Consumers do not receive an aggregate of 3 records in shardId-000000000000 of clicks" in warning.detail["message"]


@pytest.mark.rule("KIN-34")
def test_an_aggregate_with_a_wrong_checksum_is_one_record_to_a_consumer(
    lambda_events: LambdaEvents, clicks: Stream, fn: Function
) -> None:
    broken = aggregate(*THREE)[:-1] + b"?"
    fed(fn, clicks.register_consumer("fast"))

    put(clicks, broken)
    lambda_events.run_until_idle()

    assert data(fn) == [[broken]]


@pytest.mark.rule("KIN-34")
def test_an_aggregate_may_be_divided_over_batches(lambda_events: LambdaEvents, clicks: Stream, fn: Function) -> None:
    fed(fn, clicks.register_consumer("fast"), batch_size=2)

    put(clicks, aggregate(*THREE), "after")
    lambda_events.run_until_idle()

    assert data(fn) == [["1", "2"], ["3", "after"]]
    assert fn.records_processed == 4


@pytest.mark.rule("KIN-34", "KIN-61")
def test_a_failure_in_an_aggregate_brings_all_of_it_again(lambda_events: LambdaEvents, clicks: Stream) -> None:
    fn = lambda_events.function(reporting("3"), name="fn")
    fed(fn, clicks.register_consumer("fast"), function_response_types=PARTIAL, maximum_retry_attempts=0)

    put(clicks, "before", aggregate(*THREE), "after")
    lambda_events.run_until_idle()

    assert data(fn) == [["before", "1", "2", "3", "after"], ["1", "2", "3", "after"]]
