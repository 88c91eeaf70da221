"""Adds AWS's managed policies to moto's IAM."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from functools import cache
from typing import TYPE_CHECKING, Any

from ...contexts import contextmanager
from ...patching import attribute_patched
from ..lasting import kept
from ..late_parts import when_loaded

if TYPE_CHECKING:
    from moto.iam.models import IAMBackend


def managed_policies_known() -> AbstractContextManager[object]:
    """Lets roles have AWS's managed policies. Each is loaded when it is first attached, because moto starts without them."""
    return when_loaded("moto.iam.models", lambda: kept("managed policies", _managed_policies_attached))


@contextmanager
def _managed_policies_attached() -> Iterator[None]:
    from moto.iam.models import IAMBackend

    attach = IAMBackend.attach_role_policy

    def attach_role_policy(backend: IAMBackend, policy_arn: str, role_name: str) -> None:
        if policy_arn not in backend.managed_policies and policy_arn.startswith(f"arn:{backend.partition}:iam::aws:policy/"):
            _load(backend, policy_arn)
        attach(backend, policy_arn, role_name)

    with attribute_patched(IAMBackend, "attach_role_policy", attach_role_policy):
        yield


def _load(backend: IAMBackend, policy_arn: str) -> None:
    name = policy_arn.rpartition("/")[2]
    data = _managed().get(name)
    if data is not None and policy_arn.endswith(f":policy{data['Path']}{name}"):
        from moto.iam.models import AWSManagedPolicy

        policy = AWSManagedPolicy.from_data(name, backend.account_id, backend.region_name, data)
        backend.managed_policies[policy_arn] = policy


@cache
def _managed() -> Mapping[str, Any]:
    from moto.iam.aws_managed_policies import aws_managed_policies_data

    found: Mapping[str, Any] = json.loads(aws_managed_policies_data)
    return found
