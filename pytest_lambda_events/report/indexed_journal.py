"""A journal with an index of its entries, if it is long."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..journal.attempts import Called
from ..journal.entry import Entry
from ..journal.journal import Clock, Journal

if TYPE_CHECKING:
    from .index import Index

LONG = 20_000
"""A journal with more entries than this is condensed by its index. Shorter ones are read as a whole, and need no index."""


class IndexedJournal(Journal):
    """Creates the index when it becomes long or the index is first read. From then on it updates it with each entry."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self._known_index: Index | None = None
        self._first_reported = LONG

    @property
    def _index(self) -> Index:
        if self._known_index is None:
            self._known_index, self._first_reported = self._new_index(), 0
        return self._known_index

    def _new_index(self) -> Index:
        from .index import Index

        index = Index()
        for position, entry in enumerate(self._entries):
            index.add(entry, position, self._entries, self.positions_of_request)
            if isinstance(entry, Called) and entry.failure is not None:
                index.add_failed_call(entry, position)
        return index

    def _appended(self, entry: Entry, position: int) -> None:
        if self._known_index is None:
            self._known_index, self._first_reported = self._new_index(), 0
        else:
            self._known_index.add(entry, position, self._entries, self.positions_of_request)

    def _call_failed(self, entry: Called, position: int) -> None:
        if self._known_index is not None:
            self._known_index.add_failed_call(entry, position)
