"""Pipes in tests: calls, handlers, and what the journal has of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from pytest_lambda_events import LambdaEvents
from pytest_lambda_events.journal.batches import BatchResult

ROLE = "arn:aws:iam::123456789012:role/pipes"
ARN = "arn:aws:pipes:us-east-1:123456789012:pipe/orders-pipe"
NAME = "orders-pipe"
Handler = Callable[[Any, Any], Any]


def create(lambda_events: LambdaEvents, source_arn: str, target_arn: str, **members: Any) -> Any:
    """Creates a pipe, and returns the response."""
    given = {"Name": NAME, "RoleArn": ROLE, **members}
    return lambda_events.client("pipes").create_pipe(Source=source_arn, Target=target_arn, **given)


def described(lambda_events: LambdaEvents, name: str = NAME) -> Any:
    """Returns the description of a pipe."""
    return lambda_events.client("pipes").describe_pipe(Name=name)


def refusal(call: Callable[[], object]) -> tuple[int, str, str]:
    """Returns the status, the code and the message of a call that is refused."""
    with pytest.raises(ClientError) as refused:
        call()
    error = refused.value.response
    return error["ResponseMetadata"]["HTTPStatusCode"], error["Error"]["Code"], error["Error"]["Message"]


def of_stream(**members: Any) -> dict[str, Any]:
    """Returns the source parameters of a pipe from a Kinesis stream."""
    return {"KinesisStreamParameters": {"StartingPosition": "TRIM_HORIZON", **members}}


def results(lambda_events: LambdaEvents) -> list[tuple[float, int, tuple[str, ...], str | None]]:
    """Returns when each attempt of a pipe ended, its number, the records that failed, and the reason."""
    found = [entry for entry in lambda_events.journal if isinstance(entry, BatchResult)]
    return [(one.after_seconds, one.attempt or 0, one.failed, one.reason) for one in found]


def succeed(event: Any, context: Any) -> None:
    """Processes everything."""


def fail(event: Any, context: Any) -> None:
    """Processes nothing."""
    raise RuntimeError("boom")


def body_of(record: Any) -> Any:
    """Returns the decoded body of the record of a message."""
    return json.loads(record["body"])
