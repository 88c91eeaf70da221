"""DDB-40 to DDB-42 and DDB-56: tumbling windows over the changes of a table."""

from __future__ import annotations

import time
from typing import Any

import pytest
from table_stories import fed, put, table

from pytest_lambda_events import Function, LambdaEvents

HOURS = 3_600


def counting(event: Any, context: Any) -> Any:
    """A handler that counts the items of its window."""
    return {"state": {"count": event["state"].get("count", 0) + len(event["Records"])}}


def counting_without_end(event: Any, context: Any) -> Any:
    """The same, which fails where a window ends."""
    if event["isFinalInvokeForWindow"]:
        raise ValueError("broken")
    return counting(event, context)


def counting_slowly_without_end(event: Any, context: Any) -> Any:
    """The same, which takes its time where a window ends, so that a day has few attempts."""
    if event["isFinalInvokeForWindow"]:
        time.sleep(600)
    return counting_without_end(event, context)


def windows(fn: Function) -> list[tuple[str, int, dict[str, Any], bool]]:
    """Of each call the window's start, how many records it had, the state it was given, and whether it was the last."""
    return [
        (event["window"]["start"][11:19], len(event["Records"]), event["state"], event["isFinalInvokeForWindow"])
        for event in (batch.event for batch in fn.batches)
    ]


@pytest.mark.rule("DDB-40")
def test_state_goes_from_call_to_call_of_a_window_and_ends_with_it(lambda_events: LambdaEvents) -> None:
    items, fn = table(lambda_events), lambda_events.function(counting, name="fn")
    fed(fn, items, tumbling_window_in_seconds=10)

    put(items, "1", "2")
    lambda_events.advance(9.75)
    put(items, "3")
    lambda_events.advance(0.25)
    put(items, "4")
    lambda_events.run_until_idle()

    assert windows(fn) == [
        ("00:00:00", 2, {}, False), ("00:00:00", 1, {"count": 2}, False), ("00:00:00", 0, {"count": 3}, True),
        ("00:00:10", 1, {}, False), ("00:00:10", 0, {"count": 1}, True),
    ]  # fmt: skip


@pytest.mark.rule("DDB-40")
def test_the_second_that_a_record_states_decides_on_its_window(lambda_events: LambdaEvents) -> None:
    items, fn = table(lambda_events), lambda_events.function(counting, name="fn")
    fed(fn, items, tumbling_window_in_seconds=10)

    lambda_events.advance(9.999)
    put(items, "1")
    lambda_events.advance(10)
    put(items, "2")
    lambda_events.advance(1)

    assert [batch.event["window"] for batch in fn.batches if batch.records] == [
        {"start": "2026-01-01T00:00:00Z", "end": "2026-01-01T00:00:10Z"},
        {"start": "2026-01-01T00:00:10Z", "end": "2026-01-01T00:00:20Z"},
    ]


@pytest.mark.rule("DDB-40")
@pytest.mark.parametrize("response", [None, {}, {"batchItemFailures": []}, {"state": None}], ids=str)
def test_an_answer_without_a_state_is_a_failure(response: Any, lambda_events: LambdaEvents) -> None:
    items, fn = table(lambda_events), lambda_events.function(lambda event, context: response, name="fn")
    failures = lambda_events.queue("failures")
    fed(fn, items, tumbling_window_in_seconds=10, maximum_retry_attempts=1, on_failure=failures)

    put(items, "1")
    lambda_events.advance(1)

    [record] = failures.invocation_records
    assert (record.approximate_invoke_count, record.function_error) == (2, None)


@pytest.mark.rule("DDB-40", "DDB-41")
def test_the_fields_of_a_window_come_in_their_order(lambda_events: LambdaEvents) -> None:
    items, fn = table(lambda_events), lambda_events.function(counting, name="fn")
    fed(fn, items, tumbling_window_in_seconds=300)

    put(items, "1")
    lambda_events.advance(0)

    [batch] = fn.batches
    shown = {name: value for name, value in batch.event.items() if name != "Records"}
    assert shown == {
        "shardId": batch.shard_id,
        "eventSourceARN": items.stream_arn,
        "window": {"start": "2026-01-01T00:00:00Z", "end": "2026-01-01T00:05:00Z"},
        "state": {},
        "isFinalInvokeForWindow": False,
        "isWindowTerminatedEarly": False,
    }
    assert list(batch.event) == ["Records", *shown]


@pytest.mark.rule("DDB-42")
@pytest.mark.parametrize(
    ("seconds", "shards", "expected"),
    [
        (4 * HOURS - 1, 1, [("00:00:00", 1, {}, False), ("03:45:00", 1, {}, False)]),
        (4 * HOURS, 2, [("00:00:00", 1, {}, False), ("04:00:00", 1, {}, False)]),
    ],
    ids=["before", "at"],
)
def test_a_shard_ends_after_four_hours_and_its_windows_with_it(
    seconds: float, shards: int, expected: list[Any], lambda_events: LambdaEvents
) -> None:
    items, fn = table(lambda_events), lambda_events.function(counting, name="fn")
    fed(fn, items, tumbling_window_in_seconds=900)

    put(items, "1")
    lambda_events.advance(seconds)
    put(items, "2")
    lambda_events.advance(0.25)

    assert len({batch.shard_id for batch in fn.batches}) == shards
    assert [window for window in windows(fn) if window[1]] == expected


