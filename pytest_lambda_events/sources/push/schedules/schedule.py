"""A schedule of EventBridge Scheduler: its checks, when it fires, and what its target receives."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ....arns import parse, parse_or_none
from ....errors import LambdaEventsError, hides_frames
from ....service.authorization import PushSource
from ....values import dataclass
from ..deliveries import Ending, RetryPolicy, rule_retries
from ..event_rules import instant_text
from .expressions import At, Expression, ExpressionInvalid, schedule_expression
from .timetable import Timetable

__tracebackhide__ = hides_frames

OLDEST_START = timedelta(minutes=5)
_NEEDS_JSON = frozenset({"lambda", "states", "events"})
_UNIVERSAL = re.compile(r"arn:[\w-]+:scheduler:::aws-sdk:(\w+):(\w+)")
_READS = re.compile("(get|describe|list|poll|receive|search|scan|query|select|read|batchGet)([A-Z]|$)")


class ScheduleInvalid(ValueError):
    """AWS refuses the schedule. The message is AWS's."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """A schedule, with AWS's defaults for what was not given. `target` has the members of AWS's `Target`.

    `window_minutes` is None if the flexible time window is OFF.
    """

    arn: str
    expression: str
    zone: str
    target: Mapping[str, Any]
    is_enabled: bool = True
    start: datetime | None = None
    end: datetime | None = None
    window_minutes: int | None = None
    is_deleted_after_completion: bool = False

    @property
    def name(self) -> str:
        """Returns the name, without its group."""
        return self.arn.rpartition("/")[2]

    @property
    def group_arn(self) -> str:
        """Returns the ARN of the group, which the trust policy of the role can name."""
        arn = parse(self.arn)
        group = arn.resource.split("/")[1]
        return f"arn:{arn.partition}:scheduler:{arn.region_name}:{arn.account_id}:schedule-group/{group}"

    @property
    def as_source(self) -> PushSource:
        """Returns what the policies of its role can name: Scheduler, and the group of the schedule (SCH-20)."""
        return PushSource("scheduler.amazonaws.com", self.group_arn, parse(self.arn).account_id)

    @property
    def label(self) -> str:
        """Returns what the timeline shows, such as `scheduler default/nightly`."""
        return PushSource("scheduler.amazonaws.com", self.arn).label

    @property
    def retries(self) -> RetryPolicy:
        """Returns the retries of the target (SCH-27)."""
        policy = self.target.get("RetryPolicy") or {}
        return rule_retries(policy.get("MaximumRetryAttempts", 185), policy.get("MaximumEventAgeInSeconds", 86_400))

    @property
    def timing(self) -> object:
        """Returns what decides when it fires. As long as this is equal, the schedule keeps its anchor."""
        return self.expression, self.zone, self.start, self.end, self.window_minutes

    @property
    def parsed(self) -> Expression:
        """Returns the parsed expression. Raises `ScheduleInvalid` (SCH-03, SCH-04)."""
        try:
            return schedule_expression(self.expression)
        except ExpressionInvalid:
            raise ScheduleInvalid(f"Invalid Schedule Expression {self.expression}.") from None

    def timetable(self, now: datetime) -> Timetable:
        """Returns when it fires if it is created, changed or enabled `now`. Raises `ScheduleInvalid`."""
        expression = self.parsed
        if isinstance(expression, At):
            return Timetable(expression, now, zone_of(self.zone))
        return Timetable(expression, now, zone_of(self.zone), fires_at_once=True, start=self.start, end=self.end)

    def input_at(self, nominal: datetime, event_id: str, execution_id: str, attempt: int) -> str:
        """Returns what the target receives in one attempt (SCH-22 to SCH-24)."""
        time = instant_text(nominal)
        text = self.target.get("Input")
        if not text:
            return self._default_input(time, event_id)
        for keyword, value in (
            ("schedule-arn", self.arn), ("scheduled-time", time), ("execution-id", execution_id),
            ("attempt-number", str(attempt)),
        ):  # fmt: skip
            text = text.replace(f"<aws.scheduler.{keyword}>", value)
        return str(text)

    def _default_input(self, time: str, event_id: str) -> str:
        """Returns the event for a target without `Input`. Its `detail` is text (SCH-22)."""
        arn = parse(self.arn)
        event = {
            "version": "0", "id": event_id, "detail-type": "Scheduled Event", "source": "aws.scheduler",
            "account": arn.account_id, "time": time, "region": arn.region_name, "resources": [self.arn], "detail": "{}",
        }  # fmt: skip
        return json.dumps(event, separators=(",", ":"), ensure_ascii=False)

    def dead_letter_attributes(self, nominal: datetime, execution_id: str, ending: Ending) -> dict[str, str]:
        """Returns the attributes of a message to the dead-letter queue (SCH-28)."""
        return {
            "CONTAINS_INVALID_PAYLOAD": "false", "ERROR_CODE": ending.failure.code, "ERROR_MESSAGE": ending.failure.message,
            "EXECUTION_ID": execution_id, "EXHAUSTED_RETRY_CONDITION": ending.exhausted or "MaximumRetryAttempts",
            "IS_PAYLOAD_TRUNCATED": "false", "RETRY_ATTEMPTS": str(ending.retries), "SCHEDULED_TIME": instant_text(nominal),
            "SCHEDULE_ARN": self.arn, "TARGET_ARN": str(self.target["Arn"]),
        }  # fmt: skip


def check(schedule: Schedule, window: Mapping[str, Any], now: datetime, start_before: datetime | None) -> None:
    """Raises `ScheduleInvalid` for a schedule that AWS refuses (SCH-03 to SCH-09, SCH-23 to SCH-26).

    An update may keep `start_before`, the start of the schedule until now.
    """
    _check_target(schedule.target)
    expression = schedule.parsed
    zone_of(schedule.zone)
    if window.get("Mode") == "FLEXIBLE" and window.get("MaximumWindowInMinutes") is None:
        raise ScheduleInvalid("MaximumWindowInMinutes must be provided when FlexibleTimeWindowMode is set to FLEXIBLE.")
    if schedule.start is not None and schedule.end is not None and schedule.start >= schedule.end:
        raise ScheduleInvalid("The StartDate you specify must come before the EndDate.")
    is_late = schedule.start is not None and schedule.start < now - OLDEST_START
    if is_late and schedule.start != start_before and not isinstance(expression, At):
        raise ScheduleInvalid("The StartDate you specify cannot be earlier than 5 minutes ago.")


def _check_target(target: Mapping[str, Any]) -> None:
    arn = str(target["Arn"])
    universal = universal_action(arn)
    if parse_or_none(arn) is None or (universal is None and ":scheduler:::aws-sdk:" in arn):
        raise ScheduleInvalid("Provided Arn is not in correct format.")
    if universal is not None and _READS.match(universal[1]):
        raise ScheduleInvalid(f"{universal[1]} is not a supported API action for {universal[0]}.")
    text = target.get("Input")
    if text == "":
        raise ScheduleInvalid(
            "1 validation error detected: Value '' at 'target.input' failed to satisfy constraint: Member must have length "
            "greater than or equal to 1"
        )
    if text is not None and (universal is not None or parse(arn).service in _NEEDS_JSON) and not _is_json(text):
        raise ScheduleInvalid("The Input of the target is not valid JSON.")
    missing = None if universal is not None else _missing_parameters(arn, target)
    if missing is not None:
        raise ScheduleInvalid(f"{missing} must be specified for the target {arn}.")
    if str((target.get("EventBridgeParameters") or {}).get("Source", "")).startswith("aws."):
        raise ScheduleInvalid("The Source of EventBridgeParameters must not start with aws.")


def _missing_parameters(arn: str, target: Mapping[str, Any]) -> str | None:
    """Returns the parameters that a templated target needs and does not have, else None (SCH-26)."""
    service = parse(arn).service
    needed = {"events": "EventBridgeParameters", "kinesis": "KinesisParameters"}.get(service)
    if service == "sqs" and arn.endswith(".fifo"):
        needed = "SqsParameters"
    return None if needed is None or target.get(needed) else needed


def universal_action(arn: str) -> tuple[str, str] | None:
    """Returns service and action of a universal target, such as `sqs` and `sendMessage`; None for another target (SCH-25)."""
    match = _UNIVERSAL.fullmatch(arn)
    return None if match is None else (match[1], match[2])


def zone_of(name: str) -> tzinfo:
    """Returns a time zone by its name in the IANA database. Raises `ScheduleInvalid`."""
    if name == "UTC":
        return timezone.utc
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        _check_database()
        raise ScheduleInvalid(f"Invalid timezone {name}.") from None


def _check_database() -> None:
    try:
        ZoneInfo("Europe/Berlin")
    except ZoneInfoNotFoundError:
        raise LambdaEventsError(
            "Python finds no time zones on this computer, and a schedule has one. Install the package tzdata."
        ) from None


def _is_json(text: str) -> bool:
    """Returns whether a text is JSON as soon as its keywords have values (SCH-23, SCH-24)."""
    try:
        json.loads(re.sub("<aws.scheduler.[a-z-]+>", "0", text))
    except ValueError:
        return False
    return True
