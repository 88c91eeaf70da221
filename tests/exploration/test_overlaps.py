"""Which overlaps of attempts an exploration tries."""

from __future__ import annotations

from typing import Any

from pytest_lambda_events import LambdaEvents, explore

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
