"""Topics, subscriptions and policies of a stack do what the calls of SNS and SQS do."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from test_cloudformation import ROLE, function

from pytest_lambda_events import LambdaEvents, NotSimulatedError

ORDERS = "arn:aws:sqs:us-east-1:123456789012:orders"
TOPIC = "arn:aws:sns:us-east-1:123456789012:events"
DEAD = "arn:aws:sqs:us-east-1:123456789012:dead"


@pytest.fixture
def stacks(lambda_events: LambdaEvents) -> Any:
    """CloudFormation."""
    return lambda_events.client("cloudformation")


@pytest.fixture
def sns(lambda_events: LambdaEvents) -> Any:
    """SNS."""
    return lambda_events.client("sns")


@pytest.fixture
def put(stacks: Any) -> Callable[..., None]:
    """Creates the stack `shop` from resources, or updates it."""

    def put(**resources: Any) -> None:
        names = [one["StackName"] for one in stacks.list_stacks()["StackSummaries"]]
        call = stacks.update_stack if "shop" in names else stacks.create_stack
        call(StackName="shop", TemplateBody=json.dumps({"Resources": resources}))

    return put


def resource(resource_type: str, **properties: Any) -> dict[str, Any]:
    return {"Type": resource_type, "Properties": properties}


def subscription(**properties: Any) -> dict[str, Any]:
    given = {"TopicArn": {"Ref": "Topic"}, "Protocol": "sqs", "Endpoint": ORDERS}
    return resource("AWS::SNS::Subscription", **{**given, **properties})


EVENTS = resource("AWS::SNS::Topic", TopicName="events")


def subscriptions(sns: Any) -> list[str]:
    return [one["Endpoint"] for one in sns.list_subscriptions()["Subscriptions"]]


def attributes_of(sns: Any) -> dict[str, str]:
    [one] = sns.list_subscriptions()["Subscriptions"]
    found: dict[str, str] = sns.get_subscription_attributes(SubscriptionArn=one["SubscriptionArn"])["Attributes"]
    del found["SubscriptionArn"]
    return found


# ------------------------------------------------------------------ subscriptions


def test_a_functions_subscription_delivers(lambda_events: LambdaEvents, sns: Any, put: Callable[..., None]) -> None:
    endpoint = {"Fn::GetAtt": ["Charge", "Arn"]}
    put(Topic=EVENTS, Role=ROLE, Charge=function(), Sub=subscription(Protocol="lambda", Endpoint=endpoint))

    sns.publish(TopicArn=TOPIC, Message="paid")
    lambda_events.run_until_idle()

    [attempt] = lambda_events.functions["charge"].attempts
    assert attempt.event["Records"][0]["Sns"]["Message"] == "paid"


ATTRIBUTES: dict[str, Any] = {
    "none": ({}, {}),
    "filter policy": ({"FilterPolicy": {"kind": ["a"]}}, {"FilterPolicy": '{"kind": ["a"]}'}),
    "text": ({"FilterPolicy": '{"kind": ["a"]}'}, {"FilterPolicy": '{"kind": ["a"]}'}),
    "body": (
        {"FilterPolicy": {"order": {"kind": ["a"]}}, "FilterPolicyScope": "MessageBody"},
        {"FilterPolicy": '{"order": {"kind": ["a"]}}', "FilterPolicyScope": "MessageBody"},
    ),
    "raw": ({"RawMessageDelivery": True}, {"RawMessageDelivery": "true"}),
    "raw as text": ({"RawMessageDelivery": "true"}, {"RawMessageDelivery": "true"}),
    "not raw": ({"RawMessageDelivery": False}, {"RawMessageDelivery": "false"}),
    "redrive": (
        {"RedrivePolicy": {"deadLetterTargetArn": DEAD}},
        {"RedrivePolicy": json.dumps({"deadLetterTargetArn": DEAD})},
    ),
}


@pytest.mark.parametrize("kind", ATTRIBUTES)
def test_a_subscription_has_the_attributes_that_subscribe_gives_it(
    lambda_events: LambdaEvents, sns: Any, put: Callable[..., None], kind: str
) -> None:
    in_template, in_call = ATTRIBUTES[kind]
    lambda_events.queue("orders")
    topic = sns.create_topic(Name="events")["TopicArn"]
    arn = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=ORDERS, Attributes=in_call)["SubscriptionArn"]
    expected = attributes_of(sns)
    sns.unsubscribe(SubscriptionArn=arn)

    put(Topic=EVENTS, Sub=subscription(**in_template))

    assert attributes_of(sns) == expected


def test_a_queues_subscription_filters_and_delivers_raw(
    lambda_events: LambdaEvents, sns: Any, put: Callable[..., None]
) -> None:
    orders = lambda_events.queue("orders")
    policy = {"order": {"kind": ["a", {"prefix": "c"}]}}
    put(Topic=EVENTS, Sub=subscription(FilterPolicy=policy, FilterPolicyScope="MessageBody", RawMessageDelivery=True))

    for kind in ("a", "b", "cc", "bc"):
        sns.publish(TopicArn=TOPIC, Message=json.dumps({"order": {"kind": kind}}))

    assert [json.loads(message.body)["order"]["kind"] for message in orders.messages] == ["a", "cc"]


def test_an_update_changes_a_subscription_and_what_is_left_out_goes_back(
    lambda_events: LambdaEvents, sns: Any, put: Callable[..., None]
) -> None:
    orders = lambda_events.queue("orders")
    before = {
        "FilterPolicy": {"order": {"kind": ["a"]}}, "FilterPolicyScope": "MessageBody", "RawMessageDelivery": True,
        "RedrivePolicy": {"deadLetterTargetArn": DEAD},
    }  # fmt: skip
    put(Topic=EVENTS, Sub=subscription(**before))
    [arn] = [one["SubscriptionArn"] for one in sns.list_subscriptions()["Subscriptions"]]

    put(Topic=EVENTS, Sub=subscription())
    sns.publish(TopicArn=TOPIC, Message="b")

    assert [one["SubscriptionArn"] for one in sns.list_subscriptions()["Subscriptions"]] == [arn]
    [message] = orders.messages
    assert json.loads(message.body)["Message"] == "b"


def test_a_subscription_with_another_endpoint_takes_its_place(
    lambda_events: LambdaEvents, sns: Any, put: Callable[..., None]
) -> None:
    lambda_events.queue("orders")
    other = lambda_events.queue("others").arn
    put(Topic=EVENTS, Sub=subscription())

    put(Topic=EVENTS, Sub=subscription(Endpoint=other))

    assert subscriptions(sns) == [other]


def test_a_subscription_that_is_left_out_or_whose_stack_is_deleted_is_gone(
    lambda_events: LambdaEvents, stacks: Any, sns: Any, put: Callable[..., None]
) -> None:
    other = lambda_events.queue("others").arn
    sns.create_topic(Name="events")
    one, two = subscription(TopicArn=TOPIC), subscription(TopicArn=TOPIC, Endpoint=other)
    put(One=one, Two=two)

    put(One=one)
    after_update = subscriptions(sns)
    stacks.delete_stack(StackName="shop")

    assert (after_update, subscriptions(sns)) == ([ORDERS], [])


def test_a_subscription_can_be_to_a_topic_of_another_region(lambda_events: LambdaEvents, put: Callable[..., None]) -> None:
    far = lambda_events.client("sns", region_name="eu-west-1")
    topic = far.create_topic(Name="far")["TopicArn"]

    put(Sub=subscription(TopicArn=topic, Region="eu-west-1"))

    assert subscriptions(far) == [ORDERS]


def test_a_wrong_filter_policy_fails_the_stack_and_leaves_no_subscription(sns: Any, put: Callable[..., None]) -> None:
    with pytest.raises(ClientError, match="does not support nested filter policy"):
        put(Topic=EVENTS, Sub=subscription(FilterPolicy={"order": {"kind": ["a"]}}))

    assert subscriptions(sns) == []


def test_the_replay_of_a_subscription_is_refused_by_name(put: Callable[..., None]) -> None:
    with pytest.raises(NotSimulatedError, match=r"^ReplayPolicy of AWS::SNS::Subscription is not simulated"):
        put(Topic=EVENTS, Sub=subscription(ReplayPolicy={"PointType": "Timestamp"}))


# ------------------------------------------------------------------ topics


def test_a_topic_has_the_subscriptions_that_it_lists(lambda_events: LambdaEvents, sns: Any, put: Callable[..., None]) -> None:
    orders, others = lambda_events.queue("orders"), lambda_events.queue("others")
    listed = [{"Protocol": "sqs", "Endpoint": orders.arn}, {"Protocol": "sqs", "Endpoint": others.arn}]
    put(Topic=resource("AWS::SNS::Topic", TopicName="events", Subscription=listed))
    third = lambda_events.queue("third").arn
    sns.subscribe(TopicArn=TOPIC, Protocol="sqs", Endpoint=third)

    put(Topic=resource("AWS::SNS::Topic", TopicName="events", Subscription=listed[1:], DisplayName="Events"))
    sns.publish(TopicArn=TOPIC, Message="paid")

    assert sorted(subscriptions(sns)) == sorted([others.arn, third])
    assert (len(orders.messages), len(others.messages)) == (0, 1)
    assert sns.get_topic_attributes(TopicArn=TOPIC)["Attributes"]["DisplayName"] == "Events"


def test_an_updated_topic_keeps_its_subscriptions_and_policy(sns: Any, put: Callable[..., None]) -> None:
    put(Topic=resource("AWS::SNS::Topic", TopicName="events", DisplayName="first"), Sub=subscription())
    policy = json.dumps({"Version": "2012-10-17", "Statement": []})
    sns.set_topic_attributes(TopicArn=TOPIC, AttributeName="Policy", AttributeValue=policy)

    put(Topic=EVENTS, Sub=subscription())

    found = sns.get_topic_attributes(TopicArn=TOPIC)["Attributes"]
    assert (found["DisplayName"], json.loads(found["Policy"])["Statement"]) == ("", [])
    assert subscriptions(sns) == [ORDERS]


def test_a_fifo_topic_without_a_name_ends_in_fifo(stacks: Any, sns: Any) -> None:
    topic = resource("AWS::SNS::Topic", FifoTopic="true", ContentBasedDeduplication=True, Tags=[{"Key": "a", "Value": 1}])
    outputs = {name: {"Value": {"Fn::GetAtt": ["Topic", name]}} for name in ("TopicName", "TopicArn")}
    stacks.create_stack(StackName="shop", TemplateBody=json.dumps({"Resources": {"Topic": topic}, "Outputs": outputs}))

    [found] = sns.list_topics()["Topics"]
    [stack] = stacks.describe_stacks(StackName="shop")["Stacks"]
    values = {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]}
    assert values == {"TopicArn": found["TopicArn"], "TopicName": found["TopicArn"].rpartition(":")[2]}
    attributes = sns.get_topic_attributes(TopicArn=found["TopicArn"])["Attributes"]
    assert values["TopicName"].endswith(".fifo")
    assert (attributes["FifoTopic"], attributes["ContentBasedDeduplication"]) == ("true", "true")
    assert sns.list_tags_for_resource(ResourceArn=found["TopicArn"])["Tags"] == [{"Key": "a", "Value": "1"}]


# ------------------------------------------------------------------ policies


def document(resource_arn: Any, action: str) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": "*", "Action": action, "Resource": resource_arn}
    return {"Version": "2012-10-17", "Statement": [statement]}


def test_policies_of_queues_and_topics_are_in_force_changed_and_removed(
    lambda_events: LambdaEvents, stacks: Any, sns: Any, put: Callable[..., None]
) -> None:
    sqs, url = lambda_events.client("sqs"), lambda_events.queue("orders").url
    default = sns.get_topic_attributes(TopicArn=sns.create_topic(Name="events")["TopicArn"])["Attributes"]["Policy"]

    def policies() -> list[Any]:
        queue = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"]).get("Attributes", {})
        topic = sns.get_topic_attributes(TopicArn=TOPIC)["Attributes"]
        return [json.loads(found["Policy"]) if "Policy" in found else None for found in (queue, topic)]

    found = []
    for suffix in ("SendMessage", "Publish"):
        queue_policy, topic_policy = document(ORDERS, f"sqs:{suffix}"), document(TOPIC, f"sns:{suffix}")
        put(
            OfQueue=resource("AWS::SQS::QueuePolicy", Queues=[url], PolicyDocument=queue_policy),
            OfTopic=resource("AWS::SNS::TopicPolicy", Topics=[TOPIC], PolicyDocument=topic_policy),
        )
        found.append(policies() == [queue_policy, topic_policy])
    stacks.delete_stack(StackName="shop")

    assert found == [True, True]
    assert policies() == [None, json.loads(default)]
