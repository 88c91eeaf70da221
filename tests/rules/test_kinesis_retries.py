"""KIN-29 and KIN-40 to 4D: what is tried again, how often, when, and when it is given up."""

from __future__ import annotations

import sys
import time
from typing import Any

import pytest
from stream_stories import Handler, clicks_of, data, fed, put, raising, reporting, sleeping, starts, story, succeed

from pytest_lambda_events import Function, LambdaEvents, Queue, Stream

EVENT_BYTES = 6_291_456


@pytest.fixture
def clicks(lambda_events: LambdaEvents) -> Stream:
    """A stream of one shard."""
    return clicks_of(lambda_events)


@pytest.fixture
def failures(lambda_events: LambdaEvents) -> Queue:
    """Where records go that are given up."""
    return lambda_events.queue("failures")


def endings(failures: Queue) -> list[tuple[str, int, int]]:
    """Of each record of a failure: its condition, its count of invocations, and how many records it is about."""
    return [
        (record.condition, record.approximate_invoke_count, record.json["KinesisBatchInfo"]["batchSize"])
        for record in failures.invocation_records
    ]


# ---------------------------------------------------------------------- what fails


def exit_at_once(event: Any, context: Any) -> None:
    """A handler whose runtime ends."""
    sys.exit(1)


@pytest.mark.rule("KIN-40", "KIN-42")
@pytest.mark.parametrize(
    ("handler", "settings", "first_retry"),
    [
        (raising("r1"), {}, 0.2),
        (exit_at_once, {}, 0.2),
        (sleeping(4), {}, 3.2),
        (lambda event, context: {}, {"tumbling_window_in_seconds": 60}, 0.2),
        (reporting("r1"), {"function_response_types": ["ReportBatchItemFailures"]}, 0.2),
    ],
    ids=["exception", "exit", "timeout", "no state", "reported failure"],
)
def test_a_batch_that_fails_is_tried_again(
    lambda_events: LambdaEvents, clicks: Stream, failures: Queue, handler: Handler, settings: Any, first_retry: float
) -> None:
    fn = lambda_events.function(handler, name="fn")
    fed(fn, clicks, maximum_retry_attempts=1, on_failure=failures, **settings)

    put(clicks, "r1", "r2")
    lambda_events.advance(10)

    assert [batch for batch in story(fn) if batch[1]] == [(0, ["r1", "r2"]), (pytest.approx(first_retry), ["r1", "r2"])]
    assert endings(failures) == [("RetryAttemptsExhausted", 2, 2)]


@pytest.mark.rule("KIN-42")
def test_a_batch_is_tried_until_it_succeeds(lambda_events: LambdaEvents, clicks: Stream, failures: Queue) -> None:
    fn = lambda_events.function(raising(times=3), name="fn")
    mapping = fed(fn, clicks, on_failure=failures)

    put(clicks, "r1")
    lambda_events.run_until_idle()

    assert starts(fn) == pytest.approx([0, 0.2, 0.6, 1.4])
    assert list(mapping.checkpoints.values()) == [clicks.records[0].sequence_number]
    assert failures.messages == []


@pytest.mark.rule("KIN-43")
@pytest.mark.parametrize("retries", [0, 1, 2, 5])
def test_a_batch_has_one_attempt_more_than_retries(
    lambda_events: LambdaEvents, clicks: Stream, failures: Queue, retries: int
) -> None:
    fn = lambda_events.function(raising(), name="fn")
    fed(fn, clicks, maximum_retry_attempts=retries, on_failure=failures)

    put(clicks, "r1")
    lambda_events.run_until_idle()

    assert len(fn.batches) == retries + 1
    assert [batch.number for batch in fn.batches] == [*range(1, retries + 2)]
    assert endings(failures) == [("RetryAttemptsExhausted", retries + 1, 1)]


@pytest.mark.rule("KIN-43")
def test_the_last_retry_may_succeed(lambda_events: LambdaEvents, clicks: Stream, failures: Queue) -> None:
    fn = lambda_events.function(raising(times=2), name="fn")
    fed(fn, clicks, maximum_retry_attempts=2, on_failure=failures)

    put(clicks, "r1")
    lambda_events.run_until_idle()

    assert [batch.outcome for batch in fn.batches] == ["function_error", "function_error", "success"]
    assert failures.messages == []


