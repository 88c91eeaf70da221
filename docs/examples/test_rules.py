from __future__ import annotations

from datetime import timedelta
from typing import Any

import boto3

from pytest_lambda_events import LambdaEvents

PAID = {"source": ["shop"], "detail": {"total": [{"numeric": [">", 100]}]}}


def send_invoice(event: Any, context: Any) -> None:
    print("invoice for", event)


def test_large_orders_get_an_invoice(lambda_events: LambdaEvents) -> None:
    bus, lost = lambda_events.event_bus("shop"), lambda_events.queue("lost")
    invoice = lambda_events.function(send_invoice)
    transformer = {"InputPathsMap": {"id": "$.detail.id"}, "InputTemplate": '{"order": <id>}'}
    bus.add_rule(PAID, invoice, input_transformer=transformer, dead_letter_queue=lost)

    bus.put_event(source="shop", detail_type="ordered", detail={"id": 7, "total": 99})
    bus.put_event(source="shop", detail_type="ordered", detail={"id": 8, "total": 101})
    lambda_events.run_until_idle()

    assert [event.payload for event in invoice.events] == [{"order": 8}]
    assert lost.messages == []


def test_a_replay_sends_yesterdays_orders_again(lambda_events: LambdaEvents) -> None:
    bus, events = lambda_events.event_bus("shop"), boto3.client("events")
    archive = events.create_archive(ArchiveName="orders", EventSourceArn=bus.arn)["ArchiveArn"]
    bus.put_event(source="shop", detail_type="ordered", detail={"id": 7, "total": 101})
    lambda_events.advance(timedelta(days=1))

    invoice = lambda_events.function(send_invoice)
    bus.add_rule({**PAID, "replay-name": [{"exists": True}]}, invoice, input_path="$.detail.id")
    events.start_replay(
        ReplayName="again",
        EventSourceArn=archive,
        EventStartTime=lambda_events.now - timedelta(days=2),
        EventEndTime=lambda_events.now,
        Destination={"Arn": bus.arn},
    )
    lambda_events.run_until_idle()

    assert [event.payload for event in invoice.events] == [7]
