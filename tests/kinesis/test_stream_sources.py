"""Streams as pollers read them, and that boto3 sees the same."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Callable
from itertools import count

import pytest
from aws_kinesis_agg.aggregator import RecordAggregator
from aws_kinesis_agg.deaggregator import iter_deaggregate_records
from bare_environments import BareAws
from stream_calls import FIRST, FOURTH, MIDDLE, SECOND, THIRD, StreamCalls

from pytest_lambda_events.aws.kinesis.event_source import find_stream
from pytest_lambda_events.aws.kinesis.records import KinesisRecord
from pytest_lambda_events.sources.ports import TRIM_HORIZON, Shard

SECOND_US = 1_000_000
DAY = 86_400
ARN = "arn:aws:kinesis:us-east-1:123456789012:stream/clicks"


def data_of(records: list[KinesisRecord] | tuple[KinesisRecord, ...] | object) -> list[str]:
    """What is in records."""
    assert isinstance(records, list)
    return [b64decode(record.content["kinesis"]["data"]).decode() for record in records]


# ---------------------------------------------------------------------- which stream


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:kinesis:us-east-1:123456789012:stream/nobody",
        "arn:aws:kinesis:xx-nowhere-1:123456789012:stream/clicks",
        "arn:aws:kinesis:eu-west-1:123456789012:stream/clicks",
        "arn:aws:kinesis:us-east-1:210987654321:stream/clicks",
        "arn:aws:dynamodb:us-east-1:123456789012:stream/clicks",
        "arn:aws:kinesis:us-east-1:123456789012:channel/clicks",
        f"{ARN}/consumer/reader:1767225600",
        "clicks",
    ],
    ids=["name", "no region", "other region", "other account", "service", "kind", "consumer", "no arn"],
)
def test_there_is_no_source_where_there_is_no_stream(arn: str, bare: BareAws) -> None:
    StreamCalls(bare)

    assert find_stream(arn) is None


@pytest.mark.rule("KIN-02")
def test_a_source_has_the_arn_by_which_it_was_asked_for(bare: BareAws) -> None:
    stream = StreamCalls(bare)
    consumer = stream.register()["ConsumerARN"]

    found = [find_stream(arn) for arn in (ARN, consumer)]

    assert [source.arn for source in found if source is not None] == [ARN, consumer]


def test_a_source_tells_the_retention_period_as_it_is_now(bare: BareAws) -> None:
    stream = StreamCalls(bare)
    source = stream.source
    before = source.retention_seconds

    stream.retain(48)

    assert (before, source.retention_seconds) == (DAY, 2 * DAY)


# ---------------------------------------------------------------------- records


@pytest.mark.rule("KIN-E1", "KIN-E2")
def test_a_record_has_all_that_an_event_needs_in_its_order(bare: BareAws) -> None:
    stream = StreamCalls(bare)
    bare.simulation.advance(650.9876543)
    number, _ = stream.put(b"\xff\x00hello", key="1", hash_key=0)

    (record,) = stream.source.read(FIRST, TRIM_HORIZON, 10)

    assert json.dumps(record.content) == json.dumps(
        {
            "kinesis": {
                "kinesisSchemaVersion": "1.0",
                "partitionKey": "1",
                "sequenceNumber": number,
                "data": b64encode(b"\xff\x00hello").decode(),
                "approximateArrivalTimestamp": bare.simulation.clock.start.timestamp() + 650.987,
            },
            "eventSource": "aws:kinesis",
            "eventVersion": "1.0",
            "eventID": f"shardId-000000000000:{number}",
            "eventName": "aws:kinesis:record",
        }
    )
    assert (record.sequence_number, record.key, record.arrived_at) == (number, "1", 650_987_000)


@pytest.mark.rule("KIN-01", "KIN-27")
def test_records_are_read_in_order_from_where_the_last_read_ended(bare: BareAws) -> None:
    stream = StreamCalls(bare)
    for letter in "abcde":
        stream.put(letter)
    source = stream.source

    first = source.read(FIRST, TRIM_HORIZON, 2)
    second = source.read(FIRST, first[-1].position, 2)
    third = source.read(FIRST, second[-1].position, 2)
    fourth = source.read(FIRST, third[-1].position, 2)

    assert [data_of(found) for found in (first, second, third, fourth)] == [["a", "b"], ["c", "d"], ["e"], []]


@pytest.mark.rule("KIN-02", "KIN-27")
def test_a_consumer_reads_in_order_from_where_its_last_read_ended(bare: BareAws) -> None:
    stream = StreamCalls(bare)
    for letter in "abc":
        stream.put(letter)
    source = stream.consumer()

    first = source.read(FIRST, TRIM_HORIZON, 2)
    second = source.read(FIRST, first[-1].position, 2)
    third = source.read(FIRST, second[-1].position, 2)

    assert [data_of(found) for found in (first, second, third)] == [["a", "b"], ["c"], []]


@pytest.mark.rule("KIN-04")
def test_reading_takes_nothing_away(bare: BareAws) -> None:
    stream = StreamCalls(bare)
    stream.put("a")

    found = [data_of(stream.source.read(FIRST, TRIM_HORIZON, 10)) for _ in range(2)]

    assert [*found, stream.data()] == [["a"]] * 3


@pytest.mark.rule("KIN-12")
def test_the_position_after_the_latest_record_finds_only_later_records(bare: BareAws) -> None:
    stream = StreamCalls(bare)
    stream.put("a")
    place = stream.source.latest(FIRST)

    stream.put("b")

    assert data_of(stream.source.read(FIRST, place, 10)) == ["b"]


@pytest.mark.rule("KIN-12")
@pytest.mark.parametrize(
    ("instant", "data"),
    [(0, "abc"), (10 * SECOND_US, "bc"), (10 * SECOND_US + 1, "c"), (20 * SECOND_US, "c"), (20 * SECOND_US + 1, "")],
    ids=["before all", "at the second", "after the second", "at the last", "after all"],
)
def test_records_are_read_from_an_instant_on(instant: int, data: str, bare: BareAws) -> None:
    stream = StreamCalls(bare)
    for letter in "abc":
        stream.put(letter)
        bare.simulation.advance(10)

    place = stream.source.before(FIRST, instant)

    assert data_of(stream.source.read(FIRST, place, 10)) == list(data)


@pytest.mark.parametrize(("seconds", "data"), [(DAY - 0.001, ["a"]), (DAY, [])], ids=["before", "at"])
def test_a_record_can_be_read_for_the_retention_period(seconds: float, data: list[str], bare: BareAws) -> None:
    stream = StreamCalls(bare)
    stream.put("a")

    bare.simulation.advance(seconds)

    assert data_of(stream.source.read(FIRST, TRIM_HORIZON, 10)) == data


def test_a_place_whose_record_has_expired_is_that_before_the_oldest(bare: BareAws) -> None:
    stream = StreamCalls(bare)
    stream.put("a")
    place = stream.source.latest(FIRST)
    bare.simulation.advance(DAY)
    stream.put("b")

    assert data_of(stream.source.read(FIRST, place, 10)) == ["b"]


# ---------------------------------------------------------------------- shards


@pytest.mark.rule("KIN-90")
def test_shards_tell_their_parents_and_whether_they_are_open(bare: BareAws) -> None:
    stream = StreamCalls(bare)
    stream.put(hash_key=0)
    stream.split()
    stream.put(hash_key=0)
    stream.put(hash_key=MIDDLE)
    stream.merge(SECOND, THIRD)

    assert stream.source.shards() == [
        Shard(FIRST, (), is_open=False),
        Shard(SECOND, (FIRST,), is_open=False),
        Shard(THIRD, (FIRST,), is_open=False),
        Shard(FOURTH, (SECOND, THIRD), is_open=True),
    ]


@pytest.mark.parametrize(
    ("seconds", "listed"), [(DAY - 0.001, [FIRST, SECOND, THIRD]), (DAY, [SECOND, THIRD])], ids=["before", "at"]
)
def test_a_closed_shard_is_there_as_long_as_it_holds_records(seconds: float, listed: list[str], bare: BareAws) -> None:
    stream = StreamCalls(bare)
    stream.put()
    stream.split()

    bare.simulation.advance(seconds)

    assert [shard.shard_id for shard in stream.source.shards()] == listed


@pytest.mark.parametrize(
    ("seconds", "listed"), [(DAY - 0.001, [FIRST, SECOND, THIRD]), (DAY, [SECOND, THIRD])], ids=["before", "at"]
)
def test_a_shard_that_was_closed_empty_is_there_as_long_as_a_record_would_be(
    seconds: float, listed: list[str], bare: BareAws
) -> None:
    stream = StreamCalls(bare)
    stream.split()

    bare.simulation.advance(seconds)

    assert [shard.shard_id for shard in stream.source.shards()] == listed


def test_a_shard_that_is_gone_has_nothing_to_read(bare: BareAws) -> None:
    stream = StreamCalls(bare)
    stream.put()
    stream.split()
    source = stream.source
    bare.simulation.advance(DAY)

    assert source.read(FIRST, TRIM_HORIZON, 10) == []
    assert (source.latest(FIRST), source.before(FIRST, 0)) == (TRIM_HORIZON, TRIM_HORIZON)


# ---------------------------------------------------------------------- news

NEWS: dict[str, Callable[[StreamCalls], object]] = {
    "a record": lambda stream: stream.put(),
    "several": lambda stream: stream.kinesis.put_records(StreamName="clicks", Records=[{"PartitionKey": "k", "Data": b"x"}]),
    "a split": lambda stream: stream.split(at=7),
    "a merge": lambda stream: stream.merge(FIRST, SECOND),
    "another count": lambda stream: stream.update(4),
    "a longer retention period": lambda stream: stream.retain(48),
    "a consumer": lambda stream: stream.register(),
    "the end of the stream": lambda stream: stream.kinesis.delete_stream(StreamName="clicks"),
}


@pytest.mark.parametrize("news", NEWS.values(), ids=NEWS.keys())
def test_those_that_wait_for_a_stream_hear_of_news(news: Callable[[StreamCalls], object], bare: BareAws) -> None:
    stream, heard = StreamCalls(bare, 2), count()
    stream.source.changed.add(lambda: (next(heard), None)[1])

    news(stream)

    assert next(heard) == 1


def test_those_that_wait_for_a_stream_hear_nothing_of_reads(bare: BareAws) -> None:
    stream, heard = StreamCalls(bare), count()
    stream.source.changed.add(lambda: (next(heard), None)[1])

    stream.data()

    assert next(heard) == 0


# ---------------------------------------------------------------------- aggregates


def aggregate(*records: tuple[str, bytes], hash_key: int = 0) -> bytes:
    """An aggregate of records with keys, as the producer's library makes it."""
    aggregator = RecordAggregator()
    for key, data in records:
        aggregator.add_user_record(key, data, str(hash_key))
    return bytes(aggregator.clear_and_get().get_contents()[2])


