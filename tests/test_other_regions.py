"""A handler's call for something that exists in another region or account says where it exists."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import boto3
import pytest

from pytest_lambda_events import LambdaEvents

LONDON = "eu-west-2"
CALLS: dict[str, Callable[[], Any]] = {
    "dynamodb orders": lambda: boto3.client("dynamodb", LONDON).get_item(TableName="orders", Key={"id": {"S": "7"}}),
    "kinesis orders": lambda: boto3.client("kinesis", LONDON).put_record(StreamName="orders", Data=b"7", PartitionKey="7"),
    "sqs orders": lambda: boto3.client("sqs", LONDON).get_queue_url(QueueName="orders"),
    "sqs url orders": lambda: boto3.client("sqs", LONDON).send_message(
        QueueUrl="https://sqs.eu-west-2.amazonaws.com/123456789012/orders", MessageBody="7"
    ),
    "sns orders": lambda: boto3.client("sns", LONDON).publish(
        TopicArn="arn:aws:sns:eu-west-2:123456789012:orders", Message="7"
    ),
    "lambda answer": lambda: boto3.client("lambda", LONDON).invoke(FunctionName="answer:$LATEST"),
}


def answer(event: Any, context: Any) -> None:
    """A handler that does nothing."""


def test_a_failed_call_names_the_region_in_which_its_target_exists(lambda_events: LambdaEvents) -> None:
    lambda_events.queue("orders")
    lambda_events.topic("orders")
    lambda_events.stream("orders")
    lambda_events.table("orders", partition_key="id")
    lambda_events.function(answer)
    errors: dict[str, str] = {}

    def handler(event: Any, context: Any) -> None:
        for name, call in CALLS.items():
            try:
                call()
            except Exception as error:
                errors[name] = str(error)

    lambda_events.function(handler).invoke({})

    notes = [entry.detail.get("note") for entry in lambda_events.journal if entry.kind == "called"]
    assert notes == [f"{name.split()[-1]} exists in us-east-1, the call went to eu-west-2" for name in CALLS]
    assert not any("us-east-1" in text for text in errors.values())
    told = "ResourceNotFoundException: Requested resource not found (orders exists in us-east-1, the call went to eu-west-2)"
    assert told in lambda_events.journal.timeline()


def test_a_missing_resource_has_no_note_if_it_exists_nowhere_or_in_the_region_of_the_call(lambda_events: LambdaEvents) -> None:
    lambda_events.table("orders", partition_key="id")

    def handler(event: Any, context: Any) -> None:
        for table, client in (("missing", boto3.client("dynamodb", LONDON)), ("orders", boto3.client("dynamodb"))):
            with pytest.raises(client.exceptions.ClientError):
                client.describe_table(TableName=table) if table == "missing" else client.put_item(TableName=table, Item={})

    lambda_events.function(handler).invoke({})

    assert [entry.detail.get("note") for entry in lambda_events.journal if entry.kind == "called"] == [None, None]


def test_the_account_is_named_if_it_is_another_one(lambda_events: LambdaEvents) -> None:
    lambda_events.topic("orders")

    def handler(event: Any, context: Any) -> None:
        boto3.client("sns").publish(TopicArn="arn:aws:sns:us-east-1:210987654321:orders", Message="7")

    lambda_events.function(handler).invoke({})

    [called] = [entry for entry in lambda_events.journal if entry.kind == "called"]
    assert called.detail["note"] == (
        "orders exists in us-east-1 of account 123456789012, the call went to us-east-1 of account 210987654321"
    )
