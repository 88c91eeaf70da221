"""Collapses long runs of similar marks: the first and the last few are drawn, and one mark replaces the others."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import groupby

from .mark_kinds import MARK_KINDS
from .marks import Chart, Lane, Mark, between

SIMILAR = 10
"""Up to this many similar marks of a lane are all drawn."""
FIRST, LAST = 3, 3
"""How many of more similar marks are drawn."""
MARKS = 320
"""How many marks, roughly, a picture has at most."""
LANES = 60


def collapsed(chart: Chart) -> Chart:
    """Returns the chart with at most about `MARKS` marks on `LANES` lanes. Marks of kind `more` replace the others."""
    lanes = chart.lanes[:LANES]
    of_lane: dict[str, list[Mark]] = {lane.key: [] for lane in lanes}
    for mark in chart.marks:
        if mark.lane in of_lane:
            of_lane[mark.lane].append(mark)
    room = max(FIRST + LAST, MARKS // max(1, len(lanes)))
    position = {mark: number for number, mark in enumerate(chart.marks)}
    drawn: list[tuple[int, Mark]] = []
    for marks in of_lane.values():
        kept = _kept(marks, room)
        for is_kept, run in groupby(marks, kept.__contains__):
            together = list(run)
            shown = together if is_kept or len(together) == 1 else [_more(together)]
            drawn += [(position[first], mark) for first, mark in zip(together, shown, strict=False)]
    marks_in_order = tuple(mark for _, mark in sorted(drawn, key=lambda pair: pair[0]))
    return Chart(_used(lanes, marks_in_order), marks_in_order, between(chart.links, marks_in_order))


def left_out(whole: Chart, drawn: Chart) -> tuple[int, int]:
    """Returns how many marks and how many lanes of `whole` have no mark or lane of their own in `drawn`."""
    own = sum(1 for mark in drawn.marks if mark.stands_for == 1)
    return len(whole.marks) - own, len(whole.lanes) - len(drawn.lanes)


def _used(lanes: Sequence[Lane], marks: Iterable[Mark]) -> tuple[Lane, ...]:
    used = {mark.lane for mark in marks}
    return tuple(lane for lane in lanes if lane.key in used)


def _kept(marks: Sequence[Mark], room: int) -> set[Mark]:
    series: defaultdict[tuple[str, str], list[Mark]] = defaultdict(list)
    for mark in marks:
        series[mark.kind, re.sub(r"\d+", "#", mark.words)].append(mark)
    kept = {
        mark
        for similar in series.values()
        for mark in (similar if len(similar) <= SIMILAR else similar[:FIRST] + similar[-LAST:])
    }
    if len(kept) <= room:
        return kept
    in_order = [mark for mark in marks if mark in kept]
    return {*in_order[: room // 2], *in_order[-(room - room // 2) :]}


def _more(marks: Sequence[Mark]) -> Mark:
    """Returns one mark that replaces many."""
    kinds = Counter((mark.kind, mark.words) for mark in marks)
    notes = [
        " ".join(filter(None, [f"{count} ×", MARK_KINDS[kind].words, words])) for (kind, words), count in kinds.most_common(8)
    ]
    return Mark(
        marks[0].lane, "more", marks[0].begins, max(mark.ends for mark in marks),
        is_bar=True, stands_for=len(marks), notes=notes,
    )  # fmt: skip
