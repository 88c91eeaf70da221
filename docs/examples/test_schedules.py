from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from pytest_lambda_events import LambdaEvents


def sweep(event: Any, context: Any) -> None:
    print(event["time"] if "time" in event else event["job"])


def test_a_rule_runs_a_function_every_five_minutes(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(sweep)
    lambda_events.rule("rate(5 minutes)", function)

    lambda_events.advance(timedelta(hours=1))

    assert len(function.events) == 12
    assert function.events[0].payload["detail-type"] == "Scheduled Event"
    assert function.events[0].payload["time"] == "2026-01-01T00:05:00Z"


@pytest.mark.lambda_events(start_time=datetime(2026, 3, 27, 12, tzinfo=timezone.utc))
def test_a_schedule_follows_the_clock_of_its_time_zone(lambda_events: LambdaEvents) -> None:
    function = lambda_events.function(sweep)
    lambda_events.schedule("cron(0 8 * * ? *)", function, timezone="Europe/Berlin", payload={"job": "sweep"})

    lambda_events.advance(timedelta(days=2))

    # On 29 March 2026 the clock changes, and 8:00 in Berlin is 6:00 UTC.
    assert [event.accepted_at.hour for event in function.events] == [7, 6]


def test_a_retry_of_a_scheduled_event(lambda_events: LambdaEvents) -> None:
    def fail(event: Any, context: Any) -> None:
        raise ConnectionError("no database")

    lost = lambda_events.queue("lost")
    function = lambda_events.function(fail, maximum_retry_attempts=1, dead_letter_queue=lost)
    lambda_events.schedule("at(2026-01-01T03:00:00)", function)

    lambda_events.advance(timedelta(hours=3))
    lambda_events.run_until_idle()

    assert [len(event.attempts) for event in function.events] == [2]
    assert len(lost.dead_letters) == 1


def test_what_is_still_scheduled(lambda_events: LambdaEvents) -> None:
    lambda_events.rule("rate(1 day)", lambda_events.function(sweep), name="nightly")

    [work] = lambda_events.run_until_idle()

    assert (work.kind, work.detail["schedule"], work.after_seconds) == ("schedule", "rule/nightly", 86_400)
