"""SQS, sections 4 to 7: visibility, deletion, failures, redrive, throttles, and answers that name failures."""

from __future__ import annotations

import sys
import time
from typing import Any

import pytest
from queue_stories import (
    PARTIAL,
    answering,
    bodies,
    counts,
    fail,
    failing_once,
    sleep_ten,
    starts,
    story,
    succeed,
)

from pytest_lambda_events import LambdaEvents


def time_out(event: Any, context: Any) -> None:
    time.sleep(100)


def leave(event: Any, context: Any) -> None:
    sys.exit(1)


def take_nothing() -> None:
    """Has no parameters, and so cannot be called with an event."""


# ---------------------------------------------------------------------- visibility


@pytest.mark.rule("SQS-40", "SQS-42")
@pytest.mark.parametrize(("seconds", "attempts"), [(29.999, 1), (30, 2), (30.001, 2)], ids=["before", "at", "after"])
def test_a_failed_batch_is_tried_again_when_its_visibility_ends(
    lambda_events: LambdaEvents, seconds: float, attempts: int
) -> None:
    orders, fn = lambda_events.queue("orders", visibility_timeout=30), lambda_events.function(fail)
    fn.add_event_source(orders)

    orders.send("m1")
    lambda_events.advance(seconds)

    assert len(fn.batches) == attempts


@pytest.mark.rule("SQS-40")
def test_the_visibility_timeout_is_the_one_that_the_queue_had_at_the_receive(lambda_events: LambdaEvents) -> None:
    orders, fn = lambda_events.queue("orders", visibility_timeout=30), lambda_events.function(fail)
    fn.add_event_source(orders)
    orders.send("m1")
    lambda_events.advance(5)

    orders.update(visibility_timeout=60)
    lambda_events.advance(90)

    assert starts(fn) == [0, 30, 90]


@pytest.mark.rule("SQS-42")
def test_a_failure_does_nothing_to_the_messages(lambda_events: LambdaEvents) -> None:
    orders, fn = lambda_events.queue("orders", visibility_timeout=30), lambda_events.function(fail)
    fn.add_event_source(orders)

    orders.send("m1")
    lambda_events.advance(29)

    assert [message.approximate_receive_count for message in orders.in_flight_messages] == [1]
    assert (orders.messages[0].visible_at - lambda_events.now).total_seconds() == 1


@pytest.mark.rule("SQS-41")
@pytest.mark.parametrize(("seconds", "left"), [(9.999, ["m1"]), (10, []), (10.001, [])], ids=["before", "at", "after"])
def test_messages_are_deleted_when_the_function_returns(lambda_events: LambdaEvents, seconds: float, left: list[str]) -> None:
    orders = lambda_events.queue("orders", visibility_timeout=60)
    fn = lambda_events.function(sleep_ten, timeout=20)
    fn.add_event_source(orders)

    orders.send("m1")
    lambda_events.advance(seconds)

    assert bodies(orders) == left


@pytest.mark.rule("SQS-44")
def test_messages_of_a_failed_batch_may_come_again_with_others(lambda_events: LambdaEvents) -> None:
    orders = lambda_events.queue("orders", visibility_timeout=30)
    fn = lambda_events.function(failing_once({"m1", "m4"}), name="fn")
    fn.add_event_source(orders)

    orders.send("m1", "m2")
    lambda_events.advance(20)
    orders.send("m3", delay_seconds=10)
    lambda_events.run_until_idle()

    assert [(at, sorted(batch)) for at, batch in story(fn)] == [(0, ["m1", "m2"]), (30, ["m1", "m2", "m3"])]
    assert sorted(counts(fn)[1]) == ["1", "2", "2"]


