"""SQS, section 3: what makes a batch, and when its window ends."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from queue_stories import bodies, counts, sleep_ten, starts, story, succeed

from pytest_lambda_events import LambdaEvents

EVENT_LIMIT = 6_291_456


def many(count: int) -> list[str]:
    """Bodies that count from zero."""
    return [str(number) for number in range(count)]


# ---------------------------------------------------------------------- size


@pytest.mark.rule("SQS-34")
@pytest.mark.parametrize(
    ("messages", "expected"),
    [(19, [(10, 19)]), (20, [(0, 20)]), (21, [(0, 20), (10, 1)])],
    ids=["one fewer", "full", "one more"],
)
def test_a_window_ends_early_when_the_batch_is_full(
    lambda_events: LambdaEvents, messages: int, expected: list[tuple[float, int]]
) -> None:
    orders, fn = lambda_events.queue("orders"), lambda_events.function(succeed)
    fn.add_event_source(orders, batch_size=20, maximum_batching_window_in_seconds=10)

    orders.send(*many(messages))
    lambda_events.run_until_idle()

    assert [(batch.started_after_seconds, len(batch.records)) for batch in fn.batches] == expected


@pytest.mark.rule("SQS-34")
@pytest.mark.parametrize(
    ("second", "expected"),
    [(9.999, [(10, ["m1", "m2"])]), (10.001, [(10, ["m1"]), (20.001, ["m2"])])],
    ids=["just before", "just after"],
)
def test_a_window_gathers_records_that_arrive_before_its_end(
    lambda_events: LambdaEvents, second: float, expected: list[tuple[float, list[str]]]
) -> None:
    orders, fn = lambda_events.queue("orders"), lambda_events.function(succeed)
    fn.add_event_source(orders, maximum_batching_window_in_seconds=10)

    orders.send("m1")
    lambda_events.advance(second)
    orders.send("m2")
    lambda_events.run_until_idle()

    assert story(fn) == expected


@pytest.mark.rule("SQS-39")
@pytest.mark.parametrize("batch_size", [15, 100, 1000, 10_000])
def test_a_batch_size_is_a_maximum_and_no_target(lambda_events: LambdaEvents, batch_size: int) -> None:
    orders, fn = lambda_events.queue("orders"), lambda_events.function(succeed)
    fn.add_event_source(orders, batch_size=batch_size, maximum_batching_window_in_seconds=10)

    orders.send(*many(15))
    lambda_events.run_until_idle()

    assert [body for _, batch in story(fn) for body in batch] == many(15)
    assert {count for batch in counts(fn) for count in batch} == {"1"}
    assert lambda_events.elapsed <= 10


@pytest.mark.rule("SQS-3A")
def test_records_keep_the_order_in_which_they_were_received(lambda_events: LambdaEvents) -> None:
    orders, fn = lambda_events.queue("orders"), lambda_events.function(succeed)
    fn.add_event_source(orders, batch_size=100, maximum_batching_window_in_seconds=10)

    orders.send("late", delay_seconds=5)
    orders.send("first", "second")
    lambda_events.run_until_idle()

    assert story(fn) == [(10, ["first", "second", "late"])]


# ---------------------------------------------------------------------- window after window


@pytest.mark.rule("SQS-35")
def test_a_window_opens_with_its_first_message(lambda_events: LambdaEvents) -> None:
    orders, fn = lambda_events.queue("orders"), lambda_events.function(succeed)
    fn.add_event_source(orders, maximum_batching_window_in_seconds=10)
    lambda_events.advance(25)

    orders.send("m1")
    lambda_events.advance(12)
    orders.send("m2")
    lambda_events.run_until_idle()

    assert story(fn) == [(35, ["m1"]), (47, ["m2"])]


@pytest.mark.rule("SQS-35")
def test_an_empty_window_invokes_nothing(lambda_events: LambdaEvents) -> None:
    orders, fn = lambda_events.queue("orders"), lambda_events.function(succeed)
    fn.add_event_source(orders, maximum_batching_window_in_seconds=10)

    lambda_events.advance(100)

    assert fn.batches == []


@pytest.mark.rule("SQS-35")
def test_the_next_window_of_a_poller_opens_when_its_invocation_ends(lambda_events: LambdaEvents) -> None:
    orders = lambda_events.queue("orders", visibility_timeout=300)
    fn = lambda_events.function(sleep_ten, timeout=20)
    fn.add_event_source(orders, batch_size=2, maximum_batching_window_in_seconds=5, maximum_concurrency=2)

    orders.send("1", "2", "3", "4", "5")
    lambda_events.run_until_idle()

    assert story(fn) == [(0, ["1", "2"]), (0, ["3", "4"]), (15, ["5"])]


@pytest.mark.rule("SQS-40")
def test_the_visibility_timeout_counts_from_the_receive_and_not_from_the_invocation(lambda_events: LambdaEvents) -> None:
    def handler(event: Any, context: Any) -> None:
        if event["Records"][0]["attributes"]["ApproximateReceiveCount"] == "1":
            raise ValueError("broken")

    orders, fn = lambda_events.queue("orders", visibility_timeout=30), lambda_events.function(handler)
    fn.add_event_source(orders, maximum_batching_window_in_seconds=10)

    orders.send("m1")
    lambda_events.run_until_idle()

    assert starts(fn) == [10, 40]


@pytest.mark.rule("SQS-34", "SQS-48")
@pytest.mark.parametrize("window", [29, 30], ids=["shorter", "as long"])
def test_a_window_may_be_as_long_as_the_visibility_timeout(lambda_events: LambdaEvents, window: int) -> None:
    orders, fn = lambda_events.queue("orders", visibility_timeout=30), lambda_events.function(succeed)
    fn.add_event_source(orders, maximum_batching_window_in_seconds=window)

    orders.send("m1")
    lambda_events.run_until_idle()

    assert story(fn) == [(window, ["m1"])]
    assert bodies(orders) == []


@pytest.mark.rule("SQS-03", "SQS-34", "SQS-40")
def test_a_window_that_is_longer_than_the_visibility_timeout_gathers_a_message_twice(lambda_events: LambdaEvents) -> None:
    orders, fn = lambda_events.queue("orders", visibility_timeout=30), lambda_events.function(succeed)
    fn.add_event_source(orders, maximum_batching_window_in_seconds=31)

    orders.send("m1")
    lambda_events.run_until_idle()

    assert story(fn) == [(31, ["m1", "m1"])]
    assert counts(fn) == [["1", "2"]]
    assert (bodies(orders), fn.records_processed) == ([], 1)


@pytest.mark.rule("SQS-60")
def test_a_batch_throttled_after_its_visibility_timeout_is_released_immediately(lambda_events: LambdaEvents) -> None:
    orders = lambda_events.queue("orders", visibility_timeout=30)
    fn = lambda_events.function(succeed, reserved_concurrent_executions=0)
    mapping = fn.add_event_source(orders, maximum_batching_window_in_seconds=40)
    orders.send("m1")
    lambda_events.advance(5)

    mapping.update(enabled=False)
    lambda_events.run_until_idle()

    assert [(batch.started_after_seconds, batch.outcome) for batch in fn.batches] == [(40, "throttled")]
    assert lambda_events.elapsed == 40
    assert len(orders.visible_messages) == 1


# ---------------------------------------------------------------------- six megabytes


@pytest.mark.rule("SQS-37")
def test_all_of_the_event_counts_towards_six_megabytes(lambda_events: LambdaEvents) -> None:
    orders, fn = lambda_events.queue("orders", visibility_timeout=900), lambda_events.function(succeed)
    fn.add_event_source(orders, batch_size=10_000, maximum_batching_window_in_seconds=60)
    orders.send("x")
    lambda_events.run_until_idle()
    record = len(json.dumps(fn.batches[0].records[0], separators=(",", ":"))) - 1
    last = EVENT_LIMIT - 6 * 1_000_000 - 7 * record - len('{"Records":[,,,,,,]}')

    orders.send(*["x" * 1_000_000] * 6, "x" * last)
    lambda_events.run_until_idle()
    orders.send(*["x" * 1_000_000] * 6, "x" * (last + 1))
    lambda_events.run_until_idle()

    assert [len(batch.records) for batch in fn.batches[1:]] == [7, 6, 1]
    assert len(json.dumps(fn.batches[1].event, separators=(",", ":"))) == EVENT_LIMIT


@pytest.mark.rule("SQS-37")
def test_without_a_window_a_receive_over_six_megabytes_makes_two_batches(lambda_events: LambdaEvents) -> None:
    orders, fn = lambda_events.queue("orders", visibility_timeout=900), lambda_events.function(succeed)
    fn.add_event_source(orders)

    orders.send(*["x" * 1_000_000] * 8)
    lambda_events.run_until_idle()

    assert [(batch.started_after_seconds, len(batch.records)) for batch in fn.batches] == [(0, 6), (0, 2)]


@pytest.mark.rule("SQS-37")
def test_a_text_counts_by_its_bytes(lambda_events: LambdaEvents) -> None:
    orders, fn = lambda_events.queue("orders", visibility_timeout=900), lambda_events.function(succeed)
    fn.add_event_source(orders)

    orders.send(*["é" * 500_000] * 7)
    lambda_events.run_until_idle()

    assert [len(batch.records) for batch in fn.batches] == [6, 1]


# ---------------------------------------------------------------------- filters come first


@pytest.mark.rule("SQS-38", "FIL-06")
def test_filtered_records_do_not_fill_a_batch(lambda_events: LambdaEvents) -> None:
    orders, fn = lambda_events.queue("orders"), lambda_events.function(succeed)
    fn.add_event_source(orders, batch_size=3, maximum_batching_window_in_seconds=10, filters=[{"body": ["keep"]}])

    orders.send("keep", "drop", "drop", "keep", "drop")
    lambda_events.advance(9)
    orders.send("keep")
    lambda_events.run_until_idle()

    assert story(fn) == [(9, ["keep", "keep", "keep"])]


@pytest.mark.rule("SQS-38", "FIL-06")
def test_filtered_records_open_no_window(lambda_events: LambdaEvents) -> None:
    orders, fn = lambda_events.queue("orders"), lambda_events.function(succeed)
    fn.add_event_source(orders, maximum_batching_window_in_seconds=10, filters=[{"body": ["keep"]}])

    orders.send("drop")
    lambda_events.advance(5)
    orders.send("keep")
    lambda_events.run_until_idle()

    assert starts(fn) == [15]


@pytest.mark.rule("SQS-38", "FIL-06")
def test_filtered_records_do_not_count_towards_six_megabytes(lambda_events: LambdaEvents) -> None:
    orders, fn = lambda_events.queue("orders"), lambda_events.function(succeed)
    fn.add_event_source(
        orders, batch_size=100, maximum_batching_window_in_seconds=10, filters=[{"body": [{"prefix": "keep"}]}]
    )

    orders.send(*["drop" * 250_000] * 7, "keep 1", "keep 2")
    lambda_events.run_until_idle()

    assert story(fn) == [(10, ["keep 1", "keep 2"])]


# ---------------------------------------------------------------------- what AWS leaves open


@pytest.mark.rule("SQS-36")
@pytest.mark.lambda_events(sqs_low_traffic_window_seconds=20)
@pytest.mark.parametrize(("window", "starts_at"), [(1, 20), (19, 20), (20, 20), (21, 21)])
def test_a_short_window_may_be_twenty_seconds_with_little_traffic(
    lambda_events: LambdaEvents, window: int, starts_at: float
) -> None:
    orders, fn = lambda_events.queue("orders"), lambda_events.function(succeed)
    fn.add_event_source(orders, maximum_batching_window_in_seconds=window)

    orders.send("m1")
    lambda_events.run_until_idle()

    assert starts(fn) == [starts_at]


@pytest.mark.rule("SQS-36")
@pytest.mark.lambda_events(sqs_low_traffic_window_seconds=20)
def test_little_traffic_makes_no_window_where_none_is_set(lambda_events: LambdaEvents) -> None:
    orders, fn = lambda_events.queue("orders"), lambda_events.function(succeed)
    fn.add_event_source(orders)

    orders.send("m1")
    lambda_events.run_until_idle()

    assert starts(fn) == [0]


@pytest.mark.rule("SQS-36")
def test_a_window_is_as_long_as_it_is_set(lambda_events: LambdaEvents) -> None:
    orders, fn = lambda_events.queue("orders"), lambda_events.function(succeed)
    fn.add_event_source(orders, maximum_batching_window_in_seconds=1)

    orders.send("m1")
    lambda_events.run_until_idle()

    assert starts(fn) == [1]


@pytest.mark.rule("SQS-3B")
@pytest.mark.lambda_events(sqs_parallel_buffers=2)
def test_two_pollers_fill_a_batch_each(lambda_events: LambdaEvents) -> None:
    orders, fn = lambda_events.queue("orders"), lambda_events.function(succeed)
    fn.add_event_source(orders, batch_size=3, maximum_batching_window_in_seconds=1)

    orders.send("1", "2", "3")
    lambda_events.run_until_idle()

    assert story(fn) == [(1, ["1", "3"]), (1, ["2"])]


@pytest.mark.rule("SQS-3B")
def test_one_poller_fills_one_batch_after_the_other(lambda_events: LambdaEvents) -> None:
    orders, fn = lambda_events.queue("orders"), lambda_events.function(succeed)
    fn.add_event_source(orders, batch_size=3, maximum_batching_window_in_seconds=1)

    orders.send("1", "2", "3", "4")
    lambda_events.run_until_idle()

    assert story(fn) == [(0, ["1", "2", "3"]), (1, ["4"])]


@pytest.mark.rule("SQS-3B")
def test_four_messages_arrive_in_two_batches_of_two(lambda_events: LambdaEvents) -> None:
    orders, fn = lambda_events.queue("orders"), lambda_events.function(succeed)
    fn.add_event_source(orders, batch_size=2)

    orders.send("1", "2", "3", "4")
    lambda_events.run_until_idle()

    assert story(fn) == [(0, ["1", "2"]), (0, ["3", "4"])]


@pytest.mark.rule("SQS-47")
@pytest.mark.parametrize(
    ("extends", "again"), [(False, 30), (True, 61)], ids=["as set", "as in 2022"],
)  # fmt: skip
@pytest.mark.parametrize("window", [20])
def test_a_window_may_lengthen_the_visibility_timeout(extends: bool, again: float, window: int) -> None:
    def handler(event: Any, context: Any) -> None:
        raise ValueError("broken")

    with LambdaEvents(sqs_extends_visibility_timeout=extends) as lambda_events:
        orders, fn = lambda_events.queue("orders", visibility_timeout=30), lambda_events.function(handler, timeout=11)
        fn.add_event_source(orders, maximum_batching_window_in_seconds=window)
        orders.send("m1")
        lambda_events.advance(25)

        hidden_until = (orders.messages[0].visible_at - lambda_events.now).total_seconds() + lambda_events.elapsed

    assert hidden_until == again


@pytest.mark.rule("SQS-47")
@pytest.mark.lambda_events(sqs_extends_visibility_timeout=True)
@pytest.mark.parametrize(("timeout", "starts_again"), [(10, 30), (11, 61)], ids=["just enough", "too long"])
def test_it_is_lengthened_only_where_window_and_timeout_exceed_it(
    lambda_events: LambdaEvents, timeout: int, starts_again: float
) -> None:
    orders = lambda_events.queue("orders", visibility_timeout=30)
    fn = lambda_events.function(succeed, timeout=timeout)
    fn.add_event_source(orders, maximum_batching_window_in_seconds=20)

    orders.send("m1")
    lambda_events.advance(1)

    [message] = orders.in_flight_messages
    assert (message.visible_at - message.sent_at).total_seconds() == starts_again


def test_a_slow_handler_of_one_window_leaves_the_next_one_open(lambda_events: LambdaEvents) -> None:
    def handler(event: Any, context: Any) -> None:
        time.sleep(30)

    orders = lambda_events.queue("orders", visibility_timeout=300)
    fn = lambda_events.function(handler, timeout=60)
    fn.add_event_source(orders, maximum_batching_window_in_seconds=10)

    orders.send("m1")
    lambda_events.advance(15)
    orders.send("m2")
    lambda_events.run_until_idle()

    assert story(fn) == [(10, ["m1"]), (25, ["m2"])]
    assert bodies(orders) == []
