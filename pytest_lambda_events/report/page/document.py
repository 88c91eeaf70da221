"""A whole page of one test. Everything is in the file, and everything that comes from the test is escaped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ...journal.entry import Entry
from ...journal.events import Warned
from ...values import dataclass
from ..timeline import timeline
from .axis import duration_text
from .chart import chart_of
from .collapse import collapsed, left_out
from .details import Details, Known, data_of, details_of
from .failure import Failure, shown_failure
from .labels import Piece, labels_of, pieces_of
from .layout import Layout, layout_of
from .links import path_of
from .mark_kinds import MARK_KINDS
from .marks import Chart, Mark
from .templates import Templates

LINES = 400
"""How many lines of a long text are shown: half of them from its beginning, half from its end."""
LONGEST_LINE = 2000
WARNINGS = 20
ROOM_FOR_TEXTS = 900_000
_TROUBLE = (
    "function_error", "all_failed", "lost", "discarded", "redriven", "expired", "service_error", "not_found", "throttled",
    "partial", "kept", "warning", "operation_failed", "timed_out",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Comparison:
    """An execution without planned faults, which a page shows above the one that failed with `faults`."""

    entries: Sequence[Entry]
    elapsed_seconds: float
    faults: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TestResult:
    """The data of a page. `outcome` is pytest's word, such as passed, failed or error.

    `elapsed_seconds` is the time on the clock at the end, which may be later than the last entry. Paths of files are shown
    from `root`. `compared` is what the exploration that found a failure compares it with.
    """

    __test__ = False

    node_id: str
    outcome: str
    entries: Sequence[Entry]
    elapsed_seconds: float = 0.0
    failures: tuple[Failure, ...] = ()
    root: Path | None = None
    compared: Comparison | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """A page as HTML, and the line of the index about its test."""

    html: str
    attempts: int
    elapsed_seconds: float


def page_of(test: TestResult, templates: Templates) -> Page:
    """Returns the page of a test. Long journals are collapsed, and the page shows how much is left out."""
    whole, chart, details = _drawn(test.entries, test.elapsed_seconds, test.root)
    marks, all_details, usual = list(chart.marks), details, None
    if test.compared is not None:
        _, other, usual_details = _drawn(test.compared.entries, test.compared.elapsed_seconds, test.root)
        usual = _picture(other, usual_details, "usual", 0) if other.marks else None
        marks, all_details = [*other.marks, *marks], [*usual_details, *details]
    elapsed = max([test.elapsed_seconds, *(entry.after_seconds for entry in test.entries[-1:])])
    path, _, name = test.node_id.partition("::")
    warnings = [entry.message[:LONGEST_LINE] for entry in test.entries if isinstance(entry, Warned)]
    first = len(marks) - len(chart.marks)
    html = templates.render(
        "page.html",
        path=path, name=name or path, outcome=test.outcome, attempts=whole.attempts, elapsed=duration_text(elapsed),
        failures=[_shown(each, labels_of(test.entries)) for each in test.failures],
        warnings=warnings[:WARNINGS], more_warnings=len(warnings) - WARNINGS,
        picture=_picture(chart, details, "", first) if chart.marks else None, left_out=_left_out(whole, chart),
        usual=usual, faults=test.compared.faults if test.compared is not None else (),
        kinds=MARK_KINDS, legend=[kind for kind in MARK_KINDS if any(mark.kind == kind for mark in marks)],
        numbers=_numbers(chart.marks), timeline=ends_of(timeline(test.entries)),
        data={**_data(all_details), "first": first + first_selected(chart.marks)},
    )  # fmt: skip
    return Page(html, whole.attempts, elapsed)


def _drawn(entries: Sequence[Entry], elapsed_seconds: float, root: Path | None) -> tuple[Chart, Chart, list[Details]]:
    """Returns all that happened, the part that is drawn, and the details of its marks."""
    whole = chart_of(entries, elapsed_seconds)
    chart = collapsed(whole)
    lanes = {lane.key: lane for lane in chart.lanes}
    known = Known(labels_of(entries), data_of(chart.marks), root)
    return whole, chart, [details_of(mark, lanes[mark.lane], known) for mark in chart.marks]


def _shown(failure: Failure, labels: Mapping[str, str]) -> dict[str, Any]:
    """Returns a failure for the template, with labels instead of long identifiers."""
    shown = shown_failure(Failure(failure.when, ends_of(failure.text)))
    statement = shown.statement if shown.statement != shown.message else ""
    return {
        "when": shown.when, "place": shown.place, "whole": shown.whole,
        "statement": list(pieces_of(statement, labels)), "message": list(pieces_of(shown.message, labels)),
    }  # fmt: skip


def _picture(chart: Chart, details: Sequence[Details], suffix: str, first: int) -> dict[str, Any]:
    """Returns what the template draws: the layout, the paths of the links, and the text of each mark for screen readers.

    `suffix` distinguishes the pictures of a page. `first` is the number of marks in the pictures above.
    """
    layout = layout_of(chart)
    placed = {mark.mark: mark for mark in layout.marks}
    return {
        "layout": layout,
        "links": [(link.kind, path_of(link.kind, placed[link.cause], placed[link.effect])) for link in layout.links],
        "titles": [f"{detail.title}, {detail.when}" for detail in details],
        "skipped": [(fold.x, fold.width, duration_text(fold.seconds)) for fold in layout.axis.folds],
        "axis": _axis_line(layout),
        "tip": f"tip{suffix}",
        "first": first,
    }


def _axis_line(layout: Layout) -> str:
    """Returns the path of the axis, with a zigzag where time is not shown."""
    line = "M0 52"
    for fold in layout.axis.folds:
        line += f"H{fold.x + 26:g}l5 -6l5 12l5 -12l5 12l5 -12l5 12l5 -12l5 6"
    return f"{line}H99999"


def _numbers(marks: Sequence[Mark]) -> list[tuple[str, str]]:
    """Returns the part of the legend about the numbers in marks, with examples from the picture."""
    attempts = [mark.label for mark in marks if mark.is_attempt and mark.label]
    counts = [mark.label for mark in marks if not mark.is_bar and mark.label]
    found = []
    if attempts:
        found.append((attempts[-1], "the number of the attempt for its event, message or record"))
    if counts:
        found.append((counts[-1], "the number of messages or records"))
    return found


def _left_out(whole: Chart, drawn: Chart) -> str:
    marks, lanes = left_out(whole, drawn)
    found = [
        f"{marks:,} of {len(whole.marks):,} marks" if marks else "",
        f"{lanes:,} of {len(whole.lanes):,} lanes" if lanes else "",
    ]
    return " and ".join(part for part in found if part)


def ends_of(text: str, most: int = LINES) -> str:
    """Returns the first and the last of more than `most` lines, and cuts lines that are too long."""
    lines = text.split("\n")
    if len(lines) > most:
        half = most // 2
        lines = [*lines[:half], f"… {len(lines) - 2 * half:,} lines left out …", *lines[-half:]]
    return "\n".join(line if len(line) <= LONGEST_LINE else f"{line[: LONGEST_LINE - 1]}…" for line in lines)


def _data(details: Sequence[Details]) -> dict[str, Any]:
    """Returns what the script shows of marks. A text that several marks share, such as an event's payload, is there once."""
    texts: dict[tuple[Piece, ...], int] = {}
    shown = [
        {
            "title": detail.title,
            "when": detail.when,
            "facts": [[fact.name, texts.setdefault(fact.pieces, len(texts)), fact.is_folded] for fact in detail.facts],
        }
        for detail in details
    ]
    limit = max(200, ROOM_FOR_TEXTS // max(1, len(texts)))
    return {"marks": shown, "texts": [_cut(pieces, limit) for pieces in texts]}


def _cut(pieces: Sequence[Piece], limit: int) -> list[str | list[str]]:
    """Returns pieces for the script, plain ones as text, with at most about `limit` characters together."""
    found: list[str | list[str]] = []
    for piece in pieces:
        text = piece.text if len(piece.text) <= limit else f"{piece.text[:limit]}…"
        found.append([text, piece.whole, piece.tone] if piece.whole or piece.tone else text)
        limit -= len(text)
        if limit <= 0:
            break
    return found


def first_selected(marks: Sequence[Mark]) -> int:
    """Returns the index of the mark that is selected first: the last failed attempt, other trouble, attempt or mark."""
    troubles = [number for number, mark in enumerate(marks) if mark.kind in _TROUBLE]
    failed = [number for number in troubles if marks[number].is_bar]
    attempts = [number for number, mark in enumerate(marks) if mark.is_attempt]
    return next((found[-1] for found in (failed, troubles, attempts) if found), len(marks) - 1)
