from __future__ import annotations

import json
from typing import Any

from pytest_lambda_events import LambdaEvents


def ship(event: Any, context: Any) -> None:
    for record in event["Records"]:
        if json.loads(record["body"])["address"] is None:
            raise ValueError("no address")


POISON = {"id": 2, "address": None}


def test_poison_message_moves_to_the_dead_letter_queue(lambda_events: LambdaEvents) -> None:
    dead_letters = lambda_events.queue("orders-dlq")
    orders = lambda_events.queue("orders", visibility_timeout=60, dead_letter_queue=dead_letters, max_receive_count=3)
    function = lambda_events.function(ship, timeout=10)
    function.add_event_source(orders)

    [sent] = orders.send(POISON)
    lambda_events.run_until_idle()

    assert [batch.started_after_seconds for batch in function.batches] == [0, 60, 120]
    assert lambda_events.elapsed == 180
    [message] = dead_letters.messages
    assert (message.message_id, message.json) == (sent.message_id, POISON)


def test_poison_message_fails_its_whole_batch(lambda_events: LambdaEvents) -> None:
    dead_letters = lambda_events.queue("orders-dlq")
    orders = lambda_events.queue("orders", dead_letter_queue=dead_letters, max_receive_count=2)
    lambda_events.function(ship).add_event_source(orders)

    orders.send({"id": 1, "address": "Kirchweg 1"}, POISON)
    lambda_events.run_until_idle()

    assert [message.json["id"] for message in dead_letters.messages] == [1, 2]


def test_dead_letter_queue_invokes_another_function(lambda_events: LambdaEvents) -> None:
    dead_letters = lambda_events.queue("orders-dlq")
    orders = lambda_events.queue("orders", dead_letter_queue=dead_letters, max_receive_count=1)
    lambda_events.function(ship).add_event_source(orders)
    alarm = lambda_events.function(lambda event, context: None, name="alarm")
    alarm.add_event_source(dead_letters)

    orders.send(POISON)
    lambda_events.run_until_idle()

    [batch] = alarm.batches
    assert batch.data == [POISON]
    assert batch.records[0]["attributes"]["DeadLetterQueueSourceArn"] == orders.arn
