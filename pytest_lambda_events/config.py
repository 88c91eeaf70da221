"""The options of one world, as plain values: read by the plugin before anything heavy is imported."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from datetime import datetime, timezone
from typing import Literal, get_args

from .errors import LambdaEventsError

Choices = Literal["documented", "seeded"]


@dataclass(frozen=True)
class LambdaEventsConfig:
    """What can be set for a world; each field is a keyword of `LambdaEvents`, an ini value, a flag and a marker option."""

    region_name: str = "us-east-1"
    """The region of clients and handles that name none."""
    account_id: str = "123456789012"
    """The account, 12 digits."""
    seed: int = 0
    """Ids, and with `choices="seeded"` what AWS leaves open, follow from it."""
    start_time: datetime | str = "2026-01-01T00:00:00Z"
    """Where the clock starts: an aware datetime or ISO 8601 text; a constant, so that no test depends on the day."""
    enforce_permissions: bool = False
    """Whether roles and resource policies are evaluated."""
    concurrent_executions: int = 1000
    """The account's limit of concurrent executions in each region (CON-02)."""
    choices: Choices = "documented"
    """Who decides what AWS leaves open: our fixed choice, or a draw from `seed`."""
    idle_limit_seconds: float = 604_800.0
    """How much virtual time `run_until_idle` may take, in seconds."""
    idle_limit_events: int = 1_000_000
    """How many scheduler events `run_until_idle` may run."""
    instant_limit_events: int = 50_000
    """How many scheduler events may run at one instant, before a story is taken for one that never ends."""
    state_change_seconds: float = 1.0
    """How long Pending and InProgress last when a function is made or changed through boto3 (FUN-09, inferred)."""
    asynchronous_payload_limit: int = 1_048_576
    """The largest payload of an `Event` invocation, in bytes (ASY-08)."""
    success_counts_all_attempts: bool = False
    """Whether a success record counts every attempt, as AWS did in 2022, or says 1, as it does now (DST-19)."""
    event_source_mapping_transition_seconds: float = 0.0
    """How long an event source mapping is Creating, Enabling, Updating, Disabling or Deleting (ESM-51 to 53)."""
    event_source_mapping_update_delay_seconds: float = 0.0
    """How much later than an update's answer its settings take effect (SQS-09)."""
    event_source_mapping_start_delay_seconds: float = 0.0
    """How long after a stream's mapping is enabled it is first read; AWS takes a minute or two (KIN-13)."""
    stream_retry_delay_seconds: float = 0.2
    """From a failed try of a stream's batch to the next; it doubles (KIN-49)."""
    stream_retry_delay_maximum_seconds: float = 60.0
    """The longest pause between two tries of a stream's batch (KIN-49)."""
    stream_window_idle_seconds: float = 120.0
    """How long after its end a tumbling window with no later record is closed (KIN-87)."""
    stream_counts_discards_without_destination: bool = True
    """Whether records given up without a destination count in DroppedEventCount, as AWS's guide says (MET-45)."""
    sqs_low_traffic_window_seconds: float = 0.0
    """The shortest batching window in effect where one is set; with little traffic AWS may wait 20 s (SQS-36)."""
    sqs_parallel_buffers: int = 1
    """How many batches of one mapping fill at once in a batching window (SQS-3B)."""
    sqs_concurrency_growth_per_minute: int = 300
    """How many concurrent invocations a backlog adds each minute; 60 before November 2023 (SQS-12)."""
    sqs_extends_visibility_timeout: bool = False
    """Whether a window and a timeout longer than the visibility timeout lengthen it, as AWS said in 2022 (SQS-47)."""
    lock_watchdog_seconds: float = 5.0
    """After how many real seconds of standing still a lock held across a sleep is named; 0 turns the watchdog off."""

    def __post_init__(self) -> None:
        _check(self)

    @property
    def start(self) -> datetime:
        """`start_time` as an aware datetime in UTC."""
        return parse_instant(self.start_time)


def parse_instant(value: datetime | str) -> datetime:
    """An aware datetime in UTC from a datetime or ISO 8601 text. Raises `LambdaEventsError` for anything else."""
    right = 'give ISO 8601 text with its offset, such as "2026-01-01T00:00:00Z", or an aware datetime'
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(_as_python_310_reads_it(value))
        except ValueError:
            raise LambdaEventsError(f"start_time={value!r} is not an instant: {right}.") from None
    if not isinstance(value, datetime):
        raise LambdaEventsError(f"start_time={value!r} is not an instant: {right}.")
    if value.tzinfo is None:
        raise LambdaEventsError(f"start_time={value!r} has no offset: {right}.")
    return value.astimezone(timezone.utc)


def _as_python_310_reads_it(text: str) -> str:
    """With an offset in place of the Z, and three or six digits of a second."""
    text = text[:-1] + "+00:00" if text.endswith("Z") else text
    return re.sub(r"\.(\d{1,6})(?=[+-])", lambda match: f".{match[1]:0<6}", text)


_POSITIVE = (
    "concurrent_executions", "idle_limit_seconds", "idle_limit_events", "instant_limit_events", "asynchronous_payload_limit",
    "sqs_parallel_buffers", "sqs_concurrency_growth_per_minute",
)  # fmt: skip
_DURATIONS = (
    "state_change_seconds", "event_source_mapping_transition_seconds", "event_source_mapping_update_delay_seconds",
    "event_source_mapping_start_delay_seconds", "stream_retry_delay_seconds", "stream_retry_delay_maximum_seconds",
    "stream_window_idle_seconds", "sqs_low_traffic_window_seconds", "lock_watchdog_seconds",
)  # fmt: skip


def _check(config: LambdaEventsConfig) -> None:
    parse_instant(config.start_time)
    if not (str(config.account_id).isdigit() and len(str(config.account_id)) == 12):
        raise LambdaEventsError(f"account_id={config.account_id!r}: an AWS account has 12 digits, such as '123456789012'.")
    if config.choices not in get_args(Choices):
        raise LambdaEventsError(f"choices={config.choices!r}: choose documented or seeded.")
    for name in _POSITIVE:
        if not _number(config, name) > 0:
            raise LambdaEventsError(f"{name}={getattr(config, name)!r}: give a number above 0.")
    for name in _DURATIONS:
        if not _number(config, name) >= 0:
            raise LambdaEventsError(f"{name}={getattr(config, name)!r}: give a number of seconds, 0 or more.")


def _number(config: LambdaEventsConfig, name: str) -> float:
    """An option's value, or NaN, which passes no comparison, for what is not a number."""
    value = getattr(config, name)
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else float("nan")


def option_names() -> list[str]:
    """The names of all options, in order."""
    return [field.name for field in fields(LambdaEventsConfig)]