THREE = (("a", b"1"), ("b", b"2"), ("a", b"3"))


@pytest.mark.rule("KIN-33")
def test_a_stream_gives_an_aggregate_as_the_one_record_that_was_put(bare: BareAws) -> None:
    stream = StreamCalls(bare)
    stream.put(aggregate(*THREE), key="all")

    (record,) = stream.source.read(FIRST, TRIM_HORIZON, 10)

    assert record.key == "all"
    assert b64decode(record.content["kinesis"]["data"]) == aggregate(*THREE)


@pytest.mark.rule("KIN-34")
def test_a_consumer_gives_the_records_in_an_aggregate_with_what_they_share(bare: BareAws) -> None:
    stream = StreamCalls(bare)
    number, _ = stream.put(aggregate(*THREE), key="all")

    records = stream.consumer().read(FIRST, TRIM_HORIZON, 10)

    assert data_of(records) == ["1", "2", "3"]
    assert [record.key for record in records] == ["a", "b", "a"]
    assert [record.position for record in records] == [(int(number), place) for place in (1, 2, 3)]
    assert {record.sequence_number for record in records} == {number}
    assert {record.content["eventID"] for record in records} == {f"{FIRST}:{number}"}
    assert len({record.content["kinesis"]["approximateArrivalTimestamp"] for record in records}) == 1


