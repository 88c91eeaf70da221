"""Which messages topics accept, alone and in a batch (PSH-90 to 9D, PSH-98, PSH-99)."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from pytest_lambda_events import LambdaEvents, Queue, Topic

LIMIT = 262_144
VALUE = "ParameterValueInvalid"


@pytest.fixture
def queue(queue: Queue, topic: Topic) -> Queue:
    """A queue that subscribes to the topic."""
    topic.subscribe(queue)
    return queue


def error(refusal: pytest.ExceptionInfo[ClientError]) -> tuple[str, str]:
    found = refusal.value.response["Error"]
    assert refusal.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    return found["Code"], found["Message"]


def string(value: str, kind: str = "String") -> dict[str, str]:
    return {"DataType": kind, "StringValue": value}


def texts(queue: Queue) -> list[str]:
    return [message.json["Message"] for message in queue.messages]


REFUSED: dict[str, list[tuple[dict[str, Any], str]]] = {
    "PSH-91": [({"Message": ""}, "Empty message")],
    "PSH-92": [
        ({"Subject": ""}, "Subject"),
        ({"Subject": "x" * 101}, "Subject"),
        ({"Subject": "\U0001f600" * 51}, "Subject"),
        ({"Subject": "two\nlines"}, "Subject"),
    ],
    "PSH-97": [
        (
            {"MessageAttributes": {"mood": string("\U0001f600")}},
            "Invalid attribute value was passed in for message attribute mood",
        )
    ],
    "PSH-98": [
        ({"MessageStructure": "xml"}, "MessageStructure"),
        ({"MessageStructure": "json"}, "Message Structure - JSON message body failed to parse"),
        (
            {"MessageStructure": "json", "Message": '{"lambda": "x"}'},
            "Message Structure - No default entry in JSON message body",
        ),
    ],
    "PSH-99": [
        (
            {"MessageStructure": "json", "Message": '{"default": {"a": 1}}'},
            "Message Structure - No default entry in JSON message body",
        )
    ],
    "PSH-9C": [
        (
            {"MessageDeduplicationId": "1"},
            (
                "MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter that is not valid for "
                "this topic type"
            ),
        )
    ],
    "PSH-9D": [
        (
            {"MessageGroupId": group},
            "The MessageGroupId parameter can only include alphanumeric and punctuation characters. 1 to 128 in length",
        )
        for group in ("a b", "é", "x" * 129)
    ],
}


@pytest.mark.rule("PSH-91", "PSH-92", "PSH-97", "PSH-98", "PSH-99", "PSH-9C", "PSH-9D")
@pytest.mark.parametrize(
    ("members", "reason"),
    [pytest.param(*case, id=f"{rule} {index}") for rule, cases in REFUSED.items() for index, case in enumerate(cases)],
)
def test_an_invalid_message_is_refused(sns: Any, topic: Topic, queue: Queue, members: dict[str, Any], reason: str) -> None:
    with pytest.raises(ClientError) as refusal:
        sns.publish(**{"TopicArn": topic.arn, "Message": "m", **members})

    assert error(refusal) == ("InvalidParameter", f"Invalid parameter: {reason}")
    assert queue.messages == []


ACCEPTED: dict[str, list[dict[str, Any]]] = {
    "PSH-92": [{"Subject": "x" * 100}, {"Subject": "\U0001f600" * 50}, {"Subject": "é"}],
    "PSH-93": [{"MessageAttributes": {"a" * 256: string("x"), "A-b_c.9": string("x"), "AWSome": string("x")}}],
    "PSH-95": [
        {"MessageAttributes": {f"n{index}": string(value, "Number") for index, value in enumerate(values)}}
        for values in [("0001.23000", ".5", "-1e126", "1e-128", "9" * 38)]
    ],
    "PSH-96": [{"MessageAttributes": {"tags": string("not-json", "String.Array")}}],
    "PSH-97": [{"Message": "\U0001f600", "Subject": "\U0001f600"}],
    "PSH-9C": [{"MessageGroupId": "customer-1"}],
    "PSH-9D": [{"MessageGroupId": "!" + "x" * 127}],
}


@pytest.mark.rule("PSH-92", "PSH-93", "PSH-95", "PSH-96", "PSH-97", "PSH-9C", "PSH-9D")
@pytest.mark.parametrize(
    "members",
    [pytest.param(case, id=f"{rule} {index}") for rule, cases in ACCEPTED.items() for index, case in enumerate(cases)],
)
def test_a_valid_message_is_delivered_as_it_was_published(
    sns: Any, topic: Topic, queue: Queue, members: dict[str, Any]
) -> None:
    sns.publish(**{"TopicArn": topic.arn, "Message": "m", **members})

    [message] = queue.messages
    attributes = {name: one["StringValue"] for name, one in members.get("MessageAttributes", {}).items()}
    assert message.json["Message"] == members.get("Message", "m")
    assert message.json.get("Subject") == members.get("Subject")
    assert {name: one["Value"] for name, one in message.json.get("MessageAttributes", {}).items()} == attributes


NAMES = [".a", "a.", "a..b", "a b", "é", "AWS.a", "aws.a", "Amazon.a", "a" * 257]


@pytest.mark.rule("PSH-93")
@pytest.mark.parametrize("name", NAMES)
def test_an_invalid_attribute_name_is_refused(sns: Any, topic: Topic, name: str) -> None:
    with pytest.raises(ClientError) as refusal:
        sns.publish(TopicArn=topic.arn, Message="m", MessageAttributes={name: string("x")})

    assert error(refusal)[0] == VALUE


@pytest.mark.rule("PSH-94")
@pytest.mark.parametrize(
    "attribute",
    [
        string("x", "string"),
        string("x", "String.custom"),
        string("1", "Number.int"),
        string("x", ""),
        string(""),
        {"DataType": "Binary", "BinaryValue": b""},
        {"DataType": "Binary", "StringValue": "x"},
        {"DataType": "String"},
    ],
    ids=str,
)
def test_an_invalid_attribute_type_or_an_empty_value_is_refused(sns: Any, topic: Topic, attribute: Any) -> None:
    with pytest.raises(ClientError) as refusal:
        sns.publish(TopicArn=topic.arn, Message="m", MessageAttributes={"a": attribute})

    assert error(refusal)[0] == VALUE


@pytest.mark.rule("PSH-95")
@pytest.mark.parametrize("value", ["x", "1_000", "NaN", "1e127", "1e-129", "9" * 39, " 5"])
def test_an_invalid_number_is_refused(sns: Any, topic: Topic, value: str) -> None:
    with pytest.raises(ClientError) as refusal:
        sns.publish(TopicArn=topic.arn, Message="m", MessageAttributes={"size": string(value, "Number")})

    assert error(refusal) == (VALUE, "Could not cast message attribute 'size' value to number.")


@pytest.mark.rule("PSH-99")
@pytest.mark.parametrize(
    ("message", "text"),
    [
        ('{"default": "first", "default": "last"}', "last"),
        ('{"default": 1.50}', "1.50"),
        ('{"default": true}', "true"),
        ('{"default": null}', "null"),
        ('{"default": "d", "sqs": 5}', "d"),
        ('{"default": "d", "sqs": {"a": 1}}', "d"),
    ],
)
def test_a_structured_message_has_a_text_for_the_protocol(topic: Topic, queue: Queue, message: str, text: str) -> None:
    topic.publish(message, message_structure="json")

    assert texts(queue) == [text]


@pytest.mark.rule("PSH-90")
@pytest.mark.parametrize(("spare", "is_accepted"), [(0, True), (-1, False)], ids=["at the limit", "above"])
def test_the_size_counts_the_body_and_the_attributes_but_not_the_subject(
    sns: Any, topic: Topic, queue: Queue, spare: int, *, is_accepted: bool
) -> None:
    size = LIMIT - len("kindStringé".encode()) - spare - len("é".encode())
    message = {"TopicArn": topic.arn, "Message": "é" + "x" * size, "Subject": "Order"}

    if is_accepted:
        sns.publish(**message, MessageAttributes={"kind": string("é")})
    else:
        with pytest.raises(ClientError) as refusal:
            sns.publish(**message, MessageAttributes={"kind": string("é")})
        assert error(refusal) == ("InvalidParameter", "Invalid parameter: Message too long")

    assert len(topic.messages) == is_accepted


@pytest.mark.rule("PSH-90", "PSH-70")
@pytest.mark.parametrize("maximum", [1_024, 1_048_576])
def test_a_topic_can_have_another_maximum(sns: Any, topic: Topic, maximum: int) -> None:
    sns.set_topic_attributes(TopicArn=topic.arn, AttributeName="MaximumMessageSize", AttributeValue=str(maximum))

    topic.publish("x" * maximum)
    with pytest.raises(ClientError, match="Message too long"):
        topic.publish("x" * (maximum + 1))

    assert sns.get_topic_attributes(TopicArn=topic.arn)["Attributes"]["MaximumMessageSize"] == str(maximum)


@pytest.mark.rule("PSH-90")
@pytest.mark.parametrize("maximum", ["1023", "1048577", "many"])
def test_a_maximum_out_of_range_is_refused(sns: Any, topic: Topic, maximum: str) -> None:
    with pytest.raises(ClientError, match="InvalidParameter"):
        sns.set_topic_attributes(TopicArn=topic.arn, AttributeName="MaximumMessageSize", AttributeValue=maximum)


@pytest.mark.rule("PSH-90")
def test_a_topic_for_large_messages_has_no_subscriptions_of_people(sns: Any, topic: Topic, queue: Queue) -> None:
    def set_maximum(maximum: int) -> None:
        sns.set_topic_attributes(TopicArn=topic.arn, AttributeName="MaximumMessageSize", AttributeValue=str(maximum))

    person = sns.subscribe(TopicArn=topic.arn, Protocol="email", Endpoint="a@example.com", ReturnSubscriptionArn=True)
    set_maximum(LIMIT)
    with pytest.raises(ClientError, match="MaximumMessageSize"):
        set_maximum(LIMIT + 1)
    sns.unsubscribe(SubscriptionArn=person["SubscriptionArn"])
    set_maximum(LIMIT + 1)
    with pytest.raises(ClientError, match="MaximumMessageSize"):
        sns.subscribe(TopicArn=topic.arn, Protocol="email", Endpoint="a@example.com")

    topic.publish("x" * (LIMIT + 1))
    assert len(queue.messages) == 1


@pytest.mark.rule("PSH-9F")
@pytest.mark.parametrize("name", ["Nothing", "displayName", "ArchivePolicy", "LambdaSuccessRoleArn"])
def test_an_unknown_attribute_of_a_topic_is_refused(sns: Any, topic: Topic, name: str) -> None:
    with pytest.raises(ClientError) as changed:
        sns.set_topic_attributes(TopicArn=topic.arn, AttributeName=name, AttributeValue="{}")
    with pytest.raises(ClientError) as created:
        sns.create_topic(Name="other", Attributes={name: "{}"})

    assert error(changed) == error(created) == ("InvalidParameter", "Invalid parameter: AttributeName")


@pytest.mark.rule("PSH-9E")
@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ({}, "TopicArn or TargetArn Reason: no value for required parameter"),
        ({"TopicArn": "orders"}, "TopicArn Reason: An ARN must have at least 6 elements, not 1"),
        ({"TargetArn": "arn:aws:sns"}, "TargetArn Reason: An ARN must have at least 6 elements, not 3"),
    ],
)
def test_a_target_that_is_not_an_arn_is_refused(sns: Any, target: dict[str, str], reason: str) -> None:
    with pytest.raises(ClientError) as refusal:
        sns.publish(**target, Message="m")

    assert error(refusal) == ("InvalidParameter", f"Invalid parameter: {reason}")


# ------------------------------------------------------------------------------ batches


def entry(number: int, message: str = "m", **members: Any) -> dict[str, Any]:
    return {"Id": str(number), "Message": message, **members}


BATCHES: dict[str, tuple[list[dict[str, Any]], str]] = {
    "no entries": ([], "EmptyBatchRequest"),
    "eleven entries": ([entry(number) for number in range(11)], "TooManyEntriesInBatchRequest"),
    "an id with a blank": ([entry(1, Id="a b")], "InvalidBatchEntryId"),
    "a long id": ([entry(1, Id="a" * 81)], "InvalidBatchEntryId"),
    "equal ids": ([entry(1), entry(1)], "BatchEntryIdsNotDistinct"),
    "a large batch": ([entry(1, "x" * LIMIT), entry(2)], "BatchRequestTooLong"),
    "a bad attribute": ([entry(1), entry(2, MessageAttributes={"a": string("x", "Text")})], VALUE),
}


@pytest.mark.rule("PSH-9A", "PSH-9B")
@pytest.mark.parametrize("name", BATCHES)
def test_an_invalid_batch_is_refused_as_a_whole(sns: Any, topic: Topic, name: str) -> None:
    entries, code = BATCHES[name]

    with pytest.raises(ClientError) as refusal:
        sns.publish_batch(TopicArn=topic.arn, PublishBatchRequestEntries=entries)

    assert error(refusal)[0] == code
    assert topic.messages == []


@pytest.mark.rule("PSH-9B")
def test_invalid_entries_of_a_batch_fail_alone(sns: Any, topic: Topic, queue: Queue) -> None:
    entries = [
        entry(1),
        entry(2, ""),
        entry(3, Subject="\n"),
        entry(4, "{}", MessageStructure="json"),
        entry(5, MessageGroupId="a b"),
    ]

    answer = sns.publish_batch(TopicArn=topic.arn, PublishBatchRequestEntries=entries)

    assert [sent["Id"] for sent in answer["Successful"]] == ["1"]
    assert {(failed["Id"], failed["Code"], failed["SenderFault"]) for failed in answer["Failed"]} == {
        (number, "InvalidParameter", True) for number in "2345"
    }
    assert answer["Failed"][0]["Message"] == "Invalid parameter: Empty message"
    assert len(queue.messages) == 1


@pytest.mark.rule("PSH-9B", "PSH-82")
def test_an_invalid_entry_fails_the_whole_batch_of_a_fifo_topic(lambda_events: LambdaEvents, sns: Any) -> None:
    fifo = lambda_events.topic("orders.fifo", content_based_deduplication=True)

    with pytest.raises(ClientError) as refusal:
        sns.publish_batch(TopicArn=fifo.arn, PublishBatchRequestEntries=[entry(1, MessageGroupId="a"), entry(2)])

    assert error(refusal) == (
        "InvalidParameter", "Invalid parameter: The MessageGroupId parameter is required for FIFO topics",
    )  # fmt: skip
    assert fifo.messages == []
