"""An event source mapping: which source feeds which function, and by what settings."""

from __future__ import annotations

from dataclasses import dataclass, field

REPORT_BATCH_ITEM_FAILURES = "ReportBatchItemFailures"
EVENT_COUNT = "EventCount"
STREAM_SERVICES = frozenset({"kinesis", "dynamodb"})


FOREVER = -1
"""As MaximumRetryAttempts or MaximumRecordAgeInSeconds: until the record expires (KIN-43, 44)."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What can be changed of a mapping, with AWS's defaults for a queue (ESM, section 3).

    `function_arn` names the function as it was referred to, with its qualifier if it had one (ESM-60). Times are in
    whole seconds; `filters` are the texts of the patterns. From `parallelization_factor` on they are for streams only;
    `on_failure` is the ARN of their destination.
    """

    function_arn: str
    enabled: bool = True
    batch_size: int = 10
    maximum_batching_window_in_seconds: int = 0
    function_response_types: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()
    maximum_concurrency: int | None = None
    minimum_pollers: int | None = None
    maximum_pollers: int | None = None
    metrics: tuple[str, ...] = ()
    kms_key_arn: str | None = None
    parallelization_factor: int = 1
    bisect_batch_on_function_error: bool = False
    maximum_retry_attempts: int = FOREVER
    maximum_record_age_in_seconds: int = FOREVER
    tumbling_window_in_seconds: int = 0
    on_failure: str | None = None

    @property
    def reports_batch_item_failures(self) -> bool:
        """Whether an answer may name the records that failed (SQS-70)."""
        return REPORT_BATCH_ITEM_FAILURES in self.function_response_types

    @property
    def counts_events(self) -> bool:
        """Whether the mapping has metrics of its own (SQS-95)."""
        return EVENT_COUNT in self.metrics


@dataclass(frozen=True, slots=True)
class StartingPosition:
    """Where a stream is read from at first: `TRIM_HORIZON`, `LATEST`, or `AT_TIMESTAMP` with seconds since the epoch."""

    kind: str
    timestamp: float | None = None


@dataclass(eq=False, slots=True)
class EventSourceMapping:
    """One mapping. `settings` are those that answers show, `in_force` those that its poller goes by (SQS-09).

    `is_polled` is False while the mapping is not enabled, or not yet. `last_processing_result` and `checkpoints` (the
    last sequence number that is done, by shard id) are its poller's; queues have neither.
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

    @property
    def service(self) -> str:
        """That of its source, as ARNs name it: `sqs`, `kinesis` or `dynamodb`."""
        return service_of(self.event_source_arn)

    @property
    def is_of_a_stream(self) -> bool:
        """Whether its source is a stream, or a consumer of one."""
        return self.service in STREAM_SERVICES


def service_of(event_source_arn: str) -> str:
    """The service that an ARN names."""
    return event_source_arn.split(":")[2]
