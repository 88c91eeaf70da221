"""AWS calls of handlers that fail as AWS lets them fail: throttled, or with a part of their entries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError, ConnectionClosedError

from pytest_lambda_events import LambdaEvents, explore, replay

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


THROTTLES = (
    "ThrottlingException", "Throttling", "ProvisionedThroughputExceededException", "TooManyRequestsException", "SlowDown",
)  # fmt: skip
OPERATIONS = {
    "sqs": "list_queues", "dynamodb": "list_tables", "s3": "list_buckets", "sns": "list_topics", "events": "list_rules",
    "lambda": "list_functions", "kinesis": "list_streams", "ssm": "describe_parameters", "iam": "list_roles",
    "stepfunctions": "list_state_machines",
}  # fmt: skip


@pytest.mark.parametrize("service", OPERATIONS)
def test_a_service_that_rejects_all_attempts_raises_its_own_error(service: str) -> None:
    raised: list[Any] = []

    def scenario(env: LambdaEvents) -> None:
        def handler(event: Any, context: Any) -> None:
            try:
                getattr(env.client(service), OPERATIONS[service])()
            except Exception as error:
                raised.append(error)
                raise

        env.function(handler, name="f", timeout=300).invoke_async({})
        env.run_until_idle()

    explore(scenario, **ONLY_ERRORS)

    throttled, internal, unconnected = raised
    for error in (throttled, internal):
        assert isinstance(error, ClientError)
        assert "Planned by the exploration" in str(error)
        assert error.response["ResponseMetadata"]["RetryAttempts"] > 0
    assert throttled.response["Error"]["Code"] in THROTTLES
    assert internal.response["ResponseMetadata"]["HTTPStatusCode"] == 500
    assert isinstance(unconnected, ConnectionClosedError)


def test_a_lost_connection_leaves_the_effect_of_one_call() -> None:
    raised: list[BaseException] = []

    def scenario(env: LambdaEvents) -> None:
        def handler(event: Any, context: Any) -> None:
            try:
                env.client("sqs").send_message(QueueUrl=queue.url, MessageBody="x")
            except BotoCoreError as error:
                raised.append(error)

        queue = env.queue("work")
        env.function(handler, name="f", timeout=300).invoke_async({})
        env.run_until_idle()
        assert len(queue.messages) == 1

    replay(scenario, "v1;call/f/sqs.SendMessage work/1/connection lost")

    assert [type(error) for error in raised] == [ConnectionClosedError]


def transaction(*numbers: str) -> list[dict[str, Any]]:
    """The items of a transaction that puts these ids."""
    return [{"Put": {"TableName": "payments", "Item": {"id": {"S": number}}}} for number in numbers]


def test_a_transaction_is_canceled_by_a_conflict() -> None:
    raised: list[ClientError] = []

    def scenario(env: LambdaEvents) -> None:
        def handler(event: Any, context: Any) -> None:
            db = env.client("dynamodb")
            try:
                db.transact_write_items(TransactItems=transaction("1", "2"))
            except db.exceptions.TransactionCanceledException as error:
                raised.append(error)

        env.table("payments", partition_key="id")
        env.function(handler, name="f").invoke_async({})
        env.run_until_idle()

    replay(scenario, "v1;call/f/dynamodb.TransactWriteItems payments/1/conflict")

    [error] = raised
    assert [one["Code"] for one in error.response["CancellationReasons"]] == ["TransactionConflict", "None"]
    assert "specific reasons [TransactionConflict, None]" in str(error)


@pytest.mark.parametrize(("has_transactions", "conflicts"), [(True, 2), (False, None)])
def test_a_single_write_conflicts_only_in_a_table_with_transactions(has_transactions: bool, conflicts: int | None) -> None:
    raised: list[ClientError] = []

    def scenario(env: LambdaEvents) -> None:
        def handler(event: Any, context: Any) -> None:
            db = env.client("dynamodb")
            if has_transactions:
                db.transact_write_items(TransactItems=transaction("1"))
            try:
                db.put_item(TableName="payments", Item={"id": {"S": "2"}})
            except db.exceptions.TransactionConflictException as error:
                raised.append(error)

        env.table("payments", partition_key="id")
        env.function(handler, name="f", timeout=300).invoke_async({})
        env.run_until_idle()

    result = explore(scenario, **ONLY_ERRORS)

    assert result.coverage.get("conflict") == conflicts
    assert len(raised) == has_transactions
