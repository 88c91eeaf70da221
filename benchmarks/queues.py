"""A queue that feeds a function: against the loop that one writes by hand on plain moto, for few messages and for many."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
from measuring import Row, interleaved, seconds_of
from moto import mock_aws

from pytest_lambda_events import LambdaEvents

MESSAGES = 1_000
MANY = 50_000
BATCH_SIZE = 10
SENDS = 200
ROUNDS = 3
LIMIT_OF_THE_LOOP = 0.05
LIMIT_OF_MANY = 1.3
LIMIT_OF_DEPTH = 1.3


def measure() -> Iterator[Row]:
    """End to end against the loop, many against few, and what a send costs in a deep queue."""
    _delivered(MESSAGES)
    yield from _against_the_loop()
    yield from _many_against_few()
    yield from _deep_against_shallow()


def _against_the_loop() -> Iterator[Row]:
    # The loop takes most of a minute: once is enough.
    ours, by_hand = interleaved(lambda: _delivered(MESSAGES), _by_hand, rounds=1)
    yield Row(f"{MESSAGES:,} messages to a function / the hand-written loop on moto", ours / by_hand, "x", LIMIT_OF_THE_LOOP)
    yield Row("a message delivered to a function", ours * 1000, "ms")
    yield Row("a message through the hand-written loop", by_hand * 1000, "ms")


def _many_against_few() -> Iterator[Row]:
    many, few = interleaved(lambda: _delivered(MANY), lambda: _delivered(MESSAGES), rounds=ROUNDS)
    yield Row(f"a message of {MANY:,} / of {MESSAGES:,}", many / few, "x", LIMIT_OF_MANY)
    yield Row(f"a message of {MANY:,} delivered to a function", many * 1000, "ms")


def _deep_against_shallow() -> Iterator[Row]:
    deep, shallow = interleaved(lambda: _sent(MANY), lambda: _sent(0), rounds=ROUNDS)
    yield Row(f"a send through boto3 into {MANY:,} messages / into none", deep / shallow, "x", LIMIT_OF_DEPTH)
    yield Row("a send through boto3 into an empty queue", shallow * 1000, "ms")


def _nothing(event: Any, context: Any) -> None:
    """The handler."""


def _delivered(messages: int) -> float:
    """The seconds that each of so many messages takes from the queue through the function to its deletion."""
    with LambdaEvents() as environment:
        orders, function = environment.queue("orders"), environment.function(_nothing, name="nothing")
        _fill(environment, orders.url, messages)
        function.add_event_source(orders, batch_size=BATCH_SIZE)
        spent = seconds_of(environment.run_until_idle)
        if function.records_processed != messages or orders.messages:
            raise RuntimeError("the story that was measured did not go as expected")
    return spent / messages


def _by_hand() -> float:
    """The same with boto3 and plain moto: receive, call, delete."""
    with mock_aws():
        sqs = boto3.client("sqs", region_name="us-east-1")
        url = sqs.create_queue(QueueName="orders")["QueueUrl"]
        for start in range(0, MESSAGES, BATCH_SIZE):
            sqs.send_message_batch(QueueUrl=url, Entries=_entries(start, BATCH_SIZE))

        def drain() -> None:
            while received := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=BATCH_SIZE).get("Messages"):
                _nothing({"Records": received}, None)
                handles = [
                    {"Id": str(number), "ReceiptHandle": message["ReceiptHandle"]} for number, message in enumerate(received)
                ]
                sqs.delete_message_batch(QueueUrl=url, Entries=handles)

        return seconds_of(drain) / MESSAGES


def _sent(depth: int) -> float:
    """The seconds that a send through boto3 takes into a queue that holds so many messages."""
    with LambdaEvents() as environment:
        orders = environment.queue("orders")
        _fill(environment, orders.url, depth)
        sqs = environment.client("sqs")

        def send() -> None:
            for number in range(SENDS):
                sqs.send_message(QueueUrl=orders.url, MessageBody=str(number))

        return seconds_of(send) / SENDS


def _fill(environment: LambdaEvents, url: str, messages: int) -> None:
    sqs = environment.client("sqs")
    for start in range(0, messages, BATCH_SIZE):
        sqs.send_message_batch(QueueUrl=url, Entries=_entries(start, min(BATCH_SIZE, messages - start)))


def _entries(start: int, count: int) -> list[dict[str, Any]]:
    return [{"Id": str(number), "MessageBody": f'{{"id": {start + number}}}'} for number in range(count)]
