from __future__ import annotations

from pytest_lambda_events import LambdaEvents


def test_order_without_address_does_not_affect_other_orders(lambda_events: LambdaEvents) -> None:
    dead_letters = lambda_events.queue("orders-dlq")
    orders = lambda_events.queue("orders", visibility_timeout=60, dead_letter_queue=dead_letters, max_receive_count=3)
    parcels = lambda_events.queue("parcels")
    function = lambda_events.function("app.handler", code_uri="src/shipping", timeout=10, environment={"PARCELS": parcels.url})
    function.add_event_source(orders)

    orders.send({"id": 1, "address": "Kirchweg 1"}, {"id": 2, "address": None})
    lambda_events.run_until_idle()

    assert [parcel.json["order"] for parcel in parcels.messages] == [1]
    assert [order.json["id"] for order in dead_letters.messages] == [2]
