"""The options of one environment, as plain values: read by the plugin before anything heavy is imported."""

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
"""Later, what AWS keeps for a while would be kept until after the last instant of Python."""


def _option(default: T, help_text: str, *, metavar: str = "") -> T:
    """A field whose text is what `pytest --help` and the reference say of it."""
    return field(default=default, metadata={"help": help_text, "metavar": metavar})


@dataclass(frozen=True)
class LambdaEventsConfig:
    """The options of an environment. Each field is a keyword of `LambdaEvents`, an ini value, a flag and a marker's option.

    Raises `LambdaEventsError` for invalid values.
    """

    region_name: str = _option(
        RegionOfProcess(DEFAULT_REGION),
        "The region of clients and handles that name none. If it is not set, the variable AWS_DEFAULT_REGION of the test "
        "process counts, then AWS_REGION.",
        metavar="REGION",
    )
    account_id: str = _option("123456789012", "The account that everything belongs to: 12 digits.", metavar="ACCOUNT")
    code_uri: str = _option(
        "",
        "The folder of functions whose handler is given as text and that name no `code_uri`, relative to pytest's rootdir. "
        "Empty: their modules are imported as the test imports them.",
        metavar="FOLDER",
    )
    seed: int = _option(0, "Ids follow from it, and with `choices=seeded` also what AWS leaves open.")
    start_time: datetime | str = _option(
        "2026-01-01T00:00:00Z",
        "Where the clock starts: ISO 8601 text with its offset, in Python also an aware datetime. "
        "A constant, so that no test depends on the day.",
        metavar="INSTANT",
    )
    inherit_environment: Sequence[str] = _option(
        (),
        "The environment variables of the test process that functions inherit: names and patterns, such as "
        "`STAGE ORDERS_*`. A function's own setting replaces them.",
        metavar="NAMES",
    )
    enforce_permissions: bool = _option(False, "Evaluate roles and resource policies, and refuse what they do not allow.")
    concurrent_executions: int = _option(1000, "The account's limit of concurrent executions in each region (CON-02).")
    assert_all_faults_met: bool = _option(True, "Fail a test at its end if a fault that it planned was never met.")
    choices: Choices = _option(
        "documented",
        "Who decides what AWS leaves open: `documented` takes our fixed choice, `seeded` draws from `seed`.",
        metavar="documented|seeded",
    )
    idle_limit_seconds: float = _option(604_800.0, "How much virtual time `run_until_idle` may take before it gives up.")
    idle_limit_events: int = _option(
        1_000_000, "How many events of the scheduler `run_until_idle` and `run` may run before they give up."
    )
    instant_limit_events: int = _option(
        50_000, "How many events of the scheduler may run at one instant before they are taken for a circle without end."
    )
    state_change_seconds: float = _option(
        1.0,
        "How long the states Pending and InProgress last when a function is made or changed through boto3 (FUN-09).",
    )
    table_state_change_seconds: float = _option(
        0.0,
        "How long DescribeTable says that a DynamoDB table is CREATING, UPDATING or DELETING. With 0 only the answer to the "
        "call itself says so. The table can be used meanwhile.",
    )
    asynchronous_payload_limit: int = _option(
        1_048_576, "The largest payload of an asynchronous invocation, in bytes (ASY-08)."
    )
    success_counts_all_attempts: bool = _option(
        False, "Let success records count every attempt, as AWS did in 2022, instead of saying 1 as it does now (DST-19)."
    )
    event_source_mapping_transition_seconds: float = _option(
        0.0, "How long an event source mapping is Creating, Enabling, Updating, Disabling or Deleting (ESM-51 to 53)."
    )
    event_source_mapping_update_delay_seconds: float = _option(
        0.0, "How long after an update of an event source mapping its new settings take effect (SQS-09)."
    )
    event_source_mapping_start_delay_seconds: float = _option(
        0.0, "How long after its mapping is enabled a stream is first read; AWS takes a minute or two (KIN-13)."
    )
    stream_retry_delay_seconds: float = _option(
        0.2, "The pause between the first two tries of a stream's batch; it doubles from try to try (KIN-49)."
    )
    stream_retry_delay_maximum_seconds: float = _option(
        60.0, "The longest pause between two tries of a stream's batch (KIN-49)."
    )
    stream_window_idle_seconds: float = _option(
        120.0, "How long after its end a tumbling window is closed if no later record comes (KIN-87)."
    )
    stream_counts_discards_without_destination: bool = _option(
        True, "Count records that are given up without a destination in DroppedEventCount, as AWS's guide says (MET-45)."
    )
    sqs_low_traffic_window_seconds: float = _option(
        0.0, "The shortest batching window of a queue that has one; with little traffic AWS may wait 20 s (SQS-36)."
    )
    sqs_parallel_buffers: int = _option(
        1, "How many batches of one event source mapping fill at once in a batching window (SQS-3B)."
    )
    sqs_concurrency_growth_per_minute: int = _option(
        300, "How many concurrent invocations a queue's backlog adds each minute; 60 before November 2023 (SQS-12)."
    )
    sqs_extends_visibility_timeout: bool = _option(
        False, "Lengthen a visibility timeout that is shorter than window and timeout, as AWS said in 2022 (SQS-47)."
    )
    clock_reads_per_instant: int = _option(
        50_000,
        "How often a handler may read the clock at one instant before each further reading lets a millisecond or more pass, "
        "so that a loop that waits for an instant ends; 0 turns that off.",
    )
    clock_driver: ClockDriver = _option(
        "time-machine",
        "What shows the virtual clock to the process: `time-machine` drives each function that reads the time in place, "
        "`freezegun` replaces the names of modules.",
        metavar="time-machine|freezegun",
    )
    lock_watchdog_seconds: float = _option(
        5.0, "After how many real seconds of standing still a lock that is held across a sleep is named; 0 turns that off."
    )
    real_time_limit_seconds: float = _option(
        60.0, "After how many seconds of CPU time a handler that neither waits nor ends is stopped; 0 turns that off."
    )
    allow_endpoints: Sequence[str] = _option(
        (),
        "Endpoints of your own servers, such as `http://localhost:8000`. Clients that were made with one of them as their "
        "endpoint really send their requests, with their own credentials. Scheme, host and port must be equal.",
        metavar="URL,URL",
    )

    def __post_init__(self) -> None:
        if isinstance(self.region_name, RegionOfProcess):
            # Not that of the moment when a configuration was made of which this one is a copy.
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


