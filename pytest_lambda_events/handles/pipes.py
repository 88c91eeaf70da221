"""The handle of a pipe of EventBridge Pipes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeAlias, TypedDict

from ..arguments import Kind, alternatives, check_all, list_kind, name_kind, text_kind, whole_number_kind
from ..errors import LambdaEventsError, hides_frames
from .event_bus import EventBus
from .event_source_mapping import is_pattern, pattern_parameter
from .function import Function
from .log_group import LogGroup
from .mapping_source import source_arn_of
from .misuse import reports_misuse
from .names import NAMES
from .queue import Queue
from .stream import Stream
from .table import Table
from .targets import Services, Topic, check_target

__tracebackhide__ = hides_frames

PipeSource: TypeAlias = Queue | Stream | Table
PipeTarget: TypeAlias = Function | Queue | Topic | Stream | EventBus | LogGroup


class PipeSettings(TypedDict, total=False):
    """The settings of a pipe. They have AWS's names and defaults."""

    filters: Sequence[Mapping[str, object] | str]
    """Filter patterns as mappings or JSON text. A record that matches none of them does not reach the target."""
    batch_size: int
    """The most records of a batch; 10 for a queue, 100 for a stream."""
    maximum_batching_window_in_seconds: int
    """In seconds; 0."""
    starting_position: str
    """For a stream, which needs it: `"TRIM_HORIZON"` or `"LATEST"`."""
    parallelization_factor: int
    """For a stream: the concurrent batches of a shard; 1."""
    maximum_retry_attempts: int
    """For a stream: the attempts after the first; -1: until the records expire."""
    maximum_record_age_in_seconds: int
    """For a stream, in seconds; -1, no limit."""
    on_partial_batch_item_failure: Literal["AUTOMATIC_BISECT"]
    """For a stream: `"AUTOMATIC_BISECT"` splits a failed batch in two."""
    dead_letter_queue: Queue | Topic
    """For a stream: what receives a message about records that are discarded."""
    enrichment_input_template: str
    """What the enrichment receives for each record, such as `'{"id": <$.body.id>}'`."""
    input_template: str
    """What the target receives for each record."""
    invocation_type: Literal["REQUEST_RESPONSE", "FIRE_AND_FORGET"]
    """How a function that is the target is invoked: `"REQUEST_RESPONSE"`."""
    message_group_id: str
    """The message group, if the target is a FIFO queue. Text such as `"$.body.customer"` is a path."""
    message_deduplication_id: str
    """The deduplication id, if the target is a FIFO queue without content-based deduplication. It may be a path too."""
    partition_key: str
    """The partition key, if the target is a stream. Text such as `"$.body.customer"` is a path."""
    role: str
    """The ARN of the role. It matters with `enforce_permissions`."""


@reports_misuse
class Pipe:
    """A pipe of EventBridge Pipes."""

    def __init__(self, services: Services, name: str, arn: str) -> None:
        self._services = services
        self.name = name
        """The name of the pipe."""
        self.arn = arn
        """The ARN of the pipe."""

    @property
    def state(self) -> str:
        """AWS's state: `RUNNING` or `STOPPED`."""
        return str(self._services.client("pipes").describe_pipe(Name=self.name)["CurrentState"])

    def start(self) -> None:
        """Starts a stopped pipe. It reads on where it stopped."""
        self._services.client("pipes").start_pipe(Name=self.name)

    def stop(self) -> None:
        """Stops the pipe, so that it reads no more records. Batches that it has read are still processed."""
        self._services.client("pipes").stop_pipe(Name=self.name)

    def delete(self) -> None:
        """Deletes the pipe. Batches that it has read are still processed."""
        self._services.client("pipes").delete_pipe(Name=self.name)

    def __repr__(self) -> str:
        return f"<Pipe {self.name}>"


def create_pipe(
    services: Services,
    name: str | None,
    source: PipeSource,
    target: PipeTarget,
    enrichment: Function | None,
    settings: Mapping[str, Any],
    default_role: str,
) -> Pipe:
    """Creates a pipe."""
    NAMES["pipe"].optional().check("name", name)
    _SOURCE.check("source", source)
    check_target(target, Function, Queue, Topic, Stream, EventBus, LogGroup)
    _ENRICHMENT.optional().check("enrichment", enrichment)
    unknown = sorted(settings.keys() - _SETTINGS.keys())
    if unknown:
        names = alternatives(unknown[0], tuple(_SETTINGS), label="Settings")
        raise LambdaEventsError(f"A pipe has no setting {unknown[0]!r}. {names}")
    check_all(_SETTINGS, settings)
    client = services.client("pipes")
    pages = client.get_paginator("list_pipes").paginate()
    taken = {one["Name"] for page in pages for one in page["Pipes"]}
    if name in taken:
        raise LambdaEventsError(f"Pipe {name!r} already exists. Choose another name, or delete that one.")
    name = name or next(one for number in range(1, len(taken) + 2) if (one := f"pipe-{number}") not in taken)
    made = client.create_pipe(
        Name=name, RoleArn=settings.get("role", default_role), Source=source_arn_of(source),
        SourceParameters=_source_parameters(source, settings), Target=target.arn,
        TargetParameters=_target_parameters(target, settings), **_enrichment(enrichment, settings),
    )  # fmt: skip
    return Pipe(services, name, made["Arn"])


