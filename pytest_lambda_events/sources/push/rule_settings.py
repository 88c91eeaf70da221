"""What EventBridge accepts for buses, rules and their targets (EVB-01, EVB-40 to 48, EVB-71). It uses only values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ...arns import parse
from .constraints import refusal_of_choice, refusal_of_name, refusal_of_size

ENABLED_FOR_MANAGEMENT_EVENTS = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
STATES = ("ENABLED", "DISABLED", ENABLED_FOR_MANAGEMENT_EVENTS)
TARGETS = 5
"""The maximum number of targets of a rule (EVB-48)."""
_NAME = r"[\.\-_A-Za-z0-9]+"
_BUS_NAME = r"[/\.\-_A-Za-z0-9]+"
_LENGTHS = {"EventPattern": 4096, "ScheduleExpression": 256, "Description": 512}
_ARN_PARTS = 6
_NOT_SUPPORTED: Mapping[str, tuple[str, ...]] = {
    "events": ("Input", "InputPath", "InputTransformer", "RetryPolicy"),
    "logs": ("RoleArn", "Input", "InputPath"),
}
"""The settings of targets that a service does not support."""


def refusal_of_rule(name: str, settings: Mapping[str, Any], bus_name: str) -> str | None:
    """Returns AWS's text if `PutRule` refuses the settings of a rule, else None (EVB-42, EVB-43, EVB-48)."""
    refusal = refusal_of_name(name, "name", _NAME, 64) or _refusal_of_length(settings)
    if refusal is not None:
        return refusal
    state, expression = settings.get("State"), settings.get("ScheduleExpression")
    refusal = refusal_of_choice(state, "state", STATES)
    if refusal is not None:
        return refusal
    if expression is not None and bus_name != "default":
        return "ScheduleExpression is supported only on the default event bus."
    if expression and state == ENABLED_FOR_MANAGEMENT_EVENTS:
        return f"State {state} is not supported for rules with a ScheduleExpression."
    return None


def refusal_of_targets(targets: Sequence[Mapping[str, Any]]) -> str | None:
    """Returns AWS's text if `PutTargets` refuses the id or the ARN of a target, else None (EVB-48, EVB-71)."""
    for number, target in enumerate(targets, 1):
        refusal = refusal_of_name(target["Id"], f"targets.{number}.member.id", _NAME, 64)
        if refusal is not None:
            return refusal
        arn = str(target["Arn"])
        if not arn.startswith("arn:") or arn.count(":") < _ARN_PARTS - 1:
            return f"Parameter {arn} is not valid. Reason: Provided Arn is not in correct format."
        refusal = _refusal_of_limits(target, f"targets.{number}.member")
        if refusal is not None:
            return refusal
    return None


def _refusal_of_limits(target: Mapping[str, Any], where: str) -> str | None:
    """Returns AWS's text if a text or a number of a target is too long or too large (EVB-81, EVB-88, EVB-90)."""
    transformer, policy = target.get("InputTransformer") or {}, target.get("RetryPolicy") or {}
    for members, path, name, low, high in (
        (target, "input", "Input", 0, 8192),
        (target, "inputPath", "InputPath", 0, 256),
        (transformer, "inputTransformer.inputTemplate", "InputTemplate", 1, 8192),
        (transformer, "inputTransformer.inputPathsMap", "InputPathsMap", 0, 100),
        (policy, "retryPolicy.maximumRetryAttempts", "MaximumRetryAttempts", 0, 185),
        (policy, "retryPolicy.maximumEventAgeInSeconds", "MaximumEventAgeInSeconds", 60, 86_400),
    ):
        refusal = refusal_of_size(members.get(name), f"{where}.{path}", low, high)
        if refusal is not None:
            return refusal
    return None


def refusal_of_kind(target: Mapping[str, Any], bus_arn: str) -> str | None:
    """Returns AWS's text if `PutTargets` refuses settings of a target because of its service, else None (EVB-72).

    `bus_arn` is that of the rule's own bus.
    """
    arn = str(target["Arn"])
    service = parse(arn).service
    if service == "sqs" and arn.endswith(".fifo") and not target.get("SqsParameters"):
        return f"Parameter(s) SqsParameters must be specified for target: {target['Id']}."
    if service == "events" and arn == bus_arn:
        return f"Target {arn} is the event bus of the rule."
    refused = next((name for name in _NOT_SUPPORTED.get(service, ()) if target.get(name) is not None), None)
    return None if refused is None else f"{refused} is not supported for target {arn}."


def are_too_many(present: Iterable[str], added: Iterable[str]) -> bool:
    """Returns whether a rule with targets of the ids `present` cannot have those of `added` too."""
    return len({*present, *added}) > TARGETS


def refusal_of_bus_name(name: str) -> str | None:
    """Returns AWS's text if `CreateEventBus` refuses a name, else None (EVB-01)."""
    return refusal_of_name(name, "name", _BUS_NAME, 256)


def _refusal_of_length(settings: Mapping[str, Any]) -> str | None:
    for member, length in _LENGTHS.items():
        refusal = refusal_of_size(settings.get(member), member[0].lower() + member[1:], 0, length)
        if refusal is not None:
            return refusal
    return None
