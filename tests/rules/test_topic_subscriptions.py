"""Subscriptions of topics: what SNS accepts, and the dead-letter queue of a subscription (PSH-06, 15 to 17, 25 to 27)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from notified import notified

from pytest_lambda_events import Function, LambdaEvents, Queue, Topic

PLACE = "us-east-1:123456789012"


@pytest.mark.rule("PSH-26")
@pytest.mark.parametrize("endpoint", ["take", "gone"])
def test_a_function_is_confirmed_without_a_check(sns: Any, topic: Topic, function: Function, endpoint: str) -> None:
    arn = f"arn:aws:lambda:{PLACE}:function:{endpoint}"

    subscription = sns.subscribe(TopicArn=topic.arn, Protocol="lambda", Endpoint=arn)["SubscriptionArn"]

    attributes = sns.get_subscription_attributes(SubscriptionArn=subscription)["Attributes"]
    assert (attributes["PendingConfirmation"], attributes["ConfirmationWasAuthenticated"]) == ("false", "true")
    assert function.attempts == []


@pytest.mark.rule("PSH-1K")
@pytest.mark.parametrize(
    ("protocol", "endpoint", "reason"),
    [
        ("foo", "take", "Amazon SNS does not support this protocol string: foo"),
        ("lambda", "take", "Lambda endpoint ARN"),
        ("lambda", f"arn:aws:sqs:{PLACE}:take", "Lambda endpoint ARN"),
        ("sqs", "inbox", "SQS endpoint ARN"),
        ("sqs", f"arn:aws:lambda:{PLACE}:function:take", "SQS endpoint ARN"),
    ],
)
def test_another_protocol_or_endpoint_is_refused(sns: Any, topic: Topic, protocol: str, endpoint: str, reason: str) -> None:
    with pytest.raises(ClientError) as refusal:
        sns.subscribe(TopicArn=topic.arn, Protocol=protocol, Endpoint=endpoint)

    assert refusal.value.response["Error"]["Message"] == f"Invalid parameter: {reason}"
    assert sns.list_subscriptions()["Subscriptions"] == []


@pytest.mark.rule("PSH-15")
def test_a_function_does_not_accept_raw_messages(sns: Any, topic: Topic, function: Function) -> None:
    asked = {"TopicArn": topic.arn, "Protocol": "lambda", "Endpoint": function.arn}

    with pytest.raises(ClientError, match="does not support raw message delivery"):
        sns.subscribe(**asked, Attributes={"RawMessageDelivery": "true"})
    arn = sns.subscribe(**asked)["SubscriptionArn"]
    with pytest.raises(ClientError, match="does not support raw message delivery"):
        sns.set_subscription_attributes(SubscriptionArn=arn, AttributeName="RawMessageDelivery", AttributeValue="true")

    assert sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]["RawMessageDelivery"] == "false"


@pytest.mark.rule("PSH-27")
def test_the_same_endpoint_has_one_subscription_and_gets_a_message_once(
    lambda_events: LambdaEvents, sns: Any, topic: Topic, function: Function
) -> None:
    asked = {"TopicArn": topic.arn, "Protocol": "lambda", "Endpoint": function.arn}
    arns = {sns.subscribe(**asked)["SubscriptionArn"] for _ in range(2)}

    with pytest.raises(ClientError) as refusal:
        sns.subscribe(**asked, Attributes={"FilterPolicy": '{"kind": ["a"]}'})
    topic.publish("m")

    assert len(arns) == 1
    assert len(notified(lambda_events, function)) == 1
    assert refusal.value.response["Error"]["Message"] == (
        "Invalid parameter: Attributes Reason: Subscription already exists with different attributes"
    )


@pytest.mark.rule("PSH-06")
def test_a_change_of_a_subscription_takes_effect_immediately(
    lambda_events: LambdaEvents, sns: Any, topic: Topic, function: Function
) -> None:
    topic.subscribe(function)
    arn = sns.list_subscriptions()["Subscriptions"][0]["SubscriptionArn"]

    topic.publish("first", message_attributes={"kind": "a"})
    policy = {"AttributeName": "FilterPolicy", "AttributeValue": '{"kind": ["b"]}'}
    sns.set_subscription_attributes(SubscriptionArn=arn, **policy)
    topic.publish("second", message_attributes={"kind": "a"})

    assert [sent["Message"] for sent in notified(lambda_events, function)] == ["first"]


@pytest.mark.rule("PSH-18")
@pytest.mark.scenario("PSH S4")
def test_a_message_that_the_filter_policy_does_not_match_causes_no_invocation(
    lambda_events: LambdaEvents, topic: Topic, function: Function
) -> None:
    topic.subscribe(function, filter_policy={"kind": ["paid"]})

    topic.publish("m", message_attributes={"kind": "sold"})
    lambda_events.run_until_idle()

    assert (function.events, function.attempts) == ([], [])


# ---------------------------------------------------------------------- dead-letter queues


@pytest.mark.rule("PSH-17", "PSH-25")
@pytest.mark.scenario("PSH S3")
def test_the_dead_letter_queue_gets_the_form_for_queues(lambda_events: LambdaEvents, topic: Topic, function: Function) -> None:
    lost = lambda_events.queue("lost")
    topic.subscribe(function, dead_letter_queue=lost)
    function.delete()

    topic.publish("m", message_attributes={"size": 5})

    [message] = lost.messages
    assert message.json["MessageAttributes"] == {"size": {"Type": "Number", "Value": "5"}}
    assert "SigningCertURL" in message.json
    assert not {"Subject", "Records", "SigningCertUrl"} & message.json.keys()
    assert message.message_attributes == {}


@pytest.mark.rule("PSH-17")
def test_the_dead_letter_queue_of_a_raw_subscription_gets_the_raw_message(
    lambda_events: LambdaEvents, topic: Topic, queue: Queue
) -> None:
    lost = lambda_events.queue("lost")
    topic.subscribe(queue, raw_message_delivery=True, dead_letter_queue=lost)
    queue.delete()

    topic.publish("m", message_attributes={"size": 5})

    assert [(message.body, message.message_attributes) for message in lost.messages] == [("m", {"size": "5"})]


@pytest.mark.rule("PSH-25")
@pytest.mark.parametrize("value", ["", "{}"])
def test_an_empty_redrive_policy_removes_the_dead_letter_queue(
    lambda_events: LambdaEvents, sns: Any, topic: Topic, queue: Queue, value: str
) -> None:
    lost = lambda_events.queue("lost")
    topic.subscribe(queue, dead_letter_queue=lost)
    arn = sns.list_subscriptions()["Subscriptions"][0]["SubscriptionArn"]
    queue.delete()

    sns.set_subscription_attributes(SubscriptionArn=arn, AttributeName="RedrivePolicy", AttributeValue=value)
    topic.publish("m")

    assert lost.messages == []
    assert "RedrivePolicy" not in sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]


@pytest.mark.rule("PSH-25")
@pytest.mark.parametrize(
    "target",
    [
        "lost",
        f"arn:aws:sns:{PLACE}:lost",
        "arn:aws:sqs:eu-west-1:123456789012:lost",
        "arn:aws:sqs:us-east-1:210987654321:lost",
    ],
    ids=["not an ARN", "a topic", "another Region", "another account"],
)
def test_another_dead_letter_target_is_refused(sns: Any, topic: Topic, queue: Queue, target: str) -> None:
    policy = json.dumps({"deadLetterTargetArn": target})

    with pytest.raises(ClientError, match="Invalid parameter: Attributes Reason: RedrivePolicy: deadLetterTargetArn"):
        sns.subscribe(TopicArn=topic.arn, Protocol="sqs", Endpoint=queue.arn, Attributes={"RedrivePolicy": policy})

    assert sns.list_subscriptions()["Subscriptions"] == []


@pytest.mark.rule("PSH-04", "PSH-16")
def test_an_event_that_is_too_large_for_lambda_is_not_retried(
    lambda_events: LambdaEvents, sns: Any, topic: Topic, function: Function
) -> None:
    sns.set_topic_attributes(TopicArn=topic.arn, AttributeName="MaximumMessageSize", AttributeValue="1048576")
    topic.subscribe(function)

    topic.publish("x" * 1_048_576)
    lambda_events.run_until_idle()

    assert function.attempts == []
    assert "The subscription has no RedrivePolicy" in lambda_events.journal.warnings[-1].detail["message"]


@pytest.mark.rule("PSH-05")
def test_a_function_is_not_told_the_source(lambda_events: LambdaEvents, topic: Topic) -> None:
    seen = []
    function = lambda_events.function(lambda event, context: seen.append(context.client_context), name="listener")
    topic.subscribe(function)

    topic.publish("m")
    lambda_events.run_until_idle()

    assert seen == [None]


@pytest.mark.rule("PSH-18")
def test_the_journal_names_the_topic_of_deliveries_and_filtered_messages(
    lambda_events: LambdaEvents, topic: Topic, function: Function, queue: Queue
) -> None:
    topic.subscribe(function)
    topic.subscribe(queue, filter_policy={"kind": ["paid"]})

    topic.publish("m")

    entries = [entry for entry in lambda_events.journal if entry.kind.startswith("push")]
    assert [(entry.kind, *entry.detail.values()) for entry in entries] == [
        ("push_matched", "sns orders", (function.arn,)),
        ("pushed", "sns orders", function.arn),
        ("push_filtered", "sns orders", queue.arn),
    ]
