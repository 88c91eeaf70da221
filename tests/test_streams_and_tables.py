"""Streams and tables in a test's hands, and functions that are fed from them."""

from __future__ import annotations

import base64
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from botocore.exceptions import ClientError

from pytest_lambda_events import Function, LambdaEvents, LambdaEventsError, Shard, Stream, StreamRecord

START = datetime(2026, 1, 1, tzinfo=timezone.utc)
HALF = 2**127


def index(event: Any, context: Any) -> None:
    """Fails where a record is poison."""
    if any(base64.b64decode(record["kinesis"]["data"]) == b"poison" for record in event["Records"]):
        raise ValueError("poison")


@pytest.fixture
def clicks(lambda_events: LambdaEvents) -> Stream:
    return lambda_events.stream("clicks")


@pytest.fixture
def function(lambda_events: LambdaEvents) -> Function:
    return lambda_events.function(index)


# ---------------------------------------------------------------------- streams


def test_streams_are_found_by_name_however_they_were_made(lambda_events: LambdaEvents, clicks: Stream) -> None:
    lambda_events.client("kinesis").create_stream(StreamName="views", ShardCount=1)

    found = lambda_events.streams

    assert list(found) == ["clicks", "views"]
    assert found["views"].arn == "arn:aws:kinesis:us-east-1:123456789012:stream/views"
    assert found["clicks"].arn == clicks.arn


def test_the_name_of_a_stream_is_taken_once(lambda_events: LambdaEvents, clicks: Stream) -> None:
    with pytest.raises(LambdaEventsError, match=r"Stream 'clicks' already exists\."):
        lambda_events.stream("clicks")


def test_an_unknown_stream_is_refused_with_those_that_there_are(lambda_events: LambdaEvents, clicks: Stream) -> None:
    with pytest.raises(LambdaEventsError, match=r"Stream 'klicks' does not exist .* Streams: clicks\."):
        lambda_events.streams["klicks"]


def test_a_stream_that_is_refused_leaves_nothing(lambda_events: LambdaEvents) -> None:
    with pytest.raises(ClientError):
        lambda_events.stream("clicks", retention_period_hours=9_000)

    assert list(lambda_events.streams) == []


@pytest.mark.parametrize(("hours", "kept"), [(24, 0), (25, 1)], ids=["by default", "for longer"])
def test_a_stream_keeps_records_for_its_retention_period(lambda_events: LambdaEvents, hours: int, kept: int) -> None:
    stream = lambda_events.stream("clicks", retention_period_hours=hours)
    stream.put("a", partition_key="alice")

    lambda_events.advance(timedelta(hours=24, seconds=1))

    assert len(stream.records) == kept


def test_the_stream_has_the_records_that_were_put(lambda_events: LambdaEvents, clicks: Stream) -> None:
    lambda_events.advance(1.5)

    put = clicks.put({"page": "a"}, "text", b"\xff", partition_key="alice")

    assert clicks.records == put
    assert [record.data for record in put] == [b'{"page": "a"}', b"text", b"\xff"]
    assert [record.json for record in put] == [{"page": "a"}, "text", b"\xff"]
    assert {record.arrived_at for record in put} == {START + timedelta(seconds=1.5)}
    assert {(record.partition_key, record.shard_id) for record in put} == {("alice", "shardId-000000000000")}


@pytest.mark.parametrize(
    ("data", "decoded"),
    [(b"[1]", [1]), (b"7", "7"), (b"{broken", "{broken"), (b"", ""), (b'{"n": "\xff"}', b'{"n": "\xff"}')],
    ids=["array", "number", "broken object", "nothing", "no text"],
)
def test_data_is_decoded_only_where_it_is_an_object_or_an_array(data: bytes, decoded: object) -> None:
    assert StreamRecord("1", "shardId-000000000000", "alice", data, START).json == decoded


def test_more_records_than_one_call_takes_are_put_in_order(clicks: Stream) -> None:
    put = clicks.put(*range(1_001), partition_key="alice")

    assert [record.json for record in clicks.records] == [str(number) for number in range(1_001)]
    assert len(put) == 1_001


