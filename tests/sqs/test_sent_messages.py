"""What SQS accepts as a message, and what becomes of it on the way."""

from __future__ import annotations

from hashlib import md5
from typing import Any

import pytest
from bare_environments import BareAws
from botocore.exceptions import ClientError
from queue_calls import Calls


@pytest.fixture
def orders(bare: BareAws) -> Calls:
    """A standard queue for messages of at most 1,024 bytes."""
    return Calls(bare, MaximumMessageSize="1024")


def refusal(raised: pytest.ExceptionInfo[ClientError]) -> tuple[str, str]:
    error: Any = raised.value.response["Error"]
    return error["Code"], error["Message"]


def text(value: str, data_type: str = "String") -> dict[str, str]:
    return {"DataType": data_type, "StringValue": value}


def digest(**attributes: dict[str, Any]) -> str:
    """As AWS documents it."""
    parts = b""
    for name, attribute in sorted(attributes.items()):
        is_binary = "BinaryValue" in attribute
        value = attribute["BinaryValue"] if is_binary else attribute["StringValue"].encode()
        for part in (name.encode(), attribute["DataType"].encode()):
            parts += len(part).to_bytes(4, "big") + part
        parts += (b"\2" if is_binary else b"\1") + len(value).to_bytes(4, "big") + value
    return md5(parts).hexdigest()


def test_an_empty_body_is_refused(orders: Calls) -> None:
    with pytest.raises(ClientError) as raised:
        orders.send("")

    assert refusal(raised) == ("MissingParameter", "The request must contain the parameter MessageBody.")
    assert orders.counts() == (0, 0, 0)


@pytest.mark.parametrize("body", ["\t\n\r x", "\ud7ff\ue000\ufffd", "\U00010000\U0010ffff"], ids=ascii)
def test_characters_of_the_set_are_accepted(body: str, orders: Calls) -> None:
    orders.send(body)

    assert orders.bodies() == [body]


@pytest.mark.parametrize("character", ["\x00", "\x08", "\x0b", "\x1f", "\ufffe", "\uffff"], ids=ascii)
def test_characters_outside_the_set_are_refused(character: str, orders: Calls) -> None:
    with pytest.raises(orders.sqs.exceptions.InvalidMessageContents):
        orders.send(f"order {character}")


@pytest.mark.parametrize(
    ("body", "attributes"),
    [
        ("x" * 1024, {}),
        ("é" * 512, {}),
        ("x" * 1000, {"kind": text("x" * 14)}),
        ("x" * 1000, {"kind": {"DataType": "Binary", "BinaryValue": b"x" * 14}}),
    ],
    ids=["letters", "two bytes each", "with an attribute", "with bytes"],
)
def test_the_size_counts_bytes_of_body_and_attributes(body: str, attributes: dict[str, Any], orders: Calls) -> None:
    orders.send(body, MessageAttributes=attributes)

    with pytest.raises(ClientError) as raised:
        orders.send(body + "x", MessageAttributes=attributes)

    assert refusal(raised) == (
        "InvalidParameterValue", "One or more parameters are invalid. Reason: Message must be shorter than 1024 bytes.",
    )  # fmt: skip
    assert orders.counts() == (1, 0, 0)


@pytest.mark.parametrize("delay", [0, 900])
def test_a_delay_from_0_to_900_seconds_is_accepted(delay: int, bare: BareAws, orders: Calls) -> None:
    orders.send(DelaySeconds=delay)

    bare.simulation.advance(delay)

    assert orders.bodies() == ["hello"]


@pytest.mark.parametrize("delay", [-1, 901])
def test_another_delay_is_refused(delay: int, orders: Calls) -> None:
    with pytest.raises(ClientError) as raised:
        orders.send(DelaySeconds=delay)

    assert refusal(raised) == (
        "InvalidParameterValue",
        f"Value {delay} for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900.",
    )


