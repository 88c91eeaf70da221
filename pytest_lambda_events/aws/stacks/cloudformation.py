"""Lambda's resources in moto's CloudFormation: our control plane creates, changes and deletes them.

A stack is complete when the call returns, so its functions are Active immediately. Types that moto would skip are refused by
name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ...errors import LambdaEventsError, NotSimulatedError
from ...patching import attribute_patched
from ...service.control_plane.planes import ControlPlanes
from ...service.control_plane.validation import not_simulated
from ...simulation.simulation import Simulation
from ..lambda_service.layers import MotoLayers
from ..refusals.checks import advice_for
from .buckets import buckets_configured
from .checks import templates_checked
from .iam import ManagedPolicyResource, RoleResource
from .inline_code import zipped
from .layers import LayerVersionResource
from .log_filters import SubscriptionFilterResource
from .mappings import EventSourceMappingResource
from .parsing import parser_repaired
from .pipes import PipeResource
from .policies import QueuePolicy, TopicPolicy
from .resource import Properties, Resource, changed, refuse, tags_of
from .rollback import failures_rolled_back
from .schedules import ScheduleGroupResource, ScheduleResource
from .sns import SubscriptionResource, TopicResource

_HARMLESS = frozenset({"AWS::CDK::Metadata", "AWS::CloudFormation::WaitConditionHandle"})
"""Resources that have no effect on AWS either."""


@contextmanager
def stacks_connected(planes: ControlPlanes, simulation: Simulation, layers: MotoLayers) -> Iterator[None]:
    """Connects stacks with our control planes."""
    from moto.cloudformation import parsing

    class_of, load = parsing.resource_class_from_type, parsing.ResourceMap.load
    ours = {kind.type: type(kind.__name__, (kind,), {"planes": planes, "layers": layers}) for kind in _KINDS}

    def refused(message: str) -> LambdaEventsError:
        return simulation.record_misuse(message, NotSimulatedError)

    def resource_class_from_type(resource_type: str) -> Any:
        if resource_type in ours:
            return ours[resource_type]
        if _is_simulated(resource_type, parsing.get_model_map()):
            return class_of(resource_type)
        raise refused(str(not_simulated(f"{resource_type} in CloudFormation", _advice(resource_type))))

    def loaded(resources: Any) -> None:
        load(resources)
        for name in resources.resources:
            template = resources._resource_json_map[name]
            condition = template.get("Condition")
            if not condition or resources.lazy_condition_map[condition]:
                resource_class_from_type(template["Type"])

    with (
        attribute_patched(parsing, "resource_class_from_type", resource_class_from_type),
        attribute_patched(parsing.ResourceMap, "load", loaded),
        parser_repaired(ours.__contains__, refused),
        templates_checked(),
        buckets_configured(),
        failures_rolled_back(),
    ):
        yield


def _is_simulated(resource_type: str, models: Mapping[str, Any]) -> bool:
    if resource_type.startswith("AWS::Lambda::"):
        return False
    return resource_type in models or resource_type in _HARMLESS


def _advice(resource_type: str) -> str:
    if resource_type.startswith("AWS::Serverless::"):
        return (
            "CloudFormation has this type only after SAM's transform, which moto does not apply: translate the template with "
            "aws-sam-translator and pass the result."
        )
    known = advice_for(resource_type)
    return f"{known}{' ' if known else ''}Leave the resource out of the template that the test passes."


class FunctionResource(Resource):
    """A function; `Ref` is its name."""

    type = "AWS::Lambda::Function"
    attributes = ("Arn",)

    def create(self) -> None:
        parameters = {"FunctionName": self.name, **_function_parameters(self.properties)}
        code = _code(self.properties.get("Code") or {})
        fitting = self.fitting("CreateFunction", {**parameters, "Code": code})
        answer = self.attempt(lambda: self.plane.create_active(fitting))
        self.values = {"Arn": answer.body["FunctionArn"]}
        try:
            self._reserve(None)
            self._configure_others({})
        except Exception:
            self.drop("DeleteFunction", FunctionName=self.name)
            raise

    def change(self, properties: Properties) -> bool:
        before = self.properties
        if any(changed(name, before, properties) for name in ("FunctionName", "PackageType", "TenancyConfig")):
            return False
        if changed("Code", before, properties) or changed("Architectures", before, properties):
            self.call("UpdateFunctionCode", FunctionName=self.name, **_code(properties["Code"]), **_architectures(properties))
        self._change_configuration(properties)
        self.change_tags(self.values["Arn"], properties)
        self.properties = dict(properties)
        self._reserve(before)
        self._configure_others(before)
        return True

    def _change_configuration(self, properties: Properties) -> None:
        wanted = _function_parameters(properties)
        for name in ("Tags", "Architectures", "PackageType", "TenancyConfig", "CodeSigningConfigArn"):
            wanted.pop(name, None)
        # Settings that the template no longer has get AWS's default.
        removed = _function_parameters(self.properties).keys() - wanted.keys()
        defaults = {name: value for name, value in _DEFAULTS.items() if name in removed}
        self.call("UpdateFunctionConfiguration", FunctionName=self.name, **defaults, **wanted)

    def _configure_others(self, before: Properties) -> None:
        """Sets what the API has separate operations for. Settings that the template no longer has get AWS's default."""
        if changed("RuntimeManagementConfig", before, self.properties):
            management = self.properties.get("RuntimeManagementConfig") or {"UpdateRuntimeOn": "Auto"}
            self.call("PutRuntimeManagementConfig", FunctionName=self.name, **management)
        if changed("RecursiveLoop", before, self.properties):
            loop = self.properties.get("RecursiveLoop") or "Terminate"
            self.call("PutFunctionRecursionConfig", FunctionName=self.name, RecursiveLoop=loop)
        if before and changed("CodeSigningConfigArn", before, self.properties):
            arn = self.properties.get("CodeSigningConfigArn")
            operation = "PutFunctionCodeSigningConfig" if arn else "DeleteFunctionCodeSigningConfig"
            self.call(operation, FunctionName=self.name, **({"CodeSigningConfigArn": arn} if arn else {}))

    def _reserve(self, before: Properties | None) -> None:
        reserved = self.properties.get("ReservedConcurrentExecutions")
        if reserved is not None:
            self.call("PutFunctionConcurrency", FunctionName=self.name, ReservedConcurrentExecutions=reserved)
        elif before is not None and "ReservedConcurrentExecutions" in before:
            self.call("DeleteFunctionConcurrency", FunctionName=self.name)

    def delete(self, account_id: str, region_name: str) -> None:
        self.drop("DeleteFunction", FunctionName=self.name)