@pytest.mark.rule("KIN-47")
def test_the_shard_continues_after_discarded_records(lambda_events: LambdaEvents, clicks: Stream, failures: Queue) -> None:
    fn = lambda_events.function(raising("r1"), name="fn")
    mapping = fed(fn, clicks, batch_size=1, maximum_retry_attempts=0, on_failure=failures)

    put(clicks, "r1", "r2")
    lambda_events.run_until_idle()

    assert story(fn) == [(0, ["r1"]), (0, ["r2"])]
    assert list(mapping.checkpoints.values()) == [clicks.records[1].sequence_number]


@pytest.mark.rule("KIN-43", "KIN-48", "KIN-71")
def test_without_limits_a_bad_record_blocks_its_shard_until_it_expires(
    lambda_events: LambdaEvents, clicks: Stream, failures: Queue
) -> None:
    fn = lambda_events.function(raising("r1"), name="fn")
    fed(fn, clicks, batch_size=1, on_failure=failures)

    put(clicks, "r1")
    lambda_events.advance(3600)
    put(clicks, "r2")
    lambda_events.advance(23 * 3600 - 1)
    before = {texts for [texts] in data(fn)}
    lambda_events.run_until_idle()

    assert before == {"r1"}
    assert [texts for at, [texts] in story(fn) if at >= 86_400] == ["r2"]
    assert failures.messages == []


@pytest.mark.rule("KIN-48")
def test_a_longer_retention_blocks_it_for_longer(lambda_events: LambdaEvents) -> None:
    clicks = lambda_events.stream("clicks", retention_period_hours=25)
    fn = lambda_events.function(raising("r1"), name="fn")
    fed(fn, clicks, batch_size=1)

    put(clicks, "r1")
    lambda_events.advance(3600)
    put(clicks, "r2")
    lambda_events.advance(24 * 3600 - 1)
    before = {texts for [texts] in data(fn)}
    lambda_events.run_until_idle()

    assert before == {"r1"}
    assert [texts for at, [texts] in story(fn) if at >= 90_000] == ["r2"]


@pytest.mark.rule("KIN-40", "KIN-43")
def test_a_mapping_that_is_disabled_in_the_last_attempt_still_gives_up(
    lambda_events: LambdaEvents, clicks: Stream, failures: Queue
) -> None:
    def handler(event: Any, context: Any) -> None:
        time.sleep(2)
        raise ValueError("broken")

    fn = lambda_events.function(handler, name="fn", timeout=10)
    mapping = fed(fn, clicks, maximum_retry_attempts=0, on_failure=failures)
    put(clicks, "r1")
    lambda_events.advance(1)

    mapping.update(enabled=False)
    lambda_events.run_until_idle()
    mapping.update(enabled=True)
    lambda_events.run_until_idle()

    assert starts(fn) == [0]
    assert endings(failures) == [("RetryAttemptsExhausted", 1, 1)]


@pytest.mark.rule("KIN-15", "KIN-43", "KIN-4D")
def test_a_mapping_that_is_enabled_again_during_an_attempt_counts_that_attempt(
    lambda_events: LambdaEvents, clicks: Stream
) -> None:
    def handler(event: Any, context: Any) -> None:
        time.sleep(10)
        raise ValueError("broken")

    fn = lambda_events.function(handler, name="fn", timeout=20)
    mapping = fed(fn, clicks, maximum_retry_attempts=1)
    put(clicks, "r1")
    lambda_events.advance(1)

    mapping.update(enabled=False)
    lambda_events.advance(1)
    mapping.update(enabled=True)
    lambda_events.run_until_idle()

    assert starts(fn) == pytest.approx([0, 10.2])
    assert len({batch.request_id for batch in fn.batches}) == 1


# ---------------------------------------------------------------------- before the function runs


@pytest.mark.rule("KIN-41", "KIN-44", "KIN-76")
def test_throttled_records_are_discarded_only_for_their_age(
    lambda_events: LambdaEvents, clicks: Stream, failures: Queue
) -> None:
    fn = lambda_events.function(succeed, reserved_concurrent_executions=0)
    fed(fn, clicks, maximum_retry_attempts=0, maximum_record_age_in_seconds=60, on_failure=failures)

    put(clicks, "r1")
    lambda_events.run_until_idle()

    assert {batch.outcome for batch in fn.batches} == {"throttled"}
    assert starts(fn)[-1] == pytest.approx(51)
    assert endings(failures) == [("RecordAgeExceeded", 1, 1)]


