"""SQS, section 6: batches that cannot be invoked are kept while their visibility lasts, and then given up."""

from __future__ import annotations

import time
from typing import Any

import pytest
from queue_stories import bodies, counts, starts, succeed

from pytest_lambda_events import Function, LambdaEvents, Queue


def work(event: Any, context: Any) -> None:
    """Is busy for a direct event's seconds; handles messages at once."""
    time.sleep(event.get("seconds", 0))


def busy_for(lambda_events: LambdaEvents, seconds: float, *, timeout: int, visibility: int) -> tuple[Queue, Function]:
    """A queue with one message, and its function, whose one environment is busy for so long."""
    orders = lambda_events.queue("orders", visibility_timeout=visibility)
    fn = lambda_events.function(work, timeout=timeout, reserved_concurrent_executions=1)
    fn.add_event_source(orders, batch_size=1)
    fn.invoke_async({"seconds": seconds})
    lambda_events.advance(0)
    orders.send("m1")
    return orders, fn


@pytest.mark.rule("SQS-60", "SQS-62", "SQS-64")
@pytest.mark.parametrize(
    ("busy", "expected"),
    [
        (3.499, [0, 3.5]),
        (3.501, [0, 3.5, 10.5]),
        (10.499, [0, 3.5, 10.5]),
        (10.501, [0, 3.5, 10.5, 24.5]),
        (52.501, [0, 3.5, 10.5, 24.5, 52.5, 108.5]),
    ],
)
def test_a_throttled_batch_is_tried_again_after_pauses_that_double(
    lambda_events: LambdaEvents, busy: float, expected: list[float]
) -> None:
    orders, fn = busy_for(lambda_events, busy, timeout=60, visibility=300)

    lambda_events.run_until_idle()

    assert starts(fn) == expected
    assert [batch.outcome for batch in fn.batches] == ["throttled"] * (len(expected) - 1) + ["success"]
    assert {count for batch in counts(fn) for count in batch} == {"1"}
    assert bodies(orders) == []


@pytest.mark.rule("SQS-62")
def test_pauses_grow_to_a_minute_and_no_longer(lambda_events: LambdaEvents) -> None:
    _, fn = busy_for(lambda_events, 240, timeout=300, visibility=1000)

    lambda_events.run_until_idle()

    assert starts(fn) == [0, 3.5, 10.5, 24.5, 52.5, 108.5, 168.5, 228.5, 288.5]


@pytest.mark.rule("SQS-61", "SQS-62")
@pytest.mark.parametrize(
    ("visibility", "expected"),
    [(63, [0, 63]), (64, [0, 3.5, 64])],
    ids=["too little is left for a second attempt", "just enough is left"],
)
def test_a_batch_is_tried_again_only_while_the_function_could_end_in_time(
    lambda_events: LambdaEvents, visibility: int, expected: list[float]
) -> None:
    orders, fn = busy_for(lambda_events, 30, timeout=60, visibility=visibility)

    lambda_events.run_until_idle()

    assert starts(fn) == expected
    assert counts(fn)[-1] == ["2"]
    assert bodies(orders) == []


@pytest.mark.rule("SQS-60", "SQS-61")
@pytest.mark.parametrize(("seconds", "receives"), [(29.999, 1), (30, 2), (30.001, 2)], ids=["before", "at", "after"])
def test_a_lease_that_ends_costs_a_receive(lambda_events: LambdaEvents, seconds: float, receives: int) -> None:
    orders = lambda_events.queue("orders", visibility_timeout=30)
    lambda_events.function(succeed, reserved_concurrent_executions=0).add_event_source(orders)

    orders.send("m1")
    lambda_events.advance(seconds)

    [message] = orders.in_flight_messages
    assert message.approximate_receive_count == receives


@pytest.mark.rule("SQS-60")
def test_a_released_batch_is_not_deleted_and_visible_again(lambda_events: LambdaEvents) -> None:
    orders = lambda_events.queue("orders", visibility_timeout=30)
    mapping = lambda_events.function(succeed, reserved_concurrent_executions=0).add_event_source(orders)
    orders.send("m1")
    lambda_events.advance(10)

    mapping.update(enabled=False)
    lambda_events.run_until_idle()

    assert lambda_events.elapsed == 30
    assert [message.body for message in orders.visible_messages] == ["m1"]


@pytest.mark.rule("SQS-61")
def test_a_message_that_is_always_throttled_reaches_the_dead_letter_queue_unseen(lambda_events: LambdaEvents) -> None:
    dead = lambda_events.queue("dead")
    orders = lambda_events.queue("orders", visibility_timeout=30, dead_letter_queue=dead, max_receive_count=1)
    fn = lambda_events.function(succeed, reserved_concurrent_executions=0)
    fn.add_event_source(orders)

    orders.send("m1")
    lambda_events.run_until_idle()

    assert lambda_events.metrics.values("Invocations", fn) == []
    assert (bodies(dead), lambda_events.elapsed) == (["m1"], 30)


@pytest.mark.rule("SQS-63")
def test_a_throttle_does_not_count_as_an_error_of_the_function(lambda_events: LambdaEvents) -> None:
    _, fn = busy_for(lambda_events, 5, timeout=10, visibility=60)

    lambda_events.run_until_idle()

    metrics = lambda_events.metrics
    assert (metrics.sum("Throttles", fn), metrics.sum("Errors", fn)) == (2, 0)
    assert fn.logs == []


@pytest.mark.rule("SQS-64")
def test_capacity_that_becomes_free_wakes_no_batch(lambda_events: LambdaEvents) -> None:
    orders = lambda_events.queue("orders", visibility_timeout=60)
    fn = lambda_events.function(succeed, reserved_concurrent_executions=0)
    fn.add_event_source(orders)
    orders.send("m1")
    lambda_events.advance(4)

    fn.update(reserved_concurrent_executions=None)
    lambda_events.run_until_idle()

    assert starts(fn) == [0, 3.5, 10.5]


@pytest.mark.rule("SQS-60", "SQS-20")
def test_a_batch_that_is_held_keeps_its_place_in_the_concurrency(lambda_events: LambdaEvents) -> None:
    orders = lambda_events.queue("orders", visibility_timeout=60)
    fn = lambda_events.function(succeed, reserved_concurrent_executions=0)
    fn.add_event_source(orders, batch_size=1, maximum_concurrency=2)

    orders.send("m1", "m2", "m3")
    lambda_events.advance(50)

    assert len(orders.visible_messages) == 1
    assert {batch.data[0] for batch in fn.batches} == {"m1", "m2"}


@pytest.mark.rule("SQS-60", "SQS-80")
def test_a_fifo_batch_that_is_held_blocks_its_group(lambda_events: LambdaEvents) -> None:
    orders = lambda_events.queue("orders.fifo", visibility_timeout=60, content_based_deduplication=True)
    fn = lambda_events.function(work, timeout=20, reserved_concurrent_executions=1)
    fn.add_event_source(orders, batch_size=1)
    fn.invoke_async({"seconds": 5})
    lambda_events.advance(0)

    orders.send("A1", "A2", message_group_id="A")
    lambda_events.run_until_idle()

    assert [(batch.started_after_seconds, batch.data, batch.outcome) for batch in fn.batches] == [
        (0, ["A1"], "throttled"), (3.5, ["A1"], "throttled"), (10.5, ["A1"], "success"), (10.5, ["A2"], "success"),
    ]  # fmt: skip
