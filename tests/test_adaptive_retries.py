"""Clients in botocore's retry mode `adaptive`: what they wait for passes on the virtual clock."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
import pytest
from botocore.config import Config

from pytest_lambda_events import LambdaEvents

ADAPTIVE = Config(retries={"mode": "adaptive", "max_attempts": 5})
# As a module of a handler makes it: before there is an environment.
EARLY = boto3.client("lambda", region_name="us-east-1", config=ADAPTIVE)


def call_ten_times(client: Any) -> list[int]:
    return [client.invoke(FunctionName="charge", Payload=b"{}")["StatusCode"] for _ in range(10)]


def in_the_test(env: LambdaEvents, client: Any) -> object:
    return call_ten_times(client)


def in_a_handler(env: LambdaEvents, client: Any) -> object:
    fn = env.function(lambda event, context: call_ten_times(client), name="caller", timeout=300)
    return fn.invoke().payload


def answers(calls: Callable[[LambdaEvents, Any], object], client: Any) -> tuple[object, float]:
    """What ten calls are answered of which the second is throttled twice, and how long they take."""
    with LambdaEvents() as env:
        charge = env.function(lambda event, context: None, name="charge")
        charge.invoke()
        charge.throttle(times=2)
        return calls(env, client), env.elapsed


@pytest.mark.parametrize("calls", [in_the_test, in_a_handler])
def test_a_client_waits_in_virtual_time_after_it_was_throttled(calls: Callable[[LambdaEvents, Any], object]) -> None:
    answered, seconds = answers(calls, EARLY)

    assert answered == [200] * 10
    assert 1 < seconds < 60


def test_a_client_forgets_its_adaptive_rate_in_the_next_environment() -> None:
    assert answers(in_the_test, EARLY) == answers(in_the_test, EARLY)


def test_a_client_that_was_not_throttled_does_not_wait() -> None:
    answers(in_the_test, EARLY)

    with LambdaEvents() as env:
        env.function(lambda event, context: None, name="charge")
        call_ten_times(EARLY)

        assert env.elapsed == 0


def test_a_thread_of_a_handler_is_charged_with_what_its_client_waits(lambda_events: LambdaEvents) -> None:
    sqs = boto3.client("sqs", config=ADAPTIVE)

    def list_queues() -> int:
        sqs.list_queues()
        begin_to_limit(sqs)
        return sum("QueueUrls" not in sqs.list_queues() for _ in range(3))

    def handler(event: Any, context: Any) -> int:
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(list_queues).result()

    fn = lambda_events.function(handler, timeout=300)

    assert fn.invoke().payload == 3
    assert lambda_events.elapsed > 1


def begin_to_limit(client: Any) -> None:
    """As a throttled answer makes it."""
    for handler in client.meta.events._emitter._handlers.prefix_search("before-send"):
        limiter: Any = getattr(handler, "__self__", None)
        if hasattr(limiter, "_enabled"):
            limiter._enabled = True
