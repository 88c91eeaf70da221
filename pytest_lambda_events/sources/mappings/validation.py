"""Checks the parameters of mappings that need no look at the simulated AWS (ESM, section 3)."""

from __future__ import annotations

import re
from collections.abc import Container
from dataclasses import replace
from typing import Any

from ... import limits
from ...arns import parse
from ...service.api_response import Parameters
from ...service.control_plane.outcome_targets import SIDES, check_target
from ...service.control_plane.validation import not_simulated
from ...service.destination_kinds import DESTINATION_KINDS
from ...service.errors import ServiceError, invalid_parameter
from ..filtering import filters
from ..filtering.patterns import PatternInvalid
from ..kafka.arns import destination_topic
from ..mapping import EVENT_COUNT, FOREVER, STREAM_SERVICES, Settings, service_of

_STREAMS_ONLY = (
    "MaximumRetryAttempts", "MaximumRecordAgeInSeconds", "BisectBatchOnFunctionError", "ParallelizationFactor",
    "TumblingWindowInSeconds",
)  # fmt: skip
_OF_OTHERS = {
    "sqs": (*_STREAMS_ONLY, "LoggingConfig"),
    **dict.fromkeys(STREAM_SERVICES, ("ScalingConfig", "ProvisionedPollerConfig", "LoggingConfig")),
    "kafka": ("ScalingConfig", "ParallelizationFactor", "TumblingWindowInSeconds"),
}
"""The settings of other sources, by service (ESM, section 3)."""
_OTHER_SOURCES = {
    "kinesis": "Kinesis", "dynamodb": "DynamoDB",  "mq": "Amazon MQ", "rds": "DocumentDB",
}  # fmt: skip
_STREAMS = {
    "kinesis": re.compile(r"stream/[^/:]+(/consumer/[^/:]+:[0-9]+)?"),
    "dynamodb": re.compile(r"table/[^/:]+/stream/[^/]+"),
}
"""The resource in the ARNs of streams and consumers (KIN-02, DDB-01)."""
_DESTINATIONS = {service: kind for service, kind in DESTINATION_KINDS.items() if kind.takes_batches}
_FIELDS = {
    "Enabled": "enabled", "BatchSize": "batch_size", "KMSKeyArn": "kms_key_arn",
    "MaximumBatchingWindowInSeconds": "maximum_batching_window_in_seconds",
    "MaximumRetryAttempts": "maximum_retry_attempts", "MaximumRecordAgeInSeconds": "maximum_record_age_in_seconds",
    "BisectBatchOnFunctionError": "bisect_batch_on_function_error", "ParallelizationFactor": "parallelization_factor",
    "TumblingWindowInSeconds": "tumbling_window_in_seconds",
}  # fmt: skip
"""The members that are one setting each, with the fields of `Settings`."""


def check_source(arn: str | None, streams: Container[str]) -> str:
    """Returns the ARN of a queue or stream. `streams` are the services whose streams are simulated.

    Raises:
        ServiceError: The ARN is not that of an event source (ESM-10).
        NotSimulatedError: The event source is not simulated.
    """
    service = "" if arn is None else service_of(arn)
    if service in _OTHER_SOURCES and service not in streams:
        raise not_simulated(f"{_OTHER_SOURCES[service]} as an event source")
    if arn is None or service not in ("sqs", *STREAM_SERVICES):
        raise invalid_parameter("Unrecognized event source.")
    if service in STREAM_SERVICES and not _STREAMS[service].fullmatch(parse(arn).resource):
        raise invalid_parameter(f"Unrecognized event source. {arn} is not the ARN of a stream.")
    return arn


def check_kind(parameters: Parameters, source_arn: str) -> None:
    """Raises 400 for settings of other types of sources (ESM-26, 29), and for invalid destinations (KIN-70)."""
    service = service_of(source_arn)
    destinations = _destinations(parameters)
    if any(destinations.values()) and service == "sqs":
        raise _unsupported("DestinationConfig")
    for member in _OF_OTHERS[service]:
        if parameters.get(member) is not None:
            raise _unsupported(member)
    if service != "kafka":
        _check_members_of_kafka(parameters)
    if destinations.get("OnSuccess"):
        raise invalid_parameter("OnSuccess configuration is not supported for event source mappings.")
    if service == "kafka" and destination_topic(destinations.get("OnFailure")) is not None:
        _check_topic(destinations["OnFailure"], source_arn)
    elif destinations.get("OnFailure"):
        check_target("OnFailure", destinations["OnFailure"], _DESTINATIONS)


