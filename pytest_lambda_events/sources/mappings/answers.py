"""Event source mappings in the form of the API (ESM, section 8)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ... import limits
from ...service.control_plane.function_names import parse
from ..mapping import EventSourceMapping, KafkaSource, Settings

_MINUTE = 60
_MEMBERS = (
    "AmazonManagedKafkaEventSourceConfig", "BatchSize", "BisectBatchOnFunctionError", "DestinationConfig",
    "DocumentDBEventSourceConfig", "EventSourceArn", "EventSourceMappingArn", "FilterCriteria", "FilterCriteriaError",
    "FunctionArn", "FunctionResponseTypes", "KMSKeyArn", "LastModified", "LastProcessingResult", "LoggingConfig",
    "MaximumBatchingWindowInSeconds", "MaximumRecordAgeInSeconds", "MaximumRetryAttempts", "MetricsConfig",
    "ParallelizationFactor", "ProvisionedPollerConfig", "Queues", "ScalingConfig", "SelfManagedEventSource",
    "SelfManagedKafkaEventSourceConfig", "SourceAccessConfigurations", "StartingPosition", "StartingPositionTimestamp",
    "State", "StateTransitionReason", "Topics", "TumblingWindowInSeconds", "UUID",
)  # fmt: skip
"""All members, in their order in the response. Members that a mapping does not have are null there (ESM-80)."""


def shown(
    mapping: EventSourceMapping, state: str, last_modified: float, filter_error: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Returns the configuration of a mapping. `filter_error` replaces filters that no key decrypts (FIL-0B).

    `last_modified` is in seconds since the epoch.
    """
    settings = mapping.settings
    body: dict[str, Any] = {
        **dict.fromkeys(_MEMBERS),
        "BatchSize": settings.batch_size,
        "EventSourceArn": mapping.listed_source_arn,
        "EventSourceMappingArn": mapping.arn,
        "FunctionArn": settings.function_arn,
        "FunctionResponseTypes": list(settings.function_response_types),
        "LastModified": last_modified,
        "MaximumBatchingWindowInSeconds": settings.maximum_batching_window_in_seconds,
        "State": state,
        "StateTransitionReason": "User action" if mapping.is_of_a_stream and mapping.kafka is None else "USER_INITIATED",
        "UUID": mapping.uuid,
        **_optional(settings),
        **(_of_a_stream(mapping) if mapping.is_of_a_stream else {}),
        **(_of_kafka(mapping, mapping.kafka) if mapping.kafka is not None else {}),
    }
    if filter_error is not None:
        body |= {"FilterCriteria": None, "FilterCriteriaError": dict(filter_error)}
    return body


def last_modified_when_read(mapping: EventSourceMapping, last_modified: float) -> float:
    """Returns the time in the responses of Get, List and Delete: for the mapping of a stream only the full minute (ESM-82)."""
    return last_modified // _MINUTE * _MINUTE if mapping.is_of_a_stream else last_modified


def listed(body: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the configuration as lists show it: encrypted filters are left out (FIL-0B)."""
    hidden = {"FilterCriteria": None, "FilterCriteriaError": None} if body["KMSKeyArn"] is not None else {}
    return {**body, **hidden}


def duplicate(mapping: EventSourceMapping) -> str:
    """Returns the error for a second mapping of the same source and the same function reference (ESM-40, 41)."""
    name, arn = parse(mapping.settings.function_arn).name, mapping.event_source_arn
    if mapping.kafka is not None:
        source = mapping.kafka.cluster_arn or ",".join(mapping.kafka.bootstrap_servers)
        return (
            f'An event source mapping with event source ("{source}"), function ("{mapping.settings.function_arn}"), topics '
            f'("{mapping.kafka.topic}") already exists. Please update or delete the existing mapping with UUID {mapping.uuid}'
        )
    said = f'An event source mapping with SQS arn (" {arn} ") and function (" {name} ")'
    if mapping.is_of_a_stream:
        said = f'The event source arn (" {arn} ") and function (" {name} ") provided mapping'
    return f"{said} already exists. Please update or delete the existing mapping with UUID {mapping.uuid}"


def _of_a_stream(mapping: EventSourceMapping) -> dict[str, Any]:
    settings, position = mapping.settings, mapping.starting_position
    return {
        "BisectBatchOnFunctionError": settings.bisect_batch_on_function_error,
        "DestinationConfig": {"OnFailure": {} if settings.on_failure is None else {"Destination": settings.on_failure}},
        "LastProcessingResult": mapping.last_processing_result or "No records processed",
        "MaximumRecordAgeInSeconds": settings.maximum_record_age_in_seconds,
        "MaximumRetryAttempts": settings.maximum_retry_attempts,
        "ParallelizationFactor": settings.parallelization_factor,
        "StartingPosition": None if position is None else position.kind,
        "StartingPositionTimestamp": None if position is None else position.timestamp,
        "TumblingWindowInSeconds": settings.tumbling_window_in_seconds,
    }


def _of_kafka(mapping: EventSourceMapping, source: KafkaSource) -> dict[str, Any]:
    """Returns the members of Kafka. Settings that were never set are not shown."""
    settings, group = mapping.settings, {"ConsumerGroupId": source.group_id, **_schemas(mapping.settings)}
    is_default = settings.maximum_batching_window_in_seconds == limits.KAFKA_BATCHING_WINDOW_SECONDS
    members = {
        "FunctionResponseTypes": list(settings.function_response_types) or None,
        "MaximumBatchingWindowInSeconds": None if is_default else settings.maximum_batching_window_in_seconds,
        "ParallelizationFactor": None,
        "SourceAccessConfigurations": [dict(one) for one in source.access] or None,
        "Topics": [source.topic],
        "TumblingWindowInSeconds": None,
    }
    if settings.minimum_pollers is None:
        members |= dict.fromkeys(("BisectBatchOnFunctionError", "MaximumRecordAgeInSeconds", "MaximumRetryAttempts"))
    if source.is_queue:
        members |= {"MaximumBatchingWindowInSeconds": None, "MaximumRetryAttempts": settings.maximum_retry_attempts}
        group["ConsumptionMode"] = "Queue"
    if settings.on_failure is None:
        members["DestinationConfig"] = None
    if source.cluster_arn is not None:
        return {**members, "AmazonManagedKafkaEventSourceConfig": group}
    endpoints = {"KAFKA_BOOTSTRAP_SERVERS": list(source.bootstrap_servers)}
    return {**members, "SelfManagedEventSource": {"Endpoints": endpoints}, "SelfManagedKafkaEventSourceConfig": group}


def _schemas(settings: Settings) -> dict[str, Any]:
    schemas = settings.schemas
    if schemas is None:
        return {}
    access = {"AccessConfigs": [dict(one) for one in schemas.access]} if schemas.access else {}
    config = {
        **access,
        "EventRecordFormat": schemas.event_record_format,
        "SchemaRegistryURI": schemas.uri,
        "SchemaValidationConfigs": [{"Attribute": attribute} for attribute in schemas.attributes],
    }
    return {"SchemaRegistryConfig": config}


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
    if settings.system_log_level is not None:
        members["LoggingConfig"] = {"SystemLogLevel": settings.system_log_level}
    if settings.minimum_pollers is not None:
        group = {} if settings.poller_group_name is None else {"PollerGroupName": settings.poller_group_name}
        pollers = {"MaximumPollers": settings.maximum_pollers, "MinimumPollers": settings.minimum_pollers, **group}
        members["ProvisionedPollerConfig"] = pollers
    return members
