"""The configuration of a function: read from a call, checked, and shown in a response."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import io
import json
import re
import zipfile
from collections.abc import Mapping
from typing import Any

from ... import limits
from ...arns import parse_or_none
from ..api_response import Parameters
from ..errors import ServiceError, invalid_parameter
from ..model import LATEST, Code, Configuration, DurableConfig
from ..runtime.variables import reserved_keys_message
from . import images, layers
from .dependencies import ObjectMissing, Objects, RuntimeNames
from .runtimes import check_runtime
from .validation import check_type, not_simulated

_DEAD_LETTER_KINDS = {"sqs": "SQS queue", "sns": "SNS topic"}
_VARIABLE_NAME = r"[a-zA-Z]([a-zA-Z0-9_])+"


def settings_of(parameters: Parameters, region_name: str, runtimes: RuntimeNames) -> dict[str, Any]:
    """Returns the fields of `Configuration` that a call in a region sets. Other fields stay. Raises `ServiceError`."""
    settings: dict[str, Any] = {
        field: parameters[member]
        for member, field in (
            ("Runtime", "runtime"), ("Role", "role"), ("Handler", "handler"), ("Description", "description"),
            ("Timeout", "timeout"), ("MemorySize", "memory_size"),
        )
        if parameters.get(member) is not None
    }  # fmt: skip
    if "runtime" in settings:
        check_runtime(settings["runtime"], runtimes)
    if "Environment" in parameters:
        settings["environment"] = _variables(parameters["Environment"])
    if "TargetArn" in (parameters.get("DeadLetterConfig") or {}):
        settings["dead_letter_target_arn"] = _dead_letter_target(parameters["DeadLetterConfig"]["TargetArn"], region_name)
    if "KMSKeyArn" in parameters:
        settings["kms_key_arn"] = parameters["KMSKeyArn"] or None
    if (parameters.get("TracingConfig") or {}).get("Mode"):
        settings["tracing_mode"] = parameters["TracingConfig"]["Mode"]
    if parameters.get("EphemeralStorage"):
        settings["ephemeral_storage_size"] = parameters["EphemeralStorage"]["Size"]
    if parameters.get("Architectures"):
        settings["architectures"] = tuple(parameters["Architectures"])
    if (parameters.get("SnapStart") or {}).get("ApplyOn"):
        settings["snap_start"] = parameters["SnapStart"]["ApplyOn"] == "PublishedVersions"
    if parameters.get("DurableConfig") is not None:
        settings["durable"] = _durable(parameters["DurableConfig"])
    if parameters.get("TenancyConfig"):
        settings["has_tenants"] = True
    return {**settings, **_logging(parameters.get("LoggingConfig") or {})}


def _durable(config: Mapping[str, Any]) -> DurableConfig:
    """Returns the settings of a durable function. AWS documents no default of the timeout (DUR-01 to 03)."""
    if config.get("ExecutionTimeout") is None:
        raise not_simulated("DurableConfig without ExecutionTimeout", "Set ExecutionTimeout to 1 to 31622400 seconds.")
    retention = config.get("RetentionPeriodInDays") or limits.DURABLE_RETENTION_DAYS
    return DurableConfig(config["ExecutionTimeout"], retention, config.get("KMSKeyArn"))


def durable_shown(config: DurableConfig) -> dict[str, Any]:
    """Returns the settings of a durable function as the API shows them (DUR-05)."""
    shown: dict[str, Any] = {
        "RetentionPeriodInDays": config.retention_period_in_days, "ExecutionTimeout": config.execution_timeout,
    }  # fmt: skip
    return shown if config.kms_key_arn is None else {**shown, "KMSKeyArn": config.kms_key_arn}


def _variables(environment: Mapping[str, Any] | None) -> Mapping[str, str]:
    variables: Mapping[str, str] = (environment or {}).get("Variables") or {}
    for value in variables.values():
        check_type(value)
    if any(not re.fullmatch(_VARIABLE_NAME, name) for name in variables):
        shown = ", ".join(f"{name}={value}" for name, value in variables.items())
        raise ServiceError(
            "ValidationException",
            f"1 validation error detected: Value '{{{shown}}}' at 'environment.variables' failed to satisfy "
            f"constraint: Map keys must satisfy constraint: [Member must satisfy regular expression pattern: "
            f"{_VARIABLE_NAME}]",
        )
    reserved = reserved_keys_message(variables)
    if reserved is not None:
        raise invalid_parameter(reserved)
    text = json.dumps(variables, separators=(",", ":"), ensure_ascii=False)
    if len(text.encode()) > limits.ENVIRONMENT_BYTES:
        raise invalid_parameter(
            "Lambda was unable to configure your environment variables because the environment variables you have "
            f"provided exceeded the 4KB limit. String measured: {text}"
        )
    return dict(variables)


def _dead_letter_target(arn: str, region_name: str) -> str | None:
    """Returns the target, or None for the empty ARN, which removes it (DLQ-05). Raises `ServiceError` (DLQ-01 to 03)."""
    if not arn:
        return None
    parsed = parse_or_none(arn)
    service = "" if parsed is None or ":" in parsed.resource else parsed.service
    if service not in _DEAD_LETTER_KINDS:
        reason = "The service specified by the TargetArn is not supported for dead letter configuration."
    elif parsed is not None and parsed.region_name != region_name:
        reason = (
            "The resource specified by the TargetArn must be in the same region as the Lambda function it's associated with."
        )
    elif arn.endswith(".fifo"):
        reason = f"FIFO {_DEAD_LETTER_KINDS[service]} is not supported for dead letter configuration"
    else:
        return arn
    raise invalid_parameter(f"Invalid dead letter queue ARN: {reason}")


def _logging(config: Mapping[str, Any]) -> dict[str, Any]:
    names = {
        "LogFormat": "log_format", "LogGroup": "log_group",
        "ApplicationLogLevel": "application_log_level", "SystemLogLevel": "system_log_level",
    }  # fmt: skip
    settings = {field: config[member] for member, field in names.items() if config.get(member) is not None}
    if config.get("LogFormat") == "Text":
        # Only the JSON format has levels: a change back to text removes them.
        settings = {"application_log_level": None, "system_log_level": None, **settings}
    return settings


def checked_logging(configuration: Configuration) -> Configuration:
    """Returns the configuration with the default levels of JSON. Raises `ServiceError` for levels of plain text."""
    levels = (configuration.application_log_level, configuration.system_log_level)
    if configuration.log_format == "JSON":
        application, system = (level or "INFO" for level in levels)
        return dataclasses.replace(configuration, application_log_level=application, system_log_level=system)
    if any(levels):
        raise invalid_parameter("To use ApplicationLogLevel or SystemLogLevel, set LogFormat to JSON.")
    return configuration


def code_of(parameters: Parameters, objects: Objects) -> Code:
    """Returns the code that a call uploads or names in S3. Raises `ServiceError`."""
    if parameters.get("ImageUri"):
        raise invalid_parameter("Please don't provide ImageUri when updating a function with packageType Zip.")
    if parameters.get("S3ObjectStorageMode", "COPY") != "COPY":
        raise not_simulated("Code.S3ObjectStorageMode")
    if parameters.get("ZipFile") is not None:
        return zipped(parameters["ZipFile"])
    if not (parameters.get("S3Bucket") and parameters.get("S3Key")):
        raise invalid_parameter("Please provide a source for function code.")
    try:
        return zipped(objects.get_object(parameters["S3Bucket"], parameters["S3Key"], parameters.get("S3ObjectVersion")))
    except ObjectMissing as missing:
        raise invalid_parameter(
            f"Error occurred while GetObject. S3 Error Code: {missing.code}. S3 Error Message: {missing.message}"
        ) from None


def zipped(content: bytes) -> Code:
    """Returns the code of a zip file. Raises `ServiceError` if it is not a zip file, empty or too large."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            sizes = [entry.file_size for entry in archive.infolist()]
    except (zipfile.BadZipFile, ValueError):
        raise invalid_parameter("Could not unzip uploaded file. Please check your file, then try to upload again.") from None
    if not sizes:
        raise invalid_parameter("Uploaded file must be a non-empty zip")
    if sum(sizes) > limits.CODE_SIZE_UNZIPPED:
        raise invalid_parameter(f"Unzipped size must be smaller than {limits.CODE_SIZE_UNZIPPED} bytes")
    return Code(base64.b64encode(hashlib.sha256(content).digest()).decode(), len(content), content)


