"""What a mapping of a queue may be told, as far as that can be judged without looking at the world (ESM, section 3)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from .. import limits
from ..service.answers import Parameters
from ..service.control_plane.validation import not_simulated, refuse_unknown
from ..service.errors import ServiceError, invalid_parameter
from . import filters
from .mapping import EVENT_COUNT, Settings
from .patterns import PatternInvalid

_STREAMS_ONLY = (
    "MaximumRetryAttempts", "MaximumRecordAgeInSeconds", "BisectBatchOnFunctionError", "ParallelizationFactor",
    "TumblingWindowInSeconds",
)  # fmt: skip
_UPDATE = frozenset(
    {
        "UUID", "FunctionName", "Enabled", "BatchSize", "MaximumBatchingWindowInSeconds", "FilterCriteria",
        "FunctionResponseTypes", "ScalingConfig", "ProvisionedPollerConfig", "MetricsConfig", "KMSKeyArn",
        "DestinationConfig", *_STREAMS_ONLY,
    }
)  # fmt: skip
_CREATE = _UPDATE - {"UUID"} | {"EventSourceArn", "StartingPosition", "StartingPositionTimestamp", "Tags"}
_KNOWN = {"CreateEventSourceMapping": _CREATE, "UpdateEventSourceMapping": _UPDATE}
_SOURCES_TO_COME = {
    "kinesis": "Kinesis", "dynamodb": "DynamoDB", "kafka": "Kafka", "mq": "Amazon MQ", "rds": "DocumentDB",
}  # fmt: skip


def check_members(operation: str, parameters: Parameters) -> None:
    """Raise `NotSimulatedError` for a member that AWS has and the simulation lacks."""
    refuse_unknown(operation, parameters, _KNOWN[operation])
    pollers = parameters.get("ProvisionedPollerConfig") or {}
    refuse_unknown("ProvisionedPollerConfig", pollers, ("MinimumPollers", "MaximumPollers"))
    for metric in (parameters.get("MetricsConfig") or {}).get("Metrics") or ():
        if metric != EVENT_COUNT:
            raise not_simulated(f"{metric} of MetricsConfig")


def check_source(arn: str | None) -> str:
    """The ARN of the queue. Raises for what is no event source (ESM-10), and for sources that are not simulated."""
    service = "" if arn is None else arn.split(":")[2]
    if service in _SOURCES_TO_COME:
        raise not_simulated(f"{_SOURCES_TO_COME[service]} as an event source")
    if arn is None or service != "sqs":
        raise invalid_parameter("Unrecognized event source.")
    return arn


def check_kind(parameters: Parameters) -> None:
    """Raise 400 for what only other kinds of sources have (ESM-16, 17, 26, 29)."""
    sides = (parameters.get("DestinationConfig") or {}).values()
    if any((side or {}).get("Destination") for side in sides):
        raise _unsupported("DestinationConfig")
    if parameters.get("StartingPosition") is not None:
        raise invalid_parameter("StartingPosition is not valid for SQS event sources.")
    if parameters.get("StartingPositionTimestamp") is not None:
        raise invalid_parameter("Timestamp only valid with StartingPosition AT_TIMESTAMP")
    for member in _STREAMS_ONLY:
        if parameters.get(member) is not None:
            raise _unsupported(member)


def changed(before: Settings, parameters: Parameters) -> Settings:
    """The settings with what a call gives; what it leaves out or gives as null stays (ESM-71)."""
    fields: dict[str, Any] = {}
    for member, field in (
        ("Enabled", "enabled"), ("BatchSize", "batch_size"), ("KMSKeyArn", "kms_key_arn"),
        ("MaximumBatchingWindowInSeconds", "maximum_batching_window_in_seconds"),
    ):  # fmt: skip
        if parameters.get(member) is not None:
            fields[field] = parameters[member]
    if parameters.get("FunctionResponseTypes") is not None:
        fields["function_response_types"] = tuple(parameters["FunctionResponseTypes"])
    if parameters.get("MetricsConfig") is not None:
        fields["metrics"] = tuple(parameters["MetricsConfig"].get("Metrics") or ())
    if parameters.get("ScalingConfig") is not None:
        fields["maximum_concurrency"] = parameters["ScalingConfig"].get("MaximumConcurrency")
    if parameters.get("ProvisionedPollerConfig") is not None:
        fields["minimum_pollers"], fields["maximum_pollers"] = _pollers(parameters["ProvisionedPollerConfig"])
    return _with_filters(replace(before, **fields), parameters)


def check_pollers(settings: Settings, *, is_fifo: bool) -> None:
    """Raise 400 for numbers of pollers that do not fit, or beside a maximum concurrency (ESM-28, 2B)."""
    minimum, maximum = settings.minimum_pollers, settings.maximum_pollers
    if minimum is None or maximum is None:
        return
    if settings.maximum_concurrency is not None:
        raise invalid_parameter(
            "Provisioned mode for SQS ESM does not support maximum concurrency feature. Use MaximumPollers as the control "
            "mechanism and remove maximum concurrency."
        )
    smallest, largest = limits.SQS_POLLERS_MINIMUM, limits.LARGEST_MINIMUM_POLLERS
    if not smallest <= minimum <= largest or not minimum <= maximum <= limits.LARGEST_MAXIMUM_POLLERS:
        raise invalid_parameter(
            f"MinimumPollers should be between [{smallest}, {largest}] and MaximumPollers should be between "
            f"[MinimumPollers, {limits.LARGEST_MAXIMUM_POLLERS}]"
        )
    if is_fifo:
        raise not_simulated("ProvisionedPollerConfig of a FIFO queue's mapping")


def check_window(settings: Settings, *, is_fifo: bool) -> None:
    """Raise 400 for a window of a FIFO queue, and for a large batch without one (ESM-21, 23, 24)."""
    window = settings.maximum_batching_window_in_seconds
    if is_fifo and window > 0:
        raise invalid_parameter("Batching window is not supported for FIFO queues")
    if settings.batch_size > limits.BATCH_SIZE_WITHOUT_WINDOW and window == 0:
        raise invalid_parameter(
            "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than "
            f"{limits.BATCH_SIZE_WITHOUT_WINDOW}"
        )


def check_filters(settings: Settings) -> None:
    """Raise 400 for too many filters and for patterns that are none (FIL-02, FIL-10)."""
    if len(settings.filters) > limits.FILTERS:
        raise invalid_parameter(f"The number of filters must be less than or equal to {limits.FILTERS}.")
    try:
        filters.check(settings.filters)
    except PatternInvalid:
        raise invalid_parameter("Invalid filter pattern definition.") from None


def _pollers(given: Parameters) -> tuple[int | None, int | None]:
    """The smallest and the largest number of pollers; what one leaves out has its default, and `{}` is none (SQS-24)."""
    minimum, maximum = given.get("MinimumPollers"), given.get("MaximumPollers")
    if minimum is None and maximum is None:
        return None, None
    return (
        limits.SQS_POLLERS_MINIMUM if minimum is None else minimum,
        limits.SQS_POLLERS_MAXIMUM if maximum is None else maximum,
    )


def _with_filters(settings: Settings, parameters: Parameters) -> Settings:
    """Without filters there is nothing to encrypt: emptying them removes the key (FIL-05, FIL-0B)."""
    criteria = parameters.get("FilterCriteria")
    if criteria is not None:
        # A filter without a pattern is no pattern: the check of patterns refuses it.
        patterns = tuple(one.get("Pattern") or "" for one in criteria.get("Filters") or ())
        settings = replace(settings, filters=patterns)
        if not patterns and not parameters.get("KMSKeyArn"):
            settings = replace(settings, kms_key_arn=None)
    return replace(settings, kms_key_arn=settings.kms_key_arn or None)


def _unsupported(member: str) -> ServiceError:
    return invalid_parameter(f"Unsupported {member} parameter for given event source mapping type.")
