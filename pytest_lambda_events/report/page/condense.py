"""Of many alike marks the first and the last are drawn, and one mark in the place of those between."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import groupby

from .marks import Lane, Mark, Story, between

ALIKE = 10
"""Up to so many alike marks of a lane are all drawn; of more the first and the last few."""
FIRST, LAST = 3, 3
MARKS = 320
"""About so many marks make a picture that can be read."""
LANES = 60


def condensed(story: Story) -> Story:
    """The story with at most about `MARKS` marks on `LANES` lanes. What is left out stands in marks with the look `more`."""
    lanes = story.lanes[:LANES]
    of_lane: dict[str, list[Mark]] = {lane.key: [] for lane in lanes}
    for mark in story.marks:
        if mark.lane in of_lane:
            of_lane[mark.lane].append(mark)
    room = max(FIRST + LAST, MARKS // max(1, len(lanes)))
    position = {mark: number for number, mark in enumerate(story.marks)}
    drawn: list[tuple[int, Mark]] = []
    for marks in of_lane.values():
        kept = _kept(marks, room)
        for is_kept, run in groupby(marks, kept.__contains__):
            together = list(run)
            shown = together if is_kept or len(together) == 1 else [_more(together)]
            drawn += [(position[first], mark) for first, mark in zip(together, shown, strict=False)]
    marks_in_order = tuple(mark for _, mark in sorted(drawn, key=lambda pair: pair[0]))
    return Story(_used(lanes, marks_in_order), marks_in_order, between(story.links, marks_in_order))


def left_out(whole: Story, drawn: Story) -> tuple[int, int]:
    """How many marks and how many lanes of `whole` have no mark or lane of their own in `drawn`."""
    own = sum(1 for mark in drawn.marks if mark.stands_for == 1)
    return len(whole.marks) - own, len(whole.lanes) - len(drawn.lanes)


def _used(lanes: Sequence[Lane], marks: Iterable[Mark]) -> tuple[Lane, ...]:
    used = {mark.lane for mark in marks}
    return tuple(lane for lane in lanes if lane.key in used)


def _kept(marks: Sequence[Mark], room: int) -> set[Mark]:
    series: defaultdict[tuple[str, str], list[Mark]] = defaultdict(list)
    for mark in marks:
        series[mark.look, re.sub(r"\d+", "#", mark.words)].append(mark)
    kept = {mark for alike in series.values() for mark in (alike if len(alike) <= ALIKE else alike[:FIRST] + alike[-LAST:])}
    if len(kept) <= room:
        return kept
    in_order = [mark for mark in marks if mark in kept]
    return {*in_order[: room // 2], *in_order[-(room - room // 2) :]}


def _more(marks: Sequence[Mark]) -> Mark:
    """One mark in the place of many."""
    looks = Counter((mark.look, mark.words) for mark in marks)
    notes = [
        " ".join(filter(None, [f"{count} ×", look.replace("_", " "), words])) for (look, words), count in looks.most_common(8)
    ]
    return Mark(
        marks[0].lane, "more", marks[0].begins, max(mark.ends for mark in marks), f"{len(marks):,} more",
        is_bar=True, stands_for=len(marks), notes=notes,
    )  # fmt: skip
