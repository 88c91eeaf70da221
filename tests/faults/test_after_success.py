"""Faults that strike when a batch or an event has succeeded, or before it is cut: it comes again, or in other pieces."""

from __future__ import annotations

import time
from typing import Any

import pytest
from fault_stories import MAPPED, SOURCES, STREAMS, story_of

from pytest_lambda_events import LambdaEvents
from pytest_lambda_events.errors import LambdaEventsError


def counts(event: Any) -> list[str]:
    return [record["attributes"]["ApproximateReceiveCount"] for record in event["Records"]]


# ---------------------------------------------------------------------- delete


@pytest.mark.rule("SQS-03", "SQS-42")
def test_messages_that_could_not_be_deleted_come_again_when_their_visibility_ends(lambda_events: LambdaEvents) -> None:
    story = story_of(lambda_events, "sqs")
    story.plan("delete", times=1)

    story.begin()
    lambda_events.advance(29)
    meanwhile = len(story.source.in_flight_messages)
    lambda_events.run_until_idle()

    assert (story.outcomes, story.starts, story.numbers) == (["success", "success"], [0, 30], [1, 2])
    assert [counts(event) for event in story.runs] == [["1"] * 3, ["2"] * 3]
    assert (meanwhile, story.source.messages, story.fn.records_processed) == (3, [], 3)


@pytest.mark.rule("SQS-53")
def test_messages_that_can_never_be_deleted_end_on_the_dead_letter_queue(lambda_events: LambdaEvents) -> None:
    story = story_of(lambda_events, "sqs")
    story.plan("delete")

    story.begin()
    lambda_events.run_until_idle()

    assert (story.starts, lambda_events.elapsed) == ([0, 30, 60], 90)
    assert [message.body for message in story.dead.messages] == ["a", "b", "c"]


@pytest.mark.rule("SQS-42")
def test_no_message_is_deleted_after_a_partial_failure(lambda_events: LambdaEvents) -> None:
    story = story_of(lambda_events, "sqs", function_response_types=["ReportBatchItemFailures"])
    _, second, _ = story.begin()
    story.plan("response", payload={"batchItemFailures": [{"itemIdentifier": second.message_id}]}, times=1)
    story.plan("delete", times=1)

    lambda_events.run_until_idle()

    assert [batch.data for batch in story.fn.batches] == [["a", "b", "c"]] * 2


def test_filtered_messages_are_deleted_as_ever(lambda_events: LambdaEvents) -> None:
    story = story_of(lambda_events, "sqs", filters=[{"body": ["b"]}])
    story.plan("delete", times=1)

    story.begin()
    lambda_events.run_until_idle()

    assert [batch.data for batch in story.fn.batches] == [["b"], ["b"]]


# ---------------------------------------------------------------------- checkpoint


@pytest.mark.rule("KIN-26")
@pytest.mark.parametrize("source", STREAMS)
def test_batch_whose_checkpoint_could_not_be_kept_is_read_again(lambda_events: LambdaEvents, source: str) -> None:
    story = story_of(lambda_events, source)
    [mapping] = lambda_events.event_source_mappings.values()
    story.plan("checkpoint", times=1)

    story.begin()
    lambda_events.advance(0.5)
    meanwhile = (mapping.checkpoints, story.fn.records_processed)
    lambda_events.run_until_idle()

    assert (story.outcomes, story.starts, story.numbers) == (["success", "success"], [0, 1], [1, 2])
    assert story.runs[0] == story.runs[1]
    assert meanwhile[1] == 0
    assert (story.fn.records_processed, len(mapping.checkpoints)) == (3, 1)


def test_records_that_arrived_meanwhile_join_the_repeated_batch(lambda_events: LambdaEvents) -> None:
    story = story_of(lambda_events, "kinesis")
    story.plan("checkpoint", times=1)

    story.begin()
    lambda_events.advance(0.5)
    story.source.put("d", partition_key="alice")
    lambda_events.run_until_idle()

    assert [batch.data for batch in story.fn.batches] == [["a", "b", "c"], ["a", "b", "c", "d"]]
    assert story.numbers == [1, 2]


