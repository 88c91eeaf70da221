"""Pipes of EventBridge Pipes in moto's CloudFormation."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from moto.pipes.exceptions import NotFoundException
from moto.pipes.models import EventBridgePipesBackend, pipes_backends

from ..push.pipes import parameters_of
from .resource import Properties, Resource, changed
from .values import text_of

_NUMBERS = frozenset({
    "BatchSize", "MaximumBatchingWindowInSeconds", "MaximumRecordAgeInSeconds", "MaximumRetryAttempts",
    "ParallelizationFactor",
})  # fmt: skip


class PipeResource(Resource):
    """A pipe. `Ref` is its name."""

    type = "AWS::Pipes::Pipe"
    attributes = ("Arn", "CurrentState")

    def create(self) -> None:
        self.physical_resource_id = str(self.properties.get("Name") or self.name)[:64]
        made = _backend(self).create_pipe(**_parameters(self.properties, self.physical_resource_id))
        self.values = {"Arn": made.arn, "CurrentState": str(made.desired_state)}

    def change(self, properties: Properties) -> bool:
        if any(changed(name, self.properties, properties) for name in ("Name", "Source")):
            return False
        # Settings that the template no longer has get AWS's default.
        objects = {name: _with_emptied(self.properties.get(name), properties.get(name)) for name in _OBJECTS}
        parameters = _parameters({**_REMOVED, **properties, **objects}, self.physical_resource_id)
        updated = _backend(self).update_pipe(
            **{name: parameters[name] for name in parameters if name not in ("source", "tags")}
        )
        updated.tags = parameters["tags"] or {}
        self.values["CurrentState"] = str(updated.desired_state)
        return True

    def delete(self, account_id: str, region_name: str) -> None:
        try:
            _backend(self).delete_pipe(self.physical_resource_id)
        except NotFoundException:
            return


_REMOVED: Properties = {"DesiredState": "RUNNING", "Enrichment": "", "Description": ""}
"""What an update passes for properties that a template does not have."""
_OBJECTS = ("SourceParameters", "EnrichmentParameters", "TargetParameters")


def _with_emptied(before: Properties | None, after: Properties | None) -> dict[str, Any]:
    """Returns the members of an object after an update. Those that the template no longer has are empty."""
    emptied = {name: "" if isinstance(value, str) else {} for name, value in (before or {}).items()}
    return {**emptied, **(after or {})}


def _backend(resource: Resource) -> EventBridgePipesBackend:
    region = resource.plane.region
    return pipes_backends[region.account_id][region.name]


def _parameters(properties: Properties, name: str) -> dict[str, Any]:
    members = {key: _fitted(key, value) for key, value in properties.items()}
    tags = {key: text_of(value) for key, value in (properties.get("Tags") or {}).items()}
    return parameters_of({**members, "Tags": tags}, name)


def _fitted(name: str, value: Any) -> Any:
    """Returns a value of a template in the type of the API."""
    if isinstance(value, Mapping):
        return {key: _fitted(key, member) for key, member in value.items()}
    if isinstance(value, list):
        return [_fitted(name, member) for member in value]
    if name == "StartingPositionTimestamp":
        is_number = text_of(value).replace(".", "", 1).isdecimal()
        return float(value) if is_number else datetime.fromisoformat(str(value).replace("Z", "+00:00")).timestamp()
    return int(value) if name in _NUMBERS else value
