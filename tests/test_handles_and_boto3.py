"""A handle and boto3 are two doors to one room: the same story by either gives the same journal."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

import boto3
import pytest
from uploads import create_function

from pytest_lambda_events import Entry, LambdaEvents

CHARGE = """
import time

class CardExpired(Exception): ...

def handler(event, context):
    time.sleep(event.get("seconds", 0))
    if event.get("card") == "expired":
        raise CardExpired("card expired")
    return {"charged": event["order"]}
"""


EXPIRED = b'{"order": 7, "card": "expired"}'
SLOW = b'{"order": 7, "seconds": 10}'
GOOD = b'{"order": 8}'


class CardExpired(Exception): ...


def charge(event: Any, context: Any) -> dict[str, int]:
    time.sleep(event.get("seconds", 0))
    if event.get("card") == "expired":
        raise CardExpired("card expired")
    return {"charged": event["order"]}


def told(entries: Iterable[Entry]) -> list[tuple[Any, ...]]:
    """The story without the random parts of ids, and without answers, whose stack traces name the file of the handler."""
    members = ("outcome", "error_type", "error_message", "reason", "condition", "executed_version", "attempts")
    return [
        (entry.kind, entry.after_seconds, entry.function_name, entry.attempt, *map(entry.detail.get, members))
        for entry in entries
    ]


def through_boto3(payloads: list[bytes], api_calls: dict[str, dict[str, int]]) -> list[tuple[Any, ...]]:
    """The story as a test writes it that knows nothing of handles. `api_calls` follow the creation of the function."""
    with LambdaEvents(state_change_seconds=0) as lambda_events:
        create_function("charge", CHARGE, Timeout=20)
        client = boto3.client("lambda")
        for operation, parameters in api_calls.items():
            getattr(client, operation)(FunctionName="charge", **parameters)
        for payload in payloads:
            client.invoke(FunctionName="charge", InvocationType="Event", Payload=payload)
        time.sleep(300)
        return told(lambda_events.journal)


def through_a_handle(payloads: list[bytes], settings: dict[str, Any]) -> list[tuple[Any, ...]]:
    with LambdaEvents() as lambda_events:
        function = lambda_events.function(charge, timeout=20, **settings)
        for payload in payloads:
            function.invoke_async(payload)
        lambda_events.run_until_idle()
        return told(lambda_events.journal)


@pytest.mark.parametrize(
    ("payloads", "api_calls", "settings"),
    [
        ([EXPIRED], {}, {}),
        (
            [EXPIRED],
            {"put_function_event_invoke_config": {"MaximumRetryAttempts": 2, "MaximumEventAgeInSeconds": 90}},
            {"maximum_retry_attempts": 2, "maximum_event_age_in_seconds": 90},
        ),
        (
            [SLOW, GOOD],
            {"put_function_concurrency": {"ReservedConcurrentExecutions": 1}},
            {"reserved_concurrent_executions": 1},
        ),
        (
            [GOOD],
            {"put_function_concurrency": {"ReservedConcurrentExecutions": 0}},
            {"reserved_concurrent_executions": 0},
        ),
    ],
    ids=["retries", "age", "throttles", "zero concurrency"],
)
def test_an_event_is_processed_the_same_way_through_handles_and_boto3(
    payloads: list[bytes], api_calls: dict[str, dict[str, int]], settings: dict[str, Any]
) -> None:
    by_boto3, by_handle = through_boto3(payloads, api_calls), through_a_handle(payloads, settings)

    assert by_boto3 == by_handle
    assert len(by_handle) > 1


def test_a_function_made_through_boto3_is_found_by_its_handle(lambda_events: LambdaEvents) -> None:
    create_function("charge", CHARGE)
    lambda_events.advance(1)

    response = lambda_events.functions["charge"].invoke({"order": 7})

    assert response.payload == {"charged": 7}


def test_a_function_made_by_a_handle_is_found_through_boto3(lambda_events: LambdaEvents) -> None:
    lambda_events.function(charge, timeout=20)

    found = boto3.client("lambda").get_function_configuration(FunctionName="charge")

    assert (found["State"], found["Timeout"]) == ("Active", 20)
