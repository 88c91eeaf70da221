"""Powertools' data classes and models parse what topics deliver."""

from __future__ import annotations

from typing import Any

import pytest
from aws_lambda_powertools.utilities.data_classes import SNSEvent, SQSEvent
from aws_lambda_powertools.utilities.parser import BaseModel, envelopes, parse
from aws_lambda_powertools.utilities.parser.models import SnsModel, SqsModel

from pytest_lambda_events import Function, LambdaEvents, Topic


class Order(BaseModel):
    """What these tests publish."""

    id: int


def publish(lambda_events: LambdaEvents, topic: Topic, **ids: str) -> None:
    attributes = {"kind": "paid", "size": 5, "body": b"\x00\xff"}
    topic.publish({"id": 7}, subject="Order", message_attributes=attributes, **ids)
    lambda_events.run_until_idle()


def event_of(function: Function) -> dict[str, Any]:
    [attempt] = function.attempts
    found: dict[str, Any] = attempt.event
    return found


@pytest.mark.rule("PSH-11", "PSH-14")
def test_powertools_reads_the_event_of_a_topic(lambda_events: LambdaEvents, function: Function) -> None:
    topic = lambda_events.topic("orders")
    topic.subscribe(function)

    publish(lambda_events, topic)

    event = event_of(function)
    [record] = SNSEvent(event).records
    model = SnsModel.model_validate(event).Records[0]
    assert (record.sns.subject, record.sns.message, record.sns.topic_arn) == ("Order", '{"id": 7}', topic.arn)
    assert record.sns.message_attributes["size"].get_type == "String"
    assert model.Sns.MessageAttributes is not None
    assert model.Sns.MessageAttributes["kind"].Value == "paid"
    assert parse(event, model=Order, envelope=envelopes.SnsEnvelope) == [Order(id=7)]


@pytest.mark.rule("PSH-1B", "PSH-88")
@pytest.mark.parametrize("is_fifo", [False, True], ids=["standard", "FIFO"])
def test_powertools_reads_a_topic_behind_a_queue(lambda_events: LambdaEvents, function: Function, *, is_fifo: bool) -> None:
    suffix = ".fifo" if is_fifo else ""
    topic, queue = lambda_events.topic(f"orders{suffix}"), lambda_events.queue(f"inbox{suffix}")
    topic.subscribe(queue)
    function.add_event_source(queue)

    publish(lambda_events, topic, **({"message_group_id": "g", "message_deduplication_id": "1"} if is_fifo else {}))

    event = event_of(function)
    [record] = SQSEvent(event).records
    assert record.decoded_nested_sns_event.message == '{"id": 7}'
    assert parse(event, model=Order, envelope=envelopes.SnsSqsEnvelope) == [Order(id=7)]


@pytest.mark.rule("PSH-1E")
def test_powertools_reads_raw_messages_of_a_topic(lambda_events: LambdaEvents, function: Function) -> None:
    topic, queue = lambda_events.topic("orders"), lambda_events.queue("inbox")
    topic.subscribe(queue, raw_message_delivery=True)
    function.add_event_source(queue)

    publish(lambda_events, topic)

    event = event_of(function)
    [record] = SQSEvent(event).records
    body = record.message_attributes["body"]
    assert body is not None
    assert body.binary_value == "AP8="
    assert SqsModel.model_validate(event).Records[0].messageAttributes["size"].stringValue == "5"
    assert parse(event, model=Order, envelope=envelopes.SqsEnvelope) == [Order(id=7)]
