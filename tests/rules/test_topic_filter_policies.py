"""Which filter policies subscriptions may have, and how SNS shows them (PSH-40, 41, 4M, 4N)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from pytest_lambda_events import LambdaEvents, Queue, Topic

BODY = "MessageBody"


def texts(queue: Queue) -> list[str]:
    return [message.json["Message"] for message in queue.messages]


def subscribed(sns: Any, topic: Topic, queue: Queue, **attributes: str) -> str:
    answer = sns.subscribe(TopicArn=topic.arn, Protocol="sqs", Endpoint=queue.arn, Attributes=attributes)
    return str(answer["SubscriptionArn"])


@pytest.mark.rule("PSH-41")
def test_a_policy_reads_back_compact_with_its_scope(sns: Any, topic: Topic, queue: Queue) -> None:
    arn = subscribed(sns, topic, queue, FilterPolicy='{ "b": ["é"], "a": [1] }')

    attributes = sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]

    assert attributes["FilterPolicy"] == '{"b":["é"],"a":[1]}'
    assert attributes["FilterPolicyScope"] == "MessageAttributes"


@pytest.mark.rule("PSH-41")
@pytest.mark.parametrize("operation", ["Subscribe", "SetSubscriptionAttributes"])
def test_an_empty_policy_filters_nothing_and_is_not_shown(sns: Any, topic: Topic, queue: Queue, operation: str) -> None:
    if operation == "Subscribe":
        arn = subscribed(sns, topic, queue, FilterPolicy="{}", FilterPolicyScope=BODY)
    else:
        arn = subscribed(sns, topic, queue, FilterPolicy='{"a": ["x"]}')
        sns.set_subscription_attributes(SubscriptionArn=arn, AttributeName="FilterPolicy", AttributeValue="{}")

    topic.publish("m")

    attributes = sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
    assert texts(queue) == ["m"]
    assert not {"FilterPolicy", "FilterPolicyScope"} & attributes.keys()


@pytest.mark.rule("PSH-40")
def test_another_scope_is_refused(sns: Any, topic: Topic, queue: Queue) -> None:
    with pytest.raises(ClientError) as refusal:
        subscribed(sns, topic, queue, FilterPolicyScope="Message")

    assert refusal.value.response["Error"]["Message"] == (
        "Invalid parameter: FilterPolicyScope. Please use either MessageBody or MessageAttributes"
    )


@pytest.mark.rule("PSH-40")
def test_a_scope_that_is_set_after_the_policy_counts(sns: Any, topic: Topic, queue: Queue) -> None:
    arn = subscribed(sns, topic, queue, FilterPolicy='{"a": ["x"]}')
    sns.set_subscription_attributes(SubscriptionArn=arn, AttributeName="FilterPolicyScope", AttributeValue=BODY)

    topic.publish({"a": "x"})
    topic.publish({"a": "y"}, message_attributes={"a": "x"})

    assert texts(queue) == ['{"a": "x"}']


def keys(count: int) -> dict[str, list[str]]:
    return {f"k{index}": ["x"] for index in range(count)}


REFUSED: dict[str, tuple[Any, str]] = {
    "no JSON": ("{invalid", "FilterPolicy: failed to parse JSON. "),
    "a list": (["x"], "FilterPolicy: Filter is not an object"),
    "a text": ({"v": "x"}, 'FilterPolicy: "v" must be an object or an array'),
    "an empty list": ({"v": []}, "FilterPolicy: Empty arrays are not allowed"),
    "nested": ({"v": {"w": ["x"]}}, "Filter policy scope MessageAttributes does not support nested filter policy"),
    "a bound": ({"v": [{"numeric": [">", 1, "<="]}]}, "FilterPolicy: Value of <= must be numeric"),
    "an upper bound": ({"v": [{"numeric": ["<", 1, ">", 0]}]}, "FilterPolicy: Too many elements in numeric expression"),
    "a range": ({"v": [{"numeric": [">", 1, "<", 1]}]}, "FilterPolicy: Bottom must be less than top"),
    "an operator": ({"v": [{"foo": "x"}]}, "FilterPolicy: Unrecognized match type foo"),
    "exists": ({"v": [{"exists": "true"}]}, "FilterPolicy: exists match pattern must be either true or false."),
    "one branch": ({"$or": [{"v": ["x"]}]}, "FilterPolicy: There must have at least 2 Objects in $or relationship."),
    "a branch": ({"$or": [{"v": ["x"]}, 1]}, "FilterPolicy: Only JSON object is allowed in array of $or relationship."),
    "a list in a list": ({"v": [["x"]]}, "FilterPolicy: Match value must be String, number, true, false, or null"),
    "a number above a billion": ({"v": [1_000_000_000.1]}, "FilterPolicy: Value must be between "),
    "six places": ({"v": [0.000001]}, "FilterPolicy: Value must be between "),
    "four stars": ({"v": [{"wildcard": "a*b*c*d*e"}]}, "FilterPolicy: wildcard match pattern can not have more than 3 "),
    "a range without a mask": ({"v": [{"cidr": "10.0.0.1"}]}, "FilterPolicy: Malformed CIDR, one '/' required"),
    "six keys": (keys(6), "FilterPolicy: Filter policy can not have more than 5 keys"),
    "six keys in branches": (
        {**keys(4), "$or": [{"v": ["x"]}, {"v": ["y"]}]}, "FilterPolicy: Filter policy can not have more than 5 keys",
    ),
    "151 values": ({"v": list(range(151))}, "FilterPolicy: Filter policy is too complex"),
    "153 values": (
        {"a": [1, 2, 3], "$or": [{"b": list(range(25))}, {"c": list(range(26))}]},
        "FilterPolicy: Filter policy is too complex",
    ),
}  # fmt: skip


@pytest.mark.rule("PSH-4L", "PSH-4M", "PSH-4N", "PSH-48", "PSH-4I")
@pytest.mark.parametrize("name", REFUSED)
def test_an_invalid_policy_is_refused_with_the_text_of_sns(sns: Any, topic: Topic, queue: Queue, name: str) -> None:
    policy, text = REFUSED[name]
    value = policy if isinstance(policy, str) else json.dumps(policy)

    with pytest.raises(ClientError) as refused:
        subscribed(sns, topic, queue, FilterPolicy=value)
    nothing = sns.list_subscriptions()["Subscriptions"]
    arn = subscribed(sns, topic, queue)
    with pytest.raises(ClientError) as unset:
        sns.set_subscription_attributes(SubscriptionArn=arn, AttributeName="FilterPolicy", AttributeValue=value)

    assert nothing == []
    assert refused.value.response["Error"]["Code"] == unset.value.response["Error"]["Code"] == "InvalidParameter"
    assert refused.value.response["Error"]["Message"].startswith(f"Invalid parameter: Attributes Reason: {text}")
    assert unset.value.response["Error"]["Message"].startswith(f"Invalid parameter: {text}")


@pytest.mark.rule("PSH-4M", "PSH-48")
@pytest.mark.parametrize(
    "policy",
    [
        {**keys(3), "$or": [{"v": ["x"]}, {"v": ["y"]}]},
        {"v": list(range(150))},
        {"a": [1, 2, 3], "$or": [{"b": list(range(25))}, {"c": list(range(25))}]},
        {"v": [1_000_000_000, -1_000_000_000, 0.00001]},
    ],
    ids=["five keys", "150 values", "branches are added", "numbers"],
)
def test_a_policy_at_its_limits_is_accepted(sns: Any, topic: Topic, queue: Queue, policy: dict[str, Any]) -> None:
    assert subscribed(sns, topic, queue, FilterPolicy=json.dumps(policy))


@pytest.mark.rule("PSH-4M")
@pytest.mark.parametrize(("count", "is_accepted"), [(25, True), (26, False)])
def test_values_of_a_nested_key_count_as_often_as_it_is_deep(
    sns: Any, topic: Topic, queue: Queue, count: int, *, is_accepted: bool
) -> None:
    policy = json.dumps({"a": {"b": {"c": list(range(count))}}, "d": [1, 2]})

    if is_accepted:
        subscribed(sns, topic, queue, FilterPolicy=policy, FilterPolicyScope=BODY)
    else:
        with pytest.raises(ClientError, match="Filter policy is too complex"):
            subscribed(sns, topic, queue, FilterPolicy=policy, FilterPolicyScope=BODY)

    assert len(sns.list_subscriptions()["Subscriptions"]) == is_accepted


@pytest.mark.rule("PSH-4M")
def test_a_topic_has_at_most_200_filter_policies(lambda_events: LambdaEvents, sns: Any, topic: Topic) -> None:
    policy = '{"v":["x"]}'
    for number in range(200):
        arn = f"arn:aws:sqs:us-east-1:123456789012:queue-{number}"
        sns.subscribe(TopicArn=topic.arn, Protocol="sqs", Endpoint=arn, Attributes={"FilterPolicy": policy})

    with pytest.raises(ClientError) as refusal:
        topic.subscribe(lambda_events.queue("last"), filter_policy={"v": ["x"]})

    assert refusal.value.response["Error"]["Code"] == "FilterPolicyLimitExceeded"
    assert refusal.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
    assert len(topic_subscriptions(sns, topic)) == 200


def topic_subscriptions(sns: Any, topic: Topic) -> list[Any]:
    pages = sns.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic.arn)
    return [one for page in pages for one in page["Subscriptions"]]
