"""Handlers of a shop that charges a card for each order, and scenarios that explorations run."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from pytest_lambda_events import LambdaEvents

Handler = Callable[[Any, Any], object]
Scenario = Callable[[LambdaEvents], None]


class Bank:
    """A bank that another company runs: it is not a part of AWS, and keeps each charge."""

    def __init__(self) -> None:
        self.charges: list[str] = []

    def charge(self, order: str) -> None:
        """Charges the card of an order."""
        self.charges.append(order)


def orders_of(event: Any) -> Iterator[str]:
    """The orders of a batch of messages."""
    return (str(json.loads(record["body"])["id"]) for record in event["Records"])


def charging(db: Any, bank: Bank) -> Handler:
    """Charges, then remembers that: the charge is repeated if the process ends in between."""

    def charge(event: Any, context: Any) -> None:
        for order in orders_of(event):
            if "Item" not in db.get_item(TableName="payments", Key={"id": {"S": order}}):
                bank.charge(order)
                db.put_item(TableName="payments", Item={"id": {"S": order}})

    return charge


def marking(db: Any, bank: Bank) -> Handler:
    """Remembers, then charges: the charge is left out if the process ends in between."""

    def charge(event: Any, context: Any) -> None:
        for order in orders_of(event):
            if "Item" not in db.get_item(TableName="payments", Key={"id": {"S": order}}):
                db.put_item(TableName="payments", Item={"id": {"S": order}})
                bank.charge(order)

    return charge


def counting(db: Any, bank: Bank) -> Handler:
    """Lets the database count: the number is too high if the handler runs twice."""

    def count(event: Any, context: Any) -> None:
        for _ in orders_of(event):
            db.update_item(
                TableName="payments", Key={"id": {"S": "count"}}, UpdateExpression="ADD orders :one",
                ExpressionAttributeValues={":one": {"N": "1"}},
            )  # fmt: skip

    return count


def storing(db: Any, bank: Bank) -> Handler:
    """Stores the order under its own key: a repetition changes nothing."""

    def store(event: Any, context: Any) -> None:
        for order in orders_of(event):
            db.put_item(TableName="payments", Item={"id": {"S": order}, "state": {"S": "paid"}})

    return store


def scenario_of(
    made: Callable[[Any, Bank], Handler], check: Callable[[Any, Bank], None], *orders: str, max_receive_count: int = 5
) -> Scenario:
    """A scenario that sends orders to a queue, waits until all is done, and checks the result."""

    def scenario(env: LambdaEvents) -> None:
        db, bank = env.client("dynamodb"), Bank()
        queue = env.queue("orders", dead_letter_queue=env.queue("dead"), max_receive_count=max_receive_count)
        env.table("payments", partition_key="id")
        env.function(made(db, bank), name="charge").add_event_source(queue, batch_size=1)
        for order in orders or ("7",):
            queue.send({"id": order})
        env.run_until_idle()
        check(db, bank)

    return scenario


def charged_once(db: Any, bank: Bank) -> None:
    """Each order was charged exactly once."""
    assert bank.charges == sorted(set(bank.charges)) != [], f"the bank has {bank.charges}"


def items(db: Any) -> list[dict[str, Any]]:
    """All items of the table."""
    found: list[dict[str, Any]] = db.scan(TableName="payments")["Items"]
    return found
