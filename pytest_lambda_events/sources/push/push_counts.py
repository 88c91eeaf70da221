"""Counts what happens to events that services push, for their metrics (EVB-98, SCH-29, PSH-4O, PSH-4Q, LOG-1A)."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Literal, NamedTuple

from ...arns import parse
from ...simulation.clock import VirtualClock
from ...values import dataclass

RULES, SCHEDULES, TOPICS, LOGS = "AWS/Events", "AWS/Scheduler", "AWS/SNS", "AWS/Logs"
DeadLetter = Literal["sent", "refused"]

_UNITS = {RULES: "Count", SCHEDULES: "None", TOPICS: "Count", LOGS: "None"}
_UNITS_OF_METRICS = {"ForwardedBytes": "Bytes"}


@dataclass(frozen=True, slots=True)
class PushOutcome:
    """How one attempt of a push ended. `throttled` tells that the target refused it because it was busy.

    `is_final` is whether the service does not try again. `dead_letter` is what became of an event that no target received.
    """

    attempt: int
    is_failure: bool = False
    is_throttled: bool = False
    is_final: bool = True
    dead_letter: DeadLetter | None = None


DELIVERED = PushOutcome(1)
"""The outcome of most pushes."""


class CountedSource(NamedTuple):
    """What a sample is about: the dimensions in CloudWatch, and its account and Region."""

    namespace: str
    pairs: tuple[tuple[str, str], ...]
    place: tuple[str, str]

    @property
    def dimensions(self) -> Mapping[str, str]:
        """Returns the dimensions, in order of their names."""
        return dict(self.pairs)


class CountedSample(NamedTuple):
    """One event of one metric, or several events at one time."""

    metric_name: str
    source: CountedSource
    instant: datetime
    value: float

    @property
    def unit(self) -> str:
        """Returns the unit in CloudWatch."""
        return _UNITS_OF_METRICS.get(self.metric_name) or _UNITS[self.source.namespace]


class PushCounts:
    """The instants at which metrics of each rule, schedule and topic had an event, in eight bytes each.

    Metrics of log groups count several events at a time, so their values are stored too.
    """

    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock
        self._instants: dict[tuple[str, tuple[str, ...]], array[int]] = {}
        self._values: list[tuple[CountedSource, int, Mapping[str, float]]] = []

    def count(self, source_arn: str, metric_names: tuple[str, ...]) -> None:
        """Counts one event in each of these metrics of a rule, a schedule or a topic."""
        key = source_arn, metric_names
        if key not in self._instants:
            self._instants[key] = array("q")
        self._instants[key].append(self._clock.microseconds)

    def add(self, source: CountedSource, values: Mapping[str, float]) -> None:
        """Adds a value to each of these metrics."""
        self._values.append((source, self._clock.microseconds, values))

    def samples(self, read: dict[object, int]) -> Iterator[CountedSample]:
        """Yields the samples that are new. `read` has the number of instants that were read before, and is updated."""
        for key, instants in self._instants.items():
            source_arn, metric_names = key
            source = source_of(source_arn)
            for microseconds in instants[read.get(key, 0) :]:
                at = self._clock.at(microseconds)
                yield from (CountedSample(name, source, at, 1) for name in metric_names)
            read[key] = len(instants)
        for found, microseconds, values in self._values[read.get("values", 0) :]:
            at = self._clock.at(microseconds)
            yield from (CountedSample(name, found, at, value) for name, value in values.items())
        read["values"] = len(self._values)


def source_of(arn: str) -> CountedSource:
    """Returns what the metrics of a rule, a schedule or a topic are about."""
    parsed = parse(arn)
    place, names = (parsed.account_id, parsed.region_name), parsed.resource.split("/")
    if parsed.service == "scheduler":
        return CountedSource(SCHEDULES, (("ScheduleGroup", names[1]),), place)
    if parsed.service == "sns":
        return CountedSource(TOPICS, (("TopicName", parsed.resource),), place)
    bus = () if len(names) == 2 else (("EventBusName", names[1]),)
    return CountedSource(RULES, (*bus, ("RuleName", names[-1])), place)


TRIGGERED = ("TriggeredRules",)
MATCHED = ("MatchedEvents", "TriggeredRules")


def of_rule(outcome: PushOutcome) -> tuple[str, ...]:
    """Returns the metrics of a rule that count an attempt (EVB-98)."""
    if outcome is DELIVERED:
        return _DELIVERED_BY_RULE
    return _names_of_rule(outcome)


def _names_of_rule(outcome: PushOutcome) -> tuple[str, ...]:
    names = ["InvocationAttempts"]
    if outcome.attempt > 1:
        names.append("RetryInvocationAttempts")
    if not outcome.is_failure:
        names.append("SuccessfulInvocationAttempts")
    if outcome.is_final:
        names.append("Invocations")
        if outcome.is_failure:
            names.append("FailedInvocations")
    if outcome.dead_letter is not None:
        names.append("InvocationsSentToDlq" if outcome.dead_letter == "sent" else "InvocationsFailedToBeSentToDlq")
    return tuple(names)


_DELIVERED_BY_RULE = _names_of_rule(DELIVERED)


def of_schedule(outcome: PushOutcome) -> tuple[str, ...]:
    """Returns the metrics of a group of schedules that count an attempt (SCH-29)."""
    names = ["InvocationAttemptCount"]
    if outcome.is_failure:
        names.append("TargetErrorCount")
        if outcome.is_throttled:
            names.append("TargetErrorThrottledCount")
        if outcome.is_final:
            names.append("InvocationDroppedCount")
    if outcome.dead_letter is not None:
        sent = outcome.dead_letter == "sent"
        names.append("InvocationsSentToDeadLetterCount" if sent else "InvocationsFailedToBeSentToDeadLetterCount")
    return tuple(names)


PUBLISHED = ("NumberOfMessagesPublished",)


def of_topic(outcome: PushOutcome) -> tuple[str, ...]:
    """Returns the metrics of a topic that count an attempt. A retry counts when it is the last one (PSH-4Q, PSH-73)."""
    if not outcome.is_final:
        return ()
    names = ["NumberOfNotificationsFailed" if outcome.is_failure else "NumberOfNotificationsDelivered"]
    if outcome.dead_letter is not None:
        sent = outcome.dead_letter == "sent"
        names.append("NumberOfNotificationsRedrivenToDlq" if sent else "NumberOfNotificationsFailedToRedriveToDlq")
    return tuple(names)


def of_filtered(cause: str) -> tuple[str, ...]:
    """Returns the metrics of a topic that count a message that a filter rejects, by its cause (PSH-4O)."""
    return ("NumberOfNotificationsFilteredOut", f"NumberOfNotificationsFilteredOut-{cause}")
