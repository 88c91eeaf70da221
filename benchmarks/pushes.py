"""What an event costs that a topic pushes to a function, against an invocation and a publish call that deliver nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from measuring import Row, expect, paired, seconds_of, size

from pytest_lambda_events import LambdaEvents

EVENTS = 1_000
MANY = 10_000
ROUNDS = 3
LIMIT = 1.2
LIMIT_OF_MANY = 1.3


def measure() -> Iterator[Row]:
    """Yields topics against direct invocations, then many events against few."""
    events = size(EVENTS * 2, MANY)
    _through_a_topic(EVENTS)
    pairs = paired(lambda: _through_a_topic(events), lambda: _directly(events), rounds=ROUNDS)
    yield pairs.ratio("an event through a topic / an asynchronous invocation and a publish call", limit=LIMIT)
    pairs = paired(lambda: _through_a_topic(MANY) / MANY, lambda: _through_a_topic(EVENTS) / EVENTS, rounds=ROUNDS)
    yield pairs.ratio(f"one of {MANY:,} events through a topic / of {EVENTS:,}", limit=LIMIT_OF_MANY)


def _nothing(event: Any, context: Any) -> None:
    """A handler that does nothing."""


def _through_a_topic(events: int) -> float:
    """Returns the seconds of this number of events that a topic sends to a function."""
    with LambdaEvents() as environment:
        function, topic = environment.function(_nothing, name="nothing"), environment.topic("orders")
        topic.subscribe(function)
        sns = environment.client("sns")

        def run_all() -> None:
            for _ in range(events):
                sns.publish(TopicArn=topic.arn, Message="{}")
            environment.run_until_idle()

        spent = seconds_of(run_all)
        expect(len(function.attempts) == events)
    return spent


def _directly(events: int) -> float:
    """Returns the seconds of this number of invocations, and of calls that publish to a topic without subscriptions."""
    with LambdaEvents() as environment:
        function, topic = environment.function(_nothing, name="nothing"), environment.topic("orders")
        sns, client = environment.client("sns"), environment.client("lambda")

        def run_all() -> None:
            for _ in range(events):
                sns.publish(TopicArn=topic.arn, Message="{}")
                client.invoke(FunctionName=function.name, InvocationType="Event", Payload=b"{}")
            environment.run_until_idle()

        spent = seconds_of(run_all)
        expect(len(function.attempts) == events)
    return spent
