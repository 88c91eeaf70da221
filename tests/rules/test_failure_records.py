"""DST-15 to 24, CON-38 and CON C2: what the record of an event that failed says."""

from __future__ import annotations

import json
import sys
import time
from typing import Any

import boto3
import pytest

from pytest_lambda_events import LambdaEvents

ARN = "arn:aws:lambda:us-east-1:123456789012:function"


def take(event: Any, context: Any) -> dict[str, bool]:
    return {"ok": True}


def decline(event: Any, context: Any) -> None:
    raise ValueError("declined")


def leave(event: Any, context: Any) -> None:
    sys.exit(1)


def sleep(event: Any, context: Any) -> None:
    time.sleep(event)


@pytest.mark.rule("DST-15", "DST-18", "DST-20", "DST-22", "ASY-77", "ASY-78")
@pytest.mark.scenario("DST D2")
def test_an_event_that_always_fails_leaves_its_record_after_three_minutes(lambda_events: LambdaEvents) -> None:
    failures = lambda_events.queue("failures")

    event = lambda_events.function(decline, on_failure=failures).invoke_async({"order": 7})
    lambda_events.run(until=179.999999)
    before = failures.messages
    lambda_events.run_until_idle()

    [record] = failures.invocation_records
    assert before == []
    assert (record.timestamp, lambda_events.elapsed) == (lambda_events.now, 180)
    assert record.json["requestContext"] == {
        "requestId": event.request_id,
        "functionArn": f"{ARN}:decline:$LATEST",
        "condition": "RetriesExhausted",
        "approximateInvokeCount": 3,
    }
    assert record.json["responseContext"] == {
        "statusCode": 200,
        "executedVersion": "$LATEST",
        "functionError": "Unhandled",
    }
    assert list(record.response_payload) == ["errorMessage", "errorType", "requestId", "stackTrace"]
    assert record.response_payload["requestId"] == event.request_id


@pytest.mark.rule("DST-15", "DST-20")
def test_the_record_of_a_handler_that_exits_is_the_one_of_the_documentation(lambda_events: LambdaEvents) -> None:
    failures = lambda_events.queue("failures")

    event = lambda_events.function(leave, name="my-function", on_failure=failures).invoke_async({"ORDER_IDS": ["9"]})
    lambda_events.run_until_idle()

    [record] = failures.invocation_records
    assert record.json == {
        "version": "1.0",
        "timestamp": "2026-01-01T00:03:00.000Z",
        "requestContext": {
            "requestId": event.request_id,
            "functionArn": f"{ARN}:my-function:$LATEST",
            "condition": "RetriesExhausted",
            "approximateInvokeCount": 3,
        },
        "requestPayload": {"ORDER_IDS": ["9"]},
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
        "responsePayload": {
            "errorType": "Runtime.ExitError",
            "errorMessage": f"RequestId: {event.request_id} Error: Runtime exited with error: exit status 1",
        },
    }


@pytest.mark.rule("DST-20")
@pytest.mark.parametrize(("handler", "event"), [(decline, 0), (sleep, 5), (leave, 0)], ids=["raises", "times out", "exits"])
def test_every_function_error_is_unhandled(lambda_events: LambdaEvents, handler: Any, event: int) -> None:
    failures = lambda_events.queue("failures")

    lambda_events.function(handler, on_failure=failures, maximum_retry_attempts=0).invoke_async(event)
    lambda_events.run_until_idle()

    assert [record.function_error for record in failures.invocation_records] == ["Unhandled"]


@pytest.mark.rule("DST-16", "DST-23")
@pytest.mark.scenario("DST D3")
def test_a_record_of_an_event_too_old_has_the_last_answer(lambda_events: LambdaEvents) -> None:
    failures = lambda_events.queue("failures")

    lambda_events.function(decline, on_failure=failures, maximum_event_age_in_seconds=60).invoke_async()
    lambda_events.run_until_idle()

    [record] = failures.invocation_records
    assert (record.condition, record.approximate_invoke_count) == ("EventAgeExceeded", 1)
    assert (record.function_error, record.response_payload["errorMessage"]) == ("Unhandled", "declined")
    assert lambda_events.elapsed == 0


@pytest.mark.rule("DST-16", "DST-18", "DST-20", "DST-24")
@pytest.mark.scenario("DST D4")
def test_a_record_of_zero_concurrency_ends_after_the_payload(lambda_events: LambdaEvents) -> None:
    failures = lambda_events.queue("failures")

    event = lambda_events.function(take, on_failure=failures, reserved_concurrent_executions=0).invoke_async()
    lambda_events.run_until_idle()

    [message] = failures.messages
    assert message.body == (
        '{"version":"1.0","timestamp":"2026-01-01T00:00:00.000Z","requestContext":{"requestId":"' + event.request_id + '",'
        '"functionArn":"arn:aws:lambda:us-east-1:123456789012:function:take:$LATEST",'
        '"condition":"ZeroReservedConcurrency","approximateInvokeCount":0},"requestPayload":{}}'
    )


