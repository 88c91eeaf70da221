"""The pollers of all event source mappings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Protocol

from ..report.balance import ExpectedRecord
from .mapping import EventSourceMapping


class Poller(Protocol):
    """Reads one event source for one mapping."""

    def changed(self) -> None:
        """Adapts to the mapping's `in_force` and `is_polled`, at the start and after each change."""

    def end(self) -> None:
        """Stops, since the mapping was deleted. Batches that were received end as they would have."""

    def expected_records(self) -> Iterable[ExpectedRecord]:
        """Returns the stream records that the mapping has processed or still has to process."""


PollerFactory = Callable[[EventSourceMapping], Poller]


class PollerRegistry:
    """Creates the poller of each mapping and holds it. `factories` has one factory for each service of event sources."""

    def __init__(self, factories: Mapping[str, PollerFactory]) -> None:
        self._factories = factories
        self._pollers: dict[str, Poller] = {}

    def begin(self, mapping: EventSourceMapping) -> None:
        """Creates the poller of a new mapping, even if the mapping is not polled yet."""
        self._pollers[mapping.uuid] = self._factories[mapping.service](mapping)
        self.changed(mapping)

    def changed(self, mapping: EventSourceMapping) -> None:
        """Tells the poller that `in_force` or `is_polled` has changed."""
        self._pollers[mapping.uuid].changed()

    def end(self, mapping: EventSourceMapping) -> None:
        """Ends the poller of a deleted mapping."""
        self._pollers.pop(mapping.uuid).end()

    def expected_records(self) -> Iterator[ExpectedRecord]:
        """Returns what the existing mappings have processed or still have to process of streams."""
        for poller in self._pollers.values():
            yield from poller.expected_records()
