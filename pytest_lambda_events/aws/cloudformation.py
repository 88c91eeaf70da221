"""Lambda's resources in moto's CloudFormation: made, changed and deleted through our control plane.

A stack is done when the call returns, so its functions are Active at once. What moto would skip is refused by name.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any, ClassVar
from unittest import mock

import moto.backends

from ..errors import NotSimulatedError
from ..service.answers import Answer
from ..service.control_plane.planes import ControlPlane, ControlPlanes
from ..service.control_plane.validation import not_simulated
from ..service.errors import ServiceError
from ..simulation.simulation import Simulation

Properties = Mapping[str, Any]
_LAYER = "AWS::Lambda::LayerVersion"
_HARMLESS = frozenset({"AWS::CDK::Metadata", "AWS::CloudFormation::WaitConditionHandle"})
"""Resources that do nothing on AWS either."""
_NUMBERS = frozenset(
    {
        "Timeout", "MemorySize", "Size", "ReservedConcurrentExecutions", "ProvisionedConcurrentExecutions",
        "MaximumRetryAttempts", "MaximumEventAgeInSeconds",
    }
)  # fmt: skip
"""Properties that a template may give as text."""


@contextmanager
def stacks_routed(planes: ControlPlanes, simulation: Simulation) -> Iterator[None]:
    """For the length of a world. moto's CloudFormation is slow to load: that waits until it is first called."""
    get_backend: Any = moto.backends.get_backend
    with ExitStack() as patches:
        is_routed = False

        def found(service: str) -> Any:
            nonlocal is_routed
            if service == "cloudformation" and not is_routed:
                is_routed = True
                patches.enter_context(_routed(planes, simulation))
            return get_backend(service)

        with mock.patch.object(moto.backends, "get_backend", found):
            yield


@contextmanager
def _routed(planes: ControlPlanes, simulation: Simulation) -> Iterator[None]:
    from moto.cloudformation import parsing

    class_of, load = parsing.resource_class_from_type, parsing.ResourceMap.load
    ours = {
        kind.type: type(kind.__name__, (kind,), {"planes": planes})
        for kind in (FunctionResource, Version, Alias, EventInvokeConfig, Permission)
    }

    def resource_class_from_type(resource_type: str) -> Any:
        if resource_type in ours:
            return ours[resource_type]
        if _is_simulated(resource_type, parsing.get_model_map()):
            return class_of(resource_type)
        raise simulation.offend(str(not_simulated(f"{resource_type} in CloudFormation")), NotSimulatedError)

    def loaded(resources: Any) -> None:
        load(resources)
        for name in resources.resources:
            template = resources._resource_json_map[name]
            condition = template.get("Condition")
            if not condition or resources.lazy_condition_map[condition]:
                resource_class_from_type(template["Type"])

    with (
        mock.patch.object(parsing, "resource_class_from_type", resource_class_from_type),
        mock.patch.object(parsing.ResourceMap, "load", loaded),
    ):
        yield


def _is_simulated(resource_type: str, models: Mapping[str, Any]) -> bool:
    if resource_type.startswith("AWS::Lambda::"):
        return resource_type == _LAYER
    return resource_type in models or resource_type in _HARMLESS


class Resource:
    """One resource of a stack. moto asks its class to create and update it, and the resource to delete itself."""

    type: ClassVar[str]
    attributes: ClassVar[tuple[str, ...]] = ()
    planes: ClassVar[ControlPlanes]

    def __init__(self, plane: ControlPlane, name: str, properties: Properties) -> None:
        self.plane = plane
        self.name = name
        self.properties = _converted(properties)
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
        properties = _converted(cloudformation_json["Properties"])
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

    def call(self, operation: str, **parameters: Any) -> Answer:
        """One operation of the Lambda API. Its refusal fails the stack."""
        return self.attempt(lambda: self.plane.call_at_once(operation, parameters))

    def attempt(self, call: Callable[[], Answer]) -> Answer:
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

    def given(self, *names: str) -> dict[str, Any]:
        """Those of the properties that the template has."""
        return {name: self.properties[name] for name in names if name in self.properties}


