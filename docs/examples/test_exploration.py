from __future__ import annotations

from typing import Any

import pytest

from pytest_lambda_events import LambdaEvents, Queue, explore


class Bank:
    """A bank that is not a part of AWS. It charges a card once for each key."""

    def __init__(self) -> None:
        self.charges: dict[str, str] = {}

    def charge(self, order: str, key: str) -> None:
        self.charges[key] = order


@pytest.fixture
def bank() -> Bank:
    return Bank()


@pytest.fixture
def orders(lambda_events: LambdaEvents, bank: Bank) -> Queue:
    return shop(lambda_events, bank, key_of_order)


def shop(lambda_events: LambdaEvents, bank: Bank, key_of: Any) -> Queue:
    dynamodb = lambda_events.client("dynamodb")
    lambda_events.table("payments", partition_key="id")

    def charge(event: Any, context: Any) -> None:
        for record in event["Records"]:
            order = record["body"]
            if "Item" not in dynamodb.get_item(TableName="payments", Key={"id": {"S": order}}):
                bank.charge(order, key_of(order, context))
                dynamodb.put_item(TableName="payments", Item={"id": {"S": order}})

    queue = lambda_events.queue("orders", dead_letter_queue=lambda_events.queue("dead"), max_receive_count=5)
    lambda_events.function(charge, name="charge").add_event_source(queue)
    return queue


def key_of_order(order: str, context: Any) -> str:
    return order


def key_of_attempt(order: str, context: Any) -> str:
    return str(context.aws_request_id)


@pytest.mark.lambda_explore(max_faults=1)
def test_an_order_is_charged_once(lambda_events: LambdaEvents, orders: Queue, bank: Bank) -> None:
    orders.send("7")
    lambda_events.run_until_idle()

    assert list(bank.charges.values()) == ["7"]


def test_the_exploration_finds_a_wrong_key() -> None:
    def order_is_charged_once(lambda_events: LambdaEvents) -> None:
        bank = Bank()
        shop(lambda_events, bank, key_of_attempt).send("7")
        lambda_events.run_until_idle()
        assert list(bank.charges.values()) == ["7"]

    result = explore(order_is_charged_once, max_faults=1, max_seconds=60)

    [failure] = result.failures
    assert [str(choice) for choice in failure.plan] == [
        "the process of charge ends before its call of dynamodb.PutItem payments"
    ]
