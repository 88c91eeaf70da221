"""A report page before any browser sees it: what is read of a journal, where it stands, what is left out and escaped."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from counting import calls_of
from mapping_journals import DEAD, MappingStory
from stream_journals import StreamStory

from pytest_lambda_events.report.journal import Journal
from pytest_lambda_events.report.page.axis import axis_of, duration_text, longest_in_proportion, seconds_text
from pytest_lambda_events.report.page.condense import LANES, MARKS, condensed, left_out
from pytest_lambda_events.report.page.details import LOOKS
from pytest_lambda_events.report.page.document import Failure, TestStory, page_of
from pytest_lambda_events.report.page.layout import CHARACTER, Layout, PlacedMark, fitted, layout_of
from pytest_lambda_events.report.page.marks import Mark, Story
from pytest_lambda_events.report.page.story import kind_and_name, story_of
from pytest_lambda_events.report.page.svg import ICONS
from pytest_lambda_events.simulation.clock import NoDriver, VirtualClock
from pytest_lambda_events.simulation.journal import Subject

FAILURES = "arn:aws:sqs:us-east-1:123456789012:failures"
HOSTILE = "</script><b>bold</b><!--<script>alert(1)</script>&amp;\"'"


class AsyncStory:
    """Writes what the queue of asynchronous events would write."""

    def __init__(self, clock: VirtualClock) -> None:
        self.clock = clock
        self.journal = Journal(clock)

    def at(self, seconds: float) -> None:
        """Move the clock."""
        self.clock.move_to(round(seconds * 1_000_000))

    def accepted(self, request_id: str, function_name: str = "charge", payload: bytes = b"{}") -> None:
        """An event."""
        self.journal.write("accepted", Subject(function_name, request_id), payload=payload)

    def started(self, request_id: str, attempt: int = 1, function_name: str = "charge", payload: bytes = b"{}") -> Subject:
        """An attempt that runs."""
        subject = Subject(function_name, request_id, attempt)
        self.journal.write("started", subject, payload=payload, executed_version="$LATEST", is_cold_start=False)
        return subject

    def ended(self, subject: Subject, error: str | None = None, logs: tuple[str, ...] = ()) -> None:
        """Its end."""
        outcome, error_type = ("success", None) if error is None else ("function_error", "ValueError")
        self.journal.write(
            "ended", subject, outcome=outcome, payload=b"null", error_type=error_type, error_message=error, logs=logs
        )

    def failing(self, *starts: float, request_id: str = "id", error: str = "card expired") -> None:
        """An event that is accepted at the first instant, fails at each, and reaches its destination at the last."""
        self.at(starts[0])
        self.accepted(request_id)
        for number, (instant, following) in enumerate(zip(starts, [*starts[1:], None], strict=True), 1):
            self.at(instant)
            subject = self.started(request_id, number)
            self.ended(subject, error)
            if following is not None:
                self.journal.write("retried", subject, due_after_seconds=following)
        self.journal.write("discarded", Subject("charge", request_id), condition="RetriesExhausted", attempts=len(starts))
        self.delivered(request_id)

    def delivered(self, request_id: str, target: str = FAILURES, body: bytes = b"{}") -> None:
        """A record at a destination."""
        subject = Subject("charge", request_id)
        self.journal.write("delivered", subject, route="on_failure", target=target, body=body)


@pytest.fixture
def story(clock: VirtualClock) -> AsyncStory:
    return AsyncStory(clock)


def attempts(story: Story) -> list[Mark]:
    return [mark for mark in story.marks if mark.is_bar]


def looks(story: Story) -> list[str]:
    return [mark.look for mark in story.marks]


def links(story: Story) -> list[tuple[str, str, str]]:
    return [(link.cause.look + link.cause.label, link.kind, link.effect.look + link.effect.label) for link in story.links]


def rows(layout: Layout) -> list[float]:
    """The heights at which the bars stand, in the order of the story."""
    return [placed.y for placed in layout.marks if placed.mark.is_bar]


# ---------------------------------------------------------------------- the axis


def gaps(*instants: float) -> list[float]:
    axis = axis_of(dict.fromkeys(instants, (40.0,)))
    return [after.x - before.x - before.width for before, after in pairwise(axis.columns.values())]


def test_stretches_of_time_are_drawn_in_proportion() -> None:
    first, second = gaps(0, 60, 180)

    assert second == pytest.approx(2 * first)


def test_four_days_after_three_minutes_are_folded_and_the_minutes_stay_in_proportion() -> None:
    axis = axis_of(dict.fromkeys([0.0, 60.0, 180.0, 345_780.0], (40.0,)))

    assert [fold.seconds for fold in axis.folds] == [345_600]
    first, second, _ = gaps(0, 60, 180, 345_780)
    assert second == pytest.approx(2 * first)


def test_a_fold_has_its_width_however_much_time_it_skips() -> None:
    assert gaps(0, 60, 3600)[1] == gaps(0, 60, 360_000)[1]


@pytest.mark.parametrize(
    ("lengths", "longest"),
    [
        pytest.param([], 0, id="none"),
        pytest.param([60], 60, id="one"),
        pytest.param([60, 120, 345_600], 120, id="two against one"),
        pytest.param([0.001, 60], 60, id="of two alone the longer"),
        pytest.param([0.2, 0.4, 0.8, 1.6, 60, 60], 1.6, id="four small against two large"),
    ],
)
def test_as_many_stretches_as_can_be_are_in_proportion(lengths: list[float], longest: float) -> None:
    assert longest_in_proportion(lengths) == longest


def test_the_texts_of_two_instants_never_overlap() -> None:
    axis = axis_of(dict.fromkeys([345_600.000001, 345_600.000002, 345_600.000003], (12.0,)))

    texts = [(column.x, 7 * len(seconds_text(column.at))) for column in axis.columns.values()]
    assert [x + width < following for (x, width), (following, _) in pairwise(texts)] == [True, True]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (0.2, "0.2 s"), (60, "60 s"), (345_600, "345,600 s"), (345_582.2, "345,582.2 s"), (1e-6, "0.000001 s")],
)
def test_an_instant_is_written_in_seconds(seconds: float, text: str) -> None:
    assert seconds_text(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (51.2, "51.2 s"), (60, "1 min"), (125, "2 min 5 s"), (3605, "1 h"), (21_600, "6 h"), (345_570, "3 d 23 h")],
)
def test_a_duration_has_its_two_largest_units(seconds: float, text: str) -> None:
    assert duration_text(seconds) == text


# ---------------------------------------------------------------------- the story


def test_an_event_leads_to_its_attempts_and_they_to_a_destination(story: AsyncStory) -> None:
    story.failing(0, 60, 180)

    assert links(story_of(story.journal)) == [
        ("accepted", "cause", "function_error1"),
        ("function_error1", "retry", "function_error2"),
        ("function_error2", "retry", "function_error3"),
        ("function_error3", "cause", "delivered"),
    ]


def test_lanes_stand_in_the_order_of_cause_and_effect(clock: VirtualClock) -> None:
    mapping = MappingStory(clock)
    mapping.polled("m1")
    mapping.ended(mapping.started("m1"), error_type="ValueError")
    mapping.journal.write("accepted", Subject("charge", "id"), payload=b"{}")
    mapping.at(60)
    mapping.redriven("m1", receive_count=2)

    lanes = story_of(mapping.journal).lanes

    assert [(lane.kind, lane.name) for lane in lanes] == [
        ("events", "accepted"), ("queue", "orders"), ("function", "ship"), ("queue", "orders-dead")
    ]  # fmt: skip


def test_a_poison_message_is_followed_to_its_dead_letter_queue(clock: VirtualClock) -> None:
    mapping = MappingStory(clock)
    for attempt, instant in enumerate([0, 60], 1):
        mapping.at(instant)
        mapping.polled("m1")
        mapping.ended(mapping.started("m1", attempt=attempt), error_type="ValueError")
    mapping.at(120)
    mapping.redriven("m1", receive_count=2)

    assert links(story_of(mapping.journal)) == [
        ("polled", "cause", "function_error1"),
        ("polled", "cause", "function_error2"),
        ("function_error1", "retry", "function_error2"),
        ("function_error2", "cause", "redriven"),
        ("redriven", "cause", "delivered"),
    ]


def test_each_half_of_a_bisected_batch_follows_from_the_whole(clock: VirtualClock) -> None:
    stream = StreamStory(clock)
    stream.polled("1", "2")
    for numbers in (("1", "2"), ("1",), ("2",)):
        stream.ended(stream.started(*numbers, request="-".join(numbers)), error_type="ValueError")

    story = story_of(stream.journal)

    whole, first, second = attempts(story)
    assert [(link.cause, link.effect) for link in story.links if link.kind == "retry"] == [(whole, first), (whole, second)]


def test_each_shard_has_a_lane(clock: VirtualClock) -> None:
    stream = StreamStory(clock)
    stream.polled("1")
    stream.shard_id = "shardId-000000000011"
    stream.polled("2")

    assert [lane.name for lane in story_of(stream.journal).lanes] == ["clicks shard 0", "clicks shard 11"]


@pytest.mark.parametrize("kind", ["throttled", "service_error", "not_found"])
def test_a_try_that_was_refused_is_a_mark_that_takes_no_time(story: AsyncStory, kind: str) -> None:
    story.journal.write(kind, Subject("charge", "id", 1), reason="why", payload=b"{}")

    [mark] = story_of(story.journal, elapsed_seconds=60).marks

    assert (mark.look, mark.begins, mark.ends) == (kind, 0, 0)


def test_an_attempt_that_still_runs_goes_on_to_where_the_clock_is(story: AsyncStory) -> None:
    story.started("id")

    [mark] = story_of(story.journal, elapsed_seconds=5).marks

    assert (mark.look, mark.begins, mark.ends) == ("pending", 0, 5)


def test_a_retry_to_come_stands_where_it_is_due(story: AsyncStory) -> None:
    subject = story.started("id")
    story.ended(subject, "card expired")
    story.journal.write("retried", subject, due_after_seconds=60.0)

    _, due = story_of(story.journal, elapsed_seconds=5).marks

    assert (due.look, due.begins) == ("pending", 60)


def test_a_batch_of_which_some_failed_looks_neither_good_nor_bad(clock: VirtualClock) -> None:
    mapping = MappingStory(clock)
    subject = mapping.started("m1", "m2")
    mapping.ended(subject)
    mapping.judged(subject, 2, ("m2",))

    [mark] = attempts(story_of(mapping.journal))

    assert (mark.look, mark.words) == ("partial", "1 of 2 failed")


@pytest.mark.parametrize(
    ("stale", "look", "label", "words"),
    [
        pytest.param((), "done", "2", "", id="all deleted"),
        pytest.param(("m2",), "done", "", "1 not deleted", id="one kept"),
        pytest.param(("m1", "m2"), "kept", "", "2 not deleted", id="none deleted"),
    ],
)
def test_messages_that_could_not_be_deleted_are_not_done(
    clock: VirtualClock, stale: tuple[str, ...], look: str, label: str, words: str
) -> None:
    mapping = MappingStory(clock)
    subject = mapping.started("m1", "m2")
    mapping.ended(subject)
    mapping.deleted(subject, "m1", "m2", stale=stale)

    _, mark = story_of(mapping.journal).marks

    assert (mark.look, mark.label, mark.words) == (look, label, words)


def test_a_planned_fault_leads_to_the_try_that_it_spoils(story: AsyncStory) -> None:
    story.accepted("id")
    story.journal.write("fault", Subject("charge", "id", 1), failure="TimeoutError('bank is closed')")
    story.ended(story.started("id"), "bank is closed")

    assert ("fault", "cause", "function_error1") in links(story_of(story.journal))


def test_a_planned_fault_after_the_handler_follows_from_its_try(story: AsyncStory) -> None:
    story.ended(story.started("id"))
    story.journal.write("fault", Subject("charge", "id", 1), failure="delete")

    assert links(story_of(story.journal)) == [("success1", "cause", "fault")]


def test_kinds_of_entries_that_a_page_does_not_know_are_left_out(story: AsyncStory) -> None:
    story.journal.write("born_tomorrow", Subject("charge", "id", 1), anything=1)

    assert story_of(story.journal).marks == ()


@pytest.mark.parametrize(
    ("arn", "named"),
    [
        ("arn:aws:sqs:us-east-1:123456789012:orders", ("queue", "orders")),
        ("arn:aws:sns:us-east-1:123456789012:alerts", ("topic", "alerts")),
        ("arn:aws:lambda:us-east-1:123456789012:function:audit:live", ("function", "audit")),
        ("arn:aws:events:us-east-1:123456789012:event-bus/failures", ("bus", "failures")),
        ("arn:aws:s3:::failures", ("bucket", "failures")),
        ("arn:aws:kinesis:us-east-1:123456789012:stream/clicks/consumer/fast:1", ("stream", "clicks")),
        ("arn:aws:dynamodb:us-east-1:123456789012:table/orders/stream/2026-01-01T00:00:00.000", ("table", "orders")),
    ],
)
def test_a_lane_is_named_after_what_its_arn_names(arn: str, named: tuple[str, str]) -> None:
    assert kind_and_name(arn) == named


# ---------------------------------------------------------------------- the layout


def test_attempts_that_overlap_stand_in_rows_of_their_own(story: AsyncStory) -> None:
    first, second = story.started("one"), story.started("two")
    story.at(10)
    story.ended(first)
    story.ended(second)

    one, two = rows(layout_of(story_of(story.journal)))

    assert one < two


def test_attempts_after_each_other_share_a_row(story: AsyncStory) -> None:
    for instant, name in enumerate(["one", "two"]):
        story.at(10 * instant)
        story.ended(story.started(name))

    one, two = rows(layout_of(story_of(story.journal)))

    assert one == two


def test_the_retries_of_two_events_that_alternate_do_not_share_a_row(story: AsyncStory) -> None:
    for instant, name, attempt in [(0, "one", 1), (20, "two", 1), (60, "one", 2), (80, "two", 2)]:
        story.at(instant)
        story.ended(story.started(name, attempt), "card expired")

    one, two, one_again, two_again = rows(layout_of(story_of(story.journal)))

    assert (one, two) == (one_again, two_again)
    assert one < two


def test_at_one_instant_causes_stand_left_of_effects(story: AsyncStory) -> None:
    story.failing(0)

    accepted, attempt, delivered = layout_of(story_of(story.journal)).marks

    assert accepted.right < attempt.x
    assert attempt.right < delivered.x


def test_a_bar_ends_where_the_instant_of_its_end_begins(story: AsyncStory) -> None:
    subject = story.started("id")
    story.at(10)
    story.ended(subject)

    layout = layout_of(story_of(story.journal))

    assert layout.marks[0].right == pytest.approx(layout.axis.columns[10].x, abs=4)


def overlapping(layout: Layout) -> list[tuple[PlacedMark, PlacedMark]]:
    """Marks in one row of which one, or its words, reaches into the next."""
    in_order = sorted(layout.marks, key=lambda placed: (placed.middle, placed.x))
    return [
        (placed, following)
        for placed, following in pairwise(in_order)
        if placed.middle == following.middle
        and max(placed.right, placed.words_x + len(placed.words) * CHARACTER) > following.x
    ]


def test_words_never_reach_into_the_next_mark(story: AsyncStory) -> None:
    for number, instant in enumerate([0, 0, 1, 1.5, 3, 7, 60, 60, 61, 180, 4000]):
        story.failing(instant, request_id=f"id-{number}", error="a rather long text of an error " * 3)

    assert overlapping(layout_of(story_of(story.journal))) == []


@pytest.mark.parametrize(
    ("words", "room", "text"),
    [
        pytest.param("card expired", 100, "card expired", id="fits"),
        pytest.param("the card has expired", 100, "the card has e…", id="cut"),
        pytest.param("the card has expired", 50, "", id="too little room to say anything"),
        pytest.param("two\nlines\nor more", 100, "two ... or more", id="first and last line"),
    ],
)
def test_words_are_cut_to_their_room(words: str, room: float, text: str) -> None:
    assert fitted(words, room) == text


# ---------------------------------------------------------------------- long stories


def poison(clock: VirtualClock, tries: int) -> Journal:
    """A message that comes again every 30 seconds."""
    mapping = MappingStory(clock)
    for number in range(1, tries + 1):
        mapping.at(30 * number)
        mapping.polled("m1")
        subject = mapping.started("m1", attempt=number)
        mapping.ended(subject, error_type="ValueError")
        mapping.judged(subject, 1, ("m1",))
    return mapping.journal


def test_of_a_long_story_the_first_and_the_last_tries_are_drawn(clock: VirtualClock) -> None:
    story = condensed(story_of(poison(clock, 12_000)))

    bars = [mark.label for mark in story.marks if mark.lane == "function ship"]
    assert bars == ["1", "2", "3", "11,994 more", "11998", "11999", "12000"]


def test_what_is_left_out_is_counted(clock: VirtualClock) -> None:
    whole = story_of(poison(clock, 1000))

    drawn = condensed(whole)

    assert sum(mark.stands_for for mark in drawn.marks) == len(whole.marks) == 2000
    assert left_out(whole, drawn) == (2000 - 12, 0)


def test_one_success_among_a_thousand_failures_is_drawn(story: AsyncStory) -> None:
    for number in range(1000):
        story.at(number)
        story.ended(story.started(f"id-{number}"), None if number == 500 else f"error {number}")

    assert looks(condensed(story_of(story.journal))).count("success") == 1


def test_a_story_in_which_no_two_marks_are_alike_has_an_end_too(story: AsyncStory) -> None:
    for number in range(2000):
        story.at(number)
        story.ended(story.started(f"id-{number}"), f"error {chr(0x4E00 + number)}")

    drawn = condensed(story_of(story.journal))

    assert len(drawn.marks) <= MARKS + 1
    assert left_out(story_of(story.journal), drawn)[0] >= 2000 - MARKS


def test_of_too_many_lanes_the_first_are_drawn(story: AsyncStory) -> None:
    for number in range(200):
        story.ended(story.started(f"id-{number}", function_name=f"function-{number}"))

    whole = story_of(story.journal)

    assert left_out(whole, condensed(whole)) == (200 - LANES, 200 - LANES)


def test_a_page_of_a_story_twice_as_long_takes_twice_the_work() -> None:
    start = datetime(2026, 1, 1, tzinfo=timezone.utc)
    short, long = poison(VirtualClock(start, NoDriver()), 1000), poison(VirtualClock(start, NoDriver()), 2000)

    once = calls_of(lambda: page_of(TestStory("test", "passed", short)))
    twice = calls_of(lambda: page_of(TestStory("test", "passed", long)))

    assert twice < 2.2 * once


def test_a_page_of_twelve_thousand_tries_with_large_events_is_small(story: AsyncStory) -> None:
    for number in range(12_000):
        story.at(number)
        payload = json.dumps({"number": number, "text": "ä" * 5_000}, ensure_ascii=False).encode() if number % 3 else b"{}"
        story.ended(story.started("id", number, payload=payload), f"error {chr(0x4E00 + number)}")

    page = page_of(TestStory("test", "failed", story.journal, failures=(Failure("call", "E   assert\n" * 50_000),)))

    assert len(page.encode()) < 2_000_000


# ---------------------------------------------------------------------- the page


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


def hostile_page(story: AsyncStory) -> str:
    """A page on which everything that a test can bring has markup in it."""
    story.accepted("id", HOSTILE, payload=HOSTILE.encode())
    subject = story.started("id", function_name=HOSTILE, payload=HOSTILE.encode())
    story.ended(subject, HOSTILE, logs=(HOSTILE,))
    story.delivered("id", f"arn:aws:sqs:us-east-1:123456789012:{HOSTILE}", HOSTILE.encode())
    story.journal.write("warning", Subject(HOSTILE), message=HOSTILE)
    return page_of(TestStory(f"{HOSTILE}.py::{HOSTILE}", HOSTILE, story.journal, 0, (Failure("call", HOSTILE),)))


def test_markup_that_a_test_brings_is_text(story: AsyncStory) -> None:
    elements = Elements(hostile_page(story))

    assert "b" not in elements.names
    assert elements.names.count("script") == 2
    assert any("<b>bold</b>" in text for text in elements.texts)


def test_the_data_of_a_page_are_what_the_test_brought(story: AsyncStory) -> None:
    data, _ = Elements(hostile_page(story)).scripts

    assert HOSTILE in json.loads(data)["texts"]


def test_a_page_needs_nothing_from_elsewhere(story: AsyncStory) -> None:
    story.failing(0, 60, 180)

    page = page_of(TestStory("tests/test_orders.py::test_retries", "passed", story.journal))

    inside = page.replace("url(#tip)", "").replace("http-equiv", "")
    assert [word for word in ("http", "src=", "<link ", "@import", "url(") if word in inside] == []


def test_a_page_tells_of_the_test_and_of_its_failure(story: AsyncStory) -> None:
    story.failing(0, 60)
    failure = Failure("call", "E   assert [0, 60] == [0]")

    page = page_of(TestStory("tests/test_orders.py::test_retries[a b]", "failed", story.journal, 90, (failure,)))

    texts = Elements(page).texts
    assert [text for text in ("tests/test_orders.py", "test_retries[a b]", "failed", failure.text) if text not in texts] == []
    assert "1 min 30 s of virtual time" in texts


def test_the_timeline_stands_on_the_page_as_text(story: AsyncStory) -> None:
    story.failing(0, 60)

    assert story.journal.timeline() in Elements(page_of(TestStory("test", "passed", story.journal))).texts


def test_a_long_timeline_is_shown_at_both_ends(clock: VirtualClock) -> None:
    page = page_of(TestStory("test", "passed", poison(clock, 1000)))

    assert "… 600 lines left out …" in page


def test_each_look_has_words_and_a_sign_and_no_two_outcomes_share_a_sign() -> None:
    outcomes = ("success", "partial", "function_error", "throttled", "service_error", "not_found", "pending")

    assert ICONS.keys() == LOOKS.keys()
    assert len({ICONS[look] for look in outcomes}) == len(outcomes)


@pytest.mark.parametrize(
    ("kinds", "shown"),
    [
        pytest.param(["warning"], "warning", id="a warning"),
        pytest.param(["throttled", "warning"], "throttled", id="rather a try"),
        pytest.param(["throttled", "service_error"], "service error", id="of two tries the later"),
    ],
)
def test_a_page_shows_trouble_first(story: AsyncStory, kinds: list[str], shown: str) -> None:
    for number, kind in enumerate(kinds):
        story.journal.write(kind, Subject("charge", f"id-{number}", 1), reason="why", payload=b"{}", message="look")
    story.ended(story.started("last"))

    data = json.loads(Elements(page_of(TestStory("test", "passed", story.journal))).scripts[0])

    assert data["marks"][data["first"]][0].endswith(f": {shown}")


def test_an_environment_in_which_nothing_happened_has_a_page_that_says_so() -> None:
    assert "Nothing happened in this test." in Elements(page_of(TestStory("test", "passed", ()))).texts


def test_a_dead_letter_queue_is_named_by_its_arn_where_it_is_pointed_at(clock: VirtualClock) -> None:
    mapping = MappingStory(clock)
    mapping.redriven("m1", receive_count=2)

    assert f"<title>{DEAD}</title>" in page_of(TestStory("test", "passed", mapping.journal))
