"""Subscription filters of CloudWatch Logs in moto's CloudFormation."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from moto.logs.exceptions import ResourceNotFoundException
from moto.logs.models import LogsBackend, logs_backends

from .resource import Properties, Resource, changed, refuse
from .values import text_of

_MEMBERS = {
    "LogGroupName": "log_group_name", "FilterPattern": "filter_pattern", "DestinationArn": "destination_arn",
    "RoleArn": "role_arn", "Distribution": "distribution", "EmitSystemFields": "system_fields",
    "FieldSelectionCriteria": "criteria",
}  # fmt: skip
_NAMES = {"FilterName", "ApplyOnTransformedLogs", *_MEMBERS}


class SubscriptionFilterResource(Resource):
    """A subscription filter. `Ref` is its name."""

    type = "AWS::Logs::SubscriptionFilter"

    def create(self) -> None:
        self.physical_resource_id = str(self.properties.get("FilterName") or self.name)
        self._put(self.properties)

    def change(self, properties: Properties) -> bool:
        if any(changed(name, self.properties, properties) for name in ("FilterName", "LogGroupName")):
            return False
        self._put(properties)
        return True

    def delete(self, account_id: str, region_name: str) -> None:
        with suppress(ResourceNotFoundException):
            self._logs.delete_subscription_filter(str(self.properties["LogGroupName"]), self.physical_resource_id)

    @property
    def _logs(self) -> LogsBackend:
        region = self.plane.region
        return logs_backends[region.account_id][region.name]

    def _put(self, properties: Properties) -> None:
        refuse(self.type, properties, _NAMES)
        given: dict[str, Any] = {_MEMBERS[name]: value for name, value in properties.items() if name in _MEMBERS}
        # YAML may have a number as pattern.
        given["filter_pattern"] = text_of(given["filter_pattern"])
        self._logs.put_subscription_filter(filter_name=self.physical_resource_id, **given)
