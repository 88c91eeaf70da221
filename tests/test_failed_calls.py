"""A call of a handler's that AWS refuses is visible: in the journal, the timeline, the report and the page."""

from __future__ import annotations

import contextlib
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from pytest_lambda_events import Entry, LambdaEvents, NotSimulatedError


def store(event: Any, context: Any) -> None:
    boto3.client("dynamodb").put_item(TableName="orders", Item={"id": {"S": "7"}})


def calls(lambda_events: LambdaEvents) -> list[Entry]:
    return [entry for entry in lambda_events.journal if entry.kind == "called"]


def test_a_failed_call_carries_its_error_code_and_message(lambda_events: LambdaEvents) -> None:
    lambda_events.function(store, maximum_retry_attempts=0).invoke_async({})

    lambda_events.run_until_idle()

    [call] = calls(lambda_events)
    assert (call.detail["error"], call.detail["message"]) == ("ResourceNotFoundException", "Requested resource not found")
    told = "dynamodb.PutItem orders: ResourceNotFoundException: Requested resource not found"
    assert told in lambda_events.journal.timeline()


def test_a_call_that_worked_carries_no_error(lambda_events: LambdaEvents) -> None:
    lambda_events.table("orders", partition_key="id")
    lambda_events.function(store).invoke_async({})

    lambda_events.run_until_idle()

    [call] = calls(lambda_events)
    assert "error" not in call.detail
    assert "message" not in call.detail


def test_a_failed_call_that_the_handler_catches_is_visible_too(lambda_events: LambdaEvents) -> None:
    def tolerant(event: Any, context: Any) -> None:
        with contextlib.suppress(ClientError):
            store(event, context)

    lambda_events.function(tolerant).invoke({})

    assert [call.detail["error"] for call in calls(lambda_events)] == ["ResourceNotFoundException"]


def test_a_call_that_botocore_retries_counts_once(lambda_events: LambdaEvents) -> None:
    def call_busy(event: Any, context: Any) -> None:
        boto3.client("lambda").invoke(FunctionName="busy", Payload=b"{}")

    lambda_events.function(lambda event, context: None, name="busy", reserved_concurrent_executions=0)
    lambda_events.function(call_busy, timeout=60).invoke({})

    [call] = calls(lambda_events)
    assert call.detail["error"] == "TooManyRequestsException"


def test_a_call_that_fails_before_it_is_sent_is_visible(lambda_events: LambdaEvents) -> None:
    def misspell(event: Any, context: Any) -> None:
        boto3.client("sqs").send_message(QueueURL="x", MessageBody="m")

    lambda_events.function(misspell).invoke({})

    [call] = calls(lambda_events)
    assert call.detail["error"] == "ParamValidationError"
    assert 'Missing required parameter in input: "QueueUrl"' in call.detail["message"]


def test_a_refusal_of_the_simulation_is_visible(lambda_events: LambdaEvents) -> None:
    def subscribe(event: Any, context: Any) -> None:
        stream = boto3.client("kinesis")
        stream.subscribe_to_shard(
            ConsumerARN="arn:aws:kinesis:us-east-1:123456789012:stream/s/consumer/c:1",
            ShardId="shardId-000000000000",
            StartingPosition={"Type": "LATEST"},
        )

    with pytest.raises(NotSimulatedError, match="SubscribeToShard"):
        lambda_events.function(subscribe).invoke({})

    [call] = calls(lambda_events)
    assert call.detail["error"] == "NotSimulatedError"


def test_the_report_of_a_powertools_batch_names_the_table_that_is_missing(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import boto3
        from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response

        processor = BatchProcessor(event_type=EventType.SQS)

        def store(record):
            boto3.client("dynamodb").put_item(TableName="orders", Item={"id": {"S": record.body}})

        def handler(event, context):
            return process_partial_response(event, store, processor, context)

        def test_it(lambda_events):
            orders = lambda_events.queue("orders", visibility_timeout=30)
            function = lambda_events.function(handler)
            function.add_event_source(orders, function_response_types=["ReportBatchItemFailures"])
            orders.send("7")
            lambda_events.advance(1)
            assert function.batches[0].outcome == "success"
        """
    )

    result = pytester.runpytest("--lambda-events-report=pages")

    result.stdout.fnmatch_lines(
        [
            "*called*dynamodb.PutItem orders: ResourceNotFoundException: Requested resource not found*",
            "*attempt 1*BatchProcessingError: *",
            "*ResourceNotFoundException: An error occurred (ResourceNotFoundException)*",
            "*Requested resource not found",
        ]
    )
    [page] = (pytester.path / "pages").rglob("*test_it*.html")
    assert "dynamodb.PutItem orders: ResourceNotFoundException: Requested resource not found" in page.read_text()
