"""The positions of all parts of a picture, in pixels."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from ...values import dataclass
from ..brief import brief
from .axis import Axis, axis_of
from .marks import Chart, Lane, Link, Mark
from .text_width import text_width

ROW = 42.0
LANE_PADDING = 9.0
BAR = 24.0
POINT = 20.0
SPACE = 12.0
"""The space between two steps of a time."""
TAIL = 150.0
"""The space behind the last time, for the words beside its marks."""
NARROWEST_WORDS = 70.0
"""Words that do not fit are cut. With less room than this they are left out."""
LONGEST_WORDS = 120
ROWS_OF_CHAINS = 8
"""If a lane would need more rows than this, attempts of one event no longer have a separate row."""


@dataclass(frozen=True, slots=True)
class PlacedLane:
    """A lane with its top and its height."""

    lane: Lane
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class PlacedMark:
    """A mark with its box, and its words with the room that they have: inside the box, or beside it."""

    mark: Mark
    x: float
    y: float
    width: float
    height: float
    words: str = ""
    words_x: float = 0.0
    words_width: float = 0.0

    @property
    def right(self) -> float:
        """Its right edge."""
        return self.x + self.width

    @property
    def middle(self) -> float:
        """The middle of its height."""
        return self.y + self.height / 2

    @property
    def has_words_inside(self) -> bool:
        """Whether its words are in the box."""
        return bool(self.words) and self.words_x < self.right


@dataclass(frozen=True, slots=True)
class PlacedTick:
    """The texts of an instant above the axis, with the room that they have."""

    texts: tuple[str, ...]
    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Layout:
    """A picture before it is drawn. `marks` are in the order of the chart; heights begin below the axis."""

    lanes: tuple[PlacedLane, ...]
    marks: tuple[PlacedMark, ...]
    links: tuple[Link, ...]
    axis: Axis
    ticks: tuple[PlacedTick, ...]
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class _Box:
    x: float
    width: float
    row: int = 0


def layout_of(chart: Chart) -> Layout:
    """Returns the layout: lanes from top to bottom, times from left to right. Overlapping marks of a lane are in separate
    rows.
    """
    steps, chains = steps_of(chart), chains_of(chart)
    axis = axis_of(_instants(chart.marks, steps))
    width = axis.width + TAIL
    on_lane: defaultdict[str, list[Mark]] = defaultdict(list)
    for mark in chart.marks:
        on_lane[mark.lane].append(mark)
    lanes, placed, y = [], {}, 0.0
    for lane in chart.lanes:
        boxes = in_rows({mark: _box(mark, axis, steps[mark]) for mark in on_lane[lane.key]}, chains, chart.links)
        height = 2 * LANE_PADDING + ROW * (1 + max((box.row for box in boxes.values()), default=0))
        lanes.append(PlacedLane(lane, y, height))
        placed.update(_placed(boxes, y, width))
        y += height
    return Layout(tuple(lanes), tuple(placed[mark] for mark in chart.marks), chart.links, axis, _ticks(axis, width), width, y)


def steps_of(chart: Chart) -> dict[Mark, int]:
    """Returns the step at which each mark begins in its time: after its causes and earlier marks of its lane, and not before
    the mark that it is inside.
    """
    causes: defaultdict[Mark, list[Mark]] = defaultdict(list)
    for link in chart.links:
        causes[link.effect].append(link.cause)
    steps: dict[Mark, int] = {}
    free: defaultdict[tuple[str, float], int] = defaultdict(int)
    for mark in chart.marks:
        at = mark.begins
        after = [
            steps[cause] + 1 if cause.begins == at else 0 for cause in causes[mark] if cause.ends == at and cause in steps
        ]
        if mark.inside is not None and mark.inside.begins == at:
            after.append(steps.get(mark.inside, 0))
        steps[mark] = max([free[mark.lane, at], *after])
        if mark.ends == at:
            free[mark.lane, at] = steps[mark] + 1
    return steps


def chains_of(chart: Chart) -> dict[Mark, Mark]:
    """Returns the first attempt of each mark's chain of retries.

    If two retries follow from one attempt, as after a bisect, one begins a new chain. So does one that overlaps its cause,
    such as that of a message whose visibility timeout ends before the handler does.
    """
    follows: dict[Mark, Mark] = {}
    continued: set[Mark] = set()
    for link in chart.links:
        is_behind = link.cause.lane == link.effect.lane and link.cause.ends <= link.effect.begins
        if link.kind == "retry" and is_behind and link.effect not in follows and link.cause not in continued:
            follows[link.effect] = link.cause
            continued.add(link.cause)
    chains: dict[Mark, Mark] = {}
    for mark in chart.marks:
        chains[mark] = chains.get(follows[mark], mark) if mark in follows else mark
    return chains


def in_rows(boxes: Mapping[Mark, _Box], chains: Mapping[Mark, Mark], links: Iterable[Link]) -> dict[Mark, _Box]:
    """Returns a row for each box, so that boxes in a row do not overlap.

    A chain of retries has its own row until all its effects on its lane have begun, if there is room.
    """
    until = {mark: box.x + box.width + 2 for mark, box in boxes.items()}
    rows = _rows(boxes, chains, until | _begun(boxes, links))
    if max(rows.values(), default=0) >= ROWS_OF_CHAINS:
        rows = _rows(boxes, {mark: mark for mark in boxes}, until)
    placed = {mark: _Box(box.x, box.width, rows[mark]) for mark, box in boxes.items()}
    return dict(sorted(placed.items(), key=lambda pair: pair[1].x))


def _begun(boxes: Mapping[Mark, _Box], links: Iterable[Link]) -> dict[Mark, float]:
    """Returns where the last retry of each mark has begun. Links are in the order of their effects."""
    there = [link for link in links if link.kind == "retry" and link.cause in boxes and link.effect in boxes]
    return {link.cause: max(boxes[link.effect].x + 12, boxes[link.cause].x + boxes[link.cause].width + 2) for link in there}


def _rows(boxes: Mapping[Mark, _Box], chains: Mapping[Mark, Mark], until: Mapping[Mark, float]) -> dict[Mark, int]:
    spans: dict[Mark, tuple[float, float]] = {}
    for mark, box in boxes.items():
        begin, end = spans.get(chains[mark], (box.x, 0.0))
        spans[chains[mark]] = (min(begin, box.x), max(end, until[mark]))
    ends: list[float] = []
    row_of: dict[Mark, int] = {}
    for chain, (begin, end) in sorted(spans.items(), key=lambda pair: pair[1][0]):
        row = next((row for row, taken in enumerate(ends) if taken <= begin), len(ends))
        ends[row : row + 1] = [end]
        row_of[chain] = row
    return {mark: row_of[chains[mark]] for mark in boxes}


def narrowest(mark: Mark) -> float:
    """Returns the width of a mark that takes no time."""
    if not mark.label:
        return BAR if mark.is_bar else POINT
    return (32 if mark.is_bar else 26) + text_width(mark.label)


def _instants(marks: Iterable[Mark], steps: Mapping[Mark, int]) -> dict[float, Sequence[float]]:
    """Returns the widths of the steps of each time, depending on the marks that begin there."""
    widths: defaultdict[float, list[float]] = defaultdict(lambda: [SPACE])
    for mark in marks:
        of_instant, step = widths[mark.begins], steps[mark]
        of_instant.extend([SPACE] * (step + 1 - len(of_instant)))
        of_instant[step] = max(of_instant[step], narrowest(mark) + SPACE)
        widths.setdefault(mark.ends, [SPACE])
    return dict(widths)


def _box(mark: Mark, axis: Axis, step: int) -> _Box:
    x = axis.x(mark.begins, step)
    long = axis.x(mark.ends) - 3 - x if mark.ends > mark.begins else 0.0
    return _Box(x, max(long, narrowest(mark)))


def _placed(boxes: Mapping[Mark, _Box], lane_y: float, width: float) -> dict[Mark, PlacedMark]:
    rows: defaultdict[int, list[Mark]] = defaultdict(list)
    for mark, box in boxes.items():
        rows[box.row].append(mark)
    return {
        mark: _place(mark, boxes[mark], lane_y, room)
        for marks in rows.values()
        for mark, room in zip(marks, _rooms(marks, boxes, width), strict=True)
    }


def _rooms(marks: Sequence[Mark], boxes: Mapping[Mark, _Box], width: float) -> list[float]:
    """Returns how many pixels are free to the right of each mark of one row."""
    begins = [boxes[mark].x for mark in marks[1:]] + [width]
    return [begin - boxes[mark].x - boxes[mark].width - 20 for mark, begin in zip(marks, begins, strict=True)]


def _place(mark: Mark, box: _Box, lane_y: float, room: float) -> PlacedMark:
    height = BAR if mark.is_bar else POINT
    y = lane_y + LANE_PADDING + box.row * ROW + (ROW - 6 - height) / 2
    inside = box.width - narrowest(mark) - 4
    words, words_x = brief_words(mark.words), box.x + (narrowest(mark) if inside > room else box.width + 7)
    room = max(inside, room)
    if not words or room < min(text_width(words), NARROWEST_WORDS):
        return PlacedMark(mark, box.x, y, box.width, height)
    return PlacedMark(mark, box.x, y, box.width, height, words, words_x, room)


def brief_words(words: str) -> str:
    """Returns the first and last line of `words`, at most `LONGEST_WORDS` characters of them."""
    text = " ".join(brief(words).split())
    return text if len(text) <= LONGEST_WORDS else f"{text[: LONGEST_WORDS - 1]}…"


def _ticks(axis: Axis, width: float) -> tuple[PlacedTick, ...]:
    """Returns the texts of all instants, each with the room to the next."""
    columns = list(axis.columns.values())
    ends = [column.x for column in columns[1:]] + [width]
    return tuple(PlacedTick(column.texts, column.x, end - column.x - 4) for column, end in zip(columns, ends, strict=True))
