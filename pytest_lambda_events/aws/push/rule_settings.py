"""The settings of buses, rules and targets on moto, checked as EventBridge does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.events.exceptions import ResourceNotFoundException, ValidationException
from moto.events.models import EventsBackend, Rule
from moto.events.responses import EventsHandler

from ...contexts import contextmanager
from ...patching import attributes_patched
from ...sources.push import rule_settings
from ...sources.push.rule_permissions import RulePermissions

Respond = Callable[[EventsHandler], Any]

_ORDER = (
    "Name", "Arn", "EventPattern", "ScheduleExpression", "State", "Description", "RoleArn", "ManagedBy", "EventBusName",
    "CreatedBy",
)  # fmt: skip
_MANAGED = (
    "This rule was created by an AWS service on behalf of your account. It is managed by that service. "
    "To delete the rule or to remove its targets, use the Force parameter."
)
_RULE_MEMBERS = ("EventPattern", "ScheduleExpression", "State", "Description")


@contextmanager
def rule_settings_served(permissions: RulePermissions) -> Iterator[None]:
    """Lets buses, rules and targets have the settings that EventBridge accepts while a simulated AWS is open."""
    handler, backend = EventsHandler, EventsBackend

    def check_role(response: EventsHandler) -> None:
        """Raises AWS's refusal of a role that EventBridge is not allowed to assume (EVB-74)."""
        role_arn, name, bus_name = response._get_param("RoleArn"), _name_of_rule(response), _bus_name(response)
        if role_arn:
            own, path = response.events_backend, name if bus_name == "default" else f"{bus_name}/{name}"
            arn = f"arn:{own.partition}:events:{own.region_name}:{own.account_id}:rule/{path}"
            _refuse(permissions.refusal_of_role(arn, own.account_id, role_arn))

    with attributes_patched(
        (handler, "put_rule", _checked(handler.put_rule, _check_rule, check_role)),
        (handler, "delete_rule", _checked(handler.delete_rule, _check_unmanaged)),
        (handler, "enable_rule", _checked(handler.enable_rule, _check_found, _check_unmanaged)),
        (handler, "disable_rule", _checked(handler.disable_rule, _check_found, _check_unmanaged)),
        (handler, "describe_rule", _checked(handler.describe_rule, _check_found)),
        (handler, "list_targets_by_rule", _checked(handler.list_targets_by_rule, _check_found)),
        (handler, "put_targets", _checked(handler.put_targets, _check_targets)),
        (handler, "remove_targets", _checked(handler.remove_targets, _check_unmanaged)),
        (handler, "create_event_bus", _checked(handler.create_event_bus, _check_bus_name)),
        (handler, "delete_event_bus", _checked(handler.delete_event_bus, _check_empty)),
        (backend, "put_rule", _with_first_tags(backend.put_rule)),
        (Rule, "describe", _ordered(Rule.describe)),
    ):
        yield


def _checked(original: Respond, *checks: Callable[[EventsHandler], None]) -> Respond:
    def respond(response: EventsHandler) -> Any:
        for check in checks:
            check(response)
        return original(response)

    return respond


def _check_rule(response: EventsHandler) -> None:
    settings = {member: response._get_param(member) for member in _RULE_MEMBERS}
    _refuse(rule_settings.refusal_of_rule(_name_of_rule(response), settings, _bus_name(response)))
    _check_unmanaged(response)


def _check_targets(response: EventsHandler) -> None:
    targets = response._get_param("Targets") or []
    _refuse(rule_settings.refusal_of_targets(targets))
    _check_found(response)
    _check_unmanaged(response)
    rule = _rule(response)
    present = [] if rule is None else [target["Id"] for target in rule.targets]
    if rule_settings.are_too_many(present, [target["Id"] for target in targets]):
        raise JsonRESTError("LimitExceededException", "The requested resource exceeds the maximum number allowed.")


def _check_found(response: EventsHandler) -> None:
    """Raises AWS's refusal of a rule that does not exist (EVB-46)."""
    response.events_backend._get_event_bus(_bus_name(response))
    if _rule(response) is None:
        name, bus_name = _name_of_rule(response), _bus_name(response)
        raise ResourceNotFoundException(f"Rule {name} does not exist on EventBus {bus_name}.")


def _check_unmanaged(response: EventsHandler) -> None:
    """Raises AWS's refusal to change the rule of an archive (EVB-47)."""
    rule = _rule(response)
    if rule is not None and rule.managed_by is not None and not response._get_param("Force"):
        raise JsonRESTError("ManagedRuleException", _MANAGED)


def _check_bus_name(response: EventsHandler) -> None:
    _refuse(rule_settings.refusal_of_bus_name(response._get_param("Name") or ""))


def _check_empty(response: EventsHandler) -> None:
    """Raises AWS's refusal to delete a bus that has rules, or that is given by its ARN (EVB-02)."""
    _check_bus_name(response)
    bus = response.events_backend.event_buses.get(response._get_param("Name"))
    if bus is not None and bus.name != "default" and bus.rules:
        raise ValidationException("EventBus can't be deleted since it has rules.")


def _with_first_tags(original: Callable[..., Rule]) -> Callable[..., Rule]:
    """Replaces `EventsBackend.put_rule`: a rule gets its tags when it is created (EVB-41)."""

    def put_rule(backend: EventsBackend, name: str, *arguments: Any, **keywords: Any) -> Rule:
        bus = backend.event_buses.get(backend._normalize_event_bus_arn(keywords.get("event_bus_arn")))
        if bus is not None and name in bus.rules:
            keywords.pop("tags", None)
        return original(backend, name, *arguments, **keywords)

    return put_rule


def _ordered(original: Callable[[Rule], dict[str, Any]]) -> Callable[[Rule], dict[str, Any]]:
    """Replaces `Rule.describe`: the members have AWS's order (EVB-45)."""

    def describe(rule: Rule) -> dict[str, Any]:
        shown = original(rule)
        return {name: shown[name] for name in _ORDER if name in shown}

    return describe


def _rule(response: EventsHandler) -> Rule | None:
    bus = response.events_backend.event_buses.get(_bus_name(response))
    return None if bus is None else bus.rules.get(_name_of_rule(response))


def _name_of_rule(response: EventsHandler) -> str:
    return response._get_param("Name") or response._get_param("Rule") or ""


def _bus_name(response: EventsHandler) -> str:
    return response.events_backend._normalize_event_bus_arn(response._get_param("EventBusName"))


def _refuse(text: str | None) -> None:
    if text is not None:
        raise ValidationException(text)
