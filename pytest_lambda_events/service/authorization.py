"""The permissions that the service checks (PRM-20 to 36). Without enforcement everything is allowed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from ..arns import source_label
from ..values import dataclass
from .model import Configuration

NOTHING: Mapping[str, str] = {}
INVOKE = "lambda:InvokeFunction"


@dataclass(frozen=True, slots=True)
class PushSource:
    """A resource that sends events to functions, such as a topic, with its service principal, such as `sns.amazonaws.com`.

    `regional_principal` is another name of the same principal. `conditions` are further condition keys with their values.
    """

    principal: str
    arn: str
    account_id: str | None = None
    regional_principal: str | None = None
    conditions: Mapping[str, str] | None = None

    @property
    def label(self) -> str:
        """Returns the service and the name of the resource, such as `sns orders`."""
        return source_label(self.principal.partition(".")[0], self.arn)


class Authorizer(Protocol):
    """Decides about calls by the current policies (PRM-32)."""

    def allowed(self, role_arn: str, action: str, resource_arn: str, context: Mapping[str, str] = NOTHING) -> str | None:
        """Returns None if the role may do this, else the reason, which names the action and the resource.

        `context` holds condition keys such as `lambda:SourceFunctionArn` and their values.
        """

    def may_configure(self, function_name: str, role_arn: str, target_arn: str) -> str | None:
        """Returns None if the function's role may deliver to a target, else the missing action, such as `sqs:SendMessage`."""

    def may_call(self, caller: Configuration, action: str, resource_arn: str) -> str | None:
        """Returns None if the handler of a function may do this, else the reason, which names the session of the handler
        (PRM-14).
        """

    def admits(self, resource_arn: str, source: PushSource, action: str = INVOKE) -> str | None:
        """Returns None if the policy of a resource lets a source do this, else the reason (PRM-10 to 13).

        The resource is a function, version or alias, or a queue or topic with its own `action`, such as `sqs:SendMessage`.
        """

    def may_assume(self, role_arn: str, source: PushSource) -> str | None:
        """Returns None if a role exists and lets the service of a source assume it, else the reason (EVB-74, SCH-20)."""


class AllowAll:
    """Allows everything without a check (PRM-40)."""

    def allowed(self, role_arn: str, action: str, resource_arn: str, context: Mapping[str, str] = NOTHING) -> str | None:
        """Returns None."""
        return None

    def may_configure(self, function_name: str, role_arn: str, target_arn: str) -> str | None:
        """Returns None."""
        return None

    def may_call(self, caller: Configuration, action: str, resource_arn: str) -> str | None:
        """Returns None."""
        return None

    def admits(self, resource_arn: str, source: PushSource, action: str = INVOKE) -> str | None:
        """Returns None."""
        return None

    def may_assume(self, role_arn: str, source: PushSource) -> str | None:
        """Returns None."""
        return None
