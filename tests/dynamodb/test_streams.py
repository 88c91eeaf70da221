"""Streams are enabled and disabled, lose what is a day old, roll over, and are read by iterators."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import pytest
from bare_environments import BareAws, bare_environment
from botocore.config import Config
from botocore.exceptions import ClientError
from moto import mock_aws
from moto.dynamodb.models import dynamodb_backends
from table_calls import TableCalls, code_of

from pytest_lambda_events.aws.dynamodb.event_source import find_stream
from pytest_lambda_events.sources.ports import TRIM_HORIZON

DAY = 86_400
FOUR_HOURS = 14_400
IDS = ["before", "at", "after"]


def around(seconds: int, *expected: Any) -> list[tuple[float, Any]]:
    """Just before, at and just after an instant, with what is expected then."""
    return list(zip([seconds - 0.000001, seconds, seconds + 0.000001], expected, strict=True))


# ---------------------------------------------------------------------- the life of a stream


@pytest.mark.rule("DDB-01")
def test_a_stream_is_named_by_the_instant_at_which_it_was_enabled(bare: BareAws) -> None:
    time.sleep(1.525)

    arn = TableCalls(bare).arn

    assert arn == "arn:aws:dynamodb:us-east-1:123456789012:table/orders/stream/2026-01-01T00:00:01.525"


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:dynamodb:us-east-1:123456789012:table/orders",
        "arn:aws:dynamodb:us-east-1:123456789012:table/orders/stream/2020-01-01T00:00:00.000",
        "arn:aws:dynamodb:eu-west-1:123456789012:table/orders/stream/2026-01-01T00:00:00.000",
        "arn:aws:sqs:us-east-1:123456789012:orders",
        "orders",
    ],
    ids=["table", "another label", "another region", "another service", "no ARN"],
)
def test_there_is_no_stream_of_another_arn(arn: str, table: TableCalls) -> None:
    assert find_stream(arn) is None


def test_a_table_without_a_stream_has_no_records(bare: BareAws) -> None:
    table = TableCalls(bare, view_type=None)

    table.put()
    table.update("SET x = :x", x={"N": "1"})
    table.delete()

    assert table.streams.list_streams()["Streams"] == []


def test_a_stream_enabled_again_is_another_one(table: TableCalls) -> None:
    first = table.arn
    table.put("a")
    table.set_stream(StreamEnabled=False)
    table.put("b")
    table.set_stream(StreamEnabled=True, StreamViewType="KEYS_ONLY")
    table.put("c")

    assert table.arn != first
    assert table.events == [("INSERT", "c")]


def test_a_disabled_stream_has_a_closed_shard_and_its_records(table: TableCalls) -> None:
    table.put()

    table.set_stream(StreamEnabled=False)

    description = table.streams.describe_stream(StreamArn=table.arn)["StreamDescription"]
    assert description["StreamStatus"] == "DISABLED"
    assert [shard.is_open for shard in table.source.shards()] == [False]
    assert table.events == [("INSERT", "a")]


def test_a_closed_shard_without_records_is_not_shown_to_pollers(table: TableCalls) -> None:
    table.set_stream(StreamEnabled=False)

    assert table.source.shards() == []


@pytest.mark.parametrize(("seconds", "is_there"), around(DAY, True, False, False), ids=IDS)
@pytest.mark.parametrize(
    "end",
    [lambda table: table.set_stream(StreamEnabled=False), lambda table: table.db.delete_table(TableName="orders")],
    ids=["disabled", "table deleted"],
)
def test_a_stream_is_there_for_a_day_after_its_end(
    end: Callable[[TableCalls], object], seconds: float, is_there: bool, table: TableCalls
) -> None:
    arn = table.arn
    end(table)

    table.environment.simulation.advance(seconds)

    assert (find_stream(arn) is not None) is is_there
    assert (arn in [each["StreamArn"] for each in table.streams.list_streams()["Streams"]]) is is_there


def test_a_table_made_again_at_the_same_instant_has_another_stream(bare: BareAws) -> None:
    first = TableCalls(bare)
    arn = first.arn
    first.db.delete_table(TableName="orders")

    assert TableCalls(bare).arn != arn


@pytest.mark.parametrize(
    ("view_type", "specification"),
    [
        ("KEYS_ONLY", {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}),
        (None, {"StreamEnabled": False}),
        (None, {"StreamEnabled": True}),
    ],
    ids=["enabled already", "disabled already", "without a view type"],
)
def test_a_specification_that_aws_refuses_is_refused(
    view_type: str | None, specification: dict[str, Any], bare: BareAws
) -> None:
    table = TableCalls(bare, view_type)

    with pytest.raises(ClientError) as error:
        table.set_stream(**specification)

    assert code_of(error) == "ValidationException"


def test_a_write_calls_no_function_inline(table: TableCalls) -> None:
    moto_table: Any = dynamodb_backends["123456789012"]["us-east-1"].tables["orders"]
    moto_table.lambda_event_source_mappings["arn:aws:lambda:us-east-1:123456789012:function:f"] = None

    table.put()

    assert table.events == [("INSERT", "a")]


# ---------------------------------------------------------------------- retention


@pytest.mark.rule("DDB-05")
@pytest.mark.parametrize(("seconds", "count"), around(DAY, 1, 0, 0), ids=IDS)
def test_a_record_is_kept_for_a_day(seconds: float, count: int, table: TableCalls) -> None:
    table.put()

    table.environment.simulation.advance(seconds)

    assert len(table.records) == count
    assert len(table.get()) == count


@pytest.mark.rule("DDB-05")
def test_a_day_counts_from_the_second_that_the_record_states(table: TableCalls) -> None:
    time.sleep(0.6)
    table.put()

    table.environment.simulation.advance(DAY - 0.6)

    assert table.records == []


def test_records_that_are_younger_stay(table: TableCalls) -> None:
    table.put("a")
    time.sleep(1)
    table.put("b")

    table.environment.simulation.advance(DAY - 1)

    assert table.events == [("INSERT", "b")]
    assert [record["dynamodb"]["Keys"] for record in table.get()] == [{"id": {"S": "b"}}]


# ---------------------------------------------------------------------- shards


@pytest.mark.rule("DDB-53")
def test_a_shard_is_named_as_aws_names_it(table: TableCalls) -> None:
    [shard_id] = table.shard_ids

    assert re.fullmatch("shardId-00000001767225600000-[0-9a-f]{8}", shard_id)
    assert [shard.shard_id for shard in table.source.shards()] == [shard_id]


@pytest.mark.rule("DDB-42")
@pytest.mark.parametrize(("seconds", "count"), around(FOUR_HOURS, 1, 2, 2), ids=IDS)
def test_the_first_write_after_four_hours_goes_to_a_child(seconds: float, count: int, table: TableCalls) -> None:
    table.put("a")
    table.environment.simulation.advance(seconds)

    table.put("b")

    assert len(table.source.shards()) == count
    assert table.events == [("INSERT", "a"), ("INSERT", "b")]


@pytest.mark.rule("DDB-42")
def test_a_shard_is_closed_when_its_child_begins(table: TableCalls) -> None:
    table.put("a")
    time.sleep(FOUR_HOURS)
    table.put("b")

    parent, child = table.source.shards()
    described = table.streams.describe_stream(StreamArn=table.arn)["StreamDescription"]["Shards"]
    assert (parent.is_open, parent.parent_ids, child.is_open, child.parent_ids) == (False, (), True, (parent.shard_id,))
    assert [shard.get("ParentShardId") for shard in described] == [None, parent.shard_id]
    assert ["EndingSequenceNumber" in shard["SequenceNumberRange"] for shard in described] == [True, False]


def test_a_write_that_changes_nothing_begins_no_shard(table: TableCalls) -> None:
    table.put()
    time.sleep(FOUR_HOURS)

    table.put()

    assert len(table.source.shards()) == 1


def test_an_iterator_ends_with_its_shard(table: TableCalls) -> None:
    table.put("a")
    time.sleep(FOUR_HOURS)
    table.put("b")

    answer = table.streams.get_records(ShardIterator=table.iterator())

    assert [record["dynamodb"]["Keys"]["id"]["S"] for record in answer["Records"]] == ["a"]
    assert "NextShardIterator" not in answer
    assert [record["dynamodb"]["Keys"]["id"]["S"] for record in table.get(table.iterator(shard_index=1))] == ["b"]


def test_shards_and_streams_are_listed_in_pages(bare: BareAws) -> None:
    table = TableCalls(bare)
    TableCalls(bare, name="others")
    table.put("a")
    time.sleep(FOUR_HOURS)
    table.put("b")

    shards = table.streams.describe_stream(StreamArn=table.arn, Limit=1)["StreamDescription"]
    more = table.streams.describe_stream(StreamArn=table.arn, ExclusiveStartShardId=shards["LastEvaluatedShardId"])
    streams = table.streams.list_streams(Limit=1)
    rest = table.streams.list_streams(ExclusiveStartStreamArn=streams["LastEvaluatedStreamArn"])
    assert [shard["ShardId"] for shard in shards["Shards"]] == table.shard_ids[:1]
    assert [shard["ShardId"] for shard in more["StreamDescription"]["Shards"]] == table.shard_ids[1:]
    assert [each["TableName"] for each in streams["Streams"] + rest["Streams"]] == ["orders", "others"]
    assert "LastEvaluatedStreamArn" not in rest


# ---------------------------------------------------------------------- places


def test_pollers_read_on_from_where_they_were(table: TableCalls) -> None:
    for key in "abc":
        table.put(key)
    source, [shard_id] = table.source, table.shard_ids

    first = source.read(shard_id, TRIM_HORIZON, 2)
    second = source.read(shard_id, first[-1].position, 2)

    assert [record.content["dynamodb"]["Keys"]["id"]["S"] for record in [*first, *second]] == ["a", "b", "c"]


def test_the_latest_place_is_behind_all_records(table: TableCalls) -> None:
    source, [shard_id] = table.source, table.shard_ids
    at_first = source.latest(shard_id)
    table.put("a")
    after_one = source.latest(shard_id)
    table.put("b")

    assert len(source.read(shard_id, at_first, 10)) == 2
    assert len(source.read(shard_id, after_one, 10)) == 1


@pytest.mark.parametrize(("instant", "count"), [(999_999, 1), (1_000_000, 1), (1_000_001, 0)], ids=IDS)
def test_a_place_in_time_is_before_the_first_record_from_then_on(instant: int, count: int, table: TableCalls) -> None:
    table.put("a")
    time.sleep(1)
    table.put("b")
    source, [shard_id] = table.source, table.shard_ids

    assert len(source.read(shard_id, source.before(shard_id, instant), 10)) == count


def test_a_shard_that_is_not_there_holds_nothing(table: TableCalls) -> None:
    source = table.source

    assert source.read("shardId-none", TRIM_HORIZON, 10) == []
    assert (source.latest("shardId-none"), source.before("shardId-none", 0)) == (TRIM_HORIZON, TRIM_HORIZON)


# ---------------------------------------------------------------------- iterators


@pytest.mark.parametrize(
    ("kind", "keys"),
    [
        ("TRIM_HORIZON", ["a", "b", "c"]), ("LATEST", []), ("AT_SEQUENCE_NUMBER", ["b", "c"]),
        ("AFTER_SEQUENCE_NUMBER", ["c"]),
    ],
    ids=["trim horizon", "latest", "at", "after"],
)  # fmt: skip
def test_an_iterator_begins_at_the_position_of_its_type(kind: str, keys: list[str], table: TableCalls) -> None:
    for key in "abc":
        table.put(key)
    number = table.records[1].sequence_number

    got = table.get(table.iterator(kind, number=number))

    assert [record["dynamodb"]["Keys"]["id"]["S"] for record in got] == keys


def test_iterators_follow_each_other_through_the_stream(table: TableCalls) -> None:
    table.put("a")
    table.put("b")
    first = table.streams.get_records(ShardIterator=table.iterator(), Limit=1)
    second = table.streams.get_records(ShardIterator=first["NextShardIterator"], Limit=1)
    third = table.streams.get_records(ShardIterator=second["NextShardIterator"])
    table.put("c")
    fourth = table.streams.get_records(ShardIterator=third["NextShardIterator"])

    answers = [first, second, third, fourth]
    assert [[record["dynamodb"]["Keys"]["id"]["S"] for record in answer["Records"]] for answer in answers] == [
        ["a"], ["b"], [], ["c"],
    ]  # fmt: skip


EXPIRED = pytest.raises(ClientError, match="ExpiredIteratorException")


@pytest.mark.parametrize(("seconds", "expected"), around(900, nullcontext(), EXPIRED, EXPIRED), ids=IDS)
def test_an_iterator_can_be_used_for_a_quarter_of_an_hour(
    seconds: float, expected: AbstractContextManager[object], table: TableCalls
) -> None:
    iterator = table.iterator()

    table.environment.simulation.advance(seconds)

    with expected:
        table.get(iterator)


def test_a_place_whose_record_is_gone_is_refused(table: TableCalls) -> None:
    table.put("a")
    number = table.records[0].sequence_number
    time.sleep(DAY - 60)
    iterator = table.iterator("AT_SEQUENCE_NUMBER", number=number)
    time.sleep(60)

    with pytest.raises(ClientError) as when_reading:
        table.get(iterator)
    with pytest.raises(ClientError) as when_asking:
        table.iterator("AT_SEQUENCE_NUMBER", number=number)

    assert code_of(when_reading) == code_of(when_asking) == "TrimmedDataAccessException"


def test_an_answer_has_a_megabyte_at_most(table: TableCalls) -> None:
    for key in "abcd":
        table.put(key, x={"S": "x" * 350_000})

    first = table.streams.get_records(ShardIterator=table.iterator())
    second = table.streams.get_records(ShardIterator=first["NextShardIterator"])

    assert (len(first["Records"]), len(second["Records"])) == (2, 2)


@pytest.mark.parametrize("limit", [0, 1_001], ids=["none", "too many"])
def test_a_limit_outside_its_range_is_refused(limit: int, bare: BareAws) -> None:
    table = TableCalls(bare)
    client = bare.client("dynamodbstreams", config=Config(parameter_validation=False))

    with pytest.raises(ClientError) as error:
        client.get_records(ShardIterator=table.iterator(), Limit=limit)

    assert code_of(error) == "ValidationException"


def test_an_invalid_iterator_is_refused(table: TableCalls) -> None:
    with pytest.raises(ClientError) as error:
        table.get("nothing of the kind")

    assert code_of(error) == "ValidationException"


@pytest.mark.parametrize(
    "keywords",
    [
        {"ShardIteratorType": "AT_SEQUENCE_NUMBER"},
        {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": "x" * 21},
        {"ShardIteratorType": "AT_TIMESTAMP"},
    ],
    ids=["no number", "not a number", "another kind"],
)
def test_a_place_that_does_not_exist_is_refused(keywords: dict[str, str], table: TableCalls) -> None:
    with pytest.raises(ClientError) as error:
        table.streams.get_shard_iterator(StreamArn=table.arn, ShardId=table.shard_ids[0], **keywords)

    assert code_of(error) == "ValidationException"


def test_a_stream_and_a_shard_that_do_not_exist_are_not_found(table: TableCalls) -> None:
    with pytest.raises(ClientError) as of_stream:
        table.streams.describe_stream(StreamArn=table.arn[:-3] + "999")
    with pytest.raises(ClientError) as of_shard:
        table.streams.get_shard_iterator(
            StreamArn=table.arn, ShardId="shardId-00000001541626099285-f35f62ef", ShardIteratorType="LATEST"
        )

    assert code_of(of_stream) == code_of(of_shard) == "ResourceNotFoundException"


# ---------------------------------------------------------------------- moto before and after


def test_resources_of_an_outer_moto_exist_in_the_environment_and_return_to_moto() -> None:
    with mock_aws():
        with bare_environment() as environment:
            table = TableCalls(environment)
            table.put("a", x={"B": b"foobar"})
            numbers = [record.sequence_number for record in table.records]
        moto_table: Any = dynamodb_backends["123456789012"]["us-east-1"].tables["orders"]
        given_back = [record.record["dynamodb"]["NewImage"] for record in moto_table.stream_shard.items]
        with bare_environment() as environment:
            later = [record.content["dynamodb"]["NewImage"] for record in moto_records(environment)]

    assert given_back == [{"id": {"S": "a"}, "x": {"B": b"foobar"}}]
    assert later == [{"id": {"S": "a"}, "x": {"B": "Zm9vYmFy"}}]
    assert len(numbers) == 1


def moto_records(environment: BareAws) -> Any:
    """The records of the table that was there before."""
    arn = environment.client("dynamodb").describe_table(TableName="orders")["Table"]["LatestStreamArn"]
    source: Any = find_stream(arn)
    [shard] = source.shards()
    return source.read(shard.shard_id, TRIM_HORIZON, 10)