@pytest.mark.rule("KIN-34")
def test_a_consumer_returns_the_records_that_the_library_unpacks(bare: BareAws) -> None:
    stream = StreamCalls(bare)
    stream.put(aggregate(*THREE), key="all")
    whole = {"kinesis": {**stream.source.read(FIRST, TRIM_HORIZON, 1)[0].content["kinesis"]}}

    theirs = list(iter_deaggregate_records([whole]))

    ours = stream.consumer().read(FIRST, TRIM_HORIZON, 10)
    assert [(record.key, record.content["kinesis"]["data"]) for record in ours] == [
        (found["kinesis"]["partitionKey"], found["kinesis"]["data"].decode()) for found in theirs
    ]


@pytest.mark.rule("KIN-34")
def test_a_consumer_continues_inside_an_aggregate(bare: BareAws) -> None:
    stream = StreamCalls(bare)
    stream.put("before")
    stream.put(aggregate(*THREE))
    stream.put("after")
    source = stream.consumer()

    first = source.read(FIRST, TRIM_HORIZON, 2)
    second = source.read(FIRST, first[-1].position, 2)
    third = source.read(FIRST, second[-1].position, 2)

    assert [data_of(found) for found in (first, second, third)] == [["before", "1"], ["2", "3"], ["after"]]


