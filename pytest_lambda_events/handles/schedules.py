"""The handles of schedules: rules of EventBridge with a schedule expression, and schedules of EventBridge Scheduler."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, TypeAlias, TypedDict

from ..arguments import Kind, check_all, is_whole, json_text, name_kind, text_kind
from ..errors import LambdaEventsError, hides_frames
from .function import Function
from .misuse import reports_misuse
from .names import NAMES
from .queue import Queue, text_of
from .targets import Services, Topic, check_target

__tracebackhide__ = hides_frames

ScheduleTarget: TypeAlias = Function | Queue | Topic


class ScheduleSettings(TypedDict, total=False):
    """The settings of a schedule of EventBridge Scheduler. They have AWS's names and defaults."""

    start_date: datetime
    """No firing is earlier: an aware datetime."""
    end_date: datetime
    """All firings are earlier: an aware datetime."""
    maximum_window_in_minutes: int
    """The length of a flexible time window, 1 to 1440 minutes. Without it the schedule fires at its instant."""
    action_after_completion: Literal["NONE", "DELETE"]
    """`"DELETE"` deletes the schedule after its last firing."""
    maximum_retry_attempts: int
    """How often AWS tries again if the target does not accept the call: 0 to 185."""
    maximum_event_age_in_seconds: int
    """How long AWS tries again: 60 to 86,400 seconds."""
    dead_letter_queue: Queue
    """The queue for calls that the target did not accept."""
    message_group_id: str
    """The message group, if the target is a FIFO queue."""
    role: str
    """The ARN of the execution role. It matters with `enforce_permissions`."""


@reports_misuse
class Rule:
    """A rule of the default event bus that has a schedule expression."""

    def __init__(self, services: Services, name: str, arn: str) -> None:
        self._services = services
        self.name = name
        """The name of the rule."""
        self.arn = arn
        """The ARN of the rule."""

    def enable(self) -> None:
        """Enables the rule. If it was disabled, a rate counts from now."""
        self._services.client("events").enable_rule(Name=self.name)

    def disable(self) -> None:
        """Disables the rule, so that it does not fire. Firings that it misses are not made up for."""
        self._services.client("events").disable_rule(Name=self.name)

    def delete(self) -> None:
        """Deletes the rule with its targets."""
        events = self._services.client("events")
        ids = [target["Id"] for target in events.list_targets_by_rule(Rule=self.name)["Targets"]]
        if ids:
            events.remove_targets(Rule=self.name, Ids=ids)
        events.delete_rule(Name=self.name)

    def __repr__(self) -> str:
        return f"<Rule {self.name}>"


@reports_misuse
class Schedule:
    """A schedule of EventBridge Scheduler, in the group `default`."""

    def __init__(self, services: Services, name: str, arn: str) -> None:
        self._services = services
        self.name = name
        """The name of the schedule."""
        self.arn = arn
        """The ARN of the schedule."""

    def enable(self) -> None:
        """Enables the schedule. If it was disabled, a rate fires immediately."""
        self._update("ENABLED")

    def disable(self) -> None:
        """Disables the schedule, so that it does not fire. Firings that it misses are not made up for."""
        self._update("DISABLED")

    def delete(self) -> None:
        """Deletes the schedule."""
        self._services.client("scheduler").delete_schedule(Name=self.name)

    def _update(self, state: str) -> None:
        scheduler = self._services.client("scheduler")
        found = scheduler.get_schedule(Name=self.name)
        kept = {name: value for name, value in found.items() if name not in _NOT_UPDATED}
        scheduler.update_schedule(**{**kept, "State": state})

    def __repr__(self) -> str:
        return f"<Schedule {self.name}>"


def create_rule(services: Services, name: str | None, expression: str, target: ScheduleTarget, payload: object) -> Rule:
    """Creates a rule with one target, or none if EventBridge refuses a part of it."""
    _EXPRESSION.check("schedule_expression", expression)
    NAMES["rule"].optional().check("name", name)
    check_target(target, Function, Queue, Topic)
    text = {} if payload is ... else {"Input": _json(payload)}
    events = services.client("events")
    taken = {rule["Name"] for rule in events.list_rules()["Rules"]}
    name = _free("rule", name, taken)
    arn = events.put_rule(Name=name, ScheduleExpression=expression)["RuleArn"]
    try:
        events.put_targets(Rule=name, Targets=[{"Id": "target", "Arn": target.arn, **text}])
    except BaseException:
        events.delete_rule(Name=name)
        raise
    return Rule(services, name, arn)


