from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from pytest_lambda_events import Function, LambdaEvents, Stream

totals: list[dict[str, int]] = []


def count(event: Any, context: Any) -> dict[str, Any]:
    state = Counter(event["state"])
    state.update(record["kinesis"]["partitionKey"] for record in event["Records"])
    if event["isFinalInvokeForWindow"]:
        totals.append(dict(state))
    return {"state": state}


@pytest.fixture
def clicks(lambda_events: LambdaEvents) -> Stream:
    totals.clear()
    return lambda_events.stream("clicks")


@pytest.fixture
def counter(lambda_events: LambdaEvents, clicks: Stream) -> Function:
    function = lambda_events.function(count)
    function.add_event_source(clicks, starting_position="TRIM_HORIZON", tumbling_window_in_seconds=120)
    return function


def test_state_is_passed_to_the_next_invocation_of_a_window(
    lambda_events: LambdaEvents, clicks: Stream, counter: Function
) -> None:
    lambda_events.advance(10)
    clicks.put("click", partition_key="alice")
    lambda_events.advance(60)
    clicks.put("click", "click", partition_key="bob")
    lambda_events.advance(60)
    clicks.put("click", partition_key="alice")
    lambda_events.advance(0)

    first, second, final, next_one = counter.batches
    assert (first.event["state"], second.event["state"]) == ({}, {"alice": 1})
    assert (final.records, final.event["state"]) == ([], {"alice": 1, "bob": 2})
    assert (final.event["isFinalInvokeForWindow"], final.started_after_seconds) == (True, 130)
    assert next_one.event["state"] == {}
    assert totals == [{"alice": 1, "bob": 2}]


def test_idle_window_is_closed_two_minutes_after_its_end(
    lambda_events: LambdaEvents, clicks: Stream, counter: Function
) -> None:
    clicks.put("click", partition_key="alice")
    lambda_events.run_until_idle()

    assert [batch.started_after_seconds for batch in counter.batches] == [0, 240]
    assert totals == [{"alice": 1}]


def test_arrival_time_of_a_record_selects_its_window(lambda_events: LambdaEvents, clicks: Stream) -> None:
    clicks.put("click", partition_key="alice")
    lambda_events.advance(timedelta(minutes=2))
    clicks.put("click", partition_key="alice")

    function = lambda_events.function(count)
    function.add_event_source(clicks, starting_position="TRIM_HORIZON", tumbling_window_in_seconds=120)
    lambda_events.advance(0)

    assert [(len(batch.records), batch.event["window"]["start"]) for batch in function.batches] == [
        (1, "2026-01-01T00:00:00Z"),
        (0, "2026-01-01T00:00:00Z"),
        (1, "2026-01-01T00:02:00Z"),
    ]


def test_response_without_state_fails(lambda_events: LambdaEvents, clicks: Stream) -> None:
    failures = lambda_events.queue("failures")
    function = lambda_events.function(lambda event, context: None, name="forgetful")
    function.add_event_source(
        clicks,
        starting_position="TRIM_HORIZON",
        tumbling_window_in_seconds=60,
        maximum_retry_attempts=1,
        on_failure=failures,
    )

    clicks.put("click", partition_key="alice")
    lambda_events.advance(1)

    [record] = failures.invocation_records
    assert record.approximate_invoke_count == 2
    assert record.json["timeWindowInfo"]["window"] == {"start": "2026-01-01T00:00:00Z", "end": "2026-01-01T00:01:00Z"}
