"""Messages that are visible again at once: delivered as AWS would, without holding the clock for ever."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from queue_stories import fail, starts, story, succeed

from pytest_lambda_events import LambdaEvents, LambdaEventsError, Queue


def showing_at_once(queue: Queue, failures: int) -> Any:
    """A handler that fails so many times, and asks for another attempt without delay."""
    sqs = boto3.client("sqs", region_name="us-east-1")
    calls: list[str] = []

    def handler(event: Any, context: Any) -> None:
        (record,) = event["Records"]
        calls.append(record["messageId"])
        if len(calls) <= failures:
            sqs.change_message_visibility(QueueUrl=queue.url, ReceiptHandle=record["receiptHandle"], VisibilityTimeout=0)
            raise ValueError(record["body"])

    return handler


def hiding_nothing(lambda_events: LambdaEvents, handler: Any) -> Queue:
    """A queue that feeds `fn`, and whose visibility timeout was set to 0 after that."""
    orders = lambda_events.queue("orders")
    lambda_events.function(handler, name="fn").add_event_source(orders, batch_size=1)
    orders.update(visibility_timeout=0)
    return orders


@pytest.mark.rule("SQS-40", "SQS-41")
def test_a_queue_that_hides_nothing_feeds_its_function(lambda_events: LambdaEvents) -> None:
    orders = hiding_nothing(lambda_events, succeed)

    orders.send("1")
    lambda_events.run_until_idle()

    assert story(lambda_events.functions["fn"])[0] == (0, ["1"])
    assert orders.messages == []


@pytest.mark.rule("SQS-03", "SQS-11", "SQS-40")
def test_a_queue_with_visibility_timeout_zero_gives_a_message_to_all_concurrent_invocations(
    lambda_events: LambdaEvents,
) -> None:
    orders = hiding_nothing(lambda_events, lambda event, context: time.sleep(1))

    orders.send("1")
    lambda_events.run_until_idle()

    assert starts(lambda_events.functions["fn"]) == [0, 0, 0, 0, 0]
    assert orders.messages == []


@pytest.mark.parametrize("move", ["run_until_idle", "advance"])
def test_a_message_that_fails_for_ever_at_one_instant_is_named(move: str, lambda_events: LambdaEvents) -> None:
    hiding_nothing(lambda_events, fail).send({"id": 2})
    moves: dict[str, Callable[[], object]] = {
        "run_until_idle": lambda_events.run_until_idle,
        "advance": lambda: lambda_events.advance(10),
    }

    with pytest.raises(LambdaEventsError) as raised:
        moves[move]()

    assert str(raised.value) == (
        "Queue orders: message {\"id\": 2} was received 1000 times by 'fn' at 0 s, because it is visible again "
        "immediately: the visibility_timeout of the queue is 0, or the handler changes that of the message to 0. Use a "
        "visibility timeout of 1 s or more, or give the queue a dead_letter_queue."
    )


@pytest.mark.rule("SQS-42")
def test_a_handler_can_request_another_attempt_without_delay(lambda_events: LambdaEvents) -> None:
    orders = lambda_events.queue("orders")
    fn = lambda_events.function(showing_at_once(orders, failures=999), name="fn")
    fn.add_event_source(orders)

    orders.send("1")
    lambda_events.run_until_idle()

    assert (len(fn.batches), lambda_events.elapsed) == (1000, 0)
    assert orders.messages == []


@pytest.mark.rule("SQS-53")
def test_the_highest_max_receive_count_is_reached_without_time_passing(lambda_events: LambdaEvents) -> None:
    dead = lambda_events.queue("dead")
    orders = hiding_nothing(lambda_events, fail)
    orders.update(dead_letter_queue=dead, max_receive_count=1000)

    orders.send("1")
    lambda_events.run_until_idle()

    assert [message.body for message in dead.messages] == ["1"]


@pytest.mark.lambda_events(instant_limit_events=200)
def test_a_function_that_feeds_its_own_queue_does_not_hold_the_clock_for_ever(lambda_events: LambdaEvents) -> None:
    def handler(event: Any, context: Any) -> None:
        boto3.client("sqs", region_name="us-east-1").send_message(QueueUrl=orders.url, MessageBody="again")

    orders = lambda_events.queue("orders")
    lambda_events.function(handler, name="fn").add_event_source(orders)
    lambda_events.client("lambda").put_function_recursion_config(FunctionName="fn", RecursiveLoop="Allow")
    orders.send("first")

    with pytest.raises(LambdaEventsError, match=r"200 work items ran at 0 s, and each schedules another one.*poll of 'fn'"):
        lambda_events.advance(1)


@pytest.mark.lambda_events(instant_limit_events=200)
def test_as_many_events_as_the_limit_may_run_at_one_instant(lambda_events: LambdaEvents) -> None:
    fn = lambda_events.function(succeed)
    for _ in range(200):
        fn.invoke_async()

    lambda_events.advance(1)

    assert len(fn.attempts) == 200


@pytest.mark.lambda_events(instant_limit_events=200)
def test_events_at_different_instants_are_counted_apart(lambda_events: LambdaEvents) -> None:
    fn = lambda_events.function(succeed)

    for _ in range(5):
        for _ in range(100):
            fn.invoke_async()
        lambda_events.advance(60)

    assert len(fn.attempts) == 500
