"""A report page as HTML, before any browser sees it."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from html.parser import HTMLParser

import pytest
from counting import calls_of
from entries import refused
from event_journals import EventJournal
from mapping_journals import DEAD, poison_journal
from mapping_journals import MappingStory as MappingJournal

from pytest_lambda_events.journal.entry import Entry, Subject
from pytest_lambda_events.journal.events import Warned
from pytest_lambda_events.report.page.document import TestResult, page_of
from pytest_lambda_events.report.page.failure import Failure
from pytest_lambda_events.report.page.mark_kinds import MARK_KINDS
from pytest_lambda_events.report.page.templates import Templates
from pytest_lambda_events.simulation.clock import NoDriver, VirtualClock

HOSTILE = "</script><b>bold</b><!--<script>alert(1)</script>&amp;\"'"


def html_of(test: TestResult) -> str:
    """The page of a test."""
    return page_of(test, Templates()).html


class Elements(HTMLParser):
    """The names of a page's elements, and the text in its scripts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.names: list[str] = []
        self.scripts: list[str] = []
        self.texts: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)

    def handle_data(self, data: str) -> None:
        (self.scripts if self.cdata_elem == "script" else self.texts).append(data)


def hostile_page(events: EventJournal) -> str:
    """A page on which everything that a test can bring has markup in it."""
    events.accepted("id", HOSTILE, payload=HOSTILE.encode())
    subject = events.started("id", function_name=HOSTILE, payload=HOSTILE.encode())
    events.ended(subject, HOSTILE, logs=(HOSTILE,))
    events.delivered("id", f"arn:aws:sqs:us-east-1:123456789012:{HOSTILE}", HOSTILE.encode())
    events.journal.write(Warned(Subject(HOSTILE), HOSTILE))
    return html_of(TestResult(f"{HOSTILE}.py::{HOSTILE}", HOSTILE, events.journal, 0, (Failure("call", HOSTILE),)))


def test_markup_that_a_test_brings_is_text(events: EventJournal) -> None:
    elements = Elements(hostile_page(events))

    assert "b" not in elements.names
    assert elements.names.count("script") == 2
    assert any("<b>bold</b>" in text for text in elements.texts)


def test_the_data_of_a_page_hold_what_the_test_brought(events: EventJournal) -> None:
    data, _ = Elements(hostile_page(events)).scripts

    assert [HOSTILE] in json.loads(data)["texts"]


def test_a_page_needs_nothing_from_elsewhere(events: EventJournal) -> None:
    events.failing(0, 60, 180)

    page = html_of(TestResult("tests/test_orders.py::test_retries", "passed", events.journal))

    inside = page.replace("url(#tip)", "").replace("http-equiv", "")
    assert [word for word in ("http", "src=", "<link ", "@import", "url(", "fetch(") if word in inside] == []


def test_a_page_names_the_test_and_its_failure(events: EventJournal) -> None:
    events.failing(0, 60)
    failure = Failure("call", "E   assert [0, 60] == [0]")

    page = html_of(TestResult("tests/test_orders.py::test_retries[a b]", "failed", events.journal, 90, (failure,)))

    texts = Elements(page).texts
    expected = (" / tests/test_orders.py", "test_retries[a b]", "failed", failure.text, "assert [0, 60] == [0]")
    assert [text for text in expected if text not in texts] == []
    assert "1 min 30 s of virtual time" in texts


def test_a_page_has_the_timeline_as_text(events: EventJournal) -> None:
    events.failing(0, 60)

    assert events.journal.timeline() in Elements(html_of(TestResult("test", "passed", events.journal))).texts


def test_a_long_timeline_is_shown_at_both_ends(clock: VirtualClock) -> None:
    page = html_of(TestResult("test", "passed", poison_journal(clock, 1000)))

    assert "… 600 lines left out …" in page


def test_attempts_with_different_outcomes_have_different_signs() -> None:
    outcomes = ("success", "partial", "all_failed", "function_error", "throttled", "service_error", "not_found", "pending")

    assert len({MARK_KINDS[kind].icon for kind in outcomes}) == len(outcomes)