def parse_instant(value: datetime | str, what: str = "start_time") -> datetime:
    """An aware datetime in UTC from a datetime or ISO 8601 text. Raises `LambdaEventsError` for anything else."""
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
    """With an offset in place of the Z, and three or six digits of a second."""
    text = text[:-1] + "+00:00" if text.endswith("Z") else text
    return re.sub(r"\.(\d{1,6})(?=[+-])", lambda match: f".{match[1]:0<6}", text)


_POSITIVE = frozenset(
    {
        "concurrent_executions", "idle_limit_seconds", "idle_limit_events", "instant_limit_events",
        "asynchronous_payload_limit", "sqs_parallel_buffers", "sqs_concurrency_growth_per_minute",
    }
)  # fmt: skip
"""Numbers that are above 0; all others but the seed are 0 or more."""


def _check(config: LambdaEventsConfig) -> None:
    """Each value has the type of its default. Whether the region exists is known to botocore, which is not loaded here."""
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
    # A variable that names no region must not hinder a run that does not need it: see `check_region`.
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
    """Returns scheme, host and port of a URL, the scheme's own port if it names none. Raises `ValueError` for a bad port."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port or _PORTS.get(parts.scheme)


def option_names() -> list[str]:
    """The names of all options, in order."""
    return [one.name for one in fields(LambdaEventsConfig)]
