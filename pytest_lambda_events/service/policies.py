"""The evaluation of IAM policies over plain values: who may do what to which resource (PRM-31 to 34, PRM-40).

Statements are as AWS writes them. What a statement says and this does not know is refused by name, but only where the
statement is about the call: a policy may hold more than a test needs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal

from .control_plane.validation import not_simulated

Statement = Mapping[str, Any]
Refusal = Literal[
    "with an explicit deny in an identity-based policy",
    "with an explicit deny in a resource-based policy",
    "because no identity-based policy allows the {action} action",
    "because no resource-based policy allows the {action} action",
]
"""Why a call is denied, in AWS's words."""

DENIED_BY_IDENTITY: Refusal = "with an explicit deny in an identity-based policy"
DENIED_BY_RESOURCE: Refusal = "with an explicit deny in a resource-based policy"
NOT_ALLOWED_BY_IDENTITY: Refusal = "because no identity-based policy allows the {action} action"
NOT_ALLOWED_BY_RESOURCE: Refusal = "because no resource-based policy allows the {action} action"


@dataclass(frozen=True, slots=True)
class Principal:
    """Who calls: a role (its ARN and, of a session, the session's), or an AWS service by its host name."""

    role_arn: str | None = None
    session_arn: str | None = None
    service: str | None = None

    @property
    def account_id(self) -> str | None:
        """The account of a role; a service has none."""
        return None if self.role_arn is None else self.role_arn.split(":")[4]


@dataclass(frozen=True, slots=True)
class Call:
    """What is to be judged; `context` holds the condition keys that the call carries."""

    principal: Principal
    action: str
    resource: str
    context: Mapping[str, str] = field(default_factory=dict)


# ---------------------------------------------------------------------- decisions


def refusal_of_role(
    call: Call, identity: Sequence[Statement], resource: Sequence[Statement], resource_account_id: str
) -> Refusal | None:
    """None if a role may make the call, else why not.

    An explicit deny on either side decides. In one account either side's allow is enough, the resource's only if it
    names the role itself and not its account; across accounts both sides must allow (PRM-34).
    """
    if _says("Deny", identity, call):
        return DENIED_BY_IDENTITY
    if _says_to("Deny", resource, call):
        return DENIED_BY_RESOURCE
    is_granted_by_identity = _says("Allow", identity, call)
    if resource_account_id == call.principal.account_id:
        if is_granted_by_identity or _says_to("Allow", resource, call, by_account=False):
            return None
        return NOT_ALLOWED_BY_IDENTITY
    if not is_granted_by_identity:
        return NOT_ALLOWED_BY_IDENTITY
    return None if _says_to("Allow", resource, call) else NOT_ALLOWED_BY_RESOURCE


def refusal_of_service(call: Call, resource: Sequence[Statement]) -> Refusal | None:
    """None if a resource's own policy lets a service make the call, else why not (PRM-10 to 13)."""
    if _says_to("Deny", resource, call):
        return DENIED_BY_RESOURCE
    return None if _says_to("Allow", resource, call) else NOT_ALLOWED_BY_RESOURCE


def trusts(statements: Sequence[Statement], service: str) -> bool:
    """Whether a role's trust policy lets a service assume it (PRM-36). Conditions are taken as met."""
    unconditional = [{key: value for key, value in one.items() if key != "Condition"} for one in statements]
    call = Call(Principal(service=service), "sts:AssumeRole", "*")
    return refusal_of_service(call, unconditional) is None


def statements_of(document: Mapping[str, Any] | None) -> Sequence[Statement]:
    """The statements of a policy document, of which there may be one outside a list; none for no document."""
    return _listed((document or {}).get("Statement"))


# ---------------------------------------------------------------------- statements


def _says(effect: str, statements: Iterable[Statement], call: Call) -> bool:
    """Whether one of an identity's statements has this effect on the call."""
    return any(_applies(effect, statement, call) and _conditions_hold(statement, call) for statement in statements)


def _says_to(effect: str, statements: Iterable[Statement], call: Call, *, by_account: bool = True) -> bool:
    """Whether one of a resource's statements has this effect on the call and is about its caller."""
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
    """Actions have no case."""
    if "NotAction" in statement:
        return not _any_pattern(statement["NotAction"], action, re.IGNORECASE)
    return _any_pattern(statement.get("Action"), action, re.IGNORECASE)


def _is_about_resource(statement: Statement, resource: str) -> bool:
    """A policy that belongs to a resource may leave the resource out, as trust policies do."""
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
    """Whether a text matches a pattern in which `*` stands for any characters, also none, and `?` for one."""
    return _compiled(pattern, flags).fullmatch(text) is not None


@cache
def _compiled(pattern: str, flags: int) -> re.Pattern[str]:
    parts = {"*": ".*", "?": "."}
    return re.compile("".join(parts.get(character, re.escape(character)) for character in pattern), flags | re.DOTALL)


def _listed(value: Any) -> Sequence[Any]:
    """AWS lets one value stand for a list of one."""
    if value is None:
        return ()
    return value if isinstance(value, (list, tuple)) else (value,)


# ---------------------------------------------------------------------- principals


def _names(statement: Statement, principal: Principal, *, by_account: bool) -> bool:
    """Whether a statement of a resource's policy is about the caller; with `by_account` also where it names its account."""
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
        return principal.service in _listed(named.get("Service"))
    right = {principal.role_arn, principal.session_arn}
    if by_account:
        right |= {principal.account_id, f"arn:aws:iam::{principal.account_id}:root"}
    return any(value in right for value in _listed(named.get("AWS")))


# ---------------------------------------------------------------------- conditions


def _arn_like(pattern: str, value: str) -> bool:
    """Each of the six parts of an ARN is compared by itself."""
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
"""By operator: whether a value of the policy (first) is met by the call's."""
_NEGATED = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
}
"""They hold where none of the values is met, and where the call lacks the key."""


def _conditions_hold(statement: Statement, call: Call) -> bool:
    """All operators and all keys must hold; of the values of one key, one. Keys have no case."""
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
