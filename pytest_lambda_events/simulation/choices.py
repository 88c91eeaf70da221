"""What AWS leaves open is decided in one place."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Protocol


class Chooser(Protocol):
    """Decides where AWS promises nothing: which of several equals comes first, which version an alias picks."""

    def rank(self) -> int:
        """Where a piece of work stands among others due at the same instant: lower runs first, equals in order of cause."""

    def pick(self, count: int) -> int:
        """The index of one of `count` candidates that AWS treats alike."""

    def weighted(self, question: str, weights: Sequence[float]) -> int:
        """The index of one of the alternatives of `question`, which occur in proportion to `weights`."""


class DocumentedChooser:
    """The default: order of cause, the first candidate, and weights spread as evenly as they allow.

    With weights 0.75 and 0.25, each run of four questions answers 0 three times and 1 once, always in the same places.
    """

    def __init__(self) -> None:
        self._owed: dict[str, list[float]] = {}

    def rank(self) -> int:
        """Always the same, so that order of cause decides."""
        return 0

    def pick(self, count: int) -> int:
        """The first."""
        return 0

    def weighted(self, question: str, weights: Sequence[float]) -> int:
        """The alternative that is furthest behind its share."""
        before = self._owed.get(question, [])
        if len(before) != len(weights):
            before = [0.0] * len(weights)
        owed = [debt + weight for debt, weight in zip(before, weights, strict=True)]
        # Rounded, so that sums of tenths do not decide by their last binary digit.
        chosen = max(range(len(owed)), key=lambda index: (round(owed[index], 9), -index))
        owed[chosen] -= sum(weights)
        self._owed[question] = owed
        return chosen


class SeededChooser:
    """Draws every answer from a seed: the same seed gives the same story, another seed another one that AWS allows."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(f"choices {seed}")

    def rank(self) -> int:
        """A random rank, never before work whose order is fixed."""
        return self._random.randrange(1, 1_000_000)

    def pick(self, count: int) -> int:
        """Any of them."""
        return self._random.randrange(count)

    def weighted(self, question: str, weights: Sequence[float]) -> int:
        """Drawn by weight."""
        return self._random.choices(range(len(weights)), weights)[0]
