"""Fixtures for the tests of the orders service."""

from __future__ import annotations

from dataclasses import dataclass, field

import bank
import orders
import pytest

from pytest_lambda_events import Function, LambdaEvents, Queue


@dataclass
class Bank:
    """A fake bank that records its calls."""

    charged: list[tuple[str, int]] = field(default_factory=list)
    is_down: bool = False

    def charge(self, card: str, amount: int) -> str:
        """Replaces `bank.charge`."""
        if self.is_down:
            raise ConnectionError("the bank does not answer")
        if card == "expired":
            raise bank.CardDeclined("card expired")
        self.charged.append((card, amount))
        return f"receipt-{len(self.charged)}"


@pytest.fixture
def the_bank(monkeypatch: pytest.MonkeyPatch) -> Bank:
    """Replaces the bank with a fake one."""
    fake = Bank()
    monkeypatch.setattr(bank, "charge", fake.charge)
    return fake


@pytest.fixture
def payments_table(lambda_events: LambdaEvents) -> str:
    """The table in which Powertools stores charged orders."""
    lambda_events.client("dynamodb").create_table(
        TableName="payments",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return "payments"


@pytest.fixture
def warehouse_topic(lambda_events: LambdaEvents) -> str:
    """The ARN of the topic to which the warehouse subscribes."""
    return str(lambda_events.client("sns").create_topic(Name="warehouse")["TopicArn"])


@pytest.fixture
def failed_orders(lambda_events: LambdaEvents) -> Queue:
    """The queue with the invocation records of discarded orders."""
    return lambda_events.queue("failed-orders")


@pytest.fixture
def take_order(
    lambda_events: LambdaEvents, the_bank: Bank, payments_table: str, warehouse_topic: str, failed_orders: Queue
) -> Function:
    """The function under test and its resources."""
    return lambda_events.function(
        orders.handler,
        name="take-order",
        timeout=10,
        environment={"WAREHOUSE_TOPIC": warehouse_topic},
        on_failure=failed_orders,
    )