@pytest.mark.rule("KIN-41", "KIN-71")
def test_messages_that_are_throttled_until_they_expire_are_lost(
    lambda_events: LambdaEvents, clicks: Stream, failures: Queue
) -> None:
    fn = lambda_events.function(succeed, reserved_concurrent_executions=0)
    mapping = fed(fn, clicks, maximum_retry_attempts=0, on_failure=failures)

    put(clicks, "r1")
    lambda_events.run_until_idle()

    assert 86_340 < starts(fn)[-1] < 86_400
    assert failures.messages == []
    assert len(mapping.checkpoints) == 1


@pytest.mark.rule("KIN-41", "KIN-43")
def test_throttles_and_failures_are_counted_apart(lambda_events: LambdaEvents, clicks: Stream, failures: Queue) -> None:
    fn = lambda_events.function(raising(), name="fn", reserved_concurrent_executions=0)
    fed(fn, clicks, maximum_retry_attempts=1, on_failure=failures)

    put(clicks, "r1")
    lambda_events.advance(1)
    fn.update(reserved_concurrent_executions=1)
    lambda_events.run_until_idle()

    assert [batch.outcome for batch in fn.batches] == ["throttled"] * 3 + ["function_error"] * 2
    assert endings(failures) == [("RetryAttemptsExhausted", 2, 1)]


# ---------------------------------------------------------------------- too large


@pytest.mark.rule("KIN-29", "KIN-75")
@pytest.mark.parametrize("consumes", [False, True], ids=["stream", "consumer"])
@pytest.mark.parametrize("retries", [0, 2])
def test_each_refusal_of_an_event_that_is_too_large_uses_a_retry(
    lambda_events: LambdaEvents, clicks: Stream, failures: Queue, retries: int, consumes: bool
) -> None:
    fn = lambda_events.function(succeed, name="fn")
    source = clicks.register_consumer("fast") if consumes else clicks
    fed(fn, source, batch_size=1, maximum_retry_attempts=retries, on_failure=failures)

    put_large(lambda_events, 5 * 1024 * 1024)
    put(clicks, "r2")
    lambda_events.run_until_idle()

    assert data(fn) == [["r2"]]
    assert endings(failures) == [("RetryAttemptsExhausted", retries + 1, 1)]
    assert list(failures.invocation_records[0].json) == ["requestContext", "version", "timestamp", "KinesisBatchInfo"]


@pytest.mark.rule("KIN-25", "KIN-29")
@pytest.mark.parametrize(("more", "attempts"), [(0, 1), (1, 0)], ids=["just fits", "one byte more"])
def test_a_record_may_fill_the_whole_event(
    lambda_events: LambdaEvents, clicks: Stream, failures: Queue, more: int, attempts: int
) -> None:
    fn = lambda_events.function(succeed, name="fn")
    fed(fn, clicks, maximum_retry_attempts=0, on_failure=failures)
    put(clicks, "")
    lambda_events.advance(10)
    [frame] = [entry.detail["payload"] for entry in lambda_events.journal if entry.kind == "started"]

    quads, rest = divmod(EVENT_BYTES - len(frame), 4)
    put_large(lambda_events, quads * 3, key="alice" + "e" * (rest + more))
    lambda_events.run_until_idle()

    assert len(fn.batches) - 1 == attempts
    assert len(failures.messages) == 1 - attempts


def put_large(lambda_events: LambdaEvents, size: int, key: str = "alice") -> None:
    """Put a record of so many bytes; only one by one can they be this large."""
    lambda_events.client("kinesis").put_record(StreamName="clicks", PartitionKey=key, Data=b"x" * size)


# ---------------------------------------------------------------------- age


@pytest.mark.rule("KIN-44", "KIN-45", "KIN-76")
@pytest.mark.parametrize(("age", "attempts"), [(59.999, 1), (60, 1), (60.001, 0)])
def test_a_record_that_is_too_old_when_it_is_read_is_never_sent(
    lambda_events: LambdaEvents, clicks: Stream, failures: Queue, age: float, attempts: int
) -> None:
    fn = lambda_events.function(succeed, name="fn")
    put(clicks, "r1")
    lambda_events.advance(age)

    fed(fn, clicks, maximum_record_age_in_seconds=60, on_failure=failures)
    lambda_events.run_until_idle()

    assert len(fn.batches) == attempts
    assert endings(failures) == [("RecordAgeExceeded", 1, 1)] * (1 - attempts)


