"""A journal with an index of its entries."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from ..journal.entry import Entry
from ..journal.journal import Journal

if TYPE_CHECKING:
    from ..journal.attempts import Called
    from .index import Index


class IndexedJournal(Journal):
    """Updates the index with each entry. The index is loaded with the first one."""

    @cached_property
    def _index(self) -> Index:
        from .index import Index

        return Index()

    def _appended(self, entry: Entry, position: int, of_request: Sequence[int]) -> None:
        self._index.add(entry, position, self._entries, of_request)

    def _call_failed(self, entry: Called, position: int) -> None:
        self._index.add_failed_call(entry, position)
