"""What other services of moto's deliver to functions: asynchronous invocations of ours, never a call in the sender's."""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any

import pytest

from pytest_lambda_events import LambdaEvents

TOPIC = "arn:aws:sns:us-east-1:123456789012:orders"


def take(event: Any, context: Any) -> None:
    pass


def decline(event: Any, context: Any) -> None:
    raise ValueError("declined")


def subscribed_topic(lambda_events: LambdaEvents, endpoint: str, **attributes: str) -> str:
    sns = lambda_events.client("sns")
    topic: str = sns.create_topic(Name="orders")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=endpoint, Attributes=attributes)
    return topic


@pytest.mark.rule("PSH-01")
def test_a_published_message_waits_for_time_to_move(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(take)
    topic = subscribed_topic(lambda_events, function.arn)

    lambda_events.client("sns").publish(TopicArn=topic, Message="one")
    before = list(function.attempts)
    lambda_events.run_until_idle()

    assert before == []
    assert [attempt.event["Records"][0]["Sns"]["Message"] for attempt in function.attempts] == ["one"]


@pytest.mark.rule("PSH-01")
def test_the_publisher_does_not_hear_of_a_failing_handler_and_lambda_retries_it(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(decline)
    topic = subscribed_topic(lambda_events, function.arn)

    lambda_events.client("sns").publish(TopicArn=topic, Message="one")
    lambda_events.run_until_idle()

    assert [attempt.started_after_seconds for attempt in function.attempts] == [0, 60, 180]


@pytest.mark.rule("PSH-10", "PSH-11", "PSH-12", "PSH-14")
def test_the_event_of_sns_tells_what_was_published(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(take)
    topic = subscribed_topic(lambda_events, function.arn)
    sns = lambda_events.client("sns")
    lambda_events.advance(0.5)

    message_id = sns.publish(
        TopicArn=topic, Message="one", MessageAttributes={"kind": {"DataType": "String", "StringValue": "a"}}
    )["MessageId"]
    lambda_events.run_until_idle()

    [record] = function.attempts[0].event["Records"]
    subscription = sns.list_subscriptions()["Subscriptions"][0]["SubscriptionArn"]
    assert list(record) == ["EventSource", "EventVersion", "EventSubscriptionArn", "Sns"]
    assert (record["EventSource"], record["EventSubscriptionArn"]) == ("aws:sns", subscription)
    told = {key: record["Sns"][key] for key in ("Type", "MessageId", "TopicArn", "Subject", "Message", "Timestamp")}
    assert told == {
        "Type": "Notification",
        "MessageId": message_id,
        "TopicArn": TOPIC,
        "Subject": None,
        "Message": "one",
        "Timestamp": "2026-01-01T00:00:00.500Z",
    }
    assert record["Sns"]["MessageAttributes"] == {"kind": {"Type": "String", "Value": "a"}}


@pytest.mark.rule("PSH-18")
def test_a_filter_policy_is_applied_before_the_invocation(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(take)
    topic = subscribed_topic(lambda_events, function.arn, FilterPolicy=json.dumps({"kind": ["a"]}))

    lambda_events.client("sns").publish(TopicArn=topic, Message="one")
    lambda_events.run_until_idle()

    assert function.events == []


@pytest.mark.rule("PSH-03")
def test_a_subscription_invokes_the_qualifier_that_it_names(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(take)
    function.publish_version()
    topic = subscribed_topic(lambda_events, f"{function.arn}:1")

    lambda_events.client("sns").publish(TopicArn=topic, Message="one")
    lambda_events.run_until_idle()

    assert [attempt.executed_version for attempt in function.attempts] == ["1"]


@pytest.mark.rule("PSH-16")
def test_a_message_for_a_function_that_is_gone_is_lost_and_warned_of(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(take)
    topic = subscribed_topic(lambda_events, function.arn)
    function.delete()

    lambda_events.client("sns").publish(TopicArn=topic, Message="one")

    [warning] = lambda_events.journal.warnings
    assert warning.function_name == "take"
    assert "Function not found" in warning.detail["message"]


def test_a_bucket_notifies_a_function(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(take)
    s3 = lambda_events.client("s3")
    s3.create_bucket(Bucket="orders")
    notify = {"LambdaFunctionArn": function.arn, "Events": ["s3:ObjectCreated:*"]}
    s3.put_bucket_notification_configuration(
        Bucket="orders", NotificationConfiguration={"LambdaFunctionConfigurations": [notify]}
    )

    s3.put_object(Bucket="orders", Key="7.json", Body=b"{}")
    lambda_events.run_until_idle()

    [attempt] = function.attempts
    assert attempt.event["Records"][0]["s3"]["object"]["key"] == "7.json"


def test_a_log_group_delivers_to_a_function(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(take)
    logs = lambda_events.client("logs")
    logs.create_log_group(logGroupName="shop")
    logs.create_log_stream(logGroupName="shop", logStreamName="one")
    logs.put_subscription_filter(
        logGroupName="shop", filterName="all", filterPattern="", destinationArn=function.arn
    )  # fmt: skip

    instant = round(lambda_events.now.timestamp() * 1000)
    event = {"timestamp": instant, "message": "order 7"}
    logs.put_log_events(logGroupName="shop", logStreamName="one", logEvents=[event])
    lambda_events.run_until_idle()

    [attempt] = function.attempts
    data = json.loads(gzip.decompress(base64.b64decode(attempt.event["awslogs"]["data"])))
    assert (data["logGroup"], data["subscriptionFilters"]) == ("shop", ["all"])
    assert [one["message"] for one in data["logEvents"]] == ["order 7"]


def test_a_log_group_can_only_deliver_to_a_function_that_exists(lambda_events: LambdaEvents) -> None:
    logs = lambda_events.client("logs")
    logs.create_log_group(logGroupName="shop")

    with pytest.raises(logs.exceptions.InvalidParameterException):
        logs.put_subscription_filter(
            logGroupName="shop", filterName="all", filterPattern="",
            destinationArn="arn:aws:lambda:us-east-1:123456789012:function:nobody",
        )  # fmt: skip


def test_a_topic_delivers_to_all_of_its_subscriptions(lambda_events: LambdaEvents) -> None:
    topic = lambda_events.topic("orders")
    queues = [lambda_events.queue(f"queue-{number}") for number in range(101)]
    for queue in queues:
        topic.subscribe(queue, raw_message_delivery=True)

    topic.publish("one")

    assert [message.body for queue in queues for message in queue.messages] == ["one"] * 101


def test_subscriptions_of_a_topic_are_listed_in_pages(lambda_events: LambdaEvents) -> None:
    topic = lambda_events.topic("orders")
    for number in range(101):
        topic.subscribe(lambda_events.queue(f"queue-{number}"))
    topic.publish("one")

    page = lambda_events.client("sns").list_subscriptions_by_topic(TopicArn=topic.arn)

    assert len(page["Subscriptions"]) == 100
    assert page["NextToken"]
