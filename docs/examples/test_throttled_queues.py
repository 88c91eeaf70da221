from __future__ import annotations

import time
from typing import Any

from pytest_lambda_events import LambdaEvents


def pack(event: Any, context: Any) -> None:
    time.sleep(10)


def test_throttled_message_moves_to_the_dead_letter_queue_without_a_run(lambda_events: LambdaEvents) -> None:
    dead_letters = lambda_events.queue("orders-dlq")
    orders = lambda_events.queue("orders", visibility_timeout=30, dead_letter_queue=dead_letters, max_receive_count=3)
    function = lambda_events.function(pack, timeout=15, reserved_concurrent_executions=0)
    function.add_event_source(orders)

    orders.send({"id": 1})
    lambda_events.run_until_idle()

    assert {batch.outcome for batch in function.batches} == {"throttled"}
    assert [message.json for message in dead_letters.messages] == [{"id": 1}]
    assert lambda_events.elapsed == 90


def test_mapping_starts_with_five_concurrent_invocations(lambda_events: LambdaEvents) -> None:
    orders, function = lambda_events.queue("orders", visibility_timeout=90), lambda_events.function(pack, timeout=15)
    function.add_event_source(orders, batch_size=1)

    orders.send(*range(12))
    lambda_events.run_until_idle()

    assert [batch.started_after_seconds for batch in function.batches] == [0] * 5 + [10] * 5 + [20] * 2


def test_maximum_concurrency_leaves_other_messages_in_the_queue(lambda_events: LambdaEvents) -> None:
    orders, function = lambda_events.queue("orders", visibility_timeout=90), lambda_events.function(pack, timeout=15)
    function.add_event_source(orders, batch_size=1, maximum_concurrency=2)
    orders.send(*range(6))

    lambda_events.advance(5)
    in_flight, visible = orders.in_flight_messages, orders.visible_messages
    lambda_events.run_until_idle()

    assert (len(in_flight), len(visible)) == (2, 4)
    assert [batch.started_after_seconds for batch in function.batches] == [0, 0, 10, 10, 20, 20]
    assert [message.approximate_receive_count for message in visible] == [0, 0, 0, 0]
