"""ESM-12 to 16, 19, 41, 43, 51 to 53, 57 and 80 to 83: streams as sources, their mappings' states and answers."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import boto3
import pytest

from pytest_lambda_events import Function, LambdaEvents

from ..conftest import Refused
from .conftest import Create

LAMBDA = "arn:aws:lambda:us-east-1:123456789012"
CLICKS = "arn:aws:kinesis:us-east-1:123456789012:stream/clicks"
ITEMS = "arn:aws:dynamodb:us-east-1:123456789012:table/items"
START = datetime(2026, 1, 1, tzinfo=timezone.utc)
slow = pytest.mark.lambda_events(event_source_mapping_transition_seconds=10)
late = pytest.mark.lambda_events(start_time="2026-01-01T00:00:59.250Z")
Asked = Callable[[Any, str], dict[str, Any]]


def invalid(message: str) -> dict[str, Any]:
    return {"code": "InvalidParameterValueException", "status": 400, "message": message}


def state(aws_lambda: Any, uuid: str) -> str:
    return str(aws_lambda.get_event_source_mapping(UUID=uuid)["State"])


# ------------------------------------------------------------------ sources


@pytest.mark.rule("KIN-02", "DDB-01", "ESM-01")
def test_streams_of_every_kind_can_be_mapped(create_of: Create, stream: str) -> None:
    made = create_of(stream)

    assert made["ResponseMetadata"]["HTTPStatusCode"] == 202
    assert made["EventSourceArn"] == stream


@pytest.mark.rule("KIN-07")
def test_a_consumers_mapping_shows_the_full_arn_of_the_consumer(create_of: Create, aws_lambda: Any, consumer: str) -> None:
    made = create_of(consumer)

    assert made["EventSourceArn"].startswith(f"{CLICKS}/consumer/charge:")
    assert aws_lambda.list_event_source_mappings(EventSourceArn=CLICKS)["EventSourceMappings"] == []


@pytest.mark.rule("ESM-19")
@pytest.mark.parametrize(
    "arn",
    [f"{CLICKS}-nothing", f"{CLICKS}/consumer/nobody:1700000000", f"{ITEMS}/stream/2020-01-01T00:00:00.000"],
    ids=["stream", "consumer", "stream of a table"],
)
def test_a_stream_that_does_not_exist_is_refused(
    create_of: Create, clicks: str, changes: str, refused: Refused, arn: str
) -> None:
    assert refused(create_of, arn=arn) == invalid(f"Stream not found: {arn}")


@pytest.mark.rule("ESM-19", "DDB-05")
def test_the_stream_of_a_deleted_table_can_be_mapped_for_a_day(
    lambda_events: LambdaEvents, create_of: Create, changes: str, refused: Refused
) -> None:
    lambda_events.client("dynamodb").delete_table(TableName="items")

    lambda_events.advance(24 * 3600 - 1)
    made = create_of(changes)
    lambda_events.advance(2)

    assert made["State"] == "Creating"
    assert refused(create_of, arn=changes, FunctionName="charge:$LATEST") == invalid(f"Stream not found: {changes}")


@pytest.mark.rule("DDB-01", "ESM-10")
@pytest.mark.parametrize(
    "arn", [ITEMS, f"{ITEMS}/index/by-name", "arn:aws:kinesis:us-east-1:123456789012:clicks"], ids=["table", "index", "other"]
)
def test_an_arn_that_is_not_a_stream_is_not_recognized(
    create_of: Create, clicks: str, changes: str, refused: Refused, arn: str
) -> None:
    assert refused(create_of, arn=arn) == invalid(f"Unrecognized event source. {arn} is not the ARN of a stream.")


@pytest.mark.rule("ESM-11", "ESM-2A")
def test_the_function_is_looked_for_before_the_stream(create_of: Create, refused: Refused) -> None:
    assert refused(create_of, arn=CLICKS, FunctionName="nobody") == invalid("Function does not exist")


def test_a_stream_of_another_region_is_refused(create_of: Create, refused: Refused) -> None:
    refusal = refused(create_of, arn=CLICKS.replace("us-east-1", "eu-west-1"))

    assert refusal["code"] == "InvalidParameterValueException"


# ------------------------------------------------------------------ starting positions


@pytest.mark.rule("ESM-12", "KIN-12", "DDB-03")
@pytest.mark.scenario("ESM V6")
def test_a_stream_needs_a_starting_position(create_of: Create, refused: Refused, stream: str) -> None:
    assert refused(create_of, arn=stream, StartingPosition=None) == invalid(
        "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: Member must not be null."
    )


@pytest.mark.rule("ESM-13")
def test_a_starting_position_must_be_one_of_three(create_of: Create, refused: Refused, stream: str) -> None:
    assert refused(create_of, arn=stream, StartingPosition="invalid") == {
        "code": "ValidationException",
        "status": 400,
        "message": "1 validation error detected: Value 'invalid' at 'startingPosition' failed to satisfy constraint: Member "
        "must satisfy enum value set: [LATEST, AT_TIMESTAMP, TRIM_HORIZON]",
    }


@pytest.mark.rule("KIN-12", "DDB-03")
@pytest.mark.parametrize("position", ["LATEST", "TRIM_HORIZON"])
def test_a_stream_is_read_from_its_end_or_its_beginning(create_of: Create, stream: str, position: str) -> None:
    made = create_of(stream, StartingPosition=position)

    assert made["StartingPosition"] == position
    assert "StartingPositionTimestamp" not in made


@pytest.mark.rule("ESM-14", "DDB-03")
@pytest.mark.scenario("ESM V7", "DDB D14")
@pytest.mark.parametrize("timestamp", [{}, {"StartingPositionTimestamp": START}], ids=["without", "with"])
def test_a_dynamodb_stream_has_no_timestamps(
    create_of: Create, changes: str, refused: Refused, timestamp: dict[str, Any]
) -> None:
    refusal = refused(create_of, arn=changes, StartingPosition="AT_TIMESTAMP", **timestamp)

    assert refusal == invalid(f"Unsupported starting position for arn type: {changes}")


@pytest.mark.rule("ESM-15", "KIN-12")
def test_a_position_at_a_timestamp_needs_one(create_of: Create, clicks: str, refused: Refused) -> None:
    assert refused(create_of, arn=clicks, StartingPosition="AT_TIMESTAMP") == invalid("Need to specify a timestamp")


@pytest.mark.rule("ESM-16", "KIN-12")
@pytest.mark.scenario("ESM V26")
@pytest.mark.parametrize("position", ["LATEST", "TRIM_HORIZON"])
def test_other_positions_have_no_timestamp(create_of: Create, stream: str, refused: Refused, position: str) -> None:
    refusal = refused(create_of, arn=stream, StartingPosition=position, StartingPositionTimestamp=START)

    assert refusal == invalid("Timestamp only valid with StartingPosition AT_TIMESTAMP")


@pytest.mark.rule("ESM-16", "KIN-12", "ESM-83")
@pytest.mark.parametrize("seconds", [-3600, -1, 0])
def test_a_timestamp_may_be_now_or_before(create_of: Create, clicks: str, aws_lambda: Any, seconds: int) -> None:
    timestamp = START + timedelta(seconds=seconds)

    made = create_of(clicks, StartingPosition="AT_TIMESTAMP", StartingPositionTimestamp=timestamp)

    assert (made["StartingPosition"], made["StartingPositionTimestamp"]) == ("AT_TIMESTAMP", timestamp)
    assert aws_lambda.get_event_source_mapping(UUID=made["UUID"])["StartingPositionTimestamp"] == timestamp


@pytest.mark.rule("ESM-16", "KIN-12")
def test_a_timestamp_in_the_future_is_refused(create_of: Create, clicks: str, refused: Refused) -> None:
    timestamp = START + timedelta(seconds=1)

    refusal = refused(create_of, arn=clicks, StartingPosition="AT_TIMESTAMP", StartingPositionTimestamp=timestamp)

    assert refusal == invalid("StartingPositionTimestamp must not be in the future")


# ------------------------------------------------------------------ duplicates


@pytest.mark.rule("ESM-41", "ESM-43")
@pytest.mark.scenario("ESM V8")
def test_a_stream_feeds_a_function_once(charge: Function, create_of: Create, stream: str, refused: Refused) -> None:
    version = charge.publish_version().version
    uuid = create_of(stream)["UUID"]

    assert refused(create_of, arn=stream, FunctionName=charge.arn, StartingPosition="LATEST") == {
        "code": "ResourceConflictException",
        "status": 409,
        "message": f'The event source arn (" {stream} ") and function (" charge ") provided mapping already exists. Please '
        f"update or delete the existing mapping with UUID {uuid}",
    }
    assert create_of(stream, FunctionName=f"charge:{version}")["FunctionArn"] == f"{LAMBDA}:function:charge:1"


@pytest.mark.rule("ESM-43", "ESM-41")
def test_an_alias_of_a_stream_is_mapped_once_and_named_without_its_qualifier(
    charge: Function, create_of: Create, stream: str, refused: Refused
) -> None:
    charge.create_alias("live", function_version=charge.publish_version().version)
    create_of(stream)
    uuid = create_of(stream, FunctionName="charge:live")["UUID"]

    refusal = refused(create_of, arn=stream, FunctionName="charge:live")

    assert refusal["message"] == (
        f'The event source arn (" {stream} ") and function (" charge ") provided mapping already exists. Please update or '
        f"delete the existing mapping with UUID {uuid}"
    )


@pytest.mark.rule("KIN-02", "ESM-41")
def test_a_stream_and_its_consumer_are_two_sources(create_of: Create, clicks: str, consumer: str, aws_lambda: Any) -> None:
    create_of(clicks)
    create_of(consumer)

    assert len(aws_lambda.list_event_source_mappings()["EventSourceMappings"]) == 2


# ------------------------------------------------------------------ answers


@pytest.mark.rule("ESM-80", "ESM-81", "ESM-82", "ESM-57", "KIN-21", "KIN-43", "KIN-44", "KIN-4C", "DDB-10", "DDB-20", "DDB-22")
@pytest.mark.scenario("ESM V12")
def test_a_new_mapping_of_a_stream_is_answered_with_its_defaults(
    lambda_events: LambdaEvents, create_of: Create, stream: str, aws_lambda: Any
) -> None:
    lambda_events.advance(1.2345)

    made = create_of(stream)

    del made["ResponseMetadata"]
    assert made == {
        "BatchSize": 100,
        "BisectBatchOnFunctionError": False,
        "DestinationConfig": {"OnFailure": {}},
        "EventSourceArn": stream,
        "EventSourceMappingArn": f"{LAMBDA}:event-source-mapping:{made['UUID']}",
        "FunctionArn": f"{LAMBDA}:function:charge",
        "FunctionResponseTypes": [],
        "LastModified": datetime(2026, 1, 1, 0, 0, 1, 234000, tzinfo=timezone.utc),
        "LastProcessingResult": "No records processed",
        "MaximumBatchingWindowInSeconds": 0,
        "MaximumRecordAgeInSeconds": -1,
        "MaximumRetryAttempts": -1,
        "ParallelizationFactor": 1,
        "StartingPosition": "TRIM_HORIZON",
        "State": "Creating",
        "StateTransitionReason": "User action",
        "TumblingWindowInSeconds": 0,
        "UUID": made["UUID"],
    }
    assert state(aws_lambda, made["UUID"]) == "Enabled"


@pytest.mark.rule("ESM-80", "ESM-82")
def test_every_member_of_a_streams_mapping_is_on_the_wire_in_alphabetical_order(charge: Function, clicks: str) -> None:
    bodies: list[bytes] = []
    client = boto3.Session().client("lambda")
    client.meta.events.register("before-parse.lambda", lambda response_dict, **_: bodies.append(response_dict["body"]))

    client.create_event_source_mapping(
        FunctionName="charge", EventSourceArn=clicks, StartingPosition="AT_TIMESTAMP", StartingPositionTimestamp=START
    )

    members = json.loads(bodies[0])
    assert list(members) == sorted(members)
    assert members["StartingPositionTimestamp"] == START.timestamp()
    assert members["ScalingConfig"] is None


@pytest.mark.rule("KIN-4C", "ESM-80")
def test_the_response_has_the_result_of_the_last_batch(
    lambda_events: LambdaEvents, create_of: Create, clicks: str, aws_lambda: Any
) -> None:
    uuid = create_of(clicks)["UUID"]

    lambda_events.client("kinesis").put_record(StreamName="clicks", Data=b"a click", PartitionKey="alice")
    lambda_events.run_until_idle()

    assert aws_lambda.get_event_source_mapping(UUID=uuid)["LastProcessingResult"] == "OK"


def created_again(aws_lambda: Any, uuid: str) -> dict[str, Any]:
    deleted = aws_lambda.delete_event_source_mapping(UUID=uuid)
    made: dict[str, Any] = aws_lambda.create_event_source_mapping(
        FunctionName="charge", EventSourceArn=deleted["EventSourceArn"], StartingPosition="LATEST"
    )
    return made


@late
@pytest.mark.rule("ESM-82")
@pytest.mark.parametrize(
    ("ask", "expected"),
    [
        pytest.param(created_again, START + timedelta(seconds=61.25), id="create"),
        pytest.param(
            lambda aws_lambda, uuid: aws_lambda.update_event_source_mapping(UUID=uuid),
            START + timedelta(seconds=61.25), id="update",
        ),
        pytest.param(lambda aws_lambda, uuid: aws_lambda.get_event_source_mapping(UUID=uuid), START, id="get"),
        pytest.param(
            lambda aws_lambda, uuid: aws_lambda.list_event_source_mappings()["EventSourceMappings"][0], START, id="list"
        ),
        pytest.param(lambda aws_lambda, uuid: aws_lambda.delete_event_source_mapping(UUID=uuid), START, id="delete"),
    ],
)  # fmt: skip
def test_only_create_and_update_say_to_the_millisecond_when_it_was_modified(
    lambda_events: LambdaEvents, create_of: Create, stream: str, aws_lambda: Any, ask: Asked, expected: datetime
) -> None:
    uuid = create_of(stream)["UUID"]
    lambda_events.advance(2)

    assert ask(aws_lambda, uuid)["LastModified"] == expected


@pytest.mark.rule("ESM-82")
@pytest.mark.parametrize(("seconds", "minute"), [(59.999, 0), (60, 1), (60.001, 1)])
def test_the_minute_of_the_last_modification_has_begun(
    lambda_events: LambdaEvents, create_of: Create, clicks: str, aws_lambda: Any, seconds: float, minute: int
) -> None:
    lambda_events.advance(seconds)
    uuid = create_of(clicks)["UUID"]

    assert aws_lambda.get_event_source_mapping(UUID=uuid)["LastModified"] == START + timedelta(minutes=minute)


# ------------------------------------------------------------------ states


@pytest.mark.rule("ESM-51")
@pytest.mark.scenario("ESM V30", "ESM V13")
@pytest.mark.parametrize("transition", [pytest.param("at once"), pytest.param("slowly", marks=slow)])
def test_a_streams_mapping_made_disabled_is_creating_and_then_disabled(
    create_of: Create, stream: str, aws_lambda: Any, transition: str
) -> None:
    made = create_of(stream, Enabled=False)

    assert [made["State"], state(aws_lambda, made["UUID"])] == ["Creating", "Disabled"]


@pytest.mark.rule("ESM-52")
@pytest.mark.parametrize("transition", [pytest.param("at once"), pytest.param("slowly", marks=slow)])
def test_a_streams_mapping_that_stays_disabled_is_updating_and_then_disabled(
    create_of: Create, stream: str, aws_lambda: Any, transition: str
) -> None:
    uuid = create_of(stream, Enabled=False)["UUID"]

    updated = aws_lambda.update_event_source_mapping(UUID=uuid, BatchSize=5)

    assert (updated["State"], updated["BatchSize"]) == ("Updating", 5)
    assert state(aws_lambda, uuid) == "Disabled"


@pytest.mark.rule("ESM-52", "ESM-57")
def test_a_streams_mapping_is_disabled_and_enabled_again(create_of: Create, stream: str, aws_lambda: Any) -> None:
    uuid = create_of(stream)["UUID"]
    answers = [
        aws_lambda.update_event_source_mapping(UUID=uuid, BatchSize=5),
        aws_lambda.update_event_source_mapping(UUID=uuid, Enabled=False),
        aws_lambda.get_event_source_mapping(UUID=uuid),
        aws_lambda.update_event_source_mapping(UUID=uuid, Enabled=True),
        aws_lambda.get_event_source_mapping(UUID=uuid),
    ]

    assert [answer["State"] for answer in answers] == ["Updating", "Disabling", "Disabled", "Enabling", "Enabled"]
    assert {answer["StateTransitionReason"] for answer in answers} == {"User action"}


@slow
@pytest.mark.rule("ESM-51", "ESM-52")
@pytest.mark.parametrize(("seconds", "expected"), [(9.999, "Creating"), (10, "Enabled"), (10.001, "Enabled")])
def test_creation_of_a_stream_mapping_takes_some_time(
    lambda_events: LambdaEvents, create_of: Create, clicks: str, aws_lambda: Any, seconds: float, expected: str
) -> None:
    uuid = create_of(clicks)["UUID"]

    lambda_events.advance(seconds)

    assert state(aws_lambda, uuid) == expected


@slow
@pytest.mark.rule("ESM-53")
def test_a_deleted_mapping_of_a_stream_is_gone_at_the_next_look(
    lambda_events: LambdaEvents, create_of: Create, stream: str, aws_lambda: Any, refused: Refused
) -> None:
    uuid = create_of(stream)["UUID"]
    lambda_events.advance(10)

    deleted = aws_lambda.delete_event_source_mapping(UUID=uuid)

    assert (deleted["State"], deleted["BatchSize"], deleted["StartingPosition"]) == ("Deleting", 100, "TRIM_HORIZON")
    assert refused(aws_lambda.get_event_source_mapping, UUID=uuid)["status"] == 404
