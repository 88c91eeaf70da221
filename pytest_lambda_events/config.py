"""The options of an environment as plain values. The plugin reads them before it imports large libraries."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime, timezone
from typing import Literal, TypedDict, TypeVar, get_args
from urllib.parse import urlsplit

from .arguments import flag_kind, is_number, is_whole, shown
from .errors import LambdaEventsError
from .process_variables import DEFAULT_REGION, RegionOfProcess, patterns_of

Choices = Literal["documented", "seeded"]
ClockDriver = Literal["time-machine", "freezegun"]
T = TypeVar("T")
EARLIEST_START = datetime(1970, 1, 1, tzinfo=timezone.utc)
LATEST_START = datetime(9000, 1, 1, tzinfo=timezone.utc)
"""With a later start, the retention periods of AWS would end after the last date that Python supports."""


def _option(default: T, help_text: str, *, metavar: str = "") -> T:
    """Returns a field with the text for `pytest --help` and the reference."""
    return field(default=default, metadata={"help": help_text, "metavar": metavar})


@dataclass(frozen=True)
class LambdaEventsConfig:
    """The options of an environment. Each field is a keyword of `LambdaEvents`, an ini value, a flag and a marker's option.

    Raises `LambdaEventsError` for invalid values.
    """

    region_name: str = _option(
        RegionOfProcess(DEFAULT_REGION),
        "The region of clients and handles that do not name one. If it is not set, AWS_DEFAULT_REGION and then AWS_REGION of "
        "the test process are used.",
        metavar="REGION",
    )
    account_id: str = _option("123456789012", "The account id of all resources: 12 digits.", metavar="ACCOUNT")
    code_uri: str = _option(
        "",
        "The code folder of functions whose handler is text and that do not pass `code_uri`, relative to pytest's "
        "rootdir. If it is empty, their modules are imported as in the test.",
        metavar="FOLDER",
    )
    seed: int = _option(0, "The seed of all ids. With `choices=seeded` also the seed of choices that AWS does not define.")
    start_time: datetime | str = _option(
        "2026-01-01T00:00:00Z",
        "The time at which the virtual clock starts: ISO 8601 text with an offset, or in Python an aware datetime. "
        "The default is constant, so no test depends on the current day.",
        metavar="INSTANT",
    )
    inherit_environment: Sequence[str] = _option(
        (),
        "The environment variables of the test process that functions inherit: names and patterns, such as "
        "`STAGE ORDERS_*`. The setting of a function replaces them.",
        metavar="NAMES",
    )
    enforce_permissions: bool = _option(False, "Evaluates roles and resource policies, and denies what they do not allow.")
    concurrent_executions: int = _option(1000, "The limit of concurrent executions of the account in each region (CON-02).")
    assert_all_faults_met: bool = _option(True, "Fails a test at its end if a planned fault did not happen.")
    choices: Choices = _option(
        "documented",
        "How choices are made that AWS does not define: `documented` is a fixed choice, `seeded` draws from `seed`.",
        metavar="documented|seeded",
    )
    idle_limit_seconds: float = _option(604_800.0, "The most virtual seconds that `run_until_idle` runs before it fails.")
    idle_limit_events: int = _option(1_000_000, "The most work items that `run_until_idle` and `run` run before they fail.")
    instant_limit_events: int = _option(
        50_000, "The most work items that may run at one virtual time. More are treated as an endless loop."
    )
    state_change_seconds: float = _option(
        1.0,
        "How many seconds a function that boto3 creates or changes is in state Pending or InProgress (FUN-09).",
    )
    table_state_change_seconds: float = _option(
        0.0,
        "How many seconds DescribeTable shows a table as CREATING, UPDATING or DELETING. With 0 only the response of the call "
        "itself shows it. The table is usable in this time.",
    )
    asynchronous_payload_limit: int = _option(
        1_048_576, "The largest payload of an asynchronous invocation, in bytes (ASY-08)."
    )
    success_counts_all_attempts: bool = _option(
        False, "Counts all attempts in success records, as AWS did in 2022. By default the count is 1, as on AWS now (DST-19)."
    )
    event_source_mapping_transition_seconds: float = _option(
        0.0, "How many seconds an event source mapping is Creating, Enabling, Updating, Disabling or Deleting (ESM-51 to 53)."
    )
    event_source_mapping_update_delay_seconds: float = _option(
        0.0, "After how many seconds the new settings of an event source mapping take effect (SQS-09)."
    )
    event_source_mapping_start_delay_seconds: float = _option(
        0.0, "How many seconds after the mapping is enabled a stream is first read. AWS takes one or two minutes (KIN-13)."
    )
    stream_retry_delay_seconds: float = _option(
        0.2, "The delay in seconds before the first retry of a stream batch. It doubles with each retry (KIN-49)."
    )
    stream_retry_delay_maximum_seconds: float = _option(
        60.0, "The longest delay in seconds between two attempts of a stream batch (KIN-49)."
    )
    stream_window_idle_seconds: float = _option(
        120.0, "How many seconds after its end a tumbling window closes if no later record arrives (KIN-87)."
    )
    stream_counts_discards_without_destination: bool = _option(
        True, "Counts records discarded without a destination in DroppedEventCount, as AWS documents (MET-45)."
    )
    sqs_low_traffic_window_seconds: float = _option(
        0.0, "The shortest batching window of queues with a window, in seconds. With low traffic AWS may wait 20 s (SQS-36)."
    )
    sqs_parallel_buffers: int = _option(
        1, "How many batches of one event source mapping are collected at the same time in a batching window (SQS-3B)."
    )
    sqs_concurrency_growth_per_minute: int = _option(
        300,
        "How many concurrent invocations a queue with a backlog adds per minute. It was 60 until November 2023 (SQS-12).",
    )
    sqs_extends_visibility_timeout: bool = _option(
        False,
        "Extends visibility timeouts shorter than window plus function timeout, as AWS documented in 2022 (SQS-47).",
    )
    clock_reads_per_instant: int = _option(
        50_000,
        "How often a handler may read the clock at one virtual time. Each further reading moves the time by a millisecond or "
        "more, so that loops that wait for a time end. 0 turns this off.",
    )
    clock_driver: ClockDriver = _option(
        "time-machine",
        "The library that shows the virtual time to Python code. `time-machine` replaces the functions that read the time, "
        "`freezegun` replaces their names in modules.",
        metavar="time-machine|freezegun",
    )
    lock_watchdog_seconds: float = _option(
        5.0,
        "After how many real seconds without progress an error names a lock that is held across a sleep. 0 turns this off.",
    )
    real_time_limit_seconds: float = _option(
        60.0, "After how many seconds of CPU time a handler that neither waits nor ends is stopped. 0 turns this off."
    )
    allow_endpoints: Sequence[str] = _option(
        (),
        "Endpoints of your own servers, such as `http://localhost:8000`. boto3 clients with such an endpoint send real "
        "requests with their own credentials. Scheme, host and port must be equal.",
        metavar="URL,URL",
    )
    fast_calls: bool = _option(
        True,
        "Answers most calls of boto3 clients without signing and sending an HTTP request. Their results are the same. Clients "
        "on whose requests handlers of events, tracers or debug logs work are always answered by HTTP.",
    )

    def __post_init__(self) -> None:
        if isinstance(self.region_name, RegionOfProcess):
            # A copied configuration reads the variables again.
            object.__setattr__(self, "region_name", RegionOfProcess.current())
        object.__setattr__(self, "inherit_environment", patterns_of(self.inherit_environment))
        _check(self)
        object.__setattr__(self, "allow_endpoints", tuple(self.allow_endpoints))

    @property
    def start(self) -> datetime:
        """`start_time` as an aware datetime in UTC."""
        return parse_instant(self.start_time)


class LambdaEventsOptions(TypedDict, total=False):
    """The keywords of `LambdaEvents`: the fields of `LambdaEventsConfig`."""

    region_name: str
    account_id: str
    code_uri: str
    seed: int
    start_time: datetime | str
    inherit_environment: Sequence[str]
    enforce_permissions: bool
    concurrent_executions: int
    assert_all_faults_met: bool
    choices: Choices
    idle_limit_seconds: float
    idle_limit_events: int
    instant_limit_events: int
    state_change_seconds: float
    table_state_change_seconds: float
    asynchronous_payload_limit: int
    success_counts_all_attempts: bool
    event_source_mapping_transition_seconds: float
    event_source_mapping_update_delay_seconds: float
    event_source_mapping_start_delay_seconds: float
    stream_retry_delay_seconds: float
    stream_retry_delay_maximum_seconds: float
    stream_window_idle_seconds: float
    stream_counts_discards_without_destination: bool
    sqs_low_traffic_window_seconds: float
    sqs_parallel_buffers: int
    sqs_concurrency_growth_per_minute: int
    sqs_extends_visibility_timeout: bool
    clock_reads_per_instant: int
    clock_driver: ClockDriver
    lock_watchdog_seconds: float
    real_time_limit_seconds: float
    allow_endpoints: Sequence[str]
    fast_calls: bool


def parse_instant(value: datetime | str, what: str = "start_time") -> datetime:
    """Returns a datetime or ISO 8601 text as an aware datetime in UTC. Raises `LambdaEventsError` for other values."""
    right = 'Pass ISO 8601 text with its offset, such as "2026-01-01T00:00:00Z", or an aware datetime.'
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(_as_python_310_reads_it(value))
        except ValueError:
            raise LambdaEventsError(f"{what}={shown(value)} is not an instant. {right}") from None
    if not isinstance(value, datetime):
        raise LambdaEventsError(f"{what}={shown(value)} is not an instant. {right}")
    if value.tzinfo is None:
        raise LambdaEventsError(f"{what}={shown(value)} has no offset. {right}")
    try:
        return value.astimezone(timezone.utc)
    except OverflowError:
        raise LambdaEventsError(
            f"{what}={value.isoformat()!r} lies before the year 1 or after 9999 in UTC. Pass an instant between them."
        ) from None


def _as_python_310_reads_it(text: str) -> str:
    """Returns the text with an offset instead of `Z`, and with six digits of a second."""
    text = text[:-1] + "+00:00" if text.endswith("Z") else text
    return re.sub(r"\.(\d{1,6})(?=[+-])", lambda match: f".{match[1]:0<6}", text)


_POSITIVE = frozenset(
    {
        "concurrent_executions", "idle_limit_seconds", "idle_limit_events", "instant_limit_events",
        "asynchronous_payload_limit", "sqs_parallel_buffers", "sqs_concurrency_growth_per_minute",
    }
)  # fmt: skip
"""Options that are greater than 0. All other numbers except the seed are 0 or more."""


def _check(config: LambdaEventsConfig) -> None:
    """Raises `LambdaEventsError` for an invalid value. botocore, which is not imported here, checks the region."""
    for one in fields(config):
        value = getattr(config, one.name)
        if isinstance(one.default, bool):
            flag_kind(one.default).check(one.name, value)
        elif isinstance(one.default, (int, float)):
            _check_number(one.name, value, one.default)
    instant = parse_instant(config.start_time)
    if not EARLIEST_START <= instant <= LATEST_START:
        raise LambdaEventsError(
            f"start_time={shown(config.start_time)} is not between {EARLIEST_START.year} and {LATEST_START.year}. Pass an "
            "instant of these years, for which Python and AWS have timestamps."
        )
    if not _matches("[0-9]{12}", config.account_id):
        raise LambdaEventsError(
            f"account_id={shown(config.account_id)} is not an AWS account. Pass text of 12 digits, such as '123456789012'."
        )
    # An environment variable with an invalid region does not fail a run that does not need it: see `check_region`.
    is_given = not isinstance(config.region_name, RegionOfProcess)
    if is_given and not _matches("[a-z]+(-[a-z]+)+-[0-9]+", config.region_name):
        raise LambdaEventsError(
            f"region_name={shown(config.region_name)} is not an AWS region. Pass the name of a region, such as 'us-east-1'."
        )
    if not isinstance(config.code_uri, str):
        raise LambdaEventsError(f"code_uri={shown(config.code_uri)} is not text. Pass the name of a folder, such as 'src'.")
    if config.clock_driver not in get_args(ClockDriver):
        raise LambdaEventsError(
            f"clock_driver={shown(config.clock_driver)} does not exist. Pass 'time-machine' or 'freezegun'."
        )
    if config.choices not in get_args(Choices):
        raise LambdaEventsError(f"choices={shown(config.choices)} does not exist. Pass 'documented' or 'seeded'.")
    _check_endpoints(config.allow_endpoints)


def _matches(pattern: str, value: object) -> bool:
    return isinstance(value, str) and re.fullmatch(pattern, value) is not None


def _check_number(name: str, value: object, default: float) -> None:
    takes_fractions = type(default) is float
    noun = "a finite number" if takes_fractions else "a whole number"
    least = "" if name == "seed" else ", more than 0" if name in _POSITIVE else ", 0 or more"
    number = value if is_whole(value) or (takes_fractions and is_number(value)) else None
    if number is None or (name != "seed" and (number < 0 or (number == 0 and name in _POSITIVE))):
        raise LambdaEventsError(f"{name}={shown(value)} is not {noun}{least}. Pass such a number, for example {default:.15g}.")


_ORIGIN = 'a scheme, a host and a port, such as "http://localhost:8000"'
_PORTS = {"http": 80, "https": 443}


def _check_endpoints(endpoints: object) -> None:
    if isinstance(endpoints, (str, bytes)) or not isinstance(endpoints, Sequence):
        raise LambdaEventsError(f"allow_endpoints={shown(endpoints)} is not a list. Pass a list of URLs, each {_ORIGIN}.")
    for endpoint in endpoints:
        if not _is_origin(endpoint):
            raise LambdaEventsError(f"allow_endpoints contains {shown(endpoint)}, which is not an endpoint. Pass {_ORIGIN}.")


def _is_origin(endpoint: object) -> bool:
    if not isinstance(endpoint, str) or endpoint != endpoint.strip():
        return False
    try:
        scheme, host, port = origin_of(endpoint)
    except ValueError:
        return False
    parts = urlsplit(endpoint)
    rest = (parts.username, parts.password, parts.path.rstrip("/"), parts.query, parts.fragment)
    return scheme in _PORTS and re.fullmatch(r"[\w.:-]+", host) is not None and bool(port) and not any(rest)


def origin_of(url: str) -> tuple[str, str, int | None]:
    """Returns scheme, host and port of a URL. The default port is that of the scheme. Raises `ValueError` for a bad port."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port or _PORTS.get(parts.scheme)


def option_names() -> list[str]:
    """Returns the names of all options in order."""
    return [one.name for one in fields(LambdaEventsConfig)]