@pytest.mark.rule("SQS-44")
def test_messages_of_a_failed_batch_may_come_again_apart(lambda_events: LambdaEvents) -> None:
    orders = lambda_events.queue("orders", visibility_timeout=30)
    fn = lambda_events.function(failing_once({"m1"}), name="fn")
    mapping = fn.add_event_source(orders)
    orders.send("m1", "m2")
    lambda_events.advance(20)

    mapping.update(batch_size=1)
    lambda_events.run_until_idle()

    assert [(at, batch) for at, batch in story(fn)] == [(0, ["m1", "m2"]), (30, ["m1"]), (30, ["m2"])]


@pytest.mark.rule("SQS-46")
@pytest.mark.parametrize(("visibility", "warnings"), [(17, 1), (18, 0), (19, 0)], ids=["below", "at", "above"])
def test_a_visibility_timeout_under_six_timeouts_is_warned_of(
    lambda_events: LambdaEvents, visibility: int, warnings: int
) -> None:
    orders, fn = lambda_events.queue("orders", visibility_timeout=visibility), lambda_events.function(succeed, timeout=3)
    fn.add_event_source(orders, batch_size=1)

    orders.send("m1", "m2")
    lambda_events.run_until_idle()

    found = [entry.detail["message"] for entry in lambda_events.journal.warnings]
    assert ["SQS-46" in message for message in found] == [True] * warnings


@pytest.mark.rule("SQS-46")
@pytest.mark.parametrize(("visibility", "warnings"), [(22, 1), (23, 0)], ids=["below", "at"])
def test_a_window_adds_to_the_recommended_visibility_timeout(
    lambda_events: LambdaEvents, visibility: int, warnings: int
) -> None:
    orders, fn = lambda_events.queue("orders", visibility_timeout=visibility), lambda_events.function(succeed, timeout=3)
    fn.add_event_source(orders, maximum_batching_window_in_seconds=5)

    orders.send("m1")
    lambda_events.run_until_idle()

    assert len(lambda_events.journal.warnings) == warnings


# ---------------------------------------------------------------------- deletion by receipt


@pytest.mark.rule("SQS-48")
def test_on_a_standard_queue_a_late_delete_counts_if_nobody_received_the_message_since(lambda_events: LambdaEvents) -> None:
    orders = lambda_events.queue("orders", visibility_timeout=30)
    fn = lambda_events.function(sleep_ten, timeout=20)
    mapping = fn.add_event_source(orders)
    orders.send("m1")
    lambda_events.advance(1)

    mapping.update(enabled=False)
    lambda_events.client("sqs").change_message_visibility(
        QueueUrl=orders.url, ReceiptHandle=fn.batches[0].records[0]["receiptHandle"], VisibilityTimeout=4
    )
    lambda_events.advance(5)
    visible = [message.body for message in orders.visible_messages]
    lambda_events.run_until_idle()

    assert visible == ["m1"]
    assert bodies(orders) == []
    assert fn.records_processed == 1


@pytest.mark.rule("SQS-48")
def test_on_a_fifo_queue_a_late_delete_fails_and_the_message_comes_again(lambda_events: LambdaEvents) -> None:
    def handler(event: Any, context: Any) -> None:
        time.sleep(15 if event["Records"][0]["attributes"]["ApproximateReceiveCount"] == "1" else 0)

    orders = lambda_events.queue("orders.fifo", visibility_timeout=10, content_based_deduplication=True)
    fn = lambda_events.function(handler, timeout=10)
    mapping = fn.add_event_source(orders)
    fn.update(timeout=20)
    orders.send("m1", message_group_id="A")
    lambda_events.advance(5)

    mapping.update(enabled=False)
    lambda_events.advance(15)
    left = bodies(orders)
    mapping.update(enabled=True)
    lambda_events.run_until_idle()

    assert left == ["m1"]
    assert story(fn) == [(0, ["m1"]), (20, ["m1"])]
    assert bodies(orders) == []


