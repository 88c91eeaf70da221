"""EventBridge Scheduler on moto: checks schedules as AWS does, and lets them fire."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timezone
from typing import Any
from urllib.parse import unquote

from moto.core.exceptions import JsonRESTError
from moto.scheduler.exceptions import ScheduleGroupNotFound, ValidationException
from moto.scheduler.models import EventBridgeSchedulerBackend, Schedule, ScheduleGroup, scheduler_backends
from moto.scheduler.responses import EventBridgeSchedulerResponse

from ...arns import parse
from ...contexts import contextmanager
from ...errors import NotSimulatedError, hides_frames
from ...patching import attributes_patched
from ...simulation.simulation import Simulation
from ...sources.push.deliveries import Pushes
from ...sources.push.schedules import limits
from ...sources.push.schedules import schedule as values
from ...sources.push.schedules.cron_fields import CronUnclear
from ...sources.push.schedules.scheduler import Schedules, ScheduleTargets

__tracebackhide__ = hides_frames

DEFAULT_RETRIES: Mapping[str, int] = {"MaximumEventAgeInSeconds": 86_400, "MaximumRetryAttempts": 185}
_MEMBERS = (
    "Description", "EndDate", "FlexibleTimeWindow", "GroupName", "KmsKeyArn", "ScheduleExpression",
    "ScheduleExpressionTimezone", "StartDate", "State", "Target", "ActionAfterCompletion",
)  # fmt: skip


class _Conflict(JsonRESTError):
    code = 409

    def __init__(self, message: str) -> None:
        super().__init__("ConflictException", message)


def schedules_of(simulation: Simulation, targets: ScheduleTargets, pushes: Pushes, *, fires_at_the_end: bool) -> Schedules:
    """Returns the schedules of moto that fire."""
    return Schedules(simulation, targets, pushes, _delete, fires_at_the_end=fires_at_the_end)


@contextmanager
def schedules_served(simulation: Simulation, targets: ScheduleTargets, schedules: Schedules) -> Iterator[None]:
    """Lets schedules fire while a simulated AWS is open."""
    backend_class = EventBridgeSchedulerBackend
    create, delete = backend_class.create_schedule, backend_class.delete_schedule
    create_group, delete_group = backend_class.create_schedule_group, backend_class.delete_schedule_group

    def created(backend: EventBridgeSchedulerBackend, **given: Any) -> Schedule:
        group = backend.get_schedule_group(given.get("group_name"))
        if given["name"] in group.schedules:
            raise _Conflict(f"Schedule {given['name']} already exists.")
        _check_limits(given)
        given = _with_defaults(given)
        value = checked(backend, group, given)
        made = create(backend, **given)
        schedules.set(value)
        return made

    def updated(backend: EventBridgeSchedulerBackend, **given: Any) -> Schedule:
        schedule = backend.get_schedule(given.get("group_name"), given["name"])
        _check_limits(given)
        given = _with_defaults(given)
        value = checked(backend, backend.get_schedule_group(given.get("group_name")), given, _instant(schedule.start_date))
        changes = {name: member for name, member in given.items() if name not in ("group_name", "name")}
        schedule.action_after_completion = changes.pop("action_after_completion")
        schedule.update(**changes)
        schedules.set(value)
        return schedule

    def deleted(backend: EventBridgeSchedulerBackend, group_name: str | None, name: str) -> None:
        arn = backend.get_schedule(group_name, name).arn
        delete(backend, group_name, name)
        schedules.remove(arn)

    def group_created(backend: EventBridgeSchedulerBackend, name: str, tags: list[dict[str, str]]) -> ScheduleGroup:
        refusal = limits.refusal_of_group(name)
        if refusal is not None:
            raise ValidationException(refusal)
        if name in backend.schedule_groups:
            raise _Conflict(f"Schedule group {name} already exists.")
        return create_group(backend, name, tags or [])

    def group_deleted(backend: EventBridgeSchedulerBackend, name: str | None) -> None:
        if (name or "default") == "default":
            raise ValidationException("Deletion of the default schedule group is not allowed.")
        group = backend.get_schedule_group(name)
        for one in group.schedules.values():
            schedules.remove(one.arn)
        delete_group(backend, name)

    def checked(
        backend: EventBridgeSchedulerBackend,
        group: ScheduleGroup,
        given: Mapping[str, Any],
        start_before: datetime | None = None,
    ) -> values.Schedule:
        value = _value(backend, group, given)
        try:
            values.check(value, given["flexible_time_window"], schedules.now, start_before)
        except values.ScheduleInvalid as refusal:
            raise ValidationException(str(refusal)) from None
        except CronUnclear as unclear:
            message = f"ScheduleExpression={value.expression!r}: {unclear}"
            raise simulation.record_misuse(message, NotSimulatedError) from None
        refusal_of_role = targets.refusal_of_role(value)
        if refusal_of_role is not None:
            raise ValidationException(refusal_of_role)
        return value

    with attributes_patched(
        (backend_class, "create_schedule", created),
        (backend_class, "update_schedule", updated),
        (backend_class, "delete_schedule", deleted),
        (backend_class, "create_schedule_group", group_created),
        (backend_class, "delete_schedule_group", group_deleted),
        (EventBridgeSchedulerResponse, "update_schedule", _update_with_all_members),
    ):
        yield


def parameters_of(members: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Returns the members of `CreateSchedule` as moto's backend takes them."""
    return {"name": name, **{_snake(member): members.get(member) for member in _MEMBERS}}


