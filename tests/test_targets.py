"""Queues, topics, event buses and buckets in a test's hands, as targets of what a function leaves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pytest_lambda_events import Bucket, EventBus, Function, LambdaEvents, LambdaEventsError, Queue, Topic

Target = Queue | Topic | Function | EventBus | Bucket


def charge(event: Any, context: Any) -> dict[str, int]:
    if event.get("card") == "expired":
        raise ValueError("card expired")
    return {"charged": event["order"]}


EXPIRED = {"order": 7, "card": "expired"}
TARGETS: dict[str, Callable[[LambdaEvents], Target]] = {
    "SQS": lambda env: env.queue("failures"),
    "SNS": lambda env: env.topic("failures"),
    "Lambda": lambda env: env.function(lambda event, context: None, name="audit"),
    "EventBridge": lambda env: env.event_bus("failures"),
    "S3": lambda env: env.bucket("failures"),
}


@pytest.mark.parametrize("kind", TARGETS)
def test_every_destination_gets_the_same_record(lambda_events: LambdaEvents, kind: str) -> None:
    target, receipts = TARGETS[kind](lambda_events), lambda_events.queue("receipts")
    fn = lambda_events.function(charge, maximum_retry_attempts=0, on_failure=target, on_success=receipts)

    event = fn.invoke_async(EXPIRED)
    fn.invoke_async({"order": 8})
    lambda_events.run_until_idle()

    [failure], [receipt] = target.invocation_records, receipts.invocation_records
    assert (failure.condition, failure.request_id) == ("RetriesExhausted", event.request_id)
    assert failure.request_payload == EXPIRED
    assert (receipt.condition, receipt.response_payload) == ("Success", {"charged": 8})


def test_a_failed_charge_reaches_the_failure_queue(lambda_events: LambdaEvents) -> None:
    failures, dead = lambda_events.queue("failures"), lambda_events.queue("dead")
    fn = lambda_events.function(charge, on_failure=failures, dead_letter_queue=dead, maximum_retry_attempts=1)

    fn.invoke_async(EXPIRED)
    lambda_events.run_until_idle()

    [record], [letter] = failures.invocation_records, dead.dead_letters
    assert (record.condition, record.approximate_invoke_count) == ("RetriesExhausted", 2)
    assert (letter.error_code, letter.error_message) == (200, "card expired")
    assert (letter.request_id, letter.json) == (record.request_id, EXPIRED)


def test_a_queue_shows_what_it_holds_without_receiving(lambda_events: LambdaEvents) -> None:
    orders = lambda_events.queue("orders", visibility_timeout=30)
    orders.send({"id": 1}, "plain text")
    orders.send({"id": 3}, delay_seconds=10)

    lambda_events.client("sqs").receive_message(QueueUrl=orders.url)

    assert [message.json for message in orders.messages] == [{"id": 1}, "plain text", {"id": 3}]
    assert [message.json for message in orders.in_flight_messages] == [{"id": 1}]
    assert [message.json for message in orders.visible_messages] == ["plain text"]
    assert [message.json for message in orders.delayed_messages] == [{"id": 3}]


@pytest.mark.parametrize(("seconds", "visible"), [(29.999, 0), (30, 1)])
def test_a_message_is_visible_again_at_its_instant(lambda_events: LambdaEvents, seconds: float, visible: int) -> None:
    orders = lambda_events.queue("orders", visibility_timeout=30)
    orders.send("order")
    lambda_events.client("sqs").receive_message(QueueUrl=orders.url)

    lambda_events.advance(seconds)

    assert len(orders.visible_messages) == visible


def test_an_error_names_a_message_that_is_not_a_record(lambda_events: LambdaEvents) -> None:
    failures = lambda_events.queue("failures")
    failures.send({"id": 1})

    with pytest.raises(LambdaEventsError) as raised:
        _ = failures.invocation_records

    assert str(raised.value) == (
        'Message 1 of queue failures is not an invocation record: {"id": 1}  (sent at 0 s)\n'
        "invocation_records reads only invocation records. Use messages instead."
    )


def test_resources_created_through_boto3_are_found(lambda_events: LambdaEvents) -> None:
    lambda_events.client("sqs").create_queue(QueueName="orders")
    lambda_events.client("sns").create_topic(Name="alerts")
    lambda_events.client("s3").create_bucket(Bucket="uploads")

    assert lambda_events.queues["orders"].arn == "arn:aws:sqs:us-east-1:123456789012:orders"
    assert lambda_events.topics["alerts"].arn == "arn:aws:sns:us-east-1:123456789012:alerts"
    assert lambda_events.buckets["uploads"].keys == []
    assert list(lambda_events.event_buses) == ["default"]


def test_a_queue_that_is_not_there_is_refused_with_those_that_are(lambda_events: LambdaEvents) -> None:
    lambda_events.queue("orders")
    lambda_events.queue("orders-dead")

    with pytest.raises(LambdaEventsError) as raised:
        _ = lambda_events.queues["order"]

    assert str(raised.value) == (
        "Queue 'order' does not exist in us-east-1, account 123456789012. Did you mean 'orders'? Queues: orders, orders-dead."
    )


def test_a_rule_takes_records_to_a_function(lambda_events: LambdaEvents) -> None:
    bus = lambda_events.event_bus("outcomes")
    audit = lambda_events.function(lambda event, context: event["detail"]["requestPayload"], name="audit")
    bus.add_rule({"source": ["lambda"], "detail-type": ["Lambda Function Invocation Result - Failure"]}, audit)
    fn = lambda_events.function(charge, maximum_retry_attempts=0, on_failure=bus, on_success=bus)

    fn.invoke_async(EXPIRED)
    fn.invoke_async({"order": 8})
    lambda_events.run_until_idle()

    assert [attempt.response for attempt in audit.attempts] == [EXPIRED]


def test_a_topic_delivers_published_messages(lambda_events: LambdaEvents) -> None:
    alerts, inbox = lambda_events.topic("alerts"), lambda_events.queue("inbox")
    alerts.subscribe(inbox, raw_message_delivery=True)

    alerts.publish({"order": 7})

    assert [message.json for message in inbox.messages] == [{"order": 7}]
    assert [message.json for message in alerts.messages] == [{"order": 7}]


def test_a_binary_attribute_that_a_topic_hands_on_raw_reaches_the_function_and_boto3(lambda_events: LambdaEvents) -> None:
    alerts, inbox, copies = lambda_events.topic("alerts"), lambda_events.queue("inbox"), lambda_events.queue("copies")
    audit = lambda_events.function(lambda event, context: event["Records"][0]["messageAttributes"], name="audit")
    audit.add_event_source(inbox)
    for queue in (inbox, copies):
        alerts.subscribe(queue, raw_message_delivery=True)
    attributes = {"mark": {"DataType": "Binary", "BinaryValue": b"\0\x01\xff"}}

    lambda_events.client("sns").publish(TopicArn=alerts.arn, Message="x", MessageAttributes=attributes)
    lambda_events.run_until_idle()

    (attempt,) = audit.attempts
    shown = {"binaryValue": "AAH/", "stringListValues": [], "binaryListValues": [], "dataType": "Binary"}
    assert attempt.response == {"mark": shown}
    assert copies.messages[0].message_attributes == {"mark": b"\0\x01\xff"}
    received = lambda_events.client("sqs").receive_message(QueueUrl=copies.url, MessageAttributeNames=["All"])["Messages"][0]
    assert received["MessageAttributes"] == attributes


def test_two_queues_of_one_name_are_refused(lambda_events: LambdaEvents) -> None:
    lambda_events.queue("orders")

    with pytest.raises(
        LambdaEventsError,
        match=r"Queue 'orders' already exists\. Choose another name, or use lambda_events\.queues\['orders'\]",
    ):
        lambda_events.queue("orders")


def test_a_setting_that_a_queue_lacks_is_refused(lambda_events: LambdaEvents) -> None:
    with pytest.raises(
        LambdaEventsError,
        match=r"A queue has no setting 'timeout'\. Did you mean 'visibility_timeout'\? Settings: visibility_timeout",
    ):
        lambda_events.queue("orders", timeout=3)  # type: ignore[call-arg]

    assert list(lambda_events.queues) == []
