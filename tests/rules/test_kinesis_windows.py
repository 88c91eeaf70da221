"""KIN-80 to 8F: tumbling windows, in which a function carries a state from batch to batch."""

from __future__ import annotations

import json
from typing import Any

import pytest
from stream_stories import HIGHEST, LOWEST, PARTIAL, Handler, clicks_of, counting, data, decoded, fed, put, reporting, succeed

from pytest_lambda_events import Function, LambdaEvents, Queue, Stream

START, MINUTE, TWO = "2026-01-01T00:00:00Z", "2026-01-01T00:01:00Z", "2026-01-01T00:02:00Z"
Call = tuple[float, list[Any], Any, bool]


@pytest.fixture
def clicks(lambda_events: LambdaEvents) -> Stream:
    """A stream of one shard."""
    return clicks_of(lambda_events)


@pytest.fixture
def failures(lambda_events: LambdaEvents) -> Queue:
    """Where records go that are given up."""
    return lambda_events.queue("failures")


@pytest.fixture
def fn(lambda_events: LambdaEvents) -> Function:
    """A function that counts the records of a window."""
    return lambda_events.function(counting)


def calls(fn: Function) -> list[Call]:
    """Of each call: when, with which data and state, and whether it was the window's last."""
    return [
        (batch.started_after_seconds, batch.data, batch.event["state"], batch.event["isFinalInvokeForWindow"])
        for batch in fn.batches
    ]


def windows(fn: Function) -> list[tuple[list[Any], str]]:
    """Of each call with records: its data, and where its window begins."""
    return [(batch.data, batch.event["window"]["start"]) for batch in fn.batches if batch.data]


def failing_last(times: int) -> Handler:
    """A handler that counts, and whose first calls at a window's end fail."""
    left = list(range(times))

    def handler(event: Any, context: Any) -> Any:
        if event["isFinalInvokeForWindow"] and left:
            left.pop()
            raise ValueError("broken")
        return counting(event, context)

    return handler


# ---------------------------------------------------------------------- which window


@pytest.mark.rule("KIN-80")
def test_without_a_window_an_event_has_only_records(lambda_events: LambdaEvents, clicks: Stream) -> None:
    fn = lambda_events.function(succeed)
    fed(fn, clicks, tumbling_window_in_seconds=0)

    put(clicks, "r1")
    lambda_events.run_until_idle()

    assert list(fn.batches[0].event) == ["Records"]


@pytest.mark.rule("KIN-80", "KIN-81", "KIN-88")
def test_windows_follow_each_other_without_a_gap(lambda_events: LambdaEvents, clicks: Stream, fn: Function) -> None:
    put(clicks, "first")
    lambda_events.advance(59.999)
    put(clicks, "last")
    lambda_events.advance(0.001)
    put(clicks, "next")

    fed(fn, clicks, tumbling_window_in_seconds=60)
    lambda_events.run_until_idle()

    assert windows(fn) == [(["first", "last"], START), (["next"], MINUTE)]


@pytest.mark.rule("KIN-80", "KIN-81")
@pytest.mark.parametrize(
    ("length", "start", "end"),
    [(1, "00:15:01", "00:15:02"), (7, "00:14:56", "00:15:03"), (60, "00:15:00", "00:16:00"), (900, "00:15:00", "00:30:00")],
)
def test_windows_begin_at_multiples_of_their_length_since_the_epoch(
    lambda_events: LambdaEvents, clicks: Stream, fn: Function, length: int, start: str, end: str
) -> None:
    fed(fn, clicks, tumbling_window_in_seconds=length)

    lambda_events.advance(901)
    put(clicks, "r1")
    lambda_events.run_until_idle()

    assert fn.batches[0].event["window"] == {"start": f"2026-01-01T{start}Z", "end": f"2026-01-01T{end}Z"}


@pytest.mark.rule("KIN-81")
def test_a_record_belongs_where_it_arrived_however_late_it_is_read(
    lambda_events: LambdaEvents, clicks: Stream, fn: Function
) -> None:
    put(clicks, "r1")
    lambda_events.advance(70)
    put(clicks, "r2")
    lambda_events.advance(1000)

    fed(fn, clicks, tumbling_window_in_seconds=60)
    lambda_events.run_until_idle()

    assert windows(fn) == [(["r1"], START), (["r2"], MINUTE)]


