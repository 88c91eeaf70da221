"""Retries, errors and log records are the same as without fast calls, and an operation runs once for each attempt."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import boto3
import botocore.history
import pytest
from both_ways import both_ways
from botocore.config import Config
from botocore.exceptions import ClientError
from moto.core.exceptions import JsonRESTError
from moto.dynamodb.responses import DynamoHandler
from moto.sns.responses import SNSResponse
from moto.sqs.models import SQSBackend
from moto.sqs.responses import SQSResponse

from pytest_lambda_events import LambdaEvents

MODES = ("legacy", "standard", "adaptive")


def handler(event: Any, context: Any) -> str:
    return "done"


@contextmanager
def failing_twice(kind: Any, name: str, error: Callable[[], Exception]) -> Iterator[list[int]]:
    """Lets a handler of moto raise an error in two of three calls. Yields a list with an item for each call."""
    calls: list[int] = []
    original = getattr(kind, name)

    def action(response: Any) -> Any:
        calls.append(len(calls))
        if len(calls) % 3:
            raise error()
        return original(response)

    with mock.patch.object(kind, name, action):
        yield calls


def throttled() -> Exception:
    return JsonRESTError("ThrottlingException", "Rate exceeded")


def test_a_client_starts_with_its_whole_retry_quota_in_each_environment() -> None:
    with LambdaEvents():
        client = boto3.client("dynamodb", config=Config(retries={"mode": "standard", "max_attempts": 3}))

    def reject(response: Any) -> Any:
        raise throttled()

    def attempts() -> list[int]:
        with LambdaEvents(), mock.patch.object(DynamoHandler, "list_tables", reject):
            return [attempts_of_failed_call() for _ in range(60)]

    def attempts_of_failed_call() -> int:
        with pytest.raises(ClientError) as failed:
            client.list_tables()
        return int(failed.value.response["ResponseMetadata"]["RetryAttempts"])

    first = attempts()

    # A quota of 500 is used up by 5 for each retry.
    assert (first[0], first[-1]) == (3, 0)
    assert attempts() == first


@pytest.mark.parametrize("mode", MODES)
def test_a_throttled_call_is_retried_in_the_same_virtual_time(mode: Any) -> None:
    def scenario(env: LambdaEvents) -> Any:
        client = boto3.client("dynamodb", config=Config(retries={"mode": mode}))
        with failing_twice(DynamoHandler, "list_tables", throttled) as calls:
            answers = [client.list_tables() for _ in range(2)]
        return answers, calls, env.elapsed

    (answers, calls, elapsed), fast = both_ways(scenario)

    assert [answer["ResponseMetadata"]["RetryAttempts"] for answer in answers] == [2, 2]
    assert len(calls) == 6
    assert elapsed > 0
    assert len(fast) == (0 if mode == "adaptive" else 2)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("max_attempts", [1, 2])
def test_a_call_fails_after_its_last_attempt(mode: Any, max_attempts: int) -> None:
    def scenario(env: LambdaEvents) -> Any:
        client = boto3.client("dynamodb", config=Config(retries={"mode": mode, "total_max_attempts": max_attempts}))
        with failing_twice(DynamoHandler, "list_tables", throttled) as calls, pytest.raises(ClientError) as failed:
            client.list_tables()
        return failed.value.response, str(failed.value), calls

    (response, text, calls), _ = both_ways(scenario)

    assert "ThrottlingException" in text
    assert response["ResponseMetadata"]["RetryAttempts"] == max_attempts - 1
    assert len(calls) == max_attempts


@pytest.mark.parametrize("mode", MODES)
def test_a_throttled_invocation_is_retried_in_the_same_virtual_time(mode: Any) -> None:
    def scenario(env: LambdaEvents) -> Any:
        env.function(handler, name="charge").throttle(times=2)
        client = boto3.client("lambda", config=Config(retries={"mode": mode}))
        answer = client.invoke(FunctionName="charge")
        return answer["ResponseMetadata"]["RetryAttempts"], answer["Payload"].read(), env.elapsed

    (attempts, payload, elapsed), _ = both_ways(scenario)

    assert (attempts, payload) == (2, b'"done"')
    assert elapsed > 0


def test_the_retry_quota_of_a_client_is_the_same() -> None:
    def scenario(env: LambdaEvents) -> Any:
        client = boto3.client("dynamodb", config=Config(retries={"mode": "standard", "total_max_attempts": 3}))
        counts = []
        with mock.patch.object(DynamoHandler, "list_tables", autospec=True, side_effect=throttled()) as action:
            for _ in range(60):
                with pytest.raises(ClientError) as failed:
                    client.list_tables()
                counts.append((action.call_count, failed.value.response["ResponseMetadata"]["RetryAttempts"]))
        return counts, client.list_tables()

    (counts, _), _ = both_ways(scenario)

    assert counts[0] == (3, 2)
    assert counts[-1][1] == 0


def test_an_operation_that_fails_runs_once() -> None:
    def scenario(env: LambdaEvents) -> Any:
        client = boto3.client("sqs")
        url = client.create_queue(QueueName="orders")["QueueUrl"]
        ran: list[str] = []
        send = SQSBackend.send_message

        def send_and_fail(backend: Any, *arguments: Any, **keywords: Any) -> Any:
            ran.append("sent")
            send(backend, *arguments, **keywords)
            raise JsonRESTError("UnsupportedOperation", "sent, but fails")

        with mock.patch.object(SQSBackend, "send_message", send_and_fail), pytest.raises(ClientError) as failed:
            client.send_message(QueueUrl=url, MessageBody="one")
        return ran, failed.value.response, client.receive_message(QueueUrl=url, MaxNumberOfMessages=10)

    (ran, _, received), _ = both_ways(scenario)

    assert ran == ["sent"]
    assert [message["Body"] for message in received["Messages"]] == ["one"]


def test_an_error_of_moto_is_raised_once_by_name() -> None:
    def scenario(env: LambdaEvents) -> Any:
        with mock.patch.object(SNSResponse, "list_topics", autospec=True, side_effect=ValueError("broken")) as action:
            with pytest.raises(Exception, match="failed with ValueError: broken") as failed:
                boto3.client("sns").list_topics()
            return type(failed.value).__name__, str(failed.value), action.call_count

    (name, _, count), _ = both_ways(scenario)

    assert (name, count) == ("NotSimulatedError", 1)


def test_modeled_errors_have_the_same_classes_and_fields() -> None:
    def scenario(env: LambdaEvents) -> Any:
        dynamodb, sqs = boto3.client("dynamodb"), boto3.client("sqs")
        env.table("items", partition_key="id")
        dynamodb.put_item(TableName="items", Item={"id": {"S": "a"}, "n": {"N": "1"}})
        seen = []
        with pytest.raises(dynamodb.exceptions.ConditionalCheckFailedException) as conflict:
            dynamodb.put_item(
                TableName="items", Item={"id": {"S": "a"}}, ConditionExpression="attribute_not_exists(id)",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )  # fmt: skip
        seen.append(conflict.value.response)
        with pytest.raises(dynamodb.exceptions.TransactionCanceledException) as canceled:
            dynamodb.transact_write_items(
                TransactItems=[{"Delete": {
                    "TableName": "items", "Key": {"id": {"S": "b"}}, "ConditionExpression": "attribute_exists(id)",
                }}],
            )  # fmt: skip
        seen.append(canceled.value.response)
        with pytest.raises(sqs.exceptions.QueueDoesNotExist) as missing:
            sqs.get_queue_url(QueueName="none")
        seen.append(missing.value.response)
        return seen

    (conflict, canceled, missing), fast = both_ways(scenario)

    assert conflict["Item"] == {"id": {"S": "a"}, "n": {"N": "1"}}
    assert [reason["Code"] for reason in canceled["CancellationReasons"]] == ["ConditionalCheckFailed"]
    assert missing["Error"]["Code"] == "AWS.SimpleQueueService.NonExistentQueue"
    assert fast == ["CreateTable", "PutItem", "PutItem", "TransactWriteItems", "GetQueueUrl"]


def records_of(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str, str]]:
    """Returns the log records of botocore, without addresses, times and random ids."""
    hidden = re.compile(r"0x[0-9a-f]+|[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{64}")
    return [
        (record.name, record.levelname, hidden.sub("-", record.getMessage()))
        for record in caplog.records
        if record.name.startswith("botocore")
    ]


@pytest.mark.parametrize(
    "logger",
    ["", "botocore", "botocore.endpoint", "botocore.retryhandler", "botocore.retries.standard", "botocore.httpchecksum",
     "botocore.auth", "botocore.parsers", "botocore.hooks", "botocore.awsrequest", "botocore.handlers", "botocore.utils"],
)  # fmt: skip
@pytest.mark.parametrize("mode", ["legacy", "standard"])
def test_debug_logs_have_the_same_records(logger: str, mode: Any, caplog: pytest.LogCaptureFixture) -> None:
    def scenario(env: LambdaEvents) -> Any:
        client = boto3.client("sqs", config=Config(retries={"mode": mode}))
        # The first calls of a process create what later ones use.
        call_both(client)
        caplog.clear()
        with caplog.at_level(logging.DEBUG, logger):
            call_both(client)
        records = records_of(caplog)
        caplog.clear()
        client.list_queues()
        return records, records_of(caplog)

    def call_both(client: Any) -> None:
        client.list_queues()
        with pytest.raises(ClientError):
            client.get_queue_url(QueueName="none")

    both_ways(scenario)


def test_the_history_of_botocore_has_the_same_events() -> None:
    seen: list[str] = []

    class Handler(botocore.history.BaseHistoryHandler):
        def emit(self, event_type: str, payload: Any, source: str) -> None:
            seen.append(event_type)

    recorder: Any = botocore.history.get_global_history_recorder()

    def scenario(env: LambdaEvents) -> Any:
        client = boto3.client("sqs")
        client.list_queues()
        seen.clear()
        recorder.enable()
        client.list_queues()
        recorder.disable()
        client.list_queues()
        return list(seen)

    recorder.add_handler(Handler())
    try:
        events, fast = both_ways(scenario)
    finally:
        recorder._handlers.pop()

    assert events == ["API_CALL", "HTTP_REQUEST", "HTTP_RESPONSE", "PARSED_RESPONSE"]
    assert len(fast) == 2


def test_a_patched_method_of_a_response_class_of_moto_is_called() -> None:
    def scenario(env: LambdaEvents) -> Any:
        client = boto3.client("sqs")
        client.list_queues()
        with mock.patch.object(SQSResponse, "list_queues", autospec=True, side_effect=SQSResponse.list_queues) as action:
            answer = client.list_queues()
        return answer, action.call_count, client.list_queues()

    (_, count, _), fast = both_ways(scenario)

    assert count == 1
    assert len(fast) == 3


@pytest.mark.parametrize("name", ["setup_class", "call_action", "_get_action", "_get_param", "serialized", "_dispatch"])
@pytest.mark.parametrize("is_own", [True, False], ids=["of the class", "of its base"])
def test_a_patched_step_of_moto_is_called(name: str, is_own: bool) -> None:
    kind = SQSResponse if is_own else SQSResponse.__mro__[1]

    def scenario(env: LambdaEvents) -> Any:
        client = boto3.client("sqs")
        client.create_queue(QueueName="orders")
        original = getattr(kind, name)
        with mock.patch.object(kind, name, autospec=True, side_effect=original) as step:
            client.get_queue_url(QueueName="orders")
            client.list_queues()
        return step.call_count > 0

    both_ways(scenario)
