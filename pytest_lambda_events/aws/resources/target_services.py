"""SNS, EventBridge, S3 and CloudWatch Logs for handles."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from moto.utilities.utils import get_partition

from ...handles.messages import Message
from ...simulation.simulation import Simulation
from ...sources.filtering.exact_json import object_with_spelling
from ...sources.push.event_rules import EventBuses, bus_event
from ..backends import late_backends
from .queues import topic_messages

events_backends = late_backends("events")
logs_backends = late_backends("logs")
s3_backends = late_backends("s3")
sns_backends = late_backends("sns")


class TargetServices:
    """The topics, event buses, buckets and log groups of one account and region."""

    def __init__(
        self, account_id: str, region_name: str, client: Callable[[str], Any], buses: EventBuses, simulation: Simulation
    ) -> None:
        self._account_id = account_id
        self._region_name = region_name
        self.client = client
        self._buses = buses
        self._simulation = simulation

    def timestamp(self) -> int:
        """Returns the virtual time in milliseconds since the epoch."""
        return round(self._simulation.clock.now.timestamp() * 1000)

    def topic_messages(self, arn: str) -> list[Message]:
        """Returns the messages that were published on a topic, in order."""
        return topic_messages(arn)

    def bus_events(self, arn: str) -> list[dict[str, Any]]:
        """Returns the events of an event bus, in order."""
        return [dict(event) for event in self._buses.events[arn]]

    def put_service_event(self, arn: str, source: str, detail_type: str, detail: str, resources: Sequence[str]) -> None:
        """Puts an event on an event bus as the service `source` does, which `PutEvents` refuses (EVB-18)."""
        with self._simulation.locked():
            event = bus_event(
                self._simulation.identifiers.uuid(), detail_type, source, self._account_id, self._region_name,
                self._simulation.clock.now, object_with_spelling(detail), resources,
            )  # fmt: skip
            self._buses.put(arn, event)

    def topic_names(self) -> list[str]:
        """Returns the names of all topics."""
        return [topic.name for topic in self._topics.values()]

    def topic_arn(self, name: str) -> str | None:
        """Returns the ARN of a topic. None if it does not exist."""
        arn = f"arn:{get_partition(self._region_name)}:sns:{self._region_name}:{self._account_id}:{name}"
        return arn if arn in self._topics else None

    def bus_names(self) -> list[str]:
        """Returns the names of all event buses."""
        return list(self._event_buses)

    def bus_arn(self, name: str) -> str | None:
        """Returns the ARN of an event bus. None if it does not exist."""
        bus = self._event_buses.get(name)
        return None if bus is None else bus.arn

    def bucket_names(self) -> list[str]:
        """Returns the names of all buckets."""
        return list(self._buckets)

    def has_bucket(self, name: str) -> bool:
        """Returns whether a bucket exists."""
        return name in self._buckets

    def log_group_names(self) -> list[str]:
        """Returns the names of all log groups."""
        return list(self._log_groups)

    def log_group_arn(self, name: str) -> str | None:
        """Returns the ARN of a log group. None if it does not exist."""
        group = self._log_groups.get(name)
        return None if group is None else group.arn

    @property
    def _log_groups(self) -> Mapping[str, Any]:
        groups: Mapping[str, Any] = logs_backends[self._account_id][self._region_name].groups
        return groups

    @property
    def _topics(self) -> Mapping[str, Any]:
        topics: Mapping[str, Any] = sns_backends[self._account_id][self._region_name].topics
        return topics

    @property
    def _event_buses(self) -> Mapping[str, Any]:
        buses: Mapping[str, Any] = events_backends[self._account_id][self._region_name].event_buses
        return buses

    @property
    def _buckets(self) -> Mapping[str, Any]:
        buckets: Mapping[str, Any] = s3_backends[self._account_id][get_partition(self._region_name)].buckets
        return buckets
