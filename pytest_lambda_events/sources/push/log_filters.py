"""Subscription filters of CloudWatch Logs: their settings, and the log events that they select."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ...arns import parse_or_none
from ...service.authorization import PushSource
from ...values import dataclass
from . import log_events
from .log_criteria import FIELDS, compiled_criteria
from .log_events import LogBatch, Packed
from .log_patterns.invalid import PatternInvalid
from .log_patterns.patterns import compiled
from .push_counts import LOGS, CountedSource, PushOutcome

BY_LOG_STREAM = "ByLogStream"
SYSTEM_FIELDS = (*FIELDS, "@source.log")
NO_PERMISSION = (
    "Could not execute the lambda function. Make sure you have given CloudWatch Logs permission to execute your function."
)
NO_STREAM = "Could not deliver test message to specified Kinesis stream. Verify the stream exists "
PATTERNS_WITH_EXPRESSIONS = 5
"""How many patterns of a log group may have regular expressions (LOG-32)."""
_NAME = re.compile(r"[^:*]*")
_LONGEST_NAME = 512
_LONGEST_PATTERN = 1_024
_LONGEST_CRITERIA = 2_000
_VENDORS = ("lambda", "kinesis")


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """A log event in a log stream."""

    event_id: str
    timestamp: int
    message: str


@dataclass(frozen=True, slots=True)
class SubscriptionFilter:
    """A subscription filter with the settings of `PutSubscriptionFilter`."""

    account_id: str
    region_name: str
    log_group: str
    name: str
    pattern: str
    destination_arn: str
    role_arn: str | None = None
    distribution: str = BY_LOG_STREAM
    system_fields: tuple[str, ...] = ()
    criteria: str = ""

    def __str__(self) -> str:
        return f"subscription filter {self.name!r} of log group {self.log_group!r}"

    @property
    def source(self) -> PushSource:
        """Returns the log group as the policy of a function names it."""
        return log_events.source(self.account_id, self.region_name, self.log_group)

    @property
    def sends_to_a_function(self) -> bool:
        """Returns whether the destination is a function. It is a Kinesis stream otherwise."""
        arn = parse_or_none(self.destination_arn)
        return arn is not None and arn.service == "lambda"

    @property
    def counted(self) -> CountedSource:
        """Returns what the metrics of the filter are about (LOG-1A)."""
        destination = "Lambda" if self.sends_to_a_function else "Kinesis"
        pairs = (("DestinationType", destination), ("FilterName", self.name), ("LogGroupName", self.log_group))
        return CountedSource(LOGS, pairs, (self.account_id, self.region_name))

    def batch(self, log_stream: str, events: Sequence[dict[str, Any]]) -> LogBatch:
        """Returns selected events of a log stream."""
        return LogBatch(self.account_id, self.region_name, self.log_group, log_stream, self.name, events)

    def selected(self, events: Sequence[StoredEvent]) -> list[dict[str, Any]]:
        """Returns the matching events in the form of the payload (LOG-11 to 13, LOG-0A, LOG-0B)."""
        own = {"@aws.account": self.account_id, "@aws.region": self.region_name, "@source.log": self.log_group}
        criteria = compiled_criteria(self.criteria)
        if criteria is not None and not criteria.holds(own):
            return []
        pattern, system = compiled(self.pattern), {name: own[name] for name in self.system_fields}
        found: list[dict[str, Any]] = []
        for event in events:
            match = pattern.match(event.message)
            if match is None:
                continue
            shown: dict[str, Any] = {"id": event.event_id, "timestamp": event.timestamp, "message": event.message}
            if match.fields is not None or system:
                shown["extractedFields"] = {**(match.fields or {}), **system}
            found.append(shown)
        return found


def has_expressions(pattern: str) -> bool:
    """Returns whether a pattern has a regular expression. An invalid pattern, which moto stores for metrics, has none."""
    try:
        return compiled(pattern).has_expressions
    except PatternInvalid:
        return False


def of_log_events(outcome: PushOutcome, part: Packed) -> Mapping[str, float]:
    """Returns the metrics of a filter that count an attempt to deliver log events (LOG-1A)."""
    if not outcome.is_failure:
        return {"ForwardedLogEvents": part.events, "ForwardedBytes": len(part.data)}
    return {"DeliveryThrottling" if outcome.is_throttled else "DeliveryErrors": part.events}


def refusal_of_filter(settings: SubscriptionFilter) -> str | None:
    """Returns the message of the `InvalidParameterException` for settings that AWS refuses (LOG-03, LOG-04, LOG-08 to 0B)."""
    return (
        _refusal_of_member("filterName", settings.name, _LONGEST_NAME)
        or (
            ""
            if _NAME.fullmatch(settings.name)
            else _violation("filterName", settings.name, "regular expression pattern: [^:*]*")
        )
        or refusal_of_pattern(settings.pattern)
        or _refusal_of_distribution(settings.distribution)
        or _refusal_of_fields(settings)
        or _refusal_of_destination(settings)
        or None
    )


def refusal_of_pattern(pattern: str) -> str | None:
    """Returns the message of the `InvalidParameterException` for an invalid pattern (LOG-03, LOG-31)."""
    refusal = _refusal_of_member("filterPattern", pattern, _LONGEST_PATTERN)
    if refusal is not None:
        return refusal
    try:
        compiled(pattern)
    except PatternInvalid as error:
        return error.message
    return None


def _refusal_of_member(member: str, value: str, longest: int) -> str | None:
    return _violation(member, value, f"have length less than or equal to {longest}") if len(value) > longest else None


def _violation(member: str, value: str, constraint: str) -> str:
    constraint = constraint if constraint.startswith("have") else f"satisfy {constraint}"
    return f"1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: Member must {constraint}"


def _refusal_of_distribution(distribution: str) -> str | None:
    if distribution in (BY_LOG_STREAM, "Random"):
        return None
    return _violation("distribution", distribution, f"enum value set: [Random, {BY_LOG_STREAM}]")


def _refusal_of_fields(settings: SubscriptionFilter) -> str | None:
    for name in settings.system_fields:
        if name not in SYSTEM_FIELDS:
            return f"Invalid system field '{name}'"
    refusal = _refusal_of_member("fieldSelectionCriteria", settings.criteria, _LONGEST_CRITERIA)
    if refusal is not None:
        return refusal
    try:
        compiled_criteria(settings.criteria)
    except PatternInvalid:
        return "Invalid fieldSelectionCriteria"
    return None


def _refusal_of_destination(settings: SubscriptionFilter) -> str | None:
    arn = parse_or_none(settings.destination_arn)
    if arn is None:
        return f"Invalid destinationArn '{settings.destination_arn}'"
    if arn.service not in _VENDORS:
        return f"PutSubscriptionFilter operation cannot work with destinationArn for vendor {arn.service}"
    if (arn.account_id, arn.region_name) != (settings.account_id, settings.region_name):
        return f"destinationArn '{settings.destination_arn}' must be in the account and the Region of the log group"
    if arn.service == "lambda" and settings.role_arn:
        return "destinationArn for vendor lambda cannot be used with roleArn"
    if arn.service == "kinesis" and not settings.role_arn:
        return "destinationArn for vendor kinesis cannot be used without roleArn"
    return None