@pytest.mark.rule("CON-36", "DST-04", "DLQ-10")
@pytest.mark.scenario("CON C2")
def test_zero_concurrency_sends_to_destination_and_dead_letter_queue_immediately(lambda_events: LambdaEvents) -> None:
    failures, dead = lambda_events.queue("failures"), lambda_events.queue("dead")
    function = lambda_events.function(
        take, on_failure=failures, dead_letter_queue=dead, reserved_concurrent_executions=0
    )  # fmt: skip

    answer = lambda_events.client("lambda").invoke(FunctionName="take", InvocationType="Event", Payload=b'"x"')
    lambda_events.run_until_idle()

    assert (answer["StatusCode"], lambda_events.elapsed) == (202, 0)
    assert (len(failures.invocation_records), len(dead.dead_letters)) == (1, 1)
    assert function.attempts == []


@pytest.mark.rule("DST-18", "DST-20", "DST-21", "CON-38")
@pytest.mark.scenario("DST D5")
def test_the_record_of_an_event_throttled_until_it_expires_has_status_429(lambda_events: LambdaEvents) -> None:
    failures = lambda_events.queue("failures")
    function = lambda_events.function(
        sleep, timeout=300, on_failure=failures, maximum_event_age_in_seconds=60, reserved_concurrent_executions=1
    )  # fmt: skip
    function.invoke_async(200)

    event = function.invoke_async(0)
    lambda_events.run_until_idle()

    [record] = failures.invocation_records
    assert (record.request_id, record.condition) == (event.request_id, "EventAgeExceeded")
    assert (event.ended_after_seconds, record.approximate_invoke_count) == (31, 0)
    assert record.json["responseContext"] == {"statusCode": 429}
    assert "responsePayload" not in record.json


@pytest.mark.rule("DST-21")
def test_a_throttle_after_an_error_replaces_the_answer(lambda_events: LambdaEvents) -> None:
    failures = lambda_events.queue("failures")
    function = lambda_events.function(
        lambda event, context: decline(event, context) if event == "fail" else time.sleep(event),
        name="charge", timeout=300, on_failure=failures, maximum_event_age_in_seconds=90, reserved_concurrent_executions=1,
    )  # fmt: skip
    event = function.invoke_async("fail")
    lambda_events.advance(1)

    function.invoke_async(299)
    lambda_events.run_until_idle()

    [record] = failures.invocation_records
    assert [attempt.outcome for attempt in event.attempts][:2] == ["function_error", "throttled"]
    assert (record.condition, record.approximate_invoke_count) == ("EventAgeExceeded", 1)
    assert record.json["responseContext"] == {"statusCode": 429}
    assert "responsePayload" not in record.json


@pytest.mark.rule("DST-18", "DST-20", "DST-21")
def test_a_target_that_is_gone_replaces_the_answer_and_is_counted(lambda_events: LambdaEvents) -> None:
    failures = lambda_events.queue("failures")
    function = lambda_events.function(decline, on_failure=failures)
    function.invoke_async()
    lambda_events.advance(1)

    function.delete()
    lambda_events.run_until_idle()

    [record] = failures.invocation_records
    assert (record.condition, record.approximate_invoke_count) == ("RetriesExhausted", 3)
    assert record.json["responseContext"] == {"statusCode": 404}
    assert "responsePayload" not in record.json


@pytest.mark.rule("DST-17")
@pytest.mark.parametrize(
    ("qualifier", "shown", "executed"),
    [(None, "$LATEST", "$LATEST"), ("$LATEST", "$LATEST", "$LATEST"), ("1", "1", "1"), ("live", "live", "1")],
)
def test_the_record_names_the_function_as_invoked_and_the_version_that_ran(
    lambda_events: LambdaEvents, qualifier: str | None, shown: str, executed: str
) -> None:
    receipts = lambda_events.queue("receipts")
    function = lambda_events.function(take, on_success=receipts)
    function.publish_version().update(on_success=receipts)
    function.create_alias("live", function_version="1").update(on_success=receipts)
    named = {} if qualifier is None else {"Qualifier": qualifier}

    lambda_events.client("lambda").invoke(FunctionName="take", InvocationType="Event", **named)
    lambda_events.run_until_idle()

    [record] = receipts.invocation_records
    assert record.function_arn == f"{ARN}:take:{shown}"
    assert record.executed_version == executed


@pytest.mark.rule("DST-18")
@pytest.mark.parametrize(("retries", "count"), [(0, 1), (1, 2), (2, 3)])
def test_a_failure_counts_every_attempt(lambda_events: LambdaEvents, retries: int, count: int) -> None:
    failures = lambda_events.queue("failures")

    lambda_events.function(decline, on_failure=failures, maximum_retry_attempts=retries).invoke_async()
    lambda_events.run_until_idle()

    assert [record.approximate_invoke_count for record in failures.invocation_records] == [count]


@pytest.mark.rule("ASY-92", "DST-16")
def test_an_event_that_was_stopped_as_a_loop_leaves_record_and_letter(lambda_events: LambdaEvents) -> None:
    def invoke_itself(event: Any, context: Any) -> None:
        boto3.client("lambda").invoke(FunctionName="loop", InvocationType="Event", Payload=json.dumps(event + 1).encode())

    failures, dead = lambda_events.queue("failures"), lambda_events.queue("dead")
    function = lambda_events.function(invoke_itself, name="loop", on_failure=failures, dead_letter_queue=dead)
    function.invoke_async(1)

    lambda_events.run_until_idle()

    [record], [letter] = failures.invocation_records, dead.dead_letters
    assert (record.condition, record.request_payload) == ("RecursiveInvocationTerminated", 17)
    assert (letter.request_id, letter.json) == (record.request_id, 17)
    assert lambda_events.metrics.values("RecursiveInvocationsDropped", function) == [1]
