"""What asynchronous events cost: few and many, and one that is throttled for six hours."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import boto3
from measuring import Row, expect, paired, seconds_of
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
    """Yields events alone, their number, and the throttled one."""
    yield from _against_moto()
    yield from _many_against_few()
    yield from _throttled()


def _against_moto() -> Iterator[Row]:
    pairs = paired(_processed, _invoked_on_moto, rounds=ROUNDS)
    yield pairs.ratio("an event after its boto3 call / an invoke on moto's simple backend", limit=LIMIT_PER_EVENT)


def _many_against_few() -> Iterator[Row]:
    _from_invoke_async(EVENTS)
    pairs = paired(lambda: _from_invoke_async(MANY) / MANY, lambda: _from_invoke_async(EVENTS) / EVENTS, rounds=ROUNDS)
    yield pairs.ratio(f"one of {MANY:,} events, from invoke_async to its end / of {EVENTS:,}", limit=LIMIT_OF_MANY)


def _throttled() -> Iterator[Row]:
    _throttled_for_six_hours()
    measured = min(_throttled_for_six_hours() for _ in range(ROUNDS))
    yield Row("an event throttled 80 times in 21,511 virtual seconds", measured * 1000, "ms", LIMIT_THROTTLED_MS)


def _nothing(event: Any, context: Any) -> None:
    """A handler that does nothing."""


def _processed() -> float:
    """Returns the seconds that events sent by boto3 take after their calls have returned."""
    with LambdaEvents() as environment:
        function = environment.function(_nothing, name="nothing")
        client = environment.client("lambda")
        for _ in range(EVENTS):
            client.invoke(FunctionName=function.name, InvocationType="Event", Payload=b"{}")
        spent = seconds_of(environment.run_until_idle)
        expect([event.condition for event in function.events] == ["Success"] * EVENTS)
    return spent


def _invoked_on_moto() -> float:
    """Returns the seconds of the same boto3 calls on moto's backend that runs nothing."""
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


def _from_invoke_async(events: int) -> float:
    """Returns the seconds of this number of events through a handle."""
    with LambdaEvents() as environment:
        function = environment.function(_nothing, name="nothing")

        def run_all() -> None:
            for _ in range(events):
                function.invoke_async()
            environment.run_until_idle()

        return seconds_of(run_all)


def _throttled_for_six_hours() -> float:
    """Returns the seconds of one event whose function never gets the account's only slot, and of those that get it."""
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
        expect((event.condition, len(event.attempts), event.ended_after_seconds) == ("EventAgeExceeded", 80, 21_511))
    return spent