class Version(Resource):
    """A published version. `Ref` is its ARN. A change publishes a new one."""

    type = "AWS::Lambda::Version"
    attributes = ("Version", "FunctionArn")

    def create(self) -> None:
        refuse("AWS::Lambda::Version", self.properties, {"FunctionName", "Description", "CodeSha256", _PROVISIONED})
        made = self.call("PublishVersion", **self.given("FunctionName", "Description", "CodeSha256")).body
        self.physical_resource_id = made["FunctionArn"]
        self.values = {"Version": made["Version"], "FunctionArn": made["FunctionArn"]}
        _provision(self, made["FunctionArn"])

    def delete(self, account_id: str, region_name: str) -> None:
        self.drop("DeleteFunction", FunctionName=self.physical_resource_id)


class Alias(Resource):
    """An alias. `Ref` is its ARN."""

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
        if any(changed(name, self.properties, properties) for name in ("Name", "FunctionName")):
            return False
        defaults = {"Description": "", "RoutingConfig": {"AdditionalVersionWeights": {}}}
        self.call("UpdateAlias", **{**defaults, **_alias_parameters(properties)})
        if changed(_PROVISIONED, self.properties, properties):
            self.drop("DeleteProvisionedConcurrencyConfig", FunctionName=self.physical_resource_id)
            self.properties = dict(properties)
            _provision(self, self.physical_resource_id)
        return True

    def delete(self, account_id: str, region_name: str) -> None:
        self.drop("DeleteAlias", **self.given("FunctionName", "Name"))

    def _check(self, properties: Properties) -> None:
        known = {"FunctionName", "FunctionVersion", "Name", "Description", "RoutingConfig", _PROVISIONED}
        refuse("AWS::Lambda::Alias", properties, known)