def test_a_function_error_and_a_discard_have_different_signs() -> None:
    assert MARK_KINDS["function_error"].icon != MARK_KINDS["discarded"].icon


def test_the_legend_has_the_kinds_and_the_numbers_of_the_picture(clock: VirtualClock) -> None:
    mapping = MappingJournal(clock)
    mapping.polled("m1", "m2")
    mapping.succeeds("m1", "m2")

    legend = html_of(TestResult("test", "passed", mapping.journal)).partition('<ul class="legend">')[2].partition("</ul>")[0]

    texts = [text for text in Elements(legend).texts if text.strip()]
    assert texts == [
        "succeeded", "received", "done",
        "#1", "the number of the attempt for its event, message or record",
        "×2", "the number of messages or records",
    ]  # fmt: skip


def test_the_failed_assertion_stands_before_the_picture_and_the_traceback(events: EventJournal) -> None:
    events.failing(0)
    failure = Failure("call", "    def test_x():\n>     assert found == 1\nE     assert 2 == 1\n\ntest_x.py:7: AssertionError")

    page = html_of(TestResult("test_x.py::test_x", "failed", events.journal, failures=(failure,)))

    found = [page.index(text) for text in ("test_x.py:7", "assert found == 1", "assert 2 == 1", "def test_x", 'class="chart"')]
    assert found == sorted(found)


@pytest.mark.parametrize(
    ("kinds", "shown"),
    [
        pytest.param(["warning"], "warning", id="a warning"),
        pytest.param(["throttled", "warning"], "throttled", id="rather an attempt"),
        pytest.param(["throttled", "service_error"], "service error", id="the later of two attempts"),
    ],
)
def test_a_failure_is_selected_first(events: EventJournal, kinds: list[str], shown: str) -> None:
    for number, kind in enumerate(kinds):
        subject = Subject("charge", f"id-{number}", 1)
        entry: Entry = Warned(subject, "a warning") if kind == "warning" else refused(kind, subject)
        events.journal.write(entry)
    events.ended(events.started("last"))

    data = json.loads(Elements(html_of(TestResult("test", "passed", events.journal))).scripts[0])

    assert data["marks"][data["first"]]["title"].endswith(f": {shown}")


def test_the_last_attempt_is_selected_first_if_all_went_well(clock: VirtualClock) -> None:
    mapping = MappingJournal(clock)
    mapping.polled("m1")
    mapping.succeeds("m1")

    data = json.loads(Elements(html_of(TestResult("test", "passed", mapping.journal))).scripts[0])

    assert data["marks"][data["first"]]["title"] == "ship attempt 1: succeeded"


def test_the_page_of_a_test_without_entries_has_a_note() -> None:
    assert "Nothing happened in this test." in Elements(html_of(TestResult("test", "passed", ()))).texts


def test_the_whole_arn_of_a_lane_is_shown_on_hover(clock: VirtualClock) -> None:
    mapping = MappingJournal(clock)
    mapping.redriven("m1", receive_count=2)

    assert f'title="{DEAD}"' in html_of(TestResult("test", "passed", mapping.journal))


def test_a_page_of_a_journal_twice_as_long_takes_twice_the_work() -> None:
    start = datetime(2026, 1, 1, tzinfo=timezone.utc)
    short, long = poison_journal(VirtualClock(start, NoDriver()), 1000), poison_journal(VirtualClock(start, NoDriver()), 2000)

    templates = Templates()
    page_of(TestResult("test", "passed", ()), templates)

    once = calls_of(lambda: page_of(TestResult("test", "passed", short), templates))
    twice = calls_of(lambda: page_of(TestResult("test", "passed", long), templates))

    assert twice < 2.2 * once


def test_a_page_of_twelve_thousand_attempts_with_large_events_is_small(events: EventJournal) -> None:
    for number in range(12_000):
        events.at(number)
        payload = json.dumps({"number": number, "text": "ä" * 5_000}, ensure_ascii=False).encode() if number % 3 else b"{}"
        events.ended(events.started("id", number, payload=payload), f"error {chr(0x4E00 + number)}")

    page = html_of(TestResult("test", "failed", events.journal, failures=(Failure("call", "E   assert\n" * 50_000),)))

    assert len(page.encode()) < 2_000_000
