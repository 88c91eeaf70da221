"""`AWS::Lambda::EventSourceMapping` in moto's CloudFormation."""

from __future__ import annotations

from typing import Any

from ...sources.mappings import validation
from .resource import Properties, Resource, changed, tags_of

_FIXED = ("EventSourceArn", "StartingPosition", "StartingPositionTimestamp", "SelfManagedEventSource")
"""Properties that cannot change: another value creates another mapping."""
_DEFAULTS: Properties = {
    "Enabled": True, "MaximumBatchingWindowInSeconds": 0, "FunctionResponseTypes": [], "FilterCriteria": {"Filters": []},
    "ScalingConfig": {}, "ProvisionedPollerConfig": {}, "MetricsConfig": {}, "KMSKeyArn": "", "ParallelizationFactor": 1,
    "BisectBatchOnFunctionError": False, "MaximumRetryAttempts": -1, "MaximumRecordAgeInSeconds": -1,
    "TumblingWindowInSeconds": 0, "DestinationConfig": {"OnFailure": {"Destination": ""}},
}  # fmt: skip


class EventSourceMappingResource(Resource):
    """An event source mapping. `Ref` is its UUID."""

    type = "AWS::Lambda::EventSourceMapping"
    attributes = ("EventSourceMappingArn", "Id")

    def create(self) -> None:
        made = self.call("CreateEventSourceMapping", **_parameters(self.properties), Tags=tags_of(self.properties)).body
        self.physical_resource_id = made["UUID"]
        self.values = {"EventSourceMappingArn": made["EventSourceMappingArn"], "Id": made["UUID"]}

    def change(self, properties: Properties) -> bool:
        before, after = _parameters(self.properties), _parameters(properties)
        if any(changed(name, before, after) for name in _FIXED):
            return False
        # Settings that the template no longer has get AWS's default.
        defaults = {**_DEFAULTS, "BatchSize": _batch_size(after["EventSourceArn"])}
        wanted = {name: value for name, value in {**defaults, **after}.items() if changed(name, before, after)}
        if wanted:
            self.call("UpdateEventSourceMapping", UUID=self.physical_resource_id, **wanted)
        self.change_tags(self.values["EventSourceMappingArn"], properties)
        return True

    def delete(self, account_id: str, region_name: str) -> None:
        self.drop("DeleteEventSourceMapping", UUID=self.physical_resource_id)


def _parameters(properties: Properties) -> dict[str, Any]:
    """Returns the properties by their names in the API. Empty ones are left out."""
    given = {("KMSKeyArn" if name == "KmsKeyArn" else name): value for name, value in properties.items() if name != "Tags"}
    if given.get("StartingPositionTimestamp") is not None:
        given["StartingPositionTimestamp"] = float(given["StartingPositionTimestamp"])
    if given.get("DestinationConfig") in ({}, {"OnFailure": {}}):
        del given["DestinationConfig"]
    return given


def _batch_size(event_source_arn: str) -> int:
    """Returns the default for a source of this kind."""
    return validation.defaults("", event_source_arn).batch_size
