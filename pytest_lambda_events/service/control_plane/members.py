"""The members of the Lambda API, and how the simulation treats each.

docs/rules/check.py writes this table to the fidelity page. A member that is not in the table is refused, so members of a newer
botocore are not silently ignored.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any

from ...errors import NotSimulatedError
from ...values import dataclass
from .validation import not_simulated

CREATE, UPDATE, CODE, PUBLISH = "CreateFunction", "UpdateFunctionConfiguration", "UpdateFunctionCode", "PublishVersion"
_BOTH = (CREATE, UPDATE)
_CREATE_ONLY = (CREATE,)


class Treatment(Enum):
    """The treatments of a member by the simulation."""

    SIMULATED = "simulated"
    INERT = "accepted without effect"
    REFUSED = "refused"


SIMULATED, INERT, REFUSED = Treatment


@dataclass(frozen=True, slots=True)
class Setting:
    """A member of the operations that create and change functions.

    `text` describes the effect in the simulation. For a refused member it describes what to do instead. `parts` are nested
    members with the same treatment.
    """

    member: str
    treatment: Treatment
    text: str
    operations: tuple[str, ...] = _BOTH
    parts: tuple[str, ...] = ()


SETTINGS: tuple[Setting, ...] = (
    Setting("Runtime", SIMULATED, "Every runtime of the installed botocore is accepted. Functions with `python3.*` can be "
            "invoked, on the Python that runs the tests."),
    Setting("Handler", SIMULATED, "The module and the function that run."),
    Setting("Role", SIMULATED, "Must exist in IAM. Its policies are evaluated only with `enforce_permissions`."),
    Setting("Code", SIMULATED, "A zip file, directly or from S3.", _CREATE_ONLY,
            ("ZipFile", "S3Bucket", "S3Key", "S3ObjectVersion")),
    Setting("Code.S3ObjectStorageMode", SIMULATED, "`COPY`. `REFERENCE` is refused.", _CREATE_ONLY),
    Setting("Code.ImageUri", SIMULATED, "See `PackageType`.", _CREATE_ONLY),
    Setting("Code.SourceKMSKeyArn", REFUSED, "Leave it out.", _CREATE_ONLY),
    Setting("PackageType", SIMULATED, "`Zip`. `Image` works if the hook `pytest_lambda_events_handler` returns a callable for "
            "the first item of `ImageConfig.Command`, or for the image URI if there is no command. The callable replaces the "
            "image.",
            _CREATE_ONLY),
    Setting("ImageConfig", SIMULATED, "The first item of `Command` names the handler. `EntryPoint` and `WorkingDirectory` are "
            "returned and have no effect.", parts=("Command", "EntryPoint", "WorkingDirectory")),
    Setting("Layers", SIMULATED, "Layers of the simulated AWS are on the path of code in zip files and folders: `python/` and "
            "`python/lib/RUNTIME/site-packages/`. Other files of a layer are not in `/opt`, and extensions do not run. The "
            "packages of a layer of another account come from the Python environment of the tests, and a warning is written."),
    Setting("Environment", SIMULATED, "The environment variables of the handler. It has no others.", parts=("Variables",)),
    Setting("Timeout", SIMULATED, "In virtual time. Up to 1,800 seconds. With `CapacityProviderConfig` up to 5,400 seconds, "
            "but synchronous invocations end after 1,800."),
    Setting("MemorySize", SIMULATED, "In the context, in the variables and in `REPORT` lines. The memory that a handler uses "
            "is not measured. Up to 10,240 MB, and 32,768 with `CapacityProviderConfig`."),
    Setting("DeadLetterConfig", SIMULATED, "Receives discarded events.", parts=("TargetArn",)),
    Setting("TracingConfig", SIMULATED, "The trace header of an invocation.", parts=("Mode",)),
    Setting("LoggingConfig", SIMULATED, "Format, levels and group of the log.",
            parts=("LogFormat", "ApplicationLogLevel", "SystemLogLevel", "LogGroup")),
    Setting("SnapStart", SIMULATED, "A version loads its code when it is published, and then runs the hooks of "
            "`snapshot_restore_py` that belong before the snapshot. The hooks after the restore run before the first "
            "invocation of each execution environment. Execution environments are not copies of one snapshot: each further "
            "one loads the code again.", parts=("ApplyOn",)),
    Setting("TenancyConfig", SIMULATED, "`Invoke` needs a `TenantId`. The handler finds it in `context.tenant_id`. Tenants do "
            "not share execution environments.", _CREATE_ONLY, ("TenantIsolationMode",)),
    Setting("DurableConfig", SIMULATED, "The function runs durable executions. A function becomes durable when it is created.",
            parts=("ExecutionTimeout", "RetentionPeriodInDays", "KMSKeyArn")),
    Setting("Publish", SIMULATED, "Publishes a version.", (CREATE, CODE)),
    Setting("PublishTo", SIMULATED, "`LATEST_PUBLISHED` publishes the version `$LATEST.PUBLISHED`.", (CREATE, CODE, PUBLISH)),
    Setting("Description", INERT, "Returned."),
    Setting("Tags", INERT, "Returned.", _CREATE_ONLY),
    Setting("KMSKeyArn", INERT, "Returned. Nothing is encrypted."),
    Setting("Architectures", INERT, "Returned. Handlers run on the test machine.", (CREATE, CODE)),
    Setting("EphemeralStorage", INERT, "Returned. `/tmp` is that of the test machine, without a limit.", parts=("Size",)),
    Setting("VpcConfig", INERT, "Returned, with an empty `VpcId`. Subnets and groups need not exist. The handler can call the "
            "simulated AWS as usual.", parts=("SubnetIds", "SecurityGroupIds", "Ipv6AllowedForDualStack")),
    Setting("FileSystemConfigs", INERT, "Returned. Nothing is mounted: the handler does not find `LocalMountPath`, and a "
            "warning is written. Let the handler read the folder from an environment variable, and set it in the test.",
            parts=("[].Arn", "[].LocalMountPath", "[].S3FilesConfig", "[].S3FilesConfig.DirectS3Read")),
    Setting("CodeSigningConfigArn", INERT, "Returned by `GetFunctionCodeSigningConfig`. Signatures are not checked.",
            _CREATE_ONLY),
    Setting("CapacityProviderConfig", INERT, "Returned, and it raises the limits of `Timeout` and `MemorySize`. The capacity "
            "provider need not exist. An execution environment has one invocation at a time, and `$LATEST` can be invoked.",
            parts=("LambdaManagedInstancesCapacityProviderConfig",
                   "LambdaManagedInstancesCapacityProviderConfig.CapacityProviderArn",
                   "LambdaManagedInstancesCapacityProviderConfig.PerExecutionEnvironmentMaxConcurrency",
                   "LambdaManagedInstancesCapacityProviderConfig.ExecutionEnvironmentMemoryGiBPerVCpu")),
    Setting("RuntimeConfig", REFUSED, "Use a runtime `python3.*`."),
    Setting("AcceleratorConfig", REFUSED, "Leave it out: handlers have no accelerator here."),
)  # fmt: skip
"""The settings of a function. `FunctionName`, `RevisionId` and similar members are not settings."""

_REFERENCE = ("FunctionName", "Qualifier")
_PAGE = ("Marker", "MaxItems")
_EXECUTION = "DurableExecutionArn"
_ERROR = ("Error", "Error.ErrorMessage", "Error.ErrorType", "Error.ErrorData", "Error.StackTrace")
_OUTCOMES = (
    "MaximumRetryAttempts", "MaximumEventAgeInSeconds", "DestinationConfig", "DestinationConfig.OnSuccess",
    "DestinationConfig.OnSuccess.Destination", "DestinationConfig.OnFailure", "DestinationConfig.OnFailure.Destination",
)  # fmt: skip
_ALIAS = ("FunctionName", "Name", "FunctionVersion", "Description", "RoutingConfig", "RoutingConfig.AdditionalVersionWeights")
_URL = (
    "AuthType", "InvokeMode", "Cors", "Cors.AllowCredentials", "Cors.AllowHeaders", "Cors.AllowMethods", "Cors.AllowOrigins",
    "Cors.ExposeHeaders", "Cors.MaxAge",
)  # fmt: skip
_MAPPING = (
    "FunctionName", "Enabled", "BatchSize", "FilterCriteria", "FilterCriteria.Filters", "FilterCriteria.Filters[].Pattern",
    "KMSKeyArn", "MetricsConfig", "MetricsConfig.Metrics", "ScalingConfig", "ScalingConfig.MaximumConcurrency",
    "MaximumBatchingWindowInSeconds", "ParallelizationFactor", "DestinationConfig", "DestinationConfig.OnSuccess",
    "DestinationConfig.OnSuccess.Destination", "DestinationConfig.OnFailure", "DestinationConfig.OnFailure.Destination",
    "MaximumRecordAgeInSeconds", "BisectBatchOnFunctionError", "MaximumRetryAttempts", "TumblingWindowInSeconds",
    "FunctionResponseTypes", "ProvisionedPollerConfig", "ProvisionedPollerConfig.MinimumPollers",
    "ProvisionedPollerConfig.MaximumPollers", "ProvisionedPollerConfig.PollerGroupName", "LoggingConfig",
    "LoggingConfig.SystemLogLevel",
)  # fmt: skip
_ACCESS = ("SourceAccessConfigurations", "SourceAccessConfigurations[].Type", "SourceAccessConfigurations[].URI")
_KAFKA = (
    "Topics", "Queues", "SelfManagedEventSource", "SelfManagedEventSource.Endpoints", "AmazonManagedKafkaEventSourceConfig",
    "AmazonManagedKafkaEventSourceConfig.ConsumerGroupId", "SelfManagedKafkaEventSourceConfig",
    "SelfManagedKafkaEventSourceConfig.ConsumerGroupId", "SelfManagedKafkaEventSourceConfig.ConsumptionMode",
)  # fmt: skip
_KAFKA_CONFIGS = ("AmazonManagedKafkaEventSourceConfig", "SelfManagedKafkaEventSourceConfig")
_SCHEMAS = tuple(
    f"{config}.SchemaRegistryConfig{part}"
    for config in _KAFKA_CONFIGS
    for part in (
        "", ".SchemaRegistryURI", ".EventRecordFormat", ".AccessConfigs", ".AccessConfigs[].Type", ".AccessConfigs[].URI",
        ".SchemaValidationConfigs", ".SchemaValidationConfigs[].Attribute",
    )
)  # fmt: skip
_MAPPING_REFUSED = ("DocumentDBEventSourceConfig",)
_SIMULATED: Mapping[str, tuple[str, ...]] = {
    CREATE: ("FunctionName",),
    UPDATE: ("FunctionName", "RevisionId"),
    CODE: (
        "FunctionName", "ZipFile", "S3Bucket", "S3Key", "S3ObjectVersion", "S3ObjectStorageMode", "ImageUri", "DryRun",
        "RevisionId",
    ),
    PUBLISH: ("FunctionName", "CodeSha256", "Description", "RevisionId"),
    "Invoke": (*_REFERENCE, "InvocationType", "LogType", "ClientContext", "Payload", "TenantId", "TraceHeader",
               "DurableExecutionName"),
    "InvokeAsync": ("FunctionName", "InvokeArgs"),
    "GetFunction": _REFERENCE, "GetFunctionConfiguration": _REFERENCE, "DeleteFunction": _REFERENCE,
    "ListFunctions": ("FunctionVersion", *_PAGE),
    "ListVersionsByFunction": ("FunctionName", *_PAGE),
    "CreateAlias": _ALIAS, "UpdateAlias": (*_ALIAS, "RevisionId"), "GetAlias": ("FunctionName", "Name"),
    "DeleteAlias": ("FunctionName", "Name"), "ListAliases": ("FunctionName", "FunctionVersion", *_PAGE),
    "PutFunctionEventInvokeConfig": (*_REFERENCE, *_OUTCOMES),
    "UpdateFunctionEventInvokeConfig": (*_REFERENCE, *_OUTCOMES),
    "GetFunctionEventInvokeConfig": _REFERENCE, "DeleteFunctionEventInvokeConfig": _REFERENCE,
    "ListFunctionEventInvokeConfigs": ("FunctionName", *_PAGE),
    "PutFunctionConcurrency": ("FunctionName", "ReservedConcurrentExecutions"),
    "GetFunctionConcurrency": ("FunctionName",), "DeleteFunctionConcurrency": ("FunctionName",),
    "PutProvisionedConcurrencyConfig": (*_REFERENCE, "ProvisionedConcurrentExecutions"),
    "GetProvisionedConcurrencyConfig": _REFERENCE, "DeleteProvisionedConcurrencyConfig": _REFERENCE,
    "ListProvisionedConcurrencyConfigs": ("FunctionName", *_PAGE),
    "PutFunctionRecursionConfig": ("FunctionName", "RecursiveLoop"), "GetFunctionRecursionConfig": ("FunctionName",),
    "PutRuntimeManagementConfig": (*_REFERENCE, "UpdateRuntimeOn", "RuntimeVersionArn"),
    "GetRuntimeManagementConfig": _REFERENCE,
    "PutFunctionCodeSigningConfig": ("FunctionName", "CodeSigningConfigArn"),
    "GetFunctionCodeSigningConfig": ("FunctionName",), "DeleteFunctionCodeSigningConfig": ("FunctionName",),
    "GetAccountSettings": (),
    "TagResource": ("Resource", "Tags"), "UntagResource": ("Resource", "TagKeys"), "ListTags": ("Resource",),
    "AddPermission": (
        *_REFERENCE, "StatementId", "Action", "Principal", "SourceArn", "SourceAccount", "RevisionId", "PrincipalOrgID",
        "EventSourceToken", "FunctionUrlAuthType", "InvokedViaFunctionUrl",
    ),
    "RemovePermission": (*_REFERENCE, "StatementId", "RevisionId"), "GetPolicy": _REFERENCE,
    "CreateFunctionUrlConfig": (*_REFERENCE, *_URL), "UpdateFunctionUrlConfig": (*_REFERENCE, *_URL),
    "GetFunctionUrlConfig": _REFERENCE, "DeleteFunctionUrlConfig": _REFERENCE,
    "ListFunctionUrlConfigs": ("FunctionName", *_PAGE),
    "CreateEventSourceMapping": (
        "EventSourceArn", "StartingPosition", "StartingPositionTimestamp", "Tags", *_MAPPING, *_ACCESS, *_KAFKA,
        *_SCHEMAS,
    ),
    "UpdateEventSourceMapping": (
        "UUID", *_MAPPING, *_ACCESS, *_KAFKA_CONFIGS, *(f"{config}.ConsumerGroupId" for config in _KAFKA_CONFIGS), *_SCHEMAS,
        "SelfManagedKafkaEventSourceConfig.ConsumptionMode",
    ),
    "GetEventSourceMapping": ("UUID",), "DeleteEventSourceMapping": ("UUID",),
    "CheckpointDurableExecution": (
        _EXECUTION, "CheckpointToken", "ClientToken", "Updates", "Updates[].Id", "Updates[].ParentId", "Updates[].Name",
        "Updates[].Type", "Updates[].SubType", "Updates[].Action", "Updates[].Payload",
        *(f"Updates[].{path}" for path in _ERROR), "Updates[].ContextOptions",
        "Updates[].ContextOptions.ReplayChildren", "Updates[].StepOptions",
        "Updates[].StepOptions.NextAttemptDelaySeconds", "Updates[].WaitOptions", "Updates[].WaitOptions.WaitSeconds",
        "Updates[].CallbackOptions", "Updates[].CallbackOptions.TimeoutSeconds",
        "Updates[].CallbackOptions.HeartbeatTimeoutSeconds", "Updates[].ChainedInvokeOptions",
        "Updates[].ChainedInvokeOptions.FunctionName", "Updates[].ChainedInvokeOptions.TenantId",
        "Updates[].ChainedInvokeOptions.XAmznTraceId",
    ),
    "GetDurableExecutionState": (_EXECUTION, "CheckpointToken", *_PAGE),
    "GetDurableExecution": (_EXECUTION, "IncludeExecutionData"),
    "GetDurableExecutionHistory": (_EXECUTION, "IncludeExecutionData", "ReverseOrder", *_PAGE),
    "ListDurableExecutionsByFunction": (
        *_REFERENCE, "DurableExecutionName", "Statuses", "StartedAfter", "StartedBefore", "ReverseOrder", *_PAGE,
    ),
    "StopDurableExecution": (_EXECUTION, *_ERROR),
    "SendDurableExecutionCallbackSuccess": ("CallbackId", "Result"),
    "SendDurableExecutionCallbackFailure": ("CallbackId", *_ERROR),
    "SendDurableExecutionCallbackHeartbeat": ("CallbackId",),
    "ListEventSourceMappings": ("EventSourceArn", "FunctionName", *_PAGE),
}  # fmt: skip
_REFUSED: Mapping[str, tuple[str, ...]] = {
    CODE: ("SourceKMSKeyArn",),
    "ListFunctions": ("MasterRegion",),
    "CreateEventSourceMapping": _MAPPING_REFUSED,
    "UpdateEventSourceMapping": _MAPPING_REFUSED,
}


def _members(operation: str) -> Mapping[str, Treatment]:
    found = dict.fromkeys(_SIMULATED[operation], SIMULATED)
    found.update(dict.fromkeys(_REFUSED.get(operation, ()), REFUSED))
    for setting in SETTINGS:
        if operation in setting.operations:
            paths = (f"{setting.member}{'' if part.startswith('[') else '.'}{part}" for part in setting.parts)
            found.update(dict.fromkeys((setting.member, *paths), setting.treatment))
    return found


MEMBERS: Mapping[str, Mapping[str, Treatment]] = {operation: _members(operation) for operation in _SIMULATED}
"""The members of each operation of the simulation. Members of structures are written with dots, items of lists with `[]`."""
_STRUCTURES = {
    operation: frozenset(path.rpartition(".")[0] for path in members if "." in path) for operation, members in MEMBERS.items()
}
"""The members of each operation that have members of their own."""
_ADVICE = {setting.member: setting.text for setting in SETTINGS if setting.treatment is REFUSED}


def refuse_unknown(operation: str, parameters: Mapping[str, Any]) -> None:
    """Raises `NotSimulatedError` for a member that is refused or unknown. An empty value is ignored."""
    known = MEMBERS[operation]
    for path in _paths(parameters, _STRUCTURES[operation]):
        if known.get(path, REFUSED) is REFUSED:
            raise refusal(operation, path)


def refusal(operation: str, path: str) -> NotSimulatedError:
    """Returns the refusal of a member of an operation."""
    parent, _, member = path.rpartition(".")
    return not_simulated(f"{member} of {parent.replace('[]', '') or operation}", _ADVICE.get(path, ""))


def _paths(parameters: Mapping[str, Any], structures: frozenset[str], prefix: str = "") -> Iterator[str]:
    """Yields the members of a call as the table writes them. Members with parts are followed by their parts."""
    for name, value in parameters.items():
        if value is None or value == "" or value == {} or value == [] or value == ():
            continue
        path = f"{prefix}{name}"
        yield path
        if path in structures and isinstance(value, Mapping):
            yield from _paths(value, structures, f"{path}.")
        elif f"{path}[]" in structures and isinstance(value, (list, tuple)):
            for item in value:
                if isinstance(item, Mapping):
                    yield from _paths(item, structures, f"{path}[].")