def test_lost_checkpoint_of_a_later_batch_leaves_the_earlier_one_done(lambda_events: LambdaEvents) -> None:
    story = story_of(lambda_events, "kinesis", batch_size=2)
    story.plan("checkpoint", times=1, when=lambda event: len(event["Records"]) == 1)

    story.begin()
    lambda_events.run_until_idle()

    assert [batch.data for batch in story.fn.batches] == [["a", "b"], ["c"], ["c"]]


@pytest.mark.parametrize("source", STREAMS)
def test_checkpoint_is_not_lost_where_the_batch_has_failed(lambda_events: LambdaEvents, source: str) -> None:
    story = story_of(lambda_events, source)
    story.plan(ValueError("broken"), attempts=[1])
    planned = story.plan("checkpoint", attempts=[1], optional=True)

    story.begin()
    lambda_events.run_until_idle()

    assert (planned.times_met, story.outcomes) == (0, ["function_error", "success"])


# ---------------------------------------------------------------------- duplicate


@pytest.mark.rule("ASY-47", "SQS-03", "KIN-26")
@pytest.mark.parametrize("options", [{}, {"times": 1}, {"attempts": [1]}], ids=["always", "once", "the first attempt"])
@pytest.mark.parametrize("source", SOURCES)
def test_a_planned_duplicate_is_delivered_again(lambda_events: LambdaEvents, source: str, options: dict[str, Any]) -> None:
    story = story_of(lambda_events, source)
    story.plan("duplicate", **options)

    story.begin()
    lambda_events.run_until_idle()

    assert (story.outcomes, story.starts, story.numbers) == (["success"] * 2, [0, 0], [1, 2])
    assert len(story.runs) == 2
    assert (story.failures.messages, story.dead.messages) == ([], [])


@pytest.mark.rule("ASY-47", "DST-19")
def test_duplicated_event_has_one_request_id_and_one_record(lambda_events: LambdaEvents) -> None:
    story = story_of(lambda_events, "async")
    story.plan("duplicate")

    event = story.begin()
    lambda_events.run_until_idle()

    [record] = story.successes.invocation_records
    assert {attempt.request_id for attempt in story.attempts} == {event.request_id}
    assert (event.condition, record.approximate_invoke_count) == ("Success", 1)


def test_duplicated_event_that_then_fails_is_retried_as_any_other(lambda_events: LambdaEvents) -> None:
    story = story_of(lambda_events, "async", maximum_retry_attempts=2)
    story.plan("duplicate")
    story.plan(ValueError("the second time"), attempts=[2])

    event = story.begin()
    lambda_events.run_until_idle()

    assert story.outcomes == ["success", "function_error", "success"]
    assert event.condition == "Success"


def test_caller_who_waits_gets_no_duplicate(lambda_events: LambdaEvents) -> None:
    story = story_of(lambda_events, "async", answer="done")
    planned = story.plan("duplicate", optional=True)

    response = story.fn.invoke()
    lambda_events.run_until_idle()

    assert (response.payload, len(story.runs), planned.times_met) == ("done", 1, 0)


@pytest.mark.rule("ASY-74")
def test_event_that_is_too_old_to_be_tried_again_is_not_duplicated(lambda_events: LambdaEvents) -> None:
    story = story_of(lambda_events, "async", maximum_event_age_in_seconds=60)
    story.fn.update(handler=lambda event, context: time.sleep(70), timeout=100)
    planned = story.plan("duplicate", optional=True)

    event = story.begin()
    lambda_events.run_until_idle()

    assert (event.condition, story.outcomes, planned.times_met) == ("Success", ["success"], 0)


@pytest.mark.rule("SQS-03", "SQS-48")
def test_duplicated_message_counts_one_receive_more_and_is_deleted_by_the_later_receipt(lambda_events: LambdaEvents) -> None:
    story = story_of(lambda_events, "sqs")
    story.plan("duplicate")

    story.begin()
    lambda_events.run_until_idle()

    assert [counts(event) for event in story.runs] == [["1"] * 3, ["2"] * 3]
    stale = [entry.detail["stale"] for entry in lambda_events.journal if entry.kind == "deleted"]
    assert [len(identifiers) for identifiers in stale] == [3, 0]
    assert (story.source.messages, story.fn.records_processed) == ([], 3)