@pytest.mark.rule("DDB-42")
def test_the_child_of_a_shard_begins_the_same_window_with_no_state(lambda_events: LambdaEvents) -> None:
    lambda_events.advance(60)
    items, fn = table(lambda_events), lambda_events.function(counting, name="fn")
    fed(fn, items, tumbling_window_in_seconds=900)

    lambda_events.advance(4 * HOURS - 30)
    put(items, "1")
    lambda_events.advance(30)
    put(items, "2")
    lambda_events.advance(0.25)

    assert windows(fn) == [
        ("04:00:00", 1, {}, False), ("04:00:00", 0, {"count": 1}, True), ("04:00:00", 1, {}, False),
    ]  # fmt: skip
    assert len({batch.shard_id for batch in fn.batches[:2]}) == 1
    assert fn.batches[2].shard_id != fn.batches[0].shard_id


@pytest.mark.rule("DDB-40", "DDB-56")
def test_a_failed_final_call_is_discarded_with_its_window_only(lambda_events: LambdaEvents) -> None:
    items, fn = table(lambda_events), lambda_events.function(counting_without_end, name="fn")
    failures = lambda_events.queue("failures")
    fed(fn, items, tumbling_window_in_seconds=10, maximum_retry_attempts=0, on_failure=failures)

    put(items, "1")
    lambda_events.advance(15)
    put(items, "2")
    lambda_events.advance(0.25)

    [record] = failures.invocation_records
    assert record.json["DDBStreamBatchInfo"] == {"shardId": fn.batches[0].shard_id, "streamArn": items.stream_arn}
    assert record.json["timeWindowInfo"] == {
        "window": {"start": "2026-01-01T00:00:00Z", "end": "2026-01-01T00:00:10Z"},
        "isFinalInvokeForWindow": True,
        "isWindowTerminatedEarly": False,
    }
    assert windows(fn)[-1] == ("00:00:10", 1, {}, False)


@pytest.mark.rule("DDB-56")
def test_the_failure_record_of_a_window_names_the_window(lambda_events: LambdaEvents) -> None:
    items, fn = table(lambda_events), lambda_events.function(lambda event, context: None, name="fn")
    failures = lambda_events.queue("failures")
    fed(fn, items, tumbling_window_in_seconds=10, maximum_retry_attempts=0, on_failure=failures)

    put(items, "1", "2")
    lambda_events.advance(0)

    [record] = failures.invocation_records
    assert record.json["DDBStreamBatchInfo"]["batchSize"] == 2
    assert record.json["timeWindowInfo"] == {
        "window": {"start": "2026-01-01T00:00:00Z", "end": "2026-01-01T00:00:10Z"},
        "isFinalInvokeForWindow": False,
        "isWindowTerminatedEarly": False,
    }


@pytest.mark.rule("DDB-40", "KIN-86")
@pytest.mark.parametrize(
    ("settings", "condition"),
    [({"maximum_record_age_in_seconds": 60}, ["RecordAgeExceeded"]), ({}, [])],
    ids=["age", "retention"],
)
def test_a_last_call_that_always_fails_ends_by_age_or_with_the_retention_of_its_stream(
    settings: dict[str, int], condition: list[str], lambda_events: LambdaEvents
) -> None:
    items, fn = table(lambda_events), lambda_events.function(counting_slowly_without_end, name="fn", timeout=900)
    failures = lambda_events.queue("failures")
    fed(fn, items, tumbling_window_in_seconds=10, on_failure=failures, **settings)

    put(items, "1")
    lambda_events.run_until_idle()

    assert [record.condition for record in failures.invocation_records] == condition
    assert lambda_events.elapsed < 26 * HOURS


@pytest.mark.rule("DDB-40", "KIN-15", "KIN-88")
def test_a_window_that_is_to_end_early_does_so_once_its_mapping_is_enabled_again(lambda_events: LambdaEvents) -> None:
    def handler(event: Any, context: Any) -> Any:
        if event["isFinalInvokeForWindow"]:
            raise ValueError("broken")
        return {"state": {"text": "x" * 1_048_640}}

    items, fn = table(lambda_events), lambda_events.function(handler, name="fn")
    mapping = fed(fn, items, tumbling_window_in_seconds=900)
    put(items, "1")
    lambda_events.advance(1)

    mapping.update(enabled=False)
    fn.update(handler=counting)
    lambda_events.advance(60)
    mapping.update(enabled=True)
    lambda_events.advance(0)
    put(items, "2")
    lambda_events.advance(1)

    early, second = fn.batches[-2:]
    assert (early.records, early.event["isWindowTerminatedEarly"], early.outcome) == ([], True, "success")
    assert second.event["state"] == {}
