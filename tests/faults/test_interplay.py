"""Planned faults beside idempotency, partial batches, bisecting, windows, concurrency, and mappings that are disabled."""

from __future__ import annotations

import base64
import json
import time
from collections import Counter
from typing import Any

import powertools_handlers
import pytest
import shop
from fault_stories import STREAMS, story_of
from stream_stories import put

from pytest_lambda_events import LambdaEvents, Queue

PARTIAL = ["ReportBatchItemFailures"]


@pytest.fixture
def charged(lambda_events: LambdaEvents, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The orders that the bank has charged, by a handler that keeps them in the table `payments`."""
    charged: list[int] = []
    monkeypatch.setattr(shop, "call_bank", charged.append)
    lambda_events.table("payments", partition_key="id", time_to_live="expiration")
    return charged


# ---------------------------------------------------------------------- Powertools


@pytest.mark.rule("ASY-47")
def test_idempotent_handler_charges_a_duplicate_once(lambda_events: LambdaEvents, charged: list[int]) -> None:
    charge = lambda_events.function(shop.charge_once)
    charge.fail("duplicate")

    event = charge.invoke_async({"order": 7})
    lambda_events.run_until_idle()

    assert [attempt.response for attempt in event.attempts] == [{"charged": 7}] * 2
    assert charged == [7]


@pytest.mark.parametrize(
    "failure",
    [ConnectionError("answer lost"), "timeout", "exit", "out_of_memory"],
    ids=["exception", "timeout", "exit", "memory"],
)
def test_idempotent_handler_whose_answer_was_lost_charges_once(
    lambda_events: LambdaEvents, charged: list[int], failure: Any
) -> None:
    charge = lambda_events.function(shop.charge_once)
    charge.fail(failure, after_handler=True, attempts=[1])

    event = charge.invoke_async({"order": 7})
    lambda_events.run_until_idle()

    assert [attempt.outcome for attempt in event.attempts] == ["function_error", "success"]
    assert charged == [7]


def test_handler_that_is_not_idempotent_charges_a_duplicate_twice(lambda_events: LambdaEvents, charged: list[int]) -> None:
    charge = lambda_events.function(shop.charge)
    charge.fail("duplicate")

    charge.invoke_async({"order": 7})
    lambda_events.run_until_idle()

    assert charged == [7, 7]


@pytest.mark.rule("SQS-03")
def test_batch_processor_that_is_idempotent_ships_each_duplicated_message_once(lambda_events: LambdaEvents) -> None:
    lambda_events.table(powertools_handlers.TABLE, partition_key="id")
    orders = lambda_events.queue("orders")
    charge = lambda_events.function(powertools_handlers.charge_once)
    charge.add_event_source(orders)
    charge.fail("duplicate")

    orders.send("1", "2")
    lambda_events.run_until_idle()

    assert [len(batch.records) for batch in charge.batches] == [2, 2]
    charges = [line for batch in charge.batches for line in batch.logs if line.startswith("charged")]
    assert charges == ["charged 1", "charged 2"]
    assert orders.messages == []


@pytest.mark.rule("SQS-03", "SQS-42")
def test_batch_processor_names_the_poison_of_a_duplicated_batch_in_both(lambda_events: LambdaEvents) -> None:
    dead = lambda_events.queue("dead")
    orders = lambda_events.queue("orders", visibility_timeout=60, dead_letter_queue=dead, max_receive_count=4)
    ship = lambda_events.function(shop.ship, timeout=10)
    ship.add_event_source(orders, function_response_types=PARTIAL)
    ship.fail("duplicate", times=1)

    orders.send({"id": 1, "address": "Kirchweg 1"}, {"id": 2, "address": None})
    lambda_events.run_until_idle()

    assert [batch.started_after_seconds for batch in ship.batches] == [0, 0, 60, 120]
    assert [len(batch.batch_item_failures) for batch in ship.batches] == [1, 1, 1, 1]
    assert [message.json["id"] for message in dead.messages] == [2]
    assert ship.records_processed == 1


# ---------------------------------------------------------------------- queues


@pytest.mark.rule("SQS-53")
def test_duplicate_of_a_message_that_may_be_received_once_goes_to_the_dead_letter_queue(lambda_events: LambdaEvents) -> None:
    dead = lambda_events.queue("dead")
    orders = lambda_events.queue("orders", dead_letter_queue=dead, max_receive_count=1)
    audit = lambda_events.function(shop.audit)
    audit.add_event_source(orders)
    audit.fail("duplicate")

    orders.send("a", "b")
    lambda_events.run_until_idle()

    assert [batch.data for batch in audit.batches] == [["a", "b"]]
    assert [message.body for message in dead.messages] == ["a", "b"]


@pytest.mark.rule("SQS-20")
@pytest.mark.parametrize(
    ("failure", "options"), [("split", {"sizes": [1] * 9}), ("duplicate", {"times": 5})], ids=["split", "duplicate"]
)
def test_maximum_concurrency_holds_for_what_a_fault_adds(
    lambda_events: LambdaEvents, failure: Any, options: dict[str, Any]
) -> None:
    running, most = Counter[str](), Counter[str]()

    def slow(event: Any, context: Any) -> None:
        running["now"] += 1
        most["ever"] = max(most["ever"], running["now"])
        time.sleep(5)
        running["now"] -= 1

    orders = lambda_events.queue("orders", visibility_timeout=300)
    fn = lambda_events.function(slow, timeout=10)
    fn.add_event_source(orders, maximum_concurrency=2)
    fn.fail(failure, **options)

    orders.send(*"abcdefghij")
    lambda_events.run_until_idle()

    assert (most["ever"], orders.messages) == (2, [])


@pytest.mark.rule("SQS-42")
def test_only_the_failed_part_of_a_split_batch_is_delivered_again(lambda_events: LambdaEvents) -> None:
    story = story_of(lambda_events, "sqs")
    story.plan("split", sizes=[1, 1], times=1)
    story.plan(ValueError("broken"), attempts=[1], when=lambda event: event["Records"][0]["body"] == "b")

    story.begin()
    lambda_events.run_until_idle()

    assert [(batch.started_after_seconds, batch.data) for batch in story.fn.batches] == [
        (0, ["a"]), (0, ["b"]), (0, ["c"]), (30, ["b"]),
    ]  # fmt: skip


def test_messages_gathered_in_a_window_are_split_and_duplicated_too(lambda_events: LambdaEvents) -> None:
    story = story_of(lambda_events, "sqs", maximum_batching_window_in_seconds=5)
    story.plan("split", sizes=[1], times=1)
    story.plan("duplicate", times=1)

    story.begin()
    lambda_events.run_until_idle()

    assert [(batch.started_after_seconds, batch.data) for batch in story.fn.batches] == [
        (5, ["a"]), (5, ["a"]), (5, ["b", "c"]),
    ]  # fmt: skip
    assert story.source.messages == []


# ---------------------------------------------------------------------- streams


def holds(text: str) -> Any:
    """Whether a batch has a record with these data."""
    return lambda event: any(base64.b64decode(record["kinesis"]["data"]).decode() == text for record in event["Records"])


@pytest.mark.rule("KIN-52", "KIN-55")
def test_poison_that_is_planned_is_isolated_by_bisecting(lambda_events: LambdaEvents) -> None:
    clicks, failures = lambda_events.stream("clicks"), lambda_events.queue("failures")
    audit = lambda_events.function(shop.audit)
    audit.add_event_source(
        clicks, starting_position="TRIM_HORIZON", bisect_batch_on_function_error=True, maximum_retry_attempts=1,
        on_failure=failures,
    )  # fmt: skip
    audit.fail(ValueError("poison"), when=holds("b"))

    put(clicks, "a", "b", "c", "d")
    lambda_events.run_until_idle()

    assert [batch.data for batch in audit.batches] == [
        ["a", "b", "c", "d"], ["a", "b"], ["a"], ["b"], ["b"], ["c", "d"],
    ]  # fmt: skip
    assert [record.approximate_invoke_count for record in failures.invocation_records] == [2]


@pytest.mark.parametrize("failure", ["checkpoint", "duplicate"])
@pytest.mark.parametrize("cuts", ["split", "bisect"])
def test_first_attempt_of_a_piece_strikes_once_however_often_its_batch_is_cut(
    lambda_events: LambdaEvents, failure: Any, cuts: str
) -> None:
    story = story_of(lambda_events, "kinesis", bisect_batch_on_function_error=True)
    if cuts == "split":
        story.plan("split", sizes=[1])
    else:
        story.plan(ValueError("more than one"), when=lambda event: len(event["Records"]) > 1)
    story.plan(failure, attempts=[1])

    story.begin()
    lambda_events.advance(60)

    assert story.fn.records_processed == 3
    assert lambda_events.next_event_at is None


def test_halves_of_a_batch_that_came_again_do_not_come_a_third_time(lambda_events: LambdaEvents) -> None:
    story = story_of(lambda_events, "kinesis", bisect_batch_on_function_error=True)
    story.plan("duplicate")
    story.plan(ValueError("the second time"), attempts=[2], when=lambda event: len(event["Records"]) == 3)

    story.begin()
    lambda_events.run_until_idle()

    assert (story.sizes, story.fn.records_processed) == ([3, 3, 1, 2], 3)


def counting(event: Any, context: Any) -> dict[str, Any]:
    """A handler that counts the records of a window."""
    return {"state": {"count": event["state"].get("count", 0) + len(event["Records"])}}


@pytest.mark.rule("KIN-82", "KIN-83")
@pytest.mark.parametrize("failure", ["checkpoint", "duplicate"])
def test_window_counts_a_batch_that_came_twice_once(lambda_events: LambdaEvents, failure: Any) -> None:
    clicks, count = lambda_events.stream("clicks"), lambda_events.function(counting)
    count.add_event_source(clicks, starting_position="TRIM_HORIZON", tumbling_window_in_seconds=120)
    count.fail(failure, times=1)

    lambda_events.advance(10)
    put(clicks, "a", "b")
    lambda_events.advance(10)
    put(clicks, "c")
    lambda_events.run_until_idle()

    assert [(len(b.records), b.event["state"], b.event["isFinalInvokeForWindow"]) for b in count.batches] == [
        (2, {}, False), (2, {}, False), (1, {"count": 2}, False), (0, {"count": 3}, True),
    ]  # fmt: skip


@pytest.mark.rule("KIN-31")
@pytest.mark.parametrize("failure", ["checkpoint", "duplicate"])
def test_lane_of_another_key_is_not_held_up(lambda_events: LambdaEvents, failure: Any) -> None:
    clicks, audit = lambda_events.stream("clicks"), lambda_events.function(shop.audit)
    audit.add_event_source(clicks, starting_position="TRIM_HORIZON", parallelization_factor=2, batch_size=1)
    audit.fail(failure, times=1, when=holds("alice 1"))

    put(clicks, "alice 1", "alice 2", key="alice")
    put(clicks, "erin 1", "erin 2", key="erin")
    lambda_events.run_until_idle()

    keys = [batch.data[0] for batch in audit.batches]
    assert [key for key in keys if key.startswith("alice")] == ["alice 1", "alice 1", "alice 2"]
    assert [key for key in keys if key.startswith("erin")] == ["erin 1", "erin 2"]
    assert audit.records_processed == 4
    assert all(batch.started_after_seconds == 0 for batch in audit.batches if batch.data[0].startswith("erin"))


@pytest.mark.rule("KIN-15")
@pytest.mark.parametrize("source", STREAMS)
def test_disabled_mapping_reads_what_was_lost_when_it_is_enabled(lambda_events: LambdaEvents, source: str) -> None:
    story = story_of(lambda_events, source)
    [mapping] = lambda_events.event_source_mappings.values()
    story.plan("checkpoint", times=1)

    story.begin()
    lambda_events.advance(0.5)
    mapping.update(enabled=False)
    lambda_events.advance(100)
    meanwhile = len(story.attempts)
    mapping.update(enabled=True)
    lambda_events.run_until_idle()

    assert (meanwhile, story.sizes, story.numbers) == (1, [3, 3], [1, 2])
    assert story.fn.records_processed == 3


@pytest.mark.rule("KIN-15")
@pytest.mark.parametrize(("failure", "again"), [("checkpoint", 1), ("duplicate", 0)])
@pytest.mark.parametrize("source", STREAMS)
def test_mapping_that_is_disabled_while_its_function_runs_attempts_nothing_more(
    lambda_events: LambdaEvents, source: str, failure: Any, again: int
) -> None:
    story = story_of(lambda_events, source)
    story.fn.update(handler=lambda event, context: time.sleep(2))
    [mapping] = lambda_events.event_source_mappings.values()
    story.plan(failure, times=1, optional=True)

    story.begin()
    lambda_events.advance(1)
    mapping.update(enabled=False)
    lambda_events.advance(100)
    meanwhile = len(story.attempts)
    mapping.update(enabled=True)
    lambda_events.run_until_idle()

    assert (meanwhile, len(story.attempts)) == (1, 1 + again)
    assert story.fn.records_processed == 3


@pytest.mark.rule("KIN-42")
def test_checkpoint_that_is_never_kept_brings_records_until_they_expire(lambda_events: LambdaEvents) -> None:
    story = story_of(lambda_events, "kinesis", maximum_record_age_in_seconds=60)
    story.plan("checkpoint")

    story.begin()
    lambda_events.run_until_idle()

    [record] = story.failures.invocation_records
    assert record.condition == "RecordAgeExceeded"
    assert (len(story.attempts), story.fn.records_processed) == (9, 0)
    assert [batch.started_after_seconds for batch in story.fn.batches[:6]] == [
        0,
        1,
        2,
        3,
        pytest.approx(4.6),
        pytest.approx(7.8),
    ]


# ---------------------------------------------------------------------- the same seed


def story_with_faults(seed: int) -> list[str]:
    with LambdaEvents(seed=seed) as env:
        fn = env.function(shop.audit, name="audit")
        orders, clicks = env.queue("orders", visibility_timeout=20), env.stream("clicks", shard_count=2)
        fn.add_event_source(orders)
        fn.add_event_source(clicks, starting_position="TRIM_HORIZON", parallelization_factor=2)
        fn.throttle(times=2)
        fn.fail("split", sizes=[1, 2], times=2)
        fn.fail("duplicate", times=3)
        fn.fail("delete", times=1)
        fn.fail("checkpoint", times=2)
        fn.fail("timeout", times=2)
        orders.send(*({"id": number} for number in range(7)))
        for number in range(9):
            clicks.put(json.dumps(number), partition_key=str(number))
        fn.invoke_async({"order": 7})
        env.run_until_idle()
        return [repr(entry) for entry in env.journal]


def test_one_seed_gives_one_journal_with_faults_too() -> None:
    first, second = story_with_faults(1), story_with_faults(1)

    assert first == second
    assert sum("kind='planned_fault'" in line for line in first) == 12


def test_the_balance_counts_a_duplicate_message_once(lambda_events: LambdaEvents) -> None:
    orders: Queue = lambda_events.queue("orders")
    audit = lambda_events.function(shop.audit)
    audit.add_event_source(orders)
    audit.fail("duplicate", times=1)
    audit.fail("delete", times=1, attempts=[2])

    orders.send("a", "b")
    lambda_events.run_until_idle()

    sheet = lambda_events.balance_sheet()
    assert (sheet.accepted, sheet.processed, sheet.lost) == (2, 2, 0)
    lambda_events.assert_no_data_lost()
