"""The constraints of each member of a call, as botocore's model of the API describes them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ... import limits
from ...values import dataclass
from . import function_names

DESTINATION_PATTERN = (
    r"$|kafka://([^.]([a-zA-Z0-9\-_.]{0,248}))|arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\-])+:"
    r"((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1})?:(\d{12})?:(.*)"
)
"""The pattern of a destination (DST-06)."""
SOURCE_PATTERN = (
    r"arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\-])+:((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1})?:(\d{12})?:(.*)"
)
"""The pattern of the ARN of an event source."""
_ARN_PATTERN = r"(arn:(aws[a-zA-Z-]*)?:[a-z0-9-.]+:.*)|()"


@dataclass(frozen=True, slots=True)
class Constraint:
    """The bounds of a number or of the length of a text, the pattern or choices of a text, and the choices or the bounds of
    the length and the pattern of the items of a list.

    A number is whole unless `is_fraction`. The message about a value that `is_sensitive` does not show the value.
    """

    minimum: float | None = None
    maximum: float | None = None
    pattern: str | None = None
    choices: tuple[str, ...] = ()
    item_choices: tuple[str, ...] = ()
    item_length: tuple[int, int] | None = None
    item_pattern: str = ".*"
    is_number: bool = False
    is_fraction: bool = False
    is_sensitive: bool = False

    def violations(self, value: Any) -> Iterator[str]:
        """Returns the constraints that the value violates."""
        size, kind = (len(value), "length") if isinstance(value, (str, bytes, list, tuple, dict)) else (value, "value")
        if self.minimum is not None and size < self.minimum:
            yield f"have {kind} greater than or equal to {self.minimum}"
        if self.maximum is not None and size > self.maximum:
            yield f"have {kind} less than or equal to {self.maximum}"
        if self.pattern is not None and not re.fullmatch(self.pattern, value):
            yield f"satisfy regular expression pattern: {self.pattern}"
        if self.choices and value not in self.choices:
            yield f"satisfy enum value set: [{', '.join(self.choices)}]"
        if self.item_choices and any(item not in self.item_choices for item in value):
            choices = ", ".join(self.item_choices)
            yield f"satisfy constraint: [Member must satisfy enum value set: [{choices}], Member must not be null]"
        least, most = self.item_length or (0, 0)
        if self.item_length is not None and any(
            not (least <= len(item) <= most and re.fullmatch(self.item_pattern, item, re.DOTALL)) for item in value
        ):
            yield (
                f"satisfy constraint: [Member must have length less than or equal to {most}, Member must have length greater "
                f"than or equal to {least}, Member must satisfy regular expression pattern: {self.item_pattern}, Member must "
                "not be null]"
            )


def _number(minimum: int, maximum: int | None = None) -> Constraint:
    return Constraint(minimum, maximum, is_number=True)


_KEY = Constraint(0, 10_000, _ARN_PATTERN)
_BUCKET = Constraint(3, 63, r"[0-9A-Za-z\.\-_]*(?<!\.)")
_S3_TEXT = Constraint(1, 1024, r".*")
_STORAGE_MODE = Constraint(choices=("COPY", "REFERENCE"))
_TAGGED = Constraint(
    1, 10_000,
    r"arn:(aws[a-zA-Z-]*):lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:\d{12}:(function:[a-zA-Z0-9-_]+"
    r"(:(\$LATEST|[a-zA-Z0-9-_]+))?|code-signing-config:csc-[a-z0-9]{17}|event-source-mapping:[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-"
    r"[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}|(capacity-provider|network-connector):[a-zA-Z0-9-_]{1,64})",
)  # fmt: skip
_INSTANCES = "CapacityProviderConfig.LambdaManagedInstancesCapacityProviderConfig."
_DESTINATION = Constraint(0, 350, DESTINATION_PATTERN)
_EXECUTION_NAME = Constraint(1, 64, r"[a-zA-Z0-9-_]+")
_BASE64 = r"[A-Za-z0-9+/]+={0,2}"
CONSTRAINTS: Mapping[str, Constraint] = {
    "FunctionName": Constraint(1, 256, function_names.NAMESPACED_PATTERN),
    "Timeout": _number(*limits.TIMEOUT_SECONDS),
    "MemorySize": _number(*limits.MEMORY_MEGABYTES),
    "EphemeralStorage.Size": _number(*limits.EPHEMERAL_STORAGE_MEGABYTES),
    "Handler": Constraint(0, 128, r"[^\s]+"),
    "Description": Constraint(0, 256),
    "Role": Constraint(0, 10_000, r"arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+"),
    "PublishTo": Constraint(choices=("LATEST_PUBLISHED",)),
    "VpcConfig.SubnetIds": Constraint(0, 16),
    "VpcConfig.SecurityGroupIds": Constraint(0, 5),
    "FileSystemConfigs": Constraint(0, 1),
    "FileSystemConfigs[].Arn": Constraint(
        0,
        256,
        r"arn:aws[a-zA-Z-]*:elasticfilesystem:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:\d{12}:access-point/"
        r"fsap-[a-f0-9]{17}$|^arn:aws[-a-z]*:s3files:[0-9a-z-:]+:file-system/fs-[0-9a-f]{17,40}/access-point/"
        r"fsap-[0-9a-f]{17,40}",
    ),
    "FileSystemConfigs[].LocalMountPath": Constraint(0, 160, r"/mnt/[a-zA-Z0-9-_.]+"),
    "FileSystemConfigs[].S3FilesConfig.DirectS3Read": Constraint(choices=("ENABLED", "DISABLED", "AUTO")),
    "CodeSigningConfigArn": Constraint(
        0,
        200,
        r"arn:(aws[a-zA-Z-]*)?:lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:\d{12}:code-signing-config:"
        r"csc-[a-z0-9]{17}",
    ),
    "ImageConfig.EntryPoint": Constraint(0, 1500),
    "ImageConfig.Command": Constraint(0, 1500),
    "ImageConfig.WorkingDirectory": Constraint(0, 1000),
    "SnapStart.ApplyOn": Constraint(choices=("PublishedVersions", "None")),
    "TenancyConfig.TenantIsolationMode": Constraint(choices=("PER_TENANT",)),
    f"{_INSTANCES}CapacityProviderArn": Constraint(
        1,
        140,
        r"arn:aws[a-zA-Z-]*:lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:\d{12}:capacity-provider:"
        r"[a-zA-Z0-9-_]+",
    ),
    f"{_INSTANCES}PerExecutionEnvironmentMaxConcurrency": _number(1, 1600),
    f"{_INSTANCES}ExecutionEnvironmentMemoryGiBPerVCpu": Constraint(2, 8, is_number=True, is_fraction=True),
    "PackageType": Constraint(choices=("Zip", "Image")),
    "Architectures": Constraint(1, 1, item_choices=("x86_64", "arm64")),
    "TracingConfig.Mode": Constraint(choices=("Active", "PassThrough")),
    "LoggingConfig.LogFormat": Constraint(choices=("Text", "JSON")),
    "LoggingConfig.ApplicationLogLevel": Constraint(choices=("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")),
    "LoggingConfig.SystemLogLevel": Constraint(choices=("DEBUG", "INFO", "WARN")),
    "LoggingConfig.LogGroup": Constraint(1, 512, r"[\.\-_/#A-Za-z0-9]+"),
    "DeadLetterConfig.TargetArn": _KEY,
    "KMSKeyArn": _KEY,
    "Code.S3Bucket": _BUCKET,
    "Code.S3Key": _S3_TEXT,
    "Code.S3ObjectVersion": _S3_TEXT,
    "Code.S3ObjectStorageMode": _STORAGE_MODE,
    "Code.SourceKMSKeyArn": _KEY,
    "S3Bucket": _BUCKET,
    "S3Key": _S3_TEXT,
    "S3ObjectVersion": _S3_TEXT,
    "S3ObjectStorageMode": _STORAGE_MODE,
    "SourceKMSKeyArn": _KEY,
    "UpdateRuntimeOn": Constraint(choices=("Auto", "Manual", "FunctionUpdate")),
    "RuntimeVersionArn": Constraint(
        26,
        2048,
        r"((arn:(aws[a-zA-Z-]*):lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}::runtime:.+)|(arn:(aws[a-zA-Z-]*)"
        r":lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:\d{12}:runtime/[A-Za-z0-9_.-]{1,128}/version/"
        r"[A-Za-z0-9_.-]{1,128}))",
    ),
    "InvocationType": Constraint(choices=("Event", "RequestResponse", "DryRun")),
    "LogType": Constraint(choices=("None", "Tail")),
    "TenantId": Constraint(1, 256, r"[a-zA-Z0-9\._:\/=+\-@ ]+"),
    "Resource": _TAGGED,
    "MaximumRetryAttempts": _number(0, limits.MAXIMUM_RETRY_ATTEMPTS),
    "MaximumEventAgeInSeconds": _number(limits.MINIMUM_EVENT_AGE_SECONDS, limits.MAXIMUM_EVENT_AGE_SECONDS),
    "DestinationConfig.OnSuccess.Destination": _DESTINATION,
    "DestinationConfig.OnFailure.Destination": _DESTINATION,
    "DurableConfig.ExecutionTimeout": _number(1, limits.DURABLE_SECONDS),
    "DurableConfig.RetentionPeriodInDays": _number(1, 90),
    "DurableConfig.KMSKeyArn": _KEY,
    "DurableExecutionName": _EXECUTION_NAME,
    "DurableExecutionArn": Constraint(
        1,
        1024,
        r"arn:([a-zA-Z0-9-]+):lambda:([a-zA-Z0-9-]+):(\d{12}):function:([a-zA-Z0-9_-]+):(\$LATEST(?:\.PUBLISHED)?|[0-9]+)"
        r"/durable-execution/([a-zA-Z0-9_-]+)/([a-zA-Z0-9_-]+)",
    ),
    "CheckpointToken": Constraint(1, 2048, _BASE64),
    "ClientToken": Constraint(1, 64, r"[\x21-\x7E]+"),
    "CallbackId": Constraint(1, 1024, _BASE64),
    "ReservedConcurrentExecutions": _number(0),
    "ProvisionedConcurrentExecutions": _number(1),
    "Name": Constraint(1, 128, r"(?!^[0-9]+$)([a-zA-Z0-9-_]+)"),
    "FunctionVersion": Constraint(1, 1024, r"(\$LATEST(\.PUBLISHED)?|[0-9]+)"),
    "Qualifier": Constraint(1, 128, r"\$(LATEST(\.PUBLISHED)?)|[a-zA-Z0-9-_$]+"),
    "RecursiveLoop": Constraint(choices=("Terminate", "Allow")),
    "MaxItems": _number(1, 10_000),
    "StatementId": Constraint(1, 100, r"([a-zA-Z0-9-_.]+)"),
    "Action": Constraint(0, 10_000, r"(lambda:[*]|lambda:[a-zA-Z]+|[*])"),
    "SourceAccount": Constraint(0, 12, r"\d{12}"),
    "Principal": Constraint(0, 2048, r"[^\s]+"),
    "SourceArn": Constraint(0, 10_000, SOURCE_PATTERN),
    "FunctionUrlAuthType": Constraint(choices=("NONE", "AWS_IAM")),
    "AuthType": Constraint(choices=("NONE", "AWS_IAM")),
    "InvokeMode": Constraint(choices=("BUFFERED", "RESPONSE_STREAM")),
    "Cors.AllowHeaders": Constraint(0, 100, item_length=(0, 1024)),
    "Cors.AllowMethods": Constraint(0, 6, item_length=(0, 6)),
    "Cors.AllowOrigins": Constraint(0, 100, item_length=(1, 253)),
    "Cors.ExposeHeaders": Constraint(0, 100, item_length=(0, 1024)),
    "Cors.MaxAge": _number(0, 86_400),
    "PrincipalOrgID": Constraint(12, 34, r"o-[a-z0-9]{10,32}"),
    "EventSourceToken": Constraint(0, 256, r"[a-zA-Z0-9._\-]+"),
}
MANAGED: Mapping[str, Constraint] = {
    "Timeout": _number(*limits.MANAGED_TIMEOUT_SECONDS),
    "MemorySize": _number(*limits.MANAGED_MEMORY_MEGABYTES),
}
"""The constraints of functions on Managed Instances."""
_SMALL_PAGES = {"MaxItems": _number(1, 50)}
_DURABLE_PAGES = {"MaxItems": _number(0, 1000)}
_UPDATES = {
    f"Updates[].{path}": constraint
    for path, constraint in {
        "Id": _EXECUTION_NAME,
        "ParentId": _EXECUTION_NAME,
        "Name": Constraint(1, 256, r"[\x20-\x7E]+"),
        "Type": Constraint(choices=("EXECUTION", "CONTEXT", "STEP", "WAIT", "CALLBACK", "CHAINED_INVOKE")),
        "SubType": Constraint(1, 32, r"[a-zA-Z0-9-_]+"),
        "Action": Constraint(choices=("START", "SUCCEED", "FAIL", "RETRY", "CANCEL")),
        "Payload": Constraint(0, limits.SYNCHRONOUS_PAYLOAD_BYTES, is_sensitive=True),
        "StepOptions.NextAttemptDelaySeconds": _number(1, limits.DURABLE_SECONDS),
        "WaitOptions.WaitSeconds": _number(1, limits.DURABLE_SECONDS),
        "CallbackOptions.TimeoutSeconds": _number(0, 99_999_999),
        "CallbackOptions.HeartbeatTimeoutSeconds": _number(0, 99_999_999),
        "ChainedInvokeOptions.FunctionName": Constraint(1, 256, function_names.NAMESPACED_PATTERN),
        "ChainedInvokeOptions.TenantId": Constraint(1, 256, r"[a-zA-Z0-9\._:\/=+\-@ ]+"),
        "ChainedInvokeOptions.XAmznTraceId": Constraint(0, 8192),
    }.items()
}
_URL = {
    "FunctionName": Constraint(1, 140, function_names.ALIASED_PATTERN),
    "Qualifier": Constraint(1, 128, r"((?!^\d+$)^[0-9a-zA-Z-_]+$)"),
}
_OF_ONE_FUNCTION = {"FunctionName": Constraint(1, 140, function_names.PATTERN)}
_PROVISIONED = {**_OF_ONE_FUNCTION, "Qualifier": Constraint(1, 128, r"(|[a-zA-Z0-9$_-]+)")}
_RECURSION = {"FunctionName": Constraint(1, 140, function_names.UNQUALIFIED_PATTERN)}
_LISTED_MAPPINGS: Mapping[str, Constraint] = {
    "EventSourceArn": Constraint(0, 10_000, SOURCE_PATTERN),
}
_KAFKA_NAME = Constraint(1, 200, r"[ a-zA-Z0-9-\/*:_+=.@-]*")
_SCHEMAS: Mapping[str, Constraint] = {
    f"{config}.SchemaRegistryConfig.{member}": constraint
    for config in ("AmazonManagedKafkaEventSourceConfig", "SelfManagedKafkaEventSourceConfig")
    for member, constraint in {
        "SchemaRegistryURI": Constraint(1, 10_000, r"[a-zA-Z0-9-\/*:_+=.@-]*"),
        "EventRecordFormat": Constraint(choices=("JSON", "SOURCE")),
        "AccessConfigs[].Type": Constraint(
            choices=("BASIC_AUTH", "CLIENT_CERTIFICATE_TLS_AUTH", "SERVER_ROOT_CA_CERTIFICATE", "OAUTHBEARER_AUTH")
        ),
        "AccessConfigs[].URI": Constraint(0, 10_000, SOURCE_PATTERN),
        "SchemaValidationConfigs[].Attribute": Constraint(choices=("KEY", "VALUE")),
    }.items()
}
_MAPPING: Mapping[str, Constraint] = {
    **_LISTED_MAPPINGS,
    **_SCHEMAS,
    "BatchSize": _number(1, limits.BATCH_SIZE),
    "MaximumBatchingWindowInSeconds": _number(0, limits.BATCHING_WINDOW_SECONDS),
    "MaximumRetryAttempts": _number(-1, 10_000),
    "MaximumRecordAgeInSeconds": _number(-1, limits.RECORD_AGE_SECONDS[1]),
    "ParallelizationFactor": _number(1, 10),
    "TumblingWindowInSeconds": _number(0, 900),
    "Queues": Constraint(1, 1),
    "SelfManagedEventSource.Endpoints": Constraint(1, 2),
    "AmazonManagedKafkaEventSourceConfig.ConsumerGroupId": _KAFKA_NAME,
    "SelfManagedKafkaEventSourceConfig.ConsumerGroupId": _KAFKA_NAME,
    "SelfManagedKafkaEventSourceConfig.ConsumptionMode": Constraint(choices=("Stream", "Queue")),
    "Topics": Constraint(1, 1, item_length=(1, 249), item_pattern=r"[^.]([a-zA-Z0-9\-_.]+)"),
    "SourceAccessConfigurations": Constraint(0, 23),
    "SourceAccessConfigurations[].URI": _KAFKA_NAME,
    "SourceAccessConfigurations[].Type": Constraint(
        choices=(
            "BASIC_AUTH",
            "VPC_SUBNET",
            "VPC_SECURITY_GROUP",
            "SASL_SCRAM_512_AUTH",
            "SASL_SCRAM_256_AUTH",
            "VIRTUAL_HOST",
            "CLIENT_CERTIFICATE_TLS_AUTH",
            "SERVER_ROOT_CA_CERTIFICATE",
            "OAUTHBEARER_AUTH",
            "OAUTHBEARER_SCOPE",
            "OAUTHBEARER_AUDIENCE",
            "OAUTHBEARER_LOGICAL_CLUSTER",
            "OAUTHBEARER_IDENTITY_POOL",
            "IAM_AUTH",
            "IAM_OAUTHBEARER_AUTH",
        )
    ),
    "StartingPosition": Constraint(choices=("LATEST", "AT_TIMESTAMP", "TRIM_HORIZON")),
    "FunctionResponseTypes": Constraint(0, 1, item_choices=("ReportBatchItemFailures",)),
    "MetricsConfig.Metrics": Constraint(0, 3, item_choices=("EventCount", "ErrorCount", "KafkaMetrics")),
    "FilterCriteria.Filters[].Pattern": Constraint(0, limits.FILTER_PATTERN_CHARACTERS),
    "ScalingConfig.MaximumConcurrency": _number(*limits.MAXIMUM_CONCURRENCY),
    "ProvisionedPollerConfig.MinimumPollers": _number(1, limits.LARGEST_MINIMUM_POLLERS),
    "ProvisionedPollerConfig.MaximumPollers": _number(1, limits.LARGEST_MAXIMUM_POLLERS),
    "ProvisionedPollerConfig.PollerGroupName": Constraint(0, 128, r"[a-zA-Z0-9-_]*"),
    "LoggingConfig.SystemLogLevel": Constraint(choices=("DEBUG", "INFO", "WARN")),
}
"""The constraints of mappings of all kinds. They are checked before the kind of the source (ESM-20, ESM-2A)."""
OVERRIDES: Mapping[str, Mapping[str, Constraint]] = {
    **dict.fromkeys(
        (
            "CreateFunction", "UpdateFunctionCode", "UpdateFunctionConfiguration", "PublishVersion", "CreateAlias",
            "GetAlias", "UpdateAlias", "DeleteAlias", "ListAliases", "PutFunctionConcurrency", "GetFunctionConcurrency",
            "DeleteFunctionConcurrency",
        ),
        _OF_ONE_FUNCTION,
    ),
    **dict.fromkeys(
        (
            "PutProvisionedConcurrencyConfig", "GetProvisionedConcurrencyConfig", "DeleteProvisionedConcurrencyConfig",
        ),
        _PROVISIONED,
    ),
    "ListProvisionedConcurrencyConfigs": {**_OF_ONE_FUNCTION, **_SMALL_PAGES},
    "PutFunctionRecursionConfig": _RECURSION,
    "GetFunctionRecursionConfig": _RECURSION,
    **dict.fromkeys(
        ("CreateFunctionUrlConfig", "UpdateFunctionUrlConfig", "GetFunctionUrlConfig", "DeleteFunctionUrlConfig"), _URL
    ),
    "ListFunctionUrlConfigs": {**_URL, **_SMALL_PAGES},
    "ListFunctions": {"FunctionVersion": Constraint(choices=("ALL",))},
    "ListFunctionEventInvokeConfigs": _SMALL_PAGES,
    **dict.fromkeys(("GetDurableExecutionState", "GetDurableExecutionHistory"), _DURABLE_PAGES),
    "ListDurableExecutionsByFunction": {
        **_DURABLE_PAGES,
        "Statuses": Constraint(1, 10, item_choices=(
            "RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "STOPPED", "DELETING", "PAUSING", "PAUSED",
        )),
    },
    "CheckpointDurableExecution": _UPDATES,
    "SendDurableExecutionCallbackSuccess": {"Result": Constraint(0, limits.DURABLE_PAYLOAD_BYTES, is_sensitive=True)},
    "CreateEventSourceMapping": _MAPPING,
    "UpdateEventSourceMapping": _MAPPING,
    "ListEventSourceMappings": _LISTED_MAPPINGS,
}  # fmt: skip
