"""Alarms and signals of handlers: on the virtual clock, and never real ones that strike something else."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from signal import alarm as captured_alarm
from typing import Any

import pytest

from pytest_lambda_events import LambdaEvents, NotSimulatedError


class TooLong(Exception):
    """What the handlers below raise when their alarm goes off."""


def give_up(number: int, frame: object) -> None:
    raise TooLong(signal.Signals(number).name)


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    before = signal.signal(signal.SIGALRM, give_up)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@pytest.fixture(autouse=True)
def nothing_of_a_handler_stays() -> Iterator[None]:
    numbers = (signal.SIGALRM, signal.SIGTERM, signal.SIGUSR1, signal.SIGINT)
    before = [signal.getsignal(number) for number in numbers]
    yield
    assert [signal.getsignal(number) for number in numbers] == before
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


@pytest.mark.parametrize(("seconds", "payload", "elapsed"), [(1, "in time", 1), (5, "SIGALRM", 2)])
def test_an_alarm_interrupts_a_sleep_at_its_instant(
    lambda_events: LambdaEvents, seconds: float, payload: str, elapsed: float
) -> None:
    def handler(event: Any, context: Any) -> str:
        try:
            with time_limit(2):
                time.sleep(seconds)
            return "in time"
        except TooLong as error:
            return str(error)

    assert lambda_events.function(handler, timeout=10).invoke().payload == payload
    assert lambda_events.elapsed == elapsed


def test_a_sleep_goes_on_after_a_handler_of_a_signal_returned(lambda_events: LambdaEvents) -> None:
    def handler(event: Any, context: Any) -> list[float]:
        began, seen = time.time(), []
        signal.signal(signal.SIGALRM, lambda number, frame: seen.append(time.time() - began))
        signal.setitimer(signal.ITIMER_REAL, 1, 0.5)
        time.sleep(2.25)
        return [*seen, time.time() - began]

    assert lambda_events.function(handler).invoke().payload == [1, 1.5, 2, 2.25]


def test_a_handler_of_a_signal_may_sleep(lambda_events: LambdaEvents) -> None:
    def handler(event: Any, context: Any) -> float:
        began = time.time()
        signal.signal(signal.SIGALRM, lambda number, frame: time.sleep(2))
        signal.alarm(1)
        time.sleep(2)
        return time.time() - began

    assert lambda_events.function(handler, timeout=10).invoke().payload == 3


def test_an_alarm_ends_a_loop_that_reads_the_clock(lambda_events: LambdaEvents) -> None:
    def handler(event: Any, context: Any) -> str:
        try:
            with time_limit(2):
                while True:
                    time.time()
        except TooLong as error:
            return str(error)

    assert lambda_events.function(handler).invoke().payload == "SIGALRM"
    assert lambda_events.elapsed == pytest.approx(2, abs=0.001)


def test_an_alarm_interrupts_a_coroutine(lambda_events: LambdaEvents) -> None:
    def handler(event: Any, context: Any) -> str:
        try:
            with time_limit(2):
                asyncio.run(asyncio.sleep(60))
        except TooLong as error:
            return str(error)
        return "slept"

    assert lambda_events.function(handler).invoke().payload == "SIGALRM"
    assert lambda_events.elapsed == 2


def test_setting_an_alarm_returns_the_remaining_time(lambda_events: LambdaEvents) -> None:
    def handler(event: Any, context: Any) -> list[Any]:
        answers: list[Any] = [captured_alarm(10)]
        time.sleep(2.5)
        answers += [signal.getitimer(signal.ITIMER_REAL), signal.setitimer(signal.ITIMER_REAL, 4, 1), signal.alarm(0)]
        return [*answers, signal.alarm(0), signal.getitimer(signal.ITIMER_REAL)]

    answers = lambda_events.function(handler).invoke().payload

    assert answers == [0, [7.5, 0], [7.5, 0], 4, 0, [0, 0]]


def test_an_alarm_that_was_not_turned_off_does_not_affect_other_code(lambda_events: LambdaEvents) -> None:
    def handler(event: Any, context: Any) -> None:
        signal.signal(signal.SIGALRM, give_up)
        signal.alarm(1)

    fn = lambda_events.function(handler)
    fn.invoke()
    lambda_events.run_until_idle()
    other = lambda_events.function(lambda event, context: time.sleep(2), name="other")

    assert other.invoke().function_error is None


def test_each_handler_has_an_alarm_of_its_own(lambda_events: LambdaEvents) -> None:
    def handler(event: Any, context: Any) -> None:
        with time_limit(event):
            time.sleep(60)

    fn = lambda_events.function(handler, timeout=100, maximum_retry_attempts=0)
    events = [fn.invoke_async(seconds) for seconds in (30, 10, 20)]
    lambda_events.run_until_idle()

    assert [event.ended_after_seconds for event in events] == [30, 10, 20]


@pytest.mark.parametrize(
    ("number", "name"),
    [
        (signal.SIGALRM, "alarm clock"),
        (signal.SIGTERM, "terminated"),
        (signal.SIGKILL, "killed"),
        (signal.SIGUSR1, "user defined signal 1"),
    ],
    ids=["ALRM", "TERM", "KILL", "USR1"],
)
@pytest.mark.parametrize(
    "send", [lambda number: signal.raise_signal(number), lambda number: os.kill(os.getpid(), number)], ids=["raise", "kill"]
)
def test_a_signal_without_a_handler_ends_only_the_process_of_the_function(
    lambda_events: LambdaEvents, number: int, name: str, send: Any
) -> None:
    response = lambda_events.function(lambda event, context: send(number), name="fn").invoke()

    assert response.payload["errorType"] == "Runtime.ExitError"
    assert response.payload["errorMessage"].endswith(f"Runtime exited with error: signal: {name}")


def test_an_alarm_without_a_handler_ends_the_process_of_the_function(lambda_events: LambdaEvents) -> None:
    def handler(event: Any, context: Any) -> None:
        signal.alarm(1)
        time.sleep(2)

    response = lambda_events.function(handler).invoke()

    assert response.payload["errorMessage"].endswith("signal: alarm clock")
    assert lambda_events.elapsed == 1


def test_a_signal_that_is_sent_to_oneself_is_handled(lambda_events: LambdaEvents) -> None:
    def handler(event: Any, context: Any) -> list[Any]:
        seen: list[Any] = [signal.getsignal(signal.SIGTERM) is signal.SIG_DFL]
        before = signal.signal(signal.SIGTERM, lambda number, frame: seen.append(number))
        os.kill(os.getpid(), signal.SIGTERM)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        os.kill(os.getpid(), signal.SIGTERM)
        return [*seen, before is signal.SIG_DFL, signal.getsignal(signal.SIGTERM) is signal.SIG_IGN]

    assert lambda_events.function(handler).invoke().payload == [True, signal.SIGTERM, True, True]


@pytest.mark.parametrize(
    "call",
    [
        lambda: signal.setitimer(signal.ITIMER_VIRTUAL, 1),
        lambda: signal.setitimer(signal.ITIMER_PROF, 1),
        lambda: signal.pause(),
        lambda: signal.sigwait([signal.SIGUSR1]),
    ],
    ids=["ITIMER_VIRTUAL", "ITIMER_PROF", "pause", "sigwait"],
)
def test_features_that_are_not_simulated_are_refused_by_name(lambda_events: LambdaEvents, call: Any) -> None:
    fn = lambda_events.function(lambda event, context: call(), name="fn")

    with pytest.raises(NotSimulatedError, match="not simulated"):
        fn.invoke()


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda: signal.signal(0, signal.SIG_IGN), ValueError),
        (lambda: signal.signal(signal.SIGKILL, signal.SIG_IGN), OSError),
        (lambda: signal.signal(signal.SIGTERM, "ignore"), TypeError),  # type: ignore[arg-type]
        (lambda: signal.alarm(1.5), TypeError),  # type: ignore[arg-type]
        (lambda: signal.setitimer(signal.ITIMER_REAL, -1), signal.ItimerError),
    ],
    ids=["number", "SIGKILL", "handler", "alarm", "setitimer"],
)
def test_signals_that_python_refuses_are_refused_in_a_handler_too(
    lambda_events: LambdaEvents, call: Any, error: type[Exception]
) -> None:
    with pytest.raises(error):
        call()

    response = lambda_events.function(lambda event, context: call(), name="fn").invoke()

    assert response.payload["errorType"] == error.__name__


def test_alarms_of_the_test_itself_stay_real(lambda_events: LambdaEvents) -> None:
    seen: list[int] = []
    before = signal.signal(signal.SIGALRM, lambda number, frame: seen.append(number))
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.01)
        lambda_events.function(lambda event, context: signal.alarm(100), name="fn").invoke()
        signal.sigtimedwait([], 0.05)
    except InterruptedError:
        pass
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)

    assert seen == [signal.SIGALRM]
