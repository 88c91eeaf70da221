"""The CPU time of the process, medians of measurements that take turns, and the table that is printed."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

FULL = "LAMBDA_EVENTS_BENCHMARKS_FULL"
"""The environment variable that `run.py --full` sets."""


@dataclass(frozen=True, slots=True)
class Row:
    """One measured number, and the limit that it must keep. A row without a limit explains the row above it."""

    name: str
    measured: float
    unit: str
    limit: float | None = None
    spread: tuple[float, float] | None = None
    """The lowest and the highest of the numbers whose median was measured."""
    note: str = ""

    @property
    def is_ok(self) -> bool:
        """Whether the limit is kept. True if there is none."""
        return self.limit is None or self.measured <= self.limit

    @property
    def text(self) -> str:
        """The row as a sentence about its limit."""
        limit = "no limit" if self.limit is None else f"limit {self.limit:g} {self.unit}"
        return f"{self.name}: {text_of(self.measured)} {self.unit}, {limit}"


@dataclass(frozen=True, slots=True)
class Pairs:
    """Numbers of two measurements that took turns."""

    pairs: tuple[tuple[float, float], ...]

    @property
    def medians(self) -> tuple[float, float]:
        """The median of each measurement."""
        return statistics.median(first for first, _ in self.pairs), statistics.median(second for _, second in self.pairs)

    def ratio(self, name: str, *, limit: float | None = None, note: str = "") -> Row:
        """Returns the median of the ratios of the pairs, with the lowest and the highest."""
        return _row(name, [first / second for first, second in self.pairs], "x", limit, note)

    def first(self, name: str, unit: str, *, scale: float = 1.0, limit: float | None = None) -> Row:
        """Returns the median of the first measurement in `unit`, with the lowest and the highest."""
        return _row(name, [first * scale for first, _ in self.pairs], unit, limit)

    def difference(self, name: str, unit: str, *, scale: float = 1.0, limit: float | None = None) -> Row:
        """Returns the median of what the first measurement takes more than the second one, with the lowest and the highest."""
        return _row(name, [(first - second) * scale for first, second in self.pairs], unit, limit)


def _row(name: str, numbers: list[float], unit: str, limit: float | None, note: str = "") -> Row:
    return Row(name, statistics.median(numbers), unit, limit, (min(numbers), max(numbers)), note)


def now() -> float:
    """Returns the CPU time of the process in seconds. No environment changes it, and it does not depend on other processes."""
    return time.process_time()


def seconds_of(work: Callable[[], object]) -> float:
    """Returns the CPU time that `work` takes, in seconds."""
    started = now()
    work()
    return now() - started


def size(usual: int, full: int) -> int:
    """Returns `full` for `run.py --full`, and `usual` otherwise. With the usual sizes no row takes more than 20 seconds."""
    return full if os.environ.get(FULL) else usual


def expect(holds: bool) -> None:
    """Raises `RuntimeError` if what was measured did not do what it should."""
    if not holds:
        raise RuntimeError("What was measured did not do what it should.")


def paired(first: Callable[[], float], second: Callable[[], float], *, rounds: int) -> Pairs:
    """Measures both in turn, so that a slow moment of the machine affects both. Another one begins in each round."""
    pairs = []
    for number in range(rounds):
        if number % 2:
            other = second()
            pairs.append((first(), other))
        else:
            pairs.append((first(), second()))
    return Pairs(tuple(pairs))


def interleaved(first: Callable[[], float], second: Callable[[], float], *, rounds: int) -> tuple[float, float]:
    """Returns the medians of two measurements that take turns."""
    return paired(first, second, rounds=rounds).medians


def text_of(number: float) -> str:
    """Returns a number with three significant digits."""
    return f"{number:,.0f}" if abs(number) >= 100 else f"{number:#.3g}"


def table(rows: Iterable[Row]) -> str:
    """Returns the rows as text. Numbers that only explain the row above, without a limit and a spread, are indented."""
    lines = [("", "measured", "lowest to highest", "limit", "", "")]
    for row in rows:
        limit = "" if row.limit is None else f"{row.limit:g} {row.unit}"
        verdict = "" if row.limit is None else "ok" if row.is_ok else "OVER"
        spread = "" if row.spread is None else f"{text_of(row.spread[0])} to {text_of(row.spread[1])}"
        indent = "    " if row.limit is None and row.spread is None else ""
        lines.append((f"{indent}{row.name}", f"{text_of(row.measured)} {row.unit}", spread, limit, verdict, row.note))
    widths = [max(len(line[column]) for line in lines) for column in range(5)]
    return "\n".join(
        f"{name:<{widths[0]}}  {measured:>{widths[1]}}  {spread:>{widths[2]}}  {limit:>{widths[3]}}  {verdict:<{widths[4]}}  "
        f"{note}".rstrip()
        for name, measured, spread, limit, verdict, note in lines
    )
