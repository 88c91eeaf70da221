"""Pools of threads that are globals of a module: the same in every test, whichever test started their threads."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from multiprocessing.pool import ThreadPool
from typing import Any

import boto3
import pytest

from pytest_lambda_events import LambdaEvents
from pytest_lambda_events.simulation.threads import real_monotonic, real_sleep

EXECUTOR = ThreadPoolExecutor(1)
POOL = ThreadPool(1)


@pytest.fixture(scope="module", autouse=True)
def pools_closed() -> Iterator[None]:
    yield
    POOL.terminate()
    EXECUTOR.shutdown()


def with_executor(function: Callable[[Any], Any], *values: Any) -> list[Any]:
    return [future.result() for future in [EXECUTOR.submit(function, value) for value in values]]


def with_executor_map(function: Callable[[Any], Any], *values: Any) -> list[Any]:
    return list(EXECUTOR.map(function, values))


def with_pool(function: Callable[[Any], Any], *values: Any) -> list[Any]:
    return POOL.map(function, values)


def with_pool_applied(function: Callable[[Any], Any], *values: Any) -> list[Any]:
    return [result.get() for result in [POOL.apply_async(function, (value,)) for value in values]]


def with_pool_iterated(function: Callable[[Any], Any], *values: Any) -> list[Any]:
    return list(POOL.imap(function, values))


WAYS = [with_executor, with_executor_map, with_pool, with_pool_applied, with_pool_iterated]
every_way = pytest.mark.parametrize("run", WAYS, ids=[way.__name__ for way in WAYS])
Run = Callable[..., list[Any]]


def ask(seconds: float) -> float:
    time.sleep(seconds)
    return time.time()


@every_way
@pytest.mark.parametrize("number", [1, 2])
def test_a_sleep_in_a_pool_of_a_module_is_charged_in_each_test(lambda_events: LambdaEvents, run: Run, number: int) -> None:
    fn = lambda_events.function(lambda event, context: run(ask, 30, 10), name="fn", timeout=60)
    began, real_began = lambda_events.now.timestamp(), real_monotonic()

    assert fn.invoke().payload == [began + 30, began + 40]
    assert lambda_events.elapsed == 40
    assert real_monotonic() - real_began < 5


@every_way
def test_a_pool_of_a_module_reads_the_clock_of_each_test(run: Run) -> None:
    def seen(start: str) -> list[Any]:
        with LambdaEvents(start_time=start) as env:
            payload = env.function(lambda event, context: run(ask, 0), name="fn").invoke().payload
            return [payload, env.now.timestamp()]

    assert [seen(start) for start in ("2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z")] == [
        [[1767225600.0], 1767225600.0],
        [[1798761600.0], 1798761600.0],
    ]


@every_way
def test_a_pool_works_for_the_next_attempt_after_one_was_timed_out(lambda_events: LambdaEvents, run: Run) -> None:
    lambda_events.queue("orders")
    seconds = [60, 1]

    def work(seconds: float) -> int:
        time.sleep(seconds)
        return len(boto3.client("sqs").list_queues()["QueueUrls"])

    fn = lambda_events.function(lambda event, context: run(work, seconds.pop(0)), name="fn", timeout=5)
    event = fn.invoke_async()
    lambda_events.run_until_idle()

    assert [attempt.outcome for attempt in event.attempts] == ["function_error", "success"]
    assert event.attempts[1].response == [1]


def test_time_does_not_pass_before_a_pool_has_taken_the_work_of_the_test(lambda_events: LambdaEvents) -> None:
    future = EXECUTOR.submit(ask, 5)

    lambda_events.advance(60)

    assert future.result() == lambda_events.now.timestamp() - 55


@every_way
def test_endless_work_of_a_pool_ends_with_its_invocation(lambda_events: LambdaEvents, run: Run) -> None:
    def work(seconds: float) -> None:
        while True:
            time.sleep(seconds)

    response = lambda_events.function(lambda event, context: run(work, 1), name="fn", timeout=5).invoke()

    assert response.payload["errorType"] == "Sandbox.Timedout"
    assert lambda_events.elapsed == 5


def test_work_that_no_thread_took_before_the_environment_closed_is_not_done() -> None:
    done: list[str] = []
    release = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        pool.submit(release.wait)
        with LambdaEvents() as env:
            env.function(lambda event, context: pool.submit(done.append, "late").cancelled(), name="fn").invoke()
        release.set()
        pool.submit(done.append, "after").result()

    assert done == ["after"]


def test_work_is_not_over_before_its_result_is_known(lambda_events: LambdaEvents, monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread that is slow between its work and its result must not be taken for one that rests."""
    set_result = Future.set_result

    def set_result_late(future: Future[Any], result: Any) -> None:
        real_sleep(0.2)
        set_result(future, result)

    async def work() -> str:
        return await asyncio.to_thread(str, 7)

    def handler(event: Any, context: Any) -> list[str]:
        with ThreadPoolExecutor(1) as pool:
            return [asyncio.run(work()), pool.submit(str, 8).result()]

    monkeypatch.setattr(Future, "set_result", set_result_late)
    response = lambda_events.function(handler).invoke()

    assert (response.payload, lambda_events.elapsed) == (["7", "8"], 0)


def test_cancelled_work_keeps_no_wait_in_real_time(lambda_events: LambdaEvents) -> None:
    def handler(event: Any, context: Any) -> bool:
        may_end = threading.Event()
        pool = ThreadPoolExecutor(1)
        pool.submit(may_end.wait, 60)
        assert pool.submit(print).cancel()
        may_end.set()
        pool.shutdown()
        threading.Event().wait(30)
        return True

    began = real_monotonic()
    response = lambda_events.function(handler, timeout=60).invoke()

    assert (response.payload, lambda_events.elapsed) == (True, 30)
    assert real_monotonic() - began < 20
