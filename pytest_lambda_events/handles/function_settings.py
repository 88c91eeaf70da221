"""What can be set for a function, as parameters of the Lambda API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

from ..errors import LambdaEventsError, hides_frames
from ..service.model import LATEST
from .api import Api, arn_of

__tracebackhide__ = hides_frames


class FunctionSettings(TypedDict, total=False):
    """What can be set for a function; what is left out has AWS's default."""

    timeout: int
    """Seconds; 3."""
    memory_size: int
    """Megabytes; 128."""
    runtime: str
    """`python3.13`; any `python3.*` runs on the Python that runs the tests."""
    role: str
    """The ARN of a role in IAM; a role that may only write logs."""
    role_policy: Sequence[Mapping[str, object]]
    """IAM statements for a role of the function's own; judged with `enforce_permissions` only."""
    environment: Mapping[str, str]
    """Environment variables; none."""
    reserved_concurrent_executions: int | None
    """None: a share of the account's."""
    dead_letter_queue: Any
    """A queue or a topic, as a handle or an ARN; none."""
    on_success: Any
    """A queue, topic, function, event bus or bucket, as a handle or an ARN; none."""
    on_failure: Any
    """The same, for events that are given up; none."""
    maximum_retry_attempts: int | None
    """The tries after the first of an asynchronous event; 2."""
    maximum_event_age_in_seconds: int | None
    """How old an asynchronous event may become; 21,600."""


_CONFIGURATION = {"timeout": "Timeout", "memory_size": "MemorySize", "runtime": "Runtime", "role": "Role"}
_EVENT_INVOKE = {
    "maximum_retry_attempts": "MaximumRetryAttempts",
    "maximum_event_age_in_seconds": "MaximumEventAgeInSeconds",
}
_DESTINATIONS = {"on_success": "OnSuccess", "on_failure": "OnFailure"}


def configuration_of(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The part of the settings that belongs to the function's configuration, as API parameters."""
    given = {_CONFIGURATION[key]: value for key, value in settings.items() if key in _CONFIGURATION}
    if "environment" in settings:
        given["Environment"] = {"Variables": dict(settings["environment"] or {})}
    if "dead_letter_queue" in settings:
        given["DeadLetterConfig"] = {"TargetArn": arn_of(settings["dead_letter_queue"])}
    return given


def check_settings(settings: Mapping[str, Any]) -> None:
    """Raise `LambdaEventsError` for a setting that does not exist."""
    unknown = sorted(settings.keys() - FunctionSettings.__annotations__.keys())
    if unknown:
        known = ", ".join(FunctionSettings.__annotations__)
        raise LambdaEventsError(f"A function has no setting {unknown[0]!r}. It has: handler, name, {known}.")
    if settings.get("role") is not None and settings.get("role_policy") is not None:
        raise LambdaEventsError(
            f"role={settings['role']!r} and role_policy: give one. role names a role that has policies of its own in IAM; "
            "role_policy gives the function a role with just these statements."
        )


def with_own_role(api: Api, name: str, settings: Mapping[str, Any]) -> Mapping[str, Any]:
    """The settings with the role that `role_policy` asks for, which then has its statements and no others."""
    if "role_policy" not in settings:
        return settings
    return {**settings, "role": api.put_role_policy(name, settings["role_policy"] or ())}


def apply_settings(api: Api, name: str, qualifier: str | None, settings: Mapping[str, Any], *, is_new: bool) -> None:
    """Put the settings of a function or a qualifier in force, the configuration only where the function is not new."""
    check_settings(settings)
    configuration = {} if is_new else configuration_of(with_own_role(api, name, settings))
    if configuration:
        api.call("UpdateFunctionConfiguration", FunctionName=name, **configuration)
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
    """`Put` replaces everything, so what is in force is read first and None leaves a member out."""
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
