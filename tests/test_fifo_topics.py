"""FIFO topics through boto3: duplicates, order, and what they deliver to."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from pytest_lambda_events import LambdaEvents

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:take"


@pytest.fixture
def sns(lambda_events: LambdaEvents) -> Any:
    """The client of SNS."""
    return lambda_events.client("sns")


def topic(sns: Any, **attributes: str) -> str:
    return str(sns.create_topic(Name="orders.fifo", Attributes={"FifoTopic": "true", **attributes})["TopicArn"])


@pytest.mark.parametrize(("seconds", "bodies"), [(299.999999, ["1"]), (300, ["1", "2"])], ids=["before", "at"])
@pytest.mark.parametrize("inbox", ["inbox", "inbox.fifo"])
def test_a_topic_delivers_a_duplicate_to_nobody_for_five_minutes(
    inbox: str, seconds: float, bodies: list[str], sns: Any, lambda_events: LambdaEvents
) -> None:
    arn, queue = topic(sns), lambda_events.queue(inbox)
    sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=queue.arn, Attributes={"RawMessageDelivery": "true"})
    ids = {"TopicArn": arn, "MessageGroupId": "a", "MessageDeduplicationId": "same"}
    first = sns.publish(Message="1", **ids)
    lambda_events.advance(seconds)

    second = sns.publish(Message="2", **ids)

    assert [message.body for message in queue.messages] == bodies
    assert (second["MessageId"] == first["MessageId"]) is (len(bodies) == 1)
    assert (second["SequenceNumber"] == first["SequenceNumber"]) is (len(bodies) == 1)


def test_equal_messages_are_duplicates_of_a_topic_that_compares_them(sns: Any, lambda_events: LambdaEvents) -> None:
    arn, queue = topic(sns, ContentBasedDeduplication="true"), lambda_events.queue("inbox.fifo")
    sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=queue.arn, Attributes={"RawMessageDelivery": "true"})

    entries = [{"Id": str(place), "Message": body, "MessageGroupId": "a"} for place, body in enumerate("121")]
    answer = sns.publish_batch(TopicArn=arn, PublishBatchRequestEntries=entries)

    assert [message.body for message in queue.messages] == ["1", "2"]
    numbers = [sent["SequenceNumber"] for sent in answer["Successful"]]
    assert (numbers[0], len(numbers[0])) == (numbers[2], 20)
    assert numbers[1] > numbers[0]


def test_a_fifo_topic_does_not_deliver_to_functions(sns: Any, lambda_events: LambdaEvents) -> None:
    arn = topic(sns)

    with pytest.raises(ClientError, match="Invalid parameter: Invalid protocol type: lambda"):
        sns.subscribe(TopicArn=arn, Protocol="lambda", Endpoint=FUNCTION)

    assert sns.list_subscriptions_by_topic(TopicArn=arn)["Subscriptions"] == []


def test_a_second_subscription_with_other_attributes_is_refused_and_changes_nothing(
    sns: Any, lambda_events: LambdaEvents
) -> None:
    alerts, queue = lambda_events.topic("alerts"), lambda_events.queue("inbox")
    policy = {"FilterPolicy": '{"kind":["a"]}', "RawMessageDelivery": "true"}
    asked = {"TopicArn": alerts.arn, "Protocol": "sqs", "Endpoint": queue.arn}
    arn = sns.subscribe(**asked, Attributes=policy)["SubscriptionArn"]

    again = [sns.subscribe(**asked)["SubscriptionArn"], sns.subscribe(**asked, Attributes=policy)["SubscriptionArn"]]
    with pytest.raises(ClientError, match="Subscription already exists with different attributes"):
        sns.subscribe(**asked, Attributes={"FilterPolicy": '{"kind": ["b"]}'})

    assert again == [arn, arn]
    assert sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]["FilterPolicy"] == policy["FilterPolicy"]


@pytest.mark.parametrize("policy", ['{"kind": 1}', "{", "[]"], ids=["a number", "no JSON", "a list"])
def test_a_subscription_whose_filter_policy_is_refused_delivers_nothing(
    policy: str, sns: Any, lambda_events: LambdaEvents
) -> None:
    alerts, queue = lambda_events.topic("alerts"), lambda_events.queue("inbox")

    with pytest.raises(ClientError, match="FilterPolicy"):
        sns.subscribe(TopicArn=alerts.arn, Protocol="sqs", Endpoint=queue.arn, Attributes={"FilterPolicy": policy})

    alerts.publish("not filtered")
    assert sns.list_subscriptions()["Subscriptions"] == []
    assert queue.messages == []
