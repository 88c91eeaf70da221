"""Messages, events, retries and schedules come later than usual, but only until other work has run."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from pytest_lambda_events import Exploration, LambdaEvents, explore

ONLY_DELAYS: dict[str, Any] = {
    "max_faults": 1, "max_seconds": 600.0, "crash": False, "timeouts": False, "duplicates": False, "throttles": False,
    "lost_acknowledgements": False, "errors": False, "order": False,
}  # fmt: skip


def explored(steps: Any) -> tuple[Exploration, list[list[str]]]:
    """An exploration of steps that get the environment and a list, and what each execution has added to this list."""
    seen: list[list[str]] = []

    def scenario(env: LambdaEvents) -> None:
        seen.append([])
        steps(env, seen[-1])

    return explore(scenario, **ONLY_DELAYS), seen


def test_a_retry_comes_after_another_event() -> None:
    def steps(env: LambdaEvents, seen: list[str]) -> None:
        def first(event: Any, context: Any) -> None:
            seen.append("first")
            if len(seen) == 1:
                raise ValueError

        env.function(first, name="first").invoke_async({})
        env.advance(30)
        queue = env.queue("later")
        env.function(lambda event, context: seen.append("later"), name="later").add_event_source(queue)
        queue.send("x", delay_seconds=60)
        env.run_until_idle()

    result, seen = explored(steps)

    assert seen == [["first", "first", "later"]] * 2 + [["first", "later", "first"]]
    assert result.coverage == {"delay": 1}


def test_a_schedule_comes_after_a_message_within_a_minute() -> None:
    def steps(env: LambdaEvents, seen: list[str]) -> None:
        env.rule("rate(10 minutes)", env.function(lambda event, context: seen.append("rule"), name="rule"))
        queue = env.queue("orders")
        env.function(lambda event, context: seen.append(event["Records"][0]["body"]), name="orders").add_event_source(queue)
        env.advance(timedelta(minutes=9))
        queue.send("in time", delay_seconds=90)
        queue.send("too late", delay_seconds=150)
        env.advance(timedelta(minutes=10))

    _, seen = explored(steps)

    assert seen[:2] == [["rule", "in time", "too late"]] * 2
    assert ["in time", "rule", "too late"] in seen
    assert not any(one.index("rule") == 2 for one in seen)


def test_work_that_the_test_does_not_reach_delays_nothing() -> None:
    def steps(env: LambdaEvents, seen: list[str]) -> None:
        queue = env.queue("orders")
        env.function(lambda event, context: seen.append(event["Records"][0]["body"]), name="orders").add_event_source(queue)
        env.function(lambda event, context: None, name="f").invoke_async({})
        queue.send("early")
        queue.send("late", delay_seconds=60)
        env.advance(30)
        assert seen == ["early"]
        env.run_until_idle()

    result, seen = explored(steps)

    assert result.failures == []
    assert set(map(tuple, seen)) == {("early", "late")}


def test_background_work_delays_nothing_while_the_test_waits_until_idle() -> None:
    def steps(env: LambdaEvents, seen: list[str]) -> None:
        env.rule("rate(1 minute)", env.function(lambda event, context: seen.append("rule"), name="rule"))
        env.function(lambda event, context: seen.append("event"), name="event").invoke_async({})
        env.run_until_idle()

    result, seen = explored(steps)

    assert seen == [["event"]] * 2
    assert result.coverage == {}


@pytest.mark.parametrize(("seconds", "expected"), [(900, {"delay": 1}), (901, {})])
def test_a_message_comes_at_most_15_minutes_later(seconds: int, expected: dict[str, int]) -> None:
    def steps(env: LambdaEvents, seen: list[str]) -> None:
        queue = env.queue("orders")
        env.function(lambda event, context: None, name="orders").add_event_source(queue)
        at = env.now + timedelta(seconds=seconds)
        env.schedule(f"at({at:%Y-%m-%dT%H:%M:%S})", env.function(lambda event, context: None, name="other"))
        queue.send("x")
        env.advance(2000)

    result, _ = explored(steps)

    assert result.coverage == expected
