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


def source_parameters(source: object, consumer_group_id: str | None, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the parameters of a mapping that name its source, with the group and the schema registry of a topic of Kafka.

    Raises `LambdaEventsError` for a group or a registry without a topic.
    """
    has_schemas = bool(SCHEMA_KINDS.keys() & settings.keys())
    if not isinstance(source, KafkaTopic):
        if consumer_group_id is not None:
            raise LambdaEventsError(
                f"consumer_group_id={consumer_group_id!r}: only a topic of Kafka has consumer groups. Leave it out."
            )
        return {"EventSourceArn": source_arn_of(source), **(schema_parameters(settings, {}) if has_schemas else {})}
    parameters = source.event_source
    member = AMAZON if "EventSourceArn" in parameters else SELF
    config: dict[str, Any] = {} if consumer_group_id is None else {"ConsumerGroupId": consumer_group_id}
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
