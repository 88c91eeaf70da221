"""Shortens a timeline: lines around failures and unusual lines stay, and similar lines are counted."""

from __future__ import annotations

import re
from bisect import bisect_left, insort
from collections import Counter, defaultdict
from collections.abc import Container, Hashable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from ..journal.events import Accepted, Warned
from ..values import dataclass
from .line import ATTEMPT, Line, instant

WHOLE = 20
"""The most lines of a timeline that is not shortened."""
SHAPES = 4
"""The most text shapes that are distinguished. More are compared only by what happened."""
LINES_ABOUT_ONE = 6
"""How many lines of one event or message are kept, if one of them is kept."""
NAMES = 5
"""How many kinds of lines, or functions, are counted by name."""

_VARYING = re.compile(
    r'"[^"]*"(?!\s*:)'  # JSON text, but not the names of members
    r"|'[^']*'"
    r"|\b[0-9a-fA-F]{8}-[0-9a-fA-F-]{27}"
    r"|\d+"
)


@dataclass(frozen=True, slots=True)
class Gap:
    """Lines that are left out, one or more."""

    lines: Sequence[Line]

    @property
    def count(self) -> int:
        """Returns the number of lines."""
        return len(self.lines)

    @property
    def text(self) -> str:
        """Returns the number of lines, their kinds and their times."""
        names = Counter((line.who, name_of(line)) for line in self.lines)
        return gap_text(names, _span([line.at for line in self.lines]), is_of_attempts=self.lines[0].kind == ATTEMPT)


@dataclass(frozen=True, slots=True)
class UnreadGap:
    """One or more lines that are left out and were not read, and the text about them."""

    count: int
    text: str


def gap_text(names: Counter[tuple[str, str]], span: str, *, is_of_attempts: bool) -> str:
    """Returns the text about lines that are left out, from their numbers by subject and by name."""
    counts: Counter[str] = Counter()
    for (_, name), count in names.items():
        counts[name] += count
    functions = {who for who, _ in names}
    number = f"{counts.total():,} more"
    if len(counts) == len(functions) == 1:
        lines = "attempts" if is_of_attempts else "lines"
        return f"{number} similar {lines} ({next(iter(counts))}), {span}"
    text = f"{number}, {span}: {_counted(counts)}"
    if 1 < len(functions) <= NAMES:
        return f"{text}, of {' and '.join(sorted(functions))}"
    return f"{text}, of {len(functions)} functions or sources" if len(functions) > 1 else text


def shortened(lines: Sequence[Line], limit: int) -> list[Line | Gap]:
    """Returns at most `limit` lines and gaps, in order. There are more only if more different warnings exist, which always
    stay.

    It keeps the first and the last line, the first of each kind and text, failures before other lines, then the ends of runs,
    and the lines of the events and messages of kept failures. The others become gaps.
    """
    if len(lines) <= min(WHOLE, limit):
        return list(lines)
    kept = kept_of(lines, range(len(lines)), len(lines), limit)
    return list(_with_gaps(lines, kept))


def kept_of(lines: Sequence[Line], places: Sequence[int], count: int, limit: int) -> list[int]:
    """Returns the places of the lines that are kept, in order. `places` are those of `lines` among all `count` lines."""
    kept = _Kept(count)
    warned: set[tuple[str, str]] = set()
    for place, line in zip(places, lines, strict=True):
        if line.kind == Warned.kind and (line.who, line.text) not in warned:
            warned.add((line.who, line.text))
            kept.add(place)
    for index in _by_interest(lines, _groups(lines)):
        if kept.cost_with(places[index]) > limit:
            break
        kept.add(places[index])
    kept.close_small_gaps(limit, places if isinstance(places, range) else frozenset(places))
    return kept.indices


def totals(lines: Iterable[Line]) -> list[str]:
    """Returns a line for each function with the results of its attempts and events. Functions with most failures come
    first.
    """
    attempts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    endings: defaultdict[str, Counter[str]] = defaultdict(Counter)
    failures: Counter[str] = Counter()
    waiting: dict[str, str] = {}
    for line in lines:
        if line.kind == Accepted.kind:
            waiting |= dict.fromkeys(line.about, line.who)
        if line.kind == ATTEMPT:
            attempts[line.who][name_of(line)] += 1
        if line.condition:
            endings[line.who][line.condition] += 1
            for about in line.about:
                waiting.pop(about, None)
        failures[line.who] += line.is_bad
    return totals_text(attempts, endings, Counter(waiting.values()), failures)


def totals_text(
    attempts: Mapping[str, Counter[str]], endings: Mapping[str, Counter[str]], left: Counter[str], failures: Counter[str]
) -> list[str]:
    """Returns the lines of `totals`, from the counts of attempts, endings, events that have not ended, and failures by
    function.
    """
    names = sorted(dict.fromkeys([*attempts, *endings]), key=lambda name: -failures[name])
    nothing: Counter[str] = Counter()
    text = [
        f"{name}: {'; '.join(_total(attempts.get(name, nothing), endings.get(name, nothing), left[name]))}"
        for name in names[:NAMES]
    ]
    return text if len(names) <= NAMES else [*text, f"and {len(names) - NAMES} others"]


