from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from pytest_lambda_events import LambdaEvents

processor = BatchProcessor(event_type=EventType.SQS)


def ship_order(record: SQSRecord) -> None:
    if record.json_body["address"] is None:
        raise ValueError("no address")


def ship(event: Any, context: Any) -> Any:
    return process_partial_response(event=event, record_handler=ship_order, processor=processor, context=context)


GOOD = {"id": 1, "address": "Kirchweg 1"}
BAD = {"id": 2, "address": None}


def test_only_the_failed_order_is_retried(lambda_events: LambdaEvents) -> None:
    orders, function = lambda_events.queue("orders"), lambda_events.function(ship)
    function.add_event_source(orders, function_response_types=["ReportBatchItemFailures"])

    _, bad = orders.send(GOOD, BAD)
    lambda_events.advance(30)

    first, second = function.batches
    assert (first.outcome, first.batch_item_failures) == ("success", [bad.message_id])
    assert (second.started_after_seconds, second.data) == (30, [BAD])


def test_failed_order_is_lost_without_report_batch_item_failures(lambda_events: LambdaEvents) -> None:
    orders, function = lambda_events.queue("orders"), lambda_events.function(ship)
    function.add_event_source(orders)

    orders.send(GOOD, BAD)
    lambda_events.run_until_idle()

    assert (len(function.batches), orders.messages) == (1, [])
    [warning] = [entry.detail["message"] for entry in lambda_events.journal.warnings]
    assert 'has no function_response_types=["ReportBatchItemFailures"]' in warning
