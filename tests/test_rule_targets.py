"""What the targets of EventBridge rules receive, through boto3."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from uploads import create_function

from pytest_lambda_events import LambdaEvents


def keep(event: Any, context: Any) -> None:
    """Receives the event."""


def put_rule(arn: str, **target: Any) -> None:
    events = boto3.client("events")
    events.put_rule(Name="paid", EventPattern='{"source": ["shop"]}')
    events.put_targets(Rule="paid", Targets=[{"Id": "1", "Arn": arn, **target}])


def put_event(detail: Any) -> None:
    boto3.client("events").put_events(Entries=[{"Source": "shop", "DetailType": "paid", "Detail": json.dumps(detail)}])


@pytest.mark.scenario("PSH S7", "PSH S12")
@pytest.mark.parametrize(
    ("target", "payload"),
    [
        ({"InputPath": "$.detail"}, {"text": "hello"}),
        ({"Input": '{"fixed": 1}'}, {"fixed": 1}),
        (
            {
                "InputTransformer": {
                    "InputPathsMap": {"x": "$.detail.text", "y": "$.detail.missing"}, "InputTemplate": '{"v":<x>,"m":<y>}',
                }
            },
            {"v": "hello", "m": ""},
        ),
    ],
    ids=["path", "constant", "transformer"],
)  # fmt: skip
def test_a_function_receives_the_content_of_its_target(lambda_events: LambdaEvents, target: Any, payload: Any) -> None:
    function = lambda_events.function(keep)
    put_rule(function.arn, **target)

    put_event({"text": "hello"})
    lambda_events.run_until_idle()

    [event] = function.events
    assert (event.payload, event.source_service) == (payload, "events paid")


@pytest.mark.rule("EVB-86", "EVB-95")
@pytest.mark.scenario("EVB E11")
def test_a_text_that_is_not_json_goes_to_the_dead_letter_queue(lambda_events: LambdaEvents) -> None:
    function, lost = lambda_events.function(keep), lambda_events.queue("lost")
    transformer = {"InputPathsMap": {"x": "$.detail.text"}, "InputTemplate": "<x>"}
    put_rule(function.arn, InputTransformer=transformer, DeadLetterConfig={"Arn": lost.arn})

    put_event({"text": "hello"})
    lambda_events.run_until_idle()

    [message] = lost.messages
    attributes = message.message_attributes
    assert (message.body, attributes["ERROR_CODE"], function.events) == ("hello", "INVALID_JSON", [])
    assert attributes["ERROR_MESSAGE"] == "Invalid input for target."


@pytest.mark.rule("EVB-75", "EVB-72")
@pytest.mark.scenario("EVB E13")
def test_a_stream_receives_the_event_under_the_key_of_the_path(lambda_events: LambdaEvents) -> None:
    stream = lambda_events.stream("audit")
    put_rule(stream.arn, KinesisParameters={"PartitionKeyPath": "$.detail.tenant"}, Input='{"fixed": 1}')

    put_event({"tenant": "tenant-1"})

    [record] = stream.records
    assert (record.partition_key, record.data) == ('"tenant-1"', b'{"fixed": 1}')


@pytest.mark.rule("EVB-91", "EVB-93")
@pytest.mark.lambda_events(state_change_seconds=5)
def test_a_function_that_is_not_active_yet_is_retried_after_1_2_and_4_seconds(lambda_events: LambdaEvents) -> None:
    create_function("take", "def handler(event, context): return None")
    function = lambda_events.functions["take"]
    put_rule(function.arn)
    put_event({})

    lambda_events.run_until_idle()

    [event] = function.events
    assert event.accepted_after_seconds == 7
    assert [entry.after_seconds for entry in lambda_events.journal if entry.kind == "push_retried"] == [0, 1, 3]


@pytest.mark.rule("EVB-99")
@pytest.mark.lambda_events(state_change_seconds=5)
def test_a_retry_keeps_the_target_as_it_was(lambda_events: LambdaEvents) -> None:
    create_function("take", "def handler(event, context): return None")
    function = lambda_events.functions["take"]
    put_rule(function.arn, Input='{"old": true}')
    put_event({})

    put_rule(function.arn, Input='{"old": false}')
    boto3.client("events").disable_rule(Name="paid")
    lambda_events.run_until_idle()

    assert [event.payload for event in function.events] == [{"old": True}]


@pytest.mark.rule("EVB-90", "EVB-95")
@pytest.mark.lambda_events(state_change_seconds=500)
@pytest.mark.parametrize(
    ("policy", "condition", "retries"),
    [
        ({"MaximumRetryAttempts": 0}, "MaximumRetryAttempts", "0"),
        ({"MaximumRetryAttempts": 2}, "MaximumRetryAttempts", "2"),
        ({"MaximumEventAgeInSeconds": 60}, "MaximumEventAgeInSeconds", "5"),
    ],
)
def test_retries_end_with_the_policy_of_the_target(
    lambda_events: LambdaEvents, policy: dict[str, int], condition: str, retries: str
) -> None:
    create_function("take", "def handler(event, context): return None")
    lost = lambda_events.queue("lost")
    put_rule(lambda_events.functions["take"].arn, RetryPolicy=policy, DeadLetterConfig={"Arn": lost.arn})

    put_event({"order": 7})
    lambda_events.advance(100)

    [message] = lost.messages
    attributes = message.message_attributes
    assert (attributes["EXHAUSTED_RETRY_CONDITION"], attributes["RETRY_ATTEMPTS"]) == (condition, retries)
    assert message.json["detail"] == {"order": 7}


@pytest.mark.rule("EVB-92", "EVB-94")
def test_an_event_for_a_missing_function_is_lost(lambda_events: LambdaEvents) -> None:
    put_rule("arn:aws:lambda:us-east-1:123456789012:function:gone")

    put_event({})

    [dropped] = [entry for entry in lambda_events.journal if entry.kind == "push_dropped"]
    assert (dropped.detail["pushed_by"], dropped.detail["dead_letter_queue"]) == ("events paid", None)
    with pytest.raises(AssertionError, match=r"1 of 1 accepted was lost[\s\S]*events paid: an event for .*:gone"):
        lambda_events.assert_no_data_lost()
    assert "events paid   not pushed   to gone, lost" in lambda_events.journal.timeline()


@pytest.mark.rule("EVB-80", "EVB-72")
@pytest.mark.parametrize(
    ("target", "message"),
    [
        (
            {"Input": "{}", "InputPath": "$"},
            "Only one of Input, InputPath, or InputTransformer must be provided for target 1.",
        ),
        ({"InputPath": "detail"}, "InputPath for target 1 is invalid."),
        (
            {"Arn": "arn:aws:sqs:us-east-1:123456789012:orders.fifo"},
            "Parameter(s) SqsParameters must be specified for target: 1.",
        ),
    ],
)
def test_a_target_that_aws_refuses(lambda_events: LambdaEvents, target: Any, message: str) -> None:
    with pytest.raises(ClientError) as caught:
        put_rule(target.pop("Arn", lambda_events.function(keep).arn), **target)

    assert caught.value.response["Error"] == {"Code": "ValidationException", "Message": message}


@pytest.mark.rule("EVB-76")
@pytest.mark.scenario("EVB E18")
def test_an_event_keeps_its_members_on_the_next_bus_and_goes_no_further(lambda_events: LambdaEvents) -> None:
    audit, archive, lost = lambda_events.event_bus("audit"), lambda_events.event_bus("archive"), lambda_events.queue("lost")
    put_rule(audit.arn)
    events = boto3.client("events")
    events.put_rule(Name="next", EventPattern='{"source": ["shop"]}', EventBusName="audit")
    target = {"Id": "1", "Arn": archive.arn, "DeadLetterConfig": {"Arn": lost.arn}}
    events.put_targets(Rule="next", EventBusName="audit", Targets=[target])

    put_event({"order": 7})

    assert audit.events == lambda_events.event_buses["default"].events
    [message] = lost.messages
    assert (message.message_attributes["ERROR_CODE"], archive.events) == ("THIRD_ACCOUNT_HOP_DETECTED", [])


@pytest.mark.rule("EVB-18")
def test_rules_match_the_events_of_lambda_and_s3(lambda_events: LambdaEvents) -> None:
    bus, seen = lambda_events.event_buses["default"], lambda_events.queue("seen")
    bus.add_rule({"source": ["lambda", "aws.s3"]}, seen)
    function = lambda_events.function(keep, on_success=bus)
    bucket = lambda_events.bucket("files")
    s3 = boto3.client("s3")
    s3.put_bucket_notification_configuration(Bucket=bucket.name, NotificationConfiguration={"EventBridgeConfiguration": {}})

    function.invoke_async({})
    lambda_events.run_until_idle()
    s3.put_object(Bucket=bucket.name, Key="a", Body=b"")

    assert [message.json["source"] for message in seen.messages] == ["lambda", "aws.s3"]


@pytest.mark.rule("EVB-81", "EVB-82", "EVB-88", "EVB-90")
@pytest.mark.parametrize(
    ("member", "values", "limits"),
    [
        ("input", lambda size: {"Input": f'"{"x" * (size - 2)}"'}, (2, 8192)),
        ("inputTransformer.inputTemplate", lambda size: {"InputTransformer": {"InputTemplate": "1" * size}}, (1, 8192)),
        (
            "inputTransformer.inputPathsMap",
            lambda size: {
                "InputTransformer": {
                    "InputTemplate": "{}", "InputPathsMap": {f"key{number}": "$.detail" for number in range(size)},
                }
            },
            (1, 100),
        ),
        ("retryPolicy.maximumRetryAttempts", lambda size: {"RetryPolicy": {"MaximumRetryAttempts": size}}, (0, 185)),
        (
            "retryPolicy.maximumEventAgeInSeconds",
            lambda size: {"RetryPolicy": {"MaximumEventAgeInSeconds": size}},
            (60, 86_400),
        ),
    ],
)  # fmt: skip
def test_the_limits_of_a_target(lambda_events: LambdaEvents, member: str, values: Any, limits: tuple[int, int]) -> None:
    arn, (low, high) = lambda_events.function(keep).arn, limits
    put_rule(arn, **values(low))
    put_rule(arn, **values(high))

    with pytest.raises(ClientError) as caught:
        put_rule(arn, **values(high + 1))

    error = caught.value.response["Error"]
    assert error["Code"] == "ValidationException"
    assert f" at 'targets.1.member.{member}' failed to satisfy constraint: Member must have " in error["Message"]
    assert error["Message"].endswith(f"less than or equal to {high}")


@pytest.mark.rule("EVB-88")
def test_a_mapping_that_is_too_large_is_shown_as_aws_shows_it(lambda_events: LambdaEvents) -> None:
    paths = {f"key{number}": "$.detail" for number in range(101)}

    with pytest.raises(ClientError) as caught:
        put_rule(lambda_events.function(keep).arn, InputTransformer={"InputTemplate": "{}", "InputPathsMap": paths})

    assert "Value '{key0=$.detail, key1=$.detail, " in caught.value.response["Error"]["Message"]


@pytest.mark.rule("EVB-81")
def test_an_empty_input_is_accepted_and_nothing_is_delivered(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(keep)
    put_rule(function.arn, Input="")

    put_event({})
    lambda_events.run_until_idle()

    [warning] = lambda_events.journal.warnings
    assert f"an empty Input: AWS delivers nothing to {function.arn}." in warning.detail["message"]
    assert function.events == []


@pytest.mark.rule("EVB-81")
def test_an_input_that_is_not_json_is_refused(lambda_events: LambdaEvents) -> None:
    with pytest.raises(ClientError) as caught:
        put_rule(lambda_events.function(keep).arn, Input="not-json")

    assert caught.value.response["Error"] == {
        "Code": "ValidationException",
        "Message": 'JSON syntax error in input for target 1: [Source: (String)"not-json"; line: 1, column: 1]',
    }


@pytest.mark.rule("EVB-82", "EVB-88")
@pytest.mark.parametrize(
    "transformer",
    [
        {"InputTemplate": '{"a":<x>}', "InputPathsMap": {"x": "$.a..b"}},
        {"InputTemplate": '{"a":<x>}', "InputPathsMap": {"a b": "$.a"}},
        {"InputTemplate": '{<x>:1}', "InputPathsMap": {"x": "$.a"}},
        {"InputTemplate": '"<aws.events.event.json>"'},
    ],
    ids=["path", "key", "placeholder as a key", "whole event in a text"],
)  # fmt: skip
def test_a_transformer_that_aws_refuses(lambda_events: LambdaEvents, transformer: Any) -> None:
    with pytest.raises(ClientError) as caught:
        put_rule(lambda_events.function(keep).arn, InputTransformer=transformer)

    assert caught.value.response["Error"]["Code"] == "ValidationException"
