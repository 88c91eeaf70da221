"""What a member of a call must be by itself, in AWS's words; several violations come in one error (ASY-21)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ... import limits
from ...errors import NotSimulatedError
from ..errors import ServiceError
from . import arns

DESTINATION_PATTERN = (
    r"$|kafka://([^.]([a-zA-Z0-9\-_.]{0,248}))|arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\-])+:"
    r"((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1})?:(\d{12})?:(.*)"
)
"""What a destination may look like (DST-06)."""
SOURCE_PATTERN = (
    r"arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\-])+:((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1})?:(\d{12})?:(.*)"
)
"""What the ARN of an event source may look like."""
_ITEM = re.compile(r"\.\d+\.member\.")
_ARN_PATTERN = r"(arn:(aws[a-zA-Z-]*)?:[a-z0-9-.]+:.*)|()"


@dataclass(frozen=True, slots=True)
class Constraint:
    """The bounds of a number or of a text's length, a text's pattern or choices, and the choices of a list's items."""

    minimum: float | None = None
    maximum: float | None = None
    pattern: str | None = None
    choices: tuple[str, ...] = ()
    item_choices: tuple[str, ...] = ()
    is_number: bool = False

    def violations(self, value: Any) -> Iterator[str]:
        """What the value must be and is not."""
        size, kind = (len(value), "length") if isinstance(value, (str, list, tuple)) else (value, "value")
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


def _number(minimum: int, maximum: int | None = None) -> Constraint:
    return Constraint(minimum, maximum, is_number=True)


_DESTINATION = Constraint(0, 350, DESTINATION_PATTERN)
CONSTRAINTS: Mapping[str, Constraint] = {
    "FunctionName": Constraint(1, 256, arns.NAMESPACED_PATTERN),
    "Timeout": _number(*limits.TIMEOUT_SECONDS),
    "MemorySize": _number(*limits.MEMORY_MEGABYTES),
    "EphemeralStorage.Size": _number(*limits.EPHEMERAL_STORAGE_MEGABYTES),
    "Handler": Constraint(0, 128, r"[^\s]+"),
    "Description": Constraint(0, 256),
    "Role": Constraint(pattern=r"arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+"),
    "PackageType": Constraint(choices=("Zip", "Image")),
    "Architectures": Constraint(1, 1),
    "TracingConfig.Mode": Constraint(choices=("Active", "PassThrough")),
    "LoggingConfig.LogFormat": Constraint(choices=("Text", "JSON")),
    "LoggingConfig.ApplicationLogLevel": Constraint(choices=("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")),
    "LoggingConfig.SystemLogLevel": Constraint(choices=("DEBUG", "INFO", "WARN")),
    "LoggingConfig.LogGroup": Constraint(1, 512, r"[\.\-_/#A-Za-z0-9]+"),
    "DeadLetterConfig.TargetArn": Constraint(pattern=_ARN_PATTERN),
    "KMSKeyArn": Constraint(pattern=_ARN_PATTERN),
    "Code.S3Bucket": Constraint(3, 63, r"[0-9A-Za-z\.\-_]*(?<!\.)"),
    "S3Bucket": Constraint(3, 63, r"[0-9A-Za-z\.\-_]*(?<!\.)"),
    "MaximumRetryAttempts": _number(0, limits.MAXIMUM_RETRY_ATTEMPTS),
    "MaximumEventAgeInSeconds": _number(limits.MINIMUM_EVENT_AGE_SECONDS, limits.MAXIMUM_EVENT_AGE_SECONDS),
    "DestinationConfig.OnSuccess.Destination": _DESTINATION,
    "DestinationConfig.OnFailure.Destination": _DESTINATION,
    "ReservedConcurrentExecutions": _number(0),
    "ProvisionedConcurrentExecutions": _number(1),
    "Name": Constraint(1, 128, r"(?!^[0-9]+$)([a-zA-Z0-9-_]+)"),
    "FunctionVersion": Constraint(1, 1024, r"(\$LATEST(\.PUBLISHED)?|[0-9]+)"),
    "Qualifier": Constraint(1, 128, r"\$(LATEST(\.PUBLISHED)?)|[a-zA-Z0-9-_$]+"),
    "RecursiveLoop": Constraint(choices=("Terminate", "Allow")),
    "MaxItems": _number(1, 10_000),
    "StatementId": Constraint(1, 100, r"([a-zA-Z0-9-_.]+)"),
    "Action": Constraint(pattern=r"(lambda:[*]|lambda:[a-zA-Z]+|[*])"),
    "SourceAccount": Constraint(pattern=r"\d{12}"),
}
_SMALL_PAGES = {"MaxItems": _number(1, 50)}
_OF_ONE_FUNCTION = {"FunctionName": Constraint(1, 140, arns.PATTERN)}
_PROVISIONED = {**_OF_ONE_FUNCTION, "Qualifier": Constraint(1, 128, r"(|[a-zA-Z0-9$_-]+)")}
_RECURSION = {"FunctionName": Constraint(1, 140, arns.UNQUALIFIED_PATTERN)}
_LISTED_MAPPINGS: Mapping[str, Constraint] = {
    "EventSourceArn": Constraint(0, 10_000, SOURCE_PATTERN),
}
_MAPPING: Mapping[str, Constraint] = {
    **_LISTED_MAPPINGS,
    "BatchSize": _number(1, limits.BATCH_SIZE),
    "MaximumBatchingWindowInSeconds": _number(0, limits.BATCHING_WINDOW_SECONDS),
    "MaximumRetryAttempts": _number(-1, 10_000),
    "MaximumRecordAgeInSeconds": _number(-1, limits.RECORD_AGE_SECONDS[1]),
    "ParallelizationFactor": _number(1, 10),
    "TumblingWindowInSeconds": _number(0, 900),
    "StartingPosition": Constraint(choices=("LATEST", "AT_TIMESTAMP", "TRIM_HORIZON")),
    "FunctionResponseTypes": Constraint(0, 1, item_choices=("ReportBatchItemFailures",)),
    "MetricsConfig.Metrics": Constraint(0, 3, item_choices=("EventCount", "ErrorCount", "KafkaMetrics")),
    "FilterCriteria.Filters[].Pattern": Constraint(0, limits.FILTER_PATTERN_CHARACTERS),
    "ScalingConfig.MaximumConcurrency": _number(*limits.MAXIMUM_CONCURRENCY),
    "ProvisionedPollerConfig.MinimumPollers": _number(1, limits.LARGEST_MINIMUM_POLLERS),
    "ProvisionedPollerConfig.MaximumPollers": _number(1, limits.LARGEST_MAXIMUM_POLLERS),
}
"""What a mapping may have, whatever its source: these bounds come before its kind (ESM-20, ESM-2A)."""
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
    "ListFunctions": {"FunctionVersion": Constraint(choices=("ALL",))},
    "ListFunctionEventInvokeConfigs": _SMALL_PAGES,
    "CreateEventSourceMapping": _MAPPING,
    "UpdateEventSourceMapping": _MAPPING,
    "ListEventSourceMappings": _LISTED_MAPPINGS,
}  # fmt: skip