@pytest.mark.rule("SQS-41", "SQS-48")
def test_a_heartbeat_of_the_handler_prevents_the_duplicate(lambda_events: LambdaEvents) -> None:
    orders = lambda_events.queue("orders", visibility_timeout=10)
    client = lambda_events.client("sqs")

    def handler(event: Any, context: Any) -> None:
        for _ in range(3):
            time.sleep(5)
            client.change_message_visibility(
                QueueUrl=orders.url, ReceiptHandle=event["Records"][0]["receiptHandle"], VisibilityTimeout=10
            )

    fn = lambda_events.function(handler, timeout=10)
    fn.add_event_source(orders)
    fn.update(timeout=20)

    orders.send("m1")
    lambda_events.run_until_idle()

    assert [(batch.started_after_seconds, batch.ended_after_seconds) for batch in fn.batches] == [(0, 15)]
    assert bodies(orders) == []
    assert lambda_events.elapsed == 15


@pytest.mark.rule("SQS-42")
def test_a_handler_that_makes_its_message_visible_and_fails_is_retried_immediately(lambda_events: LambdaEvents) -> None:
    orders = lambda_events.queue("orders", visibility_timeout=30)
    client = lambda_events.client("sqs")

    def handler(event: Any, context: Any) -> None:
        [record] = event["Records"]
        if record["attributes"]["ApproximateReceiveCount"] == "1":
            client.change_message_visibility(QueueUrl=orders.url, ReceiptHandle=record["receiptHandle"], VisibilityTimeout=0)
            raise ValueError("again, please")

    fn = lambda_events.function(handler)
    fn.add_event_source(orders)

    orders.send("m1")
    lambda_events.run_until_idle()

    assert story(fn) == [(0, ["m1"]), (0, ["m1"])]


@pytest.mark.rule("SQS-41")
def test_a_handler_that_deletes_its_message_and_fails_is_not_tried_again(lambda_events: LambdaEvents) -> None:
    orders = lambda_events.queue("orders", visibility_timeout=30)
    client = lambda_events.client("sqs")

    def handler(event: Any, context: Any) -> None:
        client.delete_message(QueueUrl=orders.url, ReceiptHandle=event["Records"][0]["receiptHandle"])
        raise ValueError("m2")

    fn = lambda_events.function(handler)
    fn.add_event_source(orders)

    orders.send("m1", "m2")
    lambda_events.advance(45)

    assert story(fn) == [(0, ["m1", "m2"]), (30, ["m2"])]


# ---------------------------------------------------------------------- failures


@pytest.mark.rule("SQS-50", "SQS-75")
@pytest.mark.parametrize(
    ("handler", "error"),
    [
        (fail, "ValueError"),
        (time_out, "Sandbox.Timedout"),
        (leave, "Runtime.ExitError"),
        (answering(object()), "Runtime.MarshalError"),
        (take_nothing, "TypeError"),
    ],
    ids=["raises", "times out", "exits", "answers what is no JSON", "cannot be called"],
)
@pytest.mark.parametrize("partial", [None, PARTIAL], ids=["whole batches", "partial"])
def test_whatever_fails_fails_the_whole_batch(
    lambda_events: LambdaEvents, handler: Any, error: str, partial: list[str] | None
) -> None:
    orders = lambda_events.queue("orders", visibility_timeout=30)
    fn = lambda_events.function(handler, name="fn", timeout=5)
    fn.add_event_source(orders, function_response_types=partial)

    orders.send("m1", "m2")
    lambda_events.advance(45)

    assert story(fn) == [(0, ["m1", "m2"]), (30, ["m1", "m2"])]
    assert [(batch.outcome, batch.error_type) for batch in fn.batches] == [("function_error", error)] * 2
    assert bodies(orders) == ["m1", "m2"]


@pytest.mark.rule("SQS-51")
@pytest.mark.parametrize(("retention", "attempts"), [(60, 2), (61, 3)], ids=["ends with an attempt", "just after it"])
def test_without_redrive_retries_end_with_the_retention_of_the_queue(
    lambda_events: LambdaEvents, retention: int, attempts: int
) -> None:
    orders = lambda_events.queue("orders", visibility_timeout=30, message_retention_period=retention)
    fn = lambda_events.function(fail, maximum_retry_attempts=0, maximum_event_age_in_seconds=60)
    fn.add_event_source(orders)

    orders.send("m1")
    lambda_events.advance(100)

    assert len(fn.batches) == attempts
    assert bodies(orders) == []


