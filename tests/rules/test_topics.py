"""What topics deliver to functions and queues (PSH-10 to 29, PSH-1A to 1J)."""

from __future__ import annotations

import base64
import json
import urllib.request
from typing import Any

import pytest
import requests
from botocore.exceptions import ClientError
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from notified import notified

from pytest_lambda_events import Function, LambdaEvents, NotSimulatedError, Queue, Topic

PLACE = "us-east-1:123456789012"
ATTRIBUTES = {
    "number": {"DataType": "Number", "StringValue": "0001.23000"},
    "binary": {"DataType": "Binary", "BinaryValue": b"\x00\x01\x02\xff"},
    "array": {"DataType": "String.Array", "StringValue": '["a"]'},
    "text": {"DataType": "String", "StringValue": "é"},
}


# ------------------------------------------------------------------------------ functions


@pytest.mark.rule("PSH-14", "PSH-22")
@pytest.mark.scenario("PSH S14")
def test_numbers_and_arrays_arrive_as_strings_and_bytes_as_base64(
    lambda_events: LambdaEvents, sns: Any, topic: Topic, function: Function
) -> None:
    topic.subscribe(function)

    sns.publish(TopicArn=topic.arn, Message="m", MessageAttributes=ATTRIBUTES)

    [sent] = notified(lambda_events, function)
    assert sent["MessageAttributes"] == {
        "number": {"Type": "String", "Value": "0001.23000"},
        "binary": {"Type": "Binary", "Value": "AAEC/w=="},
        "array": {"Type": "String", "Value": '["a"]'},
        "text": {"Type": "String", "Value": "é"},
    }


@pytest.mark.rule("PSH-10")
def test_each_entry_of_a_batch_invokes_the_function_once(
    lambda_events: LambdaEvents, sns: Any, topic: Topic, function: Function
) -> None:
    topic.subscribe(function)

    entries = [{"Id": str(number), "Message": f"message {number}"} for number in range(3)]
    sns.publish_batch(TopicArn=topic.arn, PublishBatchRequestEntries=entries)

    assert [sent["Message"] for sent in notified(lambda_events, function)] == ["message 0", "message 1", "message 2"]
    assert len(function.attempts) == 3


@pytest.mark.rule("PSH-12", "PSH-13", "PSH-20", "PSH-29")
@pytest.mark.scenario("PSH S1")
def test_a_message_without_subject_and_attributes_has_null_and_an_empty_object(
    lambda_events: LambdaEvents, topic: Topic, function: Function
) -> None:
    topic.subscribe(function)

    topic.publish("Hello", message_group_id="customer-1")

    [sent] = notified(lambda_events, function)
    assert (sent["Subject"], sent["MessageAttributes"]) == (None, {})
    assert list(sent) == [
        "Type", "MessageId", "TopicArn", "Message", "Timestamp", "SignatureVersion", "Signature", "SigningCertUrl", "Subject",
        "UnsubscribeUrl", "MessageAttributes",
    ]  # fmt: skip


@pytest.mark.rule("PSH-23")
@pytest.mark.parametrize("version", ["1", "2"])
def test_the_signature_version_is_that_of_the_topic(
    lambda_events: LambdaEvents, sns: Any, topic: Topic, function: Function, version: str
) -> None:
    topic.subscribe(function)
    if version != "1":
        sns.set_topic_attributes(TopicArn=topic.arn, AttributeName="SignatureVersion", AttributeValue=version)

    topic.publish("m")

    [sent] = notified(lambda_events, function)
    assert sent["SignatureVersion"] == version


@pytest.mark.rule("PSH-21")
@pytest.mark.parametrize(
    ("texts", "expected"),
    [({"default": "d", "lambda": "l", "sqs": "s"}, "l"), ({"default": "d", "sqs": "s"}, "d")],
    ids=["lambda", "default"],
)
def test_a_function_gets_the_text_for_its_protocol_and_the_attributes(
    lambda_events: LambdaEvents, topic: Topic, function: Function, texts: dict[str, str], expected: str
) -> None:
    topic.subscribe(function)

    topic.publish(texts, message_structure="json", message_attributes={"kind": "paid"})

    [sent] = notified(lambda_events, function)
    assert (sent["Message"], sent["MessageAttributes"]) == (expected, {"kind": {"Type": "String", "Value": "paid"}})