class EventInvokeConfig(Resource):
    """The settings of one qualifier for asynchronous invocation."""

    type = "AWS::Lambda::EventInvokeConfig"

    def create(self) -> None:
        self.call("PutFunctionEventInvokeConfig", **self.properties)

    def change(self, properties: Properties) -> bool:
        if any(changed(name, self.properties, properties) for name in ("FunctionName", "Qualifier")):
            return False
        self.call("PutFunctionEventInvokeConfig", **properties)
        return True

    def delete(self, account_id: str, region_name: str) -> None:
        self.drop("DeleteFunctionEventInvokeConfig", **self.given("FunctionName", "Qualifier"))


class Permission(Resource):
    """A statement of a function's resource policy. `Ref` is its id."""

    type = "AWS::Lambda::Permission"
    attributes = ("Id",)

    def create(self) -> None:
        self.call("AddPermission", StatementId=self.name, **self.properties)
        self.values = {"Id": self.name}

    def delete(self, account_id: str, region_name: str) -> None:
        self.drop("RemovePermission", StatementId=self.name, **self.given("FunctionName"))


_KINDS: tuple[type[Resource], ...] = (
    FunctionResource, Version, Alias, EventInvokeConfig, Permission, EventSourceMappingResource, RoleResource,
    LayerVersionResource, ManagedPolicyResource, TopicResource, SubscriptionResource, TopicPolicy, QueuePolicy,
    ScheduleResource, ScheduleGroupResource, SubscriptionFilterResource, PipeResource,
)  # fmt: skip
_PROVISIONED = "ProvisionedConcurrencyConfig"
_NOT_OF_THE_FUNCTION = frozenset(
    {
        "Code", "FunctionName", "ReservedConcurrentExecutions", "Tags", "KmsKeyArn", "RecursiveLoop",
        "RuntimeManagementConfig",
    }
)  # fmt: skip
"""Properties that are not members of `CreateFunction` and `UpdateFunctionConfiguration`, or have another name there."""
_DEFAULTS: Properties = {
    "Description": "", "Timeout": 3, "MemorySize": 128, "Environment": {}, "DeadLetterConfig": {"TargetArn": ""},
    "KMSKeyArn": "", "TracingConfig": {"Mode": "PassThrough"}, "EphemeralStorage": {"Size": 512}, "Layers": [],
    "VpcConfig": {"SubnetIds": [], "SecurityGroupIds": []}, "FileSystemConfigs": [], "SnapStart": {"ApplyOn": "None"},
    "LoggingConfig": {"LogFormat": "Text"},
}  # fmt: skip


def _function_parameters(properties: Properties) -> dict[str, Any]:
    parameters = {name: value for name, value in properties.items() if name not in _NOT_OF_THE_FUNCTION}
    if "KmsKeyArn" in properties:
        parameters["KMSKeyArn"] = properties["KmsKeyArn"]
    if "Tags" in properties:
        parameters["Tags"] = tags_of(properties)
    return parameters


def _architectures(properties: Properties) -> dict[str, Any]:
    return {"Architectures": properties.get("Architectures") or ["x86_64"]}


def _code(code: Properties) -> dict[str, Any]:
    """Returns the code of a template, whose `ZipFile` is the text of `index.py`. AWS adds the module that it may import."""
    if "ZipFile" not in code:
        return dict(code)
    return {**code, "ZipFile": zipped(code["ZipFile"])}


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
