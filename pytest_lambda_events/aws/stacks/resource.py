"""The base of our resources in moto's CloudFormation. Each one is created, changed and deleted by itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from ...service.api_response import ApiResponse
from ...service.control_plane.planes import ControlPlane, ControlPlanes
from ...service.control_plane.validation import not_simulated
from ...service.errors import ServiceError
from ..lambda_service.endpoint import lambda_model
from .values import fitted

Properties = Mapping[str, Any]


class Resource:
    """One resource of a stack. moto calls its class to create and update it, and the resource to delete it."""

    type: ClassVar[str]
    attributes: ClassVar[tuple[str, ...]] = ()
    planes: ClassVar[ControlPlanes]

    def __init__(self, plane: ControlPlane, name: str, properties: Properties) -> None:
        self.plane = plane
        self.name = name
        self.properties = properties
        self.physical_resource_id = name
        self.logical_resource_id = ""
        self.cf_resource_type = self.type
        self.values: dict[str, str] = {}
        self.create()

    @classmethod
    def has_cfn_attr(cls, attribute: str) -> bool:
        """Returns whether `Fn::GetAtt` knows the attribute."""
        return attribute in cls.attributes

    def get_cfn_attribute(self, attribute: str) -> str:
        """Returns the value of `Fn::GetAtt`."""
        from moto.cloudformation.exceptions import UnformattedGetAttTemplateException

        if attribute not in self.attributes:
            raise UnformattedGetAttTemplateException
        return self.values[attribute]

    def is_created(self) -> bool:
        """Returns True, because creation does not wait."""
        return True

    @classmethod
    def create_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: Any, account_id: str, region_name: str, **options: Any
    ) -> Resource:
        """Creates a resource."""
        return cls(cls.planes.at(account_id, region_name), resource_name, cloudformation_json["Properties"])

    @classmethod
    def update_from_cloudformation_json(
        cls,
        original_resource: Resource,
        new_resource_name: str,
        cloudformation_json: Any,
        account_id: str,
        region_name: str,
    ) -> Resource:
        """Returns the resource in its new state. If a change is not possible, another one replaces it."""
        properties = cloudformation_json["Properties"]
        if properties == original_resource.properties:
            return original_resource
        if original_resource.change(properties):
            original_resource.properties = properties
            return original_resource
        replacement = cls.create_from_cloudformation_json(new_resource_name, cloudformation_json, account_id, region_name)
        original_resource.delete(account_id, region_name)
        return replacement

    def create(self) -> None:
        """Creates the resource, and sets its physical id and attributes."""
        raise NotImplementedError

    def change(self, properties: Properties) -> bool:
        """Changes the resource to these properties, unless it has to be replaced. Returns whether it was changed."""
        return False

    def delete(self, account_id: str, region_name: str) -> None:
        """Deletes the resource. A missing one is not an error."""
        raise NotImplementedError

    def call(self, operation: str, **parameters: Any) -> ApiResponse:
        """Runs one operation of the Lambda API. A refusal fails the stack."""
        fitting = self.fitting(operation, parameters)
        return self.attempt(lambda: self.plane.call_immediately(operation, fitting))

    def fitting(self, operation: str, parameters: Properties) -> dict[str, Any]:
        """Returns the parameters in the types of the Lambda API."""
        fitting: dict[str, Any] = fitted(lambda_model().operation_model(operation).input_shape, parameters)
        return fitting

    def attempt(self, call: Callable[[], ApiResponse]) -> ApiResponse:
        """Runs `call()`, and converts a refusal of Lambda to one of CloudFormation."""
        from moto.cloudformation.exceptions import ValidationError

        try:
            return call()
        except ServiceError as refusal:
            message = f"Resource handler returned message: {refusal.message} (Service: Lambda, Status Code: {refusal.status})"
            raise ValidationError(message=message) from None

    def drop(self, operation: str, **parameters: Any) -> None:
        """Deletes, and ignores that the resource is missing."""
        try:
            self.plane.call_immediately(operation, parameters)
        except ServiceError as refusal:
            if refusal.status != 404:
                raise

    def change_tags(self, arn: str, properties: Properties) -> None:
        """Sets the tags of the resource with this ARN to those of the new properties."""
        before, after = tags_of(self.properties), tags_of(properties)
        if before.keys() - after.keys():
            self.call("UntagResource", Resource=arn, TagKeys=sorted(before.keys() - after.keys()))
        if after:
            self.call("TagResource", Resource=arn, Tags=after)

    def given(self, *names: str) -> dict[str, Any]:
        """Returns the properties that the template has."""
        return {name: self.properties[name] for name in names if name in self.properties}


def tags_of(properties: Properties) -> dict[str, str]:
    """Returns the tags of a resource, which are a list in a template."""
    return {tag["Key"]: tag["Value"] for tag in properties.get("Tags") or ()}


def refuse(resource_type: str, properties: Properties, known: set[str]) -> None:
    """Raises `NotSimulatedError` for a property that is not known."""
    for name in sorted(properties.keys() - known):
        raise not_simulated(f"{name} of {resource_type}")


def changed(name: str, before: Properties, after: Properties) -> bool:
    """Returns whether a property has another value."""
    return bool(before.get(name) != after.get(name))
