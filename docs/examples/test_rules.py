from __future__ import annotations

from typing import Any

from pytest_lambda_events import LambdaEvents

PAID = {"source": ["shop"], "detail": {"total": [{"numeric": [">", 100]}]}}


def send_invoice(event: Any, context: Any) -> None:
    print("invoice for", event["order"])


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
