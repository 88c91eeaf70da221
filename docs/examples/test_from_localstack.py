from __future__ import annotations

import io
import json
import time
import zipfile
from typing import Any

import boto3
import pytest

from pytest_lambda_events import LambdaEvents

SOURCE = """
def handler(event, context):
    raise ValueError("no address")
"""


@pytest.fixture
def failures(lambda_events: LambdaEvents) -> str:
    """Creates the function and its failure destination as with LocalStack, and returns the URL of the queue."""
    iam, sqs, functions = boto3.client("iam"), boto3.client("sqs"), boto3.client("lambda")
    role = iam.create_role(RoleName="ship", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("shipping.py", SOURCE)
    functions.create_function(
        FunctionName="ship", Runtime="python3.13", Handler="shipping.handler", Role=role, Code={"ZipFile": archive.getvalue()}
    )
    functions.get_waiter("function_active_v2").wait(FunctionName="ship")
    url: str = sqs.create_queue(QueueName="failures")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    functions.put_function_event_invoke_config(FunctionName="ship", DestinationConfig={"OnFailure": {"Destination": arn}})
    return url


def wait_for_message(url: str) -> Any:
    """Polls the queue. The sleep takes virtual time."""
    for _ in range(300):
        messages = boto3.client("sqs").receive_message(QueueUrl=url).get("Messages", [])
        if messages:
            return json.loads(messages[0]["Body"])
        time.sleep(1)
    raise TimeoutError("no message arrived")


def test_with_boto3_as_before(failures: str) -> None:
    boto3.client("lambda").invoke(FunctionName="ship", InvocationType="Event", Payload=b'{"order": 7}')

    assert wait_for_message(failures)["requestContext"]["approximateInvokeCount"] == 3


def test_with_handles(lambda_events: LambdaEvents, failures: str) -> None:
    event = lambda_events.functions["ship"].invoke_async({"order": 7})
    lambda_events.run_until_idle()

    [record] = lambda_events.queues["failures"].invocation_records
    assert (record.request_id, record.approximate_invoke_count) == (event.request_id, 3)
