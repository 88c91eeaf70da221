"""Queues as pollers read them, and that boto3 and handles see the same."""

from __future__ import annotations

from hashlib import md5

import boto3
import pytest
from bare_environments import BareAws, bare_environment
from moto import mock_aws
from queue_calls import Calls

from pytest_lambda_events.aws.sqs.event_source import find_queue
from pytest_lambda_events.aws.sqs.simulated_queue import SimulatedQueue

SECOND = 1_000_000
START_MS = 1_767_225_600_000


def source(queue: Calls) -> SimulatedQueue:
    found = find_queue(queue.arn)
    assert found is not None
    return found


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:sqs:us-east-1:123456789012:nobody",
        "arn:aws:sqs:xx-nowhere-1:123456789012:orders",
        "arn:aws:sqs:eu-west-1:123456789012:orders",
        "arn:aws:sqs:us-east-1:210987654321:orders",
        "arn:aws:sns:us-east-1:123456789012:orders",
        "orders",
    ],
    ids=["name", "no region", "other region", "other account", "service", "no arn"],
)
def test_there_is_no_source_where_there_is_no_queue(arn: str, bare: BareAws) -> None:
    Calls(bare)

    assert find_queue(arn) is None


def test_a_queue_is_the_same_source_until_it_is_deleted(bare: BareAws) -> None:
    queue = Calls(bare)
    first = find_queue(queue.arn)
    again = find_queue(queue.arn)
    arn = queue.arn

    queue.sqs.delete_queue(QueueUrl=queue.url)
    Calls(bare)

    assert again is first
    assert find_queue(arn) is not first


@pytest.mark.rule("SQS-E1", "SQS-E2", "SQS-E4", "SQS-40")
def test_a_message_is_received_with_all_that_an_event_needs(bare: BareAws) -> None:
    queue = Calls(bare, VisibilityTimeout="30")
    trace = {"AWSTraceHeader": {"DataType": "String", "StringValue": "Root=1-2-3"}}
    attributes = {"raw": {"DataType": "Binary", "BinaryValue": b"\x00\xff"}}
    bare.simulation.advance(1.5)
    sent = queue.send('{"id": 1}', MessageAttributes=attributes, MessageSystemAttributes=trace)
    bare.simulation.advance(2)

    (message,) = source(queue).receive(10)

    assert message.message_id == sent["MessageId"]
    assert message.body == '{"id": 1}'
    assert message.md5_of_body == md5(b'{"id": 1}').hexdigest()
    assert message.visible_at == 33_500_000
    assert message.message_attributes == attributes
    assert message.md5_of_message_attributes == sent["MD5OfMessageAttributes"]
    assert list(message.attributes.items()) == [
        ("AWSTraceHeader", "Root=1-2-3"),
        ("ApproximateReceiveCount", "1"),
        ("SentTimestamp", str(START_MS + 1_500)),
        ("SenderId", message.attributes["SenderId"]),
        ("ApproximateFirstReceiveTimestamp", str(START_MS + 3_500)),
    ]


@pytest.mark.rule("SQS-E3")
def test_a_message_of_a_fifo_queue_has_its_attributes_in_order(bare: BareAws) -> None:
    queue = Calls(bare, "orders.fifo")
    queue.send_group("a", "1")

    (message,) = source(queue).receive(10)

    assert list(message.attributes) == [
        "ApproximateReceiveCount",
        "SentTimestamp",
        "SequenceNumber",
        "MessageGroupId",
        "SenderId",
        "MessageDeduplicationId",
        "ApproximateFirstReceiveTimestamp",
    ]
    assert (message.attributes["MessageGroupId"], message.attributes["MessageDeduplicationId"]) == ("a", "a 1")


@pytest.mark.rule("SQS-E1")
def test_a_message_without_attributes_has_no_digest_of_them(bare: BareAws) -> None:
    queue = Calls(bare)
    queue.send()

    (message,) = source(queue).receive(10)

    assert (message.message_attributes, message.md5_of_message_attributes) == ({}, None)


@pytest.mark.rule("SQS-43")
def test_a_second_receive_has_a_new_receipt_and_the_same_instants(bare: BareAws) -> None:
    queue = Calls(bare, VisibilityTimeout="30")
    queue.send()
    (first,) = source(queue).receive(10)
    bare.simulation.advance(30)

    (second,) = source(queue).receive(10)

    assert second.receipt_handle != first.receipt_handle
    assert second.attributes == {**first.attributes, "ApproximateReceiveCount": "2"}
    assert (second.message_id, second.body) == (first.message_id, first.body)


def test_a_message_in_flight_for_a_poller_is_in_flight_for_boto3_and_vice_versa(bare: BareAws) -> None:
    queue = Calls(bare)
    queue.send("1")
    queue.send("2")

    (by_poller,) = source(queue).receive(1)
    by_boto3 = queue.bodies()

    assert (by_poller.body, by_boto3) == ("1", ["2"])
    assert source(queue).receive(10) == []
    assert queue.counts() == (0, 2, 0)


