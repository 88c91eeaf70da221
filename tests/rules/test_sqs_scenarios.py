"""The scenarios of the SQS sheet, each a real handler that is fed from a queue. Times are virtual seconds."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError
from queue_stories import (
    PARTIAL,
    answering,
    bodies,
    counts,
    fail,
    failing_once,
    reporting,
    sleep_ten,
    story,
    succeed,
)

from pytest_lambda_events import LambdaEvents

# ---------------------------------------------------------------------- one message


@pytest.mark.scenario("SQS S1")
@pytest.mark.rule("SQS-10", "SQS-33", "SQS-41")
def test_a_message_is_delivered_at_the_instant_at_which_it_is_sent(lambda_events: LambdaEvents) -> None:
    orders, fn = lambda_events.queue("orders", visibility_timeout=30), lambda_events.function(succeed)
    fn.add_event_source(orders, batch_size=10)
    lambda_events.advance(2)

    orders.send("m1")
    lambda_events.run_until_idle()

    assert story(fn) == [(2, ["m1"])]
    assert bodies(orders) == []


@pytest.mark.scenario("SQS S2")
@pytest.mark.rule("SQS-42", "SQS-43")
def test_a_message_that_failed_comes_again_when_its_visibility_timeout_ends(lambda_events: LambdaEvents) -> None:
    orders = lambda_events.queue("orders", visibility_timeout=5)
    fn = lambda_events.function(failing_once({"m1"}), name="fn")
    fn.add_event_source(orders, batch_size=1)

    orders.send("m1")
    lambda_events.run_until_idle()

    first, second = (batch.records[0] for batch in fn.batches)
    assert story(fn) == [(0, ["m1"]), (5, ["m1"])]
    assert counts(fn) == [["1"], ["2"]]
    assert first["receiptHandle"] != second["receiptHandle"]
    assert first["messageId"] == second["messageId"]
    assert [
        first["attributes"][name] == second["attributes"][name]
        for name in ("SentTimestamp", "ApproximateFirstReceiveTimestamp")
    ] == [True, True]
    assert bodies(orders) == []


@pytest.mark.scenario("SQS S3")
@pytest.mark.rule("SQS-53", "SQS-54")
def test_a_message_that_always_fails_is_redriven_by_the_receive_after_the_last(lambda_events: LambdaEvents) -> None:
    dead = lambda_events.queue("dead")
    orders = lambda_events.queue("orders", visibility_timeout=5, dead_letter_queue=dead, max_receive_count=2)
    fn = lambda_events.function(fail)
    fn.add_event_source(orders, batch_size=1)

    [sent] = orders.send("m1")
    lambda_events.run_until_idle()

    assert story(fn) == [(0, ["m1"]), (5, ["m1"])]
    assert lambda_events.elapsed == 10
    assert [(message.message_id, message.body) for message in dead.messages] == [(sent.message_id, "m1")]


# ---------------------------------------------------------------------- partial failures


@pytest.mark.scenario("SQS S4")
@pytest.mark.rule("SQS-71")
def test_only_items_named_in_the_response_are_delivered_again(lambda_events: LambdaEvents) -> None:
    orders = lambda_events.queue("orders", visibility_timeout=30)
    fn = lambda_events.function(reporting({"m2", "m3"}), name="fn")
    fn.add_event_source(orders, batch_size=10, function_response_types=PARTIAL)

    orders.send("m1", "m2", "m3", "m4")
    lambda_events.run_until_idle()

    assert story(fn) == [(0, ["m1", "m2", "m3", "m4"]), (30, ["m2", "m3"])]
    assert counts(fn)[1] == ["2", "2"]
    assert bodies(orders) == []


@pytest.mark.scenario("SQS S5")
@pytest.mark.rule("SQS-70")
def test_without_the_response_type_the_list_is_ignored(lambda_events: LambdaEvents) -> None:
    orders = lambda_events.queue("orders", visibility_timeout=30)
    fn = lambda_events.function(reporting({"m2"}), name="fn")
    fn.add_event_source(orders)

    orders.send("m1", "m2")
    lambda_events.run_until_idle()

    assert story(fn) == [(0, ["m1", "m2"])]
    assert bodies(orders) == []
    [warning] = lambda_events.journal.warnings
    assert "ReportBatchItemFailures" in warning.detail["message"]


@pytest.mark.scenario("SQS S6")
@pytest.mark.rule("SQS-73")
def test_an_entry_with_a_wrong_key_fails_the_batch(lambda_events: LambdaEvents) -> None:
    dead = lambda_events.queue("dead")
    orders = lambda_events.queue("orders", visibility_timeout=30, dead_letter_queue=dead, max_receive_count=2)
    fn = lambda_events.function(answering({"batchItemFailures": [{"foo": "notvalid"}]}), name="fn")
    fn.add_event_source(orders, function_response_types=PARTIAL)

    orders.send("m1")
    lambda_events.run_until_idle()

    assert story(fn) == [(0, ["m1"]), (30, ["m1"])]
    assert lambda_events.elapsed == 60
    assert bodies(dead) == ["m1"]


@pytest.mark.scenario("SQS S7")
@pytest.mark.rule("SQS-73")
def test_an_identifier_that_is_not_in_the_batch_fails_all_of_it(lambda_events: LambdaEvents) -> None:
    orders = lambda_events.queue("orders", visibility_timeout=30)
    fn = lambda_events.function(answering({"batchItemFailures": [{"itemIdentifier": "no-such-id"}]}), name="fn")
    fn.add_event_source(orders, function_response_types=PARTIAL)

    orders.send("m1", "m2")
    lambda_events.advance(30)

    assert story(fn) == [(0, ["m1", "m2"]), (30, ["m1", "m2"])]
    assert bodies(orders) == ["m1", "m2"]


@pytest.mark.scenario("SQS S8")
@pytest.mark.rule("SQS-72")
@pytest.mark.parametrize(
    "answer", ["", None, {}, {"batchItemFailures": []}, {"batchItemFailures": None}], ids=lambda value: json.dumps(value)
)
def test_an_answer_without_failures_deletes_the_batch(answer: object, lambda_events: LambdaEvents) -> None:
    orders, fn = lambda_events.queue("orders"), lambda_events.function(answering(answer), name="fn")
    fn.add_event_source(orders, function_response_types=PARTIAL)

    orders.send("m1")
    lambda_events.run_until_idle()

    assert story(fn) == [(0, ["m1"])]
    assert bodies(orders) == []


@pytest.mark.scenario("SQS S20")
@pytest.mark.rule("SQS-75")
def test_an_exception_fails_what_was_handled_before_it_too(lambda_events: LambdaEvents) -> None:
    orders = lambda_events.queue("orders", visibility_timeout=30)
    fn = lambda_events.function(failing_once({"m2"}), name="fn")
    fn.add_event_source(orders, function_response_types=PARTIAL)

    orders.send("m1", "m2")
    lambda_events.run_until_idle()

    assert story(fn) == [(0, ["m1", "m2"]), (30, ["m1", "m2"])]


@pytest.mark.scenario("SQS S23")
@pytest.mark.rule("SQS-74", "SQS-78")
@pytest.mark.parametrize(
    ("failures", "starts"),
    [([{}], [0]), ([{"itemIdentifier": 7}], [0, 30]), ("x", [0, 30])],
    ids=["empty entry", "number", "text"],
)
def test_malformed_failures(failures: object, starts: list[float], lambda_events: LambdaEvents) -> None:
    orders = lambda_events.queue("orders", visibility_timeout=30)
    fn = lambda_events.function(answering({"batchItemFailures": failures}), name="fn")
    fn.add_event_source(orders, function_response_types=PARTIAL)

    orders.send("m1")
    lambda_events.advance(59)

    assert [batch.started_after_seconds for batch in fn.batches] == starts
    assert bodies(orders) == ([] if starts == [0] else ["m1"])


# ---------------------------------------------------------------------- windows


@pytest.mark.scenario("SQS S9")
@pytest.mark.rule("SQS-34", "SQS-E1")
def test_a_window_gathers_until_it_ends(lambda_events: LambdaEvents) -> None:
    orders, fn = lambda_events.queue("orders", visibility_timeout=60), lambda_events.function(succeed)
    fn.add_event_source(orders, batch_size=100, maximum_batching_window_in_seconds=10)

    orders.send("m1")
    lambda_events.advance(4)
    orders.send("m2")
    lambda_events.advance(5)
    orders.send("m3")
    lambda_events.run_until_idle()

    assert story(fn) == [(10, ["m1", "m2", "m3"])]
    assert [record["md5OfMessageAttributes"] for record in fn.batches[0].records] == [None, None, None]


@pytest.mark.scenario("SQS S10")
@pytest.mark.rule("SQS-34")
def test_a_full_batch_does_not_wait_for_its_window(lambda_events: LambdaEvents) -> None:
    orders, fn = lambda_events.queue("orders", visibility_timeout=60), lambda_events.function(succeed)
    fn.add_event_source(orders, batch_size=20, maximum_batching_window_in_seconds=10)
    lambda_events.advance(3)

    orders.send(*(f"m{number}" for number in range(20)))
    lambda_events.run_until_idle()

    assert [(batch.started_after_seconds, len(batch.records)) for batch in fn.batches] == [(3, 20)]


@pytest.mark.scenario("SQS S11")
@pytest.mark.rule("SQS-37")
def test_an_event_never_passes_six_megabytes(lambda_events: LambdaEvents) -> None:
    orders = lambda_events.queue("orders", visibility_timeout=900)
    fn = lambda_events.function(succeed)
    fn.add_event_source(orders, batch_size=10_000, maximum_batching_window_in_seconds=300)

    orders.send(*("x" * 200_000 for _ in range(40)))
    lambda_events.run_until_idle()

    assert [(batch.started_after_seconds, len(batch.records)) for batch in fn.batches] == [(0, 31), (300, 9)]
    assert [len(json.dumps(batch.event)) <= 6_291_456 for batch in fn.batches] == [True, True]


# ---------------------------------------------------------------------- FIFO


@pytest.mark.scenario("SQS S12")
@pytest.mark.rule("SQS-77")
def test_a_fifo_group_with_partial_failures(lambda_events: LambdaEvents) -> None:
    dead = lambda_events.queue("dead.fifo")
    orders = lambda_events.queue(
        "orders.fifo", visibility_timeout=8, dead_letter_queue=dead, max_receive_count=2, content_based_deduplication=True
    )
    fn = lambda_events.function(reporting({"m2", "m3", "m4"}, {"m4"}), name="fn")
    fn.add_event_source(orders, function_response_types=PARTIAL)

    orders.send("m1", "m2", "m3", "m4", message_group_id="A")
    lambda_events.run_until_idle()

    assert story(fn) == [(0, ["m1", "m2", "m3", "m4"]), (8, ["m2", "m3", "m4"])]
    assert counts(fn)[1] == ["2", "2", "2"]
    assert lambda_events.elapsed == 16
    assert bodies(dead) == ["m4"]


@pytest.mark.scenario("SQS S13")
@pytest.mark.rule("SQS-80", "SQS-81")
def test_a_failing_message_blocks_its_group_and_no_other(lambda_events: LambdaEvents) -> None:
    orders = lambda_events.queue("orders.fifo", visibility_timeout=10, content_based_deduplication=True)
    fn = lambda_events.function(failing_once({"A1"}), name="fn")
    fn.add_event_source(orders, batch_size=1)

    orders.send("A1", "A2", message_group_id="A")
    orders.send("B1", message_group_id="B")
    lambda_events.run_until_idle()

    assert story(fn) == [(0, ["A1"]), (0, ["B1"]), (10, ["A1"]), (10, ["A2"])]


# ---------------------------------------------------------------------- throttles and concurrency


@pytest.mark.scenario("SQS S14")
@pytest.mark.rule("SQS-55", "SQS-61")
def test_a_message_that_is_always_throttled_is_redriven_without_having_run(lambda_events: LambdaEvents) -> None:
    dead = lambda_events.queue("dead")
    orders = lambda_events.queue("orders", visibility_timeout=30, dead_letter_queue=dead, max_receive_count=3)
    fn = lambda_events.function(succeed, reserved_concurrent_executions=0)
    fn.add_event_source(orders)

    orders.send("m1")
    lambda_events.run_until_idle()

    assert {batch.outcome for batch in fn.batches} == {"throttled"}
    assert lambda_events.elapsed == 90
    assert bodies(dead) == ["m1"]
    polls = [entry.after_seconds for entry in lambda_events.journal if entry.kind == "polled"]
    assert polls == [0, 30, 60]
    assert "maxReceiveCount 3" in str([entry.detail["message"] for entry in lambda_events.journal.warnings])


@pytest.mark.scenario("SQS S15")
@pytest.mark.rule("SQS-11", "SQS-14")
def test_a_standard_queue_starts_with_five_concurrent_invocations(lambda_events: LambdaEvents) -> None:
    orders, fn = lambda_events.queue("orders", visibility_timeout=300), lambda_events.function(sleep_ten, timeout=15)
    fn.add_event_source(orders, batch_size=1)

    orders.send(*(f"m{number}" for number in range(20)))
    lambda_events.run_until_idle()

    assert [batch.started_after_seconds for batch in fn.batches] == [0] * 5 + [10] * 5 + [20] * 5 + [30] * 5


@pytest.mark.scenario("SQS S16")
@pytest.mark.rule("SQS-20")
def test_maximum_concurrency_leaves_messages_visible(lambda_events: LambdaEvents) -> None:
    orders, fn = lambda_events.queue("orders", visibility_timeout=300), lambda_events.function(sleep_ten, timeout=15)
    fn.add_event_source(orders, batch_size=1, maximum_concurrency=2)

    orders.send("1", "2", "3", "4", "5", "6")
    lambda_events.advance(5)
    waiting = (len(orders.in_flight_messages), len(orders.visible_messages))
    lambda_events.run_until_idle()

    assert waiting == (2, 4)
    assert [batch.started_after_seconds for batch in fn.batches] == [0, 0, 10, 10, 20, 20]
    assert counts(fn) == [["1"]] * 6


@pytest.mark.scenario("SQS S17")
@pytest.mark.rule("SQS-40", "SQS-41", "SQS-48")
def test_a_message_is_delivered_again_while_its_first_invocation_still_runs(lambda_events: LambdaEvents) -> None:
    def handler(event: Any, context: Any) -> None:
        time.sleep(15 if event["Records"][0]["attributes"]["ApproximateReceiveCount"] == "1" else 1)

    orders, fn = lambda_events.queue("orders", visibility_timeout=10), lambda_events.function(handler, timeout=10)
    fn.add_event_source(orders, batch_size=1)
    fn.update(timeout=20)

    orders.send("m1")
    lambda_events.advance(11)
    left = bodies(orders)
    lambda_events.run_until_idle()

    assert [(batch.started_after_seconds, batch.ended_after_seconds) for batch in fn.batches] == [(0, 15), (10, 11)]
    assert counts(fn) == [["1"], ["2"]]
    assert left == []


@pytest.mark.scenario("SQS S21")
@pytest.mark.rule("SQS-60", "SQS-62", "SQS-64")
def test_a_throttled_batch_is_kept_and_tried_again_without_a_receive(lambda_events: LambdaEvents) -> None:
    orders = lambda_events.queue("orders", visibility_timeout=120)
    fn = lambda_events.function(sleep_ten, timeout=60, reserved_concurrent_executions=1)
    mapping = fn.add_event_source(orders, batch_size=1, metrics=["EventCount"])
    fn.invoke_async()

    lambda_events.advance(0)
    orders.send("m1")
    lambda_events.run_until_idle()

    assert [(batch.started_after_seconds, batch.outcome) for batch in fn.batches] == [
        (0, "throttled"), (3.5, "throttled"), (10.5, "success"),
    ]  # fmt: skip
    assert counts(fn) == [["1"]] * 3
    names = ("PolledEventCount", "InvokedEventCount", "FailedInvokeEventCount", "DeletedEventCount")
    assert [lambda_events.metrics.sum(name, mapping) for name in names] == [1, 3, 2, 1]
    assert [lambda_events.metrics.sum(name, fn) for name in ("Throttles", "Errors")] == [2, 0]


@pytest.mark.scenario("SQS S22")
@pytest.mark.rule("SQS-61", "SQS-62")
def test_a_visibility_timeout_too_short_for_another_attempt_costs_a_receive(lambda_events: LambdaEvents) -> None:
    def handler(event: Any, context: Any) -> None:
        time.sleep(0 if "Records" in event else 33)

    orders = lambda_events.queue("orders", visibility_timeout=60)
    fn = lambda_events.function(handler, timeout=60, reserved_concurrent_executions=1)
    mapping = fn.add_event_source(orders, batch_size=1, metrics=["EventCount"])
    fn.invoke_async()

    lambda_events.advance(0)
    orders.send("m1")
    lambda_events.run_until_idle()

    assert [(batch.started_after_seconds, batch.outcome) for batch in fn.batches] == [(0, "throttled"), (60, "success")]
    assert counts(fn) == [["1"], ["2"]]
    names = ("PolledEventCount", "InvokedEventCount", "FailedInvokeEventCount", "DeletedEventCount")
    assert [lambda_events.metrics.sum(name, mapping) for name in names] == [2, 2, 1, 1]
    assert lambda_events.metrics.sum("Throttles", fn) == 1


# ---------------------------------------------------------------------- filters


@pytest.mark.scenario("SQS S18")
@pytest.mark.rule("SQS-90", "SQS-92")
def test_messages_that_match_no_filter_are_deleted(lambda_events: LambdaEvents) -> None:
    dead = lambda_events.queue("dead")
    orders = lambda_events.queue("orders", dead_letter_queue=dead, max_receive_count=1)
    fn = lambda_events.function(succeed)
    fn.add_event_source(orders, filters=[{"body": {"kind": ["a"]}}])

    orders.send('{"kind":  "a"}', '{"kind": "b"}', "plain")
    lambda_events.run_until_idle()

    assert story(fn) == [(0, ['{"kind":  "a"}'])]
    assert (bodies(orders), bodies(dead)) == ([], [])


@pytest.mark.scenario("SQS S25", "MET M24")
@pytest.mark.rule("SQS-38", "SQS-90", "SQS-95")
def test_filtered_messages_count_as_deleted(lambda_events: LambdaEvents) -> None:
    orders, fn = lambda_events.queue("orders"), lambda_events.function(succeed)
    mapping = fn.add_event_source(orders, filters=[{"body": {"kind": ["keep"]}}], metrics=["EventCount"])

    orders.send({"kind": "keep"}, {"kind": "x"}, "not json")
    lambda_events.run_until_idle()

    names = ("PolledEventCount", "FilteredOutEventCount", "InvokedEventCount", "DeletedEventCount")
    assert [len(batch.records) for batch in fn.batches] == [1]
    assert [lambda_events.metrics.sum(name, mapping) for name in names] == [3, 2, 1, 3]
    assert lambda_events.metrics.values("FailedInvokeEventCount", mapping) == []


# ---------------------------------------------------------------------- timeouts


@pytest.mark.scenario("SQS S19")
@pytest.mark.rule("SQS-45")
def test_a_function_that_may_run_longer_than_messages_are_hidden_is_refused(lambda_events: LambdaEvents) -> None:
    orders, fn = lambda_events.queue("orders", visibility_timeout=30), lambda_events.function(succeed, timeout=60)

    with pytest.raises(ClientError, match="Queue visibility timeout: 30 seconds is less than Function timeout: 60 seconds"):
        fn.add_event_source(orders)


@pytest.mark.scenario("SQS S24")
@pytest.mark.rule("SQS-45")
def test_an_update_checks_the_timeout_only_if_it_names_the_function(lambda_events: LambdaEvents) -> None:
    orders, fn = lambda_events.queue("orders", visibility_timeout=30), lambda_events.function(succeed)
    mapping = fn.add_event_source(orders)
    fn.update(timeout=31)

    mapping.update(batch_size=5)

    with pytest.raises(ClientError, match="Queue visibility timeout: 30 seconds is less than Function timeout: 31 seconds"):
        mapping.update(function=fn)
