"""Many lines of a timeline made few."""

from __future__ import annotations

import pytest

from pytest_lambda_events.report.line import Line
from pytest_lambda_events.report.shortening import Gap, shortened, totals


def tried(at: float, outcome: str = "ValueError", *, about: str = "id", who: str = "ship", text: str = "") -> Line:
    is_bad = outcome != "returned"
    return Line(at, who, "attempt 1", text or outcome, kind="attempt", outcome=outcome, about=(about,), is_bad=is_bad)


def accepted(at: float, about: str, payload: str) -> Line:
    return Line(at, "ship", "accepted", payload, kind="accepted", about=(about,))


def texts(shown: list[Line | Gap]) -> list[str]:
    """What stays as its instant, what is left out as its text."""
    return [f"{line.at:g}" if isinstance(line, Line) else line.text for line in shown]


def test_few_lines_stay_as_they_are() -> None:
    lines = [tried(at) for at in range(20)]

    assert shortened(lines, 30) == lines


def test_a_run_of_similar_attempts_is_counted_with_its_interval() -> None:
    lines = [tried(at * 30, about=str(at)) for at in range(10_000)]

    shown = texts(shortened(lines, 6))

    assert shown == ["0", "30", "9,997 more similar attempts (ValueError), every 30 s, to 299940 s", "299970"]


def test_a_run_of_another_rhythm_is_counted_from_its_first_to_its_last() -> None:
    lines = [tried(2.0**exponent, about=str(exponent)) for exponent in range(40)]

    shown = texts(shortened(lines, 4))

    assert shown[2] == "37 more similar attempts (ValueError), from 4 s to 274877906944 s"


def test_different_lines_that_are_left_out_are_counted_by_kind() -> None:
    lines = [tried(0), *[tried(5, outcome) for outcome in ("returned", "throttled", "throttled") * 10], tried(9)]

    shown = texts(shortened(lines, 3))

    assert shown == ["0", "30 more, at 5 s: 20 throttled, 10 returned", "9"]


def test_lines_of_several_functions_are_counted_with_their_names() -> None:
    lines = [tried(0), *[tried(5, "returned", who=who) for who in ("ship", "bill") * 15], tried(9)]

    shown = texts(shortened(lines, 3))

    assert shown == ["0", "30 more, at 5 s: 30 returned, of bill and ship", "9"]


@pytest.mark.parametrize("place", [1, 500, 998], ids=["near the start", "in the middle", "near the end"])
def test_the_one_failure_among_successes_stays(place: int) -> None:
    lines = [tried(at, "ValueError" if at == place else "returned") for at in range(1000)]

    shown = shortened(lines, 8)

    assert lines[place] in shown


@pytest.mark.parametrize("place", [1, 500, 998], ids=["near the start", "in the middle", "near the end"])
def test_the_one_other_error_among_failures_stays(place: int) -> None:
    lines = [tried(at, text="no street" if at == place else "no address") for at in range(1000)]

    shown = shortened(lines, 8)

    assert lines[place] in shown


def test_numbers_and_ids_in_a_text_make_no_difference() -> None:
    lines = [tried(at, text=f"order {at} of 'user-{at}' failed") for at in range(100)]

    shown = shortened(lines, 30)

    assert len(shown) < 10


def test_the_event_of_a_failure_is_kept_with_it() -> None:
    events = [accepted(0, f"id-{number}", "{}") for number in range(1000)]
    attempts = [tried(1, "ValueError" if number == 700 else "returned", about=f"id-{number}") for number in range(1000)]

    shown = shortened([*events, *attempts], 12)

    assert events[700] in shown
    assert attempts[700] in shown


def test_a_payload_of_another_shape_is_kept() -> None:
    events = [accepted(0, f"id-{at}", '{"order": 1}' if at != 40 else '{"odrer": 1}') for at in range(100)]

    assert events[40] in shortened(events, 8)


def test_the_first_and_the_last_line_stay() -> None:
    lines = [tried(at, "returned") for at in range(100)]

    shown = shortened(lines, 3)

    assert (shown[0], shown[-1]) == (lines[0], lines[-1])


@pytest.mark.parametrize("limit", [3, 8, 30])
def test_there_are_never_more_lines_than_asked_for(limit: int) -> None:
    lines = [tried(at, f"Error{at}", who=f"function-{at}", about=f"id-{at}") for at in range(2000)]

    assert len(shortened(lines, limit)) <= limit


def test_nothing_is_lost_between_lines_and_gaps() -> None:
    lines = [tried(at, "returned" if at % 7 else "ValueError") for at in range(500)]

    shown = shortened(lines, 12)

    assert sum(len(line.lines) if isinstance(line, Gap) else 1 for line in shown) == 500


def test_a_warning_is_never_left_out() -> None:
    warnings = [Line(0, "ship", "warning", f"careful {number}", kind="warning") for number in range(40)]

    shown = shortened([*warnings, *[tried(at) for at in range(100)]], 10)

    assert [line for line in shown if isinstance(line, Line) and line.kind == "warning"] == warnings


def test_totals_say_what_attempts_came_to_and_how_events_ended() -> None:
    end = tried(2)
    end.condition = "RetriesExhausted"

    told = totals([tried(0), tried(1, "returned"), end])

    assert told == ["ship: 3 attempts: 2 ValueError, 1 returned; ended: 1 RetriesExhausted"]


def test_totals_say_how_many_events_have_not_ended() -> None:
    end = tried(2, "returned", about="b")
    end.condition = "Success"

    told = totals([*[accepted(0, about, "{}") for about in "abc"], tried(1, about="a"), end])

    assert told == ["ship: 2 attempts: 1 ValueError, 1 returned; ended: 1 Success; not ended: 2"]


def test_totals_begin_with_the_function_that_failed_most_and_name_five() -> None:
    lines = [tried(0, "returned", who=f"fine-{number}") for number in range(9)]

    told = totals([*lines, tried(0, who="broken")])

    assert told[0] == "broken: 1 attempt: 1 ValueError"
    assert told[5:] == ["and 5 others"]


def test_totals_of_functions_with_similar_failures_are_in_order_of_appearance() -> None:
    names = ["e", "b", "d", "a", "c"]

    told = totals([tried(0, who=name) for name in names])

    assert [line[0] for line in told] == names
