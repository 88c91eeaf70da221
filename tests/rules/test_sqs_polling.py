"""SQS, section 2: when a queue is polled, how many batches run at once, and how that grows."""

from __future__ import annotations

import time
from collections import Counter
from typing import Any

import pytest
from queue_stories import bodies, counts, fail, sleep_ten, starts, story, succeed

from pytest_lambda_events import LambdaEvents

MINUTE = 60


def sleep_two_minutes(event: Any, context: Any) -> None:
    time.sleep(120)


# ---------------------------------------------------------------------- when


@pytest.mark.rule("SQS-10")
@pytest.mark.parametrize("waits", [0, 19.999, 20, 20.001, 100_000])
def test_a_message_is_received_when_it_is_sent_however_long_the_queue_was_empty(
    lambda_events: LambdaEvents, waits: float
) -> None:
    orders, fn = lambda_events.queue("orders"), lambda_events.function(succeed)
    fn.add_event_source(orders)
    lambda_events.advance(waits)

    orders.send("m1")
    lambda_events.run_until_idle()

    assert starts(fn) == [waits]


@pytest.mark.rule("SQS-10")
def test_a_delayed_message_is_received_at_the_end_of_its_delay(lambda_events: LambdaEvents) -> None:
    orders, fn = lambda_events.queue("orders", delay_seconds=7), lambda_events.function(succeed)
    fn.add_event_source(orders)

    orders.send("m1")
    orders.send("m2", delay_seconds=3)
    lambda_events.run_until_idle()

    assert story(fn) == [(3, ["m2"]), (7, ["m1"])]


@pytest.mark.rule("SQS-10")
def test_an_empty_queue_leaves_nothing_to_do(lambda_events: LambdaEvents) -> None:
    lambda_events.function(succeed).add_event_source(lambda_events.queue("orders"))

    lambda_events.run_until_idle()

    assert lambda_events.pending == []
    assert lambda_events.elapsed == 0


@pytest.mark.rule("SQS-10")
def test_nothing_is_waited_for_once_all_messages_are_deleted(lambda_events: LambdaEvents) -> None:
    orders = lambda_events.queue("orders", visibility_timeout=60)
    lambda_events.function(sleep_ten, timeout=20).add_event_source(orders)
    lambda_events.function(succeed).add_event_source(orders)

    orders.send("m1")
    lambda_events.run_until_idle()

    assert lambda_events.elapsed in (0, 10)
    assert lambda_events.pending == []


@pytest.mark.rule("SQS-10", "SQS-33")
@pytest.mark.parametrize(("messages", "sizes"), [(9, [9]), (10, [10]), (11, [10, 1]), (25, [10, 10, 5])])
def test_one_receive_gives_at_most_ten(lambda_events: LambdaEvents, messages: int, sizes: list[int]) -> None:
    orders, fn = lambda_events.queue("orders"), lambda_events.function(succeed)
    fn.add_event_source(orders)

    orders.send(*(str(number) for number in range(messages)))
    lambda_events.run_until_idle()

    assert [len(batch.records) for batch in fn.batches] == sizes


@pytest.mark.rule("SQS-33")
@pytest.mark.parametrize(("batch_size", "sizes"), [(1, [1] * 4), (3, [3, 1]), (4, [4]), (5, [4])])
def test_without_a_window_a_batch_is_what_one_receive_gave(
    lambda_events: LambdaEvents, batch_size: int, sizes: list[int]
) -> None:
    orders, fn = lambda_events.queue("orders"), lambda_events.function(succeed)
    fn.add_event_source(orders, batch_size=batch_size)

    orders.send("1", "2", "3", "4")
    lambda_events.run_until_idle()

    assert [len(batch.records) for batch in fn.batches] == sizes
    assert set(starts(fn)) == {0}


# ---------------------------------------------------------------------- how many at once


@pytest.mark.rule("SQS-12", "SQS-14")
@pytest.mark.parametrize(
    ("seconds", "running"), [(0, 5), (59.999, 5), (60, 305), (119.999, 305)], ids=["start", "before", "at", "next"]
)
def test_a_backlog_of_a_minute_adds_three_hundred(lambda_events: LambdaEvents, seconds: float, running: int) -> None:
    orders = lambda_events.queue("orders", visibility_timeout=900)
    fn = lambda_events.function(sleep_two_minutes, timeout=130)
    fn.add_event_source(orders, batch_size=1)

    orders.send(*(str(number) for number in range(320)))
    lambda_events.advance(seconds)

    assert len(orders.in_flight_messages) == running


@pytest.mark.rule("SQS-12")
@pytest.mark.lambda_events(sqs_concurrency_growth_per_minute=60)
@pytest.mark.parametrize(("seconds", "running"), [(59.999, 5), (60, 65)], ids=["before", "at"])
def test_the_growth_of_2023_is_a_setting(lambda_events: LambdaEvents, seconds: float, running: int) -> None:
    orders = lambda_events.queue("orders", visibility_timeout=900)
    fn = lambda_events.function(sleep_two_minutes, timeout=130)
    fn.add_event_source(orders, batch_size=1)

    orders.send(*(str(number) for number in range(100)))
    lambda_events.advance(seconds)

    assert len(orders.in_flight_messages) == running


