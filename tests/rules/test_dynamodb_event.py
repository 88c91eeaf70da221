"""DDB-E1 to DDB-E8, DDB-08 and DDB-09: what a function is given of the changes of a table."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError
from table_stories import fed, ids, put, raising, succeed, table

from pytest_lambda_events import Function, LambdaEvents, Table

STREAM = "arn:aws:dynamodb:us-east-1:123456789012:table/items/stream/2026-01-01T00:00:00.000"


def records(fn: Function) -> list[dict[str, Any]]:
    """All records that a function was given."""
    return [record for batch in fn.batches for record in batch.records]


def changes(fn: Function) -> list[tuple[str, str]]:
    """The kind of each change, and whose."""
    return [(record["eventName"], record["dynamodb"]["Keys"]["id"]["S"]) for record in records(fn)]


@pytest.fixture
def items(lambda_events: LambdaEvents) -> Table:
    """A table with a stream of both images."""
    return table(lambda_events)


@pytest.fixture
def fn(lambda_events: LambdaEvents, items: Table) -> Function:
    """A function that is given the table's changes."""
    function = lambda_events.function(succeed, name="fn")
    fed(function, items)
    return function


@pytest.mark.rule("DDB-01", "DDB-E1", "DDB-E2", "DDB-E4", "DDB-E5", "DDB-E6")
def test_the_event_has_aws_s_fields_in_aws_s_order(lambda_events: LambdaEvents, items: Table, fn: Function) -> None:
    lambda_events.advance(1.9)
    items.put_item({"id": "a", "n": 1, "b": b"foobar", "yes": True})
    lambda_events.run_until_idle()

    [entry] = [entry for entry in lambda_events.journal if entry.kind == "started"]
    [record] = records(fn)
    image = {"id": {"S": "a"}, "n": {"N": "1"}, "b": {"B": "Zm9vYmFy"}, "yes": {"BOOL": True}}
    expected = {
        "Records": [
            {
                "eventID": record["eventID"],
                "eventName": "INSERT",
                "eventVersion": "1.1",
                "eventSource": "aws:dynamodb",
                "awsRegion": "us-east-1",
                "dynamodb": {
                    "ApproximateCreationDateTime": 1_767_225_601.0,
                    "Keys": {"id": {"S": "a"}},
                    "NewImage": image,
                    "SequenceNumber": record["dynamodb"]["SequenceNumber"],
                    "SizeBytes": 3 + 3 + 3 + 7 + 4,
                    "StreamViewType": "NEW_AND_OLD_IMAGES",
                },
                "eventSourceARN": STREAM,
            }
        ]
    }
    assert entry.detail["payload"].decode() == json.dumps(expected, separators=(",", ":"))


@pytest.mark.rule("DDB-E2")
def test_ids_of_records_are_32_hexadecimal_digits_and_numbers_ascend(
    lambda_events: LambdaEvents, items: Table, fn: Function
) -> None:
    put(items, "a", "b", "c")
    lambda_events.run_until_idle()

    assert {len(bytes.fromhex(record["eventID"])) for record in records(fn)} == {16}
    numbers = [record["dynamodb"]["SequenceNumber"] for record in records(fn)]
    assert [str(int(number)) for number in numbers] == numbers == sorted(set(numbers), key=int)


@pytest.mark.rule("DDB-E4")
@pytest.mark.parametrize(
    ("view_type", "expected"),
    [
        ("KEYS_ONLY", [[], [], []]),
        ("NEW_IMAGE", [["NewImage"], ["NewImage"], []]),
        ("OLD_IMAGE", [[], ["OldImage"], ["OldImage"]]),
        ("NEW_AND_OLD_IMAGES", [["NewImage"], ["NewImage", "OldImage"], ["OldImage"]]),
    ],
    ids=["keys", "new", "old", "both"],
)
def test_the_view_type_determines_the_images_that_a_function_receives(
    view_type: str, expected: list[list[str]], lambda_events: LambdaEvents
) -> None:
    items, fn = table(lambda_events, stream_view_type=view_type), lambda_events.function(succeed)
    fed(fn, items)

    put(items, "a")
    items.put_item({"id": "a", "state": "paid"})
    items.delete_item({"id": "a"})
    lambda_events.run_until_idle()

    shown = [[name for name in record["dynamodb"] if name.endswith("Image")] for record in records(fn)]
    assert shown == expected
    assert all(record["dynamodb"]["Keys"] == {"id": {"S": "a"}} for record in records(fn))


@pytest.mark.rule("DDB-E6")
def test_the_size_of_a_change_is_that_of_the_key_and_both_images(
    lambda_events: LambdaEvents, items: Table, fn: Function
) -> None:
    items.put_item({"id": "a", "state": "new"})
    items.put_item({"id": "a", "state": "paid"})
    lambda_events.run_until_idle()

    assert [record["dynamodb"]["SizeBytes"] for record in records(fn)] == [3 + 11, 3 + 11 + 12]