# ---------------------------------------------------------------------- redrive


@pytest.mark.rule("SQS-53")
@pytest.mark.parametrize("maximum", [1, 2, 5])
def test_a_message_is_handed_over_as_often_as_its_redrive_policy_allows(lambda_events: LambdaEvents, maximum: int) -> None:
    dead = lambda_events.queue("dead")
    orders = lambda_events.queue("orders", visibility_timeout=30, dead_letter_queue=dead, max_receive_count=maximum)
    fn = lambda_events.function(fail)
    fn.add_event_source(orders)

    orders.send("m1")
    lambda_events.advance(30 * maximum - 0.001)
    before = bodies(dead)
    lambda_events.run_until_idle()

    assert before == []
    assert starts(fn) == [30 * number for number in range(maximum)]
    assert (bodies(dead), lambda_events.elapsed) == (["m1"], 30 * maximum)


@pytest.mark.rule("SQS-54", "SQS-56", "DLQ-41")
def test_a_function_that_reads_the_dead_letter_queue_gets_the_source_of_a_message(lambda_events: LambdaEvents) -> None:
    dead = lambda_events.queue("dead")
    orders = lambda_events.queue("orders", visibility_timeout=30, dead_letter_queue=dead, max_receive_count=1)
    lambda_events.function(fail).add_event_source(orders)
    doctor = lambda_events.function(succeed)
    doctor.add_event_source(dead)

    [sent] = orders.send("m1")
    dead.send("m2")
    lambda_events.run_until_idle()

    records = {record["body"]: record for batch in doctor.batches for record in batch.records}
    assert starts(doctor) == [0, 30]
    assert records["m1"]["messageId"] == sent.message_id
    assert records["m1"]["attributes"]["DeadLetterQueueSourceArn"] == orders.arn
    assert records["m1"]["attributes"]["ApproximateReceiveCount"] == "2"
    assert "DeadLetterQueueSourceArn" not in records["m2"]["attributes"]


@pytest.mark.rule("DLQ-41", "DLQ-42")
def test_a_function_can_read_its_own_dead_letters_as_messages(lambda_events: LambdaEvents) -> None:
    dead = lambda_events.queue("dead", visibility_timeout=30)

    def handler(event: Any, context: Any) -> None:
        if "Records" not in event:
            raise ValueError("broken")

    fn = lambda_events.function(handler, dead_letter_queue=dead, maximum_retry_attempts=0)
    fn.add_event_source(dead)

    sent = fn.invoke_async({"id": 1})
    lambda_events.run_until_idle()

    [batch] = fn.batches
    [record] = batch.records
    assert batch.data == [{"id": 1}]
    assert [record["messageAttributes"][name]["stringValue"] for name in ("RequestID", "ErrorCode", "ErrorMessage")] == [
        sent.request_id, "200", "broken",
    ]  # fmt: skip
    assert record["messageAttributes"]["ErrorCode"]["dataType"] == "Number"


@pytest.mark.rule("SQS-55")
@pytest.mark.parametrize(("maximum", "warnings"), [(4, 1), (5, 0)], ids=["below", "at"])
def test_throttles_under_a_small_receive_count_are_warned_of_once(
    lambda_events: LambdaEvents, maximum: int, warnings: int
) -> None:
    dead = lambda_events.queue("dead")
    orders = lambda_events.queue("orders", visibility_timeout=30, dead_letter_queue=dead, max_receive_count=maximum)
    lambda_events.function(succeed, reserved_concurrent_executions=0).add_event_source(orders)

    orders.send("m1")
    lambda_events.run_until_idle()

    assert ["SQS-55" in entry.detail["message"] for entry in lambda_events.journal.warnings] == [True] * warnings
    assert bodies(dead) == ["m1"]
