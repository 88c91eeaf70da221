"""asyncio in handlers and tests of a whole environment."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import boto3
import pytest

from pytest_lambda_events import LambdaEvents


def test_handlers_overlap_in_loops_of_their_own(lambda_events: LambdaEvents) -> None:
    ended: list[tuple[float, float]] = []

    async def work(seconds: float) -> None:
        await asyncio.gather(asyncio.sleep(seconds), asyncio.sleep(seconds / 2))
        ended.append((seconds, lambda_events.elapsed))

    function = lambda_events.function(lambda event, context: asyncio.run(work(event)), name="work", timeout=100)
    for seconds in (50, 1, 10):
        function.invoke_async(seconds)
    lambda_events.run_until_idle()

    assert ended == [(1, 1), (10, 10), (50, 50)]


@pytest.mark.parametrize(("timeout", "error"), [(5, "Unhandled"), (6, None)], ids=["at its end", "later"])
def test_a_handler_that_awaits_a_sleeping_thread_is_charged_with_it(
    timeout: int, error: str | None, lambda_events: LambdaEvents
) -> None:
    def handler(event: Any, context: Any) -> str:
        asyncio.run(asyncio.wait_for(asyncio.to_thread(time.sleep, 5), 30))
        return "done"

    response = lambda_events.function(handler, timeout=timeout).invoke()

    assert response.function_error == error
    assert lambda_events.elapsed == 5


def test_a_handler_may_call_aws_from_threads_of_its_loop(lambda_events: LambdaEvents) -> None:
    sqs = lambda_events.client("sqs")

    async def create(number: int) -> None:
        await asyncio.to_thread(sqs.create_queue, QueueName=f"queue-{number}")

    async def create_all() -> None:
        await asyncio.gather(*(create(number) for number in range(5)))

    response = lambda_events.function(lambda event, context: asyncio.run(create_all()), name="create").invoke()

    assert response.function_error is None
    assert len(sqs.list_queues()["QueueUrls"]) == 5


def test_a_coroutine_that_is_timed_out_has_no_effect_any_more(lambda_events: LambdaEvents) -> None:
    async def work() -> None:
        try:
            await asyncio.sleep(100)
        finally:
            boto3.client("sqs").create_queue(QueueName="too-late")

    response = lambda_events.function(lambda event, context: asyncio.run(work()), name="work").invoke()

    assert response.payload["errorType"] == "Sandbox.Timedout"
    assert "QueueUrls" not in boto3.client("sqs").list_queues()


@pytest.mark.asyncio
async def test_an_async_test_may_await_a_synchronous_invoke_in_a_thread(lambda_events: LambdaEvents) -> None:
    def handler(event: Any, context: Any) -> float:
        asyncio.run(asyncio.sleep(2))
        return lambda_events.elapsed

    function = lambda_events.function(handler)
    response = await asyncio.wait_for(asyncio.to_thread(function.invoke), 60)

    assert (response.payload, lambda_events.elapsed) == (2, 2)
