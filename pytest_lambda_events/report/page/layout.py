"""Where everything stands, in pixels."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from .axis import Axis, axis_of
from .marks import Lane, Link, Mark, Story

HEAD = 84.0
"""The height of the axis above the lanes."""
ROW = 38.0
LANE_PADDING = 9.0
BAR = 24.0
POINT = 20.0
CHARACTER = 6.6
SPACE = 12.0
"""Between two steps of an instant."""
TAIL = 250.0
"""Room behind the last instant, for the words beside its marks."""
SHORTEST_WORDS = 7
LONGEST_WORDS = 60


@dataclass(frozen=True, slots=True)
class PlacedLane:
    """A lane with its top and its height."""

    lane: Lane
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class PlacedMark:
    """A mark with its box, and the words beside it as far as they fit."""

    mark: Mark
    x: float
    y: float
    width: float
    height: float
    words: str = ""

    @property
    def right(self) -> float:
        """Its right edge."""
        return self.x + self.width

    @property
    def middle(self) -> float:
        """Its height's middle."""
        return self.y + self.height / 2


@dataclass(frozen=True, slots=True)
class Layout:
    """A picture before it is drawn. `marks` are in the order of the story."""

    lanes: tuple[PlacedLane, ...]
    marks: tuple[PlacedMark, ...]
    links: tuple[Link, ...]
    axis: Axis
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class _Box:
    x: float
    width: float
    row: int = 0


def layout_of(story: Story) -> Layout:
    """Lanes from top to bottom, instants from left to right; what overlaps on a lane is in rows below each other."""
    steps = steps_of(story)
    axis = axis_of(_instants(story.marks, steps))
    width = axis.width + TAIL
    on_lane: defaultdict[str, list[Mark]] = defaultdict(list)
    for mark in story.marks:
        on_lane[mark.lane].append(mark)
    lanes, placed, y = [], {}, HEAD
    for lane in story.lanes:
        boxes = in_rows({mark: _box(mark, axis, steps[mark]) for mark in on_lane[lane.key]})
        height = 2 * LANE_PADDING + ROW * (1 + max((box.row for box in boxes.values()), default=0))
        lanes.append(PlacedLane(lane, y, height))
        placed.update(_placed(boxes, y, width))
        y += height
    return Layout(tuple(lanes), tuple(placed[mark] for mark in story.marks), story.links, axis, width, y)


def steps_of(story: Story) -> dict[Mark, int]:
    """The step at which each mark begins in its instant: after its causes there, and after what its lane shows before."""
    causes: defaultdict[Mark, list[Mark]] = defaultdict(list)
    for link in story.links:
        causes[link.effect].append(link.cause)
    steps: dict[Mark, int] = {}
    free: defaultdict[tuple[str, float], int] = defaultdict(int)
    for mark in story.marks:
        at = mark.begins
        after = [
            steps[cause] + 1 if cause.begins == at else 0 for cause in causes[mark] if cause.ends == at and cause in steps
        ]
        steps[mark] = max([free[mark.lane, at], *after])
        if mark.ends == at:
            free[mark.lane, at] = steps[mark] + 1
    return steps


def in_rows(boxes: Mapping[Mark, _Box]) -> dict[Mark, _Box]:
    """Each box in the first row in which it does not overlap another."""
    ends: list[float] = []
    found = {}
    for mark, box in sorted(boxes.items(), key=lambda pair: pair[1].x):
        row = next((row for row, end in enumerate(ends) if end <= box.x), len(ends))
        ends[row : row + 1] = [box.x + box.width + 2]
        found[mark] = _Box(box.x, box.width, row)
    return found


def narrowest(mark: Mark) -> float:
    """How wide a mark is that takes no time."""
    if not mark.is_bar and not mark.label:
        return POINT
    return 25 + CHARACTER * 1.1 * len(mark.label)


def _instants(marks: Iterable[Mark], steps: Mapping[Mark, int]) -> dict[float, tuple[int, float]]:
    counts: defaultdict[float, int] = defaultdict(int)
    widths: defaultdict[float, float] = defaultdict(float)
    for mark in marks:
        counts[mark.begins] = max(counts[mark.begins], steps[mark] + 1)
        widths[mark.begins] = max(widths[mark.begins], narrowest(mark) + SPACE)
        counts[mark.ends] += 0
    return {at: (count, widths[at] or SPACE) for at, count in counts.items()}


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
    """How many pixels are free at the right of each of the marks of one row."""
    begins = [boxes[mark].x for mark in marks[1:]] + [width]
    return [begin - boxes[mark].x - boxes[mark].width - 20 for mark, begin in zip(marks, begins, strict=True)]


def _place(mark: Mark, box: _Box, lane_y: float, room: float) -> PlacedMark:
    height = BAR if mark.is_bar else POINT
    y = lane_y + LANE_PADDING + box.row * ROW + (ROW - 6 - height) / 2
    inside = box.width - narrowest(mark) - 8
    return PlacedMark(mark, box.x, y, box.width, height, fitted(mark.words, max(room, inside)))


def fitted(words: str, room: float) -> str:
    """The first line of `words`, as much of it as `room` takes; nothing where only a few letters would stand."""
    first = " ".join(words.strip().partition("\n")[0].split())
    most = min(int(room / CHARACTER), LONGEST_WORDS)
    if len(first) <= most:
        return first
    return f"{first[: most - 1].rstrip()}…" if most >= SHORTEST_WORDS else ""