def _source_parameters(source: PipeSource, settings: Mapping[str, Any]) -> dict[str, Any]:
    given: dict[str, Any] = {member: settings[key] for key, member in _OF_SOURCE.items() if key in settings}
    if "dead_letter_queue" in settings:
        given["DeadLetterConfig"] = {"Arn": settings["dead_letter_queue"].arn}
    of_streams = sorted(given.keys() - {"BatchSize", "MaximumBatchingWindowInSeconds"})
    if isinstance(source, Queue) and of_streams:
        setting = next(key for key in settings if key == "dead_letter_queue" or _OF_SOURCE.get(key) in of_streams)
        advice = " Give the queue itself a dead_letter_queue." if setting == "dead_letter_queue" else ""
        raise LambdaEventsError(f"{setting} is a setting for streams, but the source is queue {source.name!r}.{advice}")
    member = {Queue: "SqsQueueParameters", Stream: "KinesisStreamParameters", Table: "DynamoDBStreamParameters"}[type(source)]
    criteria = {"FilterCriteria": {"Filters": [pattern_parameter(one) for one in settings.get("filters") or ()]}}
    return {**({member: given} if given else {}), **(criteria if settings.get("filters") else {})}


def _target_parameters(target: PipeTarget, settings: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if "input_template" in settings:
        found["InputTemplate"] = settings["input_template"]
    for key, (kind, parameters, member) in _OF_TARGET.items():
        if key not in settings:
            continue
        if not isinstance(target, kind):
            noun = kind.__name__.lower()
            raise LambdaEventsError(f"{key} is a setting for a {noun} as target, but the target is {target!r}.")
        found.setdefault(parameters, {})[member] = settings[key]
    return found


def _enrichment(function: Function | None, settings: Mapping[str, Any]) -> dict[str, Any]:
    template = settings.get("enrichment_input_template")
    if function is None:
        if template is not None:
            raise LambdaEventsError("enrichment_input_template needs enrichment. Pass both.")
        return {}
    parameters = {} if template is None else {"EnrichmentParameters": {"InputTemplate": template}}
    return {"Enrichment": function.arn, **parameters}


_OF_SOURCE = {
    "batch_size": "BatchSize",
    "maximum_batching_window_in_seconds": "MaximumBatchingWindowInSeconds",
    "starting_position": "StartingPosition",
    "parallelization_factor": "ParallelizationFactor",
    "maximum_retry_attempts": "MaximumRetryAttempts",
    "maximum_record_age_in_seconds": "MaximumRecordAgeInSeconds",
    "on_partial_batch_item_failure": "OnPartialBatchItemFailure",
}
_OF_TARGET: Mapping[str, tuple[type, str, str]] = {
    "invocation_type": (Function, "LambdaFunctionParameters", "InvocationType"),
    "message_group_id": (Queue, "SqsQueueParameters", "MessageGroupId"),
    "message_deduplication_id": (Queue, "SqsQueueParameters", "MessageDeduplicationId"),
    "partition_key": (Stream, "KinesisStreamParameters", "PartitionKey"),
}
_SOURCE = Kind(
    "a queue, a stream or a table", lambda value: isinstance(value, (Queue, Stream, Table)), 'lambda_events.queue("orders")'
)
_ENRICHMENT = Kind("a function", lambda value: isinstance(value, Function), "lambda_events.function(enrich)")
_TEMPLATE = text_kind('{"id": <$.body.id>}', "a template as text")
_SETTINGS: Mapping[str, Kind] = {
    "filters": list_kind('[{"body": {"kind": ["order"]}}]', "a list of patterns", is_pattern),
    "batch_size": whole_number_kind(10, "records"),
    "maximum_batching_window_in_seconds": whole_number_kind(5, "seconds"),
    "starting_position": text_kind("TRIM_HORIZON"),
    "parallelization_factor": whole_number_kind(2),
    "maximum_retry_attempts": whole_number_kind(3),
    "maximum_record_age_in_seconds": whole_number_kind(3600, "seconds"),
    "on_partial_batch_item_failure": Kind(
        "'AUTOMATIC_BISECT'", lambda value: value == "AUTOMATIC_BISECT", "'AUTOMATIC_BISECT'",
    ),
    "dead_letter_queue": Kind(
        "a queue or a topic", lambda value: isinstance(value, (Queue, Topic)), 'lambda_events.queue("failures")'
    ),
    "enrichment_input_template": _TEMPLATE,
    "input_template": _TEMPLATE,
    "invocation_type": Kind(
        "'REQUEST_RESPONSE' or 'FIRE_AND_FORGET'", lambda value: value in ("REQUEST_RESPONSE", "FIRE_AND_FORGET"),
        "'FIRE_AND_FORGET'",
    ),
    "message_group_id": name_kind("orders"),
    "message_deduplication_id": name_kind("$.messageId"),
    "partition_key": name_kind("$.body.customer"),
    "role": text_kind("arn:aws:iam::123456789012:role/pipes", "the ARN of a role"),
}  # fmt: skip
