"""Tests of two functions with the same handler name, `app.handler`, and a common layer."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from pytest_lambda_events import Function, LambdaEvents, Queue

PROJECT = Path(__file__).resolve().parents[1]
# In a project of your own, whose root is pytest's rootdir, `code_uri="src/billing"` and `layers=["layers/common"]` do.
LAYERS = [PROJECT / "layers" / "common"]


@pytest.fixture
def warehouse(lambda_events: LambdaEvents) -> Queue:
    """The queue between the two functions, whose messages are tried twice."""
    dead = lambda_events.queue("warehouse-dead")
    return lambda_events.queue("warehouse", visibility_timeout=60, dead_letter_queue=dead, max_receive_count=2)


@pytest.fixture
def billing(lambda_events: LambdaEvents, warehouse: Queue) -> Function:
    """Has its table and the queue in its environment variables, which the module reads while it is imported."""
    lambda_events.table("invoices", partition_key="order")
    variables = {"INVOICES": "invoices", "WAREHOUSE": warehouse.url}
    return lambda_events.function(
        "app.handler", code_uri=PROJECT / "src" / "billing", layers=LAYERS, environment=variables, timeout=10
    )


@pytest.fixture
def shipping(lambda_events: LambdaEvents, warehouse: Queue) -> Function:
    """Reads the queue."""
    parcels = lambda_events.topic("parcels")
    variables = {"CARRIER": "Post", "PARCELS": parcels.arn}
    function = lambda_events.function(
        "app.handler", code_uri=PROJECT / "src" / "shipping", layers=LAYERS, environment=variables, timeout=10
    )
    function.add_event_source(warehouse, function_response_types=["ReportBatchItemFailures"])
    return function


def order(number: str, address: str = "Kirchweg 1") -> dict[str, object]:
    return {"order": number, "lines": {"book": 2, "pen": 1}, "address": address}


def test_an_order_is_billed_and_shipped(lambda_events: LambdaEvents, billing: Function, shipping: Function) -> None:
    assert (billing.name, shipping.name) == ("billing", "shipping")

    assert billing.invoke(order("A-1")).payload == {"total": "26.99 EUR"}
    lambda_events.run_until_idle()

    assert [batch.response for batch in shipping.batches] == [{"batchItemFailures": []}]
    lambda_events.assert_no_data_lost()


def test_an_order_without_an_address_does_not_delay_the_others(
    lambda_events: LambdaEvents, billing: Function, shipping: Function
) -> None:
    for number, address in [("A-1", "Kirchweg 1"), ("A-2", " ")]:
        billing.invoke_async(order(number, address))
    lambda_events.run_until_idle()

    assert [message.json["order"] for message in lambda_events.queues["warehouse-dead"].messages] == ["A-2"]
    assert shipping.records_processed == 1


def test_a_price_is_patched_in_the_module_of_the_function(billing: Function, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(billing.module("prices").PRICES, "book", 1000)

    assert billing.invoke(order("A-1")).payload == {"total": "21.99 EUR"}


def test_the_next_test_sees_the_price_of_the_file(billing: Function) -> None:
    assert billing.invoke(order("A-1")).payload == {"total": "26.99 EUR"}
    assert [name for name in ("app", "prices", "common") if name in sys.modules] == []
