"""The settings of a function, and the parameters of the Lambda API for them."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, TypedDict

from ..arguments import (
    Kind,
    alternatives,
    check_all,
    flag_kind,
    is_mapping,
    is_number,
    is_text,
    list_kind,
    mapping_kind,
    shown,
    text_kind,
    whole_number_kind,
)
from ..errors import LambdaEventsError, hides_frames
from ..process_variables import patterns_of
from ..service.model import LATEST
from .lambda_api import Api, arn_of, resource_kind
from .layers import LAYERS, layer_arns

__tracebackhide__ = hides_frames


class FunctionSettings(TypedDict, total=False):
    """The settings of a function. Settings that are not passed have AWS's default."""

    timeout: int
    """In seconds; 3."""
    memory_size: int
    """In megabytes; 128."""
    runtime: str
    """Any `python3.*`. All run on the Python version of the tests; `python3.13`."""
    role: str
    """The ARN of an IAM role; a role that can only write logs."""
    role_policy: Sequence[Mapping[str, object]]
    """IAM statements for a new role of the function. They are evaluated only with `enforce_permissions`; none."""
    environment: Mapping[str, str]
    """The environment variables; none."""
    inherit_environment: Sequence[str] | None
    """Names and patterns of variables of the test process, such as `["STAGE", "ORDERS_*"]`; the option of this name."""
    layers: Sequence[str | os.PathLike[str]] | None
    """Folders with `python/`, relative to pytest's rootdir, or ARNs of layer versions. They need `code_uri`; none."""
    snap_start: bool
    """Whether versions use SnapStart: code and hooks of `snapshot_restore_py` run when a version is published; False."""
    tenancy: bool
    """Whether each invocation needs a `tenant_id` and tenants have separate execution environments. Not in updates; False."""
    durable_execution_timeout: float | timedelta
    """The longest time of a durable execution, in seconds or as a timedelta: the function is durable. Not durable."""
    durable_retention_days: int
    """The days for which a durable execution is kept after its end; 14."""
    reserved_concurrent_executions: int | None
    """The concurrent executions that are reserved; None, no reservation."""
    dead_letter_queue: Any
    """A queue or topic, as a handle or an ARN; none."""
    on_success: Any
    """A queue, topic, function, event bus or bucket, as a handle or an ARN; none."""
    on_failure: Any
    """The same, for discarded events; none."""
    maximum_retry_attempts: int | None
    """The retries of an asynchronous event; 2."""
    maximum_event_age_in_seconds: int | None
    """The maximum age of an asynchronous event; 21,600."""


_CONFIGURATION = {"timeout": "Timeout", "memory_size": "MemorySize", "runtime": "Runtime", "role": "Role"}
_EVENT_INVOKE = {
    "maximum_retry_attempts": "MaximumRetryAttempts",
    "maximum_event_age_in_seconds": "MaximumEventAgeInSeconds",
}
_DESTINATIONS = {"on_success": "OnSuccess", "on_failure": "OnFailure"}


