from __future__ import annotations

import os
import time
from typing import Any

import boto3

from pytest_lambda_events import LambdaEvents

sqs = boto3.client("sqs", region_name="us-east-1")


def pack(event: Any, context: Any) -> None:
    """Takes 15 seconds. With HEARTBEAT it extends the visibility timeout every 5 seconds."""
    [record] = event["Records"]
    for _ in range(3):
        if "HEARTBEAT" in os.environ:
            sqs.change_message_visibility(
                QueueUrl=os.environ["HEARTBEAT"], ReceiptHandle=record["receiptHandle"], VisibilityTimeout=10
            )
        time.sleep(5)


def test_message_is_delivered_again_while_the_first_invocation_runs(lambda_events: LambdaEvents) -> None:
    orders = lambda_events.queue("orders", visibility_timeout=10)
    function = lambda_events.function(pack, timeout=10)
    function.add_event_source(orders, batch_size=1)
    function.update(timeout=20)

    orders.send({"id": 1})
    lambda_events.advance(19)

    first, second = function.batches
    assert (first.started_after_seconds, first.ended_after_seconds) == (0, 15)
    assert (second.started_after_seconds, second.ended_after_seconds) == (10, None)
    assert first.records[0]["messageId"] == second.records[0]["messageId"]


def test_handler_that_extends_the_visibility_timeout_gets_no_duplicate(lambda_events: LambdaEvents) -> None:
    orders = lambda_events.queue("orders", visibility_timeout=10)
    function = lambda_events.function(pack, timeout=10, environment={"HEARTBEAT": orders.url})
    function.add_event_source(orders, batch_size=1)
    function.update(timeout=20)

    orders.send({"id": 1})
    lambda_events.run_until_idle()

    assert [(batch.started_after_seconds, batch.ended_after_seconds) for batch in function.batches] == [(0, 15)]
    assert orders.messages == []


def test_message_is_delivered_twice_although_the_first_attempt_succeeded(lambda_events: LambdaEvents) -> None:
    orders = lambda_events.queue("orders", visibility_timeout=60)
    function = lambda_events.function(pack, timeout=30)
    function.add_event_source(orders)
    function.fail("duplicate", times=1)

    orders.send({"id": 1})
    lambda_events.run_until_idle()

    assert [batch.data for batch in function.batches] == [[{"id": 1}], [{"id": 1}]]
    assert orders.messages == []