def name_of(line: Line) -> str:
    """Returns what happened, in one or two words."""
    return line.outcome if line.kind == ATTEMPT else line.what


def _total(attempts: Counter[str], endings: Counter[str], left: int) -> Iterator[str]:
    if attempts:
        yield f"{attempts.total():,} attempt{'s' * (attempts.total() > 1)}: {_counted(attempts)}"
    if endings:
        yield f"{'ended: ' if attempts else ''}{_counted(endings)}"
    if left:
        yield f"not ended: {left:,}"


def _counted(counts: Counter[str]) -> str:
    named = [f"{count:,} {name}" for name, count in counts.most_common(NAMES)]
    rest = counts.total() - sum(count for _, count in counts.most_common(NAMES))
    return ", ".join([*named, f"{rest:,} other"] if rest else named)


def _span(instants: Sequence[float]) -> str:
    steps = {round(after - before, 6) for before, after in pairwise(instants)}
    return span_text(instants[0], instants[-1], steps.pop() if len(steps) == 1 else None)


def span_text(first: float, last: float, step: float | None) -> str:
    """Returns the times of lines: from the first to the last, with the interval if it is always the same."""
    if first == last:
        return f"at {instant(first)}"
    if step is not None:
        return f"every {instant(step)}, to {instant(last)}"
    return f"from {instant(first)} to {instant(last)}"


def _groups(lines: Sequence[Line]) -> list[list[int]]:
    """Returns the indices of similar lines, each group in order, the groups in the order of their first line."""
    kinds = [(line.who, line.kind, line.what if line.kind != ATTEMPT else "", line.outcome, line.ends) for line in lines]
    texts = [_VARYING.sub("#", line.text) for line in lines]
    shapes: defaultdict[Hashable, set[str]] = defaultdict(set)
    for kind, text in zip(kinds, texts, strict=True):
        shapes[kind].add(text)
    groups: dict[Hashable, list[int]] = {}
    for index, (kind, text) in enumerate(zip(kinds, texts, strict=True)):
        key = (kind, text) if len(shapes[kind]) <= SHAPES else kind
        groups.setdefault(key, []).append(index)
    return list(groups.values())


def _by_interest(lines: Sequence[Line], groups: Sequence[Sequence[int]]) -> Iterator[int]:
    """Yields indices, the most important first. Some occur more than once."""
    bad = [group for group in groups if lines[group[0]].is_bad]
    good = [group for group in groups if not lines[group[0]].is_bad]
    yield 0
    yield len(lines) - 1
    if bad:
        yield max(bad, key=len)[0]
    yield from (group[0] for group in bad)
    yield from (group[0] for group in good)
    yield from (group[-1] for group in bad)
    yield from (group[1] for group in bad if len(group) > 1)
    yield from _lines_about(lines, [group[0] for group in bad])
    yield from (group[-1] for group in good)


def _lines_about(lines: Sequence[Line], starts: Sequence[int]) -> Iterator[int]:
    """Yields the first and last lines of the events or messages of the lines at `starts`."""
    wanted = {about for index in starts for about in lines[index].about}
    found: defaultdict[str, list[int]] = defaultdict(list)
    for index, line in enumerate(lines):
        for about in line.about:
            if about in wanted:
                found[about].append(index)
    for index in starts:
        for about in lines[index].about:
            story = found[about]
            yield from story[: LINES_ABOUT_ONE // 2]
            yield from story[-(LINES_ABOUT_ONE // 2) :]


class _Kept:
    """The indices of lines that stay, in order, and their cost: one line each, and one for each gap."""

    def __init__(self, count: int) -> None:
        self.indices: list[int] = []
        self._count = count
        self._cost = 1

    def add(self, index: int) -> None:
        """Adds an index, which may already be in it."""
        self._cost = self.cost_with(index)
        place = bisect_left(self.indices, index)
        if self.indices[place : place + 1] != [index]:
            insort(self.indices, index)

    def cost_with(self, index: int) -> int:
        """Returns the cost after one more index."""
        place = bisect_left(self.indices, index)
        if self.indices[place : place + 1] == [index]:
            return self._cost
        before = self.indices[place - 1] if place else -1
        after = self.indices[place] if place < len(self.indices) else self._count
        return self._cost + 1 + (index - before > 1) + (after - index > 1) - (after - before > 1)

    def close_small_gaps(self, limit: int, known: Container[int]) -> None:
        """Fills gaps of one or two lines, because the text about the gap needs the same room. Only `known` lines can be
        added.
        """
        for before, after in zip([-1, *self.indices], [*self.indices, self._count], strict=True):
            for index in range(before + 1, after) if after - before <= 3 else ():
                if index in known and self.cost_with(index) <= limit:
                    self.add(index)


def _with_gaps(lines: Sequence[Line], kept: Sequence[int]) -> Iterator[Line | Gap]:
    behind = 0
    for index in kept:
        if index > behind:
            yield Gap(lines[behind:index])
        yield lines[index]
        behind = index + 1
    if behind < len(lines):
        yield Gap(lines[behind:])
