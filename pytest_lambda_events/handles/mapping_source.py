"""The source of an event source mapping as API parameters."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ..arguments import shown
from ..errors import LambdaEventsError, hides_frames
from .kafka_topic import KafkaTopic
from .lambda_api import arn_of
from .schema_settings import AMAZON, SCHEMA_KINDS, SELF, schema_parameters
from .table import Table, stream_arn_of

__tracebackhide__ = hides_frames


ONLY_CREATED = ("consumer_group_id", "consumption_mode", "starting_position", "starting_position_timestamp")
"""The settings of a new mapping that no update changes."""


def source_parameters(
    source: object, consumer_group_id: str | None, consumption_mode: str | None, settings: Mapping[str, Any]
) -> dict[str, Any]:
    """Returns the parameters of a mapping that name its source, with the group and the schema registry of a topic of Kafka.

    Raises `LambdaEventsError` for a setting that the source does not have.
    """
    has_schemas = bool(SCHEMA_KINDS.keys() & settings.keys())
    if not isinstance(source, KafkaTopic):
        if consumer_group_id is not None:
            raise LambdaEventsError(
                f"consumer_group_id={consumer_group_id!r}: only a topic of Kafka has consumer groups. Leave it out."
            )
        if consumption_mode is not None:
            raise LambdaEventsError(
                f"consumption_mode={consumption_mode!r}: only a topic of Kafka has consumption modes. Leave it out."
            )
        return {"EventSourceArn": source_arn_of(source), **(schema_parameters(settings, {}) if has_schemas else {})}
    parameters = source.event_source
    member = AMAZON if "EventSourceArn" in parameters else SELF
    if member == AMAZON and consumption_mode is not None:
        raise LambdaEventsError(
            f"consumption_mode={consumption_mode!r}: only topics of self-managed clusters have consumption modes (KAF-60), "
            f"and {source.name!r} is on Amazon MSK. Leave it out, or create the topic without cluster."
        )
    given = {"ConsumerGroupId": consumer_group_id, "ConsumptionMode": consumption_mode}
    config: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    if has_schemas:
        config |= schema_parameters(settings, {member: {}})[member]
    return {**parameters, member: config} if config else parameters


def check_destination(source: object, target: object) -> None:
    """Raises `LambdaEventsError` for a destination that is a topic of another cluster (KAF-30)."""
    if not isinstance(source, KafkaTopic) or not isinstance(target, KafkaTopic):
        return
    if source.arn.rpartition("/")[0] != target.arn.rpartition("/")[0]:
        raise LambdaEventsError(
            f"on_failure: the topic {target.name!r} is on another cluster than {source.name!r}. Create it with the cluster or "
            "the servers of the source."
        )


def source_arn_of(source: object) -> str:
    """Returns the ARN of an event source. For a table it is the ARN of its stream."""
    return stream_arn_of(source) if isinstance(source, Table) else arn_of(source)


def seconds_of(instant: object) -> float:
    """Returns the seconds since 1970."""
    if not isinstance(instant, datetime):
        raise LambdaEventsError(
            f"starting_position_timestamp={shown(instant)} is not a datetime. Pass an aware one, such as lambda_events.now."
        )
    if instant.tzinfo is None:
        raise LambdaEventsError(
            f"starting_position_timestamp={shown(instant)} has no offset. Pass an aware datetime, such as lambda_events.now."
        )
    return instant.timestamp()


def position_parameters(starting_position: str | None, timestamp: datetime | None) -> dict[str, Any]:
    """Returns the parameters of a mapping about its starting position."""
    seconds = None if timestamp is None else seconds_of(timestamp)
    position = {"StartingPosition": starting_position, "StartingPositionTimestamp": seconds}
    return {name: value for name, value in position.items() if value is not None}
