"""Functions and what belongs to them: versions, aliases, permissions, configurations, event source mappings."""

from __future__ import annotations

from typing import Any

from ...handles.handlers import FunctionCode
from ..code import code_of
from ..input_shapes import fitted
from ..making import Made, Making

FUNCTION_NAME_LIMIT = 64
_NOT_IN_CREATE = (
    "FunctionName", "Code", "Tags", "KmsKeyArn", "ReservedConcurrentExecutions", "RecursiveLoop", "RuntimeManagementConfig",
    "FunctionScalingConfig", "PublishToLatestPublished", "Handler",
)  # fmt: skip


def create_function(making: Making) -> Made:
    """Creates a function that is active immediately."""
    name = making.name("FunctionName", FUNCTION_NAME_LIMIT)
    code, why = code_of(making)
    shape = making.stack.client("lambda").meta.service_model.operation_model("CreateFunction").input_shape
    where = f"Resources/{making.logical_id}/Properties"
    settings = {**making.others(*_NOT_IN_CREATE), "Tags": tags(making.get("Tags")), "KMSKeyArn": making.get("KmsKeyArn")}
    settings = fitted(shape, {key: value for key, value in settings.items() if value is not None}, where)
    with making.errors_named("CreateFunction"):
        arn = making.stack.api.create(name, code or FunctionCode("missing.handler", _missing(making, why)), settings)
    making.undo("lambda", "DeleteFunction", {"FunctionName": name})
    reserved = making.get("ReservedConcurrentExecutions")
    if reserved is not None:
        parameters = {"FunctionName": name, "ReservedConcurrentExecutions": reserved}
        making.call("lambda", "PutFunctionConcurrency", parameters)
    if making.get("RecursiveLoop") is not None:
        parameters = {"FunctionName": name, "RecursiveLoop": making["RecursiveLoop"]}
        making.call("lambda", "PutFunctionRecursionConfig", parameters)
    return Made(name, {"Arn": arn}, name, (why,) if why else ())


def _missing(making: Making, why: str) -> Any:
    def missing(event: Any, context: Any) -> None:
        raise ImportError(f"{why}. Pass handlers={{{making.logical_id!r}: ...}} to deploy, a callable or a folder.")

    return missing


def tags(written: Any) -> Any:
    """Returns tags as a map. Templates have them as a list of keys and values."""
    return {one["Key"]: one["Value"] for one in written} if isinstance(written, list) else written


def create_version(making: Making) -> Made:
    """Publishes a version."""
    parameters = making.others("ProvisionedConcurrencyConfig", "RuntimePolicy", "FunctionScalingConfig")
    version = making.call("lambda", "PublishVersion", parameters)
    return Made(version["FunctionArn"], {"Version": version["Version"], "FunctionArn": version["FunctionArn"]})


def create_alias(making: Making) -> Made:
    """Creates an alias."""
    routing = making.get("RoutingConfig")
    if routing is not None:
        weights = routing.get("AdditionalVersionWeights", [])
        routing = {"AdditionalVersionWeights": {one["FunctionVersion"]: one["FunctionWeight"] for one in weights}}
    parameters = {**making.others("ProvisionedConcurrencyConfig", "RoutingConfig"), "RoutingConfig": routing}
    alias = making.call("lambda", "CreateAlias", parameters)
    key = {"FunctionName": making["FunctionName"], "Name": making["Name"]}
    making.undo("lambda", "DeleteAlias", key)
    provisioned = making.get("ProvisionedConcurrencyConfig")
    if provisioned is not None:
        settings = {"FunctionName": making["FunctionName"], "Qualifier": making["Name"], **provisioned}
        making.call("lambda", "PutProvisionedConcurrencyConfig", settings)
    return Made(alias["AliasArn"], {"AliasArn": alias["AliasArn"]}, making["Name"])


def create_permission(making: Making) -> Made:
    """Adds a statement to a function's resource policy. Its id is the logical id."""
    parameters = {**making.properties, "StatementId": making.logical_id}
    making.call("lambda", "AddPermission", parameters)
    making.undo("lambda", "RemovePermission", {"FunctionName": making["FunctionName"], "StatementId": making.logical_id})
    return Made(making.logical_id, {"Id": making.logical_id})


def create_event_invoke_config(making: Making) -> Made:
    """Configures asynchronous invocation."""
    making.call("lambda", "PutFunctionEventInvokeConfig", making.properties)
    key = {name: making.get(name) for name in ("FunctionName", "Qualifier")}
    making.undo("lambda", "DeleteFunctionEventInvokeConfig", key)
    return Made(making.logical_id)


def create_event_source_mapping(making: Making) -> Made:
    """Creates an event source mapping."""
    others = making.others("Tags", "KmsKeyArn")
    parameters = {**others, "Tags": tags(making.get("Tags")), "KMSKeyArn": making.get("KmsKeyArn")}
    mapping = making.call("lambda", "CreateEventSourceMapping", parameters)
    uuid = mapping["UUID"]
    making.undo("lambda", "DeleteEventSourceMapping", {"UUID": uuid})
    return Made(uuid, {"Id": uuid, "EventSourceMappingArn": mapping["EventSourceMappingArn"]}, uuid)
