"""Event source mappings and their settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from ..arns import parse, parse_or_none
from ..values import dataclass

REPORT_BATCH_ITEM_FAILURES = "ReportBatchItemFailures"
EVENT_COUNT = "EventCount"
KAFKA_METRICS = "KafkaMetrics"
STREAM_SERVICES = frozenset({"kinesis", "dynamodb"})


FOREVER = -1
"""The value of MaximumRetryAttempts or MaximumRecordAgeInSeconds for: until the record expires (KIN-43, 44)."""


@dataclass(frozen=True, slots=True)
class SchemaSettings:
    """The schema registry of a mapping of Kafka (KAF-66).

    Args:
        uri: The ARN of a registry of AWS Glue, or the URL of a registry of Confluent.
        event_record_format: `JSON` or `SOURCE`.
        attributes: The validated parts of a record: `KEY` and `VALUE`.
        access: The AccessConfigs of the call. They have no effect.
    """

    uri: str
    event_record_format: str
    attributes: tuple[str, ...]
    access: tuple[Mapping[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of a mapping that can be changed, with AWS's defaults for a queue (ESM, section 3).

    Times are in whole seconds. Only streams have `parallelization_factor` and the fields after it.

    Args:
        function_arn: The ARN of the function as the call named it, with the qualifier if it had one (ESM-60). The settings of
            a pipe have the ARN of the pipe.
        filters: The patterns as JSON text.
        on_failure: The ARN of the destination.
        role_arn: The role that reads the source. None means the role of the function.
        schemas: The schema registry. Only mappings of Kafka have one.
    """

    function_arn: str
    enabled: bool = True
    batch_size: int = 10
    maximum_batching_window_in_seconds: float = 0
    function_response_types: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()
    maximum_concurrency: int | None = None
    minimum_pollers: int | None = None
    maximum_pollers: int | None = None
    poller_group_name: str | None = None
    system_log_level: str | None = None
    metrics: tuple[str, ...] = ()
    kms_key_arn: str | None = None
    parallelization_factor: int = 1
    bisect_batch_on_function_error: bool = False
    maximum_retry_attempts: int = FOREVER
    maximum_record_age_in_seconds: int = FOREVER
    tumbling_window_in_seconds: int = 0
    on_failure: str | None = None
    role_arn: str | None = None
    schemas: SchemaSettings | None = None

    @property
    def is_of_a_pipe(self) -> bool:
        """Whether a pipe consumes the batches, and not a function."""
        arn = parse_or_none(self.function_arn)
        return arn is not None and arn.service == "pipes"

    @property
    def reports_batch_item_failures(self) -> bool:
        """Whether a response may name the records that failed (SQS-70)."""
        return REPORT_BATCH_ITEM_FAILURES in self.function_response_types

    @property
    def measures_offset_lag(self) -> bool:
        """Whether the mapping publishes the lag of its consumer group (KAF-50)."""
        return KAFKA_METRICS in self.metrics

    @property
    def counts_events(self) -> bool:
        """Whether the mapping publishes its own metrics (SQS-95)."""
        return EVENT_COUNT in self.metrics


@dataclass(frozen=True, slots=True)
class StartingPosition:
    """Where reading of a stream begins: `TRIM_HORIZON`, `LATEST`, or `AT_TIMESTAMP` with seconds since the epoch."""

    kind: str
    timestamp: float | None = None


@dataclass(frozen=True, slots=True)
class KafkaSource:
    """The topic of a mapping, with the members that no call changes (KAF-07).

    Args:
        cluster_arn: The cluster of Amazon MSK. None means a self-managed cluster.
        access: The SourceAccessConfigurations of the call.
        is_queue: Whether the consumption mode is `Queue` (KAF-60).
    """

    topic: str
    group_id: str
    bootstrap_servers: tuple[str, ...]
    cluster_arn: str | None = None
    access: tuple[Mapping[str, str], ...] = ()
    is_queue: bool = False


@dataclass(eq=False, slots=True)
class EventSourceMapping:
    """One mapping.

    Args:
        settings: The settings that API responses show.
        in_force: The settings that the poller uses; an update takes effect later (SQS-09).
        is_polled: Whether the source is polled. It is False while the mapping is disabled or is being enabled.
        last_processing_result: The last result of the poller. Only mappings of streams have it.
        checkpoints: The last sequence number that was processed, by shard id. Only mappings of streams have them. For Kafka
            they are offsets, by topic and partition.
        kafka: The topic, if the source is Kafka. Then `event_source_arn` names the topic.
    """

    uuid: str
    arn: str
    event_source_arn: str
    settings: Settings
    in_force: Settings
    is_polled: bool = False
    tags: dict[str, str] = field(default_factory=dict)
    starting_position: StartingPosition | None = None
    last_processing_result: str | None = None
    checkpoints: dict[str, str] = field(default_factory=dict)
    kafka: KafkaSource | None = None

    @property
    def service(self) -> str:
        """The service of the event source, as in its ARN: `sqs`, `kinesis`, `dynamodb` or `kafka`."""
        return service_of(self.event_source_arn)

    @property
    def listed_source_arn(self) -> str | None:
        """The ARN of the source in API responses. A self-managed cluster of Kafka has none."""
        return self.event_source_arn if self.kafka is None else self.kafka.cluster_arn

    @property
    def is_of_a_stream(self) -> bool:
        """Whether the event source is a stream, a consumer of a stream, or a topic of Kafka."""
        return self.service in STREAM_SERVICES or self.kafka is not None


def service_of(event_source_arn: str) -> str:
    """Returns the service in an ARN."""
    return parse(event_source_arn).service
