"""Which ARNs are sources of mappings, and where streams may be read from."""

from __future__ import annotations

import pytest

from pytest_lambda_events.errors import NotSimulatedError
from pytest_lambda_events.service.errors import ServiceError
from pytest_lambda_events.sources.mapping import StartingPosition
from pytest_lambda_events.sources.mappings import positions, validation

CLICKS = "arn:aws:kinesis:us-east-1:123456789012:stream/clicks"
CHANGES = "arn:aws:dynamodb:us-east-1:123456789012:table/items/stream/2026-01-01T00:00:00.000"
ORDERS = "arn:aws:sqs:us-east-1:123456789012:orders"
STREAMS = ("kinesis", "dynamodb")
NOW = 1767225600.25


@pytest.mark.rule("KIN-02", "DDB-01", "SQS-01")
@pytest.mark.parametrize(
    "arn",
    [ORDERS, CLICKS, f"{CLICKS}/consumer/charge:1767225600", CHANGES, CLICKS.replace("clicks", "a.b_c-d")],
    ids=["queue", "stream", "consumer", "stream of a table", "marks in the name"],
)
def test_the_arn_of_a_queue_or_stream_is_a_source(arn: str) -> None:
    assert validation.check_source(arn, STREAMS) == arn


@pytest.mark.rule("ESM-10", "KIN-02", "DDB-01")
@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:kinesis:us-east-1:123456789012:clicks",
        "arn:aws:kinesis:us-east-1:123456789012:stream/",
        f"{CLICKS}/consumer/charge",
        f"{CLICKS}/consumer/charge:now",
        f"{CLICKS}/shard/1",
        "arn:aws:dynamodb:us-east-1:123456789012:table/items",
        "arn:aws:dynamodb:us-east-1:123456789012:table/items/index/by-name",
        "arn:aws:dynamodb:us-east-1:123456789012:table/items/stream/",
    ],
)
def test_other_arns_of_the_services_are_none(arn: str) -> None:
    with pytest.raises(ServiceError, match=r"^Unrecognized event source\. .* is not the ARN of a stream\.$"):
        validation.check_source(arn, STREAMS)


@pytest.mark.parametrize(("arn", "name"), [(CLICKS, "Kinesis"), (CHANGES, "DynamoDB")])
def test_streams_of_a_service_that_is_not_simulated_are_refused_by_name(arn: str, name: str) -> None:
    with pytest.raises(NotSimulatedError, match=f"^{name} as an event source is not simulated"):
        validation.check_source(arn, ())


@pytest.mark.rule("ESM-16", "KIN-12")
@pytest.mark.parametrize("timestamp", [0, NOW - 0.001, NOW])
def test_a_stream_may_be_read_from_an_instant_up_to_now(timestamp: float) -> None:
    given = {"StartingPosition": "AT_TIMESTAMP", "StartingPositionTimestamp": timestamp}

    assert positions.checked(given, CLICKS, NOW) == StartingPosition("AT_TIMESTAMP", timestamp)


@pytest.mark.rule("ESM-16", "KIN-12")
def test_reading_a_stream_from_a_future_time_is_refused() -> None:
    given = {"StartingPosition": "AT_TIMESTAMP", "StartingPositionTimestamp": NOW + 0.001}

    with pytest.raises(ServiceError, match="must not be in the future"):
        positions.checked(given, CLICKS, NOW)


@pytest.mark.rule("ESM-17")
def test_a_queue_is_read_from_no_position() -> None:
    assert positions.checked({}, ORDERS, NOW) is None
