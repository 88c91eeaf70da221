"""Powertools' data classes, models and envelopes parse what rules and schedules deliver, in real handlers."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import boto3
import pytest
from aws_lambda_powertools.utilities.data_classes import EventBridgeEvent, SQSEvent, event_source
from aws_lambda_powertools.utilities.parser import BaseModel, envelopes, event_parser, parse
from aws_lambda_powertools.utilities.parser.models import EventBridgeModel

from pytest_lambda_events import Function, LambdaEvents

PLACE = "us-east-1:123456789012"


class Order(BaseModel):
    """What these tests put on the bus."""

    id: int


class PaidOrder(EventBridgeModel):
    """An event with a typed detail."""

    detail: Order


seen: list[Any] = []


@pytest.fixture(autouse=True)
def _nothing_seen() -> None:
    seen.clear()


@event_parser(model=Order, envelope=envelopes.EventBridgeEnvelope)
def take_order(event: Order, context: Any) -> None:
    seen.append(event)


@event_parser(model=PaidOrder)
def take_event(event: PaidOrder, context: Any) -> None:
    seen.append(event)


@event_source(data_class=EventBridgeEvent)
def take_data(event: EventBridgeEvent, context: Any) -> None:
    seen.append(event)


def put(lambda_events: LambdaEvents, function: Function) -> None:
    bus = lambda_events.event_buses["default"]
    bus.add_rule({"source": ["shop"]}, function)
    bus.put_event(source="shop", detail_type="paid", detail={"id": 7})
    lambda_events.run_until_idle()


@pytest.mark.rule("EVB-20")
def test_the_envelope_gives_the_detail_to_a_handler(lambda_events: LambdaEvents) -> None:
    put(lambda_events, lambda_events.function(take_order))

    assert seen == [Order(id=7)]


@pytest.mark.rule("EVB-20", "EVB-21")
def test_a_model_reads_the_event_of_a_rule(lambda_events: LambdaEvents) -> None:
    put(lambda_events, lambda_events.function(take_event))

    [event] = seen
    assert (event.source, event.detail_type, event.detail) == ("shop", "paid", Order(id=7))
    assert (event.time, event.region, event.account, event.replay_name) == (
        datetime(2026, 1, 1, tzinfo=timezone.utc), "us-east-1", "123456789012", None,
    )  # fmt: skip


@pytest.mark.rule("EVB-A2")
def test_a_model_reads_a_replayed_event(lambda_events: LambdaEvents) -> None:
    bus, events = lambda_events.event_buses["default"], boto3.client("events")
    archive = events.create_archive(ArchiveName="all", EventSourceArn=bus.arn)["ArchiveArn"]
    put(lambda_events, lambda_events.function(take_event))

    events.start_replay(
        ReplayName="again", EventSourceArn=archive, EventStartTime=lambda_events.now,
        EventEndTime=lambda_events.now + timedelta(hours=1), Destination={"Arn": bus.arn},
    )  # fmt: skip
    lambda_events.run_until_idle()

    assert [event.replay_name for event in seen] == [None, "again"]


@pytest.mark.rule("EVB-60")
def test_powertools_reads_the_event_of_a_scheduled_rule(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(take_data)
    lambda_events.rule("cron(0 12 * * ? *)", function, name="noon")

    lambda_events.advance(timedelta(days=1))

    [event] = seen
    assert (event.source, event.detail_type, event.detail, event.resources) == (
        "aws.events", "Scheduled Event", {}, [f"arn:aws:events:{PLACE}:rule/noon"],
    )  # fmt: skip
    assert EventBridgeModel.model_validate(function.events[0].payload).time.hour == 12


@pytest.mark.rule("SCH-22")
def test_powertools_reads_the_event_of_scheduler_whose_detail_is_text(lambda_events: LambdaEvents) -> None:
    lambda_events.schedule("rate(1 hour)", lambda_events.function(take_data), name="hourly")

    lambda_events.advance(0)
    lambda_events.run_until_idle()

    [event] = seen
    assert (event.source, event.raw_event["detail"], event.resources) == (
        "aws.scheduler", "{}", [f"arn:aws:scheduler:{PLACE}:schedule/default/hourly"],
    )  # fmt: skip


@pytest.mark.rule("EVB-72")
def test_powertools_reads_an_event_that_a_queue_passes_on(lambda_events: LambdaEvents) -> None:
    def take(event: dict[str, Any], context: Any) -> None:
        bodies = [record.json_body for record in SQSEvent(event).records]
        seen.extend(parse(event=body, model=Order, envelope=envelopes.EventBridgeEnvelope) for body in bodies)

    queue = lambda_events.queue("orders")
    lambda_events.function(take).add_event_source(queue)
    bus = lambda_events.event_buses["default"]
    bus.add_rule({"source": ["shop"]}, queue)

    bus.put_event(source="shop", detail_type="paid", detail={"id": 7})
    lambda_events.run_until_idle()

    assert seen == [Order(id=7)]
