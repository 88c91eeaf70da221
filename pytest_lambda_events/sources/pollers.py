"""Whom a mapping is polled by, by its source."""

from __future__ import annotations

from collections.abc import Mapping

from .mapping import EventSourceMapping
from .ports import Pollers


class PollersByService:
    """Hands each mapping to the pollers of its source's service."""

    def __init__(self, pollers: Mapping[str, Pollers]) -> None:
        self._pollers = pollers

    def begin(self, mapping: EventSourceMapping) -> None:
        """There is a new mapping, polled or not."""
        self._of(mapping).begin(mapping)

    def changed(self, mapping: EventSourceMapping) -> None:
        """`in_force` or `is_polled` has changed."""
        self._of(mapping).changed(mapping)

    def end(self, mapping: EventSourceMapping) -> None:
        """The mapping is gone."""
        self._of(mapping).end(mapping)

    def _of(self, mapping: EventSourceMapping) -> Pollers:
        return self._pollers[mapping.event_source_arn.split(":")[2]]
