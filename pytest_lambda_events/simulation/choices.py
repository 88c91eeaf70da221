"""Decides everything that AWS leaves open, in one place."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Protocol, overload


class Question:
    """What has to be decided. Subclasses are values: equal questions are about the same thing.

    `weights` are the shares in which the alternatives occur. It is empty if AWS documents no shares.
    """

    __slots__ = ()

    weights: Sequence[float] = ()


class Named(Sequence[object]):
    """Values that name `count` alternatives. Each is created by `name(index)` when it is read."""

    def __init__(self, count: int, name: Callable[[int], object]) -> None:
        self._count = count
        self._name = name

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, index: int) -> object: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[object]: ...

    def __getitem__(self, index: int | slice) -> object:
        if isinstance(index, slice):
            return [self._name(one) for one in range(self._count)[index]]
        return self._name(range(self._count)[index])


class Chooser(Protocol):
    """Decides where AWS promises nothing: which of several work items runs first, which version an alias chooses."""

    def choose(self, question: Question, alternatives: Sequence[object]) -> int:
        """Returns the index of the alternative that is chosen. The first one, 0, is the documented choice.

        Called when the answer is needed. `alternatives` are two or more values that name what can be chosen. Read them
        during the call: afterwards they may change.
        """


class DocumentedChooser:
    """The default: the first alternative, and weights spread as evenly as they allow.

    With weights 0.75 and 0.25, each run of four questions answers 0 three times and 1 once, always in the same places.
    """

    def __init__(self) -> None:
        self._owed: dict[Question, list[float]] = {}

    def choose(self, question: Question, alternatives: Sequence[object]) -> int:
        """Returns the first, or of weighted alternatives the one that is furthest behind its share."""
        return self._furthest_behind(question) if question.weights else 0

    def _furthest_behind(self, question: Question) -> int:
        weights = question.weights
        before = self._owed.get(question, [])
        if len(before) != len(weights):
            before = [0.0] * len(weights)
        owed = [debt + weight for debt, weight in zip(before, weights, strict=True)]
        # Rounded, so that the last binary digit of sums of tenths does not decide.
        chosen = max(range(len(owed)), key=lambda index: (round(owed[index], 9), -index))
        owed[chosen] -= sum(weights)
        self._owed[question] = owed
        return chosen


class SeededChooser:
    """Draws every answer from a seed. The same seed gives the same choices, another seed others that AWS allows."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(f"choices {seed}")

    def choose(self, question: Question, alternatives: Sequence[object]) -> int:
        """Returns any alternative, drawn by weight if there are weights."""
        if question.weights:
            return self._random.choices(range(len(alternatives)), question.weights)[0]
        return self._random.randrange(len(alternatives))
