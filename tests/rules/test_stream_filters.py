"""FIL, sections 1, 3 and 6, where streams are filtered: what no filter lets pass is passed over, and the rest is delivered."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from aws_kinesis_agg.aggregator import RecordAggregator

from pytest_lambda_events import Function, LambdaEvents

CLICKS = "arn:aws:kinesis:us-east-1:123456789012:stream/clicks"
WITH_K = '{"data":{"k":["a"]}}'


def nothing(event: Any, context: Any) -> None:
    pass


def delivered(fn: Function) -> list[bytes]:
    """The data that the function got."""
    return [base64.b64decode(record["kinesis"]["data"]) for batch in fn.batches for record in batch.records]


@pytest.fixture
def fn(lambda_events: LambdaEvents) -> Function:
    """A function that takes whatever it gets."""
    return lambda_events.function(nothing, name="count")


@pytest.fixture
def kinesis(lambda_events: LambdaEvents) -> Any:
    """Kinesis, with a stream `clicks` of one shard."""
    client = lambda_events.client("kinesis")
    client.create_stream(StreamName="clicks", ShardCount=1)
    return client


def mapped(lambda_events: LambdaEvents, *patterns: str, source: str = CLICKS, **parameters: Any) -> str:
    """The UUID of a mapping of a source to `count` with filters."""
    made = lambda_events.client("lambda").create_event_source_mapping(
        FunctionName="count", EventSourceArn=source, StartingPosition="TRIM_HORIZON",
        FilterCriteria={"Filters": [{"Pattern": pattern} for pattern in patterns]}, **parameters,
    )  # fmt: skip
    return str(made["UUID"])


def put(kinesis: Any, *data: bytes, key: str = "1") -> None:
    """Put records of one key."""
    for one in data:
        kinesis.put_record(StreamName="clicks", Data=one, PartitionKey=key)


@pytest.mark.rule("FIL-50", "FIL-53", "FIL-56", "FIL-07", "FIL-09")
@pytest.mark.scenario("FIL F5")
def test_matching_data_is_delivered_unchanged_and_other_data_is_passed_over(
    lambda_events: LambdaEvents, kinesis: Any, fn: Function
) -> None:
    mapped(lambda_events, WITH_K)

    put(kinesis, b'{ "k" : "a" }', b"xyz", b"\xff\xfe", b'{"k":"b"}', b'{"k":"a","n":1.0}')
    lambda_events.run_until_idle()

    assert delivered(fn) == [b'{ "k" : "a" }', b'{"k":"a","n":1.0}']


@pytest.mark.rule("FIL-21", "FIL-54")
@pytest.mark.scenario("FIL F6")
def test_a_partition_key_decides_whatever_the_data_is(lambda_events: LambdaEvents, kinesis: Any, fn: Function) -> None:
    mapped(lambda_events, '{"partitionKey":["1"]}')

    put(kinesis, b"first", key="1")
    put(kinesis, b"second", key="2")
    put(kinesis, b"\xff\xfe", key="1")
    lambda_events.run_until_idle()

    assert delivered(fn) == [b"first", b"\xff\xfe"]


@pytest.mark.rule("FIL-06", "FIL-07", "FIL-08")
@pytest.mark.scenario("FIL F18")
def test_records_that_are_all_passed_over_start_nothing_and_are_done(
    lambda_events: LambdaEvents, kinesis: Any, fn: Function
) -> None:
    uuid = mapped(lambda_events, WITH_K)
    put(kinesis, *[b'{"k":"b"}'] * 5)
    lambda_events.run_until_idle()
    before = list(fn.batches)

    lambda_events.client("lambda").update_event_source_mapping(UUID=uuid, FilterCriteria={})
    put(kinesis, b"the sixth")
    lambda_events.run_until_idle()

    assert before == []
    assert delivered(fn) == [b"the sixth"]


@pytest.mark.rule("FIL-06")
def test_skipped_records_take_no_place_in_a_batch(lambda_events: LambdaEvents, kinesis: Any, fn: Function) -> None:
    put(kinesis, *[b'{"k":"b"}', b'{"k":"a"}'] * 4)

    mapped(lambda_events, WITH_K, BatchSize=2)
    lambda_events.run_until_idle()

    assert [len(batch.records) for batch in fn.batches] == [2, 2]


def aggregate(*data: bytes) -> bytes:
    """One record that carries several, as the producer's library makes it."""
    aggregator = RecordAggregator()
    for one in data:
        aggregator.add_user_record("1", one)
    return bytes(aggregator.clear_and_get().get_contents()[2])


