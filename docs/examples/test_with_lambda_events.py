from __future__ import annotations

import json
from typing import Any

import boto3
import pytest

from pytest_lambda_events import LambdaEvents


def refund(event: Any, context: Any) -> None:
    refunds = boto3.resource("dynamodb", region_name="us-east-1").Table("refunds")
    for record in event["Records"]:
        order = json.loads(record["body"])["order"]
        refunds.update_item(
            Key={"order": order},
            UpdateExpression="ADD times :one",
            ExpressionAttributeValues={":one": 1},
        )


@pytest.fixture
def refunds(lambda_events: LambdaEvents) -> Any:
    return boto3.resource("dynamodb", region_name="us-east-1").create_table(
        TableName="refunds",
        KeySchema=[{"AttributeName": "order", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "order", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )


def test_order_is_refunded_once(refunds: Any, lambda_events: LambdaEvents) -> None:
    orders = lambda_events.queue("orders")
    lambda_events.function(refund).add_event_source(orders)

    orders.send({"order": "7"})
    lambda_events.run_until_idle()

    assert refunds.get_item(Key={"order": "7"})["Item"]["times"] == 1


def test_order_is_refunded_twice_if_another_order_of_its_batch_fails(refunds: Any, lambda_events: LambdaEvents) -> None:
    dead_letters = lambda_events.queue("orders-dlq")
    orders = lambda_events.queue("orders", dead_letter_queue=dead_letters, max_receive_count=2)
    lambda_events.function(refund).add_event_source(orders)

    orders.send({"order": "7"}, {"order": None})
    lambda_events.run_until_idle()

    assert refunds.get_item(Key={"order": "7"})["Item"]["times"] == 2