@pytest.mark.parametrize("source", STREAMS)
def test_duplicated_batch_is_a_new_invocation_of_the_same_records(lambda_events: LambdaEvents, source: str) -> None:
    story = story_of(lambda_events, source)
    story.plan("duplicate")

    story.begin()
    lambda_events.run_until_idle()

    assert story.runs[0] == story.runs[1]
    assert len({attempt.request_id for attempt in story.attempts}) == 2
    assert story.fn.records_processed == 3


# ---------------------------------------------------------------------- split

SPLITS = {
    "one and the rest": ([1], [1, 2]),
    "two and the rest": ([2], [2, 1]),
    "exactly": ([1, 1, 1], [1, 1, 1]),
    "more than there is": ([1, 5, 1], [1, 2]),
    "larger than the batch": ([5, 1], [3]),
}


@pytest.mark.parametrize(("sizes", "expected"), SPLITS.values(), ids=SPLITS)
@pytest.mark.parametrize("source", MAPPED)
def test_split_gives_batches_of_these_sizes_and_what_is_left(
    lambda_events: LambdaEvents, source: str, sizes: list[int], expected: list[int]
) -> None:
    story = story_of(lambda_events, source)
    story.plan("split", sizes=sizes, times=1)

    story.begin()
    lambda_events.run_until_idle()

    assert (story.sizes, set(story.starts), set(story.numbers)) == (expected, {0}, {1})
    assert (set(story.outcomes), story.fn.records_processed) == ({"success"}, 3)
    records = [record for event in story.runs for record in event["Records"]]
    assert len(records) == 3


@pytest.mark.parametrize("source", MAPPED)
def test_each_part_of_a_split_has_its_own_retries(lambda_events: LambdaEvents, source: str) -> None:
    story = story_of(lambda_events, source)
    story.plan("split", sizes=[1], times=1)
    story.plan(ValueError("broken"), attempts=[1], when=lambda event: len(event["Records"]) == 2)

    story.begin()
    lambda_events.run_until_idle()

    assert (story.sizes, story.numbers) == ([1, 2, 2], [1, 1, 2])


@pytest.mark.parametrize("source", MAPPED)
def test_split_waits_for_a_batch_that_can_be_cut(lambda_events: LambdaEvents, source: str) -> None:
    story = story_of(lambda_events, source, batch_size=1)
    planned = story.plan("split", sizes=[1], optional=True)

    story.begin()
    lambda_events.run_until_idle()

    assert (story.sizes, planned.times_met) == ([1, 1, 1], 0)


# ---------------------------------------------------------------------- FIFO queues


@pytest.mark.parametrize(("failure", "options"), [("duplicate", {}), ("split", {"sizes": [1]})], ids=["duplicate", "split"])
def test_fifo_queue_delivers_no_message_twice_and_no_group_in_pieces(
    lambda_events: LambdaEvents, failure: Any, options: dict[str, Any]
) -> None:
    orders = lambda_events.queue("orders.fifo", content_based_deduplication=True)
    fn = lambda_events.function(lambda event, context: None, name="audit")
    fn.add_event_source(orders)
    fn.add_event_source(lambda_events.queue("others"))
    fn.fail(failure, **options)
    orders.send("a", "b", message_group_id="A")

    with pytest.raises(LambdaEventsError, match=f"'{failure}' is planned for a batch of queue orders.fifo"):
        lambda_events.run_until_idle()


def test_splitting_batches_of_fifo_queues_is_refused_immediately(lambda_events: LambdaEvents) -> None:
    fn = lambda_events.function(lambda event, context: None, name="audit")
    fn.add_event_source(lambda_events.queue("orders.fifo"))

    with pytest.raises(
        LambdaEventsError, match="'audit' has only FIFO queues as event sources, and their batches keep their order"
    ):
        fn.fail("split", sizes=[1])


def test_fifo_queue_blocks_the_group_of_a_message_that_could_not_be_deleted(lambda_events: LambdaEvents) -> None:
    orders = lambda_events.queue("orders.fifo", content_based_deduplication=True, visibility_timeout=30)
    fn = lambda_events.function(lambda event, context: None, name="audit")
    fn.add_event_source(orders, batch_size=1)
    fn.fail("delete", times=1)

    orders.send("A1", "A2", message_group_id="A")
    lambda_events.run_until_idle()

    assert [(batch.started_after_seconds, batch.data) for batch in fn.batches] == [(0, ["A1"]), (30, ["A1"]), (30, ["A2"])]