@pytest.mark.rule("KIN-E3")
def test_an_event_has_its_window_behind_its_records(lambda_events: LambdaEvents, clicks: Stream, fn: Function) -> None:
    fed(fn, clicks, tumbling_window_in_seconds=60)

    put(clicks, "r1")
    lambda_events.advance(0)

    [entry] = [entry for entry in lambda_events.journal if entry.kind == "started"]
    assert json.dumps(json.loads(entry.detail["payload"]) | {"Records": []}) == json.dumps(
        {
            "Records": [],
            "shardId": "shardId-000000000000",
            "eventSourceARN": clicks.arn,
            "window": {"start": START, "end": MINUTE},
            "state": {},
            "isFinalInvokeForWindow": False,
            "isWindowTerminatedEarly": False,
        }
    )


# ---------------------------------------------------------------------- state


@pytest.mark.rule("KIN-82")
def test_each_shard_has_its_own_state(lambda_events: LambdaEvents, fn: Function) -> None:
    clicks = clicks_of(lambda_events, shard_count=2)
    fed(fn, clicks, tumbling_window_in_seconds=60)

    clicks.put("a0", partition_key="k", explicit_hash_key=LOWEST)
    lambda_events.advance(1)
    clicks.put("a1", partition_key="k", explicit_hash_key=LOWEST)
    lambda_events.advance(1)
    clicks.put("b0", partition_key="k", explicit_hash_key=HIGHEST)
    lambda_events.advance(1)

    assert [call[1:3] for call in calls(fn)] == [(["a0"], {}), (["a1"], {"n": 1}), (["b0"], {})]


@pytest.mark.rule("KIN-82", "KIN-85")
def test_a_new_window_begins_with_no_state_whatever_the_last_call_returned(
    lambda_events: LambdaEvents, clicks: Stream, fn: Function
) -> None:
    fed(fn, clicks, tumbling_window_in_seconds=60)

    put(clicks, "r1")
    lambda_events.advance(61)
    put(clicks, "r2")
    lambda_events.advance(0)

    assert calls(fn) == [(0, ["r1"], {}, False), (61, [], {"n": 1}, True), (61, ["r2"], {}, False)]


@pytest.mark.rule("KIN-8E")
def test_a_state_comes_back_as_it_was_returned(lambda_events: LambdaEvents, clicks: Stream) -> None:
    state = {"text": "Grüße 🎉", "deep": {"list": [1, 2.5, None, True, {"": []}]}, "large": 2**80, "small": 1e-07}
    fn = lambda_events.function(lambda event, context: {"state": state}, name="fn")
    fed(fn, clicks, tumbling_window_in_seconds=60)

    put(clicks, "r1")
    lambda_events.advance(1)
    put(clicks, "r2")
    lambda_events.advance(0)

    assert fn.batches[1].event["state"] == state


@pytest.mark.rule("KIN-83")
@pytest.mark.parametrize(
    ("answer", "attempts"),
    [({"state": {}}, 1), ({"state": {"n": 1}, "batchItemFailures": []}, 1), ({}, 2), (None, 2), ({"state": None}, 2)],
    ids=json.dumps,
)
def test_an_answer_must_have_a_state(lambda_events: LambdaEvents, clicks: Stream, answer: Any, attempts: int) -> None:
    fn = lambda_events.function(lambda event, context: answer, name="fn")
    mapping = fed(fn, clicks, tumbling_window_in_seconds=60, maximum_retry_attempts=1)

    put(clicks, "r1")
    lambda_events.advance(5)

    assert len(fn.batches) == attempts
    assert (mapping.last_processing_result == "OK") == (attempts == 1)


