from __future__ import annotations

import time
from typing import Any

import pytest

from pytest_lambda_events import LambdaEvents


class Bank:
    """A slow dependency. Tests set `seconds`."""

    seconds = 0.0

    def charge(self, order: int) -> str:
        time.sleep(self.seconds)
        return f"receipt {order}"


bank = Bank()


def charge(event: Any, context: Any) -> str:
    return bank.charge(event["order"])


def test_attempt_times_out_if_the_bank_is_too_slow(lambda_events: LambdaEvents, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bank, "seconds", 5)

    event = lambda_events.function(charge, timeout=3).invoke_async({"order": 7})
    lambda_events.run_until_idle()

    assert [attempt.started_after_seconds for attempt in event.attempts] == [0, 63, 186]
    assert event.attempts[0].error_type == "Sandbox.Timedout"


def test_invocations_overlap_as_on_aws(lambda_events: LambdaEvents) -> None:
    ended = []

    def work(event: Any, context: Any) -> None:
        time.sleep(event["seconds"])
        ended.append(event["seconds"])

    function = lambda_events.function(work, timeout=200)
    for seconds in (1, 100, 5):
        function.invoke_async({"seconds": seconds})
    lambda_events.run_until_idle()

    assert ended == [1, 5, 100]
    assert lambda_events.elapsed == 100


def test_event_is_pending_while_its_invocation_runs(lambda_events: LambdaEvents, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bank, "seconds", 2)
    event = lambda_events.function(charge).invoke_async({"order": 7})

    lambda_events.advance(1.999)
    assert event.condition is None

    lambda_events.advance(0.001)
    assert event.condition == "Success"
