"""Configurations of the notifications of a bucket: which events match, and what S3 refuses (PSH-60 to 6D)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any
from urllib.parse import unquote_plus

from ...arns import parse, parse_or_none
from ...values import dataclass


@dataclass(frozen=True, slots=True)
class Notifications:
    """One configuration of a bucket: event types with `s3:`, and the prefix and suffix of a key, both URL-encoded."""

    events: tuple[str, ...]
    prefix: str = ""
    suffix: str = ""

    @classmethod
    def of(cls, events: Sequence[str], rules: Sequence[Mapping[str, str]]) -> Notifications:
        """Returns the configuration with these filter rules, whose names may be in any case (PSH-67)."""
        values = {rule["Name"].lower(): rule["Value"] for rule in rules}
        return cls(tuple(events), values.get("prefix", ""), values.get("suffix", ""))

    def match(self, name: str, key: str) -> bool:
        """Returns whether an event of an object is notified (PSH-68)."""
        is_wanted = f"s3:{name}" in self.events or f"s3:{name.partition(':')[0]}:*" in self.events
        return is_wanted and key.startswith(unquote_plus(self.prefix)) and key.endswith(unquote_plus(self.suffix))


SERVICES: Mapping[str, str] = {"Topic": "sns", "Queue": "sqs", "CloudFunction": "lambda"}
"""The service of each kind of destination. The kinds are the names of S3's XML."""
CONFIGURATIONS_MAXIMUM = 100
_ID_MAXIMUM = 255
_VALUE_MAXIMUM = 1024
_OTHER_REGION = "The notification destination service region is not valid for the bucket location constraint"
INVALID_DESTINATION = "Unable to validate the following destination configurations"


def refusal_of_arn(kind: str, arn: str) -> str | None:
    """Returns why S3 refuses the ARN of a destination, from its form alone; None if it does not (PSH-55, PSH-6C)."""
    parsed, service = parse_or_none(arn), SERVICES[kind]
    if parsed is None:
        return "The ARN could not be parsed"
    if parsed.service != service or not parsed.partition.startswith("aws"):
        pattern = f"^arn:aws[a-z-]*:{service}:.*"
        return f"The ARN failed to satisfy constraint: Member must satisfy regular expression pattern: {pattern}"
    return None


def invalid_destination(kind: str, arn: str, *, exists: bool) -> str:
    """Returns what S3 reports about a destination that does not exist, or whose policy does not admit the bucket (PSH-6D)."""
    if kind == "CloudFunction":
        return f"Not authorized to invoke function [{arn}]"
    noun = kind.lower()
    if not exists:
        return f"The destination {noun} does not exist"
    return f"Permissions on the destination {noun} do not allow S3 to publish notifications from this bucket"


def refusal_of(configurations: Sequence[Mapping[str, Any]], region_name: str) -> tuple[str, str] | None:
    """Returns the error code and message if S3 refuses configurations of a bucket in a Region, in moto's form; else None
    (PSH-60, PSH-63, PSH-65 to 67).
    """
    if len(configurations) > CONFIGURATIONS_MAXIMUM:
        most = f"The maximum number of configurations is {CONFIGURATIONS_MAXIMUM}"
        return "InvalidRequest", f"Too many configurations submitted. {most}"
    ids = [one["Id"] for one in configurations if one.get("Id")]
    if len(set(ids)) < len(ids):
        return "InvalidArgument", "Same ID used for multiple configurations. IDs must be unique."
    if any(len(one) > _ID_MAXIMUM for one in ids):
        return "InvalidArgument", f"The Id of a configuration cannot have more than {_ID_MAXIMUM} characters."
    for one in configurations:
        refused = _refusal_of_rules(((one.get("Filter") or {}).get("S3Key") or {}).get("FilterRule", ()))
        if refused is not None:
            return "InvalidArgument", refused
        if str(one.get("Queue", "")).endswith(".fifo"):
            return "InvalidArgument", "FIFO SQS queues are not supported."
        if str(one.get("Topic", "")).endswith(".fifo"):
            return "InvalidArgument", "FIFO SNS topics are not supported."
        if any(parse(one[kind]).region_name != region_name for kind in SERVICES if kind in one):
            return "InvalidArgument", _OTHER_REGION
    return None


def _refusal_of_rules(rules: Sequence[Mapping[str, str]]) -> str | None:
    names = [str(rule["Name"]).lower() for rule in rules]
    repeated = next((name for name in ("prefix", "suffix") if names.count(name) > 1), None)
    if repeated is not None:
        return f"Cannot specify more than one {repeated} rule in a filter."
    if any(len(str(rule.get("Value") or "").encode()) > _VALUE_MAXIMUM for rule in rules):
        return f"Size of filter rule value cannot exceed {_VALUE_MAXIMUM} bytes in UTF-8 representation"
    return None


def overlap(configurations: Sequence[Notifications]) -> str | None:
    """Returns why S3 refuses configurations of one bucket that overlap; None if they do not (PSH-6A, PSH-6B)."""
    for one in configurations:
        if any(_share(first, second) for first, second in combinations(one.events, 2)):
            return _COMMON
    for one, other in combinations(configurations, 2):
        if any(_share(first, second) for first in one.events for second in other.events) and _overlap(one, other):
            has_filter = any((one.prefix, one.suffix, other.prefix, other.suffix))
            return _AMBIGUOUS if has_filter else _COMMON
    return None


_COMMON = "Configurations overlap. Configurations on the same bucket cannot share a common event type."
_AMBIGUOUS = (
    "Configuration is ambiguously defined. Cannot have overlapping suffixes in two rules if the prefixes are overlapping for "
    "the same event type."
)


def _share(first: str, second: str) -> bool:
    return any(one == other or (one.endswith(":*") and other.startswith(one[:-1])) for one, other in _both_ways(first, second))


def _overlap(one: Notifications, other: Notifications) -> bool:
    starts = any(first.startswith(second) for first, second in _both_ways(one.prefix, other.prefix))
    return starts and any(first.endswith(second) for first, second in _both_ways(one.suffix, other.suffix))


def _both_ways(first: str, second: str) -> Iterator[tuple[str, str]]:
    yield first, second
    yield second, first
