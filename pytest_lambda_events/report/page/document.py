"""A whole page: everything is inside it, and everything that a test brought is escaped."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from ...simulation.journal import Entry
from ..timeline import timeline
from .axis import duration_text
from .condense import condensed, left_out
from .details import LOOKS, Details, details_of
from .layout import layout_of
from .look import SCRIPT, STYLE
from .marks import Mark, Story
from .story import story_of
from .svg import icon_svg, names_svg, picture_svg

LINES = 400
"""So many lines of the timeline are shown, the first and the last."""
WARNINGS = 20
ROOM_FOR_TEXTS = 900_000
_FIRST_SHOWN = (
    "function_error", "lost", "given_up", "redriven", "expired", "service_error", "not_found", "throttled", "kept", "warning"
)  # fmt: skip
_HINT = "Point at a mark, or reach it with Tab and the arrow keys."
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'"


@dataclass(frozen=True, slots=True)
class Failure:
    """How one phase of a test failed: `when` is setup, call or teardown, `text` what pytest tells of it."""

    when: str
    text: str


@dataclass(frozen=True, slots=True)
class TestStory:
    """What a page is about. `outcome` is pytest's word, such as passed, failed or error.

    `elapsed_seconds` is how far the clock had come, which may be later than the last entry.
    """

    __test__ = False

    node_id: str
    outcome: str
    entries: Sequence[Entry]
    elapsed_seconds: float = 0.0
    failures: tuple[Failure, ...] = ()


def page_of(test: TestStory) -> str:
    """The page as HTML. Long journals are condensed, and the page says how much is left out."""
    whole = story_of(test.entries, test.elapsed_seconds)
    story = condensed(whole)
    lanes = {lane.key: lane for lane in story.lanes}
    details = [details_of(mark, lanes[mark.lane]) for mark in story.marks]
    path, _, name = test.node_id.partition("::")
    parts = [
        "<!DOCTYPE html>", '<html lang="en">', "<head>", '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(name or path)}</title>", f"<style>{STYLE}</style>", "</head>", "<body>", "<main>",
        f"<header><h1><small>{escape(path)}</small>{escape(name)}</h1>", _summary(test, whole), "</header>",
        _picture(whole, story, details), _failures(test.failures), _warnings(test.entries), _timeline(test.entries),
        "</main>", _data(story.marks, details), f"<script>{SCRIPT}</script>", "</body>", "</html>", "",
    ]  # fmt: skip
    return "\n".join(part for part in parts if part)


def _summary(test: TestStory, story: Story) -> str:
    tries = sum(1 for mark in story.marks if mark.is_bar and mark.entries)
    lasted = duration_text(max([test.elapsed_seconds, *(entry.after_seconds for entry in test.entries[-1:])]))
    tone = test.outcome if test.outcome in ("passed", "failed", "error") else "other"
    return (
        f'<p class="summary"><span class="chip {tone}">{escape(test.outcome)}</span>'
        f"<span>{tries:,} {'attempt' if tries == 1 else 'attempts'}</span><span>{lasted} of virtual time</span></p>"
    )


def _picture(whole: Story, story: Story, details: Sequence[Details]) -> str:
    if not story.marks:
        return '<section><p class="note">Nothing happened in this test.</p></section>'
    layout = layout_of(story)
    titles = [f"{detail.title}, {detail.when}" for detail in details]
    used = {mark.look for mark in story.marks}
    legend = "".join(f"<li>{icon_svg(look)}{words}</li>" for look, words in LOOKS.items() if look in used)
    chart = f'{names_svg(layout)}<div class="scroll">{picture_svg(layout, titles)}</div>'
    return "\n".join([
        "<section>", f'<div class="chart">{chart}</div>',
        f'<ul class="legend">{legend}</ul>', _left_out(whole, story), "</section>",
        f'<section id="details" aria-live="polite"><p class="note">{_HINT}</p></section>',
    ])  # fmt: skip


def _left_out(whole: Story, story: Story) -> str:
    marks, lanes = left_out(whole, story)
    told = [
        f"{marks:,} of {len(whole.marks):,} marks" if marks else "",
        f"{lanes:,} of {len(whole.lanes):,} lanes" if lanes else "",
    ]
    said = " and ".join(part for part in told if part)
    return f'<p class="note">Left out of the picture: {said}.</p>' if said else ""


def _failures(failures: Sequence[Failure]) -> str:
    return "\n".join(
        f"<section><h2>Failed in {escape(finding.when)}</h2><pre>{escape(_ends_of(finding.text, LINES))}</pre></section>"
        for finding in failures
    )


def _warnings(entries: Sequence[Entry]) -> str:
    messages = [str(entry.detail["message"]) for entry in entries if entry.kind == "warning"]
    if not messages:
        return ""
    more = f"<li>and {len(messages) - WARNINGS:,} more</li>" if len(messages) > WARNINGS else ""
    items = "".join(f"<li>{escape(message[:2000])}</li>" for message in messages[:WARNINGS])
    return f'<section><h2>Warnings</h2><ul class="warnings">{items}{more}</ul></section>'


def _timeline(entries: Sequence[Entry]) -> str:
    text = _ends_of(timeline(entries), LINES)
    return f"<section><h2>Timeline</h2><pre>{escape(text)}</pre></section>" if text else ""


def _ends_of(text: str, most: int) -> str:
    """The first and the last of more than `most` lines; none is longer than 2,000 characters."""
    lines = text.split("\n")
    if len(lines) > most:
        half = most // 2
        lines = [*lines[:half], f"… {len(lines) - 2 * half:,} lines left out …", *lines[-half:]]
    return "\n".join(line if len(line) <= 2000 else f"{line[:1999]}…" for line in lines)


def _data(marks: Sequence[Mark], details: Sequence[Details]) -> str:
    """What the script shows of marks. A text that several marks share, such as the event of all attempts, stands here once."""
    texts: dict[str, int] = {}
    told = [
        [detail.title, detail.when, [[name, texts.setdefault(text, len(texts))] for name, text in detail.facts]]
        for detail in details
    ]
    limit = max(200, ROOM_FOR_TEXTS // max(1, len(texts)))
    shortened = [text if len(text) <= limit else f"{text[:limit]}…" for text in texts]
    data = json.dumps({"marks": told, "texts": shortened, "first": _first_shown(marks)}, ensure_ascii=False)
    # Inside a script element only "<" can end it or begin a comment.
    harmless = data.replace("<", "\\u003c")
    return f'<script type="application/json" id="data">{harmless}</script>'


def _first_shown(marks: Sequence[Mark]) -> int:
    """The last mark of trouble, or else the last: what a reader most likely asks about."""
    troubles = [number for number, mark in enumerate(marks) if mark.look in _FIRST_SHOWN]
    tries = [number for number in troubles if marks[number].is_bar]
    return next((found[-1] for found in (tries, troubles) if found), len(marks) - 1)
