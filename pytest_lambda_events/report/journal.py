"""The journal that a test holds: the record itself, and its text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from ..simulation import journal
from ..simulation.journal import Entry
from .timeline import timeline


class _HasHistory(Protocol):
    @property
    def history(self) -> list[Entry]: ...


class _Named(Protocol):
    @property
    def name(self) -> str: ...


class Journal(journal.Journal):
    """Everything that happened, in order of time, and at one instant in order of cause: a sequence of `Entry`."""

    def timeline(self, about: _HasHistory | _Named | None = None) -> str:
        """The journal as plain text, or the part of it that is about one event or one function."""
        return timeline(self if about is None else self._about(about))

    def _about(self, about: _HasHistory | _Named) -> Sequence[Entry]:
        history: list[Entry] | None = getattr(about, "history", None)
        return self.of_function(getattr(about, "name", "")) if history is None else history
