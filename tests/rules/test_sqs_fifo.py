"""SQS, section 8 and the FIFO parts of section 7: order within groups, and groups beside each other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from queue_stories import (
    PARTIAL,
    answering,
    bodies,
    counts,
    fail,
    failing_once,
    reporting,
    sleep_ten,
    starts,
    story,
    succeed,
)

from pytest_lambda_events import LambdaEvents, Queue


@pytest.fixture
def orders(lambda_events: LambdaEvents) -> Queue:
    """A FIFO queue with a visibility timeout of 60 s."""
    return lambda_events.queue("orders.fifo", visibility_timeout=60, content_based_deduplication=True)


# ---------------------------------------------------------------------- order


@pytest.mark.rule("SQS-80", "SQS-83")
def test_messages_of_a_group_run_one_after_the_other(lambda_events: LambdaEvents, orders: Queue) -> None:
    fn = lambda_events.function(sleep_ten, timeout=20)
    fn.add_event_source(orders, batch_size=1)

    orders.send("A1", "A2", "A3", message_group_id="A")
    lambda_events.run_until_idle()

    assert story(fn) == [(0, ["A1"]), (10, ["A2"]), (20, ["A3"])]


@pytest.mark.rule("SQS-80")
def test_a_message_to_a_group_in_flight_waits_for_the_group(lambda_events: LambdaEvents, orders: Queue) -> None:
    fn = lambda_events.function(sleep_ten, timeout=20)
    fn.add_event_source(orders)
    orders.send("A1", message_group_id="A")
    lambda_events.advance(4)

    orders.send("A2", message_group_id="A")
    orders.send("B1", message_group_id="B")
    lambda_events.run_until_idle()

    assert story(fn) == [(0, ["A1"]), (4, ["B1"]), (10, ["A2"])]


@pytest.mark.rule("SQS-81")
def test_a_failed_batch_is_retried_before_its_group_goes_on(lambda_events: LambdaEvents, orders: Queue) -> None:
    fn = lambda_events.function(failing_once({"A2"}), name="fn")
    fn.add_event_source(orders, batch_size=2)

    orders.send("A1", "A2", "A3", message_group_id="A")
    orders.send("B1", message_group_id="B")
    lambda_events.run_until_idle()

    assert story(fn) == [(0, ["A1", "A2"]), (0, ["B1"]), (60, ["A1", "A2"]), (60, ["A3"])]


@pytest.mark.rule("SQS-81")
def test_a_poison_message_blocks_its_group_until_it_is_redriven(lambda_events: LambdaEvents) -> None:
    dead = lambda_events.queue("dead.fifo")
    orders = lambda_events.queue(
        "orders.fifo", visibility_timeout=30, dead_letter_queue=dead, max_receive_count=2, content_based_deduplication=True
    )
    fn = lambda_events.function(lambda event, context: 1 / (event["Records"][0]["body"] != "A1"), name="fn")
    fn.add_event_source(orders, batch_size=1)

    orders.send("A1", "A2", message_group_id="A")
    lambda_events.run_until_idle()

    assert story(fn) == [(0, ["A1"]), (30, ["A1"]), (60, ["A2"])]
    assert bodies(dead) == ["A1"]


@pytest.mark.rule("SQS-82")
def test_one_batch_may_have_several_groups_each_in_order(lambda_events: LambdaEvents, orders: Queue) -> None:
    fn = lambda_events.function(succeed)
    fn.add_event_source(orders)

    orders.send("A1", "A2", message_group_id="A")
    orders.send("B1", "B2", message_group_id="B")
    lambda_events.run_until_idle()

    [(_, batch)] = story(fn)
    assert sorted(batch) == ["A1", "A2", "B1", "B2"]
    assert [body for body in batch if body[0] == "A"] == ["A1", "A2"]
    assert [body for body in batch if body[0] == "B"] == ["B1", "B2"]


@pytest.mark.rule("SQS-82")
def test_six_messages_of_two_groups_keep_the_order_of_each(lambda_events: LambdaEvents, orders: Queue) -> None:
    fn = lambda_events.function(succeed)
    fn.add_event_source(orders, batch_size=2)

    for number in (1, 2, 3):
        orders.send(f"A{number}", message_group_id="A")
        orders.send(f"B{number}", message_group_id="B")
    lambda_events.run_until_idle()

    delivered = [body for _, batch in story(fn) for body in batch]
    assert [body for body in delivered if body[0] == "A"] == ["A1", "A2", "A3"]
    assert [body for body in delivered if body[0] == "B"] == ["B1", "B2", "B3"]
    assert max(len(batch) for _, batch in story(fn)) == 2


@pytest.mark.rule("SQS-03", "SQS-80")
def test_a_duplicate_within_five_minutes_is_delivered_once(lambda_events: LambdaEvents, orders: Queue) -> None:
    fn = lambda_events.function(succeed)
    fn.add_event_source(orders)

    orders.send("A1", message_group_id="A")
    lambda_events.advance(299.999)
    orders.send("A1", message_group_id="A")
    lambda_events.advance(0.001)
    orders.send("A1", message_group_id="A")
    lambda_events.run_until_idle()

    assert starts(fn) == [0, 300]


@pytest.mark.rule("SQS-84")
def test_ten_is_the_largest_batch_of_a_fifo_queue(lambda_events: LambdaEvents, orders: Queue) -> None:
    fn = lambda_events.function(succeed)
    fn.add_event_source(orders, batch_size=10)

    orders.send(*(f"A{number}" for number in range(12)), message_group_id="A")
    lambda_events.run_until_idle()

    assert [len(batch.records) for batch in fn.batches] == [10, 2]
    assert [body for _, batch in story(fn) for body in batch] == [f"A{number}" for number in range(12)]


# ---------------------------------------------------------------------- partial failures


@pytest.mark.rule("SQS-76")
def test_lambda_adds_nothing_behind_the_failure_that_is_named(lambda_events: LambdaEvents, orders: Queue) -> None:
    fn = lambda_events.function(reporting({"A2"}), name="fn")
    fn.add_event_source(orders, function_response_types=PARTIAL)

    orders.send("A1", "A2", "A3", message_group_id="A")
    lambda_events.run_until_idle()

    assert story(fn) == [(0, ["A1", "A2", "A3"]), (60, ["A2"])]
    assert counts(fn)[1] == ["2"]


@pytest.mark.rule("SQS-76", "SQS-81")
def test_a_group_continues_after_the_reported_failures(lambda_events: LambdaEvents, orders: Queue) -> None:
    fn = lambda_events.function(reporting({"A2", "A3"}), name="fn")
    fn.add_event_source(orders, function_response_types=PARTIAL, batch_size=3)

    orders.send("A1", "A2", "A3", "A4", message_group_id="A")
    lambda_events.run_until_idle()

    assert story(fn) == [(0, ["A1", "A2", "A3"]), (60, ["A2", "A3", "A4"])]
    assert counts(fn)[1] == ["2", "2", "1"]


@pytest.mark.rule("SQS-70", "SQS-73", "SQS-74", "SQS-78")
@pytest.mark.parametrize(
    ("handler", "attempts"),
    [
        (answering({"batchItemFailures": []}), 1),
        (answering({"batchItemFailures": [{}]}), 1),
        (answering({"batchItemFailures": [{"itemIdentifier": ""}]}), 2),
        (answering({"batchItemFailures": [{"itemIdentifier": "no-such-id"}]}), 2),
        (fail, 2),
    ],
    ids=["none", "empty entry", "empty identifier", "unknown identifier", "error"],
)
def test_responses_have_the_same_meaning_for_a_fifo_queue(
    lambda_events: LambdaEvents, orders: Queue, handler: Callable[[Any, Any], Any], attempts: int
) -> None:
    fn = lambda_events.function(handler, name="fn")
    fn.add_event_source(orders, function_response_types=PARTIAL)

    orders.send("A1", message_group_id="A")
    lambda_events.advance(100)

    assert starts(fn) == [0, 60][:attempts]
