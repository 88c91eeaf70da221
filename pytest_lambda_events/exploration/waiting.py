"""The plans that an exploration has not run yet."""

from __future__ import annotations

import heapq
from array import array
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from .choices import Choice, Plan


class _Extended(NamedTuple):
    """A plan, and the choices that can be added to it, the cheapest first."""

    plan: Plan
    choices: array[int]
    costs: array[float]


_Next = tuple[int, float, int, int, _Extended]
"""The next plan of those with one choice more than another one: how many choices it has, its cost, the number of the other
plan in the order of discovery, its place among the choices, and the other plan.
"""


class WaitingPlans:
    """Plans in the order in which they run: by the number of choices, then by cost, then as they were found.

    There are hundreds of thousands of them, so each plan is created only when it is next.
    """

    def __init__(self) -> None:
        self._heap: list[_Next] = []
        self._count = 0
        self._found = 0
        self._numbers: dict[Choice, int] = {}
        self._choices: list[Choice] = []

    def __len__(self) -> int:
        """Returns how many plans there are."""
        return self._count

    def add(self, plan: Plan, following: Sequence[tuple[Choice, float]]) -> None:
        """Adds the plans that have one choice more than `plan`: one of `following`, each with its cost."""
        if not following:
            return
        ordered = sorted(following, key=lambda one: one[1])
        choices = array("L", [self._number(choice) for choice, _ in ordered])
        extended = _Extended(plan, choices, array("d", [cost for _, cost in ordered]))
        self._found += 1
        self._count += len(ordered)
        heapq.heappush(self._heap, (len(plan) + 1, extended.costs[0], self._found, 0, extended))

    def pop(self) -> Plan:
        """Removes the first plan, and returns it."""
        self._count -= 1
        return self._popped(self._heap)

    def first(self, most: int) -> Iterator[Plan]:
        """Yields the first plans, at most this number of them. They are not removed."""
        heap = list(self._heap)
        while heap and most:
            most -= 1
            yield self._popped(heap)

    def clear(self) -> None:
        """Removes all plans."""
        self._heap.clear()
        self._count = 0

    def _popped(self, heap: list[_Next]) -> Plan:
        size, _, number, place, extended = heap[0]
        if place + 1 < len(extended.costs):
            heapq.heapreplace(heap, (size, extended.costs[place + 1], number, place + 1, extended))
        else:
            heapq.heappop(heap)
        return (*extended.plan, self._choices[extended.choices[place]])

    def _number(self, choice: Choice) -> int:
        number = self._numbers.setdefault(choice, len(self._choices))
        if number == len(self._choices):
            self._choices.append(choice)
        return number
