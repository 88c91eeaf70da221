"""What the resources of moto's CloudFormation that are ours have in common: each is made, changed and deleted by itself."""

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
    """One resource of a stack. moto asks its class to create and update it, and the resource to delete itself."""

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

    # ------------------------------------------------------------------ what moto calls

    @classmethod
    def has_cfn_attr(cls, attribute: str) -> bool:
        """Whether `Fn::GetAtt` knows the attribute."""
        return attribute in cls.attributes

    def get_cfn_attribute(self, attribute: str) -> str:
        """The value of `Fn::GetAtt`."""
        from moto.cloudformation.exceptions import UnformattedGetAttTemplateException

        if attribute not in self.attributes:
            raise UnformattedGetAttTemplateException
        return self.values[attribute]

    def is_created(self) -> bool:
        """Always: creation does not wait."""
        return True

    @classmethod
    def create_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: Any, account_id: str, region_name: str, **options: Any
    ) -> Resource:
        """A new resource."""
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
        """The resource as the template has it now: changed, or where that cannot be another one in its place."""
        properties = cloudformation_json["Properties"]
        if properties == original_resource.properties:
            return original_resource
        if original_resource.change(properties):
            original_resource.properties = properties
            return original_resource
        replacement = cls.create_from_cloudformation_json(new_resource_name, cloudformation_json, account_id, region_name)
        original_resource.delete(account_id, region_name)
        return replacement

    # ------------------------------------------------------------------ what each kind does

    def create(self) -> None:
        """Make it, and set its physical id and attributes."""
        raise NotImplementedError

    def change(self, properties: Properties) -> bool:
        """Make it what the properties say, unless it has to be replaced. Returns whether it did."""
        return False

    def delete(self, account_id: str, region_name: str) -> None:
        """Delete it; what is gone already is no error."""
        raise NotImplementedError

    def call(self, operation: str, **parameters: Any) -> ApiResponse:
        """One operation of the Lambda API. Its refusal fails the stack."""
        fitting = self.fitting(operation, parameters)
        return self.attempt(lambda: self.plane.call_at_once(operation, fitting))

    def fitting(self, operation: str, parameters: Properties) -> dict[str, Any]:
        """The parameters in the types of the Lambda API."""
        fitting: dict[str, Any] = fitted(lambda_model().operation_model(operation).input_shape, parameters)
        return fitting

    def attempt(self, call: Callable[[], ApiResponse]) -> ApiResponse:
        """`call()`, with a refusal of Lambda's as one of CloudFormation's."""
        from moto.cloudformation.exceptions import ValidationError

        try:
            return call()
        except ServiceError as refusal:
            message = f"Resource handler returned message: {refusal.message} (Service: Lambda, Status Code: {refusal.status})"
            raise ValidationError(message=message) from None

    def drop(self, operation: str, **parameters: Any) -> None:
        """A deletion that may come too late."""
        try:
            self.plane.call_at_once(operation, parameters)
        except ServiceError as refusal:
            if refusal.status != 404:
                raise

    def change_tags(self, arn: str, properties: Properties) -> None:
        """Give what has this ARN the tags of the new properties."""
        before, after = tags_of(self.properties), tags_of(properties)
        if before.keys() - after.keys():
            self.call("UntagResource", Resource=arn, TagKeys=sorted(before.keys() - after.keys()))
        if after:
            self.call("TagResource", Resource=arn, Tags=after)

    def given(self, *names: str) -> dict[str, Any]:
        """Those of the properties that the template has."""
        return {name: self.properties[name] for name in names if name in self.properties}


def tags_of(properties: Properties) -> dict[str, str]:
    """The tags of a resource, which a template has as a list."""
    return {tag["Key"]: tag["Value"] for tag in properties.get("Tags") or ()}


def refuse(resource_type: str, properties: Properties, known: set[str]) -> None:
    """Raise `NotSimulatedError` for a property that is none of those known."""
    for name in sorted(properties.keys() - known):
        raise not_simulated(f"{name} of {resource_type}")


def changed(name: str, before: Properties, after: Properties) -> bool:
    """Whether a property has another value."""
    return bool(before.get(name) != after.get(name))
