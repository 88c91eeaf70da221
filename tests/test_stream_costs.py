"""What reading streams costs, counted in events and entries."""

from __future__ import annotations

import base64
from functools import partial
from typing import Any

import pytest
from counting import calls_of, steps_of
from test_queue_costs import events_of

from pytest_lambda_events import Function, LambdaEvents, Stream

DAY = 86_400


def succeed(event: Any, context: Any) -> None:
    """A handler that takes no time and never fails."""


def fail(event: Any, context: Any) -> None:
    """A handler that always fails."""
    raise ValueError("broken")


def choke(event: Any, context: Any) -> None:
    """A handler that fails on one record."""
    if any(base64.b64decode(record["kinesis"]["data"]) == b"poison" for record in event["Records"]):
        raise ValueError("poison")


def stateful(event: Any, context: Any) -> dict[str, Any]:
    """A handler that keeps an empty state."""
    return {"state": {}}


def fed(fn: Function, source: Any, **settings: Any) -> None:
    """Feed a function from the beginning of a source."""
    fn.add_event_source(source, starting_position="TRIM_HORIZON", **settings)


def test_streams_that_get_nothing_cost_no_event_in_a_month(lambda_events: LambdaEvents) -> None:
    fn = lambda_events.function(succeed)
    clicks = lambda_events.stream("clicks", shard_count=3)
    items = lambda_events.table("items", partition_key="id", stream_view_type="KEYS_ONLY")
    fed(fn, clicks, parallelization_factor=10)
    fed(fn, clicks.register_consumer("reader"), maximum_batching_window_in_seconds=300)
    fed(fn, items)
    clicks.put("r1", partition_key="a")
    items.put_item({"id": "a"})
    lambda_events.run_until_idle()
    before = len(lambda_events.journal)

    lambda_events.advance(30 * DAY)

    assert lambda_events.pending == []
    assert len(lambda_events.journal) == before


def test_a_window_that_is_closed_leaves_nothing_to_do(lambda_events: LambdaEvents) -> None:
    fn, clicks = lambda_events.function(stateful), lambda_events.stream("clicks")
    fed(fn, clicks, tumbling_window_in_seconds=10)
    clicks.put("r1", partition_key="a")

    lambda_events.run_until_idle()

    assert len(fn.batches) == 2
    assert lambda_events.pending == []


def test_many_idle_mappings_leave_nothing_to_do(lambda_events: LambdaEvents) -> None:
    fn = lambda_events.function(succeed)
    streams = [lambda_events.stream(f"stream-{number}") for number in range(100)]
    tables = [
        lambda_events.table(f"table-{number}", partition_key="id", stream_view_type="KEYS_ONLY") for number in range(100)
    ]
    for source in (*streams, *tables):
        fed(fn, source)
    lambda_events.run_until_idle()

    streams[50].put("r1", partition_key="a")
    tables[50].put_item({"id": "a"})

    assert len(lambda_events.pending) == 2
    lambda_events.run_until_idle()
    assert fn.records_processed == 2


@pytest.mark.parametrize("records", [100, 1_000, 10_000])
def test_a_batch_costs_two_events_and_five_entries_at_any_depth(records: int, lambda_events: LambdaEvents) -> None:
    clicks, fn = lambda_events.stream("clicks"), lambda_events.function(succeed)
    clicks.put(*map(str, range(records)), partition_key="a")
    fed(fn, clicks)
    before = len(lambda_events.journal)

    events = events_of(lambda_events)

    assert fn.records_processed == records
    assert events <= 2 * records // 100 + 1
    assert len(lambda_events.journal) - before <= 5 * records // 100 + 1


def test_records_that_wait_for_a_batching_window_cost_one_event_each_poll_that_finds_one(lambda_events: LambdaEvents) -> None:
    clicks, fn = lambda_events.stream("clicks"), lambda_events.function(succeed)
    fed(fn, clicks, maximum_batching_window_in_seconds=300)
    clicks.put("r1", partition_key="a")
    lambda_events.advance(0)
    clicks.put("r2", "r3", partition_key="a")

    events = events_of(lambda_events)

    assert [len(batch.records) for batch in fn.batches] == [3]
    assert events <= 4