@pytest.mark.rule("KIN-8D")
def test_an_attempt_that_fails_changes_no_state(lambda_events: LambdaEvents, clicks: Stream, failures: Queue) -> None:
    def handler(event: Any, context: Any) -> Any:
        if [decoded(record) for record in event["Records"]] == ["r2"]:
            raise ValueError("broken")
        return counting(event, context)

    fn = lambda_events.function(handler, name="fn")
    fed(fn, clicks, batch_size=1, tumbling_window_in_seconds=60, maximum_retry_attempts=1, on_failure=failures)

    put(clicks, "r1", "r2", "r3")
    lambda_events.advance(1)

    assert [call[1:3] for call in calls(fn)] == [
        (["r1"], {}), (["r2"], {"n": 1}), (["r2"], {"n": 1}), (["r3"], {"n": 1}),
    ]  # fmt: skip
    assert len(failures.messages) == 1


@pytest.mark.rule("KIN-15", "KIN-82")
def test_a_window_outlives_a_pause_of_its_mapping(lambda_events: LambdaEvents, clicks: Stream, fn: Function) -> None:
    mapping = fed(fn, clicks, tumbling_window_in_seconds=60)
    put(clicks, "r1")
    lambda_events.advance(1)

    mapping.update(enabled=False)
    put(clicks, "r2")
    lambda_events.advance(10)
    mapping.update(enabled=True)
    lambda_events.advance(0)

    assert calls(fn)[1] == (11, ["r2"], {"n": 1}, False)


@pytest.mark.rule("KIN-17", "KIN-82")
@pytest.mark.parametrize(("length", "windowed"), [(120, True), (0, False)], ids=["another", "none"])
def test_windows_of_another_length_start_with_new_state(
    lambda_events: LambdaEvents, clicks: Stream, fn: Function, length: int, windowed: bool
) -> None:
    mapping = fed(fn, clicks, tumbling_window_in_seconds=60)
    put(clicks, "r1")
    lambda_events.advance(1)

    mapping.update(tumbling_window_in_seconds=length)
    fn.update(handler=lambda event, context: {"state": {"keys": sorted(event)}})
    put(clicks, "r2")
    lambda_events.advance(0)

    assert data(fn) == [["r1"], ["r2"]]
    assert ("window" in fn.batches[1].event) == windowed
    assert fn.batches[1].event.get("state") == ({} if windowed else None)


# ---------------------------------------------------------------------- the last call


@pytest.mark.rule("KIN-85", "KIN-87")
def test_a_window_is_closed_by_the_first_record_behind_it(lambda_events: LambdaEvents, clicks: Stream, fn: Function) -> None:
    fed(fn, clicks, tumbling_window_in_seconds=60)

    put(clicks, "r1")
    lambda_events.advance(100)
    before = len(fn.batches)
    put(clicks, "r2")
    lambda_events.advance(0)

    assert before == 1
    assert calls(fn)[1:] == [(100, [], {"n": 1}, True), (100, ["r2"], {}, False)]
    assert fn.batches[1].event["window"] == {"start": START, "end": MINUTE}


@pytest.mark.rule("KIN-87")
def test_windows_without_records_are_passed_over(lambda_events: LambdaEvents, clicks: Stream, fn: Function) -> None:
    put(clicks, "r1")
    lambda_events.advance(600)
    put(clicks, "r2")

    fed(fn, clicks, tumbling_window_in_seconds=60)
    lambda_events.advance(0)

    assert [call[1::2] for call in calls(fn)] == [(["r1"], False), ([], True), (["r2"], False)]


@pytest.mark.rule("KIN-87")
@pytest.mark.lambda_events(stream_window_idle_seconds=5)
def test_how_long_an_idle_window_is_left_open_can_be_set(lambda_events: LambdaEvents, clicks: Stream, fn: Function) -> None:
    fed(fn, clicks, tumbling_window_in_seconds=60)

    put(clicks, "r1")
    lambda_events.run_until_idle()

    assert calls(fn) == [(0, ["r1"], {}, False), (65, [], {"n": 1}, True)]


