"""The short text of a long journal: the same as that of a short one, at the cost of the lines that it shows."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timezone

import pytest
from counting import calls_of
from entries import accepted, discarded, ended, refused, started, succeeded

from pytest_lambda_events.journal.attempts import Called, CallFailure
from pytest_lambda_events.journal.batches import BatchResult, Deleted, PipeStarted, Polled, Redriven
from pytest_lambda_events.journal.entry import NOBODY, BatchFacts, Entry, Origin, Subject
from pytest_lambda_events.journal.events import Discarded, Retried, Warned
from pytest_lambda_events.report import indexed_journal
from pytest_lambda_events.report.journal import Journal
from pytest_lambda_events.report.section import section
from pytest_lambda_events.report.timeline import timeline
from pytest_lambda_events.report.timeline_of_journal import entries_about, last_lines
from pytest_lambda_events.simulation.clock import NoDriver, VirtualClock

ORDERS = "arn:aws:sqs:us-east-1:123456789012:orders"
DEAD = "arn:aws:sqs:us-east-1:123456789012:dead"
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:"
LONG = 5_100
"""Attempts of a journal that is long: each has four or five entries."""


class Named:
    """Stands for a handle."""

    def __init__(self, name: str, arn: str) -> None:
        self.name, self.arn = name, arn


class Told:
    """Writes a journal."""

    def __init__(self) -> None:
        self.clock = VirtualClock(datetime(2026, 1, 1, tzinfo=timezone.utc), NoDriver())
        self.journal = Journal(self.clock)
        self._made = 0

    def wait(self, seconds: float) -> None:
        self.clock.move_to(self.clock.microseconds + round(seconds * 1_000_000))

    def batch(self, function: str = "ship", error: str | None = None, message_id: str | None = None, attempt: int = 1) -> str:
        """One attempt of a batch of one message."""
        self._made += 1
        message_id = message_id or f"message-{self._made}"
        subject = Subject(function, f"request-{self._made}", attempt)
        origin, ids = Origin("uuid", ORDERS, False), (message_id,)
        payload = f'{{"Records":[{{"messageId":"{message_id}","body":"order"}}]}}'.encode()
        write = self.journal.write
        write(Polled(Subject(function), origin, ids))
        write(started(subject, payload, BatchFacts(origin, ids), arn=FUNCTION + function))
        self.ended(subject, error)
        write(BatchResult(subject, origin, 1, ids if error else (), error))
        if error is None:
            write(Deleted(subject, origin, ids, reason="processed", stale=()))
        return message_id

    def run(self, error: str | None = None, message_id: str | None = None, attempt: int = 1) -> None:
        """One run of a pipe with a batch of one message."""
        self._made += 1
        message_id = message_id or f"message-{self._made}"
        subject, ids = Subject("pipes orders", f"request-{self._made}", attempt), (message_id,)
        origin = Origin("arn:aws:pipes:us-east-1:123456789012:pipe/orders", ORDERS, False)
        payload = f'[{{"messageId":"{message_id}","body":"order"}}]'.encode()
        write = self.journal.write
        write(Polled(Subject("pipes orders"), origin, ids))
        write(PipeStarted(subject, origin, ids, payload, None, f"{FUNCTION}ship"))
        write(started(Subject("ship", f"call-{self._made}", attempt), payload, arn=f"{FUNCTION}ship"))
        self.ended(Subject("ship", f"call-{self._made}", attempt), error)
        write(BatchResult(subject, origin, 1, ids if error else (), error))
        if error is None:
            write(Deleted(subject, origin, ids, reason="processed", stale=()))

    def ended(self, subject: Subject, error: str | None = None) -> None:
        self.journal.write(ended(subject, error))

    def event(self, function: str = "charge", error: str | None = None) -> None:
        """An asynchronous event with one attempt."""
        self._made += 1
        request_id = f"request-{self._made}"
        write = self.journal.write
        write(accepted(Subject(function, request_id), b'{"order": 1}', FUNCTION))
        write(started(Subject(function, request_id, 1), b'{"order": 1}', arn=FUNCTION + function))
        self.ended(Subject(function, request_id, 1), error)
        write(discarded(Subject(function, request_id)) if error else succeeded(Subject(function, request_id)))

    def called(self, request_id: str, times: int) -> None:
        for _ in range(times):
            self.journal.write(Called(Subject("charge", request_id, 1), "sqs", "SendMessage", "url"))


def poison(told: Told) -> None:
    for number in range(LONG):
        told.batch(error="no address", message_id="poison", attempt=number + 1)
        told.wait(30)


def few_failures(told: Told) -> None:
    for number in range(LONG):
        told.batch(error="no address" if number % 1000 == 7 else None)
        told.wait(1)


def one_odd_failure(told: Told) -> None:
    for number in range(LONG):
        told.batch(error="no street" if number == LONG // 2 else "no address")
        told.wait(1)


def several_functions(told: Told) -> None:
    for number in range(LONG):
        told.batch(f"fn-{number % 3}", error="broken" if number % 3 == 2 else None)
        told.wait(0.5)


def events(told: Told) -> None:
    for number in range(LONG + 1_000):
        told.event(error="card expired" if number == 4_321 else None)
        told.wait(1)


def events_and_batches(told: Told) -> None:
    for number in range(LONG // 2):
        told.event()
        told.batch(error="no address" if number == 1_234 else None)
        told.wait(1)
    told.journal.write(Warned(Subject("ship"), "Queue orders has a short visibility timeout."))


def equal_warnings(told: Told) -> None:
    for number in range(LONG):
        told.batch()
        told.journal.write(Warned(NOBODY, f"Rule 'orders' could not deliver to queue {number % 2}."))
        told.wait(1)


def redriven_at_the_end(told: Told) -> None:
    for _ in range(LONG):
        told.batch()
        told.wait(1)
    for attempt in (1, 2):
        told.batch(error="no address", message_id="poison", attempt=attempt)
        told.wait(30)
    told.journal.write(Redriven(NOBODY, source=ORDERS, target=DEAD, message_id="poison", receive_count=2))


def runs_of_a_pipe(told: Told) -> None:
    for number in range(LONG):
        told.run(error="no address" if number % 1000 == 7 else None)
        told.wait(1)


def poison_in_a_pipe(told: Told) -> None:
    for number in range(LONG):
        told.run(error="no address", message_id="poison", attempt=number + 1)
        told.wait(30)


STORIES = [
    poison,
    few_failures,
    one_odd_failure,
    several_functions,
    events,
    events_and_batches,
    equal_warnings,
    redriven_at_the_end,
    runs_of_a_pipe,
    poison_in_a_pipe,
]


@pytest.fixture(scope="module", params=STORIES, ids=lambda story: story.__name__)
def journal(request: pytest.FixtureRequest) -> Journal:
    told = Told()
    request.param(told)
    assert len(told.journal) > indexed_journal.LONG
    return told.journal


def read_as_a_whole(entries: Iterable[Entry], limit: int) -> str:
    return timeline(list(entries), limit)


@pytest.mark.parametrize("limit", [40, 12, 6])
def test_the_text_is_that_of_a_journal_that_is_read_as_a_whole(journal: Journal, limit: int) -> None:
    shown = journal.timeline(limit=limit)

    assert shown == read_as_a_whole(journal, limit)
    assert len(shown.splitlines()) <= limit


@pytest.mark.parametrize("about", [Named("ship", FUNCTION + "ship"), Named("orders", ORDERS)], ids=["function", "queue"])
def test_the_text_of_a_part_is_that_of_one_that_is_read_as_a_whole(journal: Journal, about: Named) -> None:
    assert journal.timeline(about, limit=28) == read_as_a_whole(entries_about(journal, about), 28)


def test_the_section_of_a_report_is_that_of_a_journal_that_is_read_as_a_whole(journal: Journal) -> None:
    assert section(journal) == section(list(journal))


def test_the_last_lines_are_those_of_the_whole_text(journal: Journal) -> None:
    def plain(line: str) -> str:
        """Without the body, which is shown where a message is named first, and without the width of columns."""
        return " ".join(line.replace('"order"', "").split())

    shown = last_lines(journal, 10)

    assert [plain(line) for line in shown] == [plain(line) for line in journal.timeline().splitlines()[-10:]]


# ---------------------------------------------------------------------- costs


def busy(attempts: int) -> Journal:
    told = Told()
    for number in range(attempts):
        told.batch(error="no address" if number % 200 == 7 else None)
        told.event(error="card expired" if number % 300 == 7 else None)
        told.wait(1)
    return told.journal


@pytest.fixture(scope="module")
def short_and_long() -> tuple[Journal, Journal]:
    return busy(3_000), busy(15_000)


@pytest.mark.parametrize(
    "about", [None, Named("ship", FUNCTION + "ship"), Named("orders", ORDERS)], ids=["all", "function", "queue"]
)
def test_a_journal_five_times_as_long_costs_no_more(short_and_long: tuple[Journal, Journal], about: Named | None) -> None:
    short, long = (calls_of(lambda one=one: one.timeline(about, limit=40)) for one in short_and_long)

    assert long < 1.3 * short


def test_a_section_of_a_journal_five_times_as_long_costs_no_more(short_and_long: tuple[Journal, Journal]) -> None:
    short, long = (calls_of(lambda one=one: section(one)) for one in short_and_long)

    assert long < 1.3 * short


def test_forty_lines_cost_some_hundred_calls_each(short_and_long: tuple[Journal, Journal]) -> None:
    assert calls_of(lambda: short_and_long[1].timeline(limit=40)) < 40 * 600


def test_the_index_costs_a_few_calls_for_an_entry() -> None:
    told, bare = Told(), Told()
    assert not told.journal._index.positions
    bare.journal._index.add = lambda entry, position, entries, of_request: None  # type: ignore[method-assign]

    indexed, not_indexed = (calls_of(lambda one=one: [one.batch() for _ in range(200)]) for one in (told, bare))

    assert indexed - not_indexed < 200 * 5 * 16


def test_a_short_journal_costs_no_index() -> None:
    short, indexed = Told(), Told()
    assert not indexed.journal._index.positions

    costs = [calls_of(lambda one=one: [one.batch() for _ in range(200)]) for one in (short, indexed)]

    assert costs[0] < costs[1]
    assert costs[0] < 200 * 5 * 7


@pytest.mark.parametrize("story", [events_and_batches, poison_in_a_pipe], ids=lambda story: story.__name__)
def test_a_journal_that_becomes_long_has_the_same_index_as_one_that_was_indexed_from_the_start(
    story: Callable[[Told], None],
) -> None:
    told, indexed = Told(), Told()
    assert not indexed.journal._index.positions
    for one in (told, indexed):
        one.journal.write(started(Subject("slow", "running", 1), arn=FUNCTION + "slow"))
        story(one)

    assert list(told.journal._index.positions.items()) == list(indexed.journal._index.positions.items())
    assert told.journal._index.running == indexed.journal._index.running == {("running", 1): 0}


# ---------------------------------------------------------------------- what a long journal may have


def test_an_attempt_that_still_runs_is_shown() -> None:
    told = Told()
    told.journal.write(started(Subject("slow", "running", 1), arn=FUNCTION + "slow"))
    for _ in range(LONG):
        told.batch()

    lines = told.journal.timeline(limit=40).splitlines()

    assert "has not ended" in lines[0]
    assert section(told.journal).splitlines()[0] == "slow: 1 attempt: 1 not ended"


def test_a_small_part_of_a_long_journal_is_shown_as_a_whole() -> None:
    told = Told()
    for number in range(LONG):
        told.batch()
        if number % 600 == 0:
            told.event("rare", error="card expired" if number else None)
        told.wait(1)
    rare = Named("rare", FUNCTION + "rare")

    text = told.journal.timeline(rare, limit=40)

    assert text == read_as_a_whole(told.journal.of_function("rare"), 40)
    assert len(text.splitlines()) == 2 * len(range(0, LONG, 600))


def test_a_handler_that_calls_very_often_has_its_beginning_and_its_end() -> None:
    told = Told()
    told.journal.write(started(Subject("charge", "long", 1), arn=FUNCTION))
    told.called("long", indexed_journal.LONG)
    told.wait(5)
    told.ended(Subject("charge", "long", 1), "card expired")

    lines = [" ".join(line.split()) for line in told.journal.timeline(limit=20).splitlines()]

    assert lines[0] == "0 s charge called sqs.SendMessage url"
    assert lines[-1] == "5 s charge attempt 1 ValueError: card expired (began at 0 s)"
    assert sum(line.startswith("...") for line in lines) == 1


def test_an_event_that_was_tried_often_never_shows_what_followed_from_another_attempt() -> None:
    told = Told()
    told.journal.write(accepted(Subject("charge", "often"), arn=FUNCTION))
    for attempt in range(1, indexed_journal.LONG // 2):
        at = told.clock.elapsed
        subject = Subject("charge", "often", attempt)
        told.journal.write(refused("throttled", subject, reason="busy", arn=FUNCTION))
        told.journal.write(Retried(subject, at + 2))
        told.wait(2)
    told.journal.write(refused("throttled", Subject("charge", "often", attempt + 1), reason="busy", arn=FUNCTION))
    told.journal.write(Discarded(Subject("charge", "often"), "EventAgeExceeded", attempt + 1, 0))

    lines = told.journal.timeline(limit=12).splitlines()

    retries = [(line.split()[0], line.rpartition("retry at ")[2]) for line in lines if "retry at" in line]
    assert len(retries) > 2
    assert all(float(due.split()[0]) == float(at) + 2 for at, due in retries)
    assert "EventAgeExceeded, count 0" in lines[-1]


def test_a_failed_call_is_among_what_is_shown() -> None:
    told = Told()
    for number in range(LONG):
        told.batch()
        if number == 2_000:
            position = len(told.journal)
            told.journal.write(Called(Subject("ship", f"request-{number}", 1), "dynamodb", "PutItem", "t"))
            told.batch()
            told.journal.call_failed(position, CallFailure("ResourceNotFoundException", "no such table"))

    assert "ResourceNotFoundException: no such table" in told.journal.timeline(limit=12)
