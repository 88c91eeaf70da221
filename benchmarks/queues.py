"""A queue that feeds a function: against the former version, and against the loop that one writes for plain moto."""

from __future__ import annotations

import atexit
import functools
import gc
import itertools
import tracemalloc
from collections.abc import Iterator
from typing import Any

import boto3
from measuring import Row, expect, paired, seconds_of, size
from sides import FORMER, MOCK_AWS, Comparison, compared, opened

from pytest_lambda_events import LambdaEvents

MESSAGES = 1_000
MESSAGES_OF_THE_LOOP = size(250, MESSAGES)
MANY = size(10_000, 50_000)
DEEP = size(30_000, 200_000)
# 200,000 / 64: Python's dictionaries are as full as with 200,000 messages.
MESSAGES_IN_MEMORY = 3_125
DAYS = size(1, 4)
VISIBILITY_TIMEOUT = 30
ATTEMPTS = DAYS * 86_400 // VISIBILITY_TIMEOUT
BATCH_SIZE = 10
SENDS = 200
ROUNDS = 3
LIMIT_OF_MANY = 1.3
LIMIT_OF_DEPTH = 1.3
FULL_CIRCLE = f"{MESSAGES:,} messages sent in tens, handled, deleted"
LOOP = f"one of {MESSAGES_OF_THE_LOOP:,} messages to a function"
MEMORY = f"memory of one of {MESSAGES_IN_MEMORY:,} messages"
DEEP_SEND = f"sqs.send_message into {DEEP:,} messages"
POISON = f"one of {ATTEMPTS:,} attempts of a poison message"

COMPARISONS = (
    Comparison(FULL_CIRCLE, FORMER, ratio=0.46),
    Comparison(POISON, FORMER, ratio=0.35),
    Comparison(MEMORY, FORMER, ratio=0.52, unit="bytes", scale=1),
    # Last, since the queue stays.
    Comparison(DEEP_SEND, FORMER, ratio=0.23),
)


def measure() -> Iterator[Row]:
    """Yields the comparisons with the former version and with the loop, then many messages against few."""
    yield from compared("queues", COMPARISONS)
    yield from compared("queues", [Comparison(LOOP, MOCK_AWS, ratio=0.05)])
    yield from _many_against_few()
    yield from _deep_against_shallow()


def _many_against_few() -> Iterator[Row]:
    pairs = paired(lambda: _delivered(MANY), lambda: _delivered(MESSAGES), rounds=ROUNDS)
    yield pairs.ratio(f"one of {MANY:,} messages to a function / of {MESSAGES:,}", limit=LIMIT_OF_MANY)


def _deep_against_shallow() -> Iterator[Row]:
    pairs = paired(lambda: _sent(MANY), lambda: _sent(0), rounds=ROUNDS)
    yield pairs.ratio(f"sqs.send_message into {MANY:,} messages / into none", limit=LIMIT_OF_DEPTH)


def _nothing(event: Any, context: Any) -> None:
    """The handler."""


def _full_circle(side: str) -> float:
    """Returns the seconds from the first send to the last deletion."""
    with LambdaEvents() as environment:
        orders, function = environment.queue("orders"), environment.function(_nothing, name="nothing")
        function.add_event_source(orders, batch_size=BATCH_SIZE)

        def run() -> None:
            _fill(environment.client("sqs"), orders.url, MESSAGES)
            environment.run_until_idle()

        spent = seconds_of(run)
        expect(function.records_processed == MESSAGES and not orders.messages)
    return spent


def _delivered(messages: int) -> float:
    """Returns the seconds that each message takes from the queue through the function to its deletion."""
    with LambdaEvents() as environment:
        orders, function = environment.queue("orders"), environment.function(_nothing, name="nothing")
        _fill(environment.client("sqs"), orders.url, messages)
        function.add_event_source(orders, batch_size=BATCH_SIZE)
        spent = seconds_of(environment.run_until_idle)
        expect(function.records_processed == messages and not orders.messages)
    return spent / messages


