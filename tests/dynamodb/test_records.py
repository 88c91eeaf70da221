"""One record for each item that a write changes, as the sheet has it."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from bare_environments import BareAws, bare_environment
from botocore.exceptions import ClientError
from table_calls import TableCalls, code_of

from pytest_lambda_events.aws.dynamodb.images import are_equal, number_text, plain, size_of

# ---------------------------------------------------------------------- which records there are


@pytest.mark.rule("DDB-E3", "DDB-09")
def test_an_insert_a_change_and_a_removal_leave_one_record_each_in_order(table: TableCalls) -> None:
    table.put()
    table.update("SET x = :x", x={"N": "1"})
    table.delete()

    assert table.events == [("INSERT", "a"), ("MODIFY", "a"), ("REMOVE", "a")]


@pytest.mark.rule("DDB-08")
@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"x": {"S": "1"}}, {"x": {"S": "1"}}),
        ({"x": {"N": "1"}}, {"x": {"N": "1.00"}}),
        ({"x": {"SS": ["a", "b"]}}, {"x": {"SS": ["b", "a"]}}),
        ({"x": {"M": {"y": {"L": [{"BOOL": True}]}}}}, {"x": {"M": {"y": {"L": [{"BOOL": True}]}}}}),
        ({"x": {"B": b"1"}, "y": {"NULL": True}}, {"y": {"NULL": True}, "x": {"B": b"1"}}),
    ],
    ids=["the same", "another spelling of a number", "another order in a set", "nested", "another order of attributes"],
)
def test_an_item_put_over_an_equal_one_leaves_no_record(
    first: dict[str, Any], second: dict[str, Any], table: TableCalls
) -> None:
    table.put(**first)
    table.put(**second)

    assert table.events == [("INSERT", "a")]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"x": {"S": "1"}}, {"x": {"N": "1"}}),
        ({"x": {"L": [{"S": "a"}, {"S": "b"}]}}, {"x": {"L": [{"S": "b"}, {"S": "a"}]}}),
        ({"x": {"S": "1"}}, {}),
        ({"x": {"M": {"y": {"B": b"1"}}}}, {"x": {"M": {"y": {"B": b"2"}}}}),
    ],
    ids=["another type", "another order in a list", "an attribute less", "nested"],
)
def test_an_item_put_over_another_one_leaves_a_record(
    first: dict[str, Any], second: dict[str, Any], table: TableCalls
) -> None:
    table.put(**first)
    table.put(**second)

    assert table.events == [("INSERT", "a"), ("MODIFY", "a")]


@pytest.mark.rule("DDB-08")
def test_an_update_that_changes_nothing_leaves_no_record(table: TableCalls) -> None:
    table.put(x={"SS": ["a"]})

    table.update("ADD x :x REMOVE y", x={"SS": ["a"]})

    assert table.events == [("INSERT", "a")]


def test_an_update_that_creates_its_item_leaves_one_insert_with_the_whole_item(table: TableCalls) -> None:
    table.update("SET x = :x", x={"N": "1"})

    [record] = table.records
    assert record.content["eventName"] == "INSERT"
    assert record.content["dynamodb"]["NewImage"] == {"id": {"S": "a"}, "x": {"N": "1"}}


def test_an_update_in_place_shows_the_item_as_it_was_and_as_it_is(table: TableCalls) -> None:
    table.put(x={"SS": ["a"]}, y={"L": [{"N": "1"}]})

    table.update("ADD x :x SET y[1] = :y", x={"SS": ["b"]}, y={"N": "2"})

    first, second = (record.content["dynamodb"] for record in table.records)
    assert first["NewImage"] == second["OldImage"] == {"id": {"S": "a"}, "x": {"SS": ["a"]}, "y": {"L": [{"N": "1"}]}}
    assert second["NewImage"] == {"id": {"S": "a"}, "x": {"SS": ["a", "b"]}, "y": {"L": [{"N": "1"}, {"N": "2"}]}}


def test_deleting_an_item_that_is_not_there_leaves_no_record(table: TableCalls) -> None:
    table.delete()

    assert table.events == []


def test_a_write_whose_condition_fails_leaves_no_record(table: TableCalls) -> None:
    with pytest.raises(ClientError) as error:
        table.db.put_item(TableName="orders", Item={"id": {"S": "a"}}, ConditionExpression="attribute_exists(id)")

    assert (code_of(error), table.events) == ("ConditionalCheckFailedException", [])


def test_an_update_that_fails_half_way_leaves_the_item_and_the_stream_as_they_were(table: TableCalls) -> None:
    table.put(x={"S": "text"})

    with pytest.raises(ClientError):
        table.update("SET y = :n ADD x :n", n={"N": "1"})

    assert table.items == [{"id": {"S": "a"}, "x": {"S": "text"}}]
    assert table.events == [("INSERT", "a")]


def test_an_update_that_fails_creates_no_item(table: TableCalls) -> None:
    with pytest.raises(ClientError):
        table.update("SET y = :n ADD x :s", n={"N": "1"}, s={"S": "text"})

    assert (table.items, table.events) == ([], [])


# ---------------------------------------------------------------------- batches and transactions


def put_request(key: str, **attributes: Any) -> dict[str, Any]:
    return {"PutRequest": {"Item": {"id": {"S": key}, **attributes}}}


def delete_request(key: str) -> dict[str, Any]:
    return {"DeleteRequest": {"Key": {"id": {"S": key}}}}


@pytest.mark.rule("DDB-09")
def test_a_batch_leaves_one_record_for_each_item_that_it_changes(table: TableCalls) -> None:
    table.put("gone")
    table.put("same")

    table.batch(put_request("a"), put_request("same"), delete_request("gone"), delete_request("missing"))

    assert table.events[2:] == [("INSERT", "a"), ("REMOVE", "gone")]


@pytest.mark.parametrize(
    "requests",
    [
        [put_request("a"), put_request("a", x={"N": "1"})],
        [put_request("a"), delete_request("a")],
        [put_request("ok"), {"PutRequest": {"Item": {"id": {"N": "1"}}}}],
        [put_request(str(number)) for number in range(26)],
    ],
    ids=["two puts of an item", "put and delete of an item", "a key of another type", "26 writes"],
)
def test_a_batch_that_is_refused_writes_nothing(requests: list[dict[str, Any]], table: TableCalls) -> None:
    with pytest.raises(ClientError) as error:
        table.batch(*requests)

    assert (code_of(error), table.items, table.events) == ("ValidationException", [], [])


def test_a_batch_of_25_writes_is_accepted(table: TableCalls) -> None:
    table.batch(*(put_request(str(number)) for number in range(25)))

    assert len(table.records) == 25


@pytest.mark.rule("DDB-09")
def test_a_transaction_leaves_one_record_for_each_item_that_it_changes(table: TableCalls) -> None:
    table.put("b")
    table.put("c", x={"N": "1"})

    table.transact(
        {"Put": {"Item": {"id": {"S": "a"}}}},
        {"Delete": {"Key": {"id": {"S": "b"}}}},
        {
            "Update": {
                "Key": {"id": {"S": "c"}},
                "UpdateExpression": "SET x = :x",
                "ExpressionAttributeValues": {":x": {"N": "1"}},
            }
        },
        {"ConditionCheck": {"Key": {"id": {"S": "d"}}, "ConditionExpression": "attribute_not_exists(id)"}},
    )

    assert table.events[2:] == [("INSERT", "a"), ("REMOVE", "b")]


def test_a_transaction_that_fails_changes_nothing_and_leaves_no_record(table: TableCalls) -> None:
    table.put("b")
    table.put("c", x={"N": "1"})
    before = table.items

    with pytest.raises(ClientError) as error:
        table.transact(
            {"Put": {"Item": {"id": {"S": "a"}}}},
            {"Delete": {"Key": {"id": {"S": "b"}}}},
            {
                "Update": {
                    "Key": {"id": {"S": "c"}},
                    "UpdateExpression": "ADD x :x",
                    "ExpressionAttributeValues": {":x": {"N": "1"}},
                }
            },
            {"ConditionCheck": {"Key": {"id": {"S": "d"}}, "ConditionExpression": "attribute_exists(id)"}},
        )

    assert code_of(error) == "TransactionCanceledException"
    assert table.items == before
    assert table.events == [("INSERT", "b"), ("INSERT", "c")]


def test_a_table_has_its_stream_after_a_transaction_that_failed(table: TableCalls) -> None:
    with pytest.raises(ClientError):
        table.transact({"ConditionCheck": {"Key": {"id": {"S": "d"}}, "ConditionExpression": "attribute_exists(id)"}})

    table.put()

    assert table.events == [("INSERT", "a")]


# ---------------------------------------------------------------------- what is in them


@pytest.mark.rule("DDB-E1", "DDB-E2", "DDB-E4", "DDB-E5", "DDB-E7")
def test_a_record_has_the_members_of_the_event_in_their_order() -> None:
    with bare_environment(region_name="eu-west-1") as environment:
        table = TableCalls(environment)
        time.sleep(1.7)
        table.put(x={"B": b"foobar"}, y={"BS": [b"x"]}, z={"N": "1.50"})
        [record] = table.records

    content: Any = record.content
    assert list(content) == ["eventID", "eventName", "eventVersion", "eventSource", "awsRegion", "dynamodb"]
    assert list(content["dynamodb"]) == [
        "ApproximateCreationDateTime", "Keys", "NewImage", "SequenceNumber", "SizeBytes", "StreamViewType",
    ]  # fmt: skip
    assert re.fullmatch("[0-9a-f]{32}", content["eventID"])
    assert re.fullmatch("[0-9]{21}", content["dynamodb"]["SequenceNumber"])
    assert (content["eventVersion"], content["eventSource"], content["awsRegion"]) == ("1.1", "aws:dynamodb", "eu-west-1")
    assert content["dynamodb"]["ApproximateCreationDateTime"] == 1767225601.0
    assert isinstance(content["dynamodb"]["ApproximateCreationDateTime"], float)
    assert content["dynamodb"]["NewImage"] == {
        "id": {"S": "a"}, "x": {"B": "Zm9vYmFy"}, "y": {"BS": ["eA=="]}, "z": {"N": "1.5"},
    }  # fmt: skip


@pytest.mark.rule("DDB-E4")
@pytest.mark.parametrize(
    ("view_type", "images"),
    [
        ("KEYS_ONLY", [[], [], []]),
        ("NEW_IMAGE", [["NewImage"], ["NewImage"], []]),
        ("OLD_IMAGE", [[], ["OldImage"], ["OldImage"]]),
        ("NEW_AND_OLD_IMAGES", [["NewImage"], ["NewImage", "OldImage"], ["OldImage"]]),
    ],
    ids=["keys only", "new", "old", "both"],
)
def test_the_view_type_determines_the_images_of_a_record(view_type: str, images: list[list[str]], bare: BareAws) -> None:
    table = TableCalls(bare, view_type)
    table.put()
    table.put(x={"N": "1"})
    table.delete()

    assert [[name for name in record.content["dynamodb"] if "Image" in name] for record in table.records] == images
    assert [record.content["dynamodb"]["Keys"] for record in table.records] == [{"id": {"S": "a"}}] * 3


@pytest.mark.rule("DDB-E6")
def test_the_size_is_that_of_names_and_values_of_the_recorded_event(bare: BareAws) -> None:
    client = bare.client("dynamodb")
    client.create_table(
        TableName="recorded",
        KeySchema=[{"AttributeName": "my_partition_key", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "my_partition_key", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )
    item = {"my_partition_key": {"S": "hello world"}, "binary_key": {"B": b"foobar"}}
    client.put_item(TableName="recorded", Item=item)
    streams = bare.client("dynamodbstreams")
    [stream] = streams.list_streams(TableName="recorded")["Streams"]
    [shard] = streams.describe_stream(StreamArn=stream["StreamArn"])["StreamDescription"]["Shards"]
    iterator = streams.get_shard_iterator(
        StreamArn=stream["StreamArn"], ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
    )

    [record] = streams.get_records(ShardIterator=iterator["ShardIterator"])["Records"]

    assert record["dynamodb"]["SizeBytes"] == 70


@pytest.mark.rule("DDB-E6")
@pytest.mark.parametrize(
    ("value", "size"),
    [
        ({"S": "ä"}, 2), ({"BOOL": True}, 1), ({"NULL": True}, 1), ({"N": "7"}, 2), ({"N": "0"}, 1), ({"N": "12"}, 2),
        ({"N": "123"}, 3), ({"N": "-12"}, 3), ({"N": "1200"}, 2), ({"N": "0.012"}, 2), ({"B": "Zm9v"}, 3),
        ({"SS": ["a", "bc"]}, 3), ({"NS": ["1", "23"]}, 4), ({"BS": ["Zm9v"]}, 3), ({"L": []}, 3), ({"M": {}}, 3),
        ({"L": [{"S": "ab"}]}, 6), ({"M": {"k": {"S": "ab"}}}, 7),
    ],
    ids=lambda value: str(value),
)  # fmt: skip
def test_a_value_counts_as_long_as_it_is(value: dict[str, Any], size: int) -> None:
    assert size_of({"n": value}) == 1 + size


@pytest.mark.parametrize(
    ("text", "shortest"),
    [("1", "1"), ("1.00", "1"), ("0100", "100"), ("-0.50", "-0.5"), ("1E+3", "1000"), ("0.0", "0"), ("-0", "0"), ("x", "x")],
)
def test_a_number_loses_insignificant_digits(text: str, shortest: str) -> None:
    assert number_text(text) == shortest


def test_images_with_other_attributes_are_not_equal() -> None:
    assert not are_equal({"x": plain({"S": "1"})}, {"y": plain({"S": "1"})})


@pytest.mark.rule("DDB-12")
@pytest.mark.parametrize(("other", "is_same"), [("1.0", True), ("2", False)], ids=["the same range key", "another range key"])
def test_order_is_kept_by_the_whole_primary_key(other: str, is_same: bool, bare: BareAws) -> None:
    table = TableCalls(bare, ranged=True)
    table.put(at={"N": "1"})
    table.put(at={"N": other}, x={"N": "1"})

    first, second = table.records
    assert (first.key == second.key) is is_same


def test_boto3_gets_the_same_records_as_pollers(table: TableCalls) -> None:
    table.put(x={"B": b"foobar"}, y={"L": [{"M": {"z": {"BS": [b"1", b"2"]}}}]})

    [got] = table.get()
    [record] = table.records
    assert got["eventID"] == record.content["eventID"]
    assert (got["eventVersion"], got["awsRegion"]) == ("1.1", "us-east-1")
    assert got["dynamodb"]["SequenceNumber"] == record.sequence_number
    assert got["dynamodb"]["SizeBytes"] == record.content["dynamodb"]["SizeBytes"]
    assert got["dynamodb"]["ApproximateCreationDateTime"].timestamp() == 1767225600
    assert got["dynamodb"]["NewImage"] == {
        "id": {"S": "a"}, "x": {"B": b"foobar"}, "y": {"L": [{"M": {"z": {"BS": [b"1", b"2"]}}}]},
    }  # fmt: skip


def test_the_same_seed_gives_the_same_records() -> None:
    def made() -> list[Any]:
        with bare_environment(seed=7) as environment:
            table = TableCalls(environment)
            table.put()
            return [(record.content, table.shard_ids) for record in table.records]

    assert made() == made()


CHANGES: dict[str, Callable[[TableCalls], object]] = {
    "a put": lambda table: table.put("b"),
    "an update": lambda table: table.update("SET x = :x", x={"N": "1"}),
    "a deletion": lambda table: table.delete(),
    "disabling": lambda table: table.set_stream(StreamEnabled=False),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_waiting_readers_of_the_stream_are_notified(change: Callable[[TableCalls], object], table: TableCalls) -> None:
    table.put()
    told: list[bool] = []
    table.source.changed.add(lambda: told.append(True))

    change(table)

    assert told


def test_a_write_that_changes_nothing_sends_no_notification(table: TableCalls) -> None:
    table.put()
    told: list[bool] = []
    table.source.changed.add(lambda: told.append(True))

    table.put()

    assert told == []
