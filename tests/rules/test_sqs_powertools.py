"""SQS-70 to 77 with real handlers: those that users of Powertools for AWS Lambda write."""

from __future__ import annotations

import json
from typing import Any

import powertools_handlers
import pytest
from queue_stories import PARTIAL, bodies, counts, starts

from pytest_lambda_events import Function, LambdaEvents, Queue


def ids(fn: Function) -> list[tuple[float, list[int]]]:
    """When each batch was tried, and the orders that it had."""
    return [(batch.started_after_seconds, [order["id"] for order in batch.data]) for batch in fn.batches]


@pytest.fixture
def orders(lambda_events: LambdaEvents) -> Queue:
    """A standard queue with a visibility timeout of 30 s."""
    return lambda_events.queue("orders", visibility_timeout=30)


@pytest.fixture
def orders_fifo(lambda_events: LambdaEvents) -> Queue:
    """A FIFO queue with a visibility timeout of 30 s."""
    return lambda_events.queue("orders.fifo", visibility_timeout=30, content_based_deduplication=True)


@pytest.mark.rule("SQS-71")
def test_only_items_that_the_processor_failed_on_are_delivered_again(lambda_events: LambdaEvents, orders: Queue) -> None:
    fn = lambda_events.function(powertools_handlers.ship)
    fn.add_event_source(orders, function_response_types=PARTIAL)

    orders.send({"id": 1}, {"id": 2, "broken": "once"}, {"id": 3})
    lambda_events.run_until_idle()

    assert ids(fn) == [(0, [1, 2, 3]), (30, [2])]
    assert [batch.batch_item_failures for batch in fn.batches] == [[fn.batches[0].records[1]["messageId"]], []]
    assert fn.logs == ["shipped 1", "shipped 3", "shipped 2"]


@pytest.mark.rule("SQS-73", "SQS-75")
def test_a_processor_that_fails_on_all_of_a_batch_raises(lambda_events: LambdaEvents, orders: Queue) -> None:
    fn = lambda_events.function(powertools_handlers.ship)
    fn.add_event_source(orders, function_response_types=PARTIAL)

    orders.send({"id": 1, "broken": "once"}, {"id": 2, "broken": "once"})
    lambda_events.run_until_idle()

    assert ids(fn) == [(0, [1, 2]), (30, [1, 2])]
    assert [batch.outcome for batch in fn.batches] == ["function_error", "success"]
    assert fn.batches[0].error_type == "BatchProcessingError"


@pytest.mark.rule("SQS-71")
def test_a_processor_may_name_all_of_a_batch_without_raising(lambda_events: LambdaEvents, orders: Queue) -> None:
    fn = lambda_events.function(powertools_handlers.ship_without_raising)
    fn.add_event_source(orders, function_response_types=PARTIAL)

    orders.send({"id": 1, "broken": "once"}, {"id": 2, "broken": "once"})
    lambda_events.run_until_idle()

    assert ids(fn) == [(0, [1, 2]), (30, [1, 2])]
    assert [batch.outcome for batch in fn.batches] == ["success", "success"]


@pytest.mark.rule("SQS-70")
def test_without_the_response_type_what_the_processor_names_is_lost(lambda_events: LambdaEvents, orders: Queue) -> None:
    fn = lambda_events.function(powertools_handlers.ship)
    fn.add_event_source(orders)

    orders.send({"id": 1}, {"id": 2, "broken": "always"})
    lambda_events.run_until_idle()

    assert ids(fn) == [(0, [1, 2])]
    assert bodies(orders) == []
    assert "SQS-70" in lambda_events.journal.warnings[-1].detail["message"]


@pytest.mark.rule("SQS-53", "SQS-71")
def test_a_poison_order_ends_on_the_dead_letter_queue_alone(lambda_events: LambdaEvents) -> None:
    dead = lambda_events.queue("dead")
    orders = lambda_events.queue("orders", visibility_timeout=30, dead_letter_queue=dead, max_receive_count=3)
    fn = lambda_events.function(powertools_handlers.ship)
    fn.add_event_source(orders, function_response_types=PARTIAL)

    orders.send({"id": 1}, {"id": 2, "broken": "always"})
    lambda_events.run_until_idle()

    assert ids(fn) == [(0, [1, 2]), (30, [2]), (60, [2])]
    assert [message.json["id"] for message in dead.messages] == [2]
    assert lambda_events.elapsed == 90