@pytest.mark.rule("SQS-14")
def test_a_queue_that_drained_starts_with_five_again(lambda_events: LambdaEvents) -> None:
    orders = lambda_events.queue("orders", visibility_timeout=900)
    fn = lambda_events.function(sleep_two_minutes, timeout=130)
    fn.add_event_source(orders, batch_size=1)
    orders.send(*(str(number) for number in range(20)))
    lambda_events.run_until_idle()
    drained = lambda_events.elapsed

    orders.send(*(str(number) for number in range(20)))
    lambda_events.advance(59)

    assert Counter(starts(fn)) == {0: 5, 60: 15, drained: 5}


@pytest.mark.rule("SQS-14")
def test_a_queue_that_five_can_keep_up_with_adds_none(lambda_events: LambdaEvents) -> None:
    orders = lambda_events.queue("orders", visibility_timeout=900)
    fn = lambda_events.function(sleep_two_minutes, timeout=130)
    fn.add_event_source(orders, batch_size=1)

    orders.send("1", "2", "3", "4", "5")
    lambda_events.advance(70)
    orders.send("6", "7")
    lambda_events.run_until_idle()

    assert Counter(starts(fn)) == {0: 5, 120: 2}


@pytest.mark.rule("SQS-13", "SQS-14")
@pytest.mark.lambda_events(concurrent_executions=2000)
def test_no_mapping_runs_more_than_1250_concurrent_invocations(lambda_events: LambdaEvents) -> None:
    def handler(event: Any, context: Any) -> None:
        time.sleep(600)

    orders = lambda_events.queue("orders", visibility_timeout=3600)
    fn = lambda_events.function(handler, timeout=900)
    fn.add_event_source(orders, batch_size=1)

    orders.send(*(str(number) for number in range(1300)))
    running = []
    lambda_events.advance(4 * MINUTE)
    running.append(len(orders.in_flight_messages))
    lambda_events.advance(4 * MINUTE)
    running.append(len(orders.in_flight_messages))

    assert running == [1205, 1250]


@pytest.mark.rule("SQS-13")
@pytest.mark.lambda_events(concurrent_executions=3)
def test_the_limit_of_the_account_holds_for_pollers_too(lambda_events: LambdaEvents) -> None:
    orders = lambda_events.queue("orders", visibility_timeout=60)
    fn = lambda_events.function(sleep_ten, timeout=20)
    fn.add_event_source(orders, batch_size=1)

    orders.send("1", "2", "3", "4", "5")
    lambda_events.advance(0)

    assert Counter(batch.outcome for batch in fn.batches) == {None: 3, "throttled": 2}


@pytest.mark.rule("SQS-17", "SQS-80")
def test_as_many_batches_of_a_fifo_queue_run_as_there_are_groups(lambda_events: LambdaEvents) -> None:
    orders = lambda_events.queue("orders.fifo", visibility_timeout=60, content_based_deduplication=True)
    fn = lambda_events.function(sleep_ten, timeout=20)
    fn.add_event_source(orders, batch_size=1)

    for group in "ABCDEFG":
        orders.send(f"{group}1", f"{group}2", message_group_id=group)
    lambda_events.run_until_idle()

    assert Counter(starts(fn)) == {0: 7, 10: 7}
    assert {body[1] for at, [body] in story(fn) if at == 0} == {"1"}


@pytest.mark.rule("SQS-17", "SQS-20")
def test_maximum_concurrency_is_the_smaller_limit_of_a_fifo_queue(lambda_events: LambdaEvents) -> None:
    orders = lambda_events.queue("orders.fifo", visibility_timeout=60, content_based_deduplication=True)
    fn = lambda_events.function(sleep_ten, timeout=20)
    fn.add_event_source(orders, batch_size=1, maximum_concurrency=2)

    for group in "ABC":
        orders.send(f"{group}1", message_group_id=group)
    lambda_events.run_until_idle()

    assert Counter(starts(fn)) == {0: 2, 10: 1}


@pytest.mark.rule("SQS-20")
@pytest.mark.parametrize(("messages", "expected"), [(1, 1), (2, 2), (3, 2)], ids=["below", "at", "above"])
def test_maximum_concurrency_leaves_the_rest_unreceived(lambda_events: LambdaEvents, messages: int, expected: int) -> None:
    orders = lambda_events.queue("orders", visibility_timeout=60)
    fn = lambda_events.function(sleep_ten, timeout=20)
    fn.add_event_source(orders, batch_size=1, maximum_concurrency=2)

    orders.send(*(str(number) for number in range(messages)))
    lambda_events.advance(5)

    assert len(fn.batches) == expected
    assert [message.approximate_receive_count for message in orders.visible_messages] == [0] * (messages - expected)