@pytest.mark.rule("KIN-86", "KIN-49")
def test_a_last_call_that_fails_holds_up_its_shard_until_it_succeeds(lambda_events: LambdaEvents, clicks: Stream) -> None:
    fn = lambda_events.function(failing_last(2), name="fn")
    put(clicks, "r1")
    lambda_events.advance(60)
    put(clicks, "r2")

    fed(fn, clicks, tumbling_window_in_seconds=60)
    lambda_events.advance(1)

    assert calls(fn) == [
        (60, ["r1"], {}, False), (60, [], {"n": 1}, True), (60.2, [], {"n": 1}, True),
        (pytest.approx(60.6), [], {"n": 1}, True), (pytest.approx(60.6), ["r2"], {}, False),
    ]  # fmt: skip


@pytest.mark.rule("KIN-86", "KIN-89", "KIN-E7")
@pytest.mark.parametrize("retries", [0, 2])
def test_retries_end_a_last_call_that_fails(
    lambda_events: LambdaEvents, clicks: Stream, failures: Queue, retries: int
) -> None:
    fn = lambda_events.function(failing_last(99), name="fn")
    put(clicks, "r1")
    lambda_events.advance(60)
    put(clicks, "r2")

    fed(fn, clicks, tumbling_window_in_seconds=60, maximum_retry_attempts=retries, on_failure=failures)
    lambda_events.advance(1)

    assert [call[3] for call in calls(fn)] == [False, *[True] * (retries + 1), False]
    [record] = failures.invocation_records
    assert record.json["requestContext"]["approximateInvokeCount"] == retries + 1
    assert json.dumps(record.json["KinesisBatchInfo"]) == json.dumps(
        {"shardId": "shardId-000000000000", "streamArn": clicks.arn}
    )
    assert json.dumps(record.json["timeWindowInfo"]) == json.dumps(
        {"window": {"start": START, "end": MINUTE}, "isFinalInvokeForWindow": True, "isWindowTerminatedEarly": False}
    )


@pytest.mark.rule("KIN-86", "KIN-89")
def test_age_ends_a_last_call_that_fails(lambda_events: LambdaEvents, clicks: Stream, failures: Queue) -> None:
    fn = lambda_events.function(failing_last(99), name="fn")
    fed(fn, clicks, tumbling_window_in_seconds=60, maximum_record_age_in_seconds=60, on_failure=failures)

    put(clicks, "r1")
    lambda_events.run_until_idle()

    assert [call[0] for call in calls(fn)] == pytest.approx(
        [0, *(180 + at for at in (0, 0.2, 0.6, 1.4, 3, 6.2, 12.6, 25.4, 51))]
    )
    [record] = failures.invocation_records
    assert record.condition == "RecordAgeExceeded"
    assert "responseContext" not in record.json


@pytest.mark.rule("KIN-48", "KIN-86")
def test_without_limits_a_last_call_is_tried_for_as_long_as_records_are_kept(
    lambda_events: LambdaEvents, clicks: Stream, failures: Queue
) -> None:
    fn = lambda_events.function(failing_last(9999), name="fn")
    fed(fn, clicks, tumbling_window_in_seconds=60, on_failure=failures)

    put(clicks, "r1")
    lambda_events.run_until_idle()

    assert 86_400 < calls(fn)[-1][0] - 180 + 61 <= 86_461
    assert failures.messages == []


# ---------------------------------------------------------------------- too large a state


@pytest.mark.rule("KIN-84")
@pytest.mark.parametrize(("more", "early"), [(0, [False, False]), (1, [False, True])], ids=["a megabyte", "one byte more"])
def test_a_state_has_at_most_a_megabyte(lambda_events: LambdaEvents, clicks: Stream, more: int, early: list[bool]) -> None:
    text = "x" * (1_048_576 - len('{"t":""}') + more)
    fn = lambda_events.function(lambda event, context: {"state": {"t": text}}, name="fn")
    fed(fn, clicks, tumbling_window_in_seconds=60)

    put(clicks, "r1")
    lambda_events.advance(1)
    put(clicks, "r2")
    lambda_events.advance(0)

    assert [batch.event["isWindowTerminatedEarly"] for batch in fn.batches][:2] == early


