"""A function, queues, and calls that map one to the other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pytest_lambda_events import Function, LambdaEvents, Queue

Create = Callable[..., dict[str, Any]]


def charge_cards(event: Any, context: Any) -> None:
    pass


@pytest.fixture
def charge(lambda_events: LambdaEvents) -> Function:
    """The function `charge`, with a timeout of 30 s."""
    return lambda_events.function(charge_cards, name="charge", timeout=30)


@pytest.fixture
def orders(lambda_events: LambdaEvents) -> Queue:
    """A standard queue with a visibility timeout of 30 s."""
    return lambda_events.queue("orders", visibility_timeout=30)


@pytest.fixture
def orders_fifo(lambda_events: LambdaEvents) -> Queue:
    """A FIFO queue with a visibility timeout of 30 s."""
    return lambda_events.queue("orders.fifo", visibility_timeout=30)


@pytest.fixture
def create(aws_lambda: Any, charge: Function, orders: Queue) -> Create:
    """Maps `orders` to `charge` unless told otherwise."""

    def call(**parameters: Any) -> dict[str, Any]:
        given = {"FunctionName": "charge", "EventSourceArn": orders.arn, **parameters}
        answer: dict[str, Any] = aws_lambda.create_event_source_mapping(**given)
        return answer

    return call


@pytest.fixture
def uuid(create: Create) -> str:
    """The UUID of a mapping of `orders` to `charge`."""
    return str(create()["UUID"])


@pytest.fixture
def clicks(lambda_events: LambdaEvents) -> str:
    """The ARN of a Kinesis stream."""
    client = lambda_events.client("kinesis")
    client.create_stream(StreamName="clicks", ShardCount=1)
    return str(client.describe_stream_summary(StreamName="clicks")["StreamDescriptionSummary"]["StreamARN"])


@pytest.fixture
def consumer(lambda_events: LambdaEvents, clicks: str) -> str:
    """The ARN of a consumer of `clicks`."""
    made = lambda_events.client("kinesis").register_stream_consumer(StreamARN=clicks, ConsumerName="charge")
    return str(made["Consumer"]["ConsumerARN"])


@pytest.fixture
def changes(lambda_events: LambdaEvents) -> str:
    """The ARN of a DynamoDB table's stream."""
    made = lambda_events.client("dynamodb").create_table(
        TableName="items", BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )  # fmt: skip
    return str(made["TableDescription"]["LatestStreamArn"])


@pytest.fixture(params=["kinesis", "consumer", "dynamodb"])
def stream(request: pytest.FixtureRequest, clicks: str, consumer: str, changes: str) -> str:
    """The ARN of a stream of each kind."""
    return {"kinesis": clicks, "consumer": consumer, "dynamodb": changes}[request.param]


@pytest.fixture
def create_of(aws_lambda: Any, charge: Function) -> Create:
    """Maps a stream to `charge`, from its oldest record on unless told otherwise."""

    def call(arn: str, **parameters: Any) -> dict[str, Any]:
        given = {"FunctionName": "charge", "EventSourceArn": arn, "StartingPosition": "TRIM_HORIZON", **parameters}
        answer: dict[str, Any] = aws_lambda.create_event_source_mapping(**given)
        return answer

    return call
