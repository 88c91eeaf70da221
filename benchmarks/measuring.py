"""The CPU time of the process, medians of interleaved measurements, and the table that is printed."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One measured number, and the limit that it has to keep; without a limit it only explains another one."""

    name: str
    measured: float
    unit: str
    limit: float | None = None

    @property
    def is_ok(self) -> bool:
        """Whether the limit is kept; where there is none it is."""
        return self.limit is None or self.measured <= self.limit


def now() -> float:
    """Returns the CPU time of the process in seconds. No environment changes it, and it does not depend on other processes."""
    return time.process_time()


def seconds_of(work: Callable[[], object]) -> float:
    """Returns the CPU time that `work` takes, in seconds."""
    started = now()
    work()
    return now() - started


def interleaved(first: Callable[[], float], second: Callable[[], float], *, rounds: int) -> tuple[float, float]:
    """The medians of two measurements that take turns, so that a slow moment of the machine meets both."""
    pairs = [(first(), second()) for _ in range(rounds)]
    return statistics.median(one for one, _ in pairs), statistics.median(other for _, other in pairs)


def table(rows: Iterable[Row]) -> str:
    """The rows as text; numbers without a limit are indented, as parts of the row above."""
    lines = [("", "measured", "limit", "")]
    for row in rows:
        limit = "" if row.limit is None else f"{row.limit:g} {row.unit}"
        verdict = "" if row.limit is None else "ok" if row.is_ok else "NOT OK"
        indent = "    " if row.limit is None else ""
        lines.append((f"{indent}{row.name}", f"{row.measured:.2f} {row.unit}", limit, verdict))
    widths = [max(len(line[column]) for line in lines) for column in range(3)]
    return "\n".join(
        f"{name:<{widths[0]}}  {measured:>{widths[1]}}  {limit:>{widths[2]}}  {verdict}".rstrip()
        for name, measured, limit, verdict in lines
    )
