"""Schedules of EventBridge Scheduler and their groups in moto's CloudFormation."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from moto.scheduler.exceptions import ScheduleGroupNotFound, ScheduleNotFound
from moto.scheduler.models import EventBridgeSchedulerBackend, scheduler_backends

from ..push.schedules import parameters_of
from .resource import Properties, Resource, changed

_NUMBERS = frozenset({"MaximumWindowInMinutes", "MaximumRetryAttempts", "MaximumEventAgeInSeconds"})


class ScheduleResource(Resource):
    """A schedule. `Ref` is its name."""

    type = "AWS::Scheduler::Schedule"
    attributes = ("Arn",)

    @property
    def _group_name(self) -> str:
        return str(self.properties.get("GroupName") or "default")

    def create(self) -> None:
        self.physical_resource_id = str(self.properties.get("Name") or self.name)[:64]
        made = _backend(self).create_schedule(**_parameters(self.properties, self.physical_resource_id))
        self.values = {"Arn": made.arn}

    def change(self, properties: Properties) -> bool:
        if any(changed(name, self.properties, properties) for name in ("Name", "GroupName")):
            return False
        _backend(self).update_schedule(**_parameters(properties, self.physical_resource_id))
        return True

    def delete(self, account_id: str, region_name: str) -> None:
        try:
            _backend(self).delete_schedule(self._group_name, self.physical_resource_id)
        except (ScheduleNotFound, ScheduleGroupNotFound):
            return


class ScheduleGroupResource(Resource):
    """A group of schedules. `Ref` is its name."""

    type = "AWS::Scheduler::ScheduleGroup"
    attributes = ("Arn",)

    def create(self) -> None:
        self.physical_resource_id = str(self.properties.get("Name") or self.name)[:64]
        group = _backend(self).create_schedule_group(self.physical_resource_id, list(self.properties.get("Tags") or ()))
        self.values = {"Arn": group.arn}

    def change(self, properties: Properties) -> bool:
        if changed("Name", self.properties, properties):
            return False
        backend, arn = _backend(self), self.values["Arn"]
        backend.untag_resource(arn, [tag["Key"] for tag in self.properties.get("Tags") or ()])
        backend.tag_resource(arn, list(properties.get("Tags") or ()))
        return True

    def delete(self, account_id: str, region_name: str) -> None:
        try:
            _backend(self).delete_schedule_group(self.physical_resource_id)
        except ScheduleGroupNotFound:
            return


def _backend(resource: Resource) -> EventBridgeSchedulerBackend:
    region = resource.plane.region
    return scheduler_backends[region.account_id][region.name]


def _parameters(properties: Properties, name: str) -> dict[str, Any]:
    members: dict[str, Any] = _with_numbers(properties)
    for date in ("StartDate", "EndDate"):
        if members.get(date):
            members[date] = datetime.fromisoformat(str(members[date]).replace("Z", "+00:00")).timestamp()
    return parameters_of(members, name)


def _with_numbers(value: Any) -> Any:
    """Returns a value with whole numbers where a template has them as text."""
    if not isinstance(value, Mapping):
        return value
    return {key: int(member) if key in _NUMBERS else _with_numbers(member) for key, member in value.items()}
