"""Decides what roles and services may do, by the current policies (PRM-10 to 14, PRM-20 to 34)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from ..arns import parse, parse_or_none
from ..journal.entry import NOBODY, Subject
from ..journal.events import Denied
from ..journal.journal import Journal
from ..values import dataclass
from . import policies
from .authorization import INVOKE, NOTHING, PushSource
from .control_plane import function_names
from .destination_kinds import actions_to_configure
from .model import Configuration, Function
from .policies import Call, Principal, Refusal, Statement

ASSUME = "sts:AssumeRole"
LOGS_ONLY: Sequence[Statement] = (
    {
        "Effect": "Allow",
        "Action": ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
        "Resource": "*",
    },
)
"""The permissions of a role that does not exist in IAM."""


@dataclass(frozen=True, slots=True)
class Owned:
    """A resource: its account, and the statements of its policy."""

    account_id: str
    statements: Sequence[Statement] = ()


class Policies(Protocol):
    """The store of policies."""

    def of_role(self, role_arn: str) -> Sequence[Statement] | None:
        """Returns all statements of a role, inline and attached; None if the role does not exist."""

    def of_resource(self, arn: str) -> Owned | None:
        """Returns a queue, topic, bucket or event bus with its policy; None if it does not exist or has no policies."""

    def trust_of(self, role_arn: str) -> Sequence[Statement] | None:
        """Returns the statements of the trust policy of a role; None if the role does not exist."""


class PolicyAuthorizer:
    """The authorizer of a simulated AWS that enforces permissions. `find` returns a function by its ARN.

    It writes denials to the journal as `denied` with their reason, except those of `allowed`, whose caller reports the effect.
    """

    def __init__(self, kept: Policies, find: Callable[[str], Function | None], journal: Journal) -> None:
        self._policies = kept
        self._find = find
        self._journal = journal

    def allowed(self, role_arn: str, action: str, resource_arn: str, context: Mapping[str, str] = NOTHING) -> str | None:
        """Returns None if the role may do this, else the reason, which names the action and the resource.

        A role that does not exist in IAM may only write logs. Lambda makes the call under the role, without
        `lambda:SourceFunctionArn` unless `context` has it (PRM-33).
        """
        return self._refusal_of(Principal(role_arn), role_arn, action, resource_arn, context)

    def may_configure(self, function_name: str, role_arn: str, target_arn: str) -> str | None:
        """Returns None if the function's role may deliver to a target, else the missing action, such as `sqs:SendMessage`."""
        for action, suffix in actions_to_configure(parse(target_arn).service):
            reason = self.allowed(role_arn, action, target_arn + suffix)
            if reason is not None:
                self._journal.write(Denied(Subject(function_name), reason))
                return action
        return None

    def may_call(self, caller: Configuration, action: str, resource_arn: str) -> str | None:
        """Returns None if the handler of a function may do this, else the reason, which names the session of the handler
        (PRM-14).
        """
        role_name = caller.role.rpartition("/")[2]
        session_arn = f"arn:aws:sts::{_account_of(caller.role)}:assumed-role/{role_name}/{caller.function_name}"
        context = {"lambda:SourceFunctionArn": caller.function_arn}
        reason = self._refusal_of(Principal(caller.role, session_arn), caller.role, action, resource_arn, context)
        if reason is not None:
            self._journal.write(Denied(Subject(caller.function_name), reason))
        return reason

    def admits(self, resource_arn: str, source: PushSource, action: str = INVOKE) -> str | None:
        """Returns None if the policy of a resource lets a source do this, else the reason (PRM-03).

        It does not check whether the resource exists.
        """
        owned = self._owned(resource_arn)
        if owned is None:
            return None
        call = _call_of(source, action, resource_arn)
        refusal = policies.refusal_of_service(call, owned.statements)
        if refusal is None:
            return None
        reason = _reason(source.principal, call, refusal)
        is_function = action.startswith(INVOKE)
        subject = Subject(function_names.parse(resource_arn).name) if is_function else NOBODY
        self._journal.write(Denied(subject, reason))
        return reason

    def may_assume(self, role_arn: str, source: PushSource) -> str | None:
        """Returns None if a role exists and lets the service of a source assume it, else the reason.

        A trust policy without statements is not checked.
        """
        trust = self._policies.trust_of(role_arn)
        if trust is not None and (not trust or policies.refusal_of_service(_call_of(source, ASSUME, role_arn), trust) is None):
            return None
        return f"Provided role '{role_arn}' cannot be assumed by principal '{source.principal}'."

    def _refusal_of(
        self, who: Principal, role_arn: str, action: str, resource_arn: str, context: Mapping[str, str]
    ) -> str | None:
        resource = _named(action, resource_arn)
        owned = self._owned(resource_arn) or Owned(_account_of(resource_arn) or _account_of(role_arn))
        call = Call(who, action, resource, {**_context(role_arn, resource, owned.account_id), **context})
        refusal = policies.refusal_of_role(call, self._of_role(role_arn), owned.statements, owned.account_id)
        return None if refusal is None else _reason(who.session_arn or role_arn, call, refusal)

    def _of_role(self, role_arn: str) -> Sequence[Statement]:
        statements = self._policies.of_role(role_arn)
        return LOGS_ONLY if statements is None else statements

    def _owned(self, arn: str) -> Owned | None:
        if ":lambda:" not in arn:
            return self._policies.of_resource(arn.partition("/")[0] if ":s3:::" in arn else arn)
        arn = arn.partition("/durable-execution/")[0]
        function = self._find(arn)
        if function is None:
            return None
        policy = function.policies.get(function_names.parse(arn).qualifier or "")
        return Owned(_account_of(function.arn), () if policy is None else tuple(policy.statements.values()))


def _call_of(source: PushSource, action: str, resource_arn: str) -> Call:
    context = {"aws:SourceArn": source.arn, "aws:SecureTransport": "true", **(source.conditions or NOTHING)}
    if source.account_id is not None:
        context["aws:SourceAccount"] = source.account_id
    principal = Principal(service=source.principal, regional_service=source.regional_principal)
    return Call(principal, action, resource_arn, context)


def _named(action: str, resource_arn: str) -> str:
    """Returns the resource as policies name it. For an action on objects a bucket stands for all its objects."""
    is_bucket = action == "s3:PutObject" and "/" not in resource_arn
    return f"{resource_arn}/*" if is_bucket else resource_arn


def _account_of(arn: str) -> str:
    """Returns the account in an ARN. ARNs of buckets have none."""
    parsed = parse_or_none(arn)
    return "" if parsed is None else parsed.account_id


def _context(role_arn: str, resource: str, owner: str) -> Mapping[str, str]:
    """Returns the condition keys of every call of a role."""
    known = {
        "aws:PrincipalArn": role_arn,
        "aws:PrincipalAccount": _account_of(role_arn),
        "aws:PrincipalType": "AssumedRole",
        "aws:ResourceAccount": owner,
        "aws:SecureTransport": "true",
    }
    if resource.startswith("arn:aws:s3:"):
        known["s3:ResourceAccount"] = owner
    return known


def _reason(who: str, call: Call, refusal: Refusal) -> str:
    why = refusal.format(action=call.action)
    return f"{who} is not authorized to perform: {call.action} on resource: {call.resource} {why}"
