"""KIN-90 to 92: streams whose shards are split and merged while they are read."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from stream_stories import HIGHEST, LOWEST, clicks_of, data, fed, put, raising, sleeping, story, succeed

from pytest_lambda_events import Function, LambdaEvents, Stream

START = datetime(2026, 1, 1, tzinfo=timezone.utc)


@pytest.fixture
def clicks(lambda_events: LambdaEvents) -> Stream:
    """A stream of one shard."""
    return clicks_of(lambda_events)


@pytest.fixture
def fn(lambda_events: LambdaEvents) -> Function:
    """A function that takes whatever it gets, in no time."""
    return lambda_events.function(succeed, name="fn")


def put_low(clicks: Stream, *texts: str) -> None:
    """Put records into the first open shard."""
    clicks.put(*texts, partition_key="k", explicit_hash_key=LOWEST)


def put_high(clicks: Stream, *texts: str) -> None:
    """Put records into the last open shard."""
    clicks.put(*texts, partition_key="k", explicit_hash_key=HIGHEST)


def put_into(clicks: Stream, text: str, *shard_ids: str) -> None:
    """Put the same text into each of these shards."""
    for shard in clicks.shards:
        if shard.shard_id in shard_ids:
            clicks.put(text, partition_key="k", explicit_hash_key=shard.starting_hash_key)


def split(clicks: Stream) -> None:
    """Split the first open shard in two."""
    clicks.split_shard(next(shard for shard in clicks.shards if shard.is_open))


def merge(clicks: Stream) -> None:
    """Merge the first two open shards."""
    first, second = [shard for shard in clicks.shards if shard.is_open][:2]
    clicks.merge_shards(first, second)


# ---------------------------------------------------------------------- order


@pytest.mark.rule("KIN-90", "KIN-91")
def test_children_that_are_made_while_the_parent_is_read_are_read_after_it(
    lambda_events: LambdaEvents, clicks: Stream
) -> None:
    fn = lambda_events.function(sleeping(2), timeout=10)
    fed(fn, clicks, batch_size=1)

    put(clicks, "p1", "p2")
    lambda_events.advance(1)
    split(clicks)
    put_low(clicks, "l1")
    put_high(clicks, "h1")
    lambda_events.run_until_idle()

    assert story(fn) == [(0, ["p1"]), (2, ["p2"]), (4, ["l1"]), (4, ["h1"])]


@pytest.mark.rule("KIN-90")
@pytest.mark.parametrize(
    ("settings", "begin"),
    [({"maximum_retry_attempts": 2}, 0.6), ({"maximum_record_age_in_seconds": 60}, 102.2), ({}, 86_400)],
    ids=["retries", "age", "retention"],
)
def test_children_wait_until_the_last_batch_of_the_parent_is_discarded(
    lambda_events: LambdaEvents, clicks: Stream, settings: Any, begin: float
) -> None:
    fn = lambda_events.function(raising("p1"), name="fn")
    fed(fn, clicks, **settings)

    put(clicks, "p1")
    split(clicks)
    lambda_events.advance(60)
    put_low(clicks, "l1")
    lambda_events.run_until_idle()

    [(at, _)] = [call for call in story(fn) if call[1] == ["l1"]]
    assert max(begin, 60) <= at <= max(begin, 60) + 60
    assert story(fn)[-1][1] == ["l1"]


@pytest.mark.rule("KIN-90")
def test_a_merged_shard_waits_for_both_of_its_parents(lambda_events: LambdaEvents) -> None:
    clicks = clicks_of(lambda_events, shard_count=2)
    fn = lambda_events.function(raising("h1", times=2), name="fn")
    fed(fn, clicks)

    put_low(clicks, "l1")
    put_high(clicks, "h1")
    merge(clicks)
    put(clicks, "m1")
    lambda_events.run_until_idle()

    assert story(fn)[-1] == (pytest.approx(0.6), ["m1"])  # type: ignore[comparison-overlap]
    assert [texts for _, texts in story(fn)] == [["l1"], ["h1"], ["h1"], ["h1"], ["m1"]]


@pytest.mark.rule("KIN-90")
def test_an_empty_parent_holds_nothing_up(lambda_events: LambdaEvents, clicks: Stream, fn: Function) -> None:
    fed(fn, clicks)

    split(clicks)
    put_low(clicks, "l1")
    lambda_events.advance(0)

    assert data(fn) == [["l1"]]


@pytest.mark.rule("KIN-90")
def test_the_end_of_a_shard_does_not_wait_for_a_batching_window(
    lambda_events: LambdaEvents, clicks: Stream, fn: Function
) -> None:
    fed(fn, clicks, maximum_batching_window_in_seconds=300)

    put(clicks, "p1")
    lambda_events.advance(10)
    split(clicks)
    lambda_events.advance(0)

    assert story(fn) == [(10, ["p1"])]


@pytest.mark.rule("KIN-90", "KIN-32")
def test_children_wait_for_all_lanes_of_their_parent(lambda_events: LambdaEvents, clicks: Stream) -> None:
    fn = lambda_events.function(raising("e1", times=2), name="fn")
    fed(fn, clicks, parallelization_factor=2)

    put(clicks, "a1", key="alice")
    put(clicks, "e1", key="erin")
    split(clicks)
    put_low(clicks, "l1")
    lambda_events.run_until_idle()

    assert story(fn)[-1] == (pytest.approx(0.6), ["l1"])  # type: ignore[comparison-overlap]


@pytest.mark.rule("KIN-90", "KIN-11")
def test_a_consumer_follows_the_shards_too(lambda_events: LambdaEvents, clicks: Stream, fn: Function) -> None:
    fed(fn, clicks.register_consumer("fast"))
    lambda_events.advance(0.3)

    put(clicks, "p1")
    split(clicks)
    put_low(clicks, "l1")
    put_high(clicks, "h1")
    lambda_events.run_until_idle()

    assert story(fn) == [(0.3, ["p1"]), (0.3, ["l1"]), (0.3, ["h1"])]


@pytest.mark.rule("KIN-90", "KIN-15")
def test_shards_that_change_while_a_mapping_is_disabled_are_read_in_order(
    lambda_events: LambdaEvents, clicks: Stream, fn: Function
) -> None:
    mapping = fed(fn, clicks)
    put(clicks, "p1")
    lambda_events.advance(1)
    mapping.update(enabled=False)

    put(clicks, "p2")
    split(clicks)
    put_low(clicks, "l1")
    merge(clicks)
    put(clicks, "m1")
    mapping.update(enabled=True)
    lambda_events.run_until_idle()

    assert data(fn) == [["p1"], ["p2"], ["l1"], ["m1"]]


@pytest.mark.rule("KIN-90", "KIN-15")
def test_children_are_read_if_their_parent_expired_while_the_mapping_was_disabled(
    lambda_events: LambdaEvents, clicks: Stream, fn: Function
) -> None:
    mapping = fed(fn, clicks)
    mapping.update(enabled=False)
    put(clicks, "p1")
    split(clicks)
    lambda_events.advance(timedelta(hours=25))
    put_low(clicks, "l1")

    mapping.update(enabled=True)
    lambda_events.run_until_idle()

    assert data(fn) == [["l1"]]


# ---------------------------------------------------------------------- update_shard_count


@pytest.mark.rule("KIN-90", "KIN-92")
@pytest.mark.parametrize("count", [2, 3, 4, 6])
def test_a_stream_of_another_size_is_read_on(lambda_events: LambdaEvents, fn: Function, count: int) -> None:
    clicks = clicks_of(lambda_events, shard_count=3)
    fed(fn, clicks)
    keys = [f"key {number}" for number in range(20)]
    clicks_by_key(clicks, keys, "before")
    lambda_events.advance(1)

    clicks.update_shard_count(count)
    clicks_by_key(clicks, keys, "after")
    lambda_events.run_until_idle()

    found = [(record["kinesis"]["partitionKey"], text) for batch in fn.batches for record, text in zip_data(batch)]
    assert sorted(found) == sorted((key, when) for key in keys for when in ("before", "after"))
    assert [[when for name, when in found if name == key] for key in keys] == [["before", "after"]] * 20
    assert len(fn.batches[-1].event_source_mapping.checkpoints) >= count


def clicks_by_key(clicks: Stream, keys: list[str], text: str) -> None:
    """Put the same text under each key."""
    for key in keys:
        clicks.put(text, partition_key=key)


def zip_data(batch: Any) -> list[tuple[Any, Any]]:
    """Each record of a batch with its data."""
    return list(zip(batch.records, batch.data, strict=True))


# ---------------------------------------------------------------------- starting positions


@pytest.mark.rule("KIN-91")
@pytest.mark.parametrize("position", ["LATEST", "TRIM_HORIZON"])
def test_shards_that_come_later_are_read_from_their_first_record(
    lambda_events: LambdaEvents, clicks: Stream, fn: Function, position: Any
) -> None:
    mapping = fn.add_event_source(clicks, starting_position=position)
    mapping.update(enabled=False)

    split(clicks)
    put_low(clicks, "l1")
    mapping.update(enabled=True)
    lambda_events.run_until_idle()

    assert data(fn) == [["l1"]]


@pytest.mark.rule("KIN-91")
def test_with_latest_nothing_of_shards_that_had_closed_is_read(
    lambda_events: LambdaEvents, clicks: Stream, fn: Function
) -> None:
    put(clicks, "p1")
    split(clicks)
    put_low(clicks, "l1")

    fn.add_event_source(clicks, starting_position="LATEST")
    put_low(clicks, "l2")
    lambda_events.run_until_idle()

    assert data(fn) == [["l2"]]


@pytest.mark.rule("KIN-12", "KIN-90")
def test_from_a_timestamp_closed_shards_are_read_first(lambda_events: LambdaEvents, clicks: Stream, fn: Function) -> None:
    put(clicks, "p1")
    lambda_events.advance(10)
    put(clicks, "p2")
    split(clicks)
    put_low(clicks, "l1")

    fn.add_event_source(
        clicks, starting_position="AT_TIMESTAMP", starting_position_timestamp=START + timedelta(seconds=5)
    )  # fmt: skip
    lambda_events.run_until_idle()

    assert data(fn) == [["p2"], ["l1"]]


@pytest.mark.rule("KIN-91")
def test_a_stream_that_was_split_and_made_again_is_read_from_its_beginning(
    lambda_events: LambdaEvents, clicks: Stream, fn: Function
) -> None:
    fed(fn, clicks)
    put(clicks, "p1")
    split(clicks)
    lambda_events.advance(1)
    clicks.delete()
    lambda_events.advance(1)

    again = lambda_events.stream("clicks")
    put(again, "r1")
    lambda_events.run_until_idle()

    assert data(fn) == [["p1"], ["r1"]]


# ---------------------------------------------------------------------- effect of an error


@pytest.mark.rule("KIN-92")
def test_more_shards_limit_what_an_error_stops(lambda_events: LambdaEvents) -> None:
    clicks = clicks_of(lambda_events, shard_count=4)
    fn = lambda_events.function(raising("bad"), name="fn")
    fed(fn, clicks, batch_size=1)

    put_low(clicks, "bad", "behind")
    put_into(clicks, "good", "shardId-000000000001", "shardId-000000000002", "shardId-000000000003")
    lambda_events.advance(10)

    assert [texts for texts in data(fn) if texts != ["bad"]] == [["good"]] * 3
