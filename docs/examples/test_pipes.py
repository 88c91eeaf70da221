from __future__ import annotations

from typing import Any

from pytest_lambda_events import LambdaEvents


def add_customer(orders: list[dict[str, Any]], context: Any) -> list[dict[str, Any]]:
    return [{**order, "customer": "Ada"} for order in orders]


def test_paid_orders_reach_the_invoices(lambda_events: LambdaEvents) -> None:
    orders, invoices = lambda_events.queue("orders"), lambda_events.queue("invoices")
    lambda_events.pipe(
        orders,
        invoices,
        filters=[{"body": {"status": ["paid"]}}],
        enrichment=lambda_events.function(add_customer),
        enrichment_input_template='{"order": <$.body.id>}',
        input_template='{"invoice": "<$.order> for <$.customer>"}',
    )

    orders.send({"id": 7, "status": "paid"}, {"id": 8, "status": "open"})
    lambda_events.run_until_idle()

    assert [message.json for message in invoices.messages] == [{"invoice": "7 for Ada"}]
    lambda_events.assert_no_data_lost()


def test_a_failed_enrichment_is_retried(lambda_events: LambdaEvents) -> None:
    orders, invoices = lambda_events.queue("orders", visibility_timeout=60), lambda_events.queue("invoices")
    enrichment = lambda_events.function(add_customer)
    enrichment.fail(ConnectionError("no database"), attempts=[1])
    lambda_events.pipe(orders, invoices, enrichment=enrichment, name="orders-pipe")

    orders.send({"id": 7})
    lambda_events.run_until_idle()

    assert [attempt.started_after_seconds for attempt in enrichment.attempts] == [0, 60]
    assert len(invoices.messages) == 1
