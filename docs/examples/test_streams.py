from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import Any

from pytest_lambda_events import LambdaEvents


def count(event: Any, context: Any) -> None:
    for record in event["Records"]:
        print("clicked:", json.loads(base64.b64decode(record["kinesis"]["data"]))["page"])


def test_function_receives_a_batch_of_two(lambda_events: LambdaEvents) -> None:
    clicks, function = lambda_events.stream("clicks"), lambda_events.function(count)
    mapping = function.add_event_source(clicks, starting_position="TRIM_HORIZON")

    _, last = clicks.put({"page": "a"}, {"page": "b"}, partition_key="alice")
    lambda_events.run_until_idle()

    [batch] = function.batches
    assert (batch.data, batch.outcome) == ([{"page": "a"}, {"page": "b"}], "success")
    assert mapping.checkpoints == {last.shard_id: last.sequence_number}
    assert mapping.last_processing_result == "OK"


def test_starting_position_selects_the_records(lambda_events: LambdaEvents) -> None:
    clicks = lambda_events.stream("clicks")
    trim_horizon = lambda_events.function(count, name="trim-horizon")
    at_timestamp = lambda_events.function(count, name="at-timestamp")
    latest = lambda_events.function(count, name="latest")
    clicks.put({"page": "old"}, partition_key="alice")
    lambda_events.advance(120)
    clicks.put({"page": "new"}, partition_key="alice")
    lambda_events.advance(1)

    a_minute_ago = lambda_events.now - timedelta(minutes=1)
    trim_horizon.add_event_source(clicks, starting_position="TRIM_HORIZON")
    at_timestamp.add_event_source(clicks, starting_position="AT_TIMESTAMP", starting_position_timestamp=a_minute_ago)
    latest.add_event_source(clicks, starting_position="LATEST")
    lambda_events.run_until_idle()

    assert [click["page"] for batch in trim_horizon.batches for click in batch.data] == ["old", "new"]
    assert [click["page"] for batch in at_timestamp.batches for click in batch.data] == ["new"]
    assert latest.batches == []


def test_each_batch_has_records_of_one_shard(lambda_events: LambdaEvents) -> None:
    clicks, function = lambda_events.stream("clicks", shard_count=2), lambda_events.function(count)
    function.add_event_source(clicks, starting_position="TRIM_HORIZON", batch_size=2)

    clicks.put({"page": "a"}, {"page": "b"}, {"page": "c"}, partition_key="alice")
    clicks.put({"page": "d"}, partition_key="bob")
    lambda_events.run_until_idle()

    first, second = (shard.shard_id for shard in clicks.shards)
    pages = {(batch.shard_id, tuple(click["page"] for click in batch.data)) for batch in function.batches}
    assert pages == {(first, ("a", "b")), (first, ("c",)), (second, ("d",))}


def test_batching_window_collects_records_for_ten_seconds(lambda_events: LambdaEvents) -> None:
    clicks, function = lambda_events.stream("clicks"), lambda_events.function(count)
    function.add_event_source(clicks, starting_position="TRIM_HORIZON", maximum_batching_window_in_seconds=10)

    clicks.put({"page": "a"}, partition_key="alice")
    lambda_events.advance(9)
    clicks.put({"page": "b"}, partition_key="alice")
    lambda_events.run_until_idle()

    [batch] = function.batches
    assert (batch.started_after_seconds, len(batch.records)) == (10, 2)


def test_records_that_match_no_filter_are_skipped(lambda_events: LambdaEvents) -> None:
    clicks, function = lambda_events.stream("clicks"), lambda_events.function(count)
    mapping = function.add_event_source(clicks, starting_position="TRIM_HORIZON", filters=[{"data": {"page": ["a"]}}])

    *_, last = clicks.put({"page": "a"}, {"page": "b"}, "no JSON at all", partition_key="alice")
    lambda_events.run_until_idle()

    assert [batch.data for batch in function.batches] == [[{"page": "a"}]]
    assert mapping.checkpoints == {last.shard_id: last.sequence_number}
    assert len(clicks.records) == 3


def test_mapping_continues_at_its_checkpoint_after_it_was_disabled(lambda_events: LambdaEvents) -> None:
    clicks, function = lambda_events.stream("clicks"), lambda_events.function(count)
    mapping = function.add_event_source(clicks, starting_position="TRIM_HORIZON")
    clicks.put({"page": "a"}, partition_key="alice")
    lambda_events.run_until_idle()
    mapping.update(enabled=False)
    clicks.put({"page": "b"}, partition_key="alice")
    lambda_events.advance(60)

    mapping.update(enabled=True)
    lambda_events.run_until_idle()

    assert [batch.data for batch in function.batches] == [[{"page": "a"}], [{"page": "b"}]]
    assert function.records_processed == 2


def test_enhanced_fan_out_delivers_records_immediately(lambda_events: LambdaEvents) -> None:
    clicks = lambda_events.stream("clicks")
    polled, pushed = lambda_events.function(count, name="polled"), lambda_events.function(count, name="pushed")
    polled.add_event_source(clicks, starting_position="LATEST")
    pushed.add_event_source(clicks.register_consumer("dashboard"), starting_position="LATEST")

    lambda_events.advance(10.4)
    clicks.put({"page": "a"}, partition_key="alice")
    lambda_events.run_until_idle()

    assert [batch.started_after_seconds for batch in polled.batches] == [11]
    assert [batch.started_after_seconds for batch in pushed.batches] == [10.4]
