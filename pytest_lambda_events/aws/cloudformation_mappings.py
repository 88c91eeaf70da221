"""`AWS::Lambda::EventSourceMapping` in moto's CloudFormation."""

from __future__ import annotations

from typing import Any

from .cloudformation_resource import Properties, Resource, changed, tags_of

_FIXED = ("EventSourceArn", "StartingPosition", "StartingPositionTimestamp", "SelfManagedEventSource")
"""What cannot be changed: another value makes another mapping."""
_DEFAULTS: Properties = {
    "Enabled": True, "BatchSize": 10, "MaximumBatchingWindowInSeconds": 0, "FunctionResponseTypes": [],
    "FilterCriteria": {"Filters": []}, "ScalingConfig": {}, "ProvisionedPollerConfig": {}, "MetricsConfig": {},
    "KMSKeyArn": "",
}  # fmt: skip


class EventSourceMappingResource(Resource):
    """An event source mapping; `Ref` is its UUID."""

    type = "AWS::Lambda::EventSourceMapping"
    attributes = ("EventSourceMappingArn", "Id")

    def create(self) -> None:
        made = self.call("CreateEventSourceMapping", **_parameters(self.properties), Tags=tags_of(self.properties)).body
        self.physical_resource_id = made["UUID"]
        self.values = {"EventSourceMappingArn": made["EventSourceMappingArn"], "Id": made["UUID"]}

    def change(self, properties: Properties) -> bool:
        if any(changed(name, self.properties, properties) for name in _FIXED):
            return False
        before, after = _parameters(self.properties), _parameters(properties)
        # What the template no longer has goes back to AWS's default.
        wanted = {name: value for name, value in {**_DEFAULTS, **after}.items() if changed(name, before, after)}
        if wanted:
            self.call("UpdateEventSourceMapping", UUID=self.physical_resource_id, **wanted)
        self.change_tags(self.values["EventSourceMappingArn"], properties)
        return True

    def delete(self, account_id: str, region_name: str) -> None:
        self.drop("DeleteEventSourceMapping", UUID=self.physical_resource_id)


def _parameters(properties: Properties) -> dict[str, Any]:
    """The properties by their names in the API."""
    return {("KMSKeyArn" if name == "KmsKeyArn" else name): value for name, value in properties.items() if name != "Tags"}
