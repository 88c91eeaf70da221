"""Waits of Python's own kind in handlers: they take virtual time, and end."""

from __future__ import annotations

import asyncio
import concurrent.futures
import multiprocessing
import queue
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from pytest_lambda_events import LambdaEvents
from pytest_lambda_events.simulation.threads import real_monotonic

Wait = Callable[[], object]


def from_queue() -> str:
    try:
        queue.Queue[int]().get(timeout=5)
    except queue.Empty:
        return "empty"
    return "full"


def into_queue() -> str:
    full = queue.Queue[int](1)
    full.put(1)
    try:
        full.put(2, timeout=5)
    except queue.Full:
        return "full"
    return "put"


def for_condition() -> bool:
    condition = threading.Condition()
    with condition:
        return condition.wait_for(lambda: False, 5)


def for_barrier() -> str:
    try:
        threading.Barrier(2).wait(5)
    except threading.BrokenBarrierError:
        return "broken"
    return "passed"


def for_result() -> str:
    try:
        concurrent.futures.Future[int]().result(timeout=5)
    except concurrent.futures.TimeoutError:
        return "timed out"
    return "done"


def for_completion() -> str:
    try:
        list(concurrent.futures.as_completed([concurrent.futures.Future[int]()], timeout=5))
    except concurrent.futures.TimeoutError:
        return "timed out"
    return "done"


WAITS: dict[str, tuple[Wait, object]] = {
    "Event": (lambda: threading.Event().wait(5), False),
    "Semaphore": (lambda: threading.Semaphore(0).acquire(timeout=5), False),
    "Condition.wait_for": (for_condition, False),
    "Barrier": (for_barrier, "broken"),
    "Queue.get": (from_queue, "empty"),
    "Queue.put": (into_queue, "full"),
    "Future.result": (for_result, "timed out"),
    "as_completed": (for_completion, "timed out"),
    "futures.wait": (lambda: len(concurrent.futures.wait([concurrent.futures.Future[int]()], 5).not_done), 1),
}


@pytest.mark.parametrize("clock_driver", ["time-machine", "freezegun"])
@pytest.mark.parametrize(("wait", "answer"), WAITS.values(), ids=WAITS)
def test_a_timeout_passes_in_virtual_time(wait: Wait, answer: object, clock_driver: Any) -> None:
    with LambdaEvents(clock_driver=clock_driver) as lambda_events:
        fn = lambda_events.function(lambda event, context: [wait(), time.time()], name="fn", timeout=60)
        began, before = time.time(), real_monotonic()

        response = fn.invoke().payload

        assert response == [answer, began + 5]
        assert real_monotonic() - before < 2


def test_a_loop_of_waits_is_timed_out(lambda_events: LambdaEvents) -> None:
    def handler(event: Any, context: Any) -> None:
        stop = threading.Event()
        while not stop.wait(0.1):
            pass

    response = lambda_events.function(handler, timeout=30).invoke()

    assert response.payload["errorType"] == "Sandbox.Timedout"
    assert lambda_events.elapsed == 30


def test_a_wait_for_ever_is_timed_out(lambda_events: LambdaEvents) -> None:
    fn = lambda_events.function(lambda event, context: threading.Event().wait(), name="fn", timeout=30)

    assert fn.invoke().payload["errorType"] == "Sandbox.Timedout"
    assert lambda_events.elapsed == 30


def test_a_coroutine_that_waits_for_ever_is_timed_out(lambda_events: LambdaEvents) -> None:
    fn = lambda_events.function(lambda event, context: asyncio.run(asyncio.Event().wait()), name="fn", timeout=30)

    assert fn.invoke().payload["errorType"] == "Sandbox.Timedout"
    assert lambda_events.elapsed == 30


def test_another_handler_of_the_same_process_ends_a_wait(lambda_events: LambdaEvents) -> None:
    ready = threading.Event()
    waiting = lambda_events.function(lambda event, context: [ready.wait(20), time.time()], name="waiting", timeout=60)

    def set_later(event: Any, context: Any) -> None:
        time.sleep(3)
        ready.set()

    began = time.time()
    event = waiting.invoke_async({})
    lambda_events.function(set_later, timeout=60).invoke_async({})
    lambda_events.run_until_idle()

    assert event.attempts[0].response == [True, began + 3]


def test_a_thread_of_the_handler_ends_a_wait(lambda_events: LambdaEvents) -> None:
    def handler(event: Any, context: Any) -> list[object]:
        results: queue.Queue[int] = queue.Queue()
        thread = threading.Thread(target=lambda: results.put(sum(range(200_000))))
        thread.start()
        result = results.get(timeout=20)
        thread.join(1)
        return [result, context.get_remaining_time_in_millis()]

    fn = lambda_events.function(handler, timeout=30)

    assert fn.invoke().payload == [19999900000, 30_000]


def test_a_wait_that_a_thread_does_not_end_in_time_takes_virtual_time(lambda_events: LambdaEvents) -> None:
    go_on = threading.Event()

    def handler(event: Any, context: Any) -> list[object]:
        thread = threading.Thread(target=go_on.wait)
        thread.start()
        thread.join(0.01)
        is_set = threading.Event().wait(0.02)
        go_on.set()
        thread.join()
        return [is_set, context.get_remaining_time_in_millis()]

    assert lambda_events.function(handler, timeout=3).invoke().payload == [False, 2970]


def test_a_pool_of_threads_is_waited_for(lambda_events: LambdaEvents) -> None:
    def handler(event: Any, context: Any) -> list[Any]:
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            futures = [pool.submit(sum, range(count)) for count in (10, 100_000)]
            return [future.result(timeout=5) for future in futures] + [context.get_remaining_time_in_millis()]

    assert lambda_events.function(handler, timeout=3).invoke().payload == [45, 4999950000, 3000]


def double(number: int) -> int:
    return 2 * number


def test_a_pool_of_processes_is_waited_for(lambda_events: LambdaEvents) -> None:
    def handler(event: Any, context: Any) -> list[object]:
        with multiprocessing.get_context("fork").Pool(1) as pool:
            return [pool.map(double, [1, 2]), context.get_remaining_time_in_millis()]

    assert lambda_events.function(handler, timeout=3).invoke().payload == [[2, 4], 3000]


def test_a_wait_that_no_thread_ends_is_timed_out(lambda_events: LambdaEvents) -> None:
    go_on = threading.Event()

    def handler(event: Any, context: Any) -> None:
        threading.Thread(target=go_on.wait).start()
        # The function has a tenth of a second left, in which the thread could still do something.
        time.sleep(2.9)
        threading.Event().wait()

    payload = lambda_events.function(handler, timeout=3).invoke().payload
    go_on.set()

    assert payload["errorType"] == "Sandbox.Timedout"
    assert lambda_events.elapsed == 3


def test_the_test_itself_waits_in_real_time(lambda_events: LambdaEvents) -> None:
    assert not threading.Event().wait(0.01)
    assert lambda_events.elapsed == 0