@pytest.mark.rule("KIN-45")
def test_a_record_that_aged_while_its_mapping_was_disabled_is_discarded(
    lambda_events: LambdaEvents, clicks: Stream, failures: Queue
) -> None:
    fn = lambda_events.function(succeed, name="fn")
    mapping = fed(fn, clicks, maximum_record_age_in_seconds=60, on_failure=failures)
    mapping.update(enabled=False)
    put(clicks, "r1")
    lambda_events.advance(70)

    mapping.update(enabled=True)
    lambda_events.run_until_idle()

    assert fn.batches == []
    assert endings(failures) == [("RecordAgeExceeded", 1, 1)]


@pytest.mark.rule("KIN-45")
@pytest.mark.parametrize(("batch_size", "sizes"), [(1, [1, 1, 1]), (2, [2, 1]), (10, [3])])
def test_records_that_are_too_old_are_discarded_by_the_batch(
    lambda_events: LambdaEvents, clicks: Stream, failures: Queue, batch_size: int, sizes: list[int]
) -> None:
    fn = lambda_events.function(succeed, name="fn")
    put(clicks, "r1", "r2", "r3")
    lambda_events.advance(70)

    fed(fn, clicks, maximum_record_age_in_seconds=60, batch_size=batch_size, on_failure=failures)
    lambda_events.run_until_idle()

    assert [size for _, _, size in endings(failures)] == sizes


@pytest.mark.rule("KIN-45", "KIN-46", "KIN-4D")
def test_only_the_records_that_are_too_old_are_discarded_from_a_retried_batch(
    lambda_events: LambdaEvents, clicks: Stream, failures: Queue
) -> None:
    fn = lambda_events.function(raising(times=9), name="fn")
    put(clicks, "r1")
    lambda_events.advance(30)
    put(clicks, "r2")

    fed(fn, clicks, maximum_record_age_in_seconds=60, on_failure=failures)
    lambda_events.run_until_idle()

    assert [texts for _, texts in story(fn)] == [["r1", "r2"]] * 8 + [["r2"]]
    assert endings(failures) == [("RecordAgeExceeded", 9, 1), ("RecordAgeExceeded", 10, 1)]
    assert fn.batches[7].request_id != fn.batches[8].request_id


@pytest.mark.rule("KIN-45", "KIN-15")
def test_records_that_are_too_old_are_discarded_once(lambda_events: LambdaEvents, clicks: Stream, failures: Queue) -> None:
    fn = lambda_events.function(raising(times=1), name="fn")
    put(clicks, "r1")
    lambda_events.advance(70)
    put(clicks, "r2")
    mapping = fed(fn, clicks, maximum_record_age_in_seconds=60, on_failure=failures)
    lambda_events.advance(0.1)

    mapping.update(enabled=False)
    mapping.update(enabled=True)
    lambda_events.run_until_idle()

    assert data(fn) == [["r2"], ["r2"]]
    assert endings(failures) == [("RecordAgeExceeded", 1, 1)]


@pytest.mark.rule("KIN-4B")
@pytest.mark.parametrize(
    ("retries", "ending"), [(0, ("RetryAttemptsExhausted", 1, 1)), (1, ("RecordAgeExceeded", 2, 1))], ids=["none", "one"]
)
def test_retries_are_looked_at_when_an_attempt_fails_and_age_before_the_next(
    lambda_events: LambdaEvents, clicks: Stream, failures: Queue, retries: int, ending: Any
) -> None:
    def handler(event: Any, context: Any) -> None:
        time.sleep(61)
        raise ValueError("broken")

    fn = lambda_events.function(handler, name="fn", timeout=70)
    fed(fn, clicks, maximum_retry_attempts=retries, maximum_record_age_in_seconds=60, on_failure=failures)

    put(clicks, "r1")
    lambda_events.run_until_idle()

    assert starts(fn) == [0]
    assert endings(failures) == [ending]


@pytest.mark.rule("KIN-4B")
def test_an_exhausted_batch_is_discarded_when_the_last_attempt_fails(
    lambda_events: LambdaEvents, clicks: Stream, failures: Queue
) -> None:
    fn = lambda_events.function(raising(), name="fn")
    fed(fn, clicks, maximum_retry_attempts=1, on_failure=failures)

    put(clicks, "r1")
    lambda_events.advance(0.2)

    [record] = failures.invocation_records
    assert record.json["timestamp"] == "2026-01-01T00:00:00.200Z"


# ---------------------------------------------------------------------- pauses


@pytest.mark.rule("KIN-49")
def test_pauses_double_up_to_a_minute(lambda_events: LambdaEvents, clicks: Stream) -> None:
    fn = lambda_events.function(raising(), name="fn")
    fed(fn, clicks, maximum_retry_attempts=11)

    put(clicks, "r1")
    lambda_events.run_until_idle()

    pauses = [later - sooner for sooner, later in zip(starts(fn), starts(fn)[1:], strict=False)]
    assert pauses == pytest.approx([0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 51.2, 60, 60])


