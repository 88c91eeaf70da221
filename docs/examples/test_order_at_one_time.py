from __future__ import annotations

import time
from typing import Any

import pytest

from pytest_lambda_events import LambdaEvents


def work(event: Any, context: Any) -> None:
    time.sleep(event["seconds"])


def test_instantaneous_events_do_not_throttle_each_other(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(work, timeout=60, reserved_concurrent_executions=1)

    events = [function.invoke_async({"seconds": 0}) for _ in range(3)]
    lambda_events.advance(0)

    assert [event.condition for event in events] == ["Success", "Success", "Success"]


def test_sleeping_invocation_throttles_the_next_event(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(work, timeout=60, reserved_concurrent_executions=1)

    first, second = (function.invoke_async({"seconds": 1}) for _ in range(2))
    lambda_events.run_until_idle()

    assert [attempt.outcome for attempt in first.attempts] == ["success"]
    assert [(attempt.started_after_seconds, attempt.outcome) for attempt in second.attempts] == [
        (0, "throttled"),
        (1, "success"),
    ]


@pytest.mark.parametrize("seed", range(5))
def test_handler_works_in_any_order(seed: int) -> None:
    with LambdaEvents(seed=seed, choices="seeded") as lambda_events:
        function = lambda_events.function(work, timeout=60)

        events = [function.invoke_async({"seconds": seconds}) for seconds in (3, 1, 2)]
        lambda_events.run_until_idle()

        assert [event.ended_after_seconds for event in events] == [3, 1, 2]