def configuration_of(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the settings of the function configuration as API parameters."""
    given = {_CONFIGURATION[key]: value for key, value in settings.items() if key in _CONFIGURATION}
    if "environment" in settings:
        given["Environment"] = {"Variables": dict(settings["environment"] or {})}
    if "snap_start" in settings:
        given["SnapStart"] = {"ApplyOn": "PublishedVersions" if settings["snap_start"] else "None"}
    if settings.get("tenancy"):
        given["TenancyConfig"] = {"TenantIsolationMode": "PER_TENANT"}
    if "durable_execution_timeout" in settings:
        given["DurableConfig"] = {"ExecutionTimeout": _whole_seconds(settings["durable_execution_timeout"])}
        if "durable_retention_days" in settings:
            given["DurableConfig"]["RetentionPeriodInDays"] = settings["durable_retention_days"]
    if "layers" in settings:
        given["Layers"] = list(settings["layers"] or ())
    if "dead_letter_queue" in settings:
        given["DeadLetterConfig"] = {"TargetArn": arn_of(settings["dead_letter_queue"])}
    return given


def _whole_seconds(time: float | timedelta) -> int:
    seconds = time.total_seconds() if isinstance(time, timedelta) else time
    if seconds != int(seconds):
        raise LambdaEventsError(
            f"durable_execution_timeout={shown(time)} is not a whole number of seconds. Pass for example timedelta(days=7)."
        )
    return int(seconds)


def check_settings(settings: Mapping[str, Any]) -> None:
    """Raises `LambdaEventsError` for an unknown setting, a value of another type, or settings that exclude each other."""
    unknown = sorted(settings.keys() - FunctionSettings.__annotations__.keys())
    if unknown:
        names = alternatives(unknown[0], ("handler", "name", *FunctionSettings.__annotations__), label="Settings")
        raise LambdaEventsError(f"A function has no setting {unknown[0]!r}. {names}")
    check_all(_KINDS, settings)
    _check_environment(settings.get("environment"))
    if settings.get("inherit_environment") is not None:
        patterns_of(settings["inherit_environment"])
    if "durable_retention_days" in settings and "durable_execution_timeout" not in settings:
        raise LambdaEventsError(
            f"durable_retention_days={settings['durable_retention_days']} needs durable_execution_timeout, which makes the "
            "function durable."
        )
    if settings.get("role") is not None and settings.get("role_policy") is not None:
        raise LambdaEventsError(
            f"role={settings['role']!r} and role_policy exclude each other. Pass one: role is the ARN of a role in IAM; "
            "role_policy gives the function a new role with these statements only."
        )


def _check_environment(variables: Mapping[str, object] | None) -> None:
    for name, value in (variables or {}).items():
        if not is_text(value):
            raise LambdaEventsError(
                f"environment={{{name!r}: {shown(value)}}}: the value is not text. AWS takes text only: pass for "
                f"example environment={{{name!r}: 'value'}}."
            )


_TARGET = resource_kind("a queue or a topic", 'lambda_events.queue("failures")').optional()
_DESTINATION = resource_kind("a queue, topic, function, event bus or bucket", 'lambda_events.queue("failures")').optional()
_KINDS: Mapping[str, Kind] = {
    "timeout": whole_number_kind(30, "seconds"),
    "memory_size": whole_number_kind(128, "megabytes"),
    "runtime": text_kind("python3.13"),
    "role": text_kind("arn:aws:iam::123456789012:role/orders", "the ARN of a role as text"),
    "role_policy": list_kind(
        '[{"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}]', "a list of IAM statements", is_mapping
    ).optional(),
    "environment": mapping_kind('{"TABLE": "orders"}', "a mapping of names to values").optional(),
    "layers": LAYERS,
    "snap_start": flag_kind(),
    "tenancy": flag_kind(),
    "durable_execution_timeout": Kind(
        "a number of seconds or a timedelta",
        lambda value: is_number(value) or isinstance(value, timedelta),
        "timedelta(days=7)",
    ),
    "durable_retention_days": whole_number_kind(14, "days"),
    "reserved_concurrent_executions": whole_number_kind(5).optional(),
    "dead_letter_queue": _TARGET,
    "on_success": _DESTINATION,
    "on_failure": _DESTINATION,
    "maximum_retry_attempts": whole_number_kind(1).optional(),
    "maximum_event_age_in_seconds": whole_number_kind(3600, "seconds").optional(),
}


def with_resources(api: Api, name: str, settings: Mapping[str, Any]) -> Mapping[str, Any]:
    """Returns the settings with the ARNs of what they need: the role of `role_policy`, and layers that are folders.

    The role then has the statements of `role_policy` and no others.
    """
    resources: dict[str, Any] = {}
    if "layers" in settings:
        resources["layers"] = layer_arns(api, settings["layers"])
    if "role_policy" in settings:
        resources["role"] = api.put_role_policy(name, settings["role_policy"] or ())
    return {**settings, **resources}


def apply_settings(api: Api, name: str, qualifier: str | None, settings: Mapping[str, Any], *, is_new: bool) -> None:
    """Applies the settings of a function or a qualifier; the configuration only if the function is not new."""
    configuration = {} if is_new else configuration_of(with_resources(api, name, settings))
    if configuration:
        api.call("UpdateFunctionConfiguration", FunctionName=name, **configuration)
    if "inherit_environment" in settings:
        api.set_inherited_variables(name, settings["inherit_environment"])
    _apply_reservation(api, name, settings)
    _apply_event_invoke_config(api, name, qualifier, settings)


def _apply_reservation(api: Api, name: str, settings: Mapping[str, Any]) -> None:
    if "reserved_concurrent_executions" not in settings:
        return
    reserved = settings["reserved_concurrent_executions"]
    if reserved is None:
        api.call("DeleteFunctionConcurrency", FunctionName=name)
    else:
        api.call("PutFunctionConcurrency", FunctionName=name, ReservedConcurrentExecutions=reserved)


def _apply_event_invoke_config(api: Api, name: str, qualifier: str | None, settings: Mapping[str, Any]) -> None:
    """Applies the settings of asynchronous invocation. `Put` replaces all of them, so the current ones are read first."""
    changes = {key: settings[key] for key in (*_EVENT_INVOKE, *_DESTINATIONS) if key in settings}
    if not changes:
        return
    wanted = {**_event_invoke_in_force(api, name, qualifier), **changes}
    given: dict[str, Any] = {_EVENT_INVOKE[key]: wanted[key] for key in _EVENT_INVOKE if wanted.get(key) is not None}
    destinations = {_DESTINATIONS[key]: {"Destination": arn_of(wanted[key])} for key in _DESTINATIONS if wanted.get(key)}
    if destinations:
        given["DestinationConfig"] = destinations
    key = {"FunctionName": name, "Qualifier": qualifier or LATEST}
    if given:
        api.call("PutFunctionEventInvokeConfig", **key, **given)
    elif _event_invoke_in_force(api, name, qualifier):
        api.call("DeleteFunctionEventInvokeConfig", **key)


def _event_invoke_in_force(api: Api, name: str, qualifier: str | None) -> dict[str, Any]:
    listed = api.call("ListFunctionEventInvokeConfigs", FunctionName=name)["FunctionEventInvokeConfigs"]
    for config in listed:
        if config["FunctionArn"].endswith(f":{qualifier or LATEST}"):
            in_force = {key: config.get(member) for key, member in _EVENT_INVOKE.items()}
            for key, member in _DESTINATIONS.items():
                in_force[key] = config["DestinationConfig"].get(member, {}).get("Destination")
            return in_force
    return {}