_LIFE = {
    "revision_id", "last_modified", "code_revision", "state", "state_reason", "state_reason_code", "last_update_status",
    "last_update_status_reason", "last_update_status_reason_code",
}  # fmt: skip


def has_same_settings(one: Configuration, other: Configuration) -> bool:
    """Returns whether two configurations are equal apart from their state and revision."""
    names = (field.name for field in dataclasses.fields(Configuration) if field.name not in _LIFE)
    return all(getattr(one, name) == getattr(other, name) for name in names)


def shown(configuration: Configuration, arn: str, region_name: str) -> dict[str, Any]:
    """Returns a configuration as the API shows it, under the ARN that the call names (FUN-01, 02, 05)."""
    listed = in_list(configuration, arn)
    if configuration.image is None:
        listed["RuntimeVersionConfig"] = {"RuntimeVersionArn": runtime_version_arn(configuration.runtime, region_name)}
    for member, value in (
        ("State", configuration.state),
        ("StateReason", configuration.state_reason),
        ("StateReasonCode", configuration.state_reason_code),
        ("LastUpdateStatus", configuration.last_update_status),
        ("LastUpdateStatusReason", configuration.last_update_status_reason),
        ("LastUpdateStatusReasonCode", configuration.last_update_status_reason_code),
    ):
        if value is not None:
            listed[member] = value
    return listed


