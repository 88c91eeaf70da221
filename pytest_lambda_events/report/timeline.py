"""The journal as plain text, one line for each thing that a reader wants to know."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from ..journal.entry import Entry
from .line import Line
from .lines import lines_of
from .shortening import Gap, UnreadGap, shortened

TEXT_WIDTH = 72
"""How wide the column of texts becomes. A longer text pushes what follows on its own line only."""
CUT_WIDTH = 110
"""Where the text of a line without anything behind it is cut, if texts are cut."""


def timeline(entries: Iterable[Entry], limit: int | None = None, whole: Iterable[Entry] = ()) -> str:
    """Returns the entries as text: time, function, what happened, and what followed.

    Retries, endings and the results of messages are on the line of the attempt that caused them. Request ids and message
    ids are numbered in order of appearance, in `whole` if it is given. `limit` is the most lines. Lines around failures
    stay, and other lines are counted where they are left out.
    """
    lines = lines_of(entries, whole)
    return "\n".join(table(lines if limit is None else shortened(lines, limit)))


def table(
    lines: Sequence[Line | Gap | UnreadGap], notes: Mapping[int, Sequence[str]] | None = None, *, cuts: bool = False
) -> list[str]:
    """Returns the lines in columns. `notes` has the indented lines below a line, by the index of the line.

    A hint is shown only on the first line that has it. With `cuts`, long texts end with "...", see `is_cut`.
    """
    full = [line for line in lines if isinstance(line, Line)]
    instants, follows = [line.instant for line in full], [line.follows for line in full]
    texts = [_cut(line) if cuts else plain(line.text) for line in full]
    width = max(map(len, instants), default=0)
    names = max((len(line.who) for line in full), default=0)
    kinds = max((len(line.what) for line in full), default=0)
    since = max((len(line.since_accepted) for line in full), default=0)
    # A long text must not move the consequences of other lines out of sight.
    column = max((len(text) for text, followed in zip(texts, follows, strict=True) if followed), default=0)
    column = min(column, TEXT_WIDTH)
    indent = " " * (width + names + 8 + (since + 1 if since else 0))
    hints: set[tuple[str, str]] = set()

    def row(line: Line, at: str, text: str, followed: str) -> str:
        if line.hint and (line.who, line.hint) not in hints:
            hints.add((line.who, line.hint))
            followed = f"{followed}; {line.hint}" if followed else line.hint
        accepted = f" {line.since_accepted:<{since}}" if since else ""
        start = f"{at:>{width}}{accepted}   {line.who:<{names}}   {line.what:<{kinds}}"
        return plain(f"{start}   {text:<{column}}   {followed}".rstrip())

    rows = map(row, full, instants, texts, follows)
    if len(full) == len(lines) and not notes:
        return list(rows)
    return list(_with_notes(lines, notes or {}, rows, indent, f"{'...':>{width}}   "))


def _with_notes(
    lines: Sequence[Line | Gap | UnreadGap],
    notes: Mapping[int, Sequence[str]],
    rows: Iterator[str],
    indent: str,
    left_out: str,
) -> Iterable[str]:
    for index, line in enumerate(lines):
        yield next(rows) if isinstance(line, Line) else plain(f"{left_out}{line.text}")
        yield from (plain(f"{indent}{note}") for note in notes.get(index, ()))


def is_cut(line: Line) -> bool:
    """Returns whether the text of a line is too long for its column: 72 characters, 110 if nothing follows it."""
    return len(plain(line.text)) > _width(line)


def _width(line: Line) -> int:
    return TEXT_WIDTH if line.follows else CUT_WIDTH


def _cut(line: Line) -> str:
    text = plain(line.text)
    return f"{text[: _width(line) - 3]}..." if is_cut(line) else text


_COLORS = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-_])")
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")


def plain(text: str) -> str:
    """Returns `text` on one line, without colors. Characters that terminals, files or XML do not support are escaped."""
    if text.isprintable():
        return text
    return _UNSEEN.sub(lambda found: found[0].encode("unicode_escape").decode(), _COLORS.sub("", text))
