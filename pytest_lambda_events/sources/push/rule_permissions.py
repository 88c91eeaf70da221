"""What EventBridge may do for a rule: by the policy of the target, or by the role of the target (EVB-72, EVB-74, EVB-97)."""

from __future__ import annotations

from collections.abc import Mapping

from ...arns import parse
from ...service.authorization import Authorizer, PushSource
from .deliveries import NotDelivered
from .event_rules import SERVICE, EventRule, RuleTarget

_ACTIONS: Mapping[str, tuple[str, ...]] = {
    "lambda": ("lambda:InvokeFunction",),
    "sqs": ("sqs:SendMessage",),
    "sns": ("sns:Publish",),
    "kinesis": ("kinesis:PutRecord",),
    "events": ("events:PutEvents",),
    "states": ("states:StartExecution",),
    "logs": ("logs:CreateLogStream", "logs:PutLogEvents"),
}

_NEED_ROLE = frozenset({"kinesis", "events", "states"})
"""The services of targets for which EventBridge needs a role."""


class RulePermissions:
    """Decides at each attempt whether EventBridge may deliver (EVB-99)."""

    def __init__(self, authority: Authorizer) -> None:
        self._authority = authority

    def check(self, rule: EventRule, target: RuleTarget) -> None:
        """Raises `NotDelivered` if EventBridge may not deliver to a target.

        The policy of a function is not checked here: Lambda checks it when it accepts the event.
        """
        role_arn = target.get("RoleArn")
        service = parse(target["Arn"]).service
        if role_arn is not None:
            self._check_role(rule, str(role_arn), target["Arn"], _ACTIONS.get(service, ()))
        elif service in _NEED_ROLE:
            self._check_that_nothing_is_enforced(rule, target["Arn"])
        elif service != "lambda":
            for action in _ACTIONS.get(service, ()):
                _raise_if_refused(self._authority.admits(_named(target["Arn"]), rule.source, action))

    def check_dead_letter_queue(self, rule: EventRule, queue_arn: str) -> None:
        """Raises `NotDelivered` if the policy of a dead-letter queue does not let EventBridge send to it (EVB-97)."""
        _raise_if_refused(self._authority.admits(queue_arn, rule.source, "sqs:SendMessage"))

    def refusal_of_role(self, rule_arn: str, account_id: str, role_arn: str) -> str | None:
        """Returns AWS's text if `PutRule` refuses the role of a rule, else None (EVB-74)."""
        return self._authority.may_assume(role_arn, PushSource(SERVICE, rule_arn, account_id))

    def _check_that_nothing_is_enforced(self, rule: EventRule, target_arn: str) -> None:
        # A role without a name does not exist, so EventBridge may not assume it if permissions are enforced.
        if self._authority.may_assume("", rule.source) is not None:
            raise NotDelivered("NO_PERMISSIONS", f"EventBridge needs a role for {target_arn}, and the target has no RoleArn")

    def _check_role(self, rule: EventRule, role_arn: str, target_arn: str, actions: tuple[str, ...]) -> None:
        reason = self._authority.may_assume(role_arn, rule.source)
        if reason is not None:
            raise NotDelivered("FAILED_TO_ASSUME_ROLE", reason)
        for action in actions:
            _raise_if_refused(self._authority.allowed(role_arn, action, target_arn))


def _named(target_arn: str) -> str:
    """Returns a target as policies name it. Log streams of a log group follow a colon."""
    is_log_group = ":logs:" in target_arn and not target_arn.endswith(":*")
    return f"{target_arn}:*" if is_log_group else target_arn


def _raise_if_refused(reason: str | None) -> None:
    if reason is not None:
        raise NotDelivered("NO_PERMISSIONS", reason)
