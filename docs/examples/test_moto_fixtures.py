from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from pytest_lambda_events import LambdaEvents

table = boto3.resource("dynamodb", region_name="us-east-1").Table("orders")  # created at import time, as in many handlers


def take_order(event: Any, context: Any) -> None:
    table.put_item(Item={"id": event["id"]})


@pytest.fixture
def orders_table() -> Iterator[None]:
    """Creates the table. This fixture existed before."""
    with mock_aws():
        boto3.client("dynamodb", region_name="us-east-1").create_table(
            TableName="orders",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        yield


def test_handler_uses_the_table_of_the_fixture(orders_table: None, lambda_events: LambdaEvents) -> None:
    lambda_events.function(take_order).invoke_async({"id": "7"})
    lambda_events.run_until_idle()

    assert table.scan()["Items"] == [{"id": "7"}]
