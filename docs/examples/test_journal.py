from __future__ import annotations

from typing import Any

from pytest_lambda_events import LambdaEvents

TIMELINE = """\
  0 s   charge   accepted    {"order": 7}               request-id-1
  0 s   charge   attempt 1   ValueError: card expired   retry at 60 s
 60 s   charge   attempt 2   ValueError: card expired   retry at 180 s
180 s   charge   attempt 3   ValueError: card expired   RetriesExhausted, count 3"""


def charge(event: Any, context: Any) -> None:
    raise ValueError("card expired")


def test_timeline_of_an_event(lambda_events: LambdaEvents) -> None:
    event = lambda_events.function(charge).invoke_async({"order": 7})
    lambda_events.run_until_idle()

    assert lambda_events.journal.timeline(event) == TIMELINE


def test_journal_entries_of_an_event(lambda_events: LambdaEvents) -> None:
    event = lambda_events.function(charge, maximum_retry_attempts=0).invoke_async({"order": 7})
    lambda_events.run_until_idle()

    assert [entry.kind for entry in event.history] == ["accepted", "started", "ended", "discarded"]
