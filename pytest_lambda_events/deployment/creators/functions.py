"""Functions and what belongs to them: versions, aliases, permissions, layers, configurations, event source mappings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...service.control_plane.runtimes import RETIRED
from ..code import FoundCode, code_of
from ..input_shapes import fitted
from ..making import Made, Making
from .created_type import CreatedType, Values

_BY_OTHER_CALLS = ("ReservedConcurrentExecutions", "RecursiveLoop", "RuntimeManagementConfig", "FunctionScalingConfig",
                   "PublishToLatestPublished")  # fmt: skip
INERT_PROPERTIES = (
    "VpcConfig", "FileSystemConfigs", "KmsKeyArn", "CodeSigningConfigArn", "EphemeralStorage", "Architectures",
    "CapacityProviderConfig",
)  # fmt: skip
"""Properties that the Lambda API shows, and that change nothing in a test (TPL-G0)."""
_OTHER_SOURCES = (
    "AmazonManagedKafkaEventSourceConfig", "SelfManagedKafkaEventSourceConfig", "DocumentDBEventSourceConfig",
    "SelfManagedEventSource", "SourceAccessConfigurations", "Topics", "Queues",
)  # fmt: skip
"""Properties that only event source mappings of Kafka, MQ and DocumentDB have."""
_NEWEST_PYTHON = "python3.13"


def create_function(making: Making) -> Made:
    """Creates a function that is active immediately."""
    name = making.name("FunctionName", FUNCTION.limit)
    found = code_of(making, name)
    why = found.missing
    settings = _settings(making, found)
    with making.errors_named("CreateFunction"):
        arn = making.stack.api.create(name, found.code, settings)
    making.undo("lambda", "DeleteFunction", {"FunctionName": name})
    if why:
        making.stack.findings.cannot_run(making.logical_id, why)
    making.not_applied(key for key in making.properties if key in (*INERT_PROPERTIES, "FunctionScalingConfig"))
    _configure(making, name)
    attributes = {
        "Arn": arn,
        "SnapStartResponse.ApplyOn": (making.get("SnapStart") or {}).get("ApplyOn", "None"),
        "SnapStartResponse.OptimizationStatus": "Off",
    }
    return Made(name, attributes, name, (why,) if why else ())


def _settings(making: Making, found: FoundCode) -> dict[str, Any]:
    shape = making.stack.client("lambda").meta.service_model.operation_model("CreateFunction").input_shape
    unknown: list[str] = []
    given = making.others("FunctionName", "Code", "Handler", *_BY_OTHER_CALLS, *FUNCTION.refused)
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


FUNCTION = CreatedType(
    "lambda", "CreateFunction", name="FunctionName", create=create_function,
    attributes={"Arn": "", "SnapStartResponse.ApplyOn": "", "SnapStartResponse.OptimizationStatus": ""},
    elsewhere=_BY_OTHER_CALLS,
    no_attribute=("SnapStartResponse",),
    refused={"DurableConfig": "Lambda resumes a durable function"},
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
        after=_provisioned("{name}"), undo=("DeleteAlias", {"FunctionName": "{given[FunctionName]}", "Name": "{name}"}),
    ),
    "AWS::Lambda::Permission": CreatedType(
        "lambda", "AddPermission", attributes={"Id": "{name}"}, before=lambda making: {"StatementId": making.logical_id},
        undo=("RemovePermission", {"FunctionName": "{given[FunctionName]}", "StatementId": "{name}"}),
    ),
    "AWS::Lambda::Url": CreatedType(
        "lambda", "CreateFunctionUrlConfig", ref="{answer[FunctionArn]}", renamed={"TargetFunctionArn": "FunctionName"},
        attributes={"FunctionUrl": "{answer[FunctionUrl]}", "FunctionArn": "{answer[FunctionArn]}"},
        placeholder_if=_is_streamed, or_placeholder=True,
        undo=("DeleteFunctionUrlConfig", {"FunctionName": "{answer[FunctionArn]}"}),
    ),
    "AWS::Lambda::EventInvokeConfig": CreatedType(
        "lambda", "PutFunctionEventInvokeConfig",
        undo=("DeleteFunctionEventInvokeConfig",
              {"FunctionName": "{given[FunctionName]}", "Qualifier": "{given[Qualifier]}"}),
    ),
    "AWS::Lambda::EventSourceMapping": CreatedType(
        "lambda", "CreateEventSourceMapping", ref="{answer[UUID]}",
        attributes={"Id": "{answer[UUID]}", "EventSourceMappingArn": "{answer[EventSourceMappingArn]}"},
        undo=("DeleteEventSourceMapping", {"UUID": "{answer[UUID]}"}),
        after=lambda making, values: {"name": values["answer"]["UUID"]},
        only_elsewhere=dict.fromkeys(_OTHER_SOURCES, "polls a source that is not simulated"),
        not_applied=("LoggingConfig",),
    ),
}  # fmt: skip
"""The types of Lambda, except layers."""