def test_more_bytes_than_one_call_takes_are_put(clicks: Stream) -> None:
    clicks.put(*[b"x" * 1_000_000] * 6, partition_key="alice")

    assert len(clicks.records) == 6


def test_a_record_too_large_for_others_beside_it_is_put_in_its_place(clicks: Stream) -> None:
    large = b"x" * 5_242_880

    clicks.put("before", large, "after", partition_key="alice")

    assert [record.data for record in clicks.records] == [b"before", large, b"after"]


def test_nothing_can_be_put(clicks: Stream) -> None:
    assert clicks.put(partition_key="alice") == []


def test_data_that_json_cannot_represent_is_refused(clicks: Stream) -> None:
    with pytest.raises(LambdaEventsError, match=r"^Cannot encode .* as JSON: "):
        clicks.put({"page": object()}, partition_key="alice")

    assert clicks.records == []


def test_a_hash_key_chooses_the_shard(lambda_events: LambdaEvents) -> None:
    stream = lambda_events.stream("clicks", shard_count=2)

    [low] = stream.put("a", partition_key="alice", explicit_hash_key=str(HALF - 1))
    [high] = stream.put("b", partition_key="alice", explicit_hash_key=str(HALF))

    assert [low.shard_id, high.shard_id] == [shard.shard_id for shard in stream.shards]


@pytest.mark.parametrize(("start", "boundary"), [(None, HALF), ("1000", 1000)], ids=["in the middle", "as told"])
def test_a_shard_is_split(clicks: Stream, start: str | None, boundary: int) -> None:
    [parent] = clicks.shards

    clicks.split_shard(parent, new_starting_hash_key=start)

    closed, *children = clicks.shards
    assert (closed.shard_id, closed.is_open) == (parent.shard_id, False)
    assert children == [
        Shard("shardId-000000000001", [parent.shard_id], True, "0", str(boundary - 1)),
        Shard("shardId-000000000002", [parent.shard_id], True, str(boundary), str(2**128 - 1)),
    ]


def test_two_shards_are_merged(lambda_events: LambdaEvents) -> None:
    stream = lambda_events.stream("clicks", shard_count=2)
    first, second = stream.shards

    stream.merge_shards(first, second)

    assert [shard.is_open for shard in stream.shards] == [False, False, True]
    assert stream.shards[2] == Shard("shardId-000000000002", [first.shard_id, second.shard_id], True, "0", str(2**128 - 1))


def test_the_count_of_open_shards_is_set(clicks: Stream) -> None:
    clicks.update_shard_count(2)

    assert len([shard for shard in clicks.shards if shard.is_open]) == 2


def test_a_deleted_stream_is_gone_with_its_consumers(lambda_events: LambdaEvents, clicks: Stream) -> None:
    clicks.register_consumer("fast")

    clicks.delete()

    assert list(lambda_events.streams) == []


@pytest.mark.rule("KIN-02")
def test_a_function_can_be_fed_by_a_consumer(lambda_events: LambdaEvents, clicks: Stream, function: Function) -> None:
    consumer = clicks.register_consumer("fast")
    function.add_event_source(consumer, starting_position="TRIM_HORIZON")
    clicks.put("a", partition_key="alice")

    lambda_events.run_until_idle()

    [batch] = function.batches
    assert batch.records[0]["eventSourceARN"] == consumer.arn
    assert consumer.arn.startswith(f"{clicks.arn}/consumer/fast:")


def test_a_deregistered_consumer_is_gone(lambda_events: LambdaEvents, clicks: Stream) -> None:
    clicks.register_consumer("fast").delete()

    listed = lambda_events.client("kinesis").list_stream_consumers(StreamARN=clicks.arn)

    assert listed["Consumers"] == []


# ---------------------------------------------------------------------- what functions make of them


def test_a_batch_of_a_stream_has_its_shard(lambda_events: LambdaEvents, clicks: Stream, function: Function) -> None:
    mapping = function.add_event_source(clicks, starting_position="TRIM_HORIZON")
    before = (mapping.checkpoints, mapping.last_processing_result)
    put = clicks.put({"page": "a"}, "b", partition_key="alice")

    lambda_events.run_until_idle()

    [batch] = function.batches
    assert (batch.data, batch.shard_id, batch.event_source_mapping) == ([{"page": "a"}, "b"], put[0].shard_id, mapping)
    assert function.records_processed == 2
    assert before == ({}, "No records processed")
    assert (mapping.checkpoints, mapping.last_processing_result) == ({put[0].shard_id: put[1].sequence_number}, "OK")


