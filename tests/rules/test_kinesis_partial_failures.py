"""KIN-60 to 69: answers that name the records that failed."""

from __future__ import annotations

from typing import Any

import powertools_handlers
import pytest
from stream_stories import PARTIAL, clicks_of, data, decoded, fed, put, raising, reporting, starts, story

from pytest_lambda_events import Function, LambdaEvents, Queue, Stream


@pytest.fixture
def clicks(lambda_events: LambdaEvents) -> Stream:
    """A stream of one shard."""
    return clicks_of(lambda_events)


@pytest.fixture
def failures(lambda_events: LambdaEvents) -> Queue:
    """Where records go that are given up."""
    return lambda_events.queue("failures")


def of_number(event: Any, text: str) -> str:
    """The sequence number of a record by its text."""
    [number] = [record["kinesis"]["sequenceNumber"] for record in event["Records"] if decoded(record) == text]
    return str(number)


@pytest.mark.rule("KIN-60")
def test_an_answer_of_a_mapping_that_does_not_ask_names_nothing(
    lambda_events: LambdaEvents, clicks: Stream, failures: Queue
) -> None:
    fn = lambda_events.function(reporting("r1"), name="fn")
    fed(fn, clicks, on_failure=failures)

    put(clicks, "r1", "r2")
    lambda_events.run_until_idle()

    assert data(fn) == [["r1", "r2"]]
    assert fn.batches[0].batch_item_failures == []
    assert ["KIN-60" in entry.detail["message"] for entry in lambda_events.journal.warnings] == [True]
    assert failures.messages == []


@pytest.mark.rule("KIN-60")
def test_without_partial_answers_a_position_moves_only_with_a_whole_batch(lambda_events: LambdaEvents, clicks: Stream) -> None:
    fn = lambda_events.function(raising("r3", times=1), name="fn")
    mapping = fed(fn, clicks)

    put(clicks, "r1", "r2", "r3")
    lambda_events.advance(0)
    meanwhile = dict(mapping.checkpoints)
    lambda_events.run_until_idle()

    assert meanwhile == {}
    assert list(mapping.checkpoints.values()) == [clicks.records[2].sequence_number]


@pytest.mark.rule("KIN-61")
def test_all_records_from_the_lowest_number_on_are_retried_immediately(lambda_events: LambdaEvents, clicks: Stream) -> None:
    answers = [["r2", "r4"], []]

    def handler(event: Any, context: Any) -> Any:
        return {"batchItemFailures": [{"itemIdentifier": of_number(event, text)} for text in answers.pop(0)]}

    fn = lambda_events.function(handler, name="fn")
    fed(fn, clicks, function_response_types=PARTIAL)

    put(clicks, "r1", "r2", "r3", "r4", "r5")
    lambda_events.run_until_idle()

    assert story(fn) == [(0, ["r1", "r2", "r3", "r4", "r5"]), (0, ["r2", "r3", "r4", "r5"])]
    assert fn.batches[0].batch_item_failures == [record.sequence_number for record in clicks.records[1:]]
    assert fn.batches[0].request_id != fn.batches[1].request_id


@pytest.mark.rule("KIN-61")
def test_records_before_the_lowest_reported_number_are_finished(lambda_events: LambdaEvents, clicks: Stream) -> None:
    fn = lambda_events.function(reporting("r3"), name="fn")
    mapping = fed(fn, clicks, function_response_types=PARTIAL)

    put(clicks, "r1", "r2", "r3")
    lambda_events.advance(0.1)

    assert list(mapping.checkpoints.values()) == [clicks.records[1].sequence_number]


@pytest.mark.rule("KIN-62")
@pytest.mark.parametrize("named", [("r2", "r4"), ("r4", "r2"), ("r4", "r2", "r3")], ids="-".join)
def test_the_lowest_number_counts_in_whatever_order_they_are_named(
    lambda_events: LambdaEvents, clicks: Stream, named: tuple[str, ...]
) -> None:
    fn = lambda_events.function(reporting(*named), name="fn")
    fed(fn, clicks, function_response_types=PARTIAL, maximum_retry_attempts=0)

    put(clicks, "r1", "r2", "r3", "r4")
    lambda_events.run_until_idle()

    assert data(fn)[1] == ["r2", "r3", "r4"]


