"""FIFO topics through boto3: duplicates, order, and what they deliver to."""

from __future__ import annotations

import hashlib
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


@pytest.mark.rule("PSH-83", "PSH-87")
@pytest.mark.scenario("PSH S27")
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


@pytest.mark.rule("PSH-84")
def test_equal_messages_are_duplicates_of_a_topic_that_compares_them(sns: Any, lambda_events: LambdaEvents) -> None:
    arn, queue = topic(sns, ContentBasedDeduplication="true"), lambda_events.queue("inbox.fifo")
    sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=queue.arn, Attributes={"RawMessageDelivery": "true"})

    entries = [{"Id": str(place), "Message": body, "MessageGroupId": "a"} for place, body in enumerate("121")]
    answer = sns.publish_batch(TopicArn=arn, PublishBatchRequestEntries=entries)

    assert [message.body for message in queue.messages] == ["1", "2"]
    numbers = [sent["SequenceNumber"] for sent in answer["Successful"]]
    assert (numbers[0], len(numbers[0])) == (numbers[2], 20)
    assert numbers[1] > numbers[0]


@pytest.mark.rule("PSH-80")
@pytest.mark.scenario("PSH S26")
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


# ------------------------------------------------------------------------ topics and ids


def refusal_of(call: Any, **parameters: Any) -> str:
    with pytest.raises(ClientError) as refusal:
        call(**parameters)
    assert refusal.value.response["Error"]["Code"] == "InvalidParameter"
    return str(refusal.value.response["Error"]["Message"])


@pytest.mark.rule("PSH-81")
@pytest.mark.parametrize(
    ("name", "attributes"), [("orders", {"FifoTopic": "true"}), ("orders.fifo", {}), ("orders.fifo", {"FifoTopic": "false"})]
)
def test_a_fifo_topic_needs_the_name_and_the_attribute(sns: Any, name: str, attributes: dict[str, str]) -> None:
    assert refusal_of(sns.create_topic, Name=name, Attributes=attributes) == "Invalid parameter: Topic Name"


@pytest.mark.rule("PSH-81")
def test_the_flag_of_a_fifo_topic_has_any_case_and_does_not_change(sns: Any) -> None:
    arn = sns.create_topic(Name="orders.fifo", Attributes={"FifoTopic": "TRUE"})["TopicArn"]

    message = refusal_of(sns.set_topic_attributes, TopicArn=arn, AttributeName="FifoTopic", AttributeValue="false")

    assert message == "Invalid parameter: FifoTopic: Modifying topic type is not supported"
    assert sns.get_topic_attributes(TopicArn=arn)["Attributes"]["FifoTopic"] == "true"


@pytest.mark.rule("PSH-81")
@pytest.mark.parametrize("name", ["ContentBasedDeduplication", "FifoThroughputScope"])
def test_a_standard_topic_has_no_attributes_of_fifo_topics(sns: Any, lambda_events: LambdaEvents, name: str) -> None:
    standard = lambda_events.topic("orders")

    message = refusal_of(sns.set_topic_attributes, TopicArn=standard.arn, AttributeName=name, AttributeValue="true")

    assert message == "Invalid parameter: AttributeName"
    assert refusal_of(sns.create_topic, Name="new", Attributes={name: "true"}) == message


@pytest.mark.rule("PSH-82")
def test_a_message_needs_a_group_and_an_id(sns: Any) -> None:
    arn = topic(sns)

    assert refusal_of(sns.publish, TopicArn=arn, Message="1", MessageDeduplicationId="1") == (
        "Invalid parameter: The MessageGroupId parameter is required for FIFO topics"
    )
    assert refusal_of(sns.publish, TopicArn=arn, Message="1", MessageGroupId="a") == (
        "Invalid parameter: The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided "
        "explicitly"
    )


@pytest.mark.rule("PSH-83")
def test_a_duplicate_does_not_extend_the_five_minutes(sns: Any, lambda_events: LambdaEvents) -> None:
    arn, ids = topic(sns), {"MessageGroupId": "a", "MessageDeduplicationId": "same"}
    sent = []

    for _ in range(3):
        sent.append(sns.publish(TopicArn=arn, Message="1", **ids)["MessageId"])
        lambda_events.advance(150)

    assert (sent[0] == sent[1], sent[0] == sent[2]) == (True, False)


@pytest.mark.rule("PSH-84")
def test_an_explicit_id_wins_and_can_equal_a_hash(sns: Any) -> None:
    arn = topic(sns, ContentBasedDeduplication="true")
    publish = {"TopicArn": arn, "MessageGroupId": "a"}

    first = sns.publish(**publish, Message="1")
    other = sns.publish(**publish, Message="1", MessageDeduplicationId="other")
    same = sns.publish(**publish, Message="2", MessageDeduplicationId=hashlib.sha256(b"1").hexdigest())
    without = sns.publish(
        **publish, Message="1", Subject="s", MessageAttributes={"a": {"DataType": "Number", "StringValue": "1"}}
    )

    assert first["MessageId"] != other["MessageId"]
    assert first["MessageId"] == same["MessageId"] == without["MessageId"]


