"""What asynchronous events cost, few and many, and one that is throttled for six hours."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import boto3
from measuring import Row, interleaved, seconds_of
from moto import mock_aws

from pytest_lambda_events import LambdaEvents

EVENTS = 1_000
MANY = 10_000
ROUNDS = 3
LIMIT_PER_EVENT = 0.2
LIMIT_OF_MANY = 1.3
LIMIT_THROTTLED_MS = 50
SIX_HOURS_AND_A_BIT = 25


def measure() -> Iterator[Row]:
    """Events per se, then their number, then the throttled one."""
    yield from _against_moto()
    yield from _many_against_few()
    yield from _throttled()


def _against_moto() -> Iterator[Row]:
    ours, motos = interleaved(_processed, _invoked_on_moto, rounds=ROUNDS)
    yield Row("an event beyond its boto3 call / an invoke on moto's simple backend", ours / motos, "x", LIMIT_PER_EVENT)
    yield Row(f"an event of {EVENTS:,}, from queue to end", ours / EVENTS * 1000, "ms")
    yield Row(f"a boto3 invoke of {EVENTS:,} on moto's simple backend", motos / EVENTS * 1000, "ms")


def _many_against_few() -> Iterator[Row]:
    _story(EVENTS)
    many, few = interleaved(lambda: _story(MANY) / MANY, lambda: _story(EVENTS) / EVENTS, rounds=ROUNDS)
    yield Row(f"an event of {MANY:,} / an event of {EVENTS:,}", many / few, "x", LIMIT_OF_MANY)
    yield Row(f"an event of {MANY:,}, from invoke_async to end", many * 1000, "ms")
    yield Row(f"an event of {EVENTS:,}, from invoke_async to end", few * 1000, "ms")


def _throttled() -> Iterator[Row]:
    _throttled_for_six_hours()
    measured = min(_throttled_for_six_hours() for _ in range(ROUNDS))
    yield Row("an event throttled 80 times in 21,511 virtual seconds", measured * 1000, "ms", LIMIT_THROTTLED_MS)


def _nothing(event: Any, context: Any) -> None:
    """A handler that does nothing."""


def _processed() -> float:
    """The seconds that events sent by boto3 take once their calls have returned."""
    with LambdaEvents() as environment:
        function = environment.function(_nothing, name="nothing")
        client = environment.client("lambda")
        for _ in range(EVENTS):
            client.invoke(FunctionName=function.name, InvocationType="Event", Payload=b"{}")
        spent = seconds_of(environment.run_until_idle)
        _expect([event.condition for event in function.events] == ["Success"] * EVENTS)
    return spent


def _invoked_on_moto() -> float:
    """The seconds of as many boto3 invokes on moto's backend that runs nothing."""
    with mock_aws(config={"lambda": {"use_docker": False}}):
        client = boto3.client("lambda", region_name="us-east-1")
        trust = boto3.client("iam").create_role(RoleName="nothing", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
        client.create_function(
            FunctionName="nothing", Runtime="python3.13", Handler="app.handler", Role=trust, Code={"ZipFile": b"nothing"}
        )

        def invoke_all() -> None:
            for _ in range(EVENTS):
                client.invoke(FunctionName="nothing", InvocationType="Event", Payload=b"{}")

        return seconds_of(invoke_all)


def _story(events: int) -> float:
    """The seconds of so many events through a handle."""
    with LambdaEvents() as environment:
        function = environment.function(_nothing, name="nothing")

        def run_all() -> None:
            for _ in range(events):
                function.invoke_async()
            environment.run_until_idle()

        return seconds_of(run_all)


def _throttled_for_six_hours() -> float:
    """The seconds of one event whose function never gets the account's only slot, and of what keeps that slot taken."""
    with LambdaEvents(concurrent_executions=1) as environment:
        busy = environment.function(lambda event, context: time.sleep(899), name="busy", timeout=900)
        starved = environment.function(_nothing, name="starved")

        def run_all() -> None:
            busy.invoke_async()
            starved.invoke_async()
            for _ in range(SIX_HOURS_AND_A_BIT):
                environment.advance(900)
                busy.invoke_async()

        spent = seconds_of(run_all)
        [event] = starved.events
        _expect((event.condition, len(event.attempts), event.ended_after_seconds) == ("EventAgeExceeded", 80, 21_511))
    return spent


def _expect(holds: bool) -> None:
    if not holds:
        raise RuntimeError("the story that was measured did not go as expected")
