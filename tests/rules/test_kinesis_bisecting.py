"""KIN-50 to 57: a batch that fails is split in two."""

from __future__ import annotations

import pytest
from stream_stories import PARTIAL, clicks_of, data, fed, put, raising, reporting, starts, story

from pytest_lambda_events import LambdaEvents, Queue, Stream


@pytest.fixture
def clicks(lambda_events: LambdaEvents) -> Stream:
    """A stream of one shard."""
    return clicks_of(lambda_events)


@pytest.fixture
def failures(lambda_events: LambdaEvents) -> Queue:
    """Where records go that are given up."""
    return lambda_events.queue("failures")


@pytest.mark.rule("KIN-50")
@pytest.mark.parametrize(
    ("bisects", "batches"), [(False, [["r1", "r2"]] * 2), (True, [["r1", "r2"], ["r1"], ["r2"], ["r2"]])], ids=["off", "on"]
)
def test_a_batch_is_split_only_if_that_is_set(
    lambda_events: LambdaEvents, clicks: Stream, bisects: bool, batches: list[list[str]]
) -> None:
    fn = lambda_events.function(raising("r2"), name="fn")
    fed(fn, clicks, maximum_retry_attempts=1, bisect_batch_on_function_error=bisects)

    put(clicks, "r1", "r2")
    lambda_events.run_until_idle()

    assert data(fn) == batches


@pytest.mark.rule("KIN-50")
def test_later_batches_are_as_large_as_ever(lambda_events: LambdaEvents, clicks: Stream) -> None:
    fn = lambda_events.function(raising("r1"), name="fn")
    fed(fn, clicks, batch_size=2, maximum_retry_attempts=0, bisect_batch_on_function_error=True)

    put(clicks, "r1", "r2", "r3", "r4")
    lambda_events.run_until_idle()

    assert data(fn) == [["r1", "r2"], ["r1"], ["r2"], ["r3", "r4"]]


@pytest.mark.rule("KIN-51", "KIN-56")
def test_splitting_uses_no_retry(lambda_events: LambdaEvents, clicks: Stream, failures: Queue) -> None:
    fn = lambda_events.function(raising("r1", times=3), name="fn")
    fed(fn, clicks, maximum_retry_attempts=0, bisect_batch_on_function_error=True, on_failure=failures)

    put(clicks, "r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8")
    lambda_events.run_until_idle()

    assert [len(texts) for texts in data(fn)] == [8, 4, 2, 1, 1, 2, 4]
    assert failures.messages == []


@pytest.mark.rule("KIN-52")
def test_an_exception_splits_a_batch_whose_answers_could_name_failures(lambda_events: LambdaEvents, clicks: Stream) -> None:
    fn = lambda_events.function(raising("r3"), name="fn")
    fed(
        fn, clicks, maximum_retry_attempts=0, bisect_batch_on_function_error=True, function_response_types=PARTIAL
    )  # fmt: skip

    put(clicks, "r1", "r2", "r3", "r4")
    lambda_events.run_until_idle()

    assert data(fn) == [["r1", "r2", "r3", "r4"], ["r1", "r2"], ["r3", "r4"], ["r3"], ["r4"]]


@pytest.mark.rule("KIN-53")
def test_the_rest_after_a_partial_response_may_be_split_further(lambda_events: LambdaEvents, clicks: Stream) -> None:
    fn = lambda_events.function(reporting("r3", "r5"), name="fn")
    fed(
        fn, clicks, maximum_retry_attempts=0, bisect_batch_on_function_error=True, function_response_types=PARTIAL
    )  # fmt: skip

    put(clicks, "r1", "r2", "r3", "r4", "r5")
    lambda_events.run_until_idle()

    assert data(fn) == [["r1", "r2", "r3", "r4", "r5"], ["r3", "r4", "r5"], ["r3"], ["r4", "r5"], ["r5"]]


@pytest.mark.rule("KIN-54", "KIN-47")
def test_each_discarded_record_has_its_own_failure_record(
    lambda_events: LambdaEvents, clicks: Stream, failures: Queue
) -> None:
    fn = lambda_events.function(raising("r1", "r2", "r4"), name="fn")
    fed(fn, clicks, maximum_retry_attempts=0, bisect_batch_on_function_error=True, on_failure=failures)

    put(clicks, "r1", "r2", "r3", "r4")
    lambda_events.run_until_idle()

    numbers = [record.sequence_number for record in clicks.records]
    told = [record.json["KinesisBatchInfo"] for record in failures.invocation_records]
    assert [info["startSequenceNumber"] for info in told] == [numbers[0], numbers[1], numbers[3]]
    assert [info["batchSize"] for info in told] == [1, 1, 1]


