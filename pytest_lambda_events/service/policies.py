"""The evaluation of IAM policies over plain values: who may do what to which resource (PRM-31 to 34, PRM-40).

Statements are written as in AWS. An element that is not known is refused by name, but only if its statement applies to the
call: a policy may contain more than a test needs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field
from functools import cache
from typing import Any, Literal

from ..arns import parse
from ..values import dataclass
from .control_plane.validation import not_simulated

Statement = Mapping[str, Any]
Refusal = Literal[
    "with an explicit deny in an identity-based policy",
    "with an explicit deny in a resource-based policy",
    "because no identity-based policy allows the {action} action",
    "because no resource-based policy allows the {action} action",
]
"""The reasons for a denial, in AWS's words."""

DENIED_BY_IDENTITY: Refusal = "with an explicit deny in an identity-based policy"
DENIED_BY_RESOURCE: Refusal = "with an explicit deny in a resource-based policy"
NOT_ALLOWED_BY_IDENTITY: Refusal = "because no identity-based policy allows the {action} action"
NOT_ALLOWED_BY_RESOURCE: Refusal = "because no resource-based policy allows the {action} action"


@dataclass(frozen=True, slots=True)
class Principal:
    """The caller: a role (its ARN, and the ARN of its session), or an AWS service by its host name or its regional one."""

    role_arn: str | None = None
    session_arn: str | None = None
    service: str | None = None
    regional_service: str | None = None

    @property
    def account_id(self) -> str | None:
        """Returns the account of a role. A service has none."""
        return None if self.role_arn is None else parse(self.role_arn).account_id


@dataclass(frozen=True, slots=True)
class Call:
    """A call to evaluate. `context` holds its condition keys."""

    principal: Principal
    action: str
    resource: str
    context: Mapping[str, str] = field(default_factory=dict)


def refusal_of_role(
    call: Call, identity: Sequence[Statement], resource: Sequence[Statement], resource_account_id: str
) -> Refusal | None:
    """Returns None if a role may make the call, else the reason.

    An explicit deny on either side decides. In one account one allow is enough, but an allow of the resource must name the
    role itself and not its account. Across accounts both sides must allow (PRM-34).
    """
    if _has_effect("Deny", identity, call):
        return DENIED_BY_IDENTITY
    if _has_effect_on_caller("Deny", resource, call):
        return DENIED_BY_RESOURCE
    is_granted_by_identity = _has_effect("Allow", identity, call)
    if resource_account_id == call.principal.account_id:
        if is_granted_by_identity or _has_effect_on_caller("Allow", resource, call, by_account=False):
            return None
        return NOT_ALLOWED_BY_IDENTITY
    if not is_granted_by_identity:
        return NOT_ALLOWED_BY_IDENTITY
    return None if _has_effect_on_caller("Allow", resource, call) else NOT_ALLOWED_BY_RESOURCE


def refusal_of_service(call: Call, resource: Sequence[Statement]) -> Refusal | None:
    """Returns None if the policy of a resource lets a service make the call, else the reason (PRM-10 to 13)."""
    if _has_effect_on_caller("Deny", resource, call):
        return DENIED_BY_RESOURCE
    return None if _has_effect_on_caller("Allow", resource, call) else NOT_ALLOWED_BY_RESOURCE


def refusal_of_document(call: Call, statements: Sequence[Statement]) -> Refusal | None:
    """Returns None if a policy without principals, such as that of a Lambda authorizer, allows the call, else the reason."""
    if _has_effect("Deny", statements, call):
        return DENIED_BY_IDENTITY
    return None if _has_effect("Allow", statements, call) else NOT_ALLOWED_BY_IDENTITY


def trusts(statements: Sequence[Statement], service: str) -> bool:
    """Returns whether the trust policy of a role lets a service assume it (PRM-36). Conditions count as fulfilled."""
    unconditional = [{key: value for key, value in one.items() if key != "Condition"} for one in statements]
    call = Call(Principal(service=service), "sts:AssumeRole", "*")
    return refusal_of_service(call, unconditional) is None


def statements_of(document: Mapping[str, Any] | None) -> Sequence[Statement]:
    """Returns the statements of a policy document, which may have a single one without a list; none without a document."""
    return _listed((document or {}).get("Statement"))


def _has_effect(effect: str, statements: Iterable[Statement], call: Call) -> bool:
    """Returns whether a statement of an identity has this effect on the call."""
    return any(_applies(effect, statement, call) and _conditions_hold(statement, call) for statement in statements)


def _has_effect_on_caller(effect: str, statements: Iterable[Statement], call: Call, *, by_account: bool = True) -> bool:
    """Returns whether a statement of a resource has this effect on the call and applies to its caller."""
    return any(
        _applies(effect, statement, call)
        and _names(statement, call.principal, by_account=by_account)
        and _conditions_hold(statement, call)
        for statement in statements
    )