def test_boto3_changes_the_visibility_of_what_a_poller_received(bare: BareAws) -> None:
    queue = Calls(bare)
    queue.send()
    (message,) = source(queue).receive(10)

    queue.change(message.receipt_handle, 5)

    assert source(queue).next_receivable_at() == 5 * SECOND


@pytest.mark.rule("SQS-48")
@pytest.mark.parametrize(("name", "deleted"), [("orders", True), ("orders.fifo", False)], ids=["standard", "fifo"])
def test_a_delete_after_the_visibility_timeout(name: str, deleted: bool, bare: BareAws) -> None:
    queue = Calls(bare, name, VisibilityTimeout="30")
    queue.send(MessageGroupId="a", **({"MessageDeduplicationId": "1"} if name.endswith(".fifo") else {}))
    (message,) = source(queue).receive(10)
    bare.simulation.advance(30)

    assert source(queue).delete(message.receipt_handle) is deleted
    assert source(queue).delete(message.receipt_handle) is False


@pytest.mark.rule("SQS-48")
def test_a_delete_by_an_older_receipt_deletes_nothing(bare: BareAws) -> None:
    queue = Calls(bare, VisibilityTimeout="30")
    queue.send()
    (older,) = source(queue).receive(10)
    bare.simulation.advance(30)
    (newer,) = source(queue).receive(10)

    assert source(queue).delete(older.receipt_handle) is False
    assert source(queue).delete(newer.receipt_handle) is True


def test_the_next_instant_is_that_of_the_first_message_to_appear(bare: BareAws) -> None:
    queue = Calls(bare)
    orders = source(queue)
    bare.simulation.advance(1)
    empty = orders.next_receivable_at()
    queue.send("late", DelaySeconds=20)
    queue.send("early", DelaySeconds=10)
    delayed = orders.next_receivable_at()
    queue.send("now")
    visible = orders.next_receivable_at()

    assert (empty, delayed, visible) == (None, 11 * SECOND, SECOND)


def test_a_message_that_expires_before_it_reappears_is_not_waited_for(bare: BareAws) -> None:
    queue = Calls(bare, MessageRetentionPeriod="60", VisibilityTimeout="60")
    queue.send()

    source(queue).receive(10)

    assert source(queue).next_receivable_at() is None


def test_settings_are_those_of_now(bare: BareAws) -> None:
    dead = Calls(bare, "dead")
    queue = Calls(bare)
    orders = source(queue)
    before = (orders.visibility_timeout, orders.max_receive_count, orders.is_fifo)
    policy = f'{{"deadLetterTargetArn": "{dead.arn}", "maxReceiveCount": "4"}}'
    queue.set(VisibilityTimeout="7", RedrivePolicy=policy)

    assert before == (30, None, False)
    assert (orders.visibility_timeout, orders.max_receive_count) == (7, 4)


CHANGES = {
    "send": lambda queue, handle: queue.send_group("b", "3"),
    "visibility": lambda queue, handle: queue.change(handle, 1),
    "delete": lambda queue, handle: queue.delete(handle),
    "purge": lambda queue, handle: queue.sqs.purge_queue(QueueUrl=queue.url),
    "settings": lambda queue, handle: queue.set(VisibilityTimeout="3"),
    "end": lambda queue, handle: queue.sqs.delete_queue(QueueUrl=queue.url),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_pollers_are_notified_of(change: object, bare: BareAws) -> None:
    queue = Calls(bare, "orders.fifo")
    queue.send_group("a", "1", "2")
    handle = queue.handle()
    told: list[float] = []
    source(queue).changed.add(lambda: told.append(bare.elapsed))

    change(queue, handle)  # type: ignore[operator]

    assert told == [0]


@pytest.mark.parametrize("name", ["orders", "orders.fifo"], ids=["standard", "fifo"])
def test_a_queue_of_a_mock_that_was_there_before_keeps_what_it_holds(name: str) -> None:
    with mock_aws():
        sqs = boto3.client("sqs", "us-east-1")
        fifo = {"FifoQueue": "true", "ContentBasedDeduplication": "true"} if name.endswith(".fifo") else {}
        url = sqs.create_queue(QueueName=name, Attributes=fifo)["QueueUrl"]
        for body in ("before", "during", "after"):
            sqs.send_message(QueueUrl=url, MessageBody=body, MessageGroupId=body)

        with bare_environment():
            (message, *_) = find_queue(f"arn:aws:sqs:us-east-1:123456789012:{name}").receive(1)  # type: ignore[union-attr]
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message.receipt_handle)
        left = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]

    assert message.body == "before"
    assert [message["Body"] for message in left] == ["during", "after"]
