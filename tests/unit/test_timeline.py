from __future__ import annotations

from types import SimpleNamespace

from pytest_lambda_events.report.journal import Journal
from pytest_lambda_events.simulation.clock import VirtualClock
from pytest_lambda_events.simulation.journal import Subject


def one_life(journal: Journal, clock: VirtualClock) -> None:
    """One event that fails three times."""
    journal.write("accepted", Subject("charge", "id"), payload=b'{"order": 7}')
    for number, delay in ((1, 60), (2, 120), (3, 0)):
        subject = Subject("charge", "id", number)
        journal.write("started", subject, payload=b'{"order": 7}', executed_version="$LATEST")
        journal.write("ended", subject, outcome="function_error", error_type="CardExpired", error_message="card expired")
        if delay:
            journal.write("retried", subject, due_after_seconds=clock.elapsed + delay)
            clock.move_to(clock.microseconds + delay * 1_000_000)
    journal.write("discarded", Subject("charge", "id"), condition="RetriesExhausted", attempts=3)


def test_a_line_tells_of_a_try_and_of_what_follows(clock: VirtualClock) -> None:
    journal = Journal(clock)

    one_life(journal, clock)

    assert journal.timeline().splitlines() == [
        '  0 s   charge   accepted    {"order": 7}                request-id-1',
        "  0 s   charge   attempt 1   CardExpired: card expired   retry at 60 s",
        " 60 s   charge   attempt 2   CardExpired: card expired   retry at 180 s",
        "180 s   charge   attempt 3   CardExpired: card expired   RetriesExhausted, count 3",
    ]


def test_an_empty_journal_has_no_timeline(clock: VirtualClock) -> None:
    assert Journal(clock).timeline() == ""


def test_a_timeline_can_be_about_one_event(clock: VirtualClock) -> None:
    journal = Journal(clock)
    one_life(journal, clock)
    journal.write("accepted", Subject("audit", "other"), payload=b"{}")

    event = SimpleNamespace(history=list(journal.of_request("other")))

    assert journal.timeline(event) == "180 s   audit   accepted   {}   request-id-1"


def test_entries_are_kept_for_each_function_and_each_event(clock: VirtualClock) -> None:
    journal = Journal(clock)
    one_life(journal, clock)
    journal.write("accepted", Subject("audit", "other"), payload=b"{}")

    assert [entry.kind for entry in journal.of_function("audit")] == ["accepted"]
    assert len(journal.of_request("id")) == len(journal) - 1


def test_a_closed_journal_takes_nothing_more(clock: VirtualClock) -> None:
    journal = Journal(clock)
    journal.close()

    journal.write("accepted", Subject("charge", "id"), payload=b"{}")

    assert len(journal) == 0


def test_a_call_that_was_stopped_as_a_loop_has_a_line(clock: VirtualClock) -> None:
    journal = Journal(clock)

    journal.write("recursion_stopped", Subject("charge"), invoked_arn="arn")

    assert journal.timeline() == "0 s   charge   refused   a recursive loop"
