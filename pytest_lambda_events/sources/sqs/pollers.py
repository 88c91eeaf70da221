"""The pollers of all mappings that read queues."""

from __future__ import annotations

from ..mapping import EventSourceMapping
from .dependencies import QueueDependencies
from .poller import Poller


class SqsPollers:
    """One poller for each mapping, in any account and region."""

    def __init__(self, dependencies: QueueDependencies) -> None:
        self._dependencies = dependencies
        self._pollers: dict[str, Poller] = {}

    def begin(self, mapping: EventSourceMapping) -> None:
        """There is a new mapping, polled or not."""
        self._pollers[mapping.uuid] = Poller(mapping, self._dependencies)
        self.changed(mapping)

    def changed(self, mapping: EventSourceMapping) -> None:
        """`in_force` or `is_polled` has changed."""
        self._pollers[mapping.uuid].changed()

    def end(self, mapping: EventSourceMapping) -> None:
        """The mapping is gone: batches that were received end as they would have."""
        self._pollers.pop(mapping.uuid).end()