class FunctionResource(Resource):
    """A function; `Ref` is its name."""

    type = "AWS::Lambda::Function"
    attributes = ("Arn",)

    def create(self) -> None:
        parameters = {"FunctionName": self.name, **_function_parameters(self.properties)}
        code = _code(self.properties.get("Code") or {})
        answer = self.attempt(lambda: self.plane.create_active({**parameters, "Code": code}))
        self.values = {"Arn": answer.body["FunctionArn"]}
        try:
            self._reserve(None)
        except Exception:
            self.drop("DeleteFunction", FunctionName=self.name)
            raise

    def change(self, properties: Properties) -> bool:
        before = self.properties
        if _changed("FunctionName", before, properties) or _changed("PackageType", before, properties):
            return False
        if _changed("Code", before, properties) or _changed("Architectures", before, properties):
            self.call("UpdateFunctionCode", FunctionName=self.name, **_code(properties["Code"]), **_architectures(properties))
        self._change_configuration(properties)
        self._change_tags(properties)
        self.properties = dict(properties)
        self._reserve(before)
        return True

    def _change_configuration(self, properties: Properties) -> None:
        wanted = _function_parameters(properties)
        for name in ("Tags", "Architectures", "PackageType"):
            wanted.pop(name, None)
        # What the template no longer has goes back to AWS's default.
        removed = _function_parameters(self.properties).keys() - wanted.keys()
        defaults = {name: value for name, value in _DEFAULTS.items() if name in removed}
        self.call("UpdateFunctionConfiguration", FunctionName=self.name, **defaults, **wanted)

    def _change_tags(self, properties: Properties) -> None:
        arn, before, after = self.values["Arn"], _tags(self.properties), _tags(properties)
        if before.keys() - after.keys():
            self.call("UntagResource", Resource=arn, TagKeys=sorted(before.keys() - after.keys()))
        if after:
            self.call("TagResource", Resource=arn, Tags=after)

    def _reserve(self, before: Properties | None) -> None:
        reserved = self.properties.get("ReservedConcurrentExecutions")
        if reserved is not None:
            self.call("PutFunctionConcurrency", FunctionName=self.name, ReservedConcurrentExecutions=reserved)
        elif before is not None and "ReservedConcurrentExecutions" in before:
            self.call("DeleteFunctionConcurrency", FunctionName=self.name)

    def delete(self, account_id: str, region_name: str) -> None:
        self.drop("DeleteFunction", FunctionName=self.name)


class Version(Resource):
    """A published version; `Ref` is its ARN. A changed one is published anew."""

    type = "AWS::Lambda::Version"
    attributes = ("Version", "FunctionArn")

    def create(self) -> None:
        _refuse("AWS::Lambda::Version", self.properties, {"FunctionName", "Description", "CodeSha256", _PROVISIONED})
        made = self.call("PublishVersion", **self.given("FunctionName", "Description", "CodeSha256")).body
        self.physical_resource_id = made["FunctionArn"]
        self.values = {"Version": made["Version"], "FunctionArn": made["FunctionArn"]}
        _provision(self, made["FunctionArn"])

    def delete(self, account_id: str, region_name: str) -> None:
        self.drop("DeleteFunction", FunctionName=self.physical_resource_id)


class Alias(Resource):
    """An alias; `Ref` is its ARN."""

    type = "AWS::Lambda::Alias"
    attributes = ("AliasArn",)

    def create(self) -> None:
        self._check(self.properties)
        made = self.call("CreateAlias", **_alias_parameters(self.properties)).body
        self.physical_resource_id = made["AliasArn"]
        self.values = {"AliasArn": made["AliasArn"]}
        _provision(self, made["AliasArn"])

    def change(self, properties: Properties) -> bool:
        self._check(properties)
        if any(_changed(name, self.properties, properties) for name in ("Name", "FunctionName")):
            return False
        defaults = {"Description": "", "RoutingConfig": {"AdditionalVersionWeights": {}}}
        self.call("UpdateAlias", **{**defaults, **_alias_parameters(properties)})
        if _changed(_PROVISIONED, self.properties, properties):
            self.drop("DeleteProvisionedConcurrencyConfig", FunctionName=self.physical_resource_id)
            self.properties = dict(properties)
            _provision(self, self.physical_resource_id)
        return True

    def delete(self, account_id: str, region_name: str) -> None:
        self.drop("DeleteAlias", **self.given("FunctionName", "Name"))

    def _check(self, properties: Properties) -> None:
        known = {"FunctionName", "FunctionVersion", "Name", "Description", "RoutingConfig", _PROVISIONED}
        _refuse("AWS::Lambda::Alias", properties, known)


