"""The metrics of EventBridge rules, of EventBridge Scheduler and of topics in CloudWatch."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import Any

import boto3
import pytest
from uploads import create_function

from pytest_lambda_events import Function, LambdaEvents, Topic

GONE = "arn:aws:lambda:us-east-1:123456789012:function:gone"
RULE = {"RuleName": "paid"}
GROUP = {"ScheduleGroup": "default"}


def keep(event: Any, context: Any) -> None:
    """Receives the event."""


def sums(lambda_events: LambdaEvents, namespace: str, **dimensions: str) -> dict[str, float]:
    """Returns the sum of each metric with these dimensions."""
    cloudwatch = boto3.client("cloudwatch")
    pairs = [{"Name": name, "Value": value} for name, value in dimensions.items()]
    listed = cloudwatch.list_metrics(Namespace=namespace)["Metrics"]
    found = {}
    for name in {metric["MetricName"] for metric in listed if metric["Dimensions"] == pairs}:
        points = cloudwatch.get_metric_statistics(
            Namespace=namespace, MetricName=name, Dimensions=pairs, StartTime=lambda_events.now - timedelta(days=2),
            EndTime=lambda_events.now + timedelta(minutes=1), Period=3 * 86_400, Statistics=["Sum"],
        )["Datapoints"]  # fmt: skip
        found[name] = sum(point["Sum"] for point in points)
    return found


def put_rule(*arns: str, bus: str = "default", target: Any = None) -> None:
    events = boto3.client("events")
    events.put_rule(Name="paid", EventPattern='{"source": ["shop"]}', EventBusName=bus)
    targets = [{"Id": str(number), "Arn": arn, **(target or {})} for number, arn in enumerate(arns)]
    if targets:
        events.put_targets(Rule="paid", Targets=targets, EventBusName=bus)


def put(source: str = "shop", bus: str = "default") -> None:
    entry = {"Source": source, "DetailType": "paid", "Detail": "{}", "EventBusName": bus}
    boto3.client("events").put_events(Entries=[entry])


@pytest.fixture
def function(lambda_events: LambdaEvents) -> Function:
    return lambda_events.function(keep)


@pytest.mark.rule("EVB-98")
def test_a_matched_event_counts_once_for_its_rule_and_once_for_each_target(
    lambda_events: LambdaEvents, function: Function
) -> None:
    put_rule(function.arn, lambda_events.queue("orders").arn)

    put()
    put("bank")

    assert sums(lambda_events, "AWS/Events", **RULE) == {
        "MatchedEvents": 1, "TriggeredRules": 1, "Invocations": 2, "InvocationAttempts": 2, "SuccessfulInvocationAttempts": 2,
    }  # fmt: skip


@pytest.mark.rule("EVB-98")
@pytest.mark.usefixtures("lambda_events")
def test_a_rule_without_targets_matches_too(lambda_events: LambdaEvents) -> None:
    put_rule()

    put()

    assert sums(lambda_events, "AWS/Events", **RULE) == {"MatchedEvents": 1, "TriggeredRules": 1}


@pytest.mark.rule("EVB-98")
def test_a_rule_of_another_bus_names_the_bus(lambda_events: LambdaEvents, function: Function) -> None:
    lambda_events.event_bus("orders")
    put_rule(function.arn, bus="orders")

    put(bus="orders")

    assert sums(lambda_events, "AWS/Events", EventBusName="orders", **RULE)["MatchedEvents"] == 1
    assert sums(lambda_events, "AWS/Events", **RULE) == {}


@pytest.mark.rule("EVB-98")
def test_a_scheduled_rule_is_triggered_without_an_event(lambda_events: LambdaEvents, function: Function) -> None:
    events = boto3.client("events")
    events.put_rule(Name="paid", ScheduleExpression="rate(1 hour)")
    events.put_targets(Rule="paid", Targets=[{"Id": "1", "Arn": function.arn}])

    lambda_events.advance(timedelta(hours=3))

    assert sums(lambda_events, "AWS/Events", **RULE) == {
        "TriggeredRules": 3, "Invocations": 3, "InvocationAttempts": 3, "SuccessfulInvocationAttempts": 3,
    }  # fmt: skip


@pytest.mark.rule("EVB-98")
@pytest.mark.scenario("EVB E7")
@pytest.mark.parametrize(
    ("queue", "sent"),
    [("lost", {"InvocationsSentToDlq": 1}), ("lost.fifo", {"InvocationsFailedToBeSentToDlq": 1}), (None, {})],
    ids=["dead-letter queue", "a queue that refuses it", "no dead-letter queue"],
)
def test_a_failed_invocation_counts_with_its_dead_letter(
    lambda_events: LambdaEvents, queue: str | None, sent: dict[str, int]
) -> None:
    letters = {} if queue is None else {"DeadLetterConfig": {"Arn": lambda_events.queue(queue).arn}}
    put_rule(GONE, target=letters)

    put()

    assert sums(lambda_events, "AWS/Events", **RULE) == {
        "MatchedEvents": 1, "TriggeredRules": 1, "Invocations": 1, "FailedInvocations": 1, "InvocationAttempts": 1, **sent,
    }  # fmt: skip


@pytest.mark.rule("EVB-98")
@pytest.mark.lambda_events(state_change_seconds=5)
def test_retries_count_as_attempts_of_one_invocation(lambda_events: LambdaEvents) -> None:
    create_function("take", "def handler(event, context): return None")
    put_rule(lambda_events.functions["take"].arn)

    put()
    lambda_events.run_until_idle()

    assert sums(lambda_events, "AWS/Events", **RULE) == {
        "MatchedEvents": 1, "TriggeredRules": 1, "Invocations": 1, "InvocationAttempts": 4, "RetryInvocationAttempts": 3,
        "SuccessfulInvocationAttempts": 1,
    }  # fmt: skip


@pytest.mark.rule("EVB-98")
def test_the_unit_of_the_metrics_of_rules_is_count(lambda_events: LambdaEvents, function: Function) -> None:
    put_rule(function.arn)
    put()

    [point] = boto3.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/Events", MetricName="Invocations", Dimensions=[{"Name": "RuleName", "Value": "paid"}], Period=60,
        StartTime=lambda_events.now, EndTime=lambda_events.now + timedelta(minutes=1), Statistics=["Sum"],
    )["Datapoints"]  # fmt: skip

    assert point["Unit"] == "Count"


def schedule(arn: str, expression: str = "at(2026-01-01T01:00:00)", target: Any = None) -> None:
    role = "arn:aws:iam::123456789012:role/schedules"
    boto3.client("scheduler").create_schedule(
        Name="nightly", ScheduleExpression=expression, FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": arn, "RoleArn": role, **(target or {})},
    )  # fmt: skip


@pytest.mark.rule("SCH-29")
def test_a_group_counts_the_attempts_of_its_schedules(lambda_events: LambdaEvents, function: Function) -> None:
    schedule(function.arn, "rate(1 hour)")

    lambda_events.advance(timedelta(hours=2))

    assert sums(lambda_events, "AWS/Scheduler", **GROUP) == {"InvocationAttemptCount": 3}


@pytest.mark.rule("SCH-29")
@pytest.mark.parametrize(
    ("queue", "sent"),
    [
        ("lost", {"InvocationsSentToDeadLetterCount": 1}),
        ("lost.fifo", {"InvocationsFailedToBeSentToDeadLetterCount": 1}),
        (None, {}),
    ],
    ids=["dead-letter queue", "a queue that refuses it", "no dead-letter queue"],
)
def test_a_group_counts_what_it_drops(lambda_events: LambdaEvents, queue: str | None, sent: dict[str, int]) -> None:
    letters = {} if queue is None else {"DeadLetterConfig": {"Arn": lambda_events.queue(queue).arn}}
    schedule(GONE, target=letters)

    lambda_events.advance(timedelta(hours=1))

    assert sums(lambda_events, "AWS/Scheduler", **GROUP) == {
        "InvocationAttemptCount": 1, "TargetErrorCount": 1, "InvocationDroppedCount": 1, **sent,
    }  # fmt: skip


@pytest.mark.rule("SCH-29")
def test_metrics_that_were_read_are_not_counted_again(lambda_events: LambdaEvents, function: Function) -> None:
    schedule(function.arn, "rate(1 hour)")

    first = sums(lambda_events, "AWS/Scheduler", **GROUP)
    lambda_events.advance(timedelta(hours=1))

    assert (first, sums(lambda_events, "AWS/Scheduler", **GROUP)) == ({}, {"InvocationAttemptCount": 2})


# ----------------------------------------------------------------------------- topics

PREFIX = "NumberOfNotificationsFilteredOut"


def subscribe(topic: Topic, endpoint: str, **attributes: Any) -> None:
    texts = {name: value if isinstance(value, str) else json.dumps(value) for name, value in attributes.items()}
    protocol = endpoint.split(":")[2]
    boto3.client("sns").subscribe(TopicArn=topic.arn, Protocol=protocol, Endpoint=endpoint, Attributes=texts)


@pytest.mark.rule("PSH-4O")
@pytest.mark.parametrize(
    ("scope", "body", "attributes", "cause"),
    [
        ("MessageAttributes", "m", {"kind": "sold"}, "MessageAttributes"),
        ("MessageAttributes", "m", None, "NoMessageAttributes"),
        ("MessageAttributes", "m", {"kind": "paid", "sizes": ("String.Array", "not-json")}, "InvalidAttributes"),
        ("MessageBody", '{"kind": "sold"}', None, "MessageBody"),
        ("MessageBody", "sold", None, "InvalidMessageBody"),
        ("MessageBody", "[1]", None, "InvalidMessageBody"),
    ],
)
def test_a_filtered_message_counts_once_and_once_for_its_cause(
    lambda_events: LambdaEvents, scope: str, body: str, attributes: dict[str, Any] | None, cause: str
) -> None:
    topic, queue = lambda_events.topic("orders"), lambda_events.queue("inbox")
    subscribe(topic, queue.arn, FilterPolicy={"kind": ["paid"]}, FilterPolicyScope=scope)
    typed = {
        name: {"DataType": value[0], "StringValue": value[1]} if isinstance(value, tuple) else
        {"DataType": "String", "StringValue": value}
        for name, value in (attributes or {}).items()
    }  # fmt: skip

    boto3.client("sns").publish(TopicArn=topic.arn, Message=body, MessageAttributes=typed)

    assert queue.messages == []
    assert sums(lambda_events, "AWS/SNS", TopicName="orders") == {
        "NumberOfMessagesPublished": 1, PREFIX: 1, f"{PREFIX}-{cause}": 1,
    }  # fmt: skip


@pytest.mark.rule("PSH-4Q")
def test_a_message_counts_once_for_its_topic_and_once_for_each_delivery(
    lambda_events: LambdaEvents, function: Function
) -> None:
    topic = lambda_events.topic("orders")
    for endpoint in (function.arn, lambda_events.queue("inbox").arn, GONE):
        subscribe(topic, endpoint)

    topic.publish("m")

    assert sums(lambda_events, "AWS/SNS", TopicName="orders") == {
        "NumberOfMessagesPublished": 1, "NumberOfNotificationsDelivered": 2, "NumberOfNotificationsFailed": 1,
    }  # fmt: skip


@pytest.mark.rule("PSH-4Q", "PSH-73")
@pytest.mark.parametrize(("exists", "name"), [(True, "RedrivenToDlq"), (False, "FailedToRedriveToDlq")])
def test_a_message_for_a_dead_letter_queue_counts_by_whether_the_queue_received_it(
    lambda_events: LambdaEvents, exists: bool, name: str
) -> None:
    topic, lost = lambda_events.topic("orders"), lambda_events.queue("lost")
    subscribe(topic, GONE, RedrivePolicy={"deadLetterTargetArn": lost.arn})
    if not exists:
        lost.delete()

    topic.publish("m")

    assert sums(lambda_events, "AWS/SNS", TopicName="orders") == {
        "NumberOfMessagesPublished": 1, "NumberOfNotificationsFailed": 1, f"NumberOfNotifications{name}": 1,
    }  # fmt: skip


# ---------------------------------------------------------------------------- CloudWatch Logs

FILTER = {"DestinationType": "Lambda", "FilterName": "errors", "LogGroupName": "shop"}


@pytest.mark.rule("LOG-1A")
def test_forwarded_log_events_are_counted_for_their_filter(lambda_events: LambdaEvents, function: Function) -> None:
    group = lambda_events.log_group("shop")
    group.subscribe(function, filter_pattern="ERROR", name="errors")

    group.put("ERROR a", "ERROR b", "c")
    group.put("ERROR d")
    group.put("e")
    lambda_events.run_until_idle()

    sizes = [len(base64.b64decode(event.payload["awslogs"]["data"])) for event in function.events]
    assert sums(lambda_events, "AWS/Logs", **FILTER) == {"ForwardedLogEvents": 3, "ForwardedBytes": sum(sizes)}


@pytest.mark.rule("LOG-1A")
def test_log_events_that_are_not_delivered_are_counted(lambda_events: LambdaEvents, function: Function) -> None:
    group = lambda_events.log_group("shop")
    group.subscribe(function, name="errors")
    function.delete()

    group.put("a", "b")
    group.put("of a disabled filter")

    assert sums(lambda_events, "AWS/Logs", **FILTER) == {"DeliveryErrors": 2}


@pytest.mark.rule("LOG-1A")
def test_the_metrics_of_a_stream_have_another_destination_type(lambda_events: LambdaEvents) -> None:
    group = lambda_events.log_group("shop")
    group.subscribe(lambda_events.stream("logs"), name="errors")

    group.put("a")

    assert sums(lambda_events, "AWS/Logs", **FILTER) == {}
    assert sums(lambda_events, "AWS/Logs", **{**FILTER, "DestinationType": "Kinesis"})["ForwardedLogEvents"] == 1