@pytest.mark.rule("KIN-64")
@pytest.mark.parametrize("other", [{"itemIdentifier": ""}, {"itemIdentifier": None}, {"foo": 1}, {"itemIdentifier": "123"}])
def test_one_invalid_entry_fails_the_whole_batch(lambda_events: LambdaEvents, clicks: Stream, other: dict[str, Any]) -> None:
    def handler(event: Any, context: Any) -> Any:
        return {"batchItemFailures": [{"itemIdentifier": of_number(event, "r2")}, other]}

    fn = lambda_events.function(handler, name="fn")
    fed(fn, clicks, function_response_types=PARTIAL, maximum_retry_attempts=1)

    put(clicks, "r1", "r2")
    lambda_events.run_until_idle()

    assert story(fn) == [(0, ["r1", "r2"]), (0.2, ["r1", "r2"])]


@pytest.mark.rule("KIN-64")
def test_a_number_of_another_batch_fails_the_whole_batch(lambda_events: LambdaEvents, clicks: Stream) -> None:
    seen: list[str] = []

    def handler(event: Any, context: Any) -> Any:
        seen.extend(record["kinesis"]["sequenceNumber"] for record in event["Records"])
        return {"batchItemFailures": [{"itemIdentifier": seen[0]}] if len(seen) > 1 else []}

    fn = lambda_events.function(handler, name="fn")
    fed(fn, clicks, batch_size=1, function_response_types=PARTIAL, maximum_retry_attempts=1)

    put(clicks, "r1", "r2")
    lambda_events.run_until_idle()

    assert data(fn) == [["r1"], ["r2"], ["r2"]]


@pytest.mark.rule("KIN-65")
def test_the_rest_after_progress_has_separate_retries(lambda_events: LambdaEvents, clicks: Stream, failures: Queue) -> None:
    answers = [[], ["r1"], ["r1"], ["r2"], ["r2"], ["r2"], ["r2"]]

    def handler(event: Any, context: Any) -> Any:
        return {"batchItemFailures": [{"itemIdentifier": of_number(event, text)} for text in answers.pop(0)]}

    fn = lambda_events.function(handler, name="fn")
    fed(fn, clicks, function_response_types=PARTIAL, maximum_retry_attempts=2, on_failure=failures)
    put(clicks, "r0")
    lambda_events.run_until_idle()

    put(clicks, "r1", "r2")
    lambda_events.run_until_idle()

    both, rest = ["r1", "r2"], ["r2"]
    assert data(fn) == [["r0"], both, both, both, rest, rest, rest]
    assert [record.approximate_invoke_count for record in failures.invocation_records] == [3]


@pytest.mark.rule("KIN-66")
def test_a_failure_of_the_first_record_of_a_batch_is_not_progress(
    lambda_events: LambdaEvents, clicks: Stream, failures: Queue
) -> None:
    fn = lambda_events.function(reporting("r2"), name="fn")
    fed(fn, clicks, function_response_types=PARTIAL, maximum_retry_attempts=1, on_failure=failures)

    put(clicks, "r1", "r2", "r3", "r4")
    lambda_events.run_until_idle()

    assert data(fn) == [["r1", "r2", "r3", "r4"], ["r2", "r3", "r4"], ["r2", "r3", "r4"]]
    assert starts(fn) == pytest.approx([0, 0, 0.2])
    [record] = failures.invocation_records
    numbers = [record.sequence_number for record in clicks.records]
    info = record.json["KinesisBatchInfo"]
    assert (record.approximate_invoke_count, info["batchSize"]) == (2, 3)
    assert (info["startSequenceNumber"], info["endSequenceNumber"]) == (numbers[1], numbers[3])


@pytest.mark.rule("KIN-67")
def test_the_rest_of_a_batch_is_not_filled_up(lambda_events: LambdaEvents, clicks: Stream) -> None:
    fn = lambda_events.function(reporting("r2"), name="fn")
    fed(fn, clicks, batch_size=2, function_response_types=PARTIAL, maximum_retry_attempts=0)

    put(clicks, "r1", "r2", "r3", "r4")
    lambda_events.run_until_idle()

    assert data(fn) == [["r1", "r2"], ["r2"], ["r3", "r4"]]