def test_discarded_records_are_not_processed(lambda_events: LambdaEvents, clicks: Stream, function: Function) -> None:
    failures = lambda_events.queue("failures")
    mapping = function.add_event_source(
        clicks, starting_position="TRIM_HORIZON", batch_size=1, maximum_retry_attempts=0, on_failure=failures
    )
    good, poison = clicks.put("good", "poison", partition_key="alice")

    lambda_events.run_until_idle()

    [record] = failures.invocation_records
    assert record.batch_info is not None
    assert record.batch_info.start_sequence_number == record.batch_info.end_sequence_number == poison.sequence_number
    assert (record.batch_info.shard_id, record.batch_info.stream_arn) == (good.shard_id, clicks.arn)
    assert (record.batch_info.batch_size, record.request_payload) == (1, None)
    assert function.records_processed == 1
    assert mapping.checkpoints == {good.shard_id: poison.sequence_number}


def test_the_record_in_a_bucket_has_the_event(lambda_events: LambdaEvents, clicks: Stream, function: Function) -> None:
    failures = lambda_events.bucket("failures")
    function.add_event_source(clicks, starting_position="TRIM_HORIZON", maximum_retry_attempts=0, on_failure=failures)
    clicks.put("poison", partition_key="alice")

    lambda_events.run_until_idle()

    [record], [batch] = failures.invocation_records, function.batches
    assert record.request_payload == batch.event


def test_a_position_in_time_is_a_datetime(lambda_events: LambdaEvents, clicks: Stream, function: Function) -> None:
    clicks.put("early", partition_key="alice")
    lambda_events.advance(10)
    clicks.put("late", partition_key="alice")

    function.add_event_source(
        clicks, starting_position="AT_TIMESTAMP", starting_position_timestamp=START + timedelta(seconds=10)
    )
    lambda_events.run_until_idle()

    assert [batch.data for batch in function.batches] == [["late"]]


def test_a_batch_that_fails_for_ever_is_named(lambda_events: LambdaEvents, clicks: Stream, function: Function) -> None:
    function.add_event_source(clicks, starting_position="TRIM_HORIZON")
    clicks.put("poison", partition_key="alice")

    with pytest.raises(LambdaEventsError) as raised:
        lambda_events.run_until_idle(limit_seconds=10)

    assert str(raised.value) == (
        "Still not idle after 10 virtual seconds, the limit of run_until_idle. Pending:\n"
        '- index: attempt of 1 record, "poison", of stream clicks, shardId-000000000000, due at 12.6 s\n'
        "A batch of a stream is tried again until its records expire. Give its event source maximum_retry_attempts or "
        "maximum_record_age_in_seconds, or use advance(seconds) or limit_seconds."
    )


def test_a_stream_s_timeline_has_what_became_of_its_records(
    lambda_events: LambdaEvents, clicks: Stream, function: Function
) -> None:
    failures = lambda_events.queue("failures")
    function.add_event_source(clicks, starting_position="TRIM_HORIZON", maximum_retry_attempts=1, on_failure=failures)
    clicks.put("poison", partition_key="alice")
    function.invoke_async({"Records": []})

    lambda_events.run_until_idle()

    assert lambda_events.journal.timeline(clicks).splitlines() == [
        '  0 s   index   attempt 1    1 from clicks, ValueError: poison   record-1 "poison" failed',
        "0.2 s   index   attempt 2    1 from clicks, ValueError: poison   record-1 failed, RetryAttemptsExhausted, count 2",
        "0.2 s   index   on_failure   to arn:aws:sqs:us-east-1:123456789012:failures",
    ]


# ---------------------------------------------------------------------- tables


