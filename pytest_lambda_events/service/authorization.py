"""Who may do what, as far as the service asks (PRM-20 to 36). Without enforcement the answer is always yes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from .model import Configuration

NOTHING: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class PushSource:
    """A resource that sends events to functions, such as a topic, with its service principal, such as `sns.amazonaws.com`."""

    principal: str
    arn: str
    account_id: str | None = None


class Authorizer(Protocol):
    """Judges calls by the policies that are in force when it is asked (PRM-32)."""

    def allowed(self, role_arn: str, action: str, resource_arn: str, context: Mapping[str, str] = NOTHING) -> str | None:
        """None if the role may do this, else the reason, which names the action and the resource.

        `context` holds condition keys such as `lambda:SourceFunctionArn` and their values.
        """

    def may_configure(self, function_name: str, role_arn: str, target_arn: str) -> str | None:
        """None if the function's role may deliver to a target, else the action that it lacks, as in `sqs:SendMessage`."""

    def may_call(self, caller: Configuration, action: str, resource_arn: str) -> str | None:
        """None if a function's handler may do this, else the reason, with the session that it calls as (PRM-14)."""

    def admits(self, function_arn: str, source: PushSource) -> str | None:
        """None if the policy of a function, version or alias lets a source invoke it, else the reason (PRM-10 to 13)."""


class AllowAll:
    """Nothing is checked: all is allowed (PRM-40)."""

    def allowed(self, role_arn: str, action: str, resource_arn: str, context: Mapping[str, str] = NOTHING) -> str | None:
        """None."""
        return None

    def may_configure(self, function_name: str, role_arn: str, target_arn: str) -> str | None:
        """None."""
        return None

    def may_call(self, caller: Configuration, action: str, resource_arn: str) -> str | None:
        """None."""
        return None

    def admits(self, function_arn: str, source: PushSource) -> str | None:
        """None."""
        return None
