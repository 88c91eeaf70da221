"""Which overlaps of attempts an exploration tries."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import boto3
import pytest

from pytest_lambda_events import LambdaEvents, explore
from pytest_lambda_events.aws.network.footprints import resources_of

ONLY_ORDER: dict[str, Any] = {
    "max_faults": 1, "max_seconds": 600.0, "crash": False, "timeouts": False, "duplicates": False, "throttles": False,
    "lost_acknowledgements": False, "errors": False,
}  # fmt: skip


def put(table: str, number: int) -> dict[str, Any]:
    """The parameters of a PutItem of one item."""
    return {"TableName": table, "Item": {"id": {"S": "1"}, "number": {"N": str(number)}}}


def test_a_transaction_overlaps_with_calls_of_each_of_its_tables() -> None:
    def scenario(env: LambdaEvents) -> None:
        db = env.client("dynamodb")
        env.table("audit", partition_key="id")
        stock = env.table("stock", partition_key="id")
        stock.put_item({"id": "1", "number": 0})

        def add(event: Any, context: Any) -> None:
            item = db.get_item(TableName="stock", Key={"id": {"S": "1"}})["Item"]
            number = int(item["number"]["N"]) + 1
            db.transact_write_items(TransactItems=[{"Put": put("audit", number)}, {"Put": put("stock", number)}])

        env.function(add, name="add").invoke_async({})
        env.function(lambda event, context: db.put_item(**put("stock", 5)), name="set").invoke_async({})
        env.run_until_idle()
        assert stock.items[0]["number"] in (5, 6)

    [failure] = explore(scenario, **ONLY_ORDER).failures

    assert [str(choice) for choice in failure.plan] == [
        "add pauses before its call of dynamodb.TransactWriteItems audit,stock, and other attempts go on"
    ]


def test_calls_of_different_tables_do_not_overlap() -> None:
    def scenario(env: LambdaEvents) -> None:
        db = env.client("dynamodb")
        for name in ("left", "right"):
            env.table(name, partition_key="id")
            env.function(lambda event, context: db.put_item(**put(event, 1)), name=f"to-{name}").invoke_async(name)
        env.run_until_idle()

    result = explore(scenario, **ONLY_ORDER)

    assert (result.coverage.get("others"), result.pruned) == (None, 2)


def test_calls_that_share_a_resource_come_first() -> None:
    """Each function reads its own table six times, then both write to one item. The second one to write is wrong."""

    def scenario(env: LambdaEvents) -> None:
        db = env.client("dynamodb")
        for name in ("left", "right", "common"):
            env.table(name, partition_key="id")

        def write(event: Any, context: Any) -> None:
            for _ in range(6):
                db.get_item(TableName=event, Key={"id": {"S": "1"}})
            if "Item" not in db.get_item(TableName="common", Key={"id": {"S": "1"}}):
                db.put_item(**put("common", 1))

        for name in ("left", "right"):
            env.function(write, name=f"to-{name}", on_failure=env.queue(f"failed-{name}")).invoke_async(name)
        env.run_until_idle()
        called = [entry for entry in env.journal if getattr(entry, "operation", "") == "PutItem"]
        assert len(called) == 1

    [failure, *_] = explore(scenario, **{**ONLY_ORDER, "crash": True}).failures

    assert failure.execution < 10


def putting(key: str) -> Any:
    """A handler that puts one item with a client, and reads it with a resource of boto3."""

    def handler(event: Any, context: Any) -> None:
        item = {"id": {"S": "order"}, "line": {"N": key}, "total": {"N": "1"}}
        boto3.client("dynamodb").put_item(TableName="lines", Item=item)
        boto3.resource("dynamodb").Table("lines").get_item(Key={"id": "order", "line": Decimal(key)})

    return handler


@pytest.mark.parametrize(
    ("keys", "overlaps", "pruned"), [(("1", "2"), None, 4), (("1", "1.0"), 4, 0)], ids=["two items", "one"]
)
def test_calls_of_different_items_do_not_overlap(keys: tuple[str, str], overlaps: int | None, pruned: int) -> None:
    def scenario(env: LambdaEvents) -> None:
        env.client("dynamodb").create_table(
            TableName="lines", BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}, {"AttributeName": "line", "KeyType": "RANGE"}],
            AttributeDefinitions=[
                {"AttributeName": "id", "AttributeType": "S"}, {"AttributeName": "line", "AttributeType": "N"}
            ],
        )  # fmt: skip
        for number, key in enumerate(keys):
            env.function(putting(key), name=f"put-{number}").invoke_async({})
        env.run_until_idle()

    result = explore(scenario, **ONLY_ORDER)

    assert (result.coverage.get("others"), result.pruned) == (overlaps, pruned)


ITEM = {"id": {"S": "1"}, "total": {"N": "7"}}
OF_ITEM = ["dynamodb orders [('id', 'S', '1')]"]
CALLS: list[tuple[str, dict[str, Any], list[str]]] = [
    ("PutItem", {"TableName": "orders", "Item": ITEM}, OF_ITEM),
    ("PutItem", {"TableName": "orders", "Item": {"id": "1"}}, OF_ITEM),
    ("GetItem", {"TableName": "orders", "Key": {"id": "1"}}, OF_ITEM),
    ("PutItem", {"TableName": "orders", "Item": {}}, ["dynamodb orders"]),
    ("PutItem", {"TableName": "others", "Item": ITEM}, ["dynamodb others"]),
    ("Query", {"TableName": "orders"}, ["dynamodb orders"]),
    (
        "TransactWriteItems",
        {
            "TransactItems": [
                {"Put": {"TableName": "orders", "Item": ITEM}},
                {"Delete": {"TableName": "others", "Key": {"a": {"B": b"x"}}}},
            ]
        },
        [*OF_ITEM, "dynamodb others [('a', 'B', '78')]"],
    ),
    (
        "BatchWriteItem",
        {"RequestItems": {"orders": [{"PutRequest": {"Item": ITEM}}, {"DeleteRequest": {"Key": {"id": "1"}}}]}},
        OF_ITEM * 2,
    ),
    ("BatchGetItem", {"RequestItems": {"orders": {"Keys": [{"id": {"S": "1"}}]}}}, OF_ITEM),
    ("TransactGetItems", {"TransactItems": [{"Get": {"TableName": "orders", "Key": {"id": "1"}}}]}, OF_ITEM),
]


@pytest.mark.parametrize(("operation", "parameters", "resources"), CALLS)
def test_a_call_of_dynamodb_uses_items_if_their_keys_are_known(
    operation: str, parameters: dict[str, Any], resources: list[str], lambda_events: LambdaEvents
) -> None:
    lambda_events.table("orders", partition_key="id")
    target = parameters.get("TableName", "orders,others")

    found = resources_of("dynamodb", operation, target, parameters, "123456789012", "us-east-1")

    assert found == resources
