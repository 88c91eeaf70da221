from __future__ import annotations

import json
from typing import Any

from pytest_lambda_events import LambdaEvents


def ship(event: Any, context: Any) -> None:
    for record in event["Records"]:
        print("shipping", json.loads(record["body"])["id"])


def test_function_receives_a_batch_of_two(lambda_events: LambdaEvents) -> None:
    orders, function = lambda_events.queue("orders"), lambda_events.function(ship)
    function.add_event_source(orders)

    orders.send({"id": 1}, {"id": 2})
    lambda_events.run_until_idle()

    [batch] = function.batches
    assert (batch.data, batch.outcome) == ([{"id": 1}, {"id": 2}], "success")
    assert orders.messages == []


def test_batching_window_collects_records_for_ten_seconds(lambda_events: LambdaEvents) -> None:
    orders, function = lambda_events.queue("orders"), lambda_events.function(ship)
    function.add_event_source(orders, batch_size=100, maximum_batching_window_in_seconds=10)

    orders.send({"id": 1})
    lambda_events.advance(9)
    orders.send({"id": 2})
    lambda_events.run_until_idle()

    [batch] = function.batches
    assert (batch.started_after_seconds, len(batch.records)) == (10, 2)


def test_messages_that_match_no_filter_are_deleted(lambda_events: LambdaEvents) -> None:
    orders, function = lambda_events.queue("orders"), lambda_events.function(ship)
    function.add_event_source(orders, filters=[{"body": {"kind": ["express"]}}])

    orders.send({"id": 1, "kind": "express"}, {"id": 2, "kind": "slow"}, "no JSON at all")
    lambda_events.run_until_idle()

    assert [batch.data for batch in function.batches] == [[{"id": 1, "kind": "express"}]]
    assert function.records_processed == 1
    assert orders.messages == []
