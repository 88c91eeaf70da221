"""Fixtures for the tests of the approvals service."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta

import approvals
import pytest
import starter

from pytest_lambda_events import DurableExecution, Function, LambdaEvents, Queue, Table


@dataclass(frozen=True)
class Shop:
    """The resources of the service."""

    incoming: Queue
    questions: Queue
    orders: Table
    approve: Function
    start: Function

    def order(self, number: str) -> None:
        """Sends an order, as the web shop does."""
        self.incoming.send(json.dumps({"id": number}))

    @property
    def execution(self) -> DurableExecution:
        """The only execution."""
        [execution] = self.approve.executions
        return execution

    def statuses(self) -> dict[str, str]:
        """The status of each order."""
        return {item["id"]: item["status"] for item in self.orders.items}


@pytest.fixture
def shop(lambda_events: LambdaEvents) -> Shop:
    """Creates the queue, the topic, the table and the functions of the service."""
    incoming, questions = lambda_events.queue("incoming"), lambda_events.queue("questions")
    topic, table = lambda_events.topic("approvals"), lambda_events.table("orders", partition_key="id")
    topic.subscribe(questions)
    approve = lambda_events.function(
        approvals.handler,
        name="approve",
        durable_execution_timeout=timedelta(days=7),
        environment={"ORDERS_TABLE": "orders", "APPROVALS_TOPIC": topic.arn},
    ).publish_version()
    start = lambda_events.function(starter.handler, name="start", environment={"APPROVE_FUNCTION": approve.arn})
    start.add_event_source(incoming)
    return Shop(incoming, questions, table, approve, start)