@pytest.mark.rule("PSH-02")
def test_the_request_id_is_not_the_message_id(lambda_events: LambdaEvents, topic: Topic, function: Function) -> None:
    topic.subscribe(function)

    topic.publish("m")

    [sent] = notified(lambda_events, function)
    assert function.attempts[0].request_id != sent["MessageId"]


@pytest.mark.rule("PSH-28")
def test_a_deleted_topic_accepts_and_delivers_nothing(
    lambda_events: LambdaEvents, sns: Any, topic: Topic, function: Function
) -> None:
    topic.subscribe(function)
    topic.delete()

    with pytest.raises(ClientError) as refusal:
        topic.publish("m")

    assert refusal.value.response["Error"]["Code"] == "NotFound"
    assert refusal.value.response["Error"]["Message"] == "Topic does not exist"
    assert sns.list_subscriptions()["Subscriptions"] == []


@pytest.mark.scenario("PSH S11")
def test_two_functions_of_a_topic_have_independent_attempts(
    lambda_events: LambdaEvents, topic: Topic, function: Function
) -> None:
    def decline(event: Any, context: Any) -> None:
        raise ValueError("declined")

    good, bad = function, lambda_events.function(decline)
    topic.subscribe(good)
    topic.subscribe(bad)

    topic.publish("m")
    lambda_events.run_until_idle()

    assert [len(good.attempts), len(bad.attempts)] == [1, 3]


@pytest.mark.scenario("PSH S2")
def test_the_dead_letter_queue_of_a_function_gets_the_whole_event(lambda_events: LambdaEvents, topic: Topic) -> None:
    def decline(event: Any, context: Any) -> None:
        raise ValueError("declined")

    dead = lambda_events.queue("dead")
    function = lambda_events.function(decline, dead_letter_queue=dead)
    topic.subscribe(function)

    topic.publish("m")
    lambda_events.run_until_idle()

    assert [attempt.started_after_seconds for attempt in function.attempts] == [0, 60, 180]
    assert [message.json["Records"][0]["Sns"]["Message"] for message in dead.messages] == ["m"]


# --------------------------------------------------------------------------------- queues


@pytest.mark.rule("PSH-1A", "PSH-1B", "PSH-1C")
def test_a_queue_gets_an_envelope_with_a_member_on_each_line(topic: Topic, queue: Queue, sns: Any) -> None:
    topic.subscribe(queue)

    topic.publish('say "é"', subject="Order", message_attributes={"size": 5})

    [message] = queue.messages
    lines = message.body.split("\n")
    assert [line.partition(" : ")[0] for line in lines] == [
        "{", '  "Type"', '  "MessageId"', '  "TopicArn"', '  "Subject"', '  "Message"', '  "Timestamp"',
        '  "SignatureVersion"', '  "Signature"', '  "SigningCertURL"', '  "UnsubscribeURL"', '  "MessageAttributes"',
        '    "size"', "  }", "}",
    ]  # fmt: skip
    assert lines[1] == '  "Type" : "Notification",'
    assert lines[5] == '  "Message" : "say \\"é\\"",'
    assert lines[12] == '    "size" : {"Type":"Number","Value":"5"}'
    subscription = sns.list_subscriptions()["Subscriptions"][0]["SubscriptionArn"]
    unsubscribe = f"https://sns.us-east-1.amazonaws.com/?Action=Unsubscribe&SubscriptionArn={subscription}"
    assert message.json["UnsubscribeURL"] == unsubscribe
    assert message.attributes["SenderId"].endswith(":AWS-CLOUDCAST")


@pytest.mark.rule("PSH-1B")
def test_an_envelope_has_no_subject_and_attributes_unless_they_were_published(topic: Topic, queue: Queue) -> None:
    topic.subscribe(queue)

    topic.publish({"default": "d", "sqs": "s"}, message_structure="json")

    [message] = queue.messages
    assert message.json["Message"] == "s"
    assert not {"Subject", "MessageAttributes"} & message.json.keys()