def _check_limits(given: Mapping[str, Any]) -> None:
    refusal = limits.refusal_of_schedule(unquote(given["name"]), {member: given.get(_snake(member)) for member in _MEMBERS})
    if refusal is not None:
        raise ValidationException(refusal)


def _update_with_all_members(response: EventBridgeSchedulerResponse) -> str:
    """Replaces moto's response, which ignores `ActionAfterCompletion`."""
    name = response.uri.split("?")[0].split("/")[-1]
    members = {member: response._get_param(member) for member in _MEMBERS}
    schedule = response.scheduler_backend.update_schedule(**parameters_of(members, name))
    return json.dumps({"ScheduleArn": schedule.arn})


def _delete(arn: str) -> None:
    """Deletes a schedule after its last firing, if it still exists."""
    place = parse(arn)
    _, group, name = place.resource.split("/")
    backend = scheduler_backends[place.account_id][place.region_name]
    try:
        backend.get_schedule_group(group)
    except ScheduleGroupNotFound:
        return
    backend.delete_schedule(group, name)


def _with_defaults(given: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the members with AWS's defaults, which `GetSchedule` shows (SCH-01, SCH-02)."""
    target = dict(given["target"])
    target["RetryPolicy"] = {**DEFAULT_RETRIES, **(target.get("RetryPolicy") or {})}
    return {
        **given, "target": target, "state": given.get("state") or "ENABLED",
        "action_after_completion": given.get("action_after_completion") or "NONE",
        "schedule_expression_timezone": given.get("schedule_expression_timezone") or "UTC",
    }  # fmt: skip


def _value(backend: EventBridgeSchedulerBackend, group: ScheduleGroup, given: Mapping[str, Any]) -> values.Schedule:
    window = given["flexible_time_window"]
    return values.Schedule(
        arn=f"{group.arn.replace(':schedule-group/', ':schedule/')}/{given['name']}",
        expression=given["schedule_expression"], zone=given["schedule_expression_timezone"], target=given["target"],
        is_enabled=given["state"] == "ENABLED", start=_instant(given.get("start_date")), end=_instant(given.get("end_date")),
        window_minutes=window.get("MaximumWindowInMinutes") if window.get("Mode") == "FLEXIBLE" else None,
        is_deleted_after_completion=given["action_after_completion"] == "DELETE",
    )  # fmt: skip


def _instant(seconds: Any) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(float(seconds), timezone.utc)


def _snake(member: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in member).removeprefix("_")