@pytest.mark.rule("SQS-20")
def test_maximum_concurrency_is_each_mapping_s_own(lambda_events: LambdaEvents) -> None:
    fn = lambda_events.function(sleep_ten, timeout=20)
    queues = [lambda_events.queue(name, visibility_timeout=60) for name in ("orders", "parcels")]
    for queue in queues:
        fn.add_event_source(queue, batch_size=1, maximum_concurrency=2)
        queue.send("1", "2", "3")

    lambda_events.run_until_idle()

    assert Counter(starts(fn)) == {0: 4, 10: 2}


@pytest.mark.rule("SQS-21")
def test_maximum_concurrency_can_be_removed_while_messages_wait(lambda_events: LambdaEvents) -> None:
    orders = lambda_events.queue("orders", visibility_timeout=60)
    fn = lambda_events.function(sleep_ten, timeout=20)
    mapping = fn.add_event_source(orders, batch_size=1, maximum_concurrency=2)
    orders.send("1", "2", "3", "4", "5", "6")
    lambda_events.advance(4)

    mapping.update(maximum_concurrency=None)
    lambda_events.run_until_idle()

    assert Counter(starts(fn)) == {0: 2, 4: 3, 10: 1}


@pytest.mark.rule("SQS-22", "SQS-62")
def test_concurrency_above_what_the_function_reserves_is_throttled(lambda_events: LambdaEvents) -> None:
    orders = lambda_events.queue("orders", visibility_timeout=60)
    fn = lambda_events.function(sleep_ten, timeout=20, reserved_concurrent_executions=2)
    fn.add_event_source(orders, batch_size=1, maximum_concurrency=3)

    orders.send("1", "2", "3")
    lambda_events.advance(0)

    assert [batch.outcome for batch in fn.batches] == [None, None, "throttled"]
    assert orders.visible_messages == []


@pytest.mark.rule("SQS-22")
def test_the_mappings_of_a_function_share_what_it_reserves(lambda_events: LambdaEvents) -> None:
    fn = lambda_events.function(sleep_ten, timeout=20, reserved_concurrent_executions=3)
    queues = [lambda_events.queue(name, visibility_timeout=60) for name in ("orders", "parcels")]
    for queue in queues:
        fn.add_event_source(queue, batch_size=1, maximum_concurrency=2)
        queue.send("1", "2")

    lambda_events.advance(0)

    assert Counter(batch.outcome for batch in fn.batches) == {None: 3, "throttled": 1}


@pytest.mark.rule("SQS-23")
def test_thirty_messages_arrive_in_two_batches(lambda_events: LambdaEvents) -> None:
    orders = lambda_events.queue("orders", visibility_timeout=60)
    fn = lambda_events.function(sleep_ten, timeout=20, reserved_concurrent_executions=2)
    fn.add_event_source(orders, batch_size=20, maximum_batching_window_in_seconds=1, maximum_concurrency=2)

    orders.send(*(str(number) for number in range(30)))
    lambda_events.run_until_idle()

    assert [len(batch.records) for batch in fn.batches] == [20, 10]
    assert {count for batch in counts(fn) for count in batch} == {"1"}
    assert bodies(orders) == []


@pytest.mark.rule("SQS-25")
@pytest.mark.parametrize(("messages", "first"), [(19, 19), (20, 20), (21, 20)])
def test_two_provisioned_pollers_run_twenty_concurrent_invocations(
    lambda_events: LambdaEvents, messages: int, first: int
) -> None:
    orders = lambda_events.queue("orders", visibility_timeout=60)
    fn = lambda_events.function(sleep_ten, timeout=20)
    fn.add_event_source(orders, batch_size=1, minimum_pollers=2, maximum_pollers=2)

    orders.send(*(str(number) for number in range(messages)))
    lambda_events.advance(5)

    assert len(fn.batches) == first


@pytest.mark.rule("SQS-25")
@pytest.mark.parametrize(("seconds", "running"), [(59.999, 20), (60, 30)], ids=["before", "at"])
def test_provisioned_pollers_grow_to_their_maximum(lambda_events: LambdaEvents, seconds: float, running: int) -> None:
    orders = lambda_events.queue("orders", visibility_timeout=900)
    fn = lambda_events.function(sleep_two_minutes, timeout=130)
    fn.add_event_source(orders, batch_size=1, minimum_pollers=2, maximum_pollers=3)

    orders.send(*(str(number) for number in range(40)))
    lambda_events.advance(seconds)

    assert len(orders.in_flight_messages) == running


@pytest.mark.rule("SQS-16")
@pytest.mark.parametrize("partial", [None, ["ReportBatchItemFailures"]], ids=["errors", "reports failures"])
def test_errors_do_not_slow_a_mapping_down(lambda_events: LambdaEvents, partial: list[str] | None) -> None:
    orders, fn = lambda_events.queue("orders", visibility_timeout=30), lambda_events.function(fail)
    fn.add_event_source(orders, batch_size=1, function_response_types=partial)

    orders.send("1", "2", "3", "4", "5")
    lambda_events.advance(65)

    assert Counter(starts(fn)) == {0: 5, 30: 5, 60: 5}
