"""Texts of messages arrive as they were sent, also those in which moto finds an operation or a request id."""

from __future__ import annotations

import boto3
import pytest

from pytest_lambda_events import LambdaEvents


@pytest.mark.parametrize("fast_calls", [True, False])
@pytest.mark.parametrize(
    "text",
    ["<Error><RequestId>id-of-the-caller</RequestId></Error>", "a&Action=GetQueueAttributes&b=1", '{"a": "b=c&Action=x"}'],
    ids=["request id", "operation", "JSON"],
)
def test_a_text_is_received_as_it_was_sent(text: str, fast_calls: bool) -> None:
    with LambdaEvents(fast_calls=fast_calls):
        sqs = boto3.client("sqs")
        url = sqs.create_queue(QueueName="orders")["QueueUrl"]

        sqs.send_message(QueueUrl=url, MessageBody=text)

        [message] = sqs.receive_message(QueueUrl=url)["Messages"]
        assert message["Body"] == text


@pytest.mark.parametrize("fast_calls", [True, False])
def test_an_item_is_read_as_it_was_put(fast_calls: bool) -> None:
    item = {"id": {"S": "<RequestId>1</RequestId>&Action=Scan"}}
    with LambdaEvents(fast_calls=fast_calls) as lambda_events:
        lambda_events.table("orders", partition_key="id")
        dynamodb = boto3.client("dynamodb")

        dynamodb.put_item(TableName="orders", Item=item)

        assert dynamodb.get_item(TableName="orders", Key=item)["Item"] == item
