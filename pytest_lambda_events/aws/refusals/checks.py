"""Refuses by name deliveries of AWS that are not simulated, and calls that moto does not answer correctly."""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from ...arns import parse_or_none
from ...errors import NotSimulatedError, hides_frames
from ...journal.entry import NOBODY
from ...journal.events import Warned
from ...simulation.simulation import Simulation
from .conditions import Parameters
from .other_services import REFUSED, WARNED
from .rows import NotDelivered

__tracebackhide__ = hides_frames


_Row = tuple[NotDelivered, bool]
"""A row of the table, and whether it refuses."""


@functools.cache
def _rows() -> tuple[Mapping[tuple[str, str], Sequence[_Row]], Mapping[str, Sequence[_Row]]]:
    """Returns the table by service and operation, and by type of resource."""
    by_call: defaultdict[tuple[str, str], list[_Row]] = defaultdict(list)
    by_resource: defaultdict[str, list[_Row]] = defaultdict(list)
    for row in [*((row, True) for row in REFUSED), *((row, False) for row in WARNED)]:
        for operation in row[0].operations:
            by_call[row[0].service, operation].append(row)
        for resource in row[0].resources:
            by_resource[resource].append(row)
    return dict(by_call), dict(by_resource)


def advice_for(resource_type: str) -> str:
    """Returns the advice of the table for a type of resource. Empty if the table does not have the type."""
    return next((row.instead for row, _ in _rows()[1].get(resource_type, ())), "")


class Refusals:
    """Looks up the table of other services: for calls of boto3, and for resources of stacks."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        self._by_call, self._by_resource = _rows()

    def check_call(self, service: str, operation: str, parameters: Parameters) -> None:
        """Raises `NotSimulatedError` if the table refuses a call. Writes a warning if the table has one."""
        stored = _STORED.get((service, operation))
        rows = self._by_call.get((service, operation), ())
        self._check(rows, {**parameters, **stored(parameters)} if stored else parameters, f"{service}.{operation}")

    def check_resource(self, resource_type: str, properties: Parameters) -> None:
        """Checks a resource of a stack in the same way."""
        self._check(self._by_resource.get(resource_type, ()), properties, resource_type)

    def _check(self, rows: Iterable[_Row], parameters: Parameters, where: str) -> None:
        for row, is_refused in rows:
            if not row.when(parameters):
                continue
            message = row.message(where)
            if is_refused:
                raise self._simulation.record_misuse(message, NotSimulatedError)
            task = self._simulation.handler_task
            self._simulation.journal.write(Warned(NOBODY if task is None else task.subject, message))


def _definition(parameters: Parameters) -> Parameters:
    """Returns the definition of the state machine of an execution. Its ARN may have a version or an alias."""
    from moto.stepfunctions.models import stepfunctions_backends

    arn = parse_or_none(str(parameters.get("stateMachineArn") or ""))
    if arn is None or ":" not in arn.resource:
        return {}
    machines = stepfunctions_backends[arn.account_id][arn.region_name].state_machines
    machine_arn = str(replace(arn, resource=":".join(arn.resource.split(":")[:2])))
    return {"definition": next((one.definition for one in machines if one.arn == machine_arn), "")}


def _actions(parameters: Parameters) -> Parameters:
    """Returns the actions of the alarms whose state will change."""
    from moto.cloudwatch.models import cloudwatch_backends

    name = parameters.get("AlarmName")
    backends = [backend for regions in cloudwatch_backends.values() for backend in regions.values()]
    alarms = [backend.alarms[name] for backend in backends if name in backend.alarms]
    return {"Actions": [[alarm.alarm_actions, alarm.ok_actions, alarm.insufficient_data_actions] for alarm in alarms]}


def _bucket(parameters: Parameters) -> Parameters:
    """Returns the lifecycle rules of a bucket, and whether the default event bus receives its events."""
    from moto.s3.models import s3_backends

    backends = [backend for partitions in s3_backends.values() for backend in partitions.values()]
    bucket = next((one.buckets[name] for one in backends if (name := parameters.get("Bucket")) in one.buckets), None)
    notified = getattr(bucket, "notification_configuration", None)
    return {
        "StoredRules": getattr(bucket, "rules", ()),
        "IsOnBus": notified is not None and notified.event_bridge is not None,
    }  # fmt: skip


_STORED: Mapping[tuple[str, str], Callable[[Parameters], Parameters]] = {
    ("stepfunctions", "StartExecution"): _definition,
    ("stepfunctions", "StartSyncExecution"): _definition,
    ("cloudwatch", "SetAlarmState"): _actions,
    ("s3", "PutBucketLifecycleConfiguration"): _bucket,
    ("s3", "PutBucketNotificationConfiguration"): _bucket,
}
"""Facts in moto that a condition needs, by call."""