@pytest.mark.rule("SQS-76", "SQS-81")
def test_the_fifo_processor_reports_all_messages_after_its_first_failure(
    lambda_events: LambdaEvents, orders_fifo: Queue
) -> None:
    fn = lambda_events.function(powertools_handlers.ship_in_order)
    fn.add_event_source(orders_fifo, function_response_types=PARTIAL)

    orders_fifo.send({"id": 1}, {"id": 2, "broken": "once"}, {"id": 3}, {"id": 4}, message_group_id="A")
    lambda_events.run_until_idle()

    assert ids(fn) == [(0, [1, 2, 3, 4]), (30, [2, 3, 4])]
    assert counts(fn)[1] == ["2", "2", "2"]
    assert fn.logs == ["shipped 1", "shipped 2", "shipped 3", "shipped 4"]


@pytest.mark.rule("SQS-76", "SQS-82")
def test_the_fifo_processor_stops_all_groups_of_a_batch(lambda_events: LambdaEvents, orders_fifo: Queue) -> None:
    fn = lambda_events.function(powertools_handlers.ship_in_order)
    fn.add_event_source(orders_fifo, function_response_types=PARTIAL)

    orders_fifo.send({"id": 1, "broken": "once"}, message_group_id="A")
    orders_fifo.send({"id": 2}, message_group_id="B")
    lambda_events.run_until_idle()

    assert starts(fn) == [0, 30]
    assert [sorted(batch) for _, batch in ids(fn)] == [[1, 2], [1, 2]]


@pytest.mark.rule("SQS-76", "SQS-82")
def test_a_fifo_processor_that_skips_groups_goes_on_with_the_others(lambda_events: LambdaEvents, orders_fifo: Queue) -> None:
    fn = lambda_events.function(powertools_handlers.ship_groups_in_order)
    fn.add_event_source(orders_fifo, function_response_types=PARTIAL)

    orders_fifo.send({"id": 1, "broken": "once"}, {"id": 2}, message_group_id="A")
    orders_fifo.send({"id": 3}, {"id": 4}, message_group_id="B")
    lambda_events.run_until_idle()

    assert [(at, sorted(batch)) for at, batch in ids(fn)] == [(0, [1, 2, 3, 4]), (30, [1, 2])]
    assert fn.logs == ["shipped 3", "shipped 4", "shipped 1", "shipped 2"]


@pytest.mark.rule("SQS-71")
def test_the_asynchronous_processor_waits_for_all_of_a_batch_at_the_same_time(
    lambda_events: LambdaEvents, orders: Queue
) -> None:
    fn = lambda_events.function(powertools_handlers.ship_concurrently)
    fn.add_event_source(orders, function_response_types=PARTIAL)

    orders.send({"id": 1}, {"id": 2, "broken": "once"}, {"id": 3})
    lambda_events.advance(60)

    assert [(batch.started_after_seconds, batch.ended_after_seconds) for batch in fn.batches] == [(0, 2), (30, 32)]
    assert ids(fn)[1] == (30, [2])
    assert bodies(orders) == []


@pytest.mark.rule("SQS-11", "SQS-71")
def test_two_concurrent_asynchronous_batches(lambda_events: LambdaEvents, orders: Queue) -> None:
    fn = lambda_events.function(powertools_handlers.ship_concurrently)
    fn.add_event_source(orders, function_response_types=PARTIAL, batch_size=1)

    orders.send({"id": 1}, {"id": 2})
    lambda_events.advance(20)

    assert [(batch.error_message, batch.ended_after_seconds) for batch in fn.batches] == [(None, 2), (None, 2)]


@pytest.mark.rule("SQS-03", "SQS-50")
def test_an_idempotent_function_charges_once_what_is_delivered_twice(lambda_events: LambdaEvents, orders: Queue) -> None:
    lambda_events.client("dynamodb").create_table(
        TableName=powertools_handlers.TABLE,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    fn = lambda_events.function(powertools_handlers.charge_once, timeout=5)
    fn.add_event_source(orders)

    orders.send("a", "b")
    lambda_events.run_until_idle()

    assert starts(fn) == [0, 30]
    assert fn.logs == ["charged a", "charged b"]
    assert fn.batches[1].response == ["a", "b"]


@pytest.mark.rule("SQS-E2", "SQS-E3", "SQS-E5")
def test_powertools_reads_every_field_of_a_record(lambda_events: LambdaEvents, orders_fifo: Queue) -> None:
    fn = lambda_events.function(powertools_handlers.describe)
    fn.add_event_source(orders_fifo)

    [sent] = orders_fifo.send({"id": 1}, message_group_id="A", message_attributes={"kind": "a", "count": 2})
    lambda_events.run_until_idle()

    expected: list[Any] = [
        sent.message_id, json.dumps({"id": 1}), "A", "1", None, None,
        "https://sqs.us-east-1.amazonaws.com/123456789012/orders.fifo", "a", "2",
    ]  # fmt: skip
    assert fn.batches[0].response == [expected]