def _check_members_of_kafka(parameters: Parameters) -> None:
    """Raises 400 for parts of settings that only Kafka has (KAF-64, 65). The second text is ours."""
    if (parameters.get("ProvisionedPollerConfig") or {}).get("PollerGroupName"):
        raise _unsupported("PollerGroupName")
    for metric in (parameters.get("MetricsConfig") or {}).get("Metrics") or ():
        if metric != EVENT_COUNT:
            raise invalid_parameter(f"{metric} of MetricsConfig is supported only for Kafka event sources.")


def _check_topic(destination: str, source_arn: str) -> None:
    """Raises 400 if a destination is the topic that the mapping reads (KAF-30). The text is ours."""
    if destination_topic(destination) == parse(source_arn).name:
        raise invalid_parameter(f"The destination {destination} is the topic of the event source. Choose another topic.")


def check_queue_mode(parameters: Parameters, settings: Settings) -> None:
    """Raises 400 for settings that the consumption mode `Queue` does not have (KAF-61, 62). The texts are ours."""
    if parameters.get("MaximumBatchingWindowInSeconds") is not None:
        raise invalid_parameter("MaximumBatchingWindowInSeconds is not supported with ConsumptionMode Queue.")
    if settings.maximum_retry_attempts == FOREVER:
        raise invalid_parameter("MaximumRetryAttempts -1 is not supported with ConsumptionMode Queue.")


def defaults(function_arn: str, source_arn: str, *, is_queue: bool = False) -> Settings:
    """Returns the default settings of a mapping (ESM, section 3). `is_queue` is the consumption mode of Kafka (KAF-62)."""
    service = service_of(source_arn)
    if is_queue:
        return Settings(function_arn, batch_size=limits.STREAM_BATCH_SIZE, maximum_retry_attempts=0)
    if service == "sqs":
        return Settings(function_arn)
    window = limits.KAFKA_BATCHING_WINDOW_SECONDS if service == "kafka" else 0
    return Settings(function_arn, batch_size=limits.STREAM_BATCH_SIZE, maximum_batching_window_in_seconds=window)


def changed(before: Settings, parameters: Parameters, *, is_kafka: bool = False) -> Settings:
    """Returns the settings with the changes of a call. Members that are missing or null do not change (ESM-71)."""
    given = {member: value for member, value in parameters.items() if value is not None}
    fields: dict[str, Any] = {field: given[member] for member, field in _FIELDS.items() if member in given}
    if "FunctionResponseTypes" in given:
        fields["function_response_types"] = tuple(given["FunctionResponseTypes"])
    if "MetricsConfig" in given:
        fields["metrics"] = tuple(given["MetricsConfig"].get("Metrics") or ())
    if "ScalingConfig" in given:
        fields["maximum_concurrency"] = given["ScalingConfig"].get("MaximumConcurrency")
    if "ProvisionedPollerConfig" in given:
        smallest, largest = limits.KAFKA_POLLERS if is_kafka else (limits.SQS_POLLERS_MINIMUM, limits.SQS_POLLERS_MAXIMUM)
        pollers = given["ProvisionedPollerConfig"]
        fields["minimum_pollers"], fields["maximum_pollers"] = _pollers(pollers, smallest, largest)
        # Without pollers there is no group. A name that is left out does not change, and an empty one removes the group.
        group_name = pollers.get("PollerGroupName", before.poller_group_name if fields["minimum_pollers"] else None)
        fields["poller_group_name"] = group_name or None
    if "LoggingConfig" in given:
        fields["system_log_level"] = given["LoggingConfig"].get("SystemLogLevel")
    if "OnFailure" in _destinations(parameters):
        fields["on_failure"] = _destinations(parameters)["OnFailure"] or None
    return _with_filters(replace(before, **fields), parameters)


def check_settings(settings: Settings, source_arn: str, *, is_queue: bool = False) -> None:
    """Raises 400 for settings that do not fit each other or the source (ESM-21 to 28, 2B, 2C)."""
    service = service_of(source_arn)
    if service == "kafka":
        _check_age(settings)
        _check_provisioned_mode(settings, 0 if is_queue else FOREVER)
    elif service in STREAM_SERVICES:
        _check_age(settings)
        _check_tumbling_window(settings)
    else:
        is_fifo = source_arn.endswith(".fifo")
        _check_pollers(settings, is_fifo=is_fifo)
        _check_window(settings, is_fifo=is_fifo)
    _check_filters(settings, service)


def _check_age(settings: Settings) -> None:
    """Raises 400 for a record age that is not -1 and not in the valid range (ESM-25, KIN-44)."""
    smallest, largest = limits.RECORD_AGE_SECONDS
    age = settings.maximum_record_age_in_seconds
    if age != FOREVER and not smallest <= age <= largest:
        raise invalid_parameter(
            f"MaximumRecordAgeInSeconds must be either -1 (forever) or between {smallest} and {largest} (inclusive)"
        )


