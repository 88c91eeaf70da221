"""AWS calls of handlers that fail as AWS lets them fail: throttled, or with a part of their entries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from pytest_lambda_events import LambdaEvents, explore

EVENT = {"Source": "a", "DetailType": "b", "Detail": "{}"}
RECORD = {"Data": b"x", "PartitionKey": "a"}
ONLY_ERRORS: dict[str, Any] = {
    "max_faults": 1, "max_seconds": 600.0, "crash": False, "timeouts": False, "duplicates": False, "throttles": False,
    "lost_acknowledgements": False, "order": False,
}  # fmt: skip


Parameters = Callable[[str], dict[str, Any]]


PARTIAL: dict[str, tuple[str, Parameters, str, str]] = {
    "SendMessageBatch": ("sqs", lambda url: {"QueueUrl": url, "Entries": [_entry(1), _entry(2)]}, "Failed", "Successful"),
    "DeleteMessageBatch": (
        "sqs", lambda url: {"QueueUrl": url, "Entries": [{"Id": "1", "ReceiptHandle": "x"}]}, "Failed", "Successful",
    ),
    "PutEvents": ("events", lambda url: {"Entries": [EVENT, EVENT]}, "FailedEntryCount", "Entries"),
    "PutRecords": ("kinesis", lambda url: {"StreamName": "s", "Records": [RECORD]}, "FailedRecordCount", "Records"),
    "BatchWriteItem": (
        "dynamodb", lambda url: {"RequestItems": {"payments": [_put("1"), _put("2")]}}, "UnprocessedItems", "UnprocessedItems",
    ),
}  # fmt: skip


def _entry(number: int) -> dict[str, str]:
    return {"Id": str(number), "MessageBody": "x"}


def _put(key: str) -> dict[str, Any]:
    return {"PutRequest": {"Item": {"id": {"S": key}}}}


@pytest.mark.parametrize("operation", PARTIAL)
def test_a_batch_operation_may_process_a_part_of_its_entries(operation: str) -> None:
    service, parameters, failed, others = PARTIAL[operation]
    answers: list[dict[str, Any]] = []

    def scenario(env: LambdaEvents) -> None:
        queue = env.queue("work")
        env.table("payments", partition_key="id")
        env.stream("s")
        client = env.client(service)
        method = next(name for name, known in client.meta.method_to_api_mapping.items() if known == operation)

        def handler(event: Any, context: Any) -> None:
            answers.append(getattr(client, method)(**parameters(queue.url)))

        env.function(handler, name="f").invoke_async({})
        env.run_until_idle()

    result = explore(scenario, **ONLY_ERRORS)

    assert result.coverage["partial"] == 1
    partial = [answer for answer in answers if answer.get(failed)]
    assert partial
    assert all(others in answer and "ResponseMetadata" in answer for answer in partial)
    if operation == "BatchWriteItem":
        assert partial[0]["UnprocessedItems"] == {"payments": [_put("2")]}
    if operation == "PutEvents":
        assert (len(partial[0]["Entries"]), partial[0]["FailedEntryCount"]) == (2, 1)


@pytest.mark.parametrize(
    "service", ["sqs", "dynamodb", "s3", "sns", "lambda", "events", "kinesis", "ssm", "iam", "stepfunctions"]
)
def test_a_service_that_throttles_all_attempts_raises_its_own_error(service: str) -> None:
    operations = {
        "sqs": "list_queues", "dynamodb": "list_tables", "s3": "list_buckets", "sns": "list_topics", "events": "list_rules",
        "lambda": "list_functions", "kinesis": "list_streams", "ssm": "describe_parameters", "iam": "list_roles",
        "stepfunctions": "list_state_machines",
    }  # fmt: skip
    raised: list[Any] = []

    def scenario(env: LambdaEvents) -> None:
        def handler(event: Any, context: Any) -> None:
            try:
                getattr(env.client(service), operations[service])()
            except Exception as error:
                raised.append(error)
                raise

        env.function(handler, name="f", timeout=300).invoke_async({})
        env.run_until_idle()

    explore(scenario, **ONLY_ERRORS)

    [error] = raised
    assert isinstance(error, ClientError)
    assert "Planned by the exploration" in str(error)
    assert error.response["ResponseMetadata"]["RetryAttempts"] > 0
