"""PRM-16 to 18, 1A, 20, 21, 24, 30, ESM-1A and KIN-05, 06: what a function's role needs to read a stream and to report."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pytest_lambda_events import LambdaEvents

from ..conftest import Refused
from .conftest import charge_cards

pytestmark = pytest.mark.lambda_events(enforce_permissions=True)

ROLE = "arn:aws:iam::123456789012:role/lambda-events-charge"
CHARGE = "arn:aws:lambda:us-east-1:123456789012:function:charge"
OF_STREAM = ["kinesis:DescribeStream", "kinesis:GetRecords", "kinesis:GetShardIterator"]
OF_CONSUMER = ["kinesis:DescribeStreamSummary", "kinesis:GetRecords", "kinesis:GetShardIterator", "kinesis:ListShards"]
OF_TABLE = ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"]
DEAD = "arn:aws:sqs:us-east-1:123456789012:dead"
ALARMS = "arn:aws:sns:us-east-1:123456789012:alarms"
ARCHIVE = "arn:aws:s3:::archive"


def may(actions: list[str], *resources: str, **members: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": actions, "Resource": list(resources), **members}


def mapped(stream: str, **parameters: Any) -> dict[str, Any]:
    return {"FunctionName": "charge", "EventSourceArn": stream, "StartingPosition": "LATEST", **parameters}


def without(action: str, actions: list[str]) -> list[str]:
    return [other for other in actions if other != action]


def invalid(message: str) -> dict[str, Any]:
    return {"code": "InvalidParameterValueException", "status": 400, "message": message}


def unreadable(stream: str) -> dict[str, Any]:
    return invalid(
        f"Cannot access stream {stream}. Please ensure the role can perform the GetRecords, GetShardIterator, "
        "DescribeStream, and ListStreams Actions on your stream in IAM."
    )


def unreadable_by(consumer: str) -> dict[str, Any]:
    return invalid(
        f"Cannot access event source {consumer}. Please ensure the role can perform the DescribeStreamSummary, ListShards, "
        "GetShardIterator and GetRecords actions on your stream and SubscribeToShard on your consumer."
    )


# ------------------------------------------------------------------ reading


@pytest.mark.rule("PRM-16", "KIN-06")
def test_three_actions_on_a_kinesis_stream_are_enough(lambda_events: LambdaEvents, clicks: str, aws_lambda: Any) -> None:
    lambda_events.function(charge_cards, name="charge", role_policy=[may(OF_STREAM, clicks)])

    assert aws_lambda.create_event_source_mapping(**mapped(clicks))["State"] == "Creating"


@pytest.mark.rule("PRM-16", "ESM-1A", "ESM-2D")
@pytest.mark.parametrize("action", OF_STREAM)
def test_mapping_a_kinesis_stream_without_one_of_them_is_refused(
    lambda_events: LambdaEvents, clicks: str, aws_lambda: Any, refused: Refused, action: str
) -> None:
    lambda_events.function(charge_cards, name="charge", role_policy=[may(without(action, OF_STREAM), clicks)])

    assert refused(aws_lambda.create_event_source_mapping, **mapped(clicks)) == unreadable(clicks)
    assert aws_lambda.list_event_source_mappings()["EventSourceMappings"] == []


@pytest.mark.rule("PRM-16")
@pytest.mark.parametrize("action", ["ListShards", "DescribeStreamSummary", "SubscribeToShard", "DescribeStreamConsumer"])
def test_other_actions_on_a_kinesis_stream_may_be_denied(
    lambda_events: LambdaEvents, clicks: str, aws_lambda: Any, action: str
) -> None:
    denied = may([f"kinesis:{action}"], "*", Effect="Deny")
    lambda_events.function(charge_cards, name="charge", role_policy=[may(["kinesis:*"], "*"), denied])

    assert aws_lambda.create_event_source_mapping(**mapped(clicks))["State"] == "Creating"


@pytest.mark.rule("PRM-17")
def test_four_actions_on_the_stream_and_one_on_the_consumer_are_enough(
    lambda_events: LambdaEvents, clicks: str, consumer: str, aws_lambda: Any
) -> None:
    policy = [may(OF_CONSUMER, clicks), may(["kinesis:SubscribeToShard"], consumer)]
    lambda_events.function(charge_cards, name="charge", role_policy=policy)

    assert aws_lambda.create_event_source_mapping(**mapped(consumer))["State"] == "Creating"


@pytest.mark.rule("PRM-17", "ESM-1A")
@pytest.mark.parametrize("action", [*OF_CONSUMER, "kinesis:SubscribeToShard"])
def test_mapping_a_consumer_without_one_of_them_is_refused(
    lambda_events: LambdaEvents, clicks: str, consumer: str, aws_lambda: Any, refused: Refused, action: str
) -> None:
    denied = may([action], clicks, consumer, Effect="Deny")
    lambda_events.function(charge_cards, name="charge", role_policy=[may(["kinesis:*"], "*"), denied])

    assert refused(aws_lambda.create_event_source_mapping, **mapped(consumer)) == unreadable_by(consumer)


@pytest.mark.rule("PRM-17")
@pytest.mark.parametrize("action", ["DescribeStream", "DescribeStreamConsumer"])
def test_other_actions_for_a_consumer_may_be_denied(
    lambda_events: LambdaEvents, consumer: str, aws_lambda: Any, action: str
) -> None:
    denied = may([f"kinesis:{action}"], "*", Effect="Deny")
    lambda_events.function(charge_cards, name="charge", role_policy=[may(["kinesis:*"], "*"), denied])

    assert aws_lambda.create_event_source_mapping(**mapped(consumer))["State"] == "Creating"


@pytest.mark.rule("PRM-18")
def test_three_actions_on_a_dynamodb_stream_are_enough(lambda_events: LambdaEvents, changes: str, aws_lambda: Any) -> None:
    denied = may(["dynamodb:ListStreams"], "*", Effect="Deny")
    lambda_events.function(charge_cards, name="charge", role_policy=[may(OF_TABLE, changes), denied])

    assert aws_lambda.create_event_source_mapping(**mapped(changes))["State"] == "Creating"


@pytest.mark.rule("PRM-18", "ESM-1A")
@pytest.mark.parametrize("action", OF_TABLE)
def test_mapping_a_dynamodb_stream_without_one_of_them_is_refused(
    lambda_events: LambdaEvents, changes: str, aws_lambda: Any, refused: Refused, action: str
) -> None:
    lambda_events.function(charge_cards, name="charge", role_policy=[may(without(action, OF_TABLE), changes)])

    assert refused(aws_lambda.create_event_source_mapping, **mapped(changes)) == unreadable(changes)


@pytest.mark.rule("PRM-1A")
def test_the_poller_of_a_stream_is_not_the_function(
    lambda_events: LambdaEvents, clicks: str, aws_lambda: Any, refused: Refused
) -> None:
    is_the_function = {"ArnEquals": {"lambda:SourceFunctionArn": CHARGE}}
    function = lambda_events.function(
        charge_cards, name="charge", role_policy=[may(OF_STREAM, clicks, Condition=is_the_function)]
    )
    refusal = refused(aws_lambda.create_event_source_mapping, **mapped(clicks))

    function.update(role_policy=[may(OF_STREAM, clicks, Condition={"Null": {"lambda:SourceFunctionArn": "true"}})])

    assert refusal == unreadable(clicks)
    assert aws_lambda.create_event_source_mapping(**mapped(clicks))["State"] == "Creating"


@pytest.mark.rule("PRM-16", "ESM-1A", "ESM-2D")
def test_a_function_that_a_streams_mapping_is_pointed_at_needs_the_actions_too(
    lambda_events: LambdaEvents, clicks: str, aws_lambda: Any, refused: Refused
) -> None:
    lambda_events.function(charge_cards, name="charge", role_policy=[may(OF_STREAM, clicks)])
    lambda_events.function(charge_cards, name="ship", role_policy=[])
    uuid = aws_lambda.create_event_source_mapping(**mapped(clicks))["UUID"]

    refusal = refused(aws_lambda.update_event_source_mapping, UUID=uuid, FunctionName="ship")

    assert refusal == unreadable(clicks)
    assert aws_lambda.get_event_source_mapping(UUID=uuid)["FunctionArn"] == CHARGE


# ------------------------------------------------------------------ streams of other accounts


@pytest.mark.rule("KIN-05")
def test_a_stream_of_another_account_can_be_mapped_if_its_policy_lets_the_role_read_it(
    lambda_events: LambdaEvents, aws_lambda: Any, refused: Refused, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream, kinesis = "arn:aws:kinesis:us-east-1:999999999999:stream/clicks", lambda_events.client("kinesis")
    policy = json.dumps({"Version": "2012-10-17", "Statement": [may(OF_STREAM, stream, Principal={"AWS": ROLE})]})
    lambda_events.function(charge_cards, name="charge", role_policy=[may(OF_STREAM, stream)])
    with monkeypatch.context() as there:
        there.setenv("MOTO_ACCOUNT_ID", "999999999999")
        kinesis.create_stream(StreamName="clicks", ShardCount=1)
    refusal = refused(aws_lambda.create_event_source_mapping, **mapped(stream))

    with monkeypatch.context() as there:
        there.setenv("MOTO_ACCOUNT_ID", "999999999999")
        kinesis.put_resource_policy(ResourceARN=stream, Policy=policy)

    assert refusal == unreadable(stream)
    assert aws_lambda.create_event_source_mapping(**mapped(stream))["EventSourceArn"] == stream


# ------------------------------------------------------------------ reporting


def reporting(destination: str) -> dict[str, Any]:
    return {"DestinationConfig": {"OnFailure": {"Destination": destination}}}


def lacks(action: str, destination: str) -> dict[str, Any]:
    return invalid(f"The function execution role does not have permissions to call {action} on {destination}")


@pytest.mark.rule("KIN-06", "PRM-20", "PRM-21", "PRM-24")
@pytest.mark.parametrize(
    ("statements", "destination"),
    [
        pytest.param([may(["sqs:SendMessage"], DEAD)], DEAD, id="queue"),
        pytest.param([may(["sns:Publish"], ALARMS)], ALARMS, id="topic"),
        pytest.param([may(["s3:PutObject"], f"{ARCHIVE}/*"), may(["s3:ListBucket"], ARCHIVE)], ARCHIVE, id="bucket"),
    ],
)
def test_a_role_that_may_deliver_can_have_the_destination(
    lambda_events: LambdaEvents, clicks: str, aws_lambda: Any, statements: list[dict[str, Any]], destination: str
) -> None:
    lambda_events.function(charge_cards, name="charge", role_policy=[may(OF_STREAM, clicks), *statements])

    made = aws_lambda.create_event_source_mapping(**mapped(clicks), **reporting(destination))

    assert made["DestinationConfig"]["OnFailure"]["Destination"] == destination


@pytest.mark.rule("KIN-06", "PRM-20", "PRM-21", "PRM-24")
@pytest.mark.parametrize(
    ("statements", "action", "destination"),
    [
        pytest.param([], "SendMessage", DEAD, id="queue"),
        pytest.param([], "Publish", ALARMS, id="topic"),
        pytest.param([may(["s3:ListBucket"], ARCHIVE)], "PutObject", ARCHIVE, id="bucket"),
        pytest.param([may(["s3:PutObject"], f"{ARCHIVE}/*")], "ListBucket", ARCHIVE, id="bucket that it may not list"),
    ],
)
def test_a_role_that_may_not_deliver_cannot_have_the_destination(
    lambda_events: LambdaEvents, clicks: str, aws_lambda: Any, refused: Refused, statements: list[dict[str, Any]],
    action: str, destination: str,
) -> None:  # fmt: skip
    lambda_events.function(charge_cards, name="charge", role_policy=[may(OF_STREAM, clicks), *statements])

    refusal = refused(aws_lambda.create_event_source_mapping, **mapped(clicks), **reporting(destination))

    assert refusal == lacks(action, destination)
    assert aws_lambda.list_event_source_mappings()["EventSourceMappings"] == []


@pytest.mark.rule("PRM-20", "PRM-30", "ESM-2D")
@pytest.mark.parametrize(
    "change", [reporting(DEAD), {"FunctionName": "charge", **reporting(DEAD)}], ids=["destination", "function too"]
)
def test_an_update_to_a_destination_that_the_role_may_not_deliver_to_changes_nothing(
    lambda_events: LambdaEvents, clicks: str, aws_lambda: Any, refused: Refused, change: dict[str, Any]
) -> None:
    lambda_events.function(charge_cards, name="charge", role_policy=[may(OF_STREAM, clicks)])
    uuid = aws_lambda.create_event_source_mapping(**mapped(clicks))["UUID"]

    refusal = refused(aws_lambda.update_event_source_mapping, UUID=uuid, **change)

    assert refusal == lacks("SendMessage", DEAD)
    assert aws_lambda.get_event_source_mapping(UUID=uuid)["DestinationConfig"] == {"OnFailure": {}}


@pytest.mark.rule("PRM-20")
def test_a_function_that_takes_over_a_destination_must_be_allowed_to_deliver(
    lambda_events: LambdaEvents, clicks: str, aws_lambda: Any, refused: Refused
) -> None:
    lambda_events.function(
        charge_cards, name="charge", role_policy=[may(OF_STREAM, clicks), may(["sqs:SendMessage"], DEAD)]
    )  # fmt: skip
    lambda_events.function(charge_cards, name="ship", role_policy=[may(OF_STREAM, clicks)])
    uuid = aws_lambda.create_event_source_mapping(**mapped(clicks), **reporting(DEAD))["UUID"]

    assert refused(aws_lambda.update_event_source_mapping, UUID=uuid, FunctionName="ship") == lacks("SendMessage", DEAD)