def _loop(side: str) -> float:
    """Returns the seconds that each message takes, with the hand-written loop in bare `mock_aws`: receive, call, delete."""
    if side != MOCK_AWS:
        return _delivered(MESSAGES_OF_THE_LOOP)
    with opened(side):
        sqs = boto3.client("sqs", region_name="us-east-1")
        url = sqs.create_queue(QueueName="orders")["QueueUrl"]
        _fill(sqs, url, MESSAGES_OF_THE_LOOP)

        def drain() -> None:
            while received := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=BATCH_SIZE).get("Messages"):
                _nothing({"Records": received}, None)
                handles = [
                    {"Id": str(number), "ReceiptHandle": message["ReceiptHandle"]} for number, message in enumerate(received)
                ]
                sqs.delete_message_batch(QueueUrl=url, Entries=handles)

        return seconds_of(drain) / MESSAGES_OF_THE_LOOP


def _poison(side: str) -> float:
    """Returns the seconds of each attempt of a message that fails until its retention period ends."""

    def fail(event: Any, context: Any) -> None:
        raise ValueError("poison")

    with LambdaEvents() as environment:
        orders = environment.queue("orders", visibility_timeout=VISIBILITY_TIMEOUT, message_retention_period=DAYS * 86_400)
        function = environment.function(fail, name="fail", timeout=3)
        function.add_event_source(orders)
        orders.send({"id": 1})
        spent = seconds_of(environment.run_until_idle)
        expect(len(function.attempts) == ATTEMPTS)
    return spent / ATTEMPTS


def _memory(side: str) -> float:
    """Returns the bytes that each message of a queue takes."""
    with LambdaEvents() as environment:
        sqs, url = environment.client("sqs"), environment.queue("orders").url
        # The first calls fill caches.
        _fill(sqs, environment.queue("others").url, BATCH_SIZE)
        gc.collect()
        tracemalloc.start()
        _fill(sqs, url, MESSAGES_IN_MEMORY)
        gc.collect()
        taken, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    return taken / MESSAGES_IN_MEMORY


def _deep_send(side: str) -> float:
    """Returns the seconds of a send into a full queue."""
    _, sqs, url, numbers = _full_queue()
    return seconds_of(lambda: [_send(sqs, url, next(numbers)) for _ in range(SENDS)]) / SENDS


@functools.cache
def _full_queue() -> tuple[LambdaEvents, Any, str, Iterator[int]]:
    """Returns an environment that stays open until the process ends, a client, the URL of a queue, and numbers to send."""
    environment = LambdaEvents().__enter__()
    atexit.register(environment.__exit__, None, None, None)
    sqs, url = environment.client("sqs"), environment.queue("orders").url
    _fill(sqs, url, DEEP)
    return environment, sqs, url, itertools.count(DEEP)


def _sent(depth: int) -> float:
    """Returns the seconds of a send through boto3 into a queue with this number of messages."""
    with LambdaEvents() as environment:
        sqs, url = environment.client("sqs"), environment.queue("orders").url
        _fill(sqs, url, depth)
        return seconds_of(lambda: [_send(sqs, url, number) for number in range(SENDS)]) / SENDS


def _send(sqs: Any, url: str, number: int) -> None:
    sqs.send_message(QueueUrl=url, MessageBody=f'{{"id": {number}}}')


def _fill(sqs: Any, url: str, messages: int) -> None:
    for start in range(0, messages, BATCH_SIZE):
        sqs.send_message_batch(QueueUrl=url, Entries=_entries(start, min(BATCH_SIZE, messages - start)))


def _entries(start: int, count: int) -> list[dict[str, Any]]:
    return [{"Id": str(number), "MessageBody": f'{{"id": {start + number}}}'} for number in range(count)]


MEASUREMENTS = {FULL_CIRCLE: _full_circle, LOOP: _loop, POISON: _poison, MEMORY: _memory, DEEP_SEND: _deep_send}