def test_tables_are_found_by_name_however_they_were_made(lambda_events: LambdaEvents) -> None:
    made = lambda_events.table("orders", partition_key="id")
    lambda_events.client("dynamodb").create_table(
        TableName="parcels", BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    )  # fmt: skip

    found = lambda_events.tables

    assert sorted(found) == ["orders", "parcels"]
    assert made.arn == found["orders"].arn == "arn:aws:dynamodb:us-east-1:123456789012:table/orders"


def test_the_name_of_a_table_is_taken_once(lambda_events: LambdaEvents) -> None:
    lambda_events.table("orders", partition_key="id")

    with pytest.raises(LambdaEventsError, match=r"Table 'orders' already exists\."):
        lambda_events.table("orders", partition_key="id")


def test_items_are_plain_values(lambda_events: LambdaEvents) -> None:
    orders = lambda_events.table("orders", partition_key="id", sort_key="line")
    item = {
        "id": "1", "line": "a", "count": 3, "price": 0.1, "paid": True, "note": None, "photo": b"\xff",
        "tags": {"x", "y"}, "sizes": {1, 2}, "nested": {"list": [1, {"deep": 2.5}]},
    }  # fmt: skip

    orders.put_item(item)

    assert orders.items == [item]


def test_an_item_is_deleted_by_its_key(lambda_events: LambdaEvents) -> None:
    orders = lambda_events.table("orders", partition_key="id", sort_key="line")
    orders.put_item({"id": "1", "line": "a"})
    orders.put_item({"id": "1", "line": "b"})

    orders.delete_item({"id": "1", "line": "a"})

    assert orders.items == [{"id": "1", "line": "b"}]


@pytest.mark.parametrize("value", [object(), float("nan"), 10**200], ids=["object", "NaN", "too large"])
def test_what_dynamodb_cannot_hold_is_refused_by_name(lambda_events: LambdaEvents, value: object) -> None:
    orders = lambda_events.table("orders", partition_key="id")

    with pytest.raises(LambdaEventsError, match=r"DynamoDB cannot store .* in table 'orders'"):
        orders.put_item({"id": "1", "value": value})


def test_a_table_is_deleted(lambda_events: LambdaEvents) -> None:
    lambda_events.table("orders", partition_key="id").delete()

    assert list(lambda_events.tables) == []


def test_a_table_has_a_stream_only_if_it_is_requested(lambda_events: LambdaEvents) -> None:
    plain = lambda_events.table("plain", partition_key="id")
    told = lambda_events.table("told", partition_key="id", stream_view_type="KEYS_ONLY")

    assert plain.stream_arn is None
    assert str(told.stream_arn).startswith(f"{told.arn}/stream/2026-01-01T00:00:00")


def test_a_view_type_that_does_not_exist_is_refused(lambda_events: LambdaEvents) -> None:
    with pytest.raises(LambdaEventsError) as raised:
        lambda_events.table("orders", partition_key="id", stream_view_type="ALL")

    assert str(raised.value) == (
        "stream_view_type='ALL' does not exist. Pass one of: KEYS_ONLY, NEW_IMAGE, OLD_IMAGE, NEW_AND_OLD_IMAGES."
    )


def test_a_table_without_a_stream_feeds_nothing(lambda_events: LambdaEvents, function: Function) -> None:
    orders = lambda_events.table("orders", partition_key="id")

    with pytest.raises(LambdaEventsError, match=r"Table 'orders' has no stream. Create the table with lambda_events\.table"):
        function.add_event_source(orders, starting_position="TRIM_HORIZON")


def test_a_timeline_shows_when_records_are_discarded(lambda_events: LambdaEvents, clicks: Stream) -> None:
    def fail(event: Any, context: Any) -> None:
        raise ValueError("broken")

    fn = lambda_events.function(fail, name="fn")
    fn.add_event_source(clicks, starting_position="TRIM_HORIZON", maximum_record_age_in_seconds=60)
    clicks.put("old", partition_key="alice")

    lambda_events.run_until_idle()

    *_, before, last = lambda_events.journal.timeline().splitlines()
    assert before.strip().startswith("51 s")
    assert "RecordAgeExceeded" not in before
    assert last.strip().startswith("102.2 s   fn   discarded")
    assert last.endswith("RecordAgeExceeded, count 10")