@pytest.mark.rule("PSH-85")
@pytest.mark.scenario("PSH S28")
@pytest.mark.parametrize(
    ("scope", "count"), [({}, 1), ({"FifoThroughputScope": "Topic"}, 1), ({"FifoThroughputScope": "MessageGroup"}, 2)]
)
def test_the_scope_decides_whether_groups_share_ids(
    sns: Any, lambda_events: LambdaEvents, scope: dict[str, str], count: int
) -> None:
    arn, queue = topic(sns, **scope), lambda_events.queue("inbox")
    sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=queue.arn)

    for group in "ab":
        sns.publish(TopicArn=arn, Message="m", MessageGroupId=group, MessageDeduplicationId="same")

    attributes = sns.get_topic_attributes(TopicArn=arn)["Attributes"]
    assert len(queue.messages) == count
    assert attributes.get("FifoThroughputScope") == scope.get("FifoThroughputScope")


@pytest.mark.rule("PSH-85")
def test_the_scope_changes_only_to_groups(sns: Any) -> None:
    arn = topic(sns, FifoThroughputScope="Topic")
    change = {"TopicArn": arn, "AttributeName": "FifoThroughputScope"}

    sns.set_topic_attributes(**change, AttributeValue="MessageGroup")

    assert refusal_of(sns.set_topic_attributes, **change, AttributeValue="Topic") == (
        "Invalid parameter: Modifying FifoThroughputScope from MessageGroup to Topic is not supported"
    )
    assert refusal_of(sns.set_topic_attributes, **change, AttributeValue="bad") == (
        "Invalid parameter: Invalid FifoThroughputScope: bad"
    )


@pytest.mark.rule("PSH-86")
def test_a_filtered_message_blocks_its_id(sns: Any, lambda_events: LambdaEvents) -> None:
    arn, queue = topic(sns), lambda_events.queue("inbox.fifo")
    policy = {"FilterPolicy": '{"kind": ["paid"]}'}
    sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=queue.arn, Attributes=policy)
    ids = {"MessageGroupId": "a", "MessageDeduplicationId": "same"}

    for kind in ("new", "paid"):
        attributes = {"kind": {"DataType": "String", "StringValue": kind}}
        sns.publish(TopicArn=arn, Message=kind, MessageAttributes=attributes, **ids)

    assert queue.messages == []


@pytest.mark.rule("PSH-87")
def test_each_topic_counts_its_messages_in_thousands(sns: Any, lambda_events: LambdaEvents) -> None:
    arns = [lambda_events.topic(f"{name}.fifo", content_based_deduplication=True).arn for name in ("a", "b")]

    sent = [sns.publish(TopicArn=arn, Message=text, MessageGroupId="g") for arn in arns for text in "12"]

    assert [answer["SequenceNumber"] for answer in sent] == ["10000000000000000000", "10000000000000001000"] * 2


@pytest.mark.rule("PSH-88", "PSH-1C")
@pytest.mark.parametrize("structure", [None, "json"])
def test_the_envelope_of_a_fifo_topic_is_not_signed(sns: Any, lambda_events: LambdaEvents, structure: str | None) -> None:
    orders, queue = lambda_events.topic("orders.fifo"), lambda_events.queue("inbox.fifo")
    orders.subscribe(queue)

    orders.publish(
        {"default": "m"}, subject="s", message_attributes={"a": 1}, message_structure=structure, message_group_id="g",
        message_deduplication_id="1",
    )  # fmt: skip

    [message] = queue.messages
    assert list(message.json) == [
        "Type", "MessageId", *(["SequenceNumber"] if structure is None else []), "TopicArn", "Subject", "Message", "Timestamp",
        "UnsubscribeURL", "MessageAttributes",
    ]  # fmt: skip


@pytest.mark.rule("PSH-89")
def test_only_a_fifo_queue_gets_the_ids_and_its_own_sequence_number(sns: Any, lambda_events: LambdaEvents) -> None:
    orders = lambda_events.topic("orders.fifo", content_based_deduplication=True)
    fifo, standard = lambda_events.queue("inbox.fifo"), lambda_events.queue("inbox")
    orders.subscribe(fifo)
    orders.subscribe(standard)

    orders.publish("m", message_group_id="g")

    [ordered], [plain] = fifo.messages, standard.messages
    assert ordered.attributes["MessageGroupId"] == "g"
    assert ordered.attributes["MessageDeduplicationId"] == hashlib.sha256(b"m").hexdigest()
    assert ordered.attributes["SequenceNumber"] != ordered.json["SequenceNumber"]
    assert not {"MessageGroupId", "MessageDeduplicationId"} & plain.attributes.keys()


@pytest.mark.rule("PSH-8B")
def test_the_dead_letter_queue_of_a_fifo_queue_is_fifo(sns: Any, lambda_events: LambdaEvents) -> None:
    orders, queue = lambda_events.topic("orders.fifo"), lambda_events.queue("inbox.fifo")
    lost, lost_fifo = lambda_events.queue("lost"), lambda_events.queue("lost.fifo")

    with pytest.raises(ClientError, match="RedrivePolicy: must use a FIFO queue as DLQ"):
        orders.subscribe(queue, dead_letter_queue=lost)
    orders.subscribe(queue, dead_letter_queue=lost_fifo)
    queue.delete()
    orders.publish("m", message_group_id="g", message_deduplication_id="1")

    assert [message.attributes["MessageGroupId"] for message in lost_fifo.messages] == ["g"]
