"""KIN-95 to 97, KIN-E1 and E2: what a function gets of a stream's records."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from aws_lambda_powertools.utilities.data_classes import KinesisStreamEvent
from stream_stories import clicks_of, fed, put, succeed

from pytest_lambda_events import Function, LambdaEvents, Stream

CLICKS = "arn:aws:kinesis:us-east-1:123456789012:stream/clicks"


@pytest.fixture
def clicks(lambda_events: LambdaEvents) -> Stream:
    """A stream of one shard."""
    return clicks_of(lambda_events)


@pytest.fixture
def fn(lambda_events: LambdaEvents) -> Function:
    """A function that takes whatever it gets, in no time."""
    return lambda_events.function(succeed, name="fn")


def payloads(lambda_events: LambdaEvents) -> list[bytes]:
    """The events that the function got, byte for byte."""
    return [entry.detail["payload"] for entry in lambda_events.journal if entry.kind == "started"]


@pytest.mark.rule("KIN-E1", "KIN-E2")
def test_a_record_is_written_as_aws_writes_it(lambda_events: LambdaEvents, clicks: Stream, fn: Function) -> None:
    fed(fn, clicks)
    lambda_events.advance(1.9876543)

    clicks.put("Hello, this is a test.", partition_key="1", explicit_hash_key="7")
    lambda_events.run_until_idle()

    number = clicks.records[0].sequence_number
    [payload] = payloads(lambda_events)
    assert payload.decode() == json.dumps(
        {
            "Records": [
                {
                    "kinesis": {
                        "kinesisSchemaVersion": "1.0",
                        "partitionKey": "1",
                        "sequenceNumber": number,
                        "data": "SGVsbG8sIHRoaXMgaXMgYSB0ZXN0Lg==",
                        "approximateArrivalTimestamp": 1767225601.987,
                    },
                    "eventSource": "aws:kinesis",
                    "eventVersion": "1.0",
                    "eventID": f"shardId-000000000000:{number}",
                    "eventName": "aws:kinesis:record",
                    "invokeIdentityArn": "arn:aws:iam::123456789012:role/lambda-events",
                    "awsRegion": "us-east-1",
                    "eventSourceARN": CLICKS,
                }
            ]
        },
        separators=(",", ":"),
    )


@pytest.mark.rule("KIN-E1")
def test_a_record_names_its_shard(lambda_events: LambdaEvents, fn: Function) -> None:
    clicks = clicks_of(lambda_events, shard_count=12)
    fed(fn, clicks)

    clicks.put("r1", partition_key="k", explicit_hash_key=str(2**128 - 1))
    lambda_events.run_until_idle()

    [batch] = fn.batches
    assert batch.shard_id == "shardId-000000000011"
    assert batch.records[0]["eventID"].startswith("shardId-000000000011:")


@pytest.mark.rule("KIN-E1")
def test_records_name_the_role_of_their_own_function(lambda_events: LambdaEvents, clicks: Stream) -> None:
    statement = {"Effect": "Allow", "Action": "kinesis:*", "Resource": "*"}
    fn = lambda_events.function(succeed, name="fn", role_policy=[statement])
    fed(fn, clicks)

    put(clicks, "r1")
    lambda_events.run_until_idle()

    role = lambda_events.client("lambda").get_function_configuration(FunctionName="fn")["Role"]
    assert role != "arn:aws:iam::123456789012:role/lambda-events"
    assert fn.batches[0].records[0]["invokeIdentityArn"] == role


@pytest.mark.rule("KIN-E1")
def test_records_name_the_role_that_their_function_has_then(
    lambda_events: LambdaEvents, clicks: Stream, fn: Function, role: str
) -> None:
    fed(fn, clicks)

    fn.update(role=role)
    put(clicks, "r1")
    lambda_events.run_until_idle()

    assert fn.batches[0].records[0]["invokeIdentityArn"] == role


@pytest.mark.rule("KIN-E1")
def test_powertools_reads_the_event(lambda_events: LambdaEvents, clicks: Stream) -> None:
    seen: list[Any] = []

    def handler(event: Any, context: Any) -> None:
        seen.extend(record.kinesis.data_as_json() for record in KinesisStreamEvent(event).records)

    fed(lambda_events.function(handler, name="fn"), clicks)

    put(clicks, {"id": 1}, {"id": 2})
    lambda_events.run_until_idle()

    assert seen == [{"id": 1}, {"id": 2}]


@pytest.mark.rule("KIN-96")
@pytest.mark.parametrize("data", [b'{"k":  "a"}', b'{"k":"a","n":1.0}', '{"k":"a","t":"Grüße"}'.encode()])
def test_matching_records_are_delivered_unchanged(
    lambda_events: LambdaEvents, clicks: Stream, fn: Function, data: bytes
) -> None:
    fed(fn, clicks, filters=[{"data": {"k": ["a"]}}])

    put(clicks, data)
    lambda_events.run_until_idle()

    assert fn.batches[0].records[0]["kinesis"]["data"] == base64.b64encode(data).decode()


@pytest.mark.rule("KIN-97")
@pytest.mark.parametrize("data", [b"plain", b"\xff\xfe", b"", b'{"k":"a"', b'"a"', b"[1]"], ids=repr)
def test_data_that_is_not_an_object_matches_no_pattern_of_data(
    lambda_events: LambdaEvents, clicks: Stream, fn: Function, data: bytes
) -> None:
    fed(fn, clicks, filters=[{"data": {"k": ["a"]}}])

    put(clicks, data)
    lambda_events.run_until_idle()

    assert fn.batches == []


@pytest.mark.rule("KIN-95")
def test_the_position_moves_over_what_is_passed_over(lambda_events: LambdaEvents, clicks: Stream, fn: Function) -> None:
    failures = lambda_events.queue("failures")
    mapping = fed(
        fn, clicks, filters=[{"data": {"k": ["a"]}}], maximum_record_age_in_seconds=60, on_failure=failures
    )  # fmt: skip

    put(clicks, "r1", "r2")
    lambda_events.run_until_idle()

    assert fn.batches == []
    assert list(mapping.checkpoints.values()) == [clicks.records[1].sequence_number]
    assert failures.messages == []


@pytest.mark.rule("KIN-95", "KIN-45")
def test_records_that_match_no_filter_are_skipped_at_any_age(
    lambda_events: LambdaEvents, clicks: Stream, fn: Function
) -> None:
    failures = lambda_events.queue("failures")
    put(clicks, {"k": "a"}, {"k": "b"})
    lambda_events.advance(61)

    fed(fn, clicks, filters=[{"data": {"k": ["a"]}}], maximum_record_age_in_seconds=60, on_failure=failures)
    lambda_events.run_until_idle()

    [record] = failures.invocation_records
    assert record.json["KinesisBatchInfo"]["batchSize"] == 1
    assert record.json["KinesisBatchInfo"]["startSequenceNumber"] == clicks.records[0].sequence_number


@pytest.mark.rule("KIN-02", "KIN-03")
def test_a_consumer_that_is_still_being_made_can_be_read(lambda_events: LambdaEvents, clicks: Stream, fn: Function) -> None:
    kinesis = lambda_events.client("kinesis")
    made = kinesis.register_stream_consumer(StreamARN=clicks.arn, ConsumerName="fast")["Consumer"]

    fed(fn, made["ConsumerARN"])
    put(clicks, "r1")
    lambda_events.run_until_idle()

    assert made["ConsumerStatus"] == "CREATING"
    assert fn.batches[0].records[0]["eventSourceARN"] == made["ConsumerARN"]