@pytest.mark.rule("KIN-55")
@pytest.mark.parametrize(
    ("count", "sizes"), [(2, [2, 1, 1]), (3, [3, 1, 2, 1, 1]), (4, [4, 2, 1, 1, 2, 1, 1]), (5, [5, 2, 1, 1, 3, 1, 2, 1, 1])]
)
def test_the_first_half_is_the_smaller_one_and_comes_first(
    lambda_events: LambdaEvents, clicks: Stream, count: int, sizes: list[int]
) -> None:
    fn = lambda_events.function(raising(), name="fn")
    fed(fn, clicks, maximum_retry_attempts=0, bisect_batch_on_function_error=True)

    put(clicks, *(f"r{number}" for number in range(count)))
    lambda_events.run_until_idle()

    assert [len(texts) for texts in data(fn)] == sizes
    assert [texts[0] for texts in data(fn) if len(texts) == 1] == [f"r{number}" for number in range(count)]


@pytest.mark.rule("KIN-55", "KIN-4D")
def test_each_half_is_a_batch_of_its_own(lambda_events: LambdaEvents, clicks: Stream) -> None:
    fn = lambda_events.function(raising("r2"), name="fn")
    fed(fn, clicks, maximum_retry_attempts=1, bisect_batch_on_function_error=True)

    put(clicks, "r1", "r2")
    lambda_events.run_until_idle()

    whole, first, second, again = [batch.request_id for batch in fn.batches]
    assert len({whole, first, second}) == 3
    assert again == second


@pytest.mark.rule("KIN-56", "KIN-49")
def test_halves_follow_immediately_and_only_single_records_wait(lambda_events: LambdaEvents, clicks: Stream) -> None:
    fn = lambda_events.function(raising("r2"), name="fn")
    fed(fn, clicks, maximum_retry_attempts=2, bisect_batch_on_function_error=True)

    put(clicks, "r1", "r2", "r3", "r4")
    lambda_events.run_until_idle()

    assert [len(texts) for texts in data(fn)] == [4, 2, 1, 1, 1, 1, 2]
    assert starts(fn) == pytest.approx([0, 0, 0, 0, 0.2, 0.6, 0.6])


@pytest.mark.rule("KIN-56", "KIN-74")
@pytest.mark.parametrize("retries", [0, 1, 3])
def test_a_single_record_is_discarded_after_its_own_attempts(
    lambda_events: LambdaEvents, clicks: Stream, failures: Queue, retries: int
) -> None:
    fn = lambda_events.function(raising("r2"), name="fn")
    fed(fn, clicks, maximum_retry_attempts=retries, bisect_batch_on_function_error=True, on_failure=failures)

    put(clicks, "r1", "r2")
    lambda_events.run_until_idle()

    assert len([texts for texts in data(fn) if texts == ["r2"]]) == retries + 1
    assert [record.approximate_invoke_count for record in failures.invocation_records] == [retries + 1]


@pytest.mark.rule("KIN-57")
def test_no_progress_is_split_as_a_failure_is(lambda_events: LambdaEvents, clicks: Stream) -> None:
    fn = lambda_events.function(reporting("r1"), name="fn")
    fed(
        fn, clicks, maximum_retry_attempts=0, bisect_batch_on_function_error=True, function_response_types=PARTIAL
    )  # fmt: skip

    put(clicks, "r1", "r2", "r3")
    lambda_events.run_until_idle()

    assert data(fn) == [["r1", "r2", "r3"], ["r1"], ["r2", "r3"]]


@pytest.mark.rule("KIN-57", "KIN-41")
def test_a_throttled_batch_is_not_split(lambda_events: LambdaEvents, clicks: Stream) -> None:
    fn = lambda_events.function(raising("r1", times=1), name="fn", reserved_concurrent_executions=0)
    fed(fn, clicks, bisect_batch_on_function_error=True)

    put(clicks, "r1", "r2")
    lambda_events.advance(0.5)
    fn.update(reserved_concurrent_executions=1)
    lambda_events.run_until_idle()

    whole = ["r1", "r2"]
    assert story(fn) == [
        (0, whole), (0.2, whole), (pytest.approx(0.6), whole), (pytest.approx(0.6), ["r1"]), (pytest.approx(0.6), ["r2"]),
    ]  # fmt: skip


@pytest.mark.rule("KIN-55", "KIN-45")
def test_a_half_that_is_too_old_is_discarded_and_the_other_is_invoked(
    lambda_events: LambdaEvents, clicks: Stream, failures: Queue
) -> None:
    fn = lambda_events.function(raising("r1"), name="fn")
    put(clicks, "r1")
    lambda_events.advance(40)
    put(clicks, "r2")

    fed(
        fn, clicks, maximum_record_age_in_seconds=60, bisect_batch_on_function_error=True, on_failure=failures
    )  # fmt: skip
    lambda_events.run_until_idle()

    assert data(fn)[0] == ["r1", "r2"]
    assert data(fn)[-1] == ["r2"]
    assert [record.condition for record in failures.invocation_records] == ["RecordAgeExceeded"]