@pytest.mark.rule("KIN-49")
@pytest.mark.lambda_events(stream_retry_delay_seconds=1, stream_retry_delay_maximum_seconds=3)
def test_pauses_can_be_set(lambda_events: LambdaEvents, clicks: Stream) -> None:
    fn = lambda_events.function(raising(), name="fn")
    fed(fn, clicks, maximum_retry_attempts=4)

    put(clicks, "r1")
    lambda_events.run_until_idle()

    assert starts(fn) == [0, 1, 3, 6, 9]


@pytest.mark.rule("KIN-49")
def test_a_pause_begins_when_the_attempt_has_ended(lambda_events: LambdaEvents, clicks: Stream) -> None:
    def handler(event: Any, context: Any) -> None:
        time.sleep(5)
        raise ValueError("broken")

    fn = lambda_events.function(handler, name="fn", timeout=10)
    fed(fn, clicks, maximum_retry_attempts=2)

    put(clicks, "r1")
    lambda_events.run_until_idle()

    assert starts(fn) == pytest.approx([0, 5.2, 10.6])


# ---------------------------------------------------------------------- the same batch


@pytest.mark.rule("KIN-4A", "KIN-4D")
def test_a_retry_is_the_same_batch_whatever_came_meanwhile(lambda_events: LambdaEvents, clicks: Stream) -> None:
    fn = lambda_events.function(raising(times=2), name="fn")
    fed(fn, clicks)

    put(clicks, "r1", "r2")
    lambda_events.advance(0.1)
    put(clicks, "r3")
    lambda_events.run_until_idle()

    assert data(fn) == [["r1", "r2"], ["r1", "r2"], ["r1", "r2"], ["r3"]]
    first, second, third, other = [batch.request_id for batch in fn.batches]
    assert first == second == third != other


@pytest.mark.rule("KIN-4D")
def test_a_handler_sees_the_same_request_id_again(lambda_events: LambdaEvents, clicks: Stream) -> None:
    seen: list[str] = []

    def handler(event: Any, context: Any) -> None:
        seen.append(context.aws_request_id)
        raise ValueError("broken")

    fn = lambda_events.function(handler, name="fn")
    fed(fn, clicks, maximum_retry_attempts=1)

    put(clicks, "r1")
    lambda_events.run_until_idle()

    assert seen == [fn.batches[0].request_id] * 2


# ---------------------------------------------------------------------- LastProcessingResult


@pytest.mark.rule("KIN-4C")
def test_a_mapping_tells_how_its_last_batch_ended(lambda_events: LambdaEvents, clicks: Stream) -> None:
    fn = lambda_events.function(raising("r2"), name="fn")
    mapping = fed(fn, clicks, maximum_retry_attempts=1)
    told = [mapping.last_processing_result]

    put(clicks, "r1")
    lambda_events.advance(1)
    told.append(mapping.last_processing_result)
    put(clicks, "r2")
    lambda_events.advance(0)
    told.append(mapping.last_processing_result)
    lambda_events.advance(1)
    told.append(mapping.last_processing_result)
    put(clicks, "r3")
    lambda_events.advance(1)
    told.append(mapping.last_processing_result)

    problem = "PROBLEM: Function call failed"
    assert told == ["No records processed", "OK", problem, problem, "OK"]


@pytest.mark.rule("KIN-4C")
def test_a_partial_response_is_not_reported_as_a_problem(lambda_events: LambdaEvents, clicks: Stream) -> None:
    fn: Function = lambda_events.function(reporting("r1"), name="fn")
    mapping = fed(fn, clicks, function_response_types=["ReportBatchItemFailures"], maximum_retry_attempts=0)

    put(clicks, "r1")
    lambda_events.run_until_idle()

    assert mapping.last_processing_result == "OK"


@pytest.mark.rule("KIN-4C", "KIN-45")
def test_records_discarded_unread_are_not_a_processing_result(lambda_events: LambdaEvents, clicks: Stream) -> None:
    fn = lambda_events.function(succeed, name="fn")
    put(clicks, "r1")
    lambda_events.advance(70)

    mapping = fed(fn, clicks, maximum_record_age_in_seconds=60)
    lambda_events.run_until_idle()

    assert mapping.last_processing_result == "No records processed"