def check(operation: str, parameters: Mapping[str, Any]) -> None:
    """Raise `ServiceError` 400 `ValidationException` that lists every member that violates a constraint."""
    constraints = {**CONSTRAINTS, **OVERRIDES.get(operation, {})}
    found_members = ((path, value, constraints.get(_ITEM.sub("[].", path))) for path, value in _members(parameters))
    constrained = [(path, value, constraint) for path, value, constraint in found_members if constraint is not None]
    for _, value, constraint in constrained:
        check_type(value, is_number=constraint.is_number)
    found = [
        f"Value '{_shown(value)}' at '{_spelled(path)}' failed to satisfy constraint: Member must {must}"
        for path, value, constraint in constrained
        for must in constraint.violations(value)
    ]
    if found:
        plural = "s" if len(found) > 1 else ""
        raise ServiceError("ValidationException", f"{len(found)} validation error{plural} detected: {'; '.join(found)}")


def check_type(value: Any, *, is_number: bool = False) -> None:
    """Raise `ServiceError` 400 `SerializationException` for a value of another JSON type than the API has there.

    boto3 looks at types by itself: what comes through it is right already.
    """
    is_right = isinstance(value, int) and not isinstance(value, bool) if is_number else isinstance(value, (str, list, tuple))
    if not is_right:
        kind = "STRING" if isinstance(value, str) else str(value).upper() if isinstance(value, bool) else "NUMBER"
        wanted = "an Integer" if is_number else "a String"
        raise ServiceError("SerializationException", f"{kind}_VALUE can not be converted to {wanted}")


def refuse_unknown(operation: str, parameters: Mapping[str, Any], known: Iterable[str]) -> None:
    """Raise `NotSimulatedError` for a member that AWS has and the simulation lacks; an empty one asks for nothing."""
    for member in sorted(parameters.keys() - set(known)):
        if parameters[member] not in (None, {}, [], ""):
            raise not_simulated(f"{member} of {operation}")


def not_simulated(what: str) -> NotSimulatedError:
    """The refusal of something that AWS accepts."""
    return NotSimulatedError(
        f"{what} is not simulated. AWS accepts it; ignoring it would let a test pass on what the deployed function "
        "does not do. docs/reference/fidelity.md lists what is simulated."
    )


def _members(parameters: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in parameters.items():
        path = f"{prefix}{name}"
        if isinstance(value, Mapping):
            yield from _members(value, f"{path}.")
        elif value is not None:
            yield path, value
            if isinstance(value, (list, tuple)):
                for number, item in enumerate(value, start=1):
                    yield from _members(item, f"{path}.{number}.member.") if isinstance(item, Mapping) else ()


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"[{', '.join(map(str, value))}]" if isinstance(value, (list, tuple)) else str(value)


def _spelled(path: str) -> str:
    return ".".join(part[:1].lower() + part[1:] for part in path.split("."))
