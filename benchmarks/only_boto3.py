"""A test that uses only boto3: an asynchronous event with three attempts, whose record arrives at an on-failure queue."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import boto3
from calls import zipped
from measuring import Row, expect, seconds_of
from sides import FORMER, Comparison, compared, opened

CALLS = 32
EVENT = f"asynchronous event with three attempts, {CALLS} calls"
SOURCE = "def handler(event, context):\n    raise ValueError('declined')\n"


class Counted:
    """A client that counts the calls of the test."""

    def __init__(self, client: Any, calls: list[str]) -> None:
        self._client = client
        self._calls = calls

    def __getattr__(self, operation: str) -> Any:
        self._calls.append(operation)
        return getattr(self._client, operation)


def measure() -> Iterator[Row]:
    """Yields the row of the test."""
    yield from compared("only_boto3", [Comparison(EVENT, FORMER, ratio=0.32)])


def _event(side: str) -> float:
    """Returns the seconds of the test, with its environment."""
    clients = [_client(service) for service in ("iam", "sqs", "lambda", "logs", "cloudwatch")]
    calls: list[str] = []

    def run() -> None:
        with opened(side):
            _test(*(Counted(client, calls) for client in clients))

    spent = seconds_of(run)
    expect(len(calls) == CALLS)
    return spent


@functools.cache
def _client(service: str) -> Any:
    """Returns the client that all tests of a process share. A new client takes longer than the calls of a test."""
    return boto3.client(service, region_name="us-east-1", aws_access_key_id="testing", aws_secret_access_key="testing")


def _test(iam: Any, sqs: Any, functions: Any, logs: Any, cloudwatch: Any) -> None:
    role = iam.create_role(RoleName="charge", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    url = sqs.create_queue(QueueName="failures")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    functions.create_function(
        FunctionName="charge", Runtime="python3.13", Handler="app.handler", Role=role, Code={"ZipFile": zipped(SOURCE)}
    )
    while functions.get_function(FunctionName="charge")["Configuration"]["State"] != "Active":
        sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1)
    functions.put_function_event_invoke_config(
        FunctionName="charge", DestinationConfig={"OnFailure": {"Destination": arn}}, MaximumRetryAttempts=2
    )
    functions.get_function_event_invoke_config(FunctionName="charge")
    functions.invoke(FunctionName="charge", InvocationType="Event", Payload=b'{"order": 7}')
    [message] = _received(sqs, url)
    expect(json.loads(message["Body"])["requestContext"]["approximateInvokeCount"] == 3)
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])["Attributes"]
    expect(attributes["ApproximateNumberOfMessages"] == "0")
    lines = logs.filter_log_events(logGroupName="/aws/lambda/charge", filterPattern="ValueError")["events"]
    expect(len(lines) == 3)
    now = datetime.now(timezone.utc)
    errors = cloudwatch.get_metric_statistics(
        Namespace="AWS/Lambda",
        MetricName="Errors",
        Dimensions=[{"Name": "FunctionName", "Value": "charge"}],
        StartTime=now - timedelta(hours=1),
        EndTime=now + timedelta(hours=1),
        Period=7200,
        Statistics=["Sum"],
    )
    expect(sum(point["Sum"] for point in errors["Datapoints"]) == 3)


def _received(sqs: Any, url: str) -> Any:
    """Waits as a test against AWS does."""
    while not (messages := sqs.receive_message(QueueUrl=url, WaitTimeSeconds=10).get("Messages")):
        pass
    return messages


MEASUREMENTS = {EVENT: _event}
