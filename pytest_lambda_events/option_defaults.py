"""The options of an environment: defaults and texts, without their types and checks.

Each test run with the plugin loads this module, also one that opens no environment. So it defines no dataclass, which would
take longer than all the rest, and has the region of the test process too, because each module takes time.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

REGION_VARIABLES = ("AWS_DEFAULT_REGION", "AWS_REGION")
"""The variables that name a region. The first has priority, because boto3 reads only this one."""
DEFAULT_REGION = "us-east-1"
OUR_DEFAULT = "LAMBDA_EVENTS_DEFAULT_REGION"
"""The variable with the value to which the plugin has set `AWS_DEFAULT_REGION`, also for the workers of pytest-xdist."""


class RegionOfProcess(str):
    """The region that variables of the test process name, or the default. `variable` is the one that names it."""

    variable: str = ""

    @classmethod
    def current(cls) -> RegionOfProcess:
        """Returns the current region."""
        return cls.of(os.environ)

    @classmethod
    def of(cls, variables: Mapping[str, str]) -> RegionOfProcess:
        """Returns the region that the variables name."""
        default, ours = REGION_VARIABLES[0], variables.get(OUR_DEFAULT)
        # The plugin's own default is used last: AWS_REGION may have been set since.
        named = [
            name for name in REGION_VARIABLES if variables.get(name) and not (name == default and variables[name] == ours)
        ]
        region = cls(variables[named[0]] if named else ours or DEFAULT_REGION)
        region.variable = named[0] if named else ""
        return region


class Option:
    """One option: its default, its text for `pytest --help` and the reference, and the name of its value in the help."""

    __slots__ = ("default", "help", "metavar")

    def __init__(self, default: object, help_text: str, metavar: str = "") -> None:
        self.default = default
        self.help = help_text
        self.metavar = metavar


OPTIONS = {
    "region_name": Option(
        RegionOfProcess(DEFAULT_REGION),
        "The region of clients and handles that do not name one. If it is not set, AWS_DEFAULT_REGION and then AWS_REGION of "
        "the test process are used.",
        "REGION",
    ),
    "account_id": Option("123456789012", "The account id of all resources: 12 digits.", "ACCOUNT"),
    "code_uri": Option(
        "",
        "The code folder of functions whose handler is text and that do not pass `code_uri`, relative to pytest's "
        "rootdir. If it is empty, their modules are imported as in the test.",
        "FOLDER",
    ),
    "seed": Option(0, "The seed of all ids. With `choices=seeded` also the seed of choices that AWS does not define."),
    "start_time": Option(
        "2026-01-01T00:00:00Z",
        "The time at which the virtual clock starts: ISO 8601 text with an offset, or in Python an aware datetime. "
        "The default is constant, so no test depends on the current day.",
        "INSTANT",
    ),
    "inherit_environment": Option(
        (),
        "The environment variables of the test process that functions inherit: names and patterns, such as "
        "`STAGE ORDERS_*`. The setting of a function replaces them.",
        "NAMES",
    ),
    "enforce_permissions": Option(False, "Evaluates roles and resource policies, and denies what they do not allow."),
    "concurrent_executions": Option(1000, "The limit of concurrent executions of the account in each region (CON-02)."),
    "assert_all_faults_met": Option(True, "Fails a test at its end if a planned fault did not happen."),
    "choices": Option(
        "documented",
        "How choices are made that AWS does not define: `documented` is a fixed choice, `seeded` draws from `seed`.",
        "documented|seeded",
    ),
    "idle_limit_seconds": Option(
        604_800.0,
        "The most virtual seconds that `run_until_idle` runs before it fails. They count again from the end of a wait "
        "of a durable execution.",
    ),
    "idle_limit_events": Option(1_000_000, "The most work items that `run_until_idle` and `run` run before they fail."),
    "instant_limit_events": Option(
        50_000, "The most work items that may run at one virtual time. More are treated as an endless loop."
    ),
    "state_change_seconds": Option(
        1.0, "How many seconds a function that boto3 creates or changes is in state Pending or InProgress (FUN-09)."
    ),
    "table_state_change_seconds": Option(
        0.0,
        "How many seconds DescribeTable shows a table as CREATING, UPDATING or DELETING. With 0 only the response of the call "
        "itself shows it. The table is usable in this time.",
    ),
    "asynchronous_payload_limit": Option(1_048_576, "The largest payload of an asynchronous invocation, in bytes (ASY-08)."),
    "subscription_filters_per_log_group": Option(
        5, "How many subscription filters a log group can have. AWS documents 2, and accepts 5 (LOG-02)."
    ),
    "rate_fires_at_once": Option(
        False,
        "Lets a rule with a rate fire when it is enabled too. By default it first fires one period later, which AWS does not "
        "define (EVB-5D).",
    ),
    "flexible_window": Option(
        "start",
        "When a schedule with a flexible time window fires: at the `start` of the window, or at its `end`. With "
        "`choices=seeded`, `start` is any minute of the window (SCH-0A).",
        "start|end",
    ),
    "http_body": Option(
        "strict",
        "What an HTTP API does if a function returns a `body` that is not text: with `strict` it answers 500, with `lenient` "
        "it sends the JSON of the body. AWS does not define it (HTP-3M).",
        "strict|lenient",
    ),
    "url_permissions": Option(
        "lenient",
        "What callers of a function URL must be allowed to do, with `enforce_permissions`: with `lenient` "
        "`lambda:InvokeFunctionUrl`, which AWS was observed to accept; with `strict` also `lambda:InvokeFunction`, as AWS "
        "documents (HTP-5F).",
        "lenient|strict",
    ),
    "success_counts_all_attempts": Option(
        False, "Counts all attempts in success records, as AWS did in 2022. By default the count is 1, as on AWS now (DST-19)."
    ),
    "event_source_mapping_transition_seconds": Option(
        0.0, "How many seconds an event source mapping is Creating, Enabling, Updating, Disabling or Deleting (ESM-51 to 53)."
    ),
    "event_source_mapping_update_delay_seconds": Option(
        0.0, "After how many seconds the new settings of an event source mapping take effect (SQS-09)."
    ),
    "event_source_mapping_start_delay_seconds": Option(
        0.0, "How many seconds after the mapping is enabled a stream is first read. AWS takes one or two minutes (KIN-13)."
    ),
    "stream_retry_delay_seconds": Option(
        0.2, "The delay in seconds before the first retry of a stream batch. It doubles with each retry (KIN-49)."
    ),
    "stream_retry_delay_maximum_seconds": Option(
        60.0, "The longest delay in seconds between two attempts of a stream batch (KIN-49)."
    ),
    "stream_window_idle_seconds": Option(
        120.0, "How many seconds after its end a tumbling window closes if no later record arrives (KIN-87)."
    ),
    "stream_counts_discards_without_destination": Option(
        True, "Counts records discarded without a destination in DroppedEventCount, as AWS documents (MET-45)."
    ),
    "unique_consumer_groups": Option(
        False,
        "Refuses an event source mapping of Kafka whose consumer group another mapping has. AWS documents that the group must "
        "be unique. By default the mappings share the partitions, as consumers of Kafka do (KAF-05, KAF-06).",
    ),
    "kafka_schema_failure_condition": Option(
        "SchemaValidationFailed",
        "The condition in failure records of Kafka records that are not of their schema. AWS does not document it (KAF-68).",
        "CONDITION",
    ),
    "kafka_producers": Option(
        True,
        "Lets `confluent_kafka.Producer` and `KafkaProducer` of kafka-python write into the topics of the test. If it is "
        "turned off, they are not changed, and connect to real brokers.",
    ),
    "durable_page_size": Option(
        0,
        "How many operations the event of an invocation of a durable function has. The SDK reads the others page by page. "
        "0 is as many as fit AWS's limit of the event (DUR-5F).",
    ),
    "sqs_low_traffic_window_seconds": Option(
        0.0, "The shortest batching window of queues with a window, in seconds. With low traffic AWS may wait 20 s (SQS-36)."
    ),
    "sqs_parallel_buffers": Option(
        1, "How many batches of one event source mapping are collected at the same time in a batching window (SQS-3B)."
    ),
    "sqs_concurrency_growth_per_minute": Option(
        300, "How many concurrent invocations a queue with a backlog adds per minute. It was 60 until November 2023 (SQS-12)."
    ),
    "sqs_extends_visibility_timeout": Option(
        False, "Extends visibility timeouts shorter than window plus function timeout, as AWS documented in 2022 (SQS-47)."
    ),
    "clock_reads_per_instant": Option(
        50_000,
        "How often a handler may read the clock at one virtual time. Each further reading moves the time by a millisecond or "
        "more, so that loops that wait for a time end. 0 turns this off.",
    ),
    "clock_driver": Option(
        "time-machine",
        "The library that shows the virtual time to Python code. `time-machine` replaces the functions that read the time, "
        "`freezegun` replaces their names in modules.",
        "time-machine|freezegun",
    ),
    "lock_watchdog_seconds": Option(
        5.0,
        "After how many real seconds without progress an error names a lock that is held across a sleep. 0 turns this off.",
    ),
    "real_time_limit_seconds": Option(
        60.0, "After how many seconds of CPU time a handler that neither waits nor ends is stopped. 0 turns this off."
    ),
    "allow_endpoints": Option(
        (),
        "Endpoints of your own servers, such as `http://localhost:8000`. boto3 clients with such an endpoint send real "
        "requests with their own credentials. Scheme, host and port must be equal.",
        "URL,URL",
    ),
    "fast_calls": Option(
        True,
        "Answers most calls of boto3 clients without signing and sending an HTTP request. Their results are the same. Clients "
        "on whose requests handlers of events, tracers or debug logs work are always answered by HTTP.",
    ),
}
"""The options by name, in the order of the fields of `LambdaEventsConfig`, which has their types."""
