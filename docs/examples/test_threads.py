from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from pytest_lambda_events import LambdaEvents


def ask(bank: str) -> float:
    time.sleep(2)
    return time.time()


def handler(event: Any, context: Any) -> float:
    with ThreadPoolExecutor() as pool:
        return pool.submit(ask, "first").result()


def test_sleep_in_a_thread_of_a_handler_extends_the_invocation(lambda_events: LambdaEvents) -> None:
    started = time.time()

    event = lambda_events.function(handler, timeout=10).invoke_async()
    lambda_events.run_until_idle()

    [attempt] = event.attempts
    assert attempt.response == started + 2
    assert attempt.ended_after_seconds == 2
