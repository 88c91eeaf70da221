"""Layers in moto's CloudFormation."""

from __future__ import annotations

from typing import ClassVar

from ..lambda_service.layers import MotoLayers
from .resource import Properties, Resource, refuse

_KNOWN = {"LayerName", "Content", "Description", "CompatibleArchitectures", "CompatibleRuntimes", "LicenseInfo"}


class LayerVersionResource(Resource):
    """A version of a layer. `Ref` is its ARN. A change publishes a new one."""

    type = "AWS::Lambda::LayerVersion"
    attributes = ("LayerVersionArn",)
    layers: ClassVar[MotoLayers]

    def create(self) -> None:
        refuse(self.type, self.properties, _KNOWN)
        given = self.fitting("PublishLayerVersion", {**self.properties, "LayerName": self._layer_name})
        region = self.plane.region
        self.physical_resource_id = str(self.layers.publish(region.account_id, region.name, given).arn)
        self.values = {"LayerVersionArn": self.physical_resource_id}

    @property
    def _layer_name(self) -> str:
        """Returns the name in the template, or the one that CloudFormation derives from the logical id."""
        return str(self.properties.get("LayerName") or self.name)

    def change(self, properties: Properties) -> bool:
        return bool(properties == self.properties)

    def delete(self, account_id: str, region_name: str) -> None:
        self.layers.delete(self.physical_resource_id)
