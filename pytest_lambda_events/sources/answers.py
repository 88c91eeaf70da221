"""Event source mappings as the API shows them (ESM, section 8)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .mapping import EventSourceMapping, Settings

_MEMBERS = (
    "AmazonManagedKafkaEventSourceConfig", "BatchSize", "BisectBatchOnFunctionError", "DestinationConfig",
    "DocumentDBEventSourceConfig", "EventSourceArn", "EventSourceMappingArn", "FilterCriteria", "FilterCriteriaError",
    "FunctionArn", "FunctionResponseTypes", "KMSKeyArn", "LastModified", "LastProcessingResult", "LoggingConfig",
    "MaximumBatchingWindowInSeconds", "MaximumRecordAgeInSeconds", "MaximumRetryAttempts", "MetricsConfig",
    "ParallelizationFactor", "ProvisionedPollerConfig", "Queues", "ScalingConfig", "SelfManagedEventSource",
    "SelfManagedKafkaEventSourceConfig", "SourceAccessConfigurations", "StartingPosition", "StartingPositionTimestamp",
    "State", "StateTransitionReason", "Topics", "TumblingWindowInSeconds", "UUID",
)  # fmt: skip
"""All members, in their order on the wire; those that a mapping does not have are null there (ESM-80)."""


def shown(
    mapping: EventSourceMapping, state: str, last_modified: float, filter_error: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """The configuration of a queue's mapping; with `filter_error` in place of filters that cannot be decrypted (FIL-0B).

    `last_modified` is in seconds since the epoch.
    """
    settings = mapping.settings
    body: dict[str, Any] = {
        **dict.fromkeys(_MEMBERS),
        "BatchSize": settings.batch_size,
        "EventSourceArn": mapping.event_source_arn,
        "EventSourceMappingArn": mapping.arn,
        "FunctionArn": settings.function_arn,
        "FunctionResponseTypes": list(settings.function_response_types),
        "LastModified": last_modified,
        "MaximumBatchingWindowInSeconds": settings.maximum_batching_window_in_seconds,
        "State": state,
        "StateTransitionReason": "USER_INITIATED",
        "UUID": mapping.uuid,
        **_optional(settings),
    }
    if filter_error is not None:
        body |= {"FilterCriteria": None, "FilterCriteriaError": dict(filter_error)}
    return body


def listed(body: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration as lists show it: filters under a key are left out (FIL-0B)."""
    hidden = {"FilterCriteria": None, "FilterCriteriaError": None} if body["KMSKeyArn"] is not None else {}
    return {**body, **hidden}


def _optional(settings: Settings) -> dict[str, Any]:
    members: dict[str, Any] = {}
    if settings.filters:
        members["FilterCriteria"] = {"Filters": [{"Pattern": pattern} for pattern in settings.filters]}
    if settings.kms_key_arn is not None:
        members["KMSKeyArn"] = settings.kms_key_arn
    if settings.metrics:
        members["MetricsConfig"] = {"Metrics": list(settings.metrics)}
    if settings.maximum_concurrency is not None:
        members["ScalingConfig"] = {"MaximumConcurrency": settings.maximum_concurrency}
    if settings.minimum_pollers is not None:
        pollers = {"MaximumPollers": settings.maximum_pollers, "MinimumPollers": settings.minimum_pollers}
        members["ProvisionedPollerConfig"] = pollers
    return members
