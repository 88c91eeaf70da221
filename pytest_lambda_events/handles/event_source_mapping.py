"""The handle of an event source mapping, and its settings as API parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypedDict

from ..arguments import (
    Kind,
    alternatives,
    check_all,
    flag_kind,
    is_mapping,
    is_text,
    json_text,
    list_kind,
    text_kind,
    whole_number_kind,
)
from ..errors import LambdaEventsError, hides_frames
from .lambda_api import Api, HasArn, arn_of, resource_kind
from .misuse import reports_misuse
from .schema_settings import SCHEMA_KINDS, schema_parameters

if TYPE_CHECKING:
    from typing_extensions import Unpack

__tracebackhide__ = hides_frames


class MappingSettings(TypedDict, total=False):
    """The settings of an event source mapping. Settings that are not passed have AWS's default. None removes a setting."""

    enabled: bool
    """Whether the mapping invokes its function; True."""
    batch_size: int
    """The most records of a batch; 10 for a queue, 100 for a stream."""
    function_response_types: Sequence[str] | None
    """`["ReportBatchItemFailures"]` for partial batch responses; none."""
    maximum_batching_window_in_seconds: int
    """In seconds; 0."""
    filters: Sequence[Mapping[str, object] | str] | None
    """Filter patterns as mappings or JSON text; none."""
    metrics: Sequence[str] | None
    """`["EventCount"]`; none. For a Kafka topic also `"ErrorCount"` and `"KafkaMetrics"`."""
    maximum_concurrency: int | None
    """For a queue: the most concurrent invocations; None, no limit."""
    minimum_pollers: int | None
    """For a queue with provisioned pollers; None, not provisioned."""
    maximum_pollers: int | None
    """For a queue with provisioned pollers; None, not provisioned."""
    poller_group_name: str | None
    """For a Kafka topic with provisioned pollers: the group of mappings that share pollers; none. It has no other effect."""
    system_log_level: str | None
    """For a Kafka topic: `"DEBUG"`, `"INFO"` or `"WARN"`; none. It has no effect."""
    parallelization_factor: int
    """For a stream: the concurrent batches of a shard; 1."""
    on_failure: Any
    """For a stream: a queue, a topic or a bucket, as a handle or an ARN; none. For a Kafka topic also another topic of its
    cluster, as a handle or as `"kafka://orders-failed"`."""
    maximum_retry_attempts: int
    """Of a stream: the attempts after the first; -1: until the records expire."""
    tumbling_window_in_seconds: int
    """For a stream, in seconds; 0, no window."""
    maximum_record_age_in_seconds: int
    """For a stream, in seconds; -1, no limit."""
    bisect_batch_on_function_error: bool
    """For a stream: whether a failed batch is split in two; False."""
    schema_registry: Any
    """For a topic of Kafka: a schema registry, as a handle or a `SchemaRegistryURI`; none."""
    event_record_format: str
    """With a schema registry: `"JSON"` for decoded records, `"SOURCE"` for records without their prefix; JSON."""
    schema_validation_configs: Sequence[str]
    """With a schema registry: what it validates, `"KEY"` and `"VALUE"`; `["VALUE"]`."""


@reports_misuse
class EventSourceMapping:
    """An event source mapping: it invokes a function with batches of a queue or a stream.

    Two handles of the same mapping are equal.
    """

    def __init__(self, api: Api, uuid: str, arn: str) -> None:
        self._api = api
        self.uuid = uuid
        """The UUID of the mapping."""
        self.name = uuid
        """The UUID too."""
        self.arn = arn
        """The ARN of the mapping."""

    @property
    def state(self) -> str:
        """AWS's state, such as `Enabled`, `Disabled` or `Updating`."""
        return str(self._shown["State"])

    @property
    def last_processing_result(self) -> str | None:
        """The result of the last batch. None for queues, for which AWS does not report it (ESM-80)."""
        return self._shown.get("LastProcessingResult")

    @property
    def checkpoints(self) -> dict[str, str]:
        """The sequence number of the last finished record of each shard, by shard id. Empty for queues."""
        return self._api.checkpoints(self.uuid)

    @property
    def _shown(self) -> dict[str, Any]:
        return self._api.call("GetEventSourceMapping", UUID=self.uuid)

    def update(self, *, function: HasArn | str | None = None, **settings: Unpack[MappingSettings]) -> None:
        """Changes settings of the mapping. None removes a setting. `function` is another function to invoke."""
        check_mapping_settings(settings)
        given: dict[str, Any] = {} if function is None else {"FunctionName": arn_of(function)}
        pollers = _POLLERS.keys() & settings.keys()
        if pollers and pollers != _POLLERS.keys():
            settings = {**_pollers_in_force(self._shown), **settings}  # type: ignore[typeddict-item]
        if SCHEMA_KINDS.keys() & settings.keys():
            given |= schema_parameters(settings, self._shown)
        self._api.call("UpdateEventSourceMapping", UUID=self.uuid, **given, **mapping_parameters(settings))

    def delete(self) -> None:
        """Deletes the mapping. Batches that are already received are still processed."""
        self._api.call("DeleteEventSourceMapping", UUID=self.uuid)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, EventSourceMapping) and other.arn == self.arn

    def __hash__(self) -> int:
        return hash(self.arn)

    def __repr__(self) -> str:
        return f"<EventSourceMapping {self.uuid}>"


