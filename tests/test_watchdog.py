"""What would compute or stand still for ever is stopped, with a message that says where."""

from __future__ import annotations

import fcntl
import multiprocessing
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import SimpleQueue
from typing import Any

import pytest
from uploads import create_function

from pytest_lambda_events import LambdaEvents, LambdaEventsError
from pytest_lambda_events.simulation.watchdog import Observer

QUICKLY = pytest.mark.lambda_events(real_time_limit_seconds=0.1)


def count(event: Any, context: Any) -> None:
    number = 0
    while True:
        number += 1


def count_in_spite_of_everything(event: Any, context: Any) -> None:
    number = 0
    while True:
        try:
            while True:
                number += 1
        except BaseException:
            number = 0


@QUICKLY
@pytest.mark.parametrize("handler", [count, count_in_spite_of_everything])
def test_a_handler_that_computes_for_ever_is_stopped(lambda_events: LambdaEvents, handler: Callable[..., None]) -> None:
    fn = lambda_events.function(handler)

    with pytest.raises(LambdaEventsError) as raised:
        fn.invoke()

    text = str(raised.value)
    assert text.startswith(f"'{handler.__name__}' has used 0.1 s of CPU time in attempt 1 without a pause, and is stopped.")
    assert f"in {handler.__name__}\n" in text
    assert "real_time_limit_seconds" in text
    assert "pytest_lambda_events/" not in text


@QUICKLY
def test_the_environment_goes_on_after_a_handler_was_stopped(lambda_events: LambdaEvents) -> None:
    event = lambda_events.function(count_in_spite_of_everything, maximum_retry_attempts=0).invoke_async()
    other = lambda_events.function(lambda event, context: "works", name="other")

    with pytest.raises(LambdaEventsError, match="without a pause"):
        lambda_events.run_until_idle()
    lambda_events.run_until_idle()

    assert other.invoke().payload == "works"
    assert event.condition == "RetriesExhausted"


@QUICKLY
def test_computing_after_a_sleep_is_measured_from_the_sleep(lambda_events: LambdaEvents) -> None:
    def handler(event: Any, context: Any) -> None:
        for _ in range(6):
            end = time.thread_time() + 0.05
            while time.thread_time() < end:
                pass
            time.sleep(0.1)

    response = lambda_events.function(handler).invoke()

    assert response.function_error is None


@QUICKLY
def test_code_that_computes_for_ever_while_it_is_loaded_is_stopped(lambda_events: LambdaEvents) -> None:
    create_function("busy", "number = 0\nwhile True:\n    number += 1\n")
    lambda_events.advance(1)

    with pytest.raises(LambdaEventsError, match=r"(?s)'busy' has used 0\.1 s.*app\.py\", line \d, in <module>"):
        lambda_events.functions["busy"].invoke()


@pytest.mark.lambda_events(real_time_limit_seconds=0)
def test_without_a_limit_a_handler_may_compute(lambda_events: LambdaEvents) -> None:
    def handler(event: Any, context: Any) -> str:
        end = time.thread_time() + 0.3
        while time.thread_time() < end:
            pass
        return "computed"

    assert lambda_events.function(handler).invoke().payload == "computed"


@QUICKLY
def test_a_handler_that_waits_in_real_time_is_not_computing(lambda_events: LambdaEvents) -> None:
    def handler(event: Any, context: Any) -> str:
        multiprocessing.Event().wait(0.2)
        return "as at the prompt of a debugger"

    assert lambda_events.function(handler).invoke().function_error is None


# ------------------------------------------------------------------ locks


@contextmanager
def file_locked(path: str) -> Iterator[None]:
    with open(path) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@pytest.mark.lambda_events(lock_watchdog_seconds=0.2)
@pytest.mark.parametrize("make", [multiprocessing.Lock, multiprocessing.Semaphore], ids=["lock", "semaphore"])
@pytest.mark.parametrize("enters", [True, False], ids=["with", "acquire"])
def test_a_lock_between_processes_that_is_held_across_a_sleep_is_named(
    lambda_events: LambdaEvents, make: Callable[[], Any], enters: bool
) -> None:
    lock = make()

    def handler(event: Any, context: Any) -> None:
        if enters:
            with lock:
                time.sleep(1)
            return
        lock.acquire()
        time.sleep(1)
        lock.release()

    fn = lambda_events.function(handler)
    for _ in range(2):
        fn.invoke_async()

    with pytest.raises(LambdaEventsError, match="A lock is held across a sleep"):
        lambda_events.run_until_idle()


@pytest.mark.lambda_events(lock_watchdog_seconds=0.2)
def test_a_lock_of_a_file_that_is_held_across_a_sleep_is_named(lambda_events: LambdaEvents) -> None:
    with tempfile.NamedTemporaryFile() as file:

        def handler(event: Any, context: Any) -> None:
            with file_locked(file.name):
                time.sleep(1)

        fn = lambda_events.function(handler)
        for _ in range(2):
            fn.invoke_async()

        with pytest.raises(LambdaEventsError, match=r"(?s)A lock is held across a sleep.*flock.*handler sleeps"):
            lambda_events.run_until_idle()


def test_an_observer_does_not_wait_in_code_of_an_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    wait, waiting = threading.Condition.wait, []

    def recorded(condition: threading.Condition, timeout: float | None = None) -> bool:
        waiting.append(threading.current_thread())
        return wait(condition, timeout)

    # Environments replace this method too. A thread that waits in the replacement keeps its environment.
    monkeypatch.setattr(threading.Condition, "wait", recorded)
    looks: SimpleQueue[bool] = SimpleQueue()
    observer = Observer(0.001)
    observer.look_with([lambda: looks.put(True)])

    observer.thread.start()
    for _ in range(3):
        looks.get()
    observer.stop()

    assert observer.thread not in waiting