def _applies(effect: str, statement: Statement, call: Call) -> bool:
    is_about = statement.get("Effect") == effect and _is_about_action(statement, call.action)
    return is_about and _is_about_resource(statement, call.resource)


def _is_about_action(statement: Statement, action: str) -> bool:
    """Actions are not case-sensitive."""
    if "NotAction" in statement:
        return not _any_pattern(statement["NotAction"], action, re.IGNORECASE)
    return _any_pattern(statement.get("Action"), action, re.IGNORECASE)


def _is_about_resource(statement: Statement, resource: str) -> bool:
    """The policy of a resource may leave the resource out, as trust policies do."""
    if "NotResource" in statement:
        return not _any_pattern(_without_variables(statement["NotResource"]), resource)
    return "Resource" not in statement or _any_pattern(_without_variables(statement["Resource"]), resource)


def _without_variables(patterns: Any) -> Sequence[str]:
    for pattern in _listed(patterns):
        if "${" in pattern:
            raise not_simulated(f"The policy variable in {pattern!r}")
    return _listed(patterns)


def _any_pattern(patterns: Any, text: str, flags: int = 0) -> bool:
    return any(like(pattern, text, flags) for pattern in _listed(patterns))


def like(pattern: str, text: str, flags: int = 0) -> bool:
    """Returns whether a text matches a pattern. `*` stands for any characters or none, and `?` for one."""
    return _compiled(pattern, flags).fullmatch(text) is not None


@cache
def _compiled(pattern: str, flags: int) -> re.Pattern[str]:
    parts = {"*": ".*", "?": "."}
    return re.compile("".join(parts.get(character, re.escape(character)) for character in pattern), flags | re.DOTALL)


def _listed(value: Any) -> Sequence[Any]:
    """Returns a list. AWS accepts a single value instead of a list."""
    if value is None:
        return ()
    return value if isinstance(value, (list, tuple)) else (value,)


def _names(statement: Statement, principal: Principal, *, by_account: bool) -> bool:
    """Returns whether a statement of a resource applies to the caller; with `by_account` also if it names the account."""
    if "NotPrincipal" in statement:
        raise not_simulated("NotPrincipal in a policy")
    named = statement.get("Principal")
    if named == "*":
        return True
    if not isinstance(named, Mapping):
        return False
    if "*" in _listed(named.get("AWS")):
        return True
    if principal.service is not None:
        return any(name in (principal.service, principal.regional_service) for name in _listed(named.get("Service")))
    right = {principal.role_arn, principal.session_arn}
    if by_account:
        right |= {principal.account_id, f"arn:aws:iam::{principal.account_id}:root"}
    return any(value in right for value in _listed(named.get("AWS")))


def _arn_like(pattern: str, value: str) -> bool:
    """Compares each of the six parts of an ARN separately."""
    patterns, parts = pattern.split(":", 5), value.split(":", 5)
    return len(patterns) == len(parts) and all(like(*pair) for pair in zip(patterns, parts, strict=True))


def _equal_without_case(one: str, other: str) -> bool:
    return one.lower() == other.lower()


_OPERATORS: Mapping[str, Callable[[str, str], bool]] = {
    "StringEquals": str.__eq__,
    "StringEqualsIgnoreCase": _equal_without_case,
    "StringLike": like,
    "ArnEquals": _arn_like,
    "ArnLike": _arn_like,
    "Bool": _equal_without_case,
}
"""The comparison of each operator: a value of the policy (first) with the value of the call."""
_NEGATED = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
}
"""These operators are true if no value matches, and if the call does not have the key."""


def _conditions_hold(statement: Statement, call: Call) -> bool:
    """Returns whether all operators and keys match. One value of each key is enough. Keys are not case-sensitive."""
    context = {key.lower(): value for key, value in call.context.items()}
    return all(
        _holds(operator, [_text(value) for value in _listed(values)], context.get(key.lower()))
        for operator, keys in (statement.get("Condition") or {}).items()
        for key, values in keys.items()
    )


def _holds(operator: str, values: Sequence[str], actual: str | None) -> bool:
    if operator == "Null":
        return any((actual is None) == (value.lower() == "true") for value in values)
    name = operator.removesuffix("IfExists")
    if name not in _OPERATORS and name not in _NEGATED:
        raise not_simulated(f"The condition operator {operator}")
    if actual is None:
        return name != operator or name in _NEGATED
    is_met = any(_OPERATORS[_NEGATED.get(name, name)](value, actual) for value in _without_variables(values))
    return is_met != (name in _NEGATED)


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