def check_mapping_settings(settings: Mapping[str, Any], *also: str) -> None:
    """Raises `LambdaEventsError` for an unknown setting.

    `also` are other names that the caller accepts.
    """
    unknown = sorted(settings.keys() - MappingSettings.__annotations__.keys())
    if unknown:
        names = alternatives(unknown[0], (*MappingSettings.__annotations__, *also), label="Settings")
        raise LambdaEventsError(f"An event source has no setting {unknown[0]!r}. {names}")


def is_pattern(value: object) -> bool:
    """Returns whether a value may be a filter pattern."""
    return is_mapping(value) or is_text(value)


_KINDS: Mapping[str, Kind] = {
    "enabled": flag_kind().optional(),
    "batch_size": whole_number_kind(10, "records").optional(),
    "function_response_types": list_kind('["ReportBatchItemFailures"]', "a list of text", is_text).optional(),
    "maximum_batching_window_in_seconds": whole_number_kind(5, "seconds").optional(),
    "filters": list_kind('[{"body": {"kind": ["order"]}}]', "a list of patterns", is_pattern).optional(),
    "metrics": list_kind('["EventCount"]', "a list of text", is_text).optional(),
    "maximum_concurrency": whole_number_kind(2).optional(),
    "minimum_pollers": whole_number_kind(2).optional(),
    "maximum_pollers": whole_number_kind(5).optional(),
    "poller_group_name": text_kind("orders").optional(),
    "system_log_level": text_kind("INFO").optional(),
    "parallelization_factor": whole_number_kind(2).optional(),
    "on_failure": resource_kind("a queue, a topic or a bucket", 'lambda_events.queue("failures")').optional(),
    "maximum_retry_attempts": whole_number_kind(3).optional(),
    "tumbling_window_in_seconds": whole_number_kind(60, "seconds").optional(),
    "maximum_record_age_in_seconds": whole_number_kind(3600, "seconds").optional(),
    "bisect_batch_on_function_error": flag_kind().optional(),
    **SCHEMA_KINDS,
}


_PLAIN = {
    "enabled": "Enabled",
    "batch_size": "BatchSize",
    "maximum_batching_window_in_seconds": "MaximumBatchingWindowInSeconds",
    "parallelization_factor": "ParallelizationFactor",
    "maximum_retry_attempts": "MaximumRetryAttempts",
    "tumbling_window_in_seconds": "TumblingWindowInSeconds",
    "maximum_record_age_in_seconds": "MaximumRecordAgeInSeconds",
    "bisect_batch_on_function_error": "BisectBatchOnFunctionError",
}
_POLLERS = {
    "minimum_pollers": "MinimumPollers", "maximum_pollers": "MaximumPollers", "poller_group_name": "PollerGroupName",
}  # fmt: skip


def mapping_parameters(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the settings as API parameters. None becomes the value with which AWS removes a setting (ESM-71).

    Raises `LambdaEventsError` for a value of another type.
    """
    check_all(_KINDS, settings)
    given: dict[str, Any] = {_PLAIN[key]: _value(key, value) for key, value in settings.items() if key in _PLAIN}
    for key, structured in _STRUCTURED.items():
        if key in settings:
            name, value = structured(settings[key])
            given[name] = value
    if _POLLERS.keys() & settings.keys():
        pollers = {member: settings.get(key) for key, member in _POLLERS.items()}
        kept = {member: value for member, value in pollers.items() if value is not None}
        # An empty name removes the group.
        is_ungrouped = bool(kept) and "poller_group_name" in settings and pollers["PollerGroupName"] is None
        given["ProvisionedPollerConfig"] = {**kept, "PollerGroupName": ""} if is_ungrouped else kept
    return given


def _value(key: str, value: Any) -> Any:
    if value is None:
        kind = _KINDS[key]
        raise LambdaEventsError(
            f"{key}=None: an event source always has {key}. Pass {kind.noun}, such as {key}={kind.example}."
        )
    return value


def pattern_parameter(pattern: Mapping[str, object] | str) -> dict[str, str]:
    """Returns a filter as an API parameter."""
    if isinstance(pattern, str):
        return {"Pattern": pattern}
    return {"Pattern": json_text("The filter", pattern, "Pass a pattern that JSON can represent.")}


_STRUCTURED: Mapping[str, Callable[[Any], tuple[str, Any]]] = {
    "function_response_types": lambda types: ("FunctionResponseTypes", list(types or ())),
    "filters": lambda filters: ("FilterCriteria", {"Filters": [pattern_parameter(one) for one in filters or ()]}),
    "metrics": lambda metrics: ("MetricsConfig", {"Metrics": list(metrics or ())}),
    "system_log_level": lambda level: ("LoggingConfig", {} if level is None else {"SystemLogLevel": level}),
    "maximum_concurrency": lambda most: ("ScalingConfig", {} if most is None else {"MaximumConcurrency": most}),
    "on_failure": lambda target: ("DestinationConfig", {"OnFailure": {"Destination": _destination(target)}}),
}


def _destination(target: Any) -> str:
    """Returns a destination as the API has it. The handle of a topic of Kafka has another text than its ARN (KAF-30)."""
    return getattr(target, "destination", None) or arn_of(target)


def _pollers_in_force(shown: Mapping[str, Any]) -> dict[str, Any]:
    config = shown.get("ProvisionedPollerConfig") or {}
    return {key: config[member] for key, member in _POLLERS.items() if config.get(member) is not None}
