"""A time axis with breaks: each instant at which something happens is a column, long stretches between are folded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from .text_width import text_width

MARGIN = 20.0
FOLD = 92.0
NARROWEST_GAP = 16.0
WIDEST_GAPS = (90.0, 260.0)
"""The longest stretch that is not folded has a width between these, the wider the fewer stretches there are."""
ROOM = 490.0
"""The width that the axis has in a window of 900 pixels without scrolling."""
PROPORTION = 8.0
"""Stretches that differ by up to this factor are drawn in proportion."""


@dataclass(frozen=True, slots=True)
class Column:
    """An instant in seconds: where it begins, where in it each of its steps begins, and how wide it is, in pixels.

    `texts` say when it is: in seconds, and from a minute on also in larger units.
    """

    at: float
    x: float
    steps: tuple[float, ...]
    width: float

    @property
    def texts(self) -> tuple[str, ...]:
        """Its lines above the axis."""
        return _texts(self.at)


@dataclass(frozen=True, slots=True)
class Fold:
    """A stretch of the axis, with its length in seconds, that is not drawn in proportion."""

    x: float
    width: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Axis:
    """Columns by their instant, in order, and the folds between them."""

    columns: Mapping[float, Column]
    folds: tuple[Fold, ...]
    width: float

    def x(self, at: float, step: int = 0) -> float:
        """Where a step of an instant begins. Raises `KeyError` for an instant that has no column."""
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
    """How wide the longest stretch in proportion is, so that all fit into the room if they can."""
    in_proportion = [length / longest for length in lengths if length <= longest]
    left = room - FOLD * (len(lengths) - len(in_proportion))
    return min(max(left / max(1.0, sum(in_proportion)), WIDEST_GAPS[0]), WIDEST_GAPS[1])


def longest_in_proportion(lengths: Sequence[float]) -> float:
    """The longest stretch that is not folded: as many as can be are within `PROPORTION` of it; of two such the longer."""
    order = sorted(lengths)
    best, most, low = 0.0, 0, 0
    for high, length in enumerate(order):
        while order[low] * PROPORTION < length:
            low += 1
        if high - low + 1 >= most:
            best, most = length, high - low + 1
    return best


def seconds_text(seconds: float) -> str:
    """An instant as the timeline writes it, with thousands apart: `345,600 s`."""
    return f"{seconds:,.6f}".rstrip("0").rstrip(".") + " s"


def duration_text(seconds: float) -> str:
    """A duration in its two largest units: `3 d 23 h`, `2 min 5 s`, `51.2 s`."""
    if seconds < 60:
        return f"{seconds:.4g} s"
    left = round(seconds)
    parts: list[str] = []
    for name, size in (("d", 86400), ("h", 3600), ("min", 60), ("s", 1)):
        count, left = divmod(left, size)
        if count or parts:
            parts.append(f"{count} {name}" if count else "")
    return " ".join(part for part in parts[:2] if part)