@pytest.mark.rule("PSH-1C", "PSH-1D", "PSH-13")
@pytest.mark.scenario("PSH S15")
def test_a_function_behind_a_queue_gets_attributes_with_their_types_only_in_the_envelope(
    lambda_events: LambdaEvents, sns: Any, topic: Topic, queue: Queue, function: Function
) -> None:
    topic.subscribe(queue)
    function.add_event_source(queue)

    sns.publish(TopicArn=topic.arn, Message="m", MessageAttributes=ATTRIBUTES)
    lambda_events.run_until_idle()

    [record] = function.attempts[0].event["Records"]
    assert record["messageAttributes"] == {}
    assert "md5OfMessageAttributes" not in record
    assert json.loads(record["body"])["MessageAttributes"] == {
        "number": {"Type": "Number", "Value": "0001.23000"},
        "binary": {"Type": "Binary", "Value": "AAEC/w=="},
        "array": {"Type": "String.Array", "Value": '["a"]'},
        "text": {"Type": "String", "Value": "é"},
    }


@pytest.mark.rule("PSH-1E", "PSH-1F")
@pytest.mark.scenario("PSH S16")
def test_a_raw_message_has_typed_attributes_and_no_subject(
    lambda_events: LambdaEvents, sns: Any, topic: Topic, queue: Queue, function: Function
) -> None:
    topic.subscribe(queue, raw_message_delivery=True)
    function.add_event_source(queue)

    sns.publish(TopicArn=topic.arn, Message="m", Subject="Order", MessageAttributes=ATTRIBUTES)
    lambda_events.run_until_idle()

    [record] = function.attempts[0].event["Records"]
    shown = {name: (one["dataType"], one.get("stringValue", one.get("binaryValue"))) for name, one in
             record["messageAttributes"].items()}  # fmt: skip
    assert record["body"] == "m"
    assert shown == {
        "number": ("Number", "1.23"), "binary": ("Binary", "AAEC/w=="), "array": ("String.Array", '["a"]'),
        "text": ("String", "é"),
    }  # fmt: skip
    assert "md5OfMessageAttributes" in record


@pytest.mark.rule("PSH-1F")
def test_boto3_receives_a_raw_binary_attribute_as_bytes(lambda_events: LambdaEvents, topic: Topic, queue: Queue) -> None:
    topic.subscribe(queue, raw_message_delivery=True)

    topic.publish("m", message_attributes={"binary": b"\x00\xff", "size": 1.50})

    received = lambda_events.client("sqs").receive_message(QueueUrl=queue.url, MessageAttributeNames=["All"])["Messages"]
    assert received[0]["MessageAttributes"] == {
        "binary": {"DataType": "Binary", "BinaryValue": b"\x00\xff"},
        "size": {"DataType": "Number", "StringValue": "1.5"},
    }


@pytest.mark.rule("PSH-1G")
@pytest.mark.scenario("PSH S17")
@pytest.mark.parametrize(("count", "delivered"), [(10, 1), (11, 0)])
def test_a_raw_message_with_more_than_ten_attributes_reaches_no_queue(
    lambda_events: LambdaEvents, topic: Topic, queue: Queue, count: int, delivered: int
) -> None:
    lost = lambda_events.queue("lost")
    topic.subscribe(queue, raw_message_delivery=True, dead_letter_queue=lost)

    topic.publish("m", message_attributes={f"a{number}": number for number in range(count)})

    assert (len(queue.messages), len(lost.messages)) == (delivered, 0)


@pytest.mark.rule("PSH-1G")
def test_an_envelope_has_any_number_of_attributes(topic: Topic, queue: Queue) -> None:
    topic.subscribe(queue)

    topic.publish("m", message_attributes={f"a{number}": number for number in range(11)})

    assert [len(message.json["MessageAttributes"]) for message in queue.messages] == [11]


