"""The scenarios of the Kinesis sheet, each a real handler that is fed from a stream. Times are virtual seconds."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from pytest_lambda_events import Function, LambdaEvents, Stream

PARTIAL = ["ReportBatchItemFailures"]
Story = list[tuple[float, list[Any]]]


def story(fn: Function) -> Story:
    """When each batch was tried, and the data that it had."""
    return [(batch.started_after_seconds, batch.data) for batch in fn.batches]


def starts(fn: Function) -> list[float]:
    """When each batch was tried."""
    return [batch.started_after_seconds for batch in fn.batches]


def data(fn: Function) -> list[list[Any]]:
    """What each batch had."""
    return [batch.data for batch in fn.batches]


def put(stream: Stream, *texts: str, key: str = "alice") -> None:
    """Put records of text, all of one key."""
    stream.put(*texts, partition_key=key)


def decoded(record: Any) -> str:
    """The text of a record."""
    return base64.b64decode(record["kinesis"]["data"]).decode()


def succeed(event: Any, context: Any) -> None:
    """A handler that takes no time and never fails."""


def sleep_ten(event: Any, context: Any) -> None:
    """A handler that takes ten seconds."""
    time.sleep(10)


def raising(*texts: str) -> Callable[[Any, Any], None]:
    """A handler that raises where it meets one of these, or always if none is given."""

    def handler(event: Any, context: Any) -> None:
        if not texts or any(decoded(record) in texts for record in event["Records"]):
            raise ValueError("broken")

    return handler


def reporting(*texts: str) -> Callable[[Any, Any], Any]:
    """A handler that reports these as failed whenever it sees them."""

    def handler(event: Any, context: Any) -> Any:
        failed = [record["kinesis"]["sequenceNumber"] for record in event["Records"] if decoded(record) in texts]
        return {"batchItemFailures": [{"itemIdentifier": number} for number in failed]}

    return handler


def counting(event: Any, context: Any) -> Any:
    """A handler that counts the records of its window."""
    return {"state": {"n": event["state"].get("n", 0) + len(event["Records"])}}


# ---------------------------------------------------------------------- batches


@pytest.mark.scenario("KIN K1")
@pytest.mark.rule("KIN-10", "KIN-14", "KIN-22")
def test_waiting_records_are_read_batch_by_batch_without_a_pause(lambda_events: LambdaEvents) -> None:
    clicks, fn = lambda_events.stream("clicks"), lambda_events.function(succeed)
    fn.add_event_source(clicks, starting_position="TRIM_HORIZON", batch_size=10)

    put(clicks, *(f"r{number}" for number in range(30)))
    lambda_events.run_until_idle()

    assert [(at, texts[0], len(texts)) for at, texts in story(fn)] == [(0, "r0", 10), (0, "r10", 10), (0, "r20", 10)]


@pytest.mark.scenario("KIN K2")
@pytest.mark.rule("KIN-10", "KIN-98", "MET-21")
def test_a_shard_that_has_nothing_left_is_read_once_a_second(lambda_events: LambdaEvents) -> None:
    clicks, fn = lambda_events.stream("clicks"), lambda_events.function(succeed)
    fn.add_event_source(clicks, starting_position="TRIM_HORIZON")
    lambda_events.advance(0.4)

    put(clicks, "r1")
    lambda_events.run_until_idle()

    assert story(fn) == [(1, ["r1"])]
    assert lambda_events.metrics.values("IteratorAge", fn) == [600]


@pytest.mark.scenario("KIN K14")
@pytest.mark.rule("KIN-23", "KIN-24")
def test_a_window_gathers_until_it_ends(lambda_events: LambdaEvents) -> None:
    clicks, fn = lambda_events.stream("clicks"), lambda_events.function(succeed)
    fn.add_event_source(clicks, starting_position="TRIM_HORIZON", maximum_batching_window_in_seconds=10)

    put(clicks, "r1")
    lambda_events.advance(4)
    put(clicks, "r2")
    lambda_events.run_until_idle()

    assert story(fn) == [(10, ["r1", "r2"])]


@pytest.mark.scenario("KIN K30")
@pytest.mark.rule("KIN-24")
def test_a_window_begins_when_the_invocation_before_has_ended(lambda_events: LambdaEvents) -> None:
    clicks, fn = lambda_events.stream("clicks"), lambda_events.function(succeed)
    put(clicks, "r1", "r2", "r3", "r4", "r5")
    fn.add_event_source(clicks, starting_position="TRIM_HORIZON", batch_size=2, maximum_batching_window_in_seconds=5)

    lambda_events.run_until_idle()

    assert story(fn) == [(0, ["r1", "r2"]), (0, ["r3", "r4"]), (5, ["r5"])]


@pytest.mark.scenario("KIN K13")
@pytest.mark.rule("KIN-30", "KIN-31", "KIN-32")
def test_keys_of_two_lanes_run_side_by_side_and_each_in_order(lambda_events: LambdaEvents) -> None:
    clicks, fn = lambda_events.stream("clicks"), lambda_events.function(sleep_ten, timeout=15)
    fn.add_event_source(clicks, starting_position="TRIM_HORIZON", batch_size=1, parallelization_factor=2)

    put(clicks, "x1", "x2", key="alice")
    put(clicks, "y1", "y2", key="erin")
    lambda_events.run_until_idle()

    assert story(fn) == [(0, ["x1"]), (0, ["y1"]), (10, ["x2"]), (10, ["y2"])]


@pytest.mark.scenario("KIN K21")
@pytest.mark.rule("KIN-95", "KIN-96", "KIN-97")
def test_records_that_match_no_filter_are_skipped(lambda_events: LambdaEvents) -> None:
    clicks, fn = lambda_events.stream("clicks"), lambda_events.function(succeed)
    mapping = fn.add_event_source(clicks, starting_position="TRIM_HORIZON", filters=[{"data": {"k": ["a"]}}])

    put(clicks, '{"k":  "a"}', '{"k": "b"}', "plain")
    lambda_events.run_until_idle()

    assert [[decoded(record) for record in batch.records] for batch in fn.batches] == [['{"k":  "a"}']]
    assert list(mapping.checkpoints.values()) == [clicks.records[-1].sequence_number]


@pytest.mark.scenario("KIN K22")
@pytest.mark.rule("KIN-04")
def test_each_mapping_gets_every_record(lambda_events: LambdaEvents) -> None:
    clicks = lambda_events.stream("clicks")
    first, second = lambda_events.function(succeed, name="first"), lambda_events.function(succeed, name="second")
    first.add_event_source(clicks, starting_position="TRIM_HORIZON")
    second.add_event_source(clicks, starting_position="TRIM_HORIZON")

    put(clicks, "r1")
    lambda_events.run_until_idle()

    assert (data(first), data(second)) == ([["r1"]], [["r1"]])


# ---------------------------------------------------------------------- retries


@pytest.mark.scenario("KIN K3")
@pytest.mark.rule("KIN-43", "KIN-47", "KIN-49", "KIN-73", "KIN-74")
def test_a_batch_that_fails_is_retried_then_given_up(lambda_events: LambdaEvents) -> None:
    clicks, failures = lambda_events.stream("clicks"), lambda_events.queue("failures")
    fn = lambda_events.function(raising(), name="fn")
    fn.add_event_source(clicks, starting_position="TRIM_HORIZON", batch_size=10, maximum_retry_attempts=1, on_failure=failures)

    put(clicks, "r1", "r2", "r3")
    lambda_events.run_until_idle()

    assert story(fn) == [(0, ["r1", "r2", "r3"]), (0.2, ["r1", "r2", "r3"])]
    assert {batch.request_id for batch in fn.batches} == {fn.batches[0].request_id}
    [record] = failures.invocation_records
    assert (record.condition, record.approximate_invoke_count, record.function_error) == (
        "RetryAttemptsExhausted", 2, "Unhandled",
    )  # fmt: skip
    assert record.batch_info is not None
    assert record.batch_info.batch_size == 3


@pytest.mark.scenario("KIN K4")
@pytest.mark.rule("KIN-64", "KIN-74", "KIN-76")
@pytest.mark.parametrize(
    "entry", [{"itemIdentifier": ""}, {"itemIdentifier": None}, {"foo": 123}, {"itemIdentifier": "123"}], ids=json.dumps
)
def test_an_invalid_entry_fails_the_batch(entry: Any, lambda_events: LambdaEvents) -> None:
    clicks, failures = lambda_events.stream("clicks"), lambda_events.queue("failures")
    fn = lambda_events.function(lambda event, context: {"batchItemFailures": [entry]}, name="fn")
    fn.add_event_source(
        clicks, starting_position="TRIM_HORIZON", maximum_retry_attempts=2, function_response_types=PARTIAL,
        on_failure=failures,
    )  # fmt: skip

    put(clicks, "r1")
    lambda_events.run_until_idle()

    assert starts(fn) == [0, 0.2, 0.6]
    [record] = failures.invocation_records
    assert (record.approximate_invoke_count, record.json["responseContext"]["functionError"]) == (3, None)


@pytest.mark.scenario("KIN K5")
@pytest.mark.rule("KIN-63")
@pytest.mark.parametrize("answer", ["", None, {}, [], {"batchItemFailures": []}, {"batchItemFailures": None}], ids=json.dumps)
def test_an_answer_without_failures_is_a_complete_success(answer: Any, lambda_events: LambdaEvents) -> None:
    clicks, failures = lambda_events.stream("clicks"), lambda_events.queue("failures")
    fn = lambda_events.function(lambda event, context: answer, name="fn")
    fn.add_event_source(
        clicks, starting_position="TRIM_HORIZON", maximum_retry_attempts=2, function_response_types=PARTIAL,
        on_failure=failures,
    )  # fmt: skip

    put(clicks, "r1")
    lambda_events.run_until_idle()

    assert starts(fn) == [0]
    assert failures.messages == []


@pytest.mark.scenario("KIN K6")
@pytest.mark.rule("KIN-61", "KIN-65")
def test_partial_progress_restarts_the_retries(lambda_events: LambdaEvents) -> None:
    clicks, failures = lambda_events.stream("clicks"), lambda_events.queue("failures")
    fn = lambda_events.function(reporting("r6"), name="fn")
    fn.add_event_source(
        clicks, starting_position="TRIM_HORIZON", batch_size=3, maximum_retry_attempts=3, function_response_types=PARTIAL,
        on_failure=failures,
    )  # fmt: skip

    put(clicks, "r1", "r2", "r3", "r4", "r5", "r6")
    lambda_events.run_until_idle()

    assert story(fn) == [
        (0, ["r1", "r2", "r3"]), (0, ["r4", "r5", "r6"]), (0, ["r6"]), (0.2, ["r6"]), (0.6, ["r6"]), (1.4, ["r6"]),
    ]  # fmt: skip
    [record] = failures.invocation_records
    assert record.approximate_invoke_count == 4
    assert record.batch_info is not None
    assert record.batch_info.batch_size == 1


@pytest.mark.scenario("KIN K9")
@pytest.mark.rule("KIN-47", "KIN-71")
def test_without_retries_a_bad_batch_is_dropped_and_the_shard_goes_on(lambda_events: LambdaEvents) -> None:
    clicks, fn = lambda_events.stream("clicks"), lambda_events.function(raising("r1"), name="fn")
    fn.add_event_source(clicks, starting_position="TRIM_HORIZON", maximum_retry_attempts=0)

    put(clicks, "r1", "r2", "r3")
    lambda_events.advance(5)
    put(clicks, "r4")
    lambda_events.run_until_idle()

    assert story(fn) == [(0, ["r1", "r2", "r3"]), (5, ["r4"])]


@pytest.mark.scenario("KIN K10")
@pytest.mark.rule("KIN-44", "KIN-45", "KIN-75", "KIN-76")
def test_a_record_that_ages_out_while_it_is_retried(lambda_events: LambdaEvents) -> None:
    clicks, failures = lambda_events.stream("clicks"), lambda_events.queue("failures")
    fn = lambda_events.function(raising(), name="fn")
    fn.add_event_source(clicks, starting_position="TRIM_HORIZON", maximum_record_age_in_seconds=60, on_failure=failures)

    put(clicks, "r1")
    lambda_events.run_until_idle()

    assert starts(fn) == pytest.approx([0, 0.2, 0.6, 1.4, 3, 6.2, 12.6, 25.4, 51])
    [record] = failures.invocation_records
    assert (record.condition, record.approximate_invoke_count) == ("RecordAgeExceeded", 10)
    assert "responseContext" not in record.json


@pytest.mark.scenario("KIN K11")
@pytest.mark.rule("KIN-45", "KIN-46")
def test_only_records_that_are_too_old_are_discarded_unread(lambda_events: LambdaEvents) -> None:
    clicks, failures = lambda_events.stream("clicks"), lambda_events.queue("failures")
    fn = lambda_events.function(succeed)
    put(clicks, "r0")
    lambda_events.advance(79)
    put(clicks, "r1", "r2", "r3", "r4", "r5")
    lambda_events.advance(1)

    fn.add_event_source(
        clicks, starting_position="TRIM_HORIZON", maximum_record_age_in_seconds=60, maximum_retry_attempts=0,
        on_failure=failures,
    )  # fmt: skip
    lambda_events.run_until_idle()

    assert story(fn) == [(80, ["r1", "r2", "r3", "r4", "r5"])]
    [record] = failures.invocation_records
    assert record.batch_info is not None
    assert (record.condition, record.approximate_invoke_count, record.batch_info.batch_size) == ("RecordAgeExceeded", 1, 1)


@pytest.mark.scenario("KIN K12")
@pytest.mark.rule("KIN-28", "KIN-40", "KIN-92")
def test_an_error_stops_its_own_shard_only(lambda_events: LambdaEvents) -> None:
    clicks, fn = lambda_events.stream("clicks", shard_count=2), lambda_events.function(raising("a1"), name="fn")
    fn.add_event_source(clicks, starting_position="TRIM_HORIZON")

    clicks.put("a1", partition_key="k", explicit_hash_key="0")
    clicks.put("b1", "b2", "b3", partition_key="k", explicit_hash_key=str(2**128 - 1))
    lambda_events.advance(1)

    assert ["b1", "b2", "b3"] in data(fn)
    assert [batch.outcome for batch in fn.batches if batch.data == ["a1"]] == ["function_error"] * 3


@pytest.mark.scenario("KIN K19")
@pytest.mark.rule("KIN-15", "KIN-16")
def test_a_mapping_that_is_enabled_again_goes_on_where_it_was(lambda_events: LambdaEvents) -> None:
    clicks, fn = lambda_events.stream("clicks"), lambda_events.function(succeed)
    mapping = fn.add_event_source(clicks, starting_position="TRIM_HORIZON")

    lambda_events.advance(5)
    put(clicks, "r1")
    lambda_events.advance(5)
    mapping.update(enabled=False)
    lambda_events.advance(40)
    put(clicks, "r2")
    lambda_events.advance(50)
    mapping.update(enabled=True)
    lambda_events.run_until_idle()

    assert story(fn) == [(5, ["r1"]), (100, ["r2"])]


@pytest.mark.scenario("KIN K20")
@pytest.mark.rule("KIN-41")
def test_throttles_use_up_no_retries(lambda_events: LambdaEvents) -> None:
    clicks, failures = lambda_events.stream("clicks"), lambda_events.queue("failures")
    fn = lambda_events.function(succeed, reserved_concurrent_executions=0)
    fn.add_event_source(clicks, starting_position="TRIM_HORIZON", maximum_retry_attempts=0, on_failure=failures)

    put(clicks, "r1")
    lambda_events.advance(30)
    fn.update(reserved_concurrent_executions=1)
    lambda_events.run_until_idle()

    assert starts(fn) == pytest.approx([0, 0.2, 0.6, 1.4, 3, 6.2, 12.6, 25.4, 51])
    assert [batch.outcome for batch in fn.batches] == ["throttled"] * 8 + ["success"]
    assert failures.messages == []


@pytest.mark.scenario("KIN K23")
@pytest.mark.rule("KIN-29")
def test_a_record_too_large_to_invoke_with_uses_its_retries(lambda_events: LambdaEvents) -> None:
    clicks, failures = lambda_events.stream("clicks"), lambda_events.queue("failures")
    fn = lambda_events.function(succeed)
    fn.add_event_source(clicks, starting_position="TRIM_HORIZON", batch_size=1, maximum_retry_attempts=2, on_failure=failures)

    put(clicks, "r1")
    lambda_events.client("kinesis").put_record(StreamName="clicks", PartitionKey="alice", Data="x" * 5 * 1024 * 1024)
    put(clicks, "r3")
    lambda_events.run_until_idle()

    assert data(fn) == [["r1"], ["r3"]]
    [record] = failures.invocation_records
    assert (record.condition, record.approximate_invoke_count) == ("RetryAttemptsExhausted", 3)
    assert "responseContext" not in record.json


# ---------------------------------------------------------------------- bisecting


@pytest.mark.scenario("KIN K7")
@pytest.mark.rule("KIN-50", "KIN-51", "KIN-55")
def test_bisecting_isolates_a_bad_record(lambda_events: LambdaEvents) -> None:
    clicks, failures = lambda_events.stream("clicks"), lambda_events.queue("failures")
    fn = lambda_events.function(raising("r3"), name="fn")
    fn.add_event_source(
        clicks, starting_position="TRIM_HORIZON", batch_size=4, maximum_retry_attempts=0,
        bisect_batch_on_function_error=True, on_failure=failures,
    )  # fmt: skip

    put(clicks, "r1", "r2", "r3", "r4")
    lambda_events.run_until_idle()

    assert data(fn) == [["r1", "r2", "r3", "r4"], ["r1", "r2"], ["r3", "r4"], ["r3"], ["r4"]]
    [record] = failures.invocation_records
    assert record.batch_info is not None
    assert (record.approximate_invoke_count, record.batch_info.batch_size) == (1, 1)
    assert record.batch_info.start_sequence_number == clicks.records[2].sequence_number


@pytest.mark.scenario("KIN K8")
@pytest.mark.rule("KIN-51", "KIN-56")
def test_only_a_single_record_uses_up_retries(lambda_events: LambdaEvents) -> None:
    clicks, failures = lambda_events.stream("clicks"), lambda_events.queue("failures")
    fn = lambda_events.function(raising("r3"), name="fn")
    fn.add_event_source(
        clicks, starting_position="TRIM_HORIZON", batch_size=4, maximum_retry_attempts=2,
        bisect_batch_on_function_error=True, on_failure=failures,
    )  # fmt: skip

    put(clicks, "r1", "r2", "r3", "r4")
    lambda_events.run_until_idle()

    assert data(fn) == [["r1", "r2", "r3", "r4"], ["r1", "r2"], ["r3", "r4"], ["r3"], ["r3"], ["r3"], ["r4"]]
    assert [record.approximate_invoke_count for record in failures.invocation_records] == [3]


@pytest.mark.scenario("KIN K24")
@pytest.mark.rule("KIN-53", "KIN-57")
def test_a_partial_response_splits_the_batch_at_its_number(lambda_events: LambdaEvents) -> None:
    clicks, failures = lambda_events.stream("clicks"), lambda_events.queue("failures")
    fn = lambda_events.function(reporting("r2"), name="fn")
    fn.add_event_source(
        clicks, starting_position="TRIM_HORIZON", batch_size=4, maximum_retry_attempts=1, function_response_types=PARTIAL,
        bisect_batch_on_function_error=True, on_failure=failures,
    )  # fmt: skip

    put(clicks, "r1", "r2", "r3", "r4")
    lambda_events.run_until_idle()

    assert data(fn) == [["r1", "r2", "r3", "r4"], ["r2", "r3", "r4"], ["r2"], ["r2"], ["r3", "r4"]]
    [record] = failures.invocation_records
    assert (record.approximate_invoke_count, record.function_error) == (2, None)


@pytest.mark.scenario("KIN K25")
@pytest.mark.rule("KIN-52", "KIN-55", "KIN-56")
def test_an_exception_splits_in_the_middle(lambda_events: LambdaEvents) -> None:
    clicks, failures = lambda_events.stream("clicks"), lambda_events.queue("failures")
    fn = lambda_events.function(raising("r2"), name="fn")
    fn.add_event_source(
        clicks, starting_position="TRIM_HORIZON", batch_size=4, maximum_retry_attempts=1,
        bisect_batch_on_function_error=True, on_failure=failures,
    )  # fmt: skip

    put(clicks, "r1", "r2", "r3", "r4")
    lambda_events.run_until_idle()

    assert data(fn) == [["r1", "r2", "r3", "r4"], ["r1", "r2"], ["r1"], ["r2"], ["r2"], ["r3", "r4"]]
    [record] = failures.invocation_records
    assert (record.approximate_invoke_count, record.function_error) == (2, "Unhandled")


# ---------------------------------------------------------------------- tumbling windows


def window_calls(fn: Function) -> list[tuple[float, int, Any, bool, bool]]:
    """Of each call of a window: when, how many records, with which state, final or early."""
    return [
        (
            batch.started_after_seconds,
            len(batch.records),
            batch.event["state"],
            batch.event["isFinalInvokeForWindow"],
            batch.event["isWindowTerminatedEarly"],
        )
        for batch in fn.batches
    ]


@pytest.mark.scenario("KIN K15")
@pytest.mark.rule("KIN-81", "KIN-82", "KIN-85", "KIN-87")
def test_a_window_carries_its_state_to_its_final_call(lambda_events: LambdaEvents) -> None:
    clicks, fn = lambda_events.stream("clicks"), lambda_events.function(counting)
    fn.add_event_source(clicks, starting_position="TRIM_HORIZON", tumbling_window_in_seconds=120)

    lambda_events.advance(10)
    put(clicks, "r1")
    lambda_events.advance(60)
    put(clicks, "r2")
    lambda_events.advance(60)
    put(clicks, "r3")
    lambda_events.advance(0)

    assert window_calls(fn) == [
        (10, 1, {}, False, False), (70, 1, {"n": 1}, False, False), (130, 0, {"n": 2}, True, False),
        (130, 1, {}, False, False),
    ]  # fmt: skip
    assert [batch.event["window"]["start"] for batch in fn.batches] == ["2026-01-01T00:00:00Z"] * 3 + ["2026-01-01T00:02:00Z"]


@pytest.mark.scenario("KIN K16")
@pytest.mark.rule("KIN-83")
def test_an_answer_without_state_is_a_failed_invocation(lambda_events: LambdaEvents) -> None:
    clicks, failures = lambda_events.stream("clicks"), lambda_events.queue("failures")
    fn = lambda_events.function(lambda event, context: {}, name="fn")
    fn.add_event_source(
        clicks, starting_position="TRIM_HORIZON", tumbling_window_in_seconds=60, maximum_retry_attempts=1,
        on_failure=failures,
    )  # fmt: skip

    put(clicks, "r1")
    lambda_events.advance(1)

    assert starts(fn) == [0, 0.2]
    assert [record.approximate_invoke_count for record in failures.invocation_records] == [2]


@pytest.mark.scenario("KIN K17")
@pytest.mark.rule("KIN-84", "KIN-88")
def test_a_state_too_large_ends_its_part_of_the_window(lambda_events: LambdaEvents) -> None:
    def handler(event: Any, context: Any) -> Any:
        return {"state": {"text": "x" * 1_048_640} if event["state"] == {} and not event["isFinalInvokeForWindow"] else {}}

    clicks, fn = lambda_events.stream("clicks"), lambda_events.function(handler, name="fn")
    fn.add_event_source(clicks, starting_position="TRIM_HORIZON", tumbling_window_in_seconds=60, batch_size=1)

    put(clicks, "r1")
    lambda_events.advance(1)
    put(clicks, "r2")
    lambda_events.advance(0)

    calls = [(records, len(state.get("text", "")), final, early) for _, records, state, final, early in window_calls(fn)]
    assert calls[:3] == [(1, 0, False, False), (0, 1_048_640, True, True), (1, 0, False, False)]
    assert {batch.event["window"]["start"] for batch in fn.batches} == {"2026-01-01T00:00:00Z"}


@pytest.mark.scenario("KIN K26")
@pytest.mark.rule("KIN-86", "KIN-E6", "KIN-E7", "KIN-7A")
def test_a_failed_final_call_is_discarded_like_any_other(lambda_events: LambdaEvents) -> None:
    def handler(event: Any, context: Any) -> Any:
        if event["isFinalInvokeForWindow"]:
            raise ValueError("broken")
        return {"state": {"n": 1}}

    clicks, failures = lambda_events.stream("clicks"), lambda_events.bucket("failures")
    fn = lambda_events.function(handler, name="fn")
    mapping = fn.add_event_source(
        clicks, starting_position="TRIM_HORIZON", tumbling_window_in_seconds=10, maximum_retry_attempts=0,
        on_failure=failures,
    )  # fmt: skip

    lambda_events.advance(5)
    put(clicks, "r1")
    lambda_events.advance(1)
    put(clicks, "r2")
    lambda_events.advance(115)
    put(clicks, "r3")
    lambda_events.advance(0)

    assert [(at, records, final) for at, records, _, final, _ in window_calls(fn)] == [
        (5, 1, False), (6, 1, False), (121, 0, True), (121, 1, False),
    ]  # fmt: skip
    assert window_calls(fn)[-1][2] == {}
    [key] = failures.keys
    assert key.startswith(f"aws/lambda/{mapping.uuid}/shardId-000000000000/2026/01/01/2026-01-01T00.02.01-")
    written = json.loads(failures.get_object(key))
    assert list(written) == [
        "requestContext", "responseContext", "version", "payload", "timestamp", "KinesisBatchInfo", "timeWindowInfo",
    ]  # fmt: skip
    assert written["KinesisBatchInfo"] == {"shardId": "shardId-000000000000", "streamArn": clicks.arn}
    assert json.loads(written["payload"])["Records"] == []
    assert written["timeWindowInfo"]["isFinalInvokeForWindow"] is True


@pytest.mark.scenario("KIN K27")
@pytest.mark.rule("KIN-87")
@pytest.mark.parametrize(("until", "finals"), [(129.999, []), (130, [130])], ids=["before", "at"])
def test_an_idle_window_is_closed_two_minutes_after_its_end(
    until: float, finals: list[float], lambda_events: LambdaEvents
) -> None:
    clicks, fn = lambda_events.stream("clicks"), lambda_events.function(counting)
    fn.add_event_source(clicks, starting_position="TRIM_HORIZON", tumbling_window_in_seconds=10)

    lambda_events.advance(5)
    put(clicks, "r1")
    lambda_events.run(until=until)

    assert [at for at, _, _, final, _ in window_calls(fn) if final] == finals


# ---------------------------------------------------------------------- positions and shards


@pytest.mark.scenario("KIN K18")
@pytest.mark.rule("KIN-13")
@pytest.mark.lambda_events(event_source_mapping_start_delay_seconds=60)
def test_with_latest_what_is_written_before_polling_begins_is_missed(lambda_events: LambdaEvents) -> None:
    clicks, fn = lambda_events.stream("clicks"), lambda_events.function(succeed)
    fn.add_event_source(clicks, starting_position="LATEST")

    lambda_events.advance(30)
    put(clicks, "r1")
    lambda_events.advance(60)
    put(clicks, "r2")
    lambda_events.run_until_idle()

    assert data(fn) == [["r2"]]


@pytest.mark.scenario("KIN K28")
@pytest.mark.rule("KIN-90", "KIN-91")
def test_children_wait_for_their_parents(lambda_events: LambdaEvents) -> None:
    def handler(event: Any, context: Any) -> None:
        time.sleep(2)

    clicks, fn = lambda_events.stream("clicks"), lambda_events.function(handler, name="fn", timeout=10)
    fn.add_event_source(clicks, starting_position="TRIM_HORIZON")
    put(clicks, "p")
    clicks.split_shard(clicks.shards[0])
    left, right = (shard for shard in clicks.shards if shard.is_open)
    clicks.put("l", partition_key="k", explicit_hash_key=left.starting_hash_key)
    clicks.put("r", partition_key="k", explicit_hash_key=right.starting_hash_key)
    clicks.merge_shards(left, right)
    clicks.put("m", partition_key="k")

    lambda_events.run_until_idle()

    assert story(fn) == [(0, ["p"]), (2, ["l"]), (2, ["r"]), (4, ["m"])]


@pytest.mark.rule("KIN-12")
@pytest.mark.parametrize(("seconds", "expected"), [(10, ["r2"]), (9.999, ["r2"]), (10.001, [])], ids=["at", "before", "after"])
def test_reading_begins_at_a_timestamp(seconds: float, expected: list[str], lambda_events: LambdaEvents) -> None:
    clicks, fn = lambda_events.stream("clicks"), lambda_events.function(succeed)
    start = lambda_events.now
    put(clicks, "r1")
    lambda_events.advance(10)
    put(clicks, "r2")
    lambda_events.advance(10)

    fn.add_event_source(
        clicks, starting_position="AT_TIMESTAMP", starting_position_timestamp=start + timedelta(seconds=seconds)
    )
    lambda_events.run_until_idle()

    assert [text for texts in data(fn) for text in texts] == expected