class EventInvokeConfig(Resource):
    """What is configured for asynchronous invocation by one qualifier."""

    type = "AWS::Lambda::EventInvokeConfig"

    def create(self) -> None:
        self.call("PutFunctionEventInvokeConfig", **self.properties)

    def change(self, properties: Properties) -> bool:
        if any(_changed(name, self.properties, properties) for name in ("FunctionName", "Qualifier")):
            return False
        self.call("PutFunctionEventInvokeConfig", **properties)
        return True

    def delete(self, account_id: str, region_name: str) -> None:
        self.drop("DeleteFunctionEventInvokeConfig", **self.given("FunctionName", "Qualifier"))


class Permission(Resource):
    """A statement of a function's resource policy; `Ref` is its id."""

    type = "AWS::Lambda::Permission"
    attributes = ("Id",)

    def create(self) -> None:
        self.call("AddPermission", StatementId=self.name, **self.properties)
        self.values = {"Id": self.name}

    def delete(self, account_id: str, region_name: str) -> None:
        self.drop("RemovePermission", StatementId=self.name, **self.given("FunctionName"))


_PROVISIONED = "ProvisionedConcurrencyConfig"
_DEFAULTS: Properties = {
    "Description": "", "Timeout": 3, "MemorySize": 128, "Environment": {}, "DeadLetterConfig": {"TargetArn": ""},
    "KMSKeyArn": "", "TracingConfig": {"Mode": "PassThrough"}, "EphemeralStorage": {"Size": 512},
    "LoggingConfig": {"LogFormat": "Text"},
}  # fmt: skip


def _function_parameters(properties: Properties) -> dict[str, Any]:
    parameters = {
        name: value
        for name, value in properties.items()
        if name not in ("Code", "FunctionName", "ReservedConcurrentExecutions", "Tags", "KmsKeyArn")
    }
    if "KmsKeyArn" in properties:
        parameters["KMSKeyArn"] = properties["KmsKeyArn"]
    if "Tags" in properties:
        parameters["Tags"] = _tags(properties)
    return parameters


def _architectures(properties: Properties) -> dict[str, Any]:
    return {"Architectures": properties.get("Architectures") or ["x86_64"]}


def _tags(properties: Properties) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in properties.get("Tags") or ()}


def _code(code: Properties) -> dict[str, Any]:
    """The code of a template, whose `ZipFile` is the text of `index.py`."""
    if "ZipFile" not in code:
        return dict(code)
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        # The default instant of an entry: the same text gives the same bytes.
        file.writestr(zipfile.ZipInfo("index.py"), code["ZipFile"])
    return {**code, "ZipFile": archive.getvalue()}


def _alias_parameters(properties: Properties) -> dict[str, Any]:
    parameters = {name: value for name, value in properties.items() if name not in (_PROVISIONED, "RoutingConfig")}
    if "RoutingConfig" in properties:
        weights = properties["RoutingConfig"].get("AdditionalVersionWeights") or ()
        parameters["RoutingConfig"] = {
            "AdditionalVersionWeights": {one["FunctionVersion"]: float(one["FunctionWeight"]) for one in weights}
        }
    return parameters


def _provision(resource: Resource, arn: str) -> None:
    if _PROVISIONED in resource.properties:
        resource.call("PutProvisionedConcurrencyConfig", FunctionName=arn, **resource.properties[_PROVISIONED])


def _refuse(resource_type: str, properties: Properties, known: set[str]) -> None:
    for name in sorted(properties.keys() - known):
        raise not_simulated(f"{name} of {resource_type}")


def _changed(name: str, before: Properties, after: Properties) -> bool:
    return bool(before.get(name) != after.get(name))


def _converted(value: Any, name: str = "") -> Any:
    """Properties with numbers as numbers, whatever the template had."""
    if isinstance(value, Mapping):
        return {key: _converted(part, key) for key, part in value.items()}
    if isinstance(value, str) and name in _NUMBERS:
        return int(value)
    return value
