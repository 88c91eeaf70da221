from __future__ import annotations

from typing import Any

import pytest
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.dynamo_db_stream_event import DynamoDBRecord
from aws_lambda_powertools.utilities.data_classes.kinesis_stream_event import KinesisStreamRecord

from pytest_lambda_events import LambdaEvents

REPORT = ["ReportBatchItemFailures"]
click_processor = BatchProcessor(event_type=EventType.KinesisDataStreams)
order_processor = BatchProcessor(event_type=EventType.DynamoDBStreams)
indexed: list[str] = []


def index_click(record: KinesisStreamRecord) -> None:
    page = record.kinesis.data_as_json()["page"]
    if page == "broken":
        raise ValueError("broken page")
    indexed.append(page)


def index(event: Any, context: Any) -> Any:
    return process_partial_response(event=event, record_handler=index_click, processor=click_processor, context=context)


def ship_order(record: DynamoDBRecord) -> None:
    if record.dynamodb is None or not record.dynamodb.new_image["address"]:
        raise ValueError("no address")


def ship(event: Any, context: Any) -> Any:
    return process_partial_response(event=event, record_handler=ship_order, processor=order_processor, context=context)


@pytest.fixture(autouse=True)
def clear_indexed() -> None:
    indexed.clear()


def test_failed_record_and_all_later_records_are_retried(lambda_events: LambdaEvents) -> None:
    clicks, failures = lambda_events.stream("clicks"), lambda_events.queue("failures")
    function = lambda_events.function(index)
    function.add_event_source(
        clicks,
        starting_position="TRIM_HORIZON",
        function_response_types=REPORT,
        maximum_retry_attempts=1,
        on_failure=failures,
    )

    clicks.put(*({"page": page} for page in ("a", "broken", "c")), partition_key="alice")
    lambda_events.run_until_idle()

    assert [[click["page"] for click in batch.data] for batch in function.batches] == [
        ["a", "broken", "c"], ["broken", "c"], ["broken", "c"],
    ]  # fmt: skip
    assert indexed == ["a", "c", "c", "c"]
    assert [record.json["KinesisBatchInfo"]["batchSize"] for record in failures.invocation_records] == [2]
    assert function.records_processed == 1


def test_only_the_failed_record_is_discarded_with_bisecting(lambda_events: LambdaEvents) -> None:
    clicks, failures = lambda_events.stream("clicks"), lambda_events.queue("failures")
    function = lambda_events.function(index)
    function.add_event_source(
        clicks,
        starting_position="TRIM_HORIZON",
        function_response_types=REPORT,
        bisect_batch_on_function_error=True,
        maximum_retry_attempts=1,
        on_failure=failures,
    )

    clicks.put(*({"page": page} for page in ("a", "broken", "c")), partition_key="alice")
    lambda_events.run_until_idle()

    assert [[click["page"] for click in batch.data] for batch in function.batches] == [
        ["a", "broken", "c"], ["broken", "c"], ["broken"], ["broken"], ["c"],
    ]  # fmt: skip
    assert [record.json["KinesisBatchInfo"]["batchSize"] for record in failures.invocation_records] == [1]
    assert function.records_processed == 2


def test_failed_record_is_skipped_without_report_batch_item_failures(lambda_events: LambdaEvents) -> None:
    clicks, function = lambda_events.stream("clicks"), lambda_events.function(index)
    function.add_event_source(clicks, starting_position="TRIM_HORIZON")

    clicks.put({"page": "a"}, {"page": "broken"}, partition_key="alice")
    lambda_events.run_until_idle()

    assert len(function.batches) == 1
    [warning] = [entry.detail["message"] for entry in lambda_events.journal.warnings]
    assert 'has no function_response_types=["ReportBatchItemFailures"]' in warning


def test_partial_batch_failure_of_a_table(lambda_events: LambdaEvents) -> None:
    orders = lambda_events.table("orders", partition_key="id", stream_view_type="NEW_IMAGE")
    function = lambda_events.function(ship)
    function.add_event_source(
        orders, starting_position="TRIM_HORIZON", function_response_types=REPORT, maximum_retry_attempts=0
    )

    orders.put_item({"id": "1", "address": "Kirchweg 1"})
    orders.put_item({"id": "2", "address": ""})
    lambda_events.run_until_idle()

    first, second = function.batches
    assert first.batch_item_failures == [first.data[1]["SequenceNumber"]]
    assert [data["Keys"] for data in second.data] == [{"id": {"S": "2"}}]
