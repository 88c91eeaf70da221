"""What a call of boto3 costs, counted in calls of Python and C.

The limits are a fifth higher than what was counted, because releases of Python, moto and botocore differ.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Mapping
from typing import Any

import boto3
import pytest
from counting import calls_of

from pytest_lambda_events import LambdaEvents
from pytest_lambda_events.aws.fast_calls import operations

Call = Callable[[], object]
ITEM = {"id": {"S": "1"}, "amount": {"N": "7"}, "lines": {"L": [{"M": {"article": {"S": "book"}}}]}}


def send_message(sqs: Any) -> Call:
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    return lambda: sqs.send_message(QueueUrl=url, MessageBody="{}")


def receive_message(sqs: Any) -> Call:
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    return lambda: sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1)


def put_record(kinesis: Any) -> Call:
    kinesis.create_stream(StreamName="clicks", ShardCount=1)
    return lambda: kinesis.put_record(StreamName="clicks", Data=b"{}", PartitionKey="key")


def put_item(dynamodb: Any) -> Call:
    dynamodb.create_table(
        TableName="orders",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return lambda: dynamodb.put_item(TableName="orders", Item=ITEM)


def get_item(dynamodb: Any) -> Call:
    put_item(dynamodb)()
    return lambda: dynamodb.get_item(TableName="orders", Key={"id": ITEM["id"]})


def put_events(events: Any) -> Call:
    entry = {"Source": "shop", "DetailType": "ordered", "Detail": json.dumps({"id": 7})}
    return lambda: events.put_events(Entries=[entry])


def get_parameter(ssm: Any) -> Call:
    ssm.put_parameter(Name="/shop/limit", Value="7", Type="String")
    return lambda: ssm.get_parameter(Name="/shop/limit")


def get_secret_value(secrets: Any) -> Call:
    secrets.create_secret(Name="bank", SecretString="secret")
    return lambda: secrets.get_secret_value(SecretId="bank")


def put_object(s3: Any) -> Call:
    s3.create_bucket(Bucket="orders")
    return lambda: s3.put_object(Bucket="orders", Key="1.json", Body=b"{}")


def get_object(s3: Any) -> Call:
    put_object(s3)()
    return lambda: s3.get_object(Bucket="orders", Key="1.json")["Body"].read()


def invoke(functions: Any) -> Call:
    role = boto3.client("iam").create_role(RoleName="charge", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("app.py", "def handler(event, context): return None")
    functions.create_function(
        FunctionName="charge", Runtime="python3.13", Handler="app.handler", Role=role, Code={"ZipFile": archive.getvalue()}
    )
    functions.get_waiter("function_active_v2").wait(FunctionName="charge")
    return lambda: functions.invoke(FunctionName="charge", InvocationType="Event", Payload=b"{}")


def get_function(functions: Any) -> Call:
    invoke(functions)
    return lambda: functions.get_function(FunctionName="charge")


LIMITS: Mapping[Callable[[Any], Call], tuple[str, int]] = {
    send_message: ("sqs", 575),
    receive_message: ("sqs", 660),
    put_record: ("kinesis", 610),
    put_item: ("dynamodb", 810),
    get_item: ("dynamodb", 720),
    put_events: ("events", 595),
    get_parameter: ("ssm", 570),
    get_secret_value: ("secretsmanager", 495),
    put_object: ("s3", 2_160),
    get_object: ("s3", 2_215),
    invoke: ("lambda", 685),
    get_function: ("lambda", 630),
}


@pytest.mark.parametrize("prepare", LIMITS, ids=lambda prepare: prepare.__name__)
def test_a_call_costs_less_than_its_limit(prepare: Callable[[Any], Call]) -> None:
    service, limit = LIMITS[prepare]
    with LambdaEvents(fast_calls=True):
        call = prepare(boto3.client(service, region_name="us-east-1"))  # type: ignore[call-overload]
        for _ in range(4):
            call()

        spent = min(calls_of(call) for _ in range(3))

    assert spent < limit


@pytest.mark.lambda_events(fast_calls=True)
def test_clients_share_what_does_not_depend_on_them(lambda_events: LambdaEvents) -> None:
    """A module that each execution environment imports creates a client each time."""
    lambda_events.table("payments", partition_key="id")
    one, other = (boto3.client("dynamodb") for _ in range(2))
    operations._of_moto.cache_clear()

    first = calls_of(lambda: one.scan(TableName="payments"))
    second = calls_of(lambda: other.scan(TableName="payments"))

    assert second < 0.9 * first
