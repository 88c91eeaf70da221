"""The event sources of the simulated AWS: a new kind of source is registered here, with the factory of its pollers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING

from ..journal.entry import Origin
from ..report.balance import ExpectedRecord, Holdings, queues_of
from ..report.journal import Journal
from ..service.control_plane.dependencies import Dependencies
from ..service.control_plane.region import Region
from .dependencies import PollerDependencies
from .mapping import FOREVER, service_of
from .mappings.operations import EventSourceMappings
from .ports import Keys
from .registry import PollerRegistry

if TYPE_CHECKING:
    from .kafka.poller import KafkaPoller
    from .mapping import EventSourceMapping
    from .pipes.pipes import Pipes
    from .sqs.poller import QueuePoller
    from .streams.poller import StreamPoller


class EventSources:
    """Connects the event source mappings of all accounts and regions with their pollers.

    `keys` gives the KMS keys of an account and region. Pipes, if there are any, read queues and streams too.
    """

    def __init__(
        self, dependencies: PollerDependencies, keys: Callable[[str, str], Keys], pipes: Callable[[], Pipes | None]
    ) -> None:
        self.access_changed = dependencies.access_changed
        self._deps = dependencies
        self._keys = keys
        self._pipes = pipes
        self._mappings: dict[tuple[str, str], EventSourceMappings] = {}
        of_streams = dict.fromkeys(dependencies.stream_finders, partial(_stream_poller, dependencies))
        self._pollers = PollerRegistry({
            "sqs": partial(_queue_poller, dependencies), "kafka": partial(_kafka_poller, dependencies), **of_streams,
        })  # fmt: skip

    def mappings_of(self, region: Region, dependencies: Dependencies) -> EventSourceMappings:
        """Creates the operations on the mappings of one account and region."""
        mappings = EventSourceMappings(
            region, dependencies, self._pollers, self._keys(region.account_id, region.name),
            find_queue=self._deps.find_queue,
            stream_finders=self._deps.stream_finders,
            has_cluster=self._deps.has_cluster,
            find_schema_registry=self._deps.find_schema_registry,
            transition_seconds=self._deps.config.event_source_mapping_transition_seconds,
            update_delay_seconds=self._deps.config.event_source_mapping_update_delay_seconds,
            has_unique_groups=self._deps.config.unique_consumer_groups,
        )  # fmt: skip
        self._mappings[(region.account_id, region.name)] = mappings
        return mappings

    def at(self, region: Region) -> EventSourceMappings:
        """Returns the operations on the mappings of an account and region, which `mappings_of` has created."""
        return self._mappings[(region.account_id, region.name)]

    def holdings(self, journal: Journal) -> Holdings:
        """Returns what queues and streams hold now that functions or pipes read, and the dead-letter queues to which messages
        went.
        """
        arns = {mapping.event_source_arn for mappings in self._mappings.values() for mapping in mappings.by_uuid.values()}
        pipes = self._pipes()
        arns.update(() if pipes is None else pipes.source_arns())
        of_pipes: Iterable[ExpectedRecord] = () if pipes is None else pipes.expected_records()
        mapped, looked_at = queues_of(journal, (arn for arn in arns if service_of(arn) == "sqs"))
        queues = {arn: self._deps.find_queue(arn) for arn in sorted(looked_at)}
        # Reading a queue also writes the entries of messages that have expired since the last look.
        messages = {arn: queue.message_ids() for arn, queue in queues.items() if queue is not None}
        return Holdings(mapped, messages, (*self._pollers.expected_records(), *of_pipes))

    def checkpoints(self, uuid: str) -> dict[str, str]:
        """Returns the last sequence number that a mapping has processed, by shard id."""
        mapping = self._mapping(uuid)
        return {} if mapping is None else dict(mapping.checkpoints)

    def _mapping(self, uuid: str) -> EventSourceMapping | None:
        return next((one.by_uuid[uuid] for one in self._mappings.values() if uuid in one.by_uuid), None)

    def keeps_discarded(self, origin: Origin) -> bool:
        """Returns whether attempts that are all throttled end, and a dead-letter queue or destination keeps what they had.

        A message ends by the receive count of its queue. A record ends by its age (KIN-41), and not by retries.
        """
        if not origin.is_stream:
            queue = self._deps.find_queue(origin.source)
            return queue is not None and queue.max_receive_count is not None
        mapping = self._mapping(origin.event_source_mapping)
        settings = None if mapping is None else mapping.in_force
        return settings is not None and bool(settings.on_failure) and settings.maximum_record_age_in_seconds != FOREVER


def _queue_poller(dependencies: PollerDependencies, mapping: EventSourceMapping) -> QueuePoller:
    # Only tests with queues as event sources load it.
    from .sqs.poller import QueuePoller

    return QueuePoller(dependencies, mapping)


def _stream_poller(dependencies: PollerDependencies, mapping: EventSourceMapping) -> StreamPoller:
    from .streams.poller import StreamPoller

    return StreamPoller(dependencies, mapping)


def _kafka_poller(dependencies: PollerDependencies, mapping: EventSourceMapping) -> KafkaPoller:
    from .kafka.poller import KafkaPoller

    return KafkaPoller(dependencies, mapping)
