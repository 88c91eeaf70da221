from __future__ import annotations

import json
from typing import Any

import pytest

from pytest_lambda_events import BalanceSheet, LambdaEvents


def ship(event: Any, context: Any) -> dict[str, list[dict[str, str]]]:
    failed = [record["messageId"] for record in event["Records"] if json.loads(record["body"])["address"] is None]
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}


def charge(event: Any, context: Any) -> None:
    raise ValueError("card expired")


ORDERS = ({"id": 1, "address": "Kirchweg 1"}, {"id": 2, "address": None})


def test_no_order_is_lost(lambda_events: LambdaEvents) -> None:
    dead_letters = lambda_events.queue("orders-dlq")
    orders = lambda_events.queue("orders", dead_letter_queue=dead_letters, max_receive_count=3)
    lambda_events.function(ship).add_event_source(orders, function_response_types=["ReportBatchItemFailures"])

    orders.send(*ORDERS)
    lambda_events.run_until_idle()

    assert lambda_events.balance_sheet() == BalanceSheet(accepted=2, processed=1, dead=1)
    lambda_events.assert_no_data_lost()
    lambda_events.assert_idle()


def test_order_is_lost_without_report_batch_item_failures(lambda_events: LambdaEvents) -> None:
    orders = lambda_events.queue("orders")
    lambda_events.function(ship).add_event_source(orders)

    orders.send(*ORDERS)
    lambda_events.run_until_idle()

    with pytest.raises(AssertionError, match="1 of 2 accepted was lost") as failure:
        lambda_events.assert_no_data_lost()
    assert "deleted at 0 s although 'ship' reported it in batchItemFailures" in str(failure.value)


def test_failed_event_without_a_destination_is_lost(lambda_events: LambdaEvents) -> None:
    lambda_events.function(charge).invoke_async({"order": 7})
    lambda_events.run_until_idle()

    assert lambda_events.balance_sheet() == BalanceSheet(accepted=1, lost=1)
