"""What polling costs, counted in events and entries, and where it ends when nothing else ends it."""

from __future__ import annotations

import gc
import importlib
import io
import logging
import sys
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest
from counting import calls_of

from pytest_lambda_events import LambdaEvents, LambdaEventsError

DAY = 86_400
ATTEMPTS = 100
CALLS_OF_AN_ATTEMPT = 660
"""About 605 in Python 3.11. Modules of Powertools and handlers of logging that the process has are extra."""
CALLS_OF_AN_ATTEMPT_OF_AN_EVENT = 490
"""About 450 in Python 3.11."""
CALLS_FOR_POWERTOOLS = 45
MANY_HANDLERS = 100


def succeed(event: Any, context: Any) -> None:
    """A handler that takes no time and never fails."""


def fail(event: Any, context: Any) -> None:
    """A handler that always fails."""
    raise ValueError("broken")


def events_of(env: LambdaEvents) -> int:
    """How many pieces of due work there were until nothing was left."""
    steps = 0
    while env.step() is not None:
        steps += 1
    return steps


def send_batches(env: LambdaEvents, url: str, messages: int) -> None:
    """Sends messages in batches of ten."""
    sqs = env.client("sqs")
    for first in range(0, messages, 10):
        entries = [{"Id": str(number), "MessageBody": f"message {first + number:06}"} for number in range(10)]
        sqs.send_message_batch(QueueUrl=url, Entries=entries)


def bytes_of(action: Callable[[], object]) -> int:
    """The memory that an action allocates and keeps."""
    gc.collect()
    tracemalloc.start()
    try:
        action()
        gc.collect()
        return tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()


def test_a_message_in_a_queue_needs_at_most_450_bytes(lambda_events: LambdaEvents) -> None:
    orders = lambda_events.queue("orders")
    send_batches(lambda_events, orders.url, 20)

    # The first time, the caches of the process may grow too.
    needed = min(bytes_of(lambda: send_batches(lambda_events, orders.url, 2_000)) for _ in range(3))

    assert needed / 2_000 <= 450


def test_the_content_of_a_deleted_message_needs_no_memory(lambda_events: LambdaEvents) -> None:
    orders, sqs = lambda_events.queue("orders"), lambda_events.client("sqs")

    def send_and_delete(messages: int) -> None:
        for _ in range(messages):
            sqs.send_message(QueueUrl=orders.url, MessageBody="x" * 10_000)
            [received] = sqs.receive_message(QueueUrl=orders.url)["Messages"]
            sqs.delete_message(QueueUrl=orders.url, ReceiptHandle=received["ReceiptHandle"])

    send_and_delete(10)

    # About 500 bytes of journal, and what the caches of the process take once.
    assert bytes_of(lambda: send_and_delete(100)) / 100 < 3_000


def test_a_send_costs_the_same_in_a_deep_queue(lambda_events: LambdaEvents) -> None:
    orders, sqs = lambda_events.queue("orders"), lambda_events.client("sqs")

    def send() -> int:
        return calls_of(lambda: sqs.send_message(QueueUrl=orders.url, MessageBody="one"))

    send_batches(lambda_events, orders.url, 10)
    send()
    shallow = send()
    send_batches(lambda_events, orders.url, 2_000)

    assert abs(send() - shallow) <= 10


def test_a_poison_message_that_outlives_the_limit_is_named_with_its_receives(lambda_events: LambdaEvents) -> None:
    orders = lambda_events.queue("orders", visibility_timeout=3_600, message_retention_period=14 * DAY)
    lambda_events.function(fail).add_event_source(orders)
    orders.send({"id": 7})

    with pytest.raises(LambdaEventsError, match="604800 virtual seconds") as caught:
        lambda_events.run_until_idle()

    message = str(caught.value)
    assert "message {\"id\": 7}, received 169 times by 'fail'" in message
    assert "expires at 1209600 s" in message
    assert "It has no dead_letter_queue" in message


def test_a_poison_message_ends_by_the_default_retention(lambda_events: LambdaEvents) -> None:
    orders, fn = lambda_events.queue("orders", visibility_timeout=3_600), lambda_events.function(fail)
    fn.add_event_source(orders)
    orders.send({"id": 7})

    lambda_events.run_until_idle()

    assert lambda_events.elapsed == 4 * DAY - 3_600
    assert len(fn.batches) == 96
    lambda_events.advance(3_600)
    assert orders.messages == []


def test_an_empty_queue_costs_no_event_in_a_month(lambda_events: LambdaEvents) -> None:
    orders, fn = lambda_events.queue("orders"), lambda_events.function(succeed)
    fn.add_event_source(orders)
    orders.send("m1")
    lambda_events.run_until_idle()
    before = len(lambda_events.journal)

    lambda_events.advance(30 * DAY)

    assert lambda_events.pending == []
    assert len(lambda_events.journal) == before


