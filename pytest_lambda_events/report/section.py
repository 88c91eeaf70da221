"""The section in the report of a failing test: a short timeline with the output of handlers, and warnings."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from textwrap import wrap

from ..journal.entry import Entry
from ..journal.events import Warned
from .condensed import Part, Shown, condensed, condensed_totals
from .journal import Journal
from .line import Line
from .lines import lines_of
from .notes import WIDTH, notes_of
from .shortening import Gap, shortened, totals
from .timeline import is_cut, plain, table
from .timeline_of_journal import long_part

LINES = 28
"""How many lines of the timeline a section has at most."""
NOTES = 12
"""The most lines of handler output in a section, below the attempts that wrote them."""
MESSAGE_LINES = 5
"""How many lines the message of one error has at most."""
_SHOWN_BY_PYTEST = frozenset({"LambdaEventsError", "NotSimulatedError"})
_EVERYTHING = (
    "All lines: print(lambda_events.journal.timeline()). A part: timeline(event), timeline(function), timeline(queue)."
)
_NUMBER = re.compile(r"\d+")


def section(entries: Iterable[Entry], root: Path | None = None, left: str = "") -> str:
    """Returns the text of the section of a report. It is empty if nothing happened.

    A long timeline is shortened around failures, and begins with totals. Different warnings are never cut. They follow
    `left`, the text about pending work. Paths are relative to `root`.
    """
    part = long_part(entries) if isinstance(entries, Journal) else None
    shown, all_totals, warnings = _read(entries) if part is None else _condensed(part)
    text = table(shown, _notes(shown, root), cuts=True)
    left_out = sum(line.count for line in shown if not isinstance(line, Line))
    if left_out:
        of_all = sum(isinstance(line, Line) for line in shown)
        note = f"This shows {of_all} of {of_all + left_out:,} lines: those around the failures."
        text = [*map(plain, all_totals()), "", *text, "", note, _EVERYTHING]
    if left:
        text += [*([""] if text else []), *map(plain, left.splitlines())]
    if warnings:
        text += [*([""] if text else []), "Warnings:", *_warnings(warnings)]
    return "\n".join(text)


_Parts = tuple[Sequence[Shown | Gap], Callable[[], list[str]], Sequence[Line]]
"""The lines that are shown, what calculates the totals of all, and the warnings."""


def _read(entries: Iterable[Entry]) -> _Parts:
    everything = lines_of(entries)
    lines = [line for line in everything if line.kind != Warned.kind]
    warnings = [line for line in everything if line.kind == Warned.kind]
    return shortened(lines, LINES), lambda: totals(lines), warnings


def _condensed(part: Part) -> _Parts:
    rest = part.without(Warned)
    return condensed(rest, LINES), lambda: condensed_totals(rest.selection), lines_of(part.of_type(Warned))


def _warnings(lines: Sequence[Line]) -> Iterator[str]:
    """Returns a line for each different warning, with the number of equal ones."""
    alike: dict[tuple[str, str], list[Line]] = {}
    for line in lines:
        alike.setdefault((line.who, line.text), []).append(line)
    for first, *more in alike.values():
        yield plain(f"  {first.instant}   {first.who}   {first.text}{_repeated(more)}")


def _repeated(lines: Sequence[Line]) -> str:
    return f" ({len(lines):,} more, until {lines[-1].instant})" if lines else ""


def _whole_text(line: Line) -> Sequence[str]:
    """The text of an attempt that is cut in its line. A mistake of the test has its own traceback, which shows it."""
    if line.ended is None or not is_cut(line) or line.outcome in _SHOWN_BY_PYTEST:
        return ()
    return wrap(plain(line.text), WIDTH, max_lines=MESSAGE_LINES, placeholder=" ...")


def _notes(shown: Sequence[Shown | Gap], root: Path | None) -> dict[int, tuple[str, ...]]:
    """Returns the output of attempts, by the index of their line. Failures and new texts come first, and equal texts of an
    event appear once.
    """
    candidates: list[tuple[bool, bool, int, tuple[str, ...]]] = []
    is_whole = all(isinstance(line, Line) for line in shown)
    seen: set[tuple[str, ...]] = set()
    alike: set[tuple[str, ...]] = set()
    for index, line in enumerate(shown):
        if not isinstance(line, Line) or not (notes := (*_whole_text(line), *notes_of(line, root))):
            continue
        # Two functions, or two overlapping events, may print the same text, but a place in the code is unique.
        whose = (line.who, line.label if is_whole else "")
        key = notes if len(notes) == 1 and notes[0].startswith("at ") else (*whose, *notes)
        shape = tuple(_NUMBER.sub("#", note) for note in notes)
        if key not in seen:
            candidates.append((shape in alike, not line.is_bad, index, notes))
        seen.add(key)
        alike.add(shape)
    room = NOTES
    chosen = {}
    for _, _, index, notes in sorted(candidates):
        if len(notes) <= room:
            chosen[index] = notes
            room -= len(notes)
    return chosen
