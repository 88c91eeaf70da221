from __future__ import annotations

from typing import Any

import pytest
from aws_lambda_powertools.utilities.batch import SqsFifoPartialProcessor, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from pytest_lambda_events import LambdaEvents, Queue

processor = SqsFifoPartialProcessor()


def book(record: SQSRecord) -> None:
    if record.body == "A2" and record.attributes.approximate_receive_count == "1":
        raise ConnectionError("no connection to the ledger")


def handler(event: Any, context: Any) -> Any:
    return process_partial_response(event=event, record_handler=book, processor=processor, context=context)


@pytest.fixture
def orders(lambda_events: LambdaEvents) -> Queue:
    return lambda_events.queue("orders.fifo", visibility_timeout=30, content_based_deduplication=True)


def test_failed_message_and_later_messages_are_retried_in_order(lambda_events: LambdaEvents, orders: Queue) -> None:
    function = lambda_events.function(handler)
    function.add_event_source(orders, function_response_types=["ReportBatchItemFailures"])

    orders.send("A1", "A2", "A3", message_group_id="A")
    lambda_events.run_until_idle()

    assert [batch.data for batch in function.batches] == [["A1", "A2", "A3"], ["A2", "A3"]]
    assert [batch.started_after_seconds for batch in function.batches] == [0, 30]


def test_failing_message_blocks_only_its_own_group(lambda_events: LambdaEvents, orders: Queue) -> None:
    function = lambda_events.function(handler)
    function.add_event_source(orders, batch_size=1)

    orders.send("A2", "A3", message_group_id="A")
    orders.send("B1", message_group_id="B")
    lambda_events.run_until_idle()

    batches = [(batch.started_after_seconds, batch.data) for batch in function.batches]
    assert batches == [(0, ["A2"]), (0, ["B1"]), (30, ["A2"]), (30, ["A3"])]


@pytest.mark.parametrize(("seconds", "messages"), [(299.999, 1), (300, 2)], ids=["within five minutes", "after five minutes"])
def test_equal_messages_within_five_minutes_are_deduplicated(
    lambda_events: LambdaEvents, orders: Queue, seconds: float, messages: int
) -> None:
    orders.send("A1", message_group_id="A")
    lambda_events.advance(seconds)

    orders.send("A1", message_group_id="A")

    assert len(orders.messages) == messages