@pytest.mark.rule("PSH-1H")
@pytest.mark.parametrize("is_raw", [False, True], ids=["wrapped", "raw"])
def test_the_group_of_a_message_is_a_system_attribute_also_after_redrive(
    lambda_events: LambdaEvents, topic: Topic, queue: Queue, *, is_raw: bool
) -> None:
    gone, lost = lambda_events.queue("gone"), lambda_events.queue("lost")
    topic.subscribe(queue, raw_message_delivery=is_raw)
    topic.subscribe(gone, raw_message_delivery=is_raw, dead_letter_queue=lost)
    gone.delete()

    topic.publish("m", message_group_id="customer-1")

    assert [message.attributes["MessageGroupId"] for message in (*queue.messages, *lost.messages)] == ["customer-1"] * 2
    assert "customer-1" not in queue.messages[0].body


@pytest.mark.rule("PSH-1I")
def test_a_fifo_queue_cannot_subscribe_to_a_standard_topic(lambda_events: LambdaEvents, topic: Topic) -> None:
    fifo = lambda_events.queue("inbox.fifo")

    with pytest.raises(ClientError) as refusal:
        topic.subscribe(fifo)

    assert refusal.value.response["Error"]["Message"] == (
        "Invalid parameter: Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics"
    )


@pytest.mark.rule("PSH-1J", "PSH-1I")
def test_false_means_wrapped_and_a_missing_queue_is_accepted(sns: Any, topic: Topic, queue: Queue) -> None:
    subscribe = {"TopicArn": topic.arn, "Protocol": "sqs"}
    sns.subscribe(**subscribe, Endpoint=queue.arn, Attributes={"RawMessageDelivery": "false"})
    sns.subscribe(**subscribe, Endpoint=f"arn:aws:sqs:{PLACE}:gone")

    topic.publish("m")

    assert [message.json["Message"] for message in queue.messages] == ["m"]


# ----------------------------------------------------------------------------- signatures


@pytest.mark.rule("PSH-23")
@pytest.mark.parametrize("version", ["1", "2"])
@pytest.mark.parametrize("subject", [None, "Order"])
def test_signatures_verify_with_the_certificate_that_the_message_names(
    lambda_events: LambdaEvents, sns: Any, topic: Topic, queue: Queue, version: str, subject: str | None
) -> None:
    topic.subscribe(queue)
    sns.set_topic_attributes(TopicArn=topic.arn, AttributeName="SignatureVersion", AttributeValue=version)

    topic.publish("m é", subject=subject)

    [message] = queue.messages
    sent = message.json
    pem = requests.get(sent["SigningCertURL"], timeout=5).content
    members = ["Message", "MessageId", *(["Subject"] if subject else []), "Timestamp", "TopicArn", "Type"]
    text = "".join(f"{name}\n{sent[name]}\n" for name in members).encode()
    key: Any = x509.load_pem_x509_certificate(pem).public_key()
    digest = hashes.SHA1() if version == "1" else hashes.SHA256()
    key.verify(base64.b64decode(sent["Signature"]), text, padding.PKCS1v15(), digest)


@pytest.mark.rule("PSH-23")
def test_a_handler_fetches_the_certificate_with_the_standard_library(lambda_events: LambdaEvents, topic: Topic) -> None:
    verified: list[str] = []

    def verify(event: Any, context: Any) -> None:
        sent = event["Records"][0]["Sns"]
        with urllib.request.urlopen(sent["SigningCertUrl"]) as response:
            key: Any = x509.load_pem_x509_certificate(response.read()).public_key()
        text = "".join(f"{name}\n{sent[name]}\n" for name in ("Message", "MessageId", "Timestamp", "TopicArn", "Type"))
        key.verify(base64.b64decode(sent["Signature"]), text.encode(), padding.PKCS1v15(), hashes.SHA1())
        verified.append(sent["Message"])

    topic.subscribe(lambda_events.function(verify))

    topic.publish("m")
    lambda_events.run_until_idle()

    assert verified == ["m"]


@pytest.mark.parametrize("path", ["/", "/?Action=ListTopics", "/SimpleNotificationService-1.pem"])
def test_other_requests_of_the_standard_library_to_a_host_of_sns_are_refused(lambda_events: LambdaEvents, path: str) -> None:
    with pytest.raises(NotSimulatedError, match=r"A connection to sns\.us-east-1\.amazonaws\.com is not simulated"):
        urllib.request.urlopen(f"https://sns.us-east-1.amazonaws.com{path}")
