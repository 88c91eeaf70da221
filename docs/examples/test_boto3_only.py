from __future__ import annotations

import io
import json
import time
import zipfile

import boto3
import pytest

from pytest_lambda_events import LambdaEvents


def zipped(source: str) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("app.py", source)
    return archive.getvalue()


@pytest.fixture
def charge(lambda_events: LambdaEvents) -> str:
    """Creates a function as a deployment does, and returns its name."""
    iam, functions = boto3.client("iam"), boto3.client("lambda")
    role = iam.create_role(RoleName="charge", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    code = zipped("def handler(event, context): return {'charged': event['order']}")
    functions.create_function(
        FunctionName="charge", Runtime="python3.13", Handler="app.handler", Role=role, Code={"ZipFile": code}
    )
    functions.get_waiter("function_active_v2").wait(FunctionName="charge")
    return "charge"


def test_synchronous_invocation(charge: str) -> None:
    response = boto3.client("lambda").invoke(FunctionName=charge, Payload=b'{"order": 7}')

    assert json.load(response["Payload"]) == {"charged": 7}


def test_time_sleep_moves_the_clock(charge: str) -> None:
    functions, logs = boto3.client("lambda"), boto3.client("logs")

    functions.invoke(FunctionName=charge, InvocationType="Event", Payload=b"{}")
    time.sleep(180)

    events = logs.filter_log_events(logGroupName="/aws/lambda/charge", filterPattern="KeyError")["events"]
    assert len(events) == 3


def test_handle_of_a_function_that_boto3_created(lambda_events: LambdaEvents, charge: str) -> None:
    event = lambda_events.functions[charge].invoke_async({"order": 7})
    lambda_events.run_until_idle()

    assert event.attempts[0].response == {"charged": 7}
