"""SQS, "Event shape": what a handler is given, key by key."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

import pytest
from queue_stories import fail, succeed

from pytest_lambda_events import Function, LambdaEvents, Queue

TRACE = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"


def text_of_the_event(event: Any, context: Any) -> str:
    """Answers with the event as text, keys in the order in which they came."""
    return json.dumps(event)


@pytest.fixture
def orders(lambda_events: LambdaEvents) -> Queue:
    """A standard queue."""
    return lambda_events.queue("orders")


def only_record(fn: Function) -> dict[str, Any]:
    """The record of the one batch that there was."""
    [batch] = fn.batches
    [record] = batch.records
    return record


@pytest.mark.rule("SQS-E1", "SQS-E4")
def test_the_event_of_a_plain_message(lambda_events: LambdaEvents, orders: Queue) -> None:
    fn = lambda_events.function(text_of_the_event)
    fn.add_event_source(orders)
    lambda_events.advance(2.5)

    [sent] = orders.send("Test message.")
    lambda_events.run_until_idle()

    [batch] = fn.batches
    sender = sent.attributes["SenderId"]
    receipt = batch.records[0]["receiptHandle"]
    assert batch.response == (
        '{"Records": [{'
        f'"messageId": "{sent.message_id}", "receiptHandle": "{receipt}", "body": "Test message.", '
        '"attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": "1767225602500", '
        f'"SenderId": "{sender}", "ApproximateFirstReceiveTimestamp": "1767225602500"}}, '
        '"messageAttributes": {}, "md5OfBody": "e4e68fb7bd0e697a0ae8f1bb342846b3", "eventSource": "aws:sqs", '
        '"eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:orders", "awsRegion": "us-east-1"}]}'
    )


@pytest.mark.rule("SQS-E3")
def test_the_event_of_a_fifo_message(lambda_events: LambdaEvents) -> None:
    orders, fn = lambda_events.queue("orders.fifo"), lambda_events.function(succeed)
    fn.add_event_source(orders)

    orders.send("Test message.", message_group_id="1", message_deduplication_id="2")
    lambda_events.run_until_idle()

    attributes = only_record(fn)["attributes"]
    assert list(attributes) == [
        "ApproximateReceiveCount", "SentTimestamp", "SequenceNumber", "MessageGroupId", "SenderId",
        "MessageDeduplicationId", "ApproximateFirstReceiveTimestamp",
    ]  # fmt: skip
    assert (attributes["MessageGroupId"], attributes["MessageDeduplicationId"]) == ("1", "2")
    assert len(attributes["SequenceNumber"]) == 20
    assert {type(value) for value in attributes.values()} == {str}


@pytest.mark.rule("SQS-E3")
def test_content_based_deduplication_ids_are_those_of_the_body(lambda_events: LambdaEvents) -> None:
    orders = lambda_events.queue("orders.fifo", content_based_deduplication=True)
    fn = lambda_events.function(succeed)
    fn.add_event_source(orders)

    orders.send("Test message.", message_group_id="1")
    lambda_events.run_until_idle()

    expected = hashlib.sha256(b"Test message.").hexdigest()
    assert only_record(fn)["attributes"]["MessageDeduplicationId"] == expected


@pytest.mark.rule("SQS-E1", "SQS-E2")
def test_attributes_of_the_sender_come_as_sqs_keeps_them(lambda_events: LambdaEvents, orders: Queue) -> None:
    fn = lambda_events.function(text_of_the_event)
    fn.add_event_source(orders)

    lambda_events.client("sqs").send_message(
        QueueUrl=orders.url,
        MessageBody="m1",
        MessageAttributes={
            "count": {"DataType": "Number", "StringValue": "0012.3400"},
            "kind": {"DataType": "String", "StringValue": "a"},
            "bytes": {"DataType": "Binary", "BinaryValue": bytes([0, 1, 0x7F, 0x80, 0xFF])},
        },
    )
    lambda_events.run_until_idle()

    shown = only_record(fn)["messageAttributes"]
    lists: dict[str, list[str]] = {"stringListValues": [], "binaryListValues": []}
    assert shown == {
        "count": {"stringValue": "12.34", **lists, "dataType": "Number"},
        "kind": {"stringValue": "a", **lists, "dataType": "String"},
        "bytes": {"binaryValue": "AAF/gP8=", **lists, "dataType": "Binary"},
    }
    assert list(shown["count"]) == ["stringValue", "stringListValues", "binaryListValues", "dataType"]
    assert list(shown["bytes"]) == ["binaryValue", "stringListValues", "binaryListValues", "dataType"]


@pytest.mark.rule("SQS-E2")
@pytest.mark.parametrize(
    ("sent", "shown"),
    [("1", "1"), ("007", "7"), ("-0.50", "-0.5"), ("1.0", "1"), ("1000", "1000"), ("0", "0"), ("1e3", "1000")],
)
def test_numbers_are_normalised(lambda_events: LambdaEvents, orders: Queue, sent: str, shown: str) -> None:
    fn = lambda_events.function(succeed)
    fn.add_event_source(orders)

    lambda_events.client("sqs").send_message(
        QueueUrl=orders.url, MessageBody="m1", MessageAttributes={"n": {"DataType": "Number", "StringValue": sent}}
    )
    lambda_events.run_until_idle()

    assert only_record(fn)["messageAttributes"]["n"]["stringValue"] == shown


@pytest.mark.rule("SQS-E1")
@pytest.mark.parametrize(
    ("window", "attributes", "present"),
    [(0, None, False), (1, None, True), (0, {"kind": "a"}, True), (1, {"kind": "a"}, True)],
    ids=["neither", "a window", "attributes", "both"],
)
def test_when_the_digest_of_the_attributes_is_there(
    lambda_events: LambdaEvents, orders: Queue, window: int, attributes: dict[str, object] | None, present: bool
) -> None:
    fn = lambda_events.function(succeed)
    fn.add_event_source(orders, maximum_batching_window_in_seconds=window)

    orders.send("m1", message_attributes=attributes)
    lambda_events.run_until_idle()

    record = only_record(fn)
    assert ("md5OfMessageAttributes" in record) is present
    assert isinstance(record.get("md5OfMessageAttributes"), str) is (attributes is not None)


@pytest.mark.rule("SQS-E1")
def test_the_digest_is_the_one_that_the_sender_got(lambda_events: LambdaEvents, orders: Queue) -> None:
    fn = lambda_events.function(succeed)
    fn.add_event_source(orders)

    answer = lambda_events.client("sqs").send_message(
        QueueUrl=orders.url, MessageBody="m1", MessageAttributes={"kind": {"DataType": "String", "StringValue": "a"}}
    )
    lambda_events.run_until_idle()

    record = only_record(fn)
    assert record["md5OfMessageAttributes"] == answer["MD5OfMessageAttributes"]
    assert record["md5OfBody"] == answer["MD5OfMessageBody"]
    assert list(record)[4:7] == ["messageAttributes", "md5OfMessageAttributes", "md5OfBody"]


@pytest.mark.rule("SQS-E5")
@pytest.mark.parametrize("header", [None, TRACE], ids=["without", "with"])
def test_a_trace_header_is_there_if_the_message_carries_one(
    lambda_events: LambdaEvents, orders: Queue, header: str | None
) -> None:
    fn = lambda_events.function(succeed)
    fn.add_event_source(orders)
    given = {} if header is None else {"AWSTraceHeader": {"DataType": "String", "StringValue": header}}

    lambda_events.client("sqs").send_message(QueueUrl=orders.url, MessageBody="m1", MessageSystemAttributes=given)
    lambda_events.run_until_idle()

    record = only_record(fn)
    assert record["attributes"].get("AWSTraceHeader") == header
    assert record["messageAttributes"] == {}


@pytest.mark.rule("SQS-E4")
@pytest.mark.parametrize(
    "body", ['{"a":  1}', "5", '"text"', "  blanks  ", "ünïcödé \U0001f600", 'line\n"quoted"\ttab'],
)  # fmt: skip
def test_a_body_is_exactly_the_text_that_was_sent(lambda_events: LambdaEvents, orders: Queue, body: str) -> None:
    fn = lambda_events.function(succeed)
    fn.add_event_source(orders)

    orders.send(body)
    lambda_events.run_until_idle()

    record = only_record(fn)
    assert record["body"] == body
    assert record["md5OfBody"] == hashlib.md5(body.encode()).hexdigest()


@pytest.mark.rule("SQS-43")
def test_a_message_that_comes_again_differs_in_receipt_and_count_alone(lambda_events: LambdaEvents) -> None:
    orders = lambda_events.queue("orders", visibility_timeout=30)
    fn = lambda_events.function(fail)
    fn.add_event_source(orders)

    orders.send("m1", delay_seconds=5, message_attributes={"kind": "a"})
    lambda_events.advance(36)

    first, second = (batch.records[0] for batch in fn.batches)
    assert first.pop("receiptHandle") != second.pop("receiptHandle")
    assert [record["attributes"].pop("ApproximateReceiveCount") for record in (first, second)] == ["1", "2"]
    assert first == second
    assert int(first["attributes"]["ApproximateFirstReceiveTimestamp"]) - int(first["attributes"]["SentTimestamp"]) == 5000


@pytest.mark.rule("SQS-56")
def test_the_event_from_a_dead_letter_queue_ends_its_attributes_with_its_source(lambda_events: LambdaEvents) -> None:
    dead = lambda_events.queue("dead")
    orders = lambda_events.queue("orders", visibility_timeout=30, dead_letter_queue=dead, max_receive_count=1)
    lambda_events.function(fail).add_event_source(orders)
    doctor = lambda_events.function(succeed)
    doctor.add_event_source(dead)

    orders.send("m1", message_attributes={"kind": b"\x00"})
    lambda_events.run_until_idle()

    record = only_record(doctor)
    assert list(record["attributes"]) == [
        "ApproximateReceiveCount", "SentTimestamp", "SenderId", "ApproximateFirstReceiveTimestamp", "DeadLetterQueueSourceArn",
    ]  # fmt: skip
    assert record["eventSourceARN"] == dead.arn
    assert record["messageAttributes"]["kind"]["binaryValue"] == base64.b64encode(b"\x00").decode()


@pytest.mark.rule("SQS-04")
@pytest.mark.lambda_events(region_name="eu-central-1")
def test_records_name_the_region_of_their_queue(lambda_events: LambdaEvents, orders: Queue) -> None:
    fn = lambda_events.function(succeed)
    fn.add_event_source(orders)

    orders.send("m1")
    lambda_events.run_until_idle()

    record = only_record(fn)
    assert record["awsRegion"] == "eu-central-1"
    assert record["eventSourceARN"] == "arn:aws:sqs:eu-central-1:123456789012:orders"
