"""The position at which a mapping begins to read its stream (ESM-12 to 17)."""

from __future__ import annotations

from ...service.api_response import Parameters
from ...service.errors import ServiceError, invalid_parameter
from ..kafka.arns import cluster_of
from ..mapping import StartingPosition, service_of

AT_TIMESTAMP = "AT_TIMESTAMP"


def checked(parameters: Parameters, source_arn: str, now: float) -> StartingPosition | None:
    """Returns the position of a call, None for a queue. Raises 400 for an invalid one. `now` is in epoch seconds."""
    service = service_of(source_arn)
    kind, timestamp = parameters.get("StartingPosition"), parameters.get("StartingPositionTimestamp")
    if service == "kafka" and kind is None and cluster_of(source_arn) is None:
        kind = "TRIM_HORIZON"
    if service == "sqs" and kind is not None:
        raise invalid_parameter("StartingPosition is not valid for SQS event sources.")
    if service != "sqs" and kind is None:
        raise invalid_parameter(
            "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: Member must not be "
            "null."
        )
    if service == "dynamodb" and kind == AT_TIMESTAMP:
        raise invalid_parameter(f"Unsupported starting position for arn type: {source_arn}")
    refusal = _refused_timestamp(kind, timestamp, now)
    if refusal is not None:
        raise refusal
    return None if kind is None else StartingPosition(kind, timestamp)


def _refused_timestamp(kind: str | None, timestamp: float | None, now: float) -> ServiceError | None:
    """Refuses a timestamp. The text for a timestamp in the future is not AWS's."""
    if timestamp is not None and kind != AT_TIMESTAMP:
        return invalid_parameter("Timestamp only valid with StartingPosition AT_TIMESTAMP")
    if timestamp is None and kind == AT_TIMESTAMP:
        return invalid_parameter("Need to specify a timestamp")
    if timestamp is not None and timestamp > now:
        return invalid_parameter("StartingPositionTimestamp must not be in the future")
    return None
