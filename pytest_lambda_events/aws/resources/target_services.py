"""SNS, EventBridge and S3 for handles."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.events.models import events_backends
from moto.s3.models import s3_backends
from moto.sns.models import sns_backends
from moto.utilities.utils import get_partition

from ...handles.messages import Message
from ...sources.push.event_rules import EventBuses
from .queues import topic_messages


class TargetServices:
    """The topics, event buses and buckets of one account and region."""

    def __init__(self, account_id: str, region_name: str, client: Callable[[str], Any], buses: EventBuses) -> None:
        self._account_id = account_id
        self._region_name = region_name
        self.client = client
        self._buses = buses

    def topic_messages(self, arn: str) -> list[Message]:
        """Returns the messages that were published on a topic, in order."""
        return topic_messages(arn)

    def bus_events(self, arn: str) -> list[dict[str, Any]]:
        """Returns the events of an event bus, in order."""
        return list(self._buses.events[arn])

    def topic_arns(self) -> dict[str, str]:
        """Returns the ARN of each topic by its name."""
        return {topic.name: arn for arn, topic in sns_backends[self._account_id][self._region_name].topics.items()}

    def bus_arns(self) -> dict[str, str]:
        """Returns the ARN of each event bus by its name."""
        buses = events_backends[self._account_id][self._region_name].event_buses
        return {name: bus.arn for name, bus in buses.items()}

    def bucket_names(self) -> list[str]:
        """Returns the names of all buckets."""
        return list(s3_backends[self._account_id][get_partition(self._region_name)].buckets)