@pytest.mark.rule("KIN-68")
def test_records_processed_after_a_failed_one_are_delivered_again(lambda_events: LambdaEvents, clicks: Stream) -> None:
    done: list[str] = []

    def handler(event: Any, context: Any) -> Any:
        texts = [decoded(record) for record in event["Records"]]
        failed = ["r1"] if not done else []
        done.extend(text for text in texts if text not in failed)
        return {"batchItemFailures": [{"itemIdentifier": of_number(event, text)} for text in failed]}

    fn = lambda_events.function(handler, name="fn")
    fed(fn, clicks, function_response_types=PARTIAL)

    put(clicks, "r1", "r2")
    lambda_events.run_until_idle()

    assert done == ["r2", "r1", "r2"]


@pytest.mark.rule("KIN-69")
@pytest.mark.parametrize(
    ("answer", "attempts"),
    [
        ({"batchItemFailures": ["r1"]}, 2),
        ({"batchItemFailures": "r1"}, 2),
        ({"batchItemFailures": [{}]}, 2),
        ({"batchItemFailures": {"itemIdentifier": "r1"}}, 2),
        ("done", 2),
        ({"failed": ["r1"]}, 1),
        ({"statusCode": 500}, 1),
    ],
    ids=["texts", "text", "empty entry", "object", "no object", "other key", "status"],
)
def test_another_shape_fails_the_batch_unless_it_names_nothing(
    lambda_events: LambdaEvents, clicks: Stream, answer: Any, attempts: int
) -> None:
    fn = lambda_events.function(lambda event, context: answer, name="fn")
    fed(fn, clicks, function_response_types=PARTIAL, maximum_retry_attempts=1)

    put(clicks, "r1")
    lambda_events.run_until_idle()

    assert len(fn.batches) == attempts


# ---------------------------------------------------------------------- Powertools


def orders(fn: Function) -> list[tuple[float, list[int]]]:
    """When each batch was tried, and the orders that it had."""
    return [(batch.started_after_seconds, [order["id"] for order in batch.data]) for batch in fn.batches]


@pytest.mark.rule("KIN-61", "KIN-68")
def test_all_records_from_the_first_failed_one_are_delivered_again(lambda_events: LambdaEvents, clicks: Stream) -> None:
    fn = lambda_events.function(powertools_handlers.ship_from_stream)
    fed(fn, clicks, function_response_types=PARTIAL, maximum_retry_attempts=1)

    put(clicks, {"id": 1}, {"id": 2, "broken": "always"}, {"id": 3})
    lambda_events.run_until_idle()

    assert orders(fn) == [(0, [1, 2, 3]), (0, [2, 3]), (0.2, [2, 3])]
    assert fn.logs == ["shipped 1", "shipped 3", "shipped 3", "shipped 3"]


@pytest.mark.rule("KIN-53", "KIN-55")
def test_with_bisecting_the_processor_gets_what_follows_a_bad_record(
    lambda_events: LambdaEvents, clicks: Stream, failures: Queue
) -> None:
    fn = lambda_events.function(powertools_handlers.ship_from_stream)
    fed(
        fn, clicks, function_response_types=PARTIAL, maximum_retry_attempts=0, bisect_batch_on_function_error=True,
        on_failure=failures,
    )  # fmt: skip

    put(clicks, {"id": 1}, {"id": 2, "broken": "always"}, {"id": 3}, {"id": 4})
    lambda_events.run_until_idle()

    assert orders(fn) == [(0, [1, 2, 3, 4]), (0, [2, 3, 4]), (0, [2]), (0, [3, 4])]
    assert len(failures.messages) == 1


@pytest.mark.rule("KIN-64")
def test_a_processor_that_fails_on_all_of_a_batch_raises(lambda_events: LambdaEvents, clicks: Stream) -> None:
    fn = lambda_events.function(powertools_handlers.ship_from_stream)
    fed(fn, clicks, function_response_types=PARTIAL, maximum_retry_attempts=0)

    put(clicks, {"id": 1, "broken": "always"})
    lambda_events.run_until_idle()

    assert [batch.error_type for batch in fn.batches] == ["BatchProcessingError"]
