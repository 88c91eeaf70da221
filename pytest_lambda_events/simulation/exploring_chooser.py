"""Lets an exploration choose the order of work that is due at the same time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from .choices import Chooser, Question
from .scheduler import NextWork

MOST_PLACES = 3
"""How many of the work items that are due together can be chosen to run first."""


class _Explorer(Protocol):
    def choose(self, kind: str, function_name: str, what: str, alternatives: Sequence[str]) -> str:
        """Returns one of the alternatives, or the empty text for the first work item."""


class ExploringChooser:
    """Asks an explorer which work item runs next. Other questions go to the usual chooser."""

    def __init__(self, explorer: _Explorer, usual: Chooser) -> None:
        self._explorer = explorer
        self._usual = usual

    def choose(self, question: Question, alternatives: Sequence[object]) -> int:
        """Returns the index of an alternative."""
        usual = self._usual.choose(question, alternatives)
        if not isinstance(question, NextWork):
            return usual
        places = [f"item {index + 1} first" for index in range(1, min(len(alternatives), MOST_PLACES))]
        first = alternatives[0]
        what = f"{getattr(first, 'kind', '')} at {getattr(first, 'after_seconds', 0):g} s"
        chosen = self._explorer.choose("order", getattr(first, "function_name", None) or "", what, places)
        return int(chosen.split()[1]) - 1 if chosen else usual
