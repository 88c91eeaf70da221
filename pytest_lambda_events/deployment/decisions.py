"""Decides what happens to each resource: created, made up, or refused (TPL-F0 to F2)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import Enum
from fnmatch import fnmatchcase
from typing import Any

from ..templates.references import references
from ..templates.template import Declared, Template
from ..values import dataclass
from .creators.created_type import CreatedType
from .creators.custom_resources import RUN
from .creators.framework_resources import FRAMEWORKS, INERT
from .creators.placeholders import PLACEHOLDERS
from .ignored import is_named
from .resource_types import NEVER_DELIVER, OF_APIS, PLACEHOLDER_REASONS, REFUSED, SIMULATED, STATE, WAITS_FOR_ANSWER


class Treatment(Enum):
    """What happens to a resource of a template. The values are the words of the report."""

    SIMULATED = "simulated"
    STATE = "state"
    PLACEHOLDER = "placeholder"
    IGNORED = "ignored"
    LEFT_OUT = "left out"
    REFUSED = "refused"


@dataclass(frozen=True)
class Decision:
    """What happens to one resource, and why. The properties in `ignored` are not applied."""

    treatment: Treatment
    reason: str = ""
    creator: CreatedType | None = None
    ignored: tuple[str, ...] = ()


FUNCTIONS = ("AWS::Lambda::Function", "AWS::Lambda::Alias", "AWS::Lambda::Version")
NOT_MADE = (Treatment.PLACEHOLDER, Treatment.IGNORED)
_OF_FUNCTIONS = ("Alias", "EventInvokeConfig", "EventSourceMapping", "Permission", "Url", "Version")
"""The types of Lambda whose resources belong to a function."""


def decisions_of(
    template: Template, ignore: Iterable[str], runs: Callable[[str], bool] = lambda logical_id: False
) -> dict[str, Decision]:
    """Returns what happens to each resource that the template creates.

    Args:
        template: The template.
        ignore: Logical ids, types, or patterns of types that become placeholders although they are refused. A property,
            such as `"Orders.DurableConfig"`, is left out.
        runs: Whether the function of a custom resource runs, by logical id.
    """
    deciding = _Deciding(template, tuple(ignore), runs)
    return {one.logical_id: deciding.decision(one) for one in template.made}


class _Deciding:
    """Decides about the resources of one template."""

    def __init__(self, template: Template, ignore: tuple[str, ...], runs: Callable[[str], bool]) -> None:
        self._template = template
        self._runs = runs
        self._ignore = ignore

    def decision(self, declared: Declared) -> Decision:
        """Returns what happens to a resource."""
        if self._is_ignored(declared):
            return Decision(Treatment.IGNORED, "is in ignore")
        function = self._ignored_function(declared)
        if function is not None:
            return Decision(Treatment.IGNORED, f"belongs to the function {function}, which is in ignore")
        kind = declared.type
        tables = ((SIMULATED, Treatment.SIMULATED), (STATE, Treatment.STATE), (FRAMEWORKS, Treatment.SIMULATED))
        for table, treatment in tables:
            if kind in table:
                return self._created(declared, treatment, table[kind])
        return self._not_created(declared)

    def _not_created(self, declared: Declared) -> Decision:
        kind = declared.type
        if kind in REFUSED:
            return Decision(Treatment.REFUSED, REFUSED[kind])
        if kind.startswith("Custom::") or kind == "AWS::CloudFormation::CustomResource":
            if kind not in INERT and self._runs(declared.logical_id):
                return Decision(Treatment.SIMULATED, creator=RUN)
            return Decision(Treatment.PLACEHOLDER, INERT.get(kind, "custom resources are not run"))
        if _fits(kind, WAITS_FOR_ANSWER):
            reason = "invokes functions and waits for the response: invoke the function in the test"
            return Decision(Treatment.PLACEHOLDER, reason, PLACEHOLDERS.get(kind))
        function = None if _fits(kind, (*NEVER_DELIVER, *OF_APIS)) else self._function_named_by(declared)
        if function is not None:
            return Decision(Treatment.REFUSED, f"refers to the function {function}, and its deliveries are not simulated")
        reason = PLACEHOLDER_REASONS.get(kind, f"{kind} delivers no events")
        return Decision(Treatment.PLACEHOLDER, reason, PLACEHOLDERS.get(kind))

    def _created(self, declared: Declared, treatment: Treatment, kind: CreatedType) -> Decision:
        """Returns the decision about a type that is created. A property that would deliver events is refused or ignored."""
        for name, reason in kind.only_elsewhere.items():
            if name in declared.properties:
                return Decision(Treatment.REFUSED, f"has {name}: {reason}")
        for name, types in kind.referring.items():
            other = self._other_type(declared.properties.get(name), types)
            if other is not None:
                return Decision(Treatment.REFUSED, f"has {name} of type {other}, which is not simulated there")
        other_decision = self._instead(declared, kind)
        if other_decision is not None:
            return other_decision
        ignored = tuple(name for name in declared.properties if self._is_ignored(declared, name))
        for name, reason in kind.refused.items():
            if name in declared.properties and name not in ignored:
                return Decision(Treatment.REFUSED, f"has {name}: {reason}", ignored=(name,))
        return Decision(treatment, creator=kind, ignored=ignored)

    def _instead(self, declared: Declared, kind: CreatedType) -> Decision | None:
        """Returns the decision about a resource that becomes a placeholder, or that belongs to one which is not created."""
        reason = None if kind.placeholder_if is None else kind.placeholder_if(declared.properties)
        if reason is not None:
            return Decision(Treatment.PLACEHOLDER, reason, PLACEHOLDERS.get(declared.type))
        for one in references(declared.properties.get(kind.belongs_to), self._template.holds):
            owner = self._template.resources.get(one.name)
            decision = None if owner is None else self.decision(owner)
            if decision is not None and decision.treatment in NOT_MADE:
                belongs = f"belongs to {one.name}, which is not created"
                return Decision(decision.treatment, belongs, PLACEHOLDERS.get(declared.type))
        return None

    def _other_type(self, value: Any, types: tuple[str, ...]) -> str | None:
        """Returns the type of a resource to which a value refers, if it is not one of the types."""
        if value is None:
            return None
        resources = self._template.resources
        found = [resources[one.name].type for one in references(value, self._template.holds) if one.name in resources]
        return found[0] if found and not any(one in types for one in found) else None

    def _function_named_by(self, declared: Declared) -> str | None:
        found = (one.name for one in self._template.references[declared.logical_id])
        functions = {name for name, one in self._template.resources.items() if one.type in FUNCTIONS}
        return next((name for name in found if name in functions), None)

    def _ignored_function(self, declared: Declared) -> str | None:
        """Returns the function to which a resource belongs, if the test ignores the function."""
        service, _, kind = declared.type.rpartition("::")
        if service != "AWS::Lambda" or kind not in _OF_FUNCTIONS or not self._ignore:
            return None
        of_function = declared.properties.get("FunctionName", declared.properties.get("TargetFunctionArn"))
        for one in references(of_function, self._template.holds):
            function = self._template.resources.get(one.name)
            if function is not None and (self._is_ignored(function) or self._ignored_function(function)):
                return function.logical_id
        return None

    def _is_ignored(self, declared: Declared, property_name: str = "") -> bool:
        return is_named(declared, self._ignore, property_name)


def _fits(kind: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(kind, pattern) for pattern in patterns)
