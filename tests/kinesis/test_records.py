"""Records as boto3 puts and gets them: numbers, places, iterators, retention and how far a reader is behind."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from bare_environments import BareAws
from botocore.exceptions import ClientError
from stream_calls import FIRST, MIDDLE, SECOND, StreamCalls

HOUR = 3_600


def refusal(action: Any, *arguments: Any, **keywords: Any) -> tuple[str, str]:
    """Code and message of what is refused."""
    with pytest.raises(ClientError) as raised:
        action(*arguments, **keywords)
    error = raised.value.response["Error"]
    return error["Code"], error["Message"]


# ---------------------------------------------------------------------- numbers


def test_sequence_numbers_have_56_digits_and_ascend(bare: BareAws) -> None:
    stream = StreamCalls(bare)

    numbers = [stream.put()[0] for _ in range(20)]

    assert {len(number) for number in numbers} == {56}
    assert numbers == sorted(set(numbers), key=int)


def test_sequence_numbers_of_two_streams_differ(bare: BareAws) -> None:
    numbers = [StreamCalls(bare, name=name).put()[0] for name in ("clicks", "views")]

    assert len(set(numbers)) == 2


def test_a_stream_that_is_created_again_continues_with_higher_numbers(bare: BareAws) -> None:
    stream = StreamCalls(bare)
    before, _ = stream.put()

    stream.kinesis.delete_stream(StreamName="clicks")
    after, _ = StreamCalls(bare).put()

    assert int(after) > int(before)


# ---------------------------------------------------------------------- which shard


@pytest.mark.parametrize(
    ("hash_key", "shard_id"),
    [(0, FIRST), (MIDDLE - 1, FIRST), (MIDDLE, SECOND), (2**128 - 1, SECOND)],
    ids=["first of all", "last of a shard", "first of a shard", "last of all"],
)
def test_a_record_is_in_the_shard_of_its_hash_key(hash_key: int, shard_id: str, bare: BareAws) -> None:
    stream = StreamCalls(bare, 2)

    assert stream.put(hash_key=hash_key)[1] == shard_id


@pytest.mark.parametrize(("key", "shard_id"), [("a", FIRST), ("1", SECOND)], ids=["0cc175b9...", "c4ca4238..."])
def test_a_record_without_a_hash_key_goes_by_the_digest_of_its_partition_key(key: str, shard_id: str, bare: BareAws) -> None:
    assert StreamCalls(bare, 2).put(key=key)[1] == shard_id


@pytest.mark.parametrize("hash_key", ["-1", "x", str(2**128)], ids=["negative", "no number", "too high"])
def test_an_invalid_hash_key_is_refused(hash_key: str, bare: BareAws) -> None:
    stream = StreamCalls(bare)
    record = {"PartitionKey": "k", "Data": b"x", "ExplicitHashKey": hash_key}

    code, _ = refusal(stream.kinesis.put_record, StreamName="clicks", **record)

    assert code == "InvalidArgumentException"


def test_a_partition_key_may_have_256_characters(bare: BareAws) -> None:
    stream = StreamCalls(bare)

    stream.put(key="é" * 256)

    assert stream.data() == ["hello"]


def test_a_partition_key_of_257_characters_takes_its_whole_batch_with_it(bare: BareAws) -> None:
    stream = StreamCalls(bare)
    records = [{"PartitionKey": "k" * length, "Data": b"x"} for length in (1, 257)]

    code, _ = refusal(stream.kinesis.put_records, StreamName="clicks", Records=records)

    assert code == "ValidationException"
    assert stream.data() == []


# ---------------------------------------------------------------------- places


def test_a_shard_is_read_from_its_oldest_record(bare: BareAws) -> None:
    stream = StreamCalls(bare)
    for data in "abc":
        stream.put(data)

    assert stream.data("TRIM_HORIZON") == ["a", "b", "c"]


def test_a_shard_is_read_from_what_comes_next(bare: BareAws) -> None:
    stream = StreamCalls(bare)
    stream.put("a")
    place = stream.iterator("LATEST")

    stream.put("b")

    assert [record["Data"] for record in stream.get(place)["Records"]] == [b"b"]


@pytest.mark.parametrize(
    ("kind", "data"), [("AT_SEQUENCE_NUMBER", ["b", "c"]), ("AFTER_SEQUENCE_NUMBER", ["c"])], ids=["at", "after"]
)
def test_a_shard_is_read_from_a_number(kind: str, data: list[str], bare: BareAws) -> None:
    stream = StreamCalls(bare)
    numbers = [stream.put(letter)[0] for letter in "abc"]

    assert stream.data(kind, StartingSequenceNumber=numbers[1]) == data


@pytest.mark.parametrize(
    ("seconds", "data"),
    [(0, ["a", "b", "c"]), (10, ["b", "c"]), (11, ["c"]), (20, ["c"]), (21, [])],
    ids=["before all", "at the second", "after the second", "at the last", "after the last"],
)
def test_a_shard_is_read_from_an_instant(seconds: int, data: list[str], bare: BareAws) -> None:
    stream, start = StreamCalls(bare), bare.simulation.clock.now
    for letter in "abc":
        stream.put(letter)
        bare.simulation.advance(10)

    assert stream.data("AT_TIMESTAMP", Timestamp=start + timedelta(seconds=seconds)) == data


def test_a_shard_is_read_from_this_very_instant(bare: BareAws) -> None:
    stream = StreamCalls(bare)
    stream.put("a")
    bare.simulation.advance(1)
    stream.put("b")

    assert stream.data("AT_TIMESTAMP", Timestamp=bare.simulation.clock.now) == ["b"]


def test_an_instant_that_is_yet_to_come_is_refused(bare: BareAws) -> None:
    stream = StreamCalls(bare)

    code, message = refusal(stream.iterator, "AT_TIMESTAMP", Timestamp=bare.simulation.clock.now + timedelta(seconds=1))

    assert code == "InvalidArgumentException"
    assert "currentTimestampInMillis" in message


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("AT_SEQUENCE_NUMBER", {}),
        ("AFTER_SEQUENCE_NUMBER", {"StartingSequenceNumber": "first"}),
        ("AT_TIMESTAMP", {}),
        ("SOMEWHERE", {}),
    ],
    ids=["no number", "not a number", "no instant", "no such kind"],
)
def test_an_invalid_iterator_position_is_refused(kind: str, more: dict[str, str], bare: BareAws) -> None:
    stream = StreamCalls(bare)

    code, _ = refusal(stream.iterator, kind, **more)

    assert code == "InvalidArgumentException"


def test_an_iterator_of_no_shard_is_refused(bare: BareAws) -> None:
    stream = StreamCalls(bare)

    code, message = refusal(stream.iterator, shard_id=SECOND)

    assert code == "ResourceNotFoundException"
    assert message == f"Shard {SECOND} in stream clicks under account 123456789012 does not exist"


def test_a_stream_can_be_read_by_its_arn_alone(bare: BareAws) -> None:
    stream = StreamCalls(bare)
    stream.put("a")
    arn = stream.arn

    place = stream.kinesis.get_shard_iterator(StreamARN=arn, ShardId=FIRST, ShardIteratorType="TRIM_HORIZON")
    answer = stream.kinesis.get_records(StreamARN=arn, ShardIterator=place["ShardIterator"])

    assert [record["Data"] for record in answer["Records"]] == [b"a"]


def test_each_answer_leads_to_the_next(bare: BareAws) -> None:
    stream = StreamCalls(bare)
    for letter in "abc":
        stream.put(letter)

    first = stream.get(stream.iterator(), Limit=2)
    second = stream.get(first["NextShardIterator"], Limit=2)
    third = stream.get(second["NextShardIterator"])

    answers = [[record["Data"] for record in answer["Records"]] for answer in (first, second, third)]
    assert answers == [[b"a", b"b"], [b"c"], []]
    assert "NextShardIterator" in third


@pytest.mark.parametrize("text", ["AAAA", "?", "YTpi"], ids=["no place", "no base64", "too short"])
def test_an_invalid_iterator_is_refused(text: str, bare: BareAws) -> None:
    stream = StreamCalls(bare)

    assert refusal(stream.get, text) == ("InvalidArgumentException", "Invalid ShardIterator.")


def test_an_iterator_that_was_changed_is_refused(bare: BareAws) -> None:
    stream = StreamCalls(bare)

    assert refusal(stream.get, f"?{stream.iterator()}")[0] == "InvalidArgumentException"


# ---------------------------------------------------------------------- limits of an answer


def test_ten_thousand_records_can_be_asked_for(bare: BareAws) -> None:
    stream = StreamCalls(bare)
    stream.put("a")

    assert len(stream.get(stream.iterator(), Limit=10_000)["Records"]) == 1


def test_more_than_ten_thousand_records_are_refused(bare: BareAws) -> None:
    stream = StreamCalls(bare)

    code, _ = refusal(stream.get, stream.iterator(), Limit=10_001)

    assert code == "InvalidArgumentException"


def test_an_answer_has_ten_mebibytes_at_most(bare: BareAws) -> None:
    stream = StreamCalls(bare)
    for _ in range(3):
        stream.put(b"x" * 4 * 1024 * 1024)

    answer = stream.get(stream.iterator())

    assert len(answer["Records"]) == 2
    assert len(stream.get(answer["NextShardIterator"])["Records"]) == 1


def test_a_record_that_is_larger_than_a_response_is_returned_alone(bare: BareAws) -> None:
    stream = StreamCalls(bare)
    stream.put(b"x" * 11 * 1024 * 1024)
    stream.put()

    assert len(stream.get(stream.iterator())["Records"]) == 1


# ---------------------------------------------------------------------- time


@pytest.mark.parametrize("seconds", [299.999999, 300], ids=["before", "at"])
def test_an_iterator_can_be_used_for_five_minutes(seconds: float, bare: BareAws) -> None:
    stream = StreamCalls(bare)
    place = stream.iterator()

    bare.simulation.advance(seconds)

    assert stream.get(place)["Records"] == []


def test_an_iterator_expires_after_five_minutes(bare: BareAws) -> None:
    stream = StreamCalls(bare)
    place = stream.iterator()

    bare.simulation.advance(300.000001)

    code, message = refusal(stream.get, place)
    assert code == "ExpiredIteratorException"
    assert message.startswith("Iterator expired. The iterator was created at time ")


def test_an_expired_iterator_has_the_exception_of_the_client(bare: BareAws) -> None:
    stream = StreamCalls(bare)
    place = stream.iterator()
    bare.simulation.advance(301)

    with pytest.raises(stream.kinesis.exceptions.ExpiredIteratorException):
        stream.get(place)


def test_a_record_states_its_arrival_in_milliseconds(bare: BareAws) -> None:
    stream, start = StreamCalls(bare), bare.simulation.clock.start
    bare.simulation.advance(1.2345678)

    stream.put()

    (record,) = stream.get(stream.iterator())["Records"]
    assert record["ApproximateArrivalTimestamp"] - start == timedelta(seconds=1.234)


@pytest.mark.parametrize(
    ("seconds", "data"),
    [(24 * HOUR - 0.001, ["a", "b"]), (24 * HOUR, ["b"]), (24 * HOUR + 10, [])],
    ids=["before", "at", "all"],
)
def test_a_record_is_there_for_the_retention_period(seconds: float, data: list[str], bare: BareAws) -> None:
    stream = StreamCalls(bare)
    stream.put("a")
    bare.simulation.advance(10)
    stream.put("b")

    bare.simulation.advance(seconds - 10)

    assert stream.data() == data


def test_an_iterator_reads_nothing_that_has_expired_since(bare: BareAws) -> None:
    stream = StreamCalls(bare)
    stream.put("a")
    bare.simulation.advance(24 * HOUR - 1)
    stream.put("b")
    place = stream.iterator()

    bare.simulation.advance(1)

    assert [record["Data"] for record in stream.get(place)["Records"]] == [b"b"]


@pytest.mark.parametrize(("seconds", "data"), [(48 * HOUR - 0.001, ["a"]), (48 * HOUR, [])], ids=["before", "at"])
def test_a_longer_retention_period_applies_to_existing_records(seconds: float, data: list[str], bare: BareAws) -> None:
    stream = StreamCalls(bare)
    stream.put("a")
    stream.retain(48)

    bare.simulation.advance(seconds)

    assert stream.data() == data


def test_a_longer_retention_period_does_not_restore_expired_records(bare: BareAws) -> None:
    stream = StreamCalls(bare)
    stream.put("a")
    bare.simulation.advance(24 * HOUR)

    stream.retain(48)

    assert stream.data() == []


def test_a_shorter_retention_period_removes_older_records_immediately(bare: BareAws) -> None:
    stream = StreamCalls(bare)
    stream.retain(48)
    stream.put("a")
    bare.simulation.advance(24 * HOUR)
    stream.put("b")

    stream.retain(24)

    assert stream.data() == ["b"]


def test_numbers_go_on_ascending_after_all_records_have_expired(bare: BareAws) -> None:
    stream = StreamCalls(bare)
    before, _ = stream.put("a")
    bare.simulation.advance(25 * HOUR)
    place = stream.iterator("LATEST")

    after, _ = stream.put("b")

    assert int(after) > int(before)
    assert [record["Data"] for record in stream.get(place)["Records"]] == [b"b"]


# ---------------------------------------------------------------------- how far behind


def test_a_reader_is_behind_by_the_age_of_the_first_record_that_it_has_not_read(bare: BareAws) -> None:
    stream = StreamCalls(bare)
    for letter in "abc":
        stream.put(letter)
        bare.simulation.advance(10)

    assert stream.get(stream.iterator(), Limit=1)["MillisBehindLatest"] == 20_000


def test_a_reader_that_has_read_all_is_not_behind(bare: BareAws) -> None:
    stream = StreamCalls(bare)
    stream.put()
    bare.simulation.advance(10)

    assert stream.get(stream.iterator())["MillisBehindLatest"] == 0


def test_a_reader_is_behind_at_the_instant_of_the_records_that_it_has_not_read(bare: BareAws) -> None:
    stream = StreamCalls(bare)
    stream.put()
    stream.put()

    assert stream.get(stream.iterator(), Limit=1)["MillisBehindLatest"] == 1