@pytest.mark.rule("KIN-34")
def test_for_a_consumer_the_latest_place_is_behind_the_whole_aggregate(bare: BareAws) -> None:
    stream = StreamCalls(bare)
    stream.put(aggregate(*THREE))
    bare.simulation.advance(1)
    source = stream.consumer()
    places = [source.latest(FIRST), source.before(FIRST, 1)]

    stream.put("after")

    assert [data_of(source.read(FIRST, place, 10)) for place in places] == [["after"], ["after"]]


@pytest.mark.rule("KIN-34")
@pytest.mark.parametrize(
    ("hash_key", "data"),
    [(MIDDLE - 1, ["1", "2", "3"]), (MIDDLE, [])],
    ids=["last of the shard", "first of the next"],
)
def test_an_aggregate_with_records_of_another_shard_is_lost_to_a_consumer(
    hash_key: int, data: list[str], bare: BareAws
) -> None:
    stream = StreamCalls(bare, 2)
    stream.put(aggregate(*THREE, hash_key=hash_key), hash_key=0)
    stream.put("after", hash_key=0)

    assert data_of(stream.consumer().read(FIRST, TRIM_HORIZON, 10)) == [*data, "after"]


@pytest.mark.rule("KIN-34")
def test_one_record_of_another_shard_takes_the_whole_aggregate_with_it(bare: BareAws) -> None:
    stream, aggregator = StreamCalls(bare, 2), RecordAggregator()
    for hash_key in (0, MIDDLE, 1):
        aggregator.add_user_record("k", b"x", str(hash_key))
    stream.put(bytes(aggregator.clear_and_get().get_contents()[2]), hash_key=0)

    assert stream.consumer().read(FIRST, TRIM_HORIZON, 10) == []


@pytest.mark.rule("KIN-34")
@pytest.mark.parametrize(("key", "data"), [("a", ["x"]), ("1", [])], ids=["of this shard", "of the other"])
def test_a_record_without_a_hash_key_belongs_to_the_shard_of_its_partition_key(
    key: str, data: list[str], bare: BareAws
) -> None:
    stream, aggregator = StreamCalls(bare, 2), RecordAggregator()
    aggregator.add_user_record(key, b"x", None)
    stream.put(bytes(aggregator.clear_and_get().get_contents()[2]), hash_key=0)

    assert data_of(stream.consumer().read(FIRST, TRIM_HORIZON, 10)) == data


@pytest.mark.rule("KIN-34")
def test_a_consumer_reads_on_behind_any_number_of_lost_aggregates(bare: BareAws) -> None:
    stream = StreamCalls(bare, 2)
    lost = aggregate(("k", b"x"), hash_key=MIDDLE)
    stream.kinesis.put_records(
        StreamName="clicks",
        Records=[{"PartitionKey": "k", "ExplicitHashKey": "0", "Data": data} for data in [*[lost] * 7, b"after"]],
    )

    assert data_of(stream.consumer().read(FIRST, TRIM_HORIZON, 2)) == ["after"]


@pytest.mark.rule("KIN-34")
def test_a_wrong_digest_leaves_a_record_as_it_is_for_a_consumer(bare: BareAws) -> None:
    stream = StreamCalls(bare)
    broken = aggregate(*THREE)[:-1] + b"?"
    stream.put(broken, key="all")

    (record,) = stream.consumer().read(FIRST, TRIM_HORIZON, 10)

    assert (record.key, b64decode(record.content["kinesis"]["data"])) == ("all", broken)


@pytest.mark.rule("KIN-02", "KIN-04")
def test_a_consumer_and_the_stream_hold_the_same_records(bare: BareAws) -> None:
    stream = StreamCalls(bare)
    for letter in "abc":
        stream.put(letter)

    sources = (stream.source, stream.consumer("one"), stream.consumer("two"))

    records = [source.read(FIRST, TRIM_HORIZON, 10) for source in sources]
    assert records[0] == records[1] == records[2]