def _check_tumbling_window(settings: Settings) -> None:
    """Raises 400 for a tumbling window with a parallelization factor or filters (KIN-8C, KIN-8F). The second text is ours."""
    if settings.tumbling_window_in_seconds == 0:
        return
    if settings.parallelization_factor > 1:
        raise invalid_parameter("Parallelization factor must be equal to 1 when tumbling window period is configured")
    if settings.filters:
        raise invalid_parameter("Filter criteria must be empty when tumbling window period is configured")


def _check_provisioned_mode(settings: Settings, retries: int) -> None:
    """Raises 400 for settings that need pollers of their own (KAF-0D, 17, 21, 66). The texts are ours."""
    if settings.minimum_pollers is not None and settings.maximum_pollers is not None:
        smallest, largest, most = 1, limits.LARGEST_MINIMUM_POLLERS, limits.KAFKA_MAXIMUM_POLLERS
        if not smallest <= settings.minimum_pollers <= settings.maximum_pollers <= most:
            raise invalid_parameter(
                f"MinimumPollers should be between [{smallest}, {largest}] and MaximumPollers should be between "
                f"[MinimumPollers, {most}]"
            )
        return
    needed = {
        "MaximumRetryAttempts": settings.maximum_retry_attempts != retries,
        "MaximumRecordAgeInSeconds": settings.maximum_record_age_in_seconds != FOREVER,
        "BisectBatchOnFunctionError": settings.bisect_batch_on_function_error,
        "FunctionResponseTypes": bool(settings.function_response_types),
        "MetricsConfig": bool(settings.metrics),
        "A Kafka topic as the destination": destination_topic(settings.on_failure) is not None,
        "SchemaRegistryConfig": settings.schemas is not None,
    }
    for member, is_set in needed.items():
        if is_set:
            raise invalid_parameter(f"{member} is supported only with ProvisionedPollerConfig for Kafka event sources.")


def _check_pollers(settings: Settings, *, is_fifo: bool) -> None:
    """Raises 400 for invalid numbers of pollers, and for pollers with a maximum concurrency (ESM-28, 2B)."""
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


def _check_window(settings: Settings, *, is_fifo: bool) -> None:
    """Raises 400 for a window of a FIFO queue, and for a large batch without a window (ESM-21, 23, 24)."""
    window = settings.maximum_batching_window_in_seconds
    if is_fifo and window > 0:
        raise invalid_parameter("Batching window is not supported for FIFO queues")
    if settings.batch_size > limits.BATCH_SIZE_WITHOUT_WINDOW and window == 0:
        raise invalid_parameter(
            "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than "
            f"{limits.BATCH_SIZE_WITHOUT_WINDOW}"
        )


def _check_filters(settings: Settings, service: str) -> None:
    """Raises 400 for too many filters, and for invalid patterns (FIL-02, 10, 15)."""
    if len(settings.filters) > limits.FILTERS:
        raise invalid_parameter(f"The number of filters must be less than or equal to {limits.FILTERS}.")
    try:
        filters.compile(settings.filters, service)
    except PatternInvalid:
        raise invalid_parameter("Invalid filter pattern definition.") from None


def _destinations(parameters: Parameters) -> dict[str, str]:
    """Returns the destinations that a call gives. Missing ones and `{}` change nothing, an empty ARN removes one."""
    given = parameters.get("DestinationConfig") or {}
    return {side: given[side]["Destination"] for side in SIDES if (given.get(side) or {}).get("Destination") is not None}


def _pollers(given: Parameters, smallest: int, largest: int) -> tuple[int | None, int | None]:
    """Returns the smallest and largest number of pollers, by default AWS's. `{}` means no provisioned pollers (SQS-24)."""
    minimum, maximum = given.get("MinimumPollers"), given.get("MaximumPollers")
    if minimum is None and maximum is None and not given.get("PollerGroupName"):
        return None, None
    return (
        smallest if minimum is None else minimum,
        largest if maximum is None else maximum,
    )


def _with_filters(settings: Settings, parameters: Parameters) -> Settings:
    """Changes the filters. Removing all filters also removes the key that encrypts them (FIL-05, FIL-0B)."""
    criteria = parameters.get("FilterCriteria")
    if criteria is not None:
        # The check of patterns refuses a filter without a pattern.
        patterns = tuple(one.get("Pattern") or "" for one in criteria.get("Filters") or ())
        settings = replace(settings, filters=patterns)
        if not patterns and not parameters.get("KMSKeyArn"):
            settings = replace(settings, kms_key_arn=None)
    return replace(settings, kms_key_arn=settings.kms_key_arn or None)


def _unsupported(member: str) -> ServiceError:
    return invalid_parameter(f"Unsupported {member} parameter for given event source mapping type.")