@pytest.mark.rule("DDB-08")
def test_an_update_that_sets_what_is_set_already_invokes_nothing(
    lambda_events: LambdaEvents, items: Table, fn: Function
) -> None:
    client = lambda_events.client("dynamodb")
    update = {
        "TableName": "items", "Key": {"id": {"S": "a"}}, "UpdateExpression": "SET n = :n",
        "ExpressionAttributeValues": {":n": {"N": "1"}},
    }  # fmt: skip

    client.update_item(**update)
    client.update_item(**update)
    client.delete_item(TableName="items", Key={"id": {"S": "not there"}})
    lambda_events.run_until_idle()

    assert changes(fn) == [("INSERT", "a")]


@pytest.mark.rule("DDB-09")
def test_a_transaction_leaves_one_record_for_each_item(lambda_events: LambdaEvents, items: Table, fn: Function) -> None:
    put(items, "old", "checked")
    lambda_events.run_until_idle()

    lambda_events.client("dynamodb").transact_write_items(
        TransactItems=[
            {"Put": {"TableName": "items", "Item": {"id": {"S": "new"}}}},
            {"Delete": {"TableName": "items", "Key": {"id": {"S": "old"}}}},
            {
                "ConditionCheck": {
                    "TableName": "items",
                    "Key": {"id": {"S": "checked"}},
                    "ConditionExpression": "attribute_exists(id)",
                }
            },
        ]
    )
    lambda_events.run_until_idle()

    assert changes(fn)[2:] == [("INSERT", "new"), ("REMOVE", "old")]


@pytest.mark.rule("DDB-09")
def test_a_transaction_that_is_cancelled_leaves_no_record(lambda_events: LambdaEvents, items: Table, fn: Function) -> None:
    put_one = {"TableName": "items", "Item": {"id": {"S": "new"}}}
    refused = {"TableName": "items", "Item": {"id": {"S": "other"}}, "ConditionExpression": "attribute_exists(id)"}

    with pytest.raises(ClientError, match="TransactionCanceledException"):
        lambda_events.client("dynamodb").transact_write_items(TransactItems=[{"Put": put_one}, {"Put": refused}])
    lambda_events.run_until_idle()

    assert (fn.batches, items.items) == ([], [])


@pytest.mark.rule("DDB-09")
def test_a_batch_of_writes_leaves_one_record_for_each_item_that_changed(
    lambda_events: LambdaEvents, items: Table, fn: Function
) -> None:
    put(items, "same", "old")
    lambda_events.run_until_idle()

    lambda_events.client("dynamodb").batch_write_item(
        RequestItems={
            "items": [
                {"PutRequest": {"Item": {"id": {"S": "same"}}}},
                {"PutRequest": {"Item": {"id": {"S": "new"}}}},
                {"DeleteRequest": {"Key": {"id": {"S": "old"}}}},
            ]
        }
    )
    lambda_events.run_until_idle()

    assert sorted(changes(fn)[2:]) == [("INSERT", "new"), ("REMOVE", "old")]


@pytest.mark.rule("DDB-09")
def test_the_changes_of_one_item_come_in_order_with_retries_between_them(lambda_events: LambdaEvents, items: Table) -> None:
    fn = lambda_events.function(raising("a"), name="fn")
    fed(fn, items, batch_size=1, maximum_retry_attempts=1)

    for number in range(3):
        items.put_item({"id": "a", "n": number})
    lambda_events.run_until_idle()

    numbers = [record["dynamodb"]["NewImage"]["n"]["N"] for record in records(fn)]
    assert numbers == ["0", "0", "1", "1", "2", "2"]


@pytest.mark.rule("DDB-E7", "DDB-E8")
@pytest.mark.parametrize(("seconds", "expected"), [(59.9, []), (60, [["a"]]), (61, [["a"]])], ids=["before", "at", "after"])
def test_an_item_that_expires_is_removed_by_dynamodb(
    seconds: float, expected: list[list[str]], lambda_events: LambdaEvents
) -> None:
    items, fn = table(lambda_events, time_to_live="ends"), lambda_events.function(succeed)
    fed(fn, items, filters=[{"userIdentity": {"type": ["Service"], "principalId": ["dynamodb.amazonaws.com"]}}])

    items.put_item({"id": "a", "ends": int(time.time()) + 60})
    items.put_item({"id": "b"})
    items.delete_item({"id": "b"})
    lambda_events.advance(seconds)

    assert [ids(batch) for batch in fn.batches] == expected


@pytest.mark.rule("DDB-E8")
def test_nothing_waits_for_an_item_to_expire(lambda_events: LambdaEvents) -> None:
    items, fn = table(lambda_events, time_to_live="ends"), lambda_events.function(succeed)
    fed(fn, items)

    items.put_item({"id": "a", "ends": int(time.time()) + 60})
    lambda_events.run_until_idle()

    assert lambda_events.elapsed < 60
    assert changes(fn) == [("INSERT", "a")]


@pytest.mark.rule("DDB-E7")
def test_a_deletion_by_a_user_has_no_user_identity(lambda_events: LambdaEvents, items: Table, fn: Function) -> None:
    put(items, "a")
    items.delete_item({"id": "a"})
    lambda_events.run_until_idle()

    assert ["userIdentity" in record for record in records(fn)] == [False, False]
