"""Functions and what belongs to them: versions, aliases, permissions, layers, configurations, event source mappings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ... import limits
from ...service.control_plane.runtimes import RETIRED
from ...sources.mappings import validation
from ..code import FoundCode, code_of
from ..created import Created, Made
from ..input_shapes import fitted
from ..making import Making
from .changes import change_tags, differs, new_values
from .created_type import CreatedType, Values

_BY_OTHER_CALLS = ("ReservedConcurrentExecutions", "RecursiveLoop", "RuntimeManagementConfig", "FunctionScalingConfig",
                   "PublishToLatestPublished")  # fmt: skip
INERT_PROPERTIES = (
    "VpcConfig", "FileSystemConfigs", "KmsKeyArn", "CodeSigningConfigArn", "EphemeralStorage", "Architectures",
    "CapacityProviderConfig",
)  # fmt: skip
"""Properties that the Lambda API shows, and that change nothing in a test (TPL-G0)."""
_OTHER_SOURCES = ("DocumentDBEventSourceConfig", "Queues")
"""Properties that only event source mappings of MQ and DocumentDB have."""
_NEWEST_PYTHON = "python3.13"


def create_function(making: Making) -> Made:
    """Creates a function that is active immediately."""
    name = making.name("FunctionName", FUNCTION.limit)
    if making.stack.is_strict:
        return _create_as_written(making, name)
    found = code_of(making, name)
    why = found.missing
    settings = _settings(making, found)
    with making.errors_named("CreateFunction"):
        arn = making.stack.api.create(name, found.code, settings)
    making.undo("lambda", "DeleteFunction", {"FunctionName": name})
    if why:
        making.stack.findings.cannot_run(making.logical_id, why)
    making.has_no_effect(key for key in making.properties if key in INERT_PROPERTIES)
    making.not_applied(["FunctionScalingConfig"] if "FunctionScalingConfig" in making.properties else [])
    _configure(making, name)
    return Made(name, _attributes(making, arn), name, (why,) if why else ())


def _attributes(making: Making, arn: str) -> dict[str, str]:
    snap_start = (making.get("SnapStart") or {}).get("ApplyOn", "None")
    return {"Arn": arn, "SnapStartResponse.ApplyOn": snap_start, "SnapStartResponse.OptimizationStatus": "Off"}


def _create_as_written(making: Making, name: str) -> Made:
    """Creates a function with the code that the template names, or fails as Lambda does."""
    making.not_applied(["FunctionScalingConfig"] if "FunctionScalingConfig" in making.properties else [])
    given = making.others("FunctionName", *_BY_OTHER_CALLS)
    answer = making.apply("lambda", "CreateFunction", {"FunctionName": name, "Code": {}, **given})
    making.undo("lambda", "DeleteFunction", {"FunctionName": name})
    _configure(making, name)
    return Made(name, _attributes(making, answer["FunctionArn"]), name)


def _change_function(making: Making, before: Created) -> Made:
    """Changes code, configuration and tags. Settings that the template no longer has get the default of AWS."""
    name, key = before.made.name, {"FunctionName": before.made.name}
    if differs(making, before, "Code", "Architectures"):
        architectures = making.get("Architectures") or ["x86_64"]
        making.call("lambda", "UpdateFunctionCode", {**key, **making["Code"], "Architectures": architectures})
    apart = ("FunctionName", "Code", "Tags", "Architectures", "PackageType", "TenancyConfig", "CodeSigningConfigArn")
    given = making.others(*apart, *_BY_OTHER_CALLS)
    removed = before.properties.keys() - given.keys()
    defaults = {setting: value for setting, value in _DEFAULTS.items() if setting in removed}
    making.apply("lambda", "UpdateFunctionConfiguration", {**key, **defaults, **given})
    change_tags(making, before, "lambda", {"Resource": before.made.attributes["Arn"]})
    _configure(making, name)
    _reset(making, before, key)
    return Made(name, _attributes(making, before.made.attributes["Arn"]), name)


def _reset(making: Making, before: Created, key: Mapping[str, str]) -> None:
    """Resets what the template no longer has, where the API has operations of their own."""
    removed = before.properties.keys() - making.properties.keys()
    if "ReservedConcurrentExecutions" in removed:
        making.call("lambda", "DeleteFunctionConcurrency", key)
    if "RuntimeManagementConfig" in removed:
        making.call("lambda", "PutRuntimeManagementConfig", {**key, "UpdateRuntimeOn": "Auto"})
    if "RecursiveLoop" in removed:
        making.call("lambda", "PutFunctionRecursionConfig", {**key, "RecursiveLoop": "Terminate"})
    if "CodeSigningConfigArn" in removed:
        making.call("lambda", "DeleteFunctionCodeSigningConfig", key)
    elif differs(making, before, "CodeSigningConfigArn"):
        arn = making["CodeSigningConfigArn"]
        making.call("lambda", "PutFunctionCodeSigningConfig", {**key, "CodeSigningConfigArn": arn})


def _settings(making: Making, found: FoundCode) -> dict[str, Any]:
    shape = making.stack.client("lambda").meta.service_model.operation_model("CreateFunction").input_shape
    unknown: list[str] = []
    given = making.others("FunctionName", "Code", "Handler", *_BY_OTHER_CALLS)
    settings: dict[str, Any] = fitted(shape, given, making.where, unknown)
    making.not_applied(place[len(making.where) + 1 :].replace("/", ".") for place in unknown)
    if found.missing or found.code.handler is not None:
        # A callable uses the modules of the test, and missing code needs none.
        layers = settings.pop("Layers", None)
        making.not_applied(["Layers"] if layers and not found.missing else [])
    if settings.get("PackageType") == "Image":
        written = making.get("Code")
        uri = written.get("ImageUri") if isinstance(written, Mapping) else None
        image = {"Code": {"ImageUri": str(uri or "image")}, "Runtime": None, "Handler": None}
        return {**settings, **image}
    return {**settings, **_runtime(making, settings.get("Runtime"), found)}


def _runtime(making: Making, runtime: str | None, found: FoundCode) -> dict[str, str]:
    """Returns the runtime with which the function is created. AWS does not create functions with old ones (TPL-AC)."""
    if runtime is None:
        return {}
    model = making.stack.client("lambda").meta.service_model.shape_for("Runtime")
    if not runtime.startswith("python") and found.is_given:
        making.stack.findings.cannot_run(making.logical_id, f"runs the code of handlers instead of {runtime}")
        return {"Runtime": _NEWEST_PYTHON}
    if not runtime.startswith("python"):
        making.stack.findings.cannot_run(making.logical_id, f"the runtime {runtime} is not Python")
    elif runtime in RETIRED:
        making.stack.findings.cannot_run(making.logical_id, f"AWS does not create functions with {runtime} any more")
    if runtime not in RETIRED:
        return {"Runtime": runtime}
    family = runtime.rstrip("0123456789.x")
    newer = [str(name) for name in model.enum if name.startswith(family) and name not in RETIRED]
    return {"Runtime": newer[-1] if newer else _NEWEST_PYTHON}


def _configure(making: Making, name: str) -> None:
    reserved = making.get("ReservedConcurrentExecutions")
    if reserved is not None:
        parameters = {"FunctionName": name, "ReservedConcurrentExecutions": reserved}
        making.call("lambda", "PutFunctionConcurrency", parameters)
    if making.get("RecursiveLoop") is not None:
        making.call("lambda", "PutFunctionRecursionConfig", {"FunctionName": name, "RecursiveLoop": making["RecursiveLoop"]})
    if making.get("RuntimeManagementConfig"):
        parameters = {"FunctionName": name, **making["RuntimeManagementConfig"]}
        making.apply("lambda", "PutRuntimeManagementConfig", parameters)
    if str(making.get("PublishToLatestPublished", "")).lower() == "true":
        making.call("lambda", "PublishVersion", {"FunctionName": name, "PublishTo": "LATEST_PUBLISHED"})


def _alias_routing(making: Making) -> dict[str, Any]:
    """Returns the weights of versions, which templates have as a list."""
    routing = making.get("RoutingConfig")
    if routing is None:
        return {}
    weights = routing.get("AdditionalVersionWeights") or []
    return {"RoutingConfig": {"AdditionalVersionWeights": {one["FunctionVersion"]: one["FunctionWeight"] for one in weights}}}


def _provisioned(qualifier: str) -> Any:
    """Returns what gives a version or an alias its provisioned concurrency."""

    def provision(making: Making, values: Values) -> None:
        settings = making.get("ProvisionedConcurrencyConfig")
        if settings is not None:
            key = {"FunctionName": making["FunctionName"], "Qualifier": qualifier.format_map(values)}
            making.call("lambda", "PutProvisionedConcurrencyConfig", {**key, **settings})

    return provision


def _is_streamed(properties: Mapping[str, Any]) -> str | None:
    """Returns why the URL of a streamed response is a placeholder."""
    return "streamed responses are not simulated" if properties.get("InvokeMode") == "RESPONSE_STREAM" else None


def _change_url(making: Making, before: Created) -> Made:
    defaults: dict[str, Any] = {"AuthType": None, "Cors": {}, "InvokeMode": "BUFFERED"}
    making.call("lambda", "UpdateFunctionUrlConfig", {"FunctionName": before.made.ref, **new_values(making, before, defaults)})
    return before.made


def _change_alias(making: Making, before: Created) -> Made:
    arn = before.made.attributes["AliasArn"]
    given = making.others("FunctionName", "Name", "ProvisionedConcurrencyConfig", "RoutingConfig")
    key = {"FunctionName": making["FunctionName"], "Name": making["Name"]}
    routing = _alias_routing(making) or {"RoutingConfig": {"AdditionalVersionWeights": {}}}
    making.call("lambda", "UpdateAlias", {**key, "Description": "", **given, **routing})
    if differs(making, before, "ProvisionedConcurrencyConfig"):
        if "ProvisionedConcurrencyConfig" in before.properties:
            making.call("lambda", "DeleteProvisionedConcurrencyConfig", {"FunctionName": arn})
        _provisioned("{name}")(making, {"name": making["Name"]})
    return before.made


def _change_permission(making: Making, before: Created) -> Made:
    key = {"FunctionName": before.properties["FunctionName"], "StatementId": before.made.ref}
    making.call("lambda", "RemovePermission", key)
    return LAMBDA["AWS::Lambda::Permission"](making)


def _mapping(making: Making) -> dict[str, Any]:
    """Returns the destination of failures, and the servers of Kafka. An empty destination is left out."""
    found: dict[str, Any] = {"DestinationConfig": None} if making.get("DestinationConfig") in _NO_DESTINATION else {}
    servers = ((making.get("SelfManagedEventSource") or {}).get("Endpoints") or {}).get("KafkaBootstrapServers")
    if servers:
        # The API has another name for the servers than CloudFormation.
        found["SelfManagedEventSource"] = {"Endpoints": {"KAFKA_BOOTSTRAP_SERVERS": servers}}
    return found


def _change_mapping(making: Making, before: Created) -> Made:
    """Changes an event source mapping. Settings that the template no longer has get the default of AWS."""
    source_arn = making.get("EventSourceArn")
    batch_size = limits.STREAM_BATCH_SIZE if source_arn is None else validation.defaults("", str(source_arn)).batch_size
    written = dict.fromkeys(making.others("Tags", *_FIXED_OF_MAPPINGS))
    wanted = new_values(making, before, {**written, **_MAPPING_DEFAULTS, "BatchSize": batch_size})
    if wanted.get("DestinationConfig") in _NO_DESTINATION:
        wanted["DestinationConfig"] = _MAPPING_DEFAULTS["DestinationConfig"]
    for name in _KAFKA_CONFIGS & wanted.keys():
        # An empty SchemaRegistryConfig removes it.
        wanted[name] = {"SchemaRegistryConfig": {}, **wanted[name]}
    making.apply("lambda", "UpdateEventSourceMapping", {"UUID": before.made.ref, **wanted})
    change_tags(making, before, "lambda", {"Resource": before.made.attributes["EventSourceMappingArn"]})
    return before.made


_NO_DESTINATION: tuple[Mapping[str, Any], ...] = ({}, {"OnFailure": {}})
_FIXED_OF_MAPPINGS = (
    "EventSourceArn", "StartingPosition", "StartingPositionTimestamp", "SelfManagedEventSource", "Topics",
)  # fmt: skip
_KAFKA_CONFIGS = {"AmazonManagedKafkaEventSourceConfig", "SelfManagedKafkaEventSourceConfig"}
_MAPPING_DEFAULTS: Mapping[str, Any] = {
    "AmazonManagedKafkaEventSourceConfig": {}, "SelfManagedKafkaEventSourceConfig": {},
    "Enabled": True, "MaximumBatchingWindowInSeconds": 0, "FunctionResponseTypes": [], "FilterCriteria": {"Filters": []},
    "ScalingConfig": {}, "ProvisionedPollerConfig": {}, "MetricsConfig": {}, "LoggingConfig": {}, "KmsKeyArn": "",
    "ParallelizationFactor": 1, "BisectBatchOnFunctionError": False, "MaximumRetryAttempts": -1,
    "MaximumRecordAgeInSeconds": -1, "TumblingWindowInSeconds": 0, "DestinationConfig": {"OnFailure": {"Destination": ""}},
}  # fmt: skip
_DEFAULTS: Mapping[str, Any] = {
    "Description": "", "Timeout": 3, "MemorySize": 128, "Environment": {}, "DeadLetterConfig": {"TargetArn": ""},
    "KmsKeyArn": "", "TracingConfig": {"Mode": "PassThrough"}, "EphemeralStorage": {"Size": 512}, "Layers": [],
    "VpcConfig": {"SubnetIds": [], "SecurityGroupIds": []}, "FileSystemConfigs": [], "SnapStart": {"ApplyOn": "None"},
    "LoggingConfig": {"LogFormat": "Text"},
}  # fmt: skip
FUNCTION = CreatedType(
    "lambda", "CreateFunction", name="FunctionName", create=create_function, change=_change_function,
    fixed=("PackageType", "TenancyConfig"),
    attributes={"Arn": "", "SnapStartResponse.ApplyOn": "", "SnapStartResponse.OptimizationStatus": ""},
    elsewhere=_BY_OTHER_CALLS,
    no_attribute=("SnapStartResponse",),
)  # fmt: skip
LAMBDA: Mapping[str, CreatedType] = {
    "AWS::Lambda::Function": FUNCTION,
    "AWS::Lambda::Version": CreatedType(
        "lambda", "PublishVersion", ref="{answer[FunctionArn]}",
        attributes={"Version": "{answer[Version]}", "FunctionArn": "{answer[FunctionArn]}"},
        elsewhere=("ProvisionedConcurrencyConfig",), not_applied=("CodeSha256", "FunctionScalingConfig", "RuntimePolicy"),
        undo=("DeleteFunction", {"FunctionName": "{answer[FunctionArn]}"}), after=_provisioned("{answer[Version]}"),
    ),
    "AWS::Lambda::Alias": CreatedType(
        "lambda", "CreateAlias", ref="{answer[AliasArn]}", attributes={"AliasArn": "{answer[AliasArn]}"}, name="Name",
        elsewhere=("ProvisionedConcurrencyConfig", "RoutingConfig"), before=_alias_routing,
        change=_change_alias, fixed=("FunctionName",),
        after=_provisioned("{name}"), undo=("DeleteAlias", {"FunctionName": "{given[FunctionName]}", "Name": "{name}"}),
    ),
    "AWS::Lambda::Permission": CreatedType(
        "lambda", "AddPermission", attributes={"Id": "{name}"}, before=lambda making: {"StatementId": making.logical_id},
        undo=("RemovePermission", {"FunctionName": "{given[FunctionName]}", "StatementId": "{name}"}),
        change=_change_permission,
    ),
    "AWS::Lambda::Url": CreatedType(
        "lambda", "CreateFunctionUrlConfig", ref="{answer[FunctionArn]}", renamed={"TargetFunctionArn": "FunctionName"},
        attributes={"FunctionUrl": "{answer[FunctionUrl]}", "FunctionArn": "{answer[FunctionArn]}"},
        placeholder_if=_is_streamed, or_placeholder=True,
        change=_change_url, fixed=("TargetFunctionArn", "Qualifier"),
        undo=("DeleteFunctionUrlConfig", {"FunctionName": "{answer[FunctionArn]}"}),
    ),
    "AWS::Lambda::EventInvokeConfig": CreatedType(
        "lambda", "PutFunctionEventInvokeConfig", is_put=True, fixed=("FunctionName", "Qualifier"),
        undo=("DeleteFunctionEventInvokeConfig",
              {"FunctionName": "{given[FunctionName]}", "Qualifier": "{given[Qualifier]}"}),
    ),
    "AWS::Lambda::EventSourceMapping": CreatedType(
        "lambda", "CreateEventSourceMapping", ref="{answer[UUID]}",
        attributes={"Id": "{answer[UUID]}", "EventSourceMappingArn": "{answer[EventSourceMappingArn]}"},
        undo=("DeleteEventSourceMapping", {"UUID": "{answer[UUID]}"}),
        after=lambda making, values: {"name": values["answer"]["UUID"]},
        before=_mapping, change=_change_mapping, fixed=_FIXED_OF_MAPPINGS,
        only_elsewhere=dict.fromkeys(_OTHER_SOURCES, "polls a source that is not simulated"),
    ),
}  # fmt: skip
"""The types of Lambda, except layers."""