def test_many_idle_mappings_leave_nothing_to_do(lambda_events: LambdaEvents) -> None:
    fn = lambda_events.function(succeed)
    queues = [lambda_events.queue(f"queue-{number}") for number in range(200)]
    for queue in queues:
        fn.add_event_source(queue)
    lambda_events.run_until_idle()

    queues[100].send("m1")

    assert len(lambda_events.pending) == 1
    lambda_events.run_until_idle()
    assert [batch.records[0]["body"] for batch in fn.batches] == ["m1"]


@pytest.mark.parametrize("messages", [10, 100, 1_000])
def test_a_batch_costs_one_event_and_five_entries_at_any_depth(messages: int, lambda_events: LambdaEvents) -> None:
    orders, fn = lambda_events.queue("orders"), lambda_events.function(succeed)
    sqs = lambda_events.client("sqs")
    for first in range(0, messages, 10):
        entries = [{"Id": str(number), "MessageBody": str(first + number)} for number in range(10)]
        sqs.send_message_batch(QueueUrl=orders.url, Entries=entries)
    fn.add_event_source(orders, batch_size=10)
    before = len(lambda_events.journal)

    events = events_of(lambda_events)

    assert fn.records_processed == messages
    assert events == messages // 10
    assert len(lambda_events.journal) - before <= 5 * messages // 10 + 1


def test_each_delivery_of_a_failing_message_costs_one_scheduled_event(lambda_events: LambdaEvents) -> None:
    orders = lambda_events.queue("orders", message_retention_period=3_000)
    fn = lambda_events.function(fail)
    fn.add_event_source(orders)
    orders.send("m1")

    events = events_of(lambda_events)

    assert len(fn.batches) == events == 100


def calls_of_an_attempt(lambda_events: LambdaEvents) -> float:
    """How many calls an attempt of a message takes that always fails."""
    orders = lambda_events.queue("orders", visibility_timeout=30)
    lambda_events.function(fail).add_event_source(orders)
    orders.send("m1")
    lambda_events.advance(30 * 10)
    return calls_of(lambda: lambda_events.advance(30 * ATTEMPTS)) / ATTEMPTS


def test_an_attempt_of_a_poison_message_takes_some_hundred_calls(lambda_events: LambdaEvents) -> None:
    calls = calls_of_an_attempt(lambda_events)

    assert calls <= CALLS_OF_AN_ATTEMPT + CALLS_FOR_POWERTOOLS + 3 * log_handlers()


def test_an_attempt_of_an_asynchronous_event_takes_some_hundred_calls(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(fail)
    function.invoke_async()
    lambda_events.run_until_idle()
    for _ in range(ATTEMPTS // 10):
        function.invoke_async()

    calls = calls_of(lambda_events.run_until_idle) / (3 * ATTEMPTS // 10)

    assert calls <= CALLS_OF_AN_ATTEMPT_OF_AN_EVENT + CALLS_FOR_POWERTOOLS + 3 * log_handlers()


def log_handlers() -> int:
    """How many handlers of logging the process has. Other tests may have left some."""
    return len(logging._handlerList)  # type: ignore[attr-defined]


def test_powertools_in_the_process_takes_few_calls_of_an_attempt(lambda_events: LambdaEvents) -> None:
    for name in ("logging.logger", "metrics.metrics", "metrics.provider.cold_start", "tracing.tracer"):
        importlib.import_module(f"aws_lambda_powertools.{name}")
    calls = calls_of_an_attempt(lambda_events)

    with pytest.MonkeyPatch.context() as patch:
        patch.delitem(sys.modules, "aws_lambda_powertools")
        without = calls_of(lambda: lambda_events.advance(30 * ATTEMPTS)) / ATTEMPTS

    assert 0 < calls - without <= CALLS_FOR_POWERTOOLS


@pytest.mark.parametrize(
    ("stream_of", "most"), [(lambda: sys.stdout, 3), (io.StringIO, 1)], ids=["redirected", "another stream"]
)
def test_a_log_handler_takes_few_calls_of_an_attempt(
    stream_of: Callable[[], Any], most: int, lambda_events: LambdaEvents
) -> None:
    without = calls_of_an_attempt(lambda_events)

    handlers = [logging.StreamHandler(stream_of()) for _ in range(MANY_HANDLERS)]
    lambda_events.advance(30)
    calls = calls_of(lambda: lambda_events.advance(30 * ATTEMPTS)) / ATTEMPTS

    assert 0 < round(calls - without) <= most * len(handlers)


def test_messages_that_wait_for_a_mapping_that_is_throttled_cost_nothing_while_they_are_hidden(
    lambda_events: LambdaEvents,
) -> None:
    orders = lambda_events.queue("orders", visibility_timeout=600, message_retention_period=6_000)
    fn = lambda_events.function(succeed, reserved_concurrent_executions=0, timeout=600)
    fn.add_event_source(orders, batch_size=10)
    orders.send(*range(10))

    events = events_of(lambda_events)

    assert events <= 10 * 3