@pytest.mark.rule("KIN-84", "KIN-88")
def test_after_an_early_end_the_window_goes_on_without_state(lambda_events: LambdaEvents, clicks: Stream) -> None:
    def handler(event: Any, context: Any) -> Any:
        if event["isWindowTerminatedEarly"]:
            return {"state": {"dropped": True}}
        return {"state": {"t": "x" * 1_048_640} if not event["state"] and event["Records"] else {"n": 1}}

    fn = lambda_events.function(handler, name="fn")
    fed(fn, clicks, batch_size=1, tumbling_window_in_seconds=60)

    put(clicks, "r1", "r2")
    lambda_events.advance(0)

    shown = [(texts, state == {}, final) for _, texts, state, final in calls(fn)]
    assert shown == [(["r1"], True, False), ([], False, True), (["r2"], True, False), ([], False, True)]
    assert {batch.event["window"]["start"] for batch in fn.batches} == {START}


@pytest.mark.rule("KIN-25", "KIN-84")
def test_a_state_counts_towards_the_size_of_an_event(lambda_events: LambdaEvents, clicks: Stream) -> None:
    fn = lambda_events.function(lambda event, context: {"state": {"t": "x" * 1_000_000}}, name="fn")
    fed(fn, clicks, tumbling_window_in_seconds=60)
    put(clicks, "r1")
    lambda_events.advance(1)

    put(clicks, *["x" * 1024 * 1024] * 4)
    lambda_events.advance(1)

    assert [len(batch.records) for batch in fn.batches] == [1, 3, 1]


# ---------------------------------------------------------------------- with other settings


@pytest.mark.rule("KIN-83", "KIN-61")
def test_a_partial_answer_carries_its_state_to_what_is_left(lambda_events: LambdaEvents, clicks: Stream) -> None:
    names = reporting("r2")

    def handler(event: Any, context: Any) -> Any:
        failures = names(event, context) if len(event["Records"]) == 3 else {"batchItemFailures": []}
        return {**failures, "state": {"n": event["state"].get("n", 0) + 1}}

    fn = lambda_events.function(handler, name="fn")
    fed(fn, clicks, tumbling_window_in_seconds=60, function_response_types=PARTIAL)

    put(clicks, "r1", "r2", "r3")
    lambda_events.advance(0)

    assert calls(fn) == [(0, ["r1", "r2", "r3"], {}, False), (0, ["r2", "r3"], {"n": 1}, False)]


@pytest.mark.rule("KIN-8B", "KIN-52")
def test_halves_of_a_windows_batch_carry_the_state_on(lambda_events: LambdaEvents, clicks: Stream) -> None:
    def handler(event: Any, context: Any) -> Any:
        if len(event["Records"]) > 1:
            raise ValueError("broken")
        return counting(event, context)

    fn = lambda_events.function(handler, name="fn")
    fed(fn, clicks, tumbling_window_in_seconds=60, bisect_batch_on_function_error=True)

    put(clicks, "r1", "r2")
    lambda_events.advance(0)

    assert [call[1:3] for call in calls(fn)] == [(["r1", "r2"], {}), (["r1"], {}), (["r2"], {"n": 1})]


@pytest.mark.rule("KIN-89")
def test_a_windows_batch_has_its_retries(lambda_events: LambdaEvents, clicks: Stream, failures: Queue) -> None:
    fn = lambda_events.function(lambda event, context: {}, name="fn")
    fed(fn, clicks, tumbling_window_in_seconds=60, maximum_retry_attempts=2, on_failure=failures)

    put(clicks, "r1")
    lambda_events.advance(10)

    assert len(fn.batches) == 3
    [record] = failures.invocation_records
    assert list(record.json) == [
        "requestContext", "responseContext", "version", "timestamp", "KinesisBatchInfo", "timeWindowInfo",
    ]  # fmt: skip
    assert record.json["timeWindowInfo"]["isFinalInvokeForWindow"] is False


@pytest.mark.rule("KIN-89", "KIN-45")
def test_a_window_leaves_out_records_that_are_too_old(lambda_events: LambdaEvents, clicks: Stream, fn: Function) -> None:
    put(clicks, "r1")
    lambda_events.advance(40)
    put(clicks, "r2")
    lambda_events.advance(30)

    fed(fn, clicks, tumbling_window_in_seconds=120, maximum_record_age_in_seconds=60)
    lambda_events.advance(0)

    assert windows(fn) == [(["r2"], START)]


