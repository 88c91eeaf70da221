"""The options of an environment as plain values. The plugin reads them before it imports large libraries."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import field, fields
from datetime import datetime, timezone
from types import SimpleNamespace
from typing import Any, Literal, TypedDict, get_args
from urllib.parse import urlsplit

from .arguments import flag_kind, is_number, is_whole, name_kind, shown
from .errors import LambdaEventsError
from .option_defaults import OPTIONS, RegionOfProcess
from .process_variables import patterns_of
from .values import dataclass

Choices = Literal["documented", "seeded"]
FlexibleWindow = Literal["start", "end"]
Strictness = Literal["lenient", "strict"]
ClockDriver = Literal["time-machine", "freezegun"]
EARLIEST_START = datetime(1970, 1, 1, tzinfo=timezone.utc)
LATEST_START = datetime(9000, 1, 1, tzinfo=timezone.utc)
"""With a later start, the retention periods of AWS would end after the last date that Python supports."""


def _option(name: str) -> Any:
    """Returns a field with the default of an option, and with its texts for the reference."""
    option = OPTIONS[name]
    return field(default=option.default, metadata={"help": option.help, "metavar": option.metavar})


@dataclass(frozen=True)
class LambdaEventsConfig:
    """The options of an environment. Each field is a keyword of `LambdaEvents`, an ini value, a flag and a marker's option.

    Raises `LambdaEventsError` for invalid values.
    """

    region_name: str = _option("region_name")
    account_id: str = _option("account_id")
    code_uri: str = _option("code_uri")
    seed: int = _option("seed")
    start_time: datetime | str = _option("start_time")
    inherit_environment: Sequence[str] = _option("inherit_environment")
    enforce_permissions: bool = _option("enforce_permissions")
    concurrent_executions: int = _option("concurrent_executions")
    assert_all_faults_met: bool = _option("assert_all_faults_met")
    choices: Choices = _option("choices")
    idle_limit_seconds: float = _option("idle_limit_seconds")
    idle_limit_events: int = _option("idle_limit_events")
    instant_limit_events: int = _option("instant_limit_events")
    state_change_seconds: float = _option("state_change_seconds")
    table_state_change_seconds: float = _option("table_state_change_seconds")
    asynchronous_payload_limit: int = _option("asynchronous_payload_limit")
    subscription_filters_per_log_group: int = _option("subscription_filters_per_log_group")
    rate_fires_at_once: bool = _option("rate_fires_at_once")
    flexible_window: FlexibleWindow = _option("flexible_window")
    http_body: Strictness = _option("http_body")
    url_permissions: Strictness = _option("url_permissions")
    success_counts_all_attempts: bool = _option("success_counts_all_attempts")
    event_source_mapping_transition_seconds: float = _option("event_source_mapping_transition_seconds")
    event_source_mapping_update_delay_seconds: float = _option("event_source_mapping_update_delay_seconds")
    event_source_mapping_start_delay_seconds: float = _option("event_source_mapping_start_delay_seconds")
    stream_retry_delay_seconds: float = _option("stream_retry_delay_seconds")
    stream_retry_delay_maximum_seconds: float = _option("stream_retry_delay_maximum_seconds")
    stream_window_idle_seconds: float = _option("stream_window_idle_seconds")
    stream_counts_discards_without_destination: bool = _option("stream_counts_discards_without_destination")
    unique_consumer_groups: bool = _option("unique_consumer_groups")
    kafka_schema_failure_condition: str = _option("kafka_schema_failure_condition")
    kafka_producers: bool = _option("kafka_producers")
    durable_page_size: int = _option("durable_page_size")
    sqs_low_traffic_window_seconds: float = _option("sqs_low_traffic_window_seconds")
    sqs_parallel_buffers: int = _option("sqs_parallel_buffers")
    sqs_concurrency_growth_per_minute: int = _option("sqs_concurrency_growth_per_minute")
    sqs_extends_visibility_timeout: bool = _option("sqs_extends_visibility_timeout")
    clock_reads_per_instant: int = _option("clock_reads_per_instant")
    clock_driver: ClockDriver = _option("clock_driver")
    lock_watchdog_seconds: float = _option("lock_watchdog_seconds")
    real_time_limit_seconds: float = _option("real_time_limit_seconds")
    allow_endpoints: Sequence[str] = _option("allow_endpoints")
    fast_calls: bool = _option("fast_calls")

    def __post_init__(self) -> None:
        if isinstance(self.region_name, RegionOfProcess):
            # A copied configuration reads the variables again.
            object.__setattr__(self, "region_name", RegionOfProcess.current())
        object.__setattr__(self, "inherit_environment", patterns_of(self.inherit_environment))
        _check_once(self)
        object.__setattr__(self, "allow_endpoints", tuple(self.allow_endpoints))

    @property
    def start(self) -> datetime:
        """`start_time` as an aware datetime in UTC."""
        return _start_of(self.start_time)


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
    subscription_filters_per_log_group: int
    rate_fires_at_once: bool
    flexible_window: FlexibleWindow
    http_body: Strictness
    url_permissions: Strictness
    success_counts_all_attempts: bool
    event_source_mapping_transition_seconds: float
    event_source_mapping_update_delay_seconds: float
    event_source_mapping_start_delay_seconds: float
    stream_retry_delay_seconds: float
    stream_retry_delay_maximum_seconds: float
    stream_window_idle_seconds: float
    stream_counts_discards_without_destination: bool
    unique_consumer_groups: bool
    kafka_schema_failure_condition: str
    kafka_producers: bool
    durable_page_size: int
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


@functools.lru_cache(maxsize=100)
def _start_of(start_time: datetime | str) -> datetime:
    return parse_instant(start_time)


def _as_python_310_reads_it(text: str) -> str:
    """Returns the text with an offset instead of `Z`, and with six digits of a second."""
    text = text[:-1] + "+00:00" if text.endswith("Z") else text
    return re.sub(r"\.(\d{1,6})(?=[+-])", lambda match: f".{match[1]:0<6}", text) if "." in text else text


_POSITIVE = frozenset(
    {
        "concurrent_executions", "idle_limit_seconds", "idle_limit_events", "instant_limit_events",
        "asynchronous_payload_limit", "subscription_filters_per_log_group", "sqs_parallel_buffers",
        "sqs_concurrency_growth_per_minute",
    }
)  # fmt: skip
"""Options that are greater than 0. All other numbers except the seed are 0 or more."""


def config_of(options: Mapping[str, Any]) -> LambdaEventsConfig:
    """Returns a configuration, which is the same object for the same values: an exploration needs it many times.

    Raises `LambdaEventsError` for invalid values.
    """
    region = RegionOfProcess.current()
    try:
        return _same_config(tuple(options), region, region.variable, *options.values())
    except TypeError:
        # A value is not hashable.
        return LambdaEventsConfig(**options)


@functools.lru_cache(maxsize=100, typed=True)
def _same_config(names: tuple[str, ...], region: str, variable: str, *values: Any) -> LambdaEventsConfig:
    return LambdaEventsConfig(**dict(zip(names, values, strict=True)))


def _check_once(config: LambdaEventsConfig) -> None:
    """Checks a configuration, unless one with the same values was checked before: an exploration creates many."""
    try:
        _checked(*vars(config).values())
    except TypeError:
        # A value is not hashable.
        _check(config)


@functools.lru_cache(maxsize=100, typed=True)
def _checked(*values: Any) -> None:
    _check(SimpleNamespace(**{one.name: value for one, value in zip(fields(LambdaEventsConfig), values, strict=True)}))


def _check(config: Any) -> None:
    """Raises `LambdaEventsError` for an invalid value. botocore, which is not imported here, checks the region."""
    for one in fields(LambdaEventsConfig):
        value = getattr(config, one.name)
        if value is one.default:
            continue
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
    name_kind(str(LambdaEventsConfig.kafka_schema_failure_condition)).check(
        "kafka_schema_failure_condition", config.kafka_schema_failure_condition
    )
    if config.clock_driver not in get_args(ClockDriver):
        raise LambdaEventsError(
            f"clock_driver={shown(config.clock_driver)} does not exist. Pass 'time-machine' or 'freezegun'."
        )
    if config.choices not in get_args(Choices):
        raise LambdaEventsError(f"choices={shown(config.choices)} does not exist. Pass 'documented' or 'seeded'.")
    if config.flexible_window not in get_args(FlexibleWindow):
        raise LambdaEventsError(f"flexible_window={shown(config.flexible_window)} does not exist. Pass 'start' or 'end'.")
    for name in ("http_body", "url_permissions"):
        if getattr(config, name) not in get_args(Strictness):
            raise LambdaEventsError(f"{name}={shown(getattr(config, name))} does not exist. Pass 'lenient' or 'strict'.")
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
    return [*OPTIONS]
