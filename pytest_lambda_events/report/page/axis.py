"""A time axis with breaks: each time at which something happens is a column, and long stretches between them are folded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate, pairwise

from ...values import dataclass
from .text_width import text_width

MARGIN = 20.0
FOLD = 92.0
NARROWEST_GAP = 16.0
WIDEST_GAPS = (90.0, 260.0)
"""The width of the longest stretch that is not folded is between these. It is wider if there are fewer stretches."""
ROOM = 490.0
"""The width that the axis has in a window of 900 pixels without scrolling."""
PROPORTION = 8.0
"""Stretches that differ by up to this factor are drawn in proportion."""


@dataclass(frozen=True, slots=True)
class Column:
    """A time in seconds: where it begins, where each of its steps begins, and its width, in pixels.

    `texts` show the time: in seconds, and from one minute on also in larger units.
    """

    at: float
    x: float
    steps: tuple[float, ...]
    width: float

    @property
    def texts(self) -> tuple[str, ...]:
        """Returns the lines above the axis."""
        return _texts(self.at)


@dataclass(frozen=True, slots=True)
class Fold:
    """A stretch of the axis, with its length in seconds, that is not drawn in proportion."""

    x: float
    width: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Axis:
    """Columns by their time, in order, and the folds between them."""

    columns: Mapping[float, Column]
    folds: tuple[Fold, ...]
    width: float

    def x(self, at: float, step: int = 0) -> float:
        """Returns where a step of a time begins. Raises `KeyError` for a time without a column."""
        column = self.columns[at]
        return column.x + column.steps[step]


def axis_of(instants: Mapping[float, Sequence[float]]) -> Axis:
    """Returns the axis for these times, each with the width of its steps. Each time has at least one step."""
    order = sorted(instants)
    lengths = [after - before for before, after in pairwise(order)]
    longest = longest_in_proportion(lengths)
    widest = _widest(lengths, longest, ROOM - sum(map(sum, instants.values())))
    columns, folds, x = {}, [], MARGIN
    for at, length in zip(order, [*lengths, None], strict=True):
        *begins, width = accumulate(instants[at], initial=0.0)
        columns[at] = Column(at, x, tuple(begins), width)
        x += width
        if length is None:
            break
        for_texts = max(map(text_width, _texts(at))) + 10 - width
        if length > longest:
            x += max(0.0, for_texts)
            folds.append(Fold(x, FOLD, length))
            x += FOLD
        else:
            x += max(NARROWEST_GAP, for_texts, widest * length / longest)
    return Axis(columns, tuple(folds), x + MARGIN)


def _texts(at: float) -> tuple[str, ...]:
    return (seconds_text(at), duration_text(at)) if at >= 60 else (seconds_text(at),)


def _widest(lengths: Sequence[float], longest: float, room: float) -> float:
    """Returns the width of the longest proportional stretch, so that all stretches fit into the room if possible."""
    in_proportion = [length / longest for length in lengths if length <= longest]
    left = room - FOLD * (len(lengths) - len(in_proportion))
    return min(max(left / max(1.0, sum(in_proportion)), WIDEST_GAPS[0]), WIDEST_GAPS[1])


def longest_in_proportion(lengths: Sequence[float]) -> float:
    """Returns the longest stretch that is not folded. As many stretches as possible are within `PROPORTION` of it."""
    order = sorted(lengths)
    best, most, low = 0.0, 0, 0
    for high, length in enumerate(order):
        while order[low] * PROPORTION < length:
            low += 1
        if high - low + 1 >= most:
            best, most = length, high - low + 1
    return best


def seconds_text(seconds: float) -> str:
    """Returns a time as the timeline writes it, with separated thousands: `345,600 s`."""
    return f"{seconds:,.6f}".rstrip("0").rstrip(".") + " s"


def duration_text(seconds: float) -> str:
    """Returns a duration in its two largest units: `3 d 23 h`, `2 min 5 s`, `51.2 s`."""
    if seconds < 60:
        return f"{seconds:.4g} s"
    left = round(seconds)
    parts: list[str] = []
    for name, size in (("d", 86400), ("h", 3600), ("min", 60), ("s", 1)):
        count, left = divmod(left, size)
        if count or parts:
            parts.append(f"{count} {name}" if count else "")
    return " ".join(part for part in parts[:2] if part)