@pytest.mark.rule("KIN-4C", "KIN-64")
def test_a_response_with_a_state_is_not_reported_as_a_problem(lambda_events: LambdaEvents, clicks: Stream) -> None:
    answer = {"state": {}, "batchItemFailures": [{"itemIdentifier": ""}]}
    fn = lambda_events.function(lambda event, context: answer, name="fn")
    mapping = fed(fn, clicks, tumbling_window_in_seconds=10, function_response_types=PARTIAL, maximum_retry_attempts=0)

    put(clicks, "r1")
    lambda_events.advance(0)

    assert mapping.last_processing_result == "OK"


@pytest.mark.rule("KIN-45", "KIN-87")
def test_a_window_whose_records_were_all_too_old_has_no_last_call(
    lambda_events: LambdaEvents, clicks: Stream, fn: Function
) -> None:
    age = {"maximum_record_age_in_seconds": 60}
    fed(fn, clicks, tumbling_window_in_seconds=10, maximum_batching_window_in_seconds=120, **age)

    put(clicks, "r1")
    lambda_events.run_until_idle()

    assert fn.batches == []


@pytest.mark.rule("KIN-15", "KIN-87")
def test_a_window_whose_records_expired_while_their_mapping_was_disabled_has_no_last_call(
    lambda_events: LambdaEvents, clicks: Stream, fn: Function
) -> None:
    mapping = fed(fn, clicks, tumbling_window_in_seconds=10, maximum_batching_window_in_seconds=300)
    put(clicks, "r1")
    lambda_events.advance(1)

    mapping.update(enabled=False)
    lambda_events.advance(86_400)
    mapping.update(enabled=True)
    lambda_events.run_until_idle()

    assert fn.batches == []


@pytest.mark.rule("KIN-23", "KIN-88")
def test_a_batching_window_ends_where_a_tumbling_window_does(
    lambda_events: LambdaEvents, clicks: Stream, fn: Function
) -> None:
    fed(fn, clicks, tumbling_window_in_seconds=60, maximum_batching_window_in_seconds=300)

    lambda_events.advance(50)
    put(clicks, "r1")
    lambda_events.advance(15)
    put(clicks, "r2")
    lambda_events.advance(0)

    assert calls(fn) == [(65, ["r1"], {}, False), (65, [], {"n": 1}, True)]


# ---------------------------------------------------------------------- resharding


@pytest.mark.rule("KIN-8A", "KIN-90")
def test_a_shards_end_closes_its_window_and_its_children_begin_their_own(
    lambda_events: LambdaEvents, clicks: Stream, fn: Function
) -> None:
    fed(fn, clicks, tumbling_window_in_seconds=60)
    put(clicks, "p1", "p2")
    lambda_events.advance(1)

    clicks.split_shard(clicks.shards[0])
    clicks.put("c1", partition_key="k", explicit_hash_key=LOWEST)
    clicks.put("c2", partition_key="k", explicit_hash_key=HIGHEST)
    lambda_events.advance(1)

    assert [call[1:] for call in calls(fn)] == [
        (["p1", "p2"], {}, False), ([], {"n": 2}, True), (["c1"], {}, False), (["c2"], {}, False),
    ]  # fmt: skip
    assert fn.batches[1].shard_id == "shardId-000000000000"
    assert {batch.event["window"]["start"] for batch in fn.batches} == {START}


@pytest.mark.rule("KIN-8A", "KIN-86")
def test_children_wait_for_the_last_call_of_their_parent(lambda_events: LambdaEvents, clicks: Stream) -> None:
    fn = lambda_events.function(failing_last(2), name="fn")
    fed(fn, clicks, tumbling_window_in_seconds=60)
    put(clicks, "p1")
    clicks.split_shard(clicks.shards[0])
    clicks.put("c1", partition_key="k", explicit_hash_key=LOWEST)

    lambda_events.advance(1)

    assert [(at, texts) for at, texts, _, final in calls(fn) if not final] == [(0, ["p1"]), (pytest.approx(0.6), ["c1"])]