def test_a_poison_record_among_a_thousand_costs_a_few_more_attempts(lambda_events: LambdaEvents) -> None:
    clicks, fn = lambda_events.stream("clicks"), lambda_events.function(choke)
    data = [f"r{number}" for number in range(1_000)]
    data[637] = "poison"
    clicks.put(*data, partition_key="a")
    fed(fn, clicks, bisect_batch_on_function_error=True, maximum_retry_attempts=1)

    lambda_events.run_until_idle()

    # A batch of 100 is halved seven times at most, and the record itself is tried once more.
    assert len(fn.batches) <= 10 + 2 * 7 + 1
    assert fn.records_processed == 999


def test_a_poison_record_is_tried_at_most_once_a_minute_until_it_expires(lambda_events: LambdaEvents) -> None:
    clicks, fn = lambda_events.stream("clicks"), lambda_events.function(fail)
    fed(fn, clicks)
    clicks.put("r1", partition_key="a")

    events = events_of(lambda_events)

    assert DAY / 60 <= len(fn.batches) <= DAY / 60 + 10
    assert events <= len(fn.batches) + 4


def test_a_record_for_one_lane_wakes_the_others_once(lambda_events: LambdaEvents) -> None:
    clicks, fn = lambda_events.stream("clicks"), lambda_events.function(succeed)
    fed(fn, clicks, parallelization_factor=10)
    lambda_events.run_until_idle()
    clicks.put("r1", partition_key="a")

    events = events_of(lambda_events)

    assert len(fn.batches) == 1
    assert events <= 12


def test_a_record_wakes_the_readers_of_its_shard_alone(lambda_events: LambdaEvents) -> None:
    clicks, fn = lambda_events.stream("clicks", shard_count=100), lambda_events.function(succeed)
    fed(fn, clicks)
    lambda_events.run_until_idle()
    clicks.put("r1", partition_key="a")

    events = events_of(lambda_events)

    assert len(fn.batches) == 1
    assert events <= 3


def test_a_record_costs_a_few_calls_from_the_stream_to_the_function(lambda_events: LambdaEvents) -> None:
    fn = lambda_events.function(succeed)
    calls = []
    for records in (100, 1_100):
        clicks = lambda_events.stream(f"clicks-{records}")
        clicks.put(*range(records), partition_key="a")
        fed(fn, clicks, batch_size=2_000)
        calls.append(calls_of(lambda_events.run_until_idle))

    # One is that of the handle of the test, which waits for each record.
    assert (calls[1] - calls[0]) / 1_000 < 4


@pytest.mark.parametrize("parallelization_factor", [1, 2])
def test_a_record_costs_the_same_in_a_stream_with_many_shards(
    parallelization_factor: int, lambda_events: LambdaEvents
) -> None:
    few, many = (mapped_stream(lambda_events, count, parallelization_factor) for count in (2, 80))
    for stream in (few, many):
        put_and_run(lambda_events, stream)

    costs = [steps_of(partial(put_and_run, lambda_events, stream)) for stream in (few, many)]

    assert costs[1] <= costs[0] + 80


def test_each_shard_costs_the_same_in_a_stream_with_many_shards(lambda_events: LambdaEvents) -> None:
    few, many = (steps_of(partial(read_all, lambda_events, count)) / count for count in (20, 80))

    assert many <= 1.1 * few


def mapped_stream(lambda_events: LambdaEvents, shard_count: int, parallelization_factor: int) -> Stream:
    """Creates a stream and a function that reads it."""
    stream = lambda_events.stream(f"clicks-{shard_count}", shard_count=shard_count)
    function = lambda_events.function(succeed, name=f"count-{shard_count}")
    fed(function, stream, parallelization_factor=parallelization_factor)
    lambda_events.run_until_idle()
    return stream


def put_and_run(lambda_events: LambdaEvents, stream: Stream) -> None:
    """Puts a record, and lets the function process it."""
    stream.put("r1", partition_key="a")
    lambda_events.run_until_idle()


def read_all(lambda_events: LambdaEvents, shard_count: int) -> None:
    """Reads a new stream that has no records."""
    mapped_stream(lambda_events, shard_count, 1)
