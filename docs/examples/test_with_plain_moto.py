from __future__ import annotations

import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from moto import mock_aws


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
def refunds() -> Iterator[Any]:
    with mock_aws():
        yield boto3.resource("dynamodb", region_name="us-east-1").create_table(
            TableName="refunds",
            KeySchema=[{"AttributeName": "order", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "order", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )


def test_order_is_refunded_once(refunds: Any) -> None:
    event = {"Records": [{"messageId": "1", "body": json.dumps({"order": "7"}), "eventSource": "aws:sqs"}]}
    context = SimpleNamespace(aws_request_id="1", get_remaining_time_in_millis=lambda: 3000)

    refund(event, context)

    assert refunds.get_item(Key={"order": "7"})["Item"]["times"] == 1