@pytest.mark.rule("FIL-58")
@pytest.mark.scenario("FIL F20")
def test_an_aggregate_is_one_record_that_is_not_json(lambda_events: LambdaEvents, kinesis: Any, fn: Function) -> None:
    mapped(lambda_events, WITH_K)

    put(kinesis, aggregate(b'{"k":"a"}', b'{"k":"a"}'))
    lambda_events.run_until_idle()

    assert list(fn.batches) == []


@pytest.mark.rule("FIL-58")
@pytest.mark.scenario("FIL F20")
def test_the_records_of_an_aggregate_are_filtered_one_by_one_for_a_consumer(
    lambda_events: LambdaEvents, kinesis: Any, fn: Function
) -> None:
    consumer = kinesis.register_stream_consumer(StreamARN=CLICKS, ConsumerName="count")["Consumer"]["ConsumerARN"]
    mapped(lambda_events, WITH_K, source=consumer)

    put(kinesis, aggregate(b'{"k":"a"}', b'{"k":"b"}', b'{"k":"a","n":3}'))
    lambda_events.run_until_idle()

    assert delivered(fn) == [b'{"k":"a"}', b'{"k":"a","n":3}']


# ------------------------------------------------------------------ DynamoDB


@pytest.fixture
def changes(lambda_events: LambdaEvents) -> str:
    """The ARN of the stream of a table `items`."""
    made = lambda_events.client("dynamodb").create_table(
        TableName="items", BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )  # fmt: skip
    return str(made["TableDescription"]["LatestStreamArn"])


def item(number: str) -> dict[str, Any]:
    return {"id": {"S": f"item {number}"}, "n": {"N": number}}


@pytest.mark.parametrize(
    ("pattern", "numbers"),
    [
        pytest.param(
            {"dynamodb": {"NewImage": {"n": {"N": ["101"]}}}}, ["101"], id="text",
            marks=[pytest.mark.scenario("FIL F7"), pytest.mark.rule("FIL-50", "FIL-57")],
        ),
        pytest.param(
            {"dynamodb": {"NewImage": {"n": {"N": [{"numeric": [">", 100]}]}}}}, [], id="number",
            marks=[pytest.mark.scenario("FIL F8"), pytest.mark.rule("FIL-57")],
        ),
        pytest.param({"eventName": ["INSERT"]}, ["101", "102"], id="name", marks=pytest.mark.rule("FIL-21", "FIL-51")),
        pytest.param({"eventName": ["REMOVE"]}, [], id="another name", marks=pytest.mark.rule("FIL-21", "FIL-51")),
    ],
)  # fmt: skip
def test_changes_of_items_are_filtered_by_their_text(
    lambda_events: LambdaEvents, fn: Function, changes: str, pattern: dict[str, Any], numbers: list[str]
) -> None:
    mapped(lambda_events, json.dumps(pattern), source=changes)
    client = lambda_events.client("dynamodb")

    client.put_item(TableName="items", Item=item("101"))
    client.put_item(TableName="items", Item=item("102"))
    lambda_events.run_until_idle()

    assert [record["dynamodb"]["NewImage"]["n"]["N"] for batch in fn.batches for record in batch.records] == numbers