def runtime_version_arn(runtime: str, region_name: str) -> str:
    """Returns the ARN of the runtime version that functions use."""
    return f"arn:aws:lambda:{region_name}::runtime:{hashlib.sha256(runtime.encode()).hexdigest()}"


def in_list(configuration: Configuration, arn: str) -> dict[str, Any]:
    """Returns a configuration as lists show it, without its state (FUN-07)."""
    body: dict[str, Any] = {
        "FunctionName": configuration.function_name,
        "FunctionArn": arn,
        "Runtime": configuration.runtime,
        "Role": configuration.role,
        "Handler": configuration.handler,
        "CodeSize": configuration.code.size,
        "Description": configuration.description,
        "Timeout": configuration.timeout,
        "MemorySize": configuration.memory_size,
        "LastModified": configuration.last_modified,
        "CodeSha256": configuration.code.sha256,
        "Version": configuration.version,
        "TracingConfig": {"Mode": configuration.tracing_mode},
        "RevisionId": configuration.revision_id,
        "PackageType": "Zip" if configuration.image is None else "Image",
        "Architectures": list(configuration.architectures),
        "EphemeralStorage": {"Size": configuration.ephemeral_storage_size},
        "SnapStart": {
            "ApplyOn": "PublishedVersions" if configuration.snap_start else "None",
            "OptimizationStatus": "On" if configuration.is_snapshot else "Off",
        },
        "LoggingConfig": _logging_shown(configuration),
        **layers.in_answer(configuration.layers),
        **configuration.inert,
    }
    if configuration.durable is not None:
        body["DurableConfig"] = durable_shown(configuration.durable)
    if configuration.has_tenants:
        body["TenancyConfig"] = {"TenantIsolationMode": "PER_TENANT"}
    if configuration.image is not None:
        del body["Runtime"], body["Handler"]
        body.update(images.in_answer(configuration.image))
    if configuration.environment is not None:
        body["Environment"] = {"Variables": dict(configuration.environment)}
    if configuration.dead_letter_target_arn is not None:
        body["DeadLetterConfig"] = {"TargetArn": configuration.dead_letter_target_arn}
    if configuration.kms_key_arn is not None:
        body["KMSKeyArn"] = configuration.kms_key_arn
    return body


def _logging_shown(configuration: Configuration) -> dict[str, str]:
    logging = {"LogFormat": configuration.log_format, "LogGroup": configuration.log_group}
    if configuration.log_format == "JSON":
        logging["ApplicationLogLevel"] = configuration.application_log_level or "INFO"
        logging["SystemLogLevel"] = configuration.system_log_level or "INFO"
    return logging


def version_in_list(configuration: Configuration) -> dict[str, Any]:
    """Returns a version, or `$LATEST`, as lists of versions show it."""
    return in_list(configuration, qualified_version_arn(configuration))


def qualified_version_arn(configuration: Configuration) -> str:
    """Returns the ARN of a version as lists show it, also of `$LATEST`."""
    return f"{configuration.function_arn}:{configuration.version or LATEST}"
