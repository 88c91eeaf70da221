"""A call that moves the clock and takes long in real time says what it is busy with, while it still runs."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from pytest_lambda_events import LambdaEvents
from pytest_lambda_events.handles.hooks import Hooks

CONFTEST = """
    class Seconds:
        '''Passes one real second with each reading.'''

        def __init__(self):
            self.now = 0.0

        def __call__(self):
            self.now += 1.0
            return self.now

    def pytest_lambda_events_started(lambda_events):
        lambda_events._opened.long_runs._real_seconds = Seconds()
"""
STORY = """
    import os

    def ship(event, context):
        print("shipping")
        raise ValueError("no address")

    def failing(lambda_events, **settings):
        orders = lambda_events.queue("orders", **settings)
        lambda_events.function(ship).add_event_source(orders)
        orders.send("order")

    def test_a_message_that_comes_back_for_days(lambda_events, capfd):
        failing(lambda_events)
        lambda_events.advance(3600)
        assert len(lambda_events.functions["ship"].attempts) == 121
        assert capfd.readouterr().err == ""
"""
NOTE = """\
test_*.py::test_a_message_that_comes_back_for_days: lambda_events.advance(3600) has run for 6 s of real time; \
the virtual time is 90 s.
Attempts of 'ship' (queue orders): 4, 4 failed.
Queue orders has no dead-letter queue: a failed message comes back every 30 s until it expires after 345600 s, \
after 11,520 attempts. Pass dead_letter_queue=... to limit the attempts.
It ends when the clock is there."""


def lines_of(note: str) -> list[str]:
    return note.replace("[", "[[]").splitlines()


@pytest.mark.parametrize("arguments", [[], ["-q"], ["-s"], ["--capture=sys"]], ids=str)
def test_a_waiting_user_sees_the_note_under_every_kind_of_capture(pytester: pytest.Pytester, arguments: list[str]) -> None:
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(STORY)

    result = pytester.runpytest(*arguments)

    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(lines_of(NOTE), consecutive=True)


def test_pauses_between_notes_grow(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(STORY)

    result = pytester.runpytest()

    seconds = [line.split(" has run for ")[1].partition(" ")[0] for line in result.outlines if " has run for " in line]
    assert seconds == ["6", "17", "38", "79"]


def test_the_pauses_of_a_test_go_on_from_call_to_call(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(
        """
        def work(lambda_events, count):
            for _ in range(count):
                lambda_events.functions["fn"].invoke_async()
            lambda_events.run_until_idle()

        def test_it(lambda_events):
            lambda_events.function(lambda event, context: None, name="fn")
            for _ in range(4):
                work(lambda_events, 8)
        """
    )

    result = pytester.runpytest("-q")

    told = [line for line in result.outlines if " has run for " in line]
    assert len(told) == 1
    result.stdout.fnmatch_lines(
        ["It ends when no work is left, or at limit_seconds=604800 of virtual time or limit_events=1,000,000."]
    )


def test_a_short_run_writes_nothing(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(STORY)

    result = pytester.runpytest()

    result.assert_outcomes(passed=1)
    result.stdout.no_fnmatch_line("*has run for*")


def test_a_condition_that_is_not_met_for_long_is_named(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(
        """
        def ship(event, context):
            raise ValueError("no address")

        def test_it(lambda_events):
            dead = lambda_events.queue("dead")
            orders = lambda_events.queue("orders", dead_letter_queue=dead, max_receive_count=30)
            lambda_events.function(ship).add_event_source(orders)
            orders.send("order")
            def is_dead(): return dead.messages
            lambda_events.run(until=is_dead)
        """
    )

    result = pytester.runpytest("-q")

    result.stdout.fnmatch_lines(
        [
            "*lambda_events.run(until=is_dead) has run for *",
            "Attempts of 'ship' (queue orders): *",
            "A failed message of queue orders moves to dead after 30 receives.",
            "It ends when the condition is true, or at idle_limit_events=1,000,000.",
        ],
        consecutive=True,
    )


def test_workers_of_xdist_write_the_note_to_the_error_stream_of_the_run(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTEST_ADDOPTS", "-p pytest_lambda_events.plugin -p xdist.plugin")
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(STORY)

    result = pytester.runpytest_subprocess("-n1")

    result.assert_outcomes(passed=1)
    result.stderr.fnmatch_lines(["Queue orders has no dead-letter queue: a failed message comes back every 30 s *"])


def test_outside_of_pytest_the_note_goes_to_the_error_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(sys, "__stderr__", stream)

    Hooks().tell("lambda_events.advance(60) has run for 6 s of real time")

    assert stream.getvalue() == "lambda_events.advance(60) has run for 6 s of real time\n"


def fail(event: Any, context: Any) -> None:
    raise ValueError("no address")


def run_for_an_hour(real_seconds: Iterator[float]) -> tuple[list[Any], list[str]]:
    """The journal and the notes of a run whose real seconds are these."""
    notes: list[str] = []
    with LambdaEvents() as lambda_events:
        long_runs = lambda_events._open_wiring.long_runs
        long_runs._real_seconds, long_runs._tell = lambda: next(real_seconds), notes.append
        orders = lambda_events.queue("orders")
        lambda_events.function(fail).add_event_source(orders)
        orders.send("order")
        lambda_events.advance(3600)
        return list(lambda_events.journal), notes


def test_a_note_leaves_no_trace_in_the_journal() -> None:
    slow, notes = run_for_an_hour(iter(range(10_000)))
    fast, no_notes = run_for_an_hour(iter([0.0] * 10_000))

    assert (len(notes), no_notes) == (4, [])
    assert slow == fast


def test_a_call_inside_another_call_does_not_end_the_watch_over_the_outer_one() -> None:
    notes: list[str] = []
    seconds = iter(range(10_000))
    with LambdaEvents() as lambda_events:
        long_runs = lambda_events._open_wiring.long_runs
        long_runs._real_seconds, long_runs._tell = lambda: float(next(seconds)), notes.append
        for number in range(12):
            lambda_events.function(lambda event, context: None, name=f"fn-{number}").invoke_async()

        with long_runs.call("outer()", "never"):
            lambda_events.run_until_idle()

    assert [note.partition(" has run for ")[0] for note in notes] == ["lambda_events.outer()"]
