"""Runs a scenario with and without fast calls, and compares everything that a user sees."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import boto3
from described_calls import described
from moto.moto_api._internal import mock_random

from pytest_lambda_events import LambdaEvents
from pytest_lambda_events.aws.network.routing import _Calls

make: Any = boto3.client
Scenario = Callable[[LambdaEvents], Any]
LISTED = {
    "sqs": "list_queues", "sns": "list_topics", "dynamodb": "list_tables", "kinesis": "list_streams", "kms": "list_keys",
    "ssm": "describe_parameters", "secretsmanager": "list_secrets", "events": "list_event_buses",
    "logs": "describe_log_groups",
    "lambda": "list_functions", "iam": "list_users", "sts": "get_caller_identity", "s3": "list_buckets",
}  # fmt: skip


@contextmanager
def fast_calls_counted() -> Iterator[list[str]]:
    """Yields a list that gets the name of the operation of each call that takes the fast path."""
    answer_quickly = _Calls._answer_quickly
    names: list[str] = []

    def counted(calls: Any, fast_calls: Any, fast: Any, handler: Any, call: Any, endpoint_url: str) -> Any:
        names.append(call.operation_name)
        return answer_quickly(calls, fast_calls, fast, handler, call, endpoint_url)

    with mock.patch.object(_Calls, "_answer_quickly", counted):
        yield names


def both_ways(scenario: Scenario, **options: Any) -> tuple[Any, list[str]]:
    """Returns what a scenario returns, which is the same with and without fast calls, and the operations called fast."""
    seen = []
    fast: list[str] = []
    for fast_calls in (True, False):
        with fast_calls_counted() as names, LambdaEvents(seed=5, fast_calls=fast_calls, **options) as env:
            result = scenario(env)
            journal = [repr(entry) for entry in env.journal]
            seen.append((described(result), env.elapsed, journal, mock_random.getstate()))
        fast.extend(names)
        assert fast_calls or not names
    for one, other in zip(*seen, strict=True):
        assert one == other, difference(one, other)
    return result, fast


def difference(one: Any, other: Any) -> str:
    """Returns the innermost parts of two descriptions that differ."""
    if isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)) and len(one) == len(other):
        for first, second in zip(one, other, strict=True):
            if first != second:
                return difference(first, second)
    return f"in one:       {one}\nin the other: {other}"


def answers_of(client: Any) -> Any:
    """Returns the response or the error of a call that lists resources."""
    name = LISTED[client.meta.service_model.service_name]
    try:
        return getattr(client, name)()
    except Exception as error:
        return type(error).__name__, str(error)


def with_queue(client: Any) -> Any:
    """Creates a queue, and lists queues."""
    return client.create_queue(QueueName="orders"), client.list_queues()
