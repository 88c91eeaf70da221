"""The Lambda API as it is on the wire: what botocore would refuse by itself reaches the service, once."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from uploads import TRUST

from pytest_lambda_events import Bucket, Function, LambdaEvents, Queue, Topic

Refused = Callable[..., dict[str, Any]]


@pytest.fixture
def aws_lambda(lambda_events: LambdaEvents) -> Any:
    """A client that checks and retries nothing."""
    config = Config(parameter_validation=False, retries={"mode": "standard", "total_max_attempts": 1})
    return lambda_events.client("lambda", config=config)


@pytest.fixture
def role(lambda_events: LambdaEvents) -> str:
    """A role that Lambda may assume."""
    made = lambda_events.client("iam").create_role(RoleName="role", AssumeRolePolicyDocument=json.dumps(TRUST))
    return str(made["Role"]["Arn"])


@pytest.fixture
def refused() -> Refused:
    """Makes a call that must be refused, and gives code, status and message."""

    def refusal(operation: Callable[..., Any], **parameters: Any) -> dict[str, Any]:
        with pytest.raises(ClientError) as caught:
            operation(**parameters)
        error = caught.value.response
        return {
            "code": error["Error"]["Code"],
            "status": error["ResponseMetadata"]["HTTPStatusCode"],
            "message": error["Error"]["Message"],
        }

    return refusal


@pytest.fixture
def sns(lambda_events: LambdaEvents) -> Any:
    """The client of SNS."""
    return lambda_events.client("sns")


@pytest.fixture
def s3(lambda_events: LambdaEvents) -> Any:
    """The client of S3."""
    return lambda_events.client("s3")


@pytest.fixture
def topic(lambda_events: LambdaEvents) -> Topic:
    """A topic without subscriptions."""
    return lambda_events.topic("orders")


@pytest.fixture
def queue(lambda_events: LambdaEvents) -> Queue:
    """A queue without messages."""
    return lambda_events.queue("inbox")


@pytest.fixture
def scans(lambda_events: LambdaEvents) -> Bucket:
    """A bucket without notifications."""
    return lambda_events.bucket("scans")


@pytest.fixture
def function(lambda_events: LambdaEvents) -> Function:
    """A function that does nothing and has no sources."""
    return lambda_events.function(lambda event, context: None, name="take")
