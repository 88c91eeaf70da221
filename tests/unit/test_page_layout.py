"""Where everything stands in the picture of a report page."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import pytest
from event_journals import EventJournal
from hypothesis import given
from hypothesis import strategies as st

from pytest_lambda_events.report.page.axis import axis_of, duration_text, longest_in_proportion, seconds_text
from pytest_lambda_events.report.page.chart import chart_of
from pytest_lambda_events.report.page.layout import Layout, brief_words, layout_of
from pytest_lambda_events.report.page.marks import Chart, Lane, Link, Mark
from pytest_lambda_events.report.page.text_width import text_width


def rows(layout: Layout) -> list[float]:
    """The heights at which the bars stand, in the order of the events."""
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


# ---------------------------------------------------------------------- the layout


def test_attempts_that_overlap_stand_in_rows_of_their_own(events: EventJournal) -> None:
    first, second = events.started("one"), events.started("two")
    events.at(10)
    events.ended(first)
    events.ended(second)

    one, two = rows(layout_of(chart_of(events.journal)))

    assert one < two


def test_attempts_after_each_other_share_a_row(events: EventJournal) -> None:
    for instant, name in enumerate(["one", "two"]):
        events.at(10 * instant)
        events.ended(events.started(name))

    one, two = rows(layout_of(chart_of(events.journal)))

    assert one == two


def test_the_retries_of_two_events_that_alternate_do_not_share_a_row(events: EventJournal) -> None:
    for instant, name, attempt in [(0, "one", 1), (20, "two", 1), (60, "one", 2), (80, "two", 2)]:
        events.at(instant)
        events.ended(events.started(name, attempt), "card expired")

    one, two, one_again, two_again = rows(layout_of(chart_of(events.journal)))

    assert (one, two) == (one_again, two_again)
    assert one < two


def test_at_one_instant_causes_stand_left_of_effects(events: EventJournal) -> None:
    events.failing(0)

    accepted, attempt, _, delivered = layout_of(chart_of(events.journal)).marks

    assert accepted.right < attempt.x
    assert attempt.right < delivered.x


def test_a_bar_ends_where_the_instant_of_its_end_begins(events: EventJournal) -> None:
    subject = events.started("id")
    events.at(10)
    events.ended(subject)

    layout = layout_of(chart_of(events.journal))

    assert layout.marks[0].right == pytest.approx(layout.axis.columns[10].x, abs=4)


class Box(NamedTuple):
    """What a mark or its words cover."""

    x: float
    y: float
    right: float
    bottom: float

    def overlaps(self, other: Box) -> bool:
        """Whether the two have a point in common."""
        return self.x < other.right and other.x < self.right and self.y < other.bottom and other.y < self.bottom


def boxes(layout: Layout) -> list[Box]:
    """What the marks and their words cover; words inside a mark are in its box."""
    of_marks = [Box(mark.x, mark.y, mark.right, mark.y + mark.height) for mark in layout.marks]
    of_words = [
        Box(mark.words_x, mark.y, mark.words_x + mark.words_width, mark.y + mark.height)
        for mark in layout.marks
        if mark.words and not mark.has_words_inside
    ]
    return of_marks + of_words


def ticks(layout: Layout) -> list[Box]:
    """What the texts above the axis cover, at their full width."""
    return [Box(tick.x, 0, tick.x + max(map(text_width, tick.texts)), 1) for tick in layout.ticks]


INSTANTS = st.sampled_from([0.0, 0.000001, 0.2, 1.0, 1.5, 59.9, 60.0, 61.0, 180.0, 3600.0, 345_600.0, 345_600.000001])
WORDS = st.sampled_from(
    ["", "1 s", "ValueError: card expired", "W" * 200, "\N{CJK UNIFIED IDEOGRAPH-4E00}" * 90, "two\nlines"]
)


@st.composite
def charts(draw: st.DrawFn) -> Chart:
    """Marks on up to three lanes, each linked to some that began before it."""
    lanes = tuple(Lane(f"lane {number}", "function", f"function-{number}", "") for number in range(draw(st.integers(1, 3))))
    found: list[Mark] = []
    for begins in sorted(draw(st.lists(INSTANTS, min_size=1, max_size=14))):
        is_bar = draw(st.booleans())
        ends = max(begins, draw(INSTANTS)) if is_bar else begins
        number = draw(st.sampled_from([None, 1, 12, 12_000]))
        found.append(Mark(draw(st.sampled_from(lanes)).key, "success", begins, ends, number, draw(WORDS), is_bar))
    pairs = draw(st.sets(st.tuples(st.integers(0, 13), st.integers(0, 13))))
    links = (Link(found[cause], found[effect], "retry") for cause, effect in sorted(pairs) if cause < effect < len(found))
    return Chart(lanes, tuple(found), tuple(links))


@given(charts())
def test_marks_and_words_never_overlap(chart: Chart) -> None:
    found = boxes(layout_of(chart))

    assert [(one, other) for number, one in enumerate(found) for other in found[:number] if one.overlaps(other)] == []


@given(charts())
def test_marks_and_words_are_inside_the_picture_and_their_lane(chart: Chart) -> None:
    layout = layout_of(chart)
    lanes = {placed.lane.key: placed for placed in layout.lanes}

    outside = [box for box in boxes(layout) if box.x < 0 or box.right > layout.width]
    outside_of_lane = [
        mark
        for mark in layout.marks
        if mark.y < lanes[mark.mark.lane].y or mark.y + mark.height > lanes[mark.mark.lane].y + lanes[mark.mark.lane].height
    ]
    assert (outside, outside_of_lane) == ([], [])
    assert layout.height == sum(placed.height for placed in layout.lanes)


@given(charts())
def test_the_texts_of_instants_fit_into_their_room_and_into_the_picture(chart: Chart) -> None:
    layout = layout_of(chart)

    assert [tick for tick in layout.ticks if max(map(text_width, tick.texts)) > tick.width] == []
    assert [box for box in ticks(layout) if box.right > layout.width] == []


@given(charts())
def test_folds_stand_between_the_texts_of_instants(chart: Chart) -> None:
    layout = layout_of(chart)
    folds = [Box(fold.x, 0, fold.x + fold.width, 1) for fold in layout.axis.folds]

    assert [(fold, tick) for fold in folds for tick in ticks(layout) if fold.overlaps(tick)] == []


@pytest.mark.parametrize(
    ("words", "text"),
    [
        pytest.param("card expired", "card expired", id="one line"),
        pytest.param("two\nlines\nor more", "two ... or more", id="first and last line"),
        pytest.param("x" * 500, "x" * 119 + "…", id="very long"),
    ],
)
def test_words_beside_a_mark_are_brief(words: str, text: str) -> None:
    assert brief_words(words) == text