def create_schedule(
    services: Services,
    name: str | None,
    expression: str,
    target: ScheduleTarget,
    timezone: str,
    payload: object,
    settings: Mapping[str, Any],
    default_role: str,
) -> Schedule:
    """Creates a schedule."""
    _EXPRESSION.check("schedule_expression", expression)
    NAMES["schedule"].optional().check("name", name)
    _TIMEZONE.check("timezone", timezone)
    check_target(target, Function, Queue, Topic)
    unknown = sorted(settings.keys() - _SETTINGS.keys())
    if unknown:
        raise LambdaEventsError(f"A schedule has no setting {unknown[0]!r}. Settings: {', '.join(_SETTINGS)}.")
    check_all(_SETTINGS, settings)
    scheduler = services.client("scheduler")
    pages = scheduler.get_paginator("list_schedules").paginate(GroupName="default")
    name = _free("schedule", name, {one["Name"] for page in pages for one in page["Schedules"]})
    made = scheduler.create_schedule(
        Name=name, ScheduleExpression=expression, ScheduleExpressionTimezone=timezone,
        **_members(settings), Target=_target(target, payload, settings, default_role),
    )  # fmt: skip
    return Schedule(services, name, made["ScheduleArn"])


def _members(settings: Mapping[str, Any]) -> dict[str, Any]:
    window: dict[str, Any] = {"Mode": "OFF"}
    if "maximum_window_in_minutes" in settings:
        window = {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": settings["maximum_window_in_minutes"]}
    names = {"start_date": "StartDate", "end_date": "EndDate", "action_after_completion": "ActionAfterCompletion"}
    return {"FlexibleTimeWindow": window, **{names[name]: settings[name] for name in names if name in settings}}


def _target(target: ScheduleTarget, payload: object, settings: Mapping[str, Any], default_role: str) -> dict[str, Any]:
    found = {"Arn": target.arn, "RoleArn": settings.get("role", default_role), **_input(target, payload)}
    retries = {
        "MaximumRetryAttempts": settings.get("maximum_retry_attempts"),
        "MaximumEventAgeInSeconds": settings.get("maximum_event_age_in_seconds"),
    }
    given = {name: value for name, value in retries.items() if value is not None}
    if given:
        found["RetryPolicy"] = given
    if "dead_letter_queue" in settings:
        found["DeadLetterConfig"] = {"Arn": settings["dead_letter_queue"].arn}
    if "message_group_id" in settings:
        found["SqsParameters"] = {"MessageGroupId": settings["message_group_id"]}
    return found


def _input(target: ScheduleTarget, payload: object) -> dict[str, str]:
    """Returns the constant input of a schedule: JSON for a function, and text as it is for the others."""
    if payload is ...:
        return {}
    if isinstance(target, Function):
        return {"Input": _json(payload)}
    return {"Input": text_of(payload, "The payload")}


def _json(payload: object) -> str:
    return json_text("The payload", payload, "Pass a payload that JSON can represent.")


def _free(kind: str, name: str | None, taken: set[str]) -> str:
    if name is None:
        return next(one for number in range(1, len(taken) + 2) if (one := f"{kind}-{number}") not in taken)
    if name in taken:
        raise LambdaEventsError(f"{kind.capitalize()} {name!r} already exists. Choose another name, or delete that one.")
    return name


_NOT_UPDATED = frozenset({"Arn", "CreationDate", "LastModificationDate", "ResponseMetadata"})
_EXPRESSION = name_kind("rate(5 minutes)")
_TIMEZONE = name_kind("Europe/Berlin")
_DATE = Kind(
    "an aware datetime",
    lambda value: isinstance(value, datetime) and value.tzinfo is not None,
    "datetime(2026, 1, 1, tzinfo=timezone.utc)",
)


def _range(least: int, most: int, example: int) -> Kind:
    return Kind(
        f"a whole number from {least:,} to {most:,}", lambda value: is_whole(value) and least <= value <= most, str(example)
    )


_SETTINGS: Mapping[str, Kind] = {
    "start_date": _DATE,
    "end_date": _DATE,
    "maximum_window_in_minutes": _range(1, 1_440, 15),
    "action_after_completion": Kind("'NONE' or 'DELETE'", lambda value: value in ("NONE", "DELETE"), repr("DELETE")),
    "maximum_retry_attempts": _range(0, 185, 2),
    "maximum_event_age_in_seconds": _range(60, 86_400, 3_600),
    "dead_letter_queue": Kind("a queue", lambda value: isinstance(value, Queue), 'lambda_events.queue("lost")'),
    "message_group_id": name_kind("orders"),
    "role": text_kind("arn:aws:iam::123456789012:role/schedules", "the ARN of a role"),
}
