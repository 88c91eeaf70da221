from __future__ import annotations

import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from pytest_lambda_events import LambdaEvents


def slow(event: Any, context: Any) -> None:
    time.sleep(event.get("seconds", 10))


def test_throttled_event_is_retried_with_backoff(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(slow, timeout=20, reserved_concurrent_executions=1)
    function.invoke_async({"seconds": 10})

    waiting = function.invoke_async({"seconds": 0})
    lambda_events.run_until_idle()

    assert [attempt.started_after_seconds for attempt in waiting.attempts] == [0, 1, 3, 7, 15]
    assert [attempt.outcome for attempt in waiting.attempts] == ["throttled"] * 4 + ["success"]


def test_throttled_synchronous_call_raises_too_many_requests(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(slow, timeout=20, reserved_concurrent_executions=1)
    function.invoke_async({"seconds": 10})
    lambda_events.advance(5)

    with pytest.raises(ClientError) as error:
        function.invoke({"seconds": 0})

    assert error.value.response["Error"]["Code"] == "TooManyRequestsException"


def test_event_succeeds_after_ten_seconds_of_planned_throttles(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(slow, timeout=20)
    function.throttle(until=10)

    event = function.invoke_async({"seconds": 0})
    lambda_events.run_until_idle()

    assert [attempt.started_after_seconds for attempt in event.attempts] == [0, 1, 3, 7, 15]
    assert event.condition == "Success"