def test_a_standard_queue_refuses_a_deduplication_id(orders: Calls) -> None:
    with pytest.raises(ClientError) as raised:
        orders.send(MessageDeduplicationId="7")

    code, message = refusal(raised)
    assert code == "InvalidParameterValue"
    assert message.startswith("Value 7 for parameter MessageDeduplicationId is invalid. Reason: ")
    assert orders.counts() == (0, 0, 0)


def test_a_standard_queue_takes_a_message_group_for_fairness(orders: Calls) -> None:
    orders.send(MessageGroupId="tenant")

    (message,) = orders.receive()

    assert message["Attributes"]["MessageGroupId"] == "tenant"


def test_a_fifo_topic_feeds_a_standard_queue(bare: BareAws, orders: Calls) -> None:
    sns = bare.client("sns")
    topic = sns.create_topic(Name="orders.fifo", Attributes={"FifoTopic": "true"})["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=orders.arn, Attributes={"RawMessageDelivery": "true"})

    sns.publish(TopicArn=topic, Message="hello", MessageGroupId="a", MessageDeduplicationId="7")

    assert orders.bodies() == ["hello"]


def test_ten_attributes_are_accepted_and_eleven_refused(orders: Calls) -> None:
    ten = {f"a{number}": text("x") for number in range(10)}
    orders.send(MessageAttributes=ten)

    with pytest.raises(ClientError) as raised:
        orders.send(MessageAttributes={**ten, "more": text("x")})

    assert refusal(raised) == ("InvalidParameterValue", "Number of message attributes [11] exceeds the allowed maximum [10].")


# ---------------------------------------------------------------------- attributes


@pytest.mark.rule("SQS-E2")
@pytest.mark.parametrize(
    ("sent", "received"),
    [("0012.3400", "12.34"), ("6", "6"), ("100", "100"), ("-0.50", "-0.5"), ("1E+3", "1000"), ("0.0", "0")],
    ids=str,
)
@pytest.mark.parametrize("data_type", ["Number", "Number.amount"])
def test_numbers_arrive_in_their_shortest_form(sent: str, received: str, data_type: str, orders: Calls) -> None:
    orders.send(MessageAttributes={"amount": text(sent, data_type)})

    (message,) = orders.receive()

    assert message["MessageAttributes"] == {"amount": text(received, data_type)}
    assert message["MD5OfMessageAttributes"] == digest(amount=text(received, data_type))


def test_the_answer_has_the_digest_of_what_was_sent(orders: Calls) -> None:
    raw = {"DataType": "Binary", "BinaryValue": b"\x00\x01\x7f\x80\xff"}
    attributes: dict[str, Any] = {"amount": text("0012.3400", "Number"), "raw": raw}

    answer = orders.send(MessageAttributes=attributes)

    assert answer["MD5OfMessageAttributes"] == digest(**attributes)


@pytest.mark.rule("SQS-E2")
def test_texts_that_look_like_numbers_stay(orders: Calls) -> None:
    orders.send(MessageAttributes={"zip": text("00120")})

    (message,) = orders.receive()

    assert message["MessageAttributes"] == {"zip": text("00120")}


@pytest.mark.parametrize(
    "attribute",
    [text(""), text("", "Number"), {"DataType": "Binary", "BinaryValue": b""}],
    ids=["String", "Number", "Binary"],
)
def test_an_attribute_without_a_value_is_refused(attribute: dict[str, Any], orders: Calls) -> None:
    with pytest.raises(ClientError) as raised:
        orders.send(MessageAttributes={"kind": attribute})

    code, message = refusal(raised)
    assert code == "InvalidParameterValue"
    assert message == (
        "The message attribute 'kind' must contain non-empty message attribute value for message attribute type "
        f"'{attribute['DataType']}'."
    )


@pytest.mark.parametrize("value", ["many", "NaN", "Infinity"])
def test_an_invalid_number_is_refused(value: str, orders: Calls) -> None:
    with pytest.raises(ClientError) as raised:
        orders.send(MessageAttributes={"amount": text(value, "Number")})

    assert refusal(raised) == (
        "InvalidParameterValue", "Can't cast the value of message (user) attribute 'amount' to a number.",
    )  # fmt: skip


# ---------------------------------------------------------------------- batches


def test_each_entry_of_a_batch_is_sent_or_refused_by_itself(orders: Calls) -> None:
    bodies = {"1": "good", "2": "\x00", "3": "x" * 1025, "4": "good too"}
    entries = [{"Id": name, "MessageBody": body} for name, body in bodies.items()]

    answer = orders.sqs.send_message_batch(QueueUrl=orders.url, Entries=entries)

    assert [sent["Id"] for sent in answer["Successful"]] == ["1", "4"]
    assert [(failure["Id"], failure["Code"], failure["SenderFault"]) for failure in answer["Failed"]] == [
        ("2", "InvalidMessageContents", True),
        ("3", "InvalidParameterValue", True),
    ]
    assert orders.bodies() == ["good", "good too"]


@pytest.mark.rule("SQS-E5")
def test_a_message_of_a_batch_carries_its_trace_header(orders: Calls) -> None:
    trace = {"AWSTraceHeader": text("Root=1-5759e988-bd862e3fe1be46a994272793")}
    entry = {"Id": "1", "MessageBody": "traced", "MessageSystemAttributes": trace}

    orders.sqs.send_message_batch(QueueUrl=orders.url, Entries=[entry])

    (message,) = orders.receive()
    assert message["Attributes"]["AWSTraceHeader"] == "Root=1-5759e988-bd862e3fe1be46a994272793"


def test_a_batch_of_one_mebibyte_is_sent_and_one_byte_more_is_refused(bare: BareAws) -> None:
    queue = Calls(bare)
    half = 524_288
    entries = [{"Id": "1", "MessageBody": "é" * (half // 2)}, {"Id": "2", "MessageBody": "x" * half}]
    queue.sqs.send_message_batch(QueueUrl=queue.url, Entries=entries)
    entries[1]["MessageBody"] += "x"

    with pytest.raises(queue.sqs.exceptions.BatchRequestTooLong) as raised:
        queue.sqs.send_message_batch(QueueUrl=queue.url, Entries=entries)

    assert "Batch requests cannot be longer than 1048576 bytes. You have sent 1048577 bytes." in str(raised.value)
    assert queue.counts() == (2, 0, 0)


@pytest.mark.parametrize(
    ("ids", "error"),
    [
        (["1", "1"], "BatchEntryIdsNotDistinct"),
        (["1", "a b"], "InvalidBatchEntryId"),
        ([str(number) for number in range(11)], "TooManyEntriesInBatchRequest"),
        ([], "EmptyBatchRequest"),
    ],
    ids=["repeated", "malformed", "eleven", "none"],
)
def test_a_batch_with_wrong_ids_is_refused_as_a_whole(ids: list[str], error: str, orders: Calls) -> None:
    entries = [{"Id": name, "MessageBody": "x"} for name in ids]

    with pytest.raises(getattr(orders.sqs.exceptions, error)):
        orders.sqs.send_message_batch(QueueUrl=orders.url, Entries=entries)

    assert orders.counts() == (0, 0, 0)


# ---------------------------------------------------------------------- system attributes


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        ({"Other": {"DataType": "String", "StringValue": "x"}}, "Message system attribute name 'Other' is invalid"),
        ({"AWSTraceHeader": {"DataType": "Number", "StringValue": "1"}}, "The type of message system attribute"),
        ({"AWSTraceHeader": {"DataType": "Binary", "BinaryValue": b"x"}}, "The type of message system attribute"),
    ],
    ids=["name", "number", "binary"],
)
def test_an_invalid_system_attribute_is_refused(attributes: Any, message: str, orders: Calls) -> None:
    with pytest.raises(ClientError, match=message):
        orders.send(MessageSystemAttributes=attributes)

    assert orders.counts() == (0, 0, 0)
