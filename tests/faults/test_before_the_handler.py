"""Throttles and failures of Lambda itself, from each source: nothing runs, no retry is used up, and the same waits follow."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError
from fault_stories import BACKOFF, SOURCES, STREAMS, story_of

from pytest_lambda_events import LambdaEvents

REASON = "ConcurrentInvocationLimitExceeded"
REFUSALS = {"throttle": ({"reason": REASON}, "throttled", REASON), "service_error": ({}, "service_error", "ServiceException")}
KINDS = list(REFUSALS)


@pytest.mark.rule("ASY-60", "ASY-61", "SQS-60", "SQS-62", "KIN-41", "KIN-49")
@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("kind", KINDS)
def test_refused_try_waits_and_uses_no_retry(lambda_events: LambdaEvents, kind: str, source: str) -> None:
    options, outcome, reason = REFUSALS[kind]
    settings = {} if source == "sqs" else {"maximum_retry_attempts": 0}
    story = story_of(lambda_events, source, **settings)
    planned = story.plan(kind, times=2, **options)

    story.begin()
    lambda_events.run_until_idle()

    assert (story.outcomes, story.numbers) == ([outcome, outcome, "success"], [1, 2, 3])
    assert story.starts == BACKOFF[source]
    assert (len(story.runs), planned.times_met) == (1, 2)
    assert [entry.detail["reason"] for entry in lambda_events.journal if entry.kind == outcome] == [reason] * 2
    assert (story.failures.messages, story.dead.messages) == ([], [])


@pytest.mark.rule("MET-30")
@pytest.mark.parametrize(("kind", "throttles"), [("throttle", [1, 1, 0]), ("service_error", [0])], ids=KINDS)
@pytest.mark.parametrize("source", SOURCES)
def test_only_a_throttle_is_counted_and_as_nothing_else(
    lambda_events: LambdaEvents, kind: str, throttles: list[float], source: str
) -> None:
    story = story_of(lambda_events, source)
    story.plan(kind, times=2)

    story.begin()
    lambda_events.run_until_idle()

    assert lambda_events.metrics.values("Throttles", story.fn) == throttles
    assert lambda_events.metrics.values("Invocations", story.fn) == [1]
    assert lambda_events.metrics.sum("Errors", story.fn) == 0


@pytest.mark.rule("SQS-60")
@pytest.mark.parametrize("kind", KINDS)
def test_refused_batch_is_tried_again_under_the_same_receive(lambda_events: LambdaEvents, kind: str) -> None:
    story = story_of(lambda_events, "sqs")
    story.plan(kind, times=2)

    story.begin()
    lambda_events.run_until_idle()

    [event] = story.runs
    assert [record["attributes"]["ApproximateReceiveCount"] for record in event["Records"]] == ["1"] * 3


@pytest.mark.rule("SQS-61", "SQS-53")
@pytest.mark.parametrize("kind", KINDS)
def test_messages_reach_the_dead_letter_queue_without_having_run(lambda_events: LambdaEvents, kind: str) -> None:
    story = story_of(lambda_events, "sqs")
    story.plan(kind)

    story.begin()
    lambda_events.run_until_idle()

    assert ([message.body for message in story.dead.messages], story.runs) == (["a", "b", "c"], [])
    assert story.starts == [0, 3.5, 10.5, 24.5, 30, 33.5, 40.5, 54.5, 60, 63.5, 70.5, 84.5]
    assert lambda_events.elapsed == 90


@pytest.mark.rule("ASY-60", "ASY-61", "ASY-70")
@pytest.mark.parametrize(
    ("kind", "status", "message"),
    [
        ("throttle", 429, "Rate Exceeded."),
        ("service_error", 500, "An error occurred and the request cannot be processed."),
    ],
    ids=KINDS,
)
def test_event_that_is_refused_until_it_is_too_old_is_recorded_with_the_last_status(
    lambda_events: LambdaEvents, kind: str, status: int, message: str
) -> None:
    story = story_of(lambda_events, "async", maximum_event_age_in_seconds=60)
    story.plan(kind)

    event = story.begin()
    lambda_events.run_until_idle()

    [record], [letter] = story.failures.invocation_records, story.dead.dead_letters
    assert (story.starts, event.condition) == ([0, 1, 3, 7, 15, 31], "EventAgeExceeded")
    assert (record.status_code, record.approximate_invoke_count, record.executed_version) == (status, 0, None)
    assert (letter.error_code, letter.error_message) == (status, message)


@pytest.mark.rule("KIN-41", "KIN-44")
@pytest.mark.parametrize("source", STREAMS)
@pytest.mark.parametrize("kind", KINDS)
def test_records_that_are_refused_until_they_are_too_old_are_discarded(
    lambda_events: LambdaEvents, kind: str, source: str
) -> None:
    story = story_of(lambda_events, source, maximum_retry_attempts=0, maximum_record_age_in_seconds=60)
    story.plan(kind)

    story.begin()
    lambda_events.run_until_idle()

    [record] = story.failures.invocation_records
    assert (record.condition, record.status_code, story.runs) == ("RecordAgeExceeded", None, [])


@pytest.mark.rule("CON-20", "CON-21")
def test_synchronous_caller_gets_the_reason_of_a_throttle(lambda_events: LambdaEvents) -> None:
    story = story_of(lambda_events, "async")
    story.plan("throttle", reason=REASON)

    with pytest.raises(ClientError) as caught:
        story.fn.invoke()

    answer: dict[str, Any] = dict(caught.value.response)
    assert (answer["Error"]["Code"], answer["Reason"]) == ("TooManyRequestsException", REASON)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 429


def test_synchronous_caller_gets_the_error_of_lambda(lambda_events: LambdaEvents) -> None:
    story = story_of(lambda_events, "async")
    story.plan("service_error")

    with pytest.raises(ClientError) as caught:
        story.fn.invoke()

    answer: dict[str, Any] = dict(caught.value.response)
    assert answer["Error"]["Code"] == "ServiceException"
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 500
    assert (story.runs, story.outcomes) == ([], ["service_error"])
