"""The part of IAM that has the roles of functions."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

from moto.utilities.utils import get_partition

from ...arns import parse_or_none
from ...patching import attribute_patched
from ...service.policies import statements_of, trusts
from ..backends import late_backends
from ..late_parts import when_loaded
from .policies import role_of

if TYPE_CHECKING:
    from moto.iam.models import IAMBackend

iam_backends = late_backends("iam")
LAMBDA = "lambda.amazonaws.com"
_TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": LAMBDA}, "Action": "sts:AssumeRole"}],
}
_ROLE_NAME_LENGTH = 64
_POLICY_NAME = "role_policy"


class Roles:
    """The roles of moto's IAM. Roles of another partition than the region's do not count."""

    def __init__(self, region_name: str) -> None:
        self._partition = get_partition(region_name)

    def role_exists(self, arn: str) -> bool:
        """Returns whether a role with this ARN exists, in any account, that Lambda may assume (PRM-36)."""
        parsed = parse_or_none(arn)
        role = role_of(arn) if parsed is not None and parsed.partition == self._partition else None
        return role is not None and _lets_lambda_in(role.assume_role_policy_document)


def _lets_lambda_in(document: str) -> bool:
    """Returns whether a trust policy admits Lambda. moto accepts any text as a policy; a text without statements is not
    checked.
    """
    try:
        statements = statements_of(json.loads(document))
    except (ValueError, AttributeError):
        return True
    return not statements or trusts(statements, LAMBDA)


def own_role(client: Any, function_name: str, statements: Sequence[Mapping[str, object]]) -> str:
    """Returns the ARN of a function's own role with exactly these statements, and creates the role if necessary.

    `client` is a client of IAM. Raises its `ClientError` for invalid statements.
    """
    name = _role_name(function_name)
    try:
        role = client.get_role(RoleName=name)["Role"]
    except client.exceptions.NoSuchEntityException:
        role = client.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(_TRUST))["Role"]
    if statements:
        document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
        client.put_role_policy(RoleName=name, PolicyName=_POLICY_NAME, PolicyDocument=document)
    elif _POLICY_NAME in client.list_role_policies(RoleName=name)["PolicyNames"]:
        client.delete_role_policy(RoleName=name, PolicyName=_POLICY_NAME)
    return str(role["Arn"])


@contextmanager
def own_role_unchanged_on_error(account_id: str, region_name: str, function_name: str) -> Iterator[None]:
    """Restores a function's own role if the block raises, or removes the role that the block created."""
    roles = iam_backends[account_id][get_partition(region_name)].roles
    before = {role.id: dict(role.policies) for role in roles.values() if role.name == _role_name(function_name)}
    try:
        yield
    except BaseException:
        for role in [role for role in roles.values() if role.name == _role_name(function_name)]:
            if role.id in before:
                role.policies = before[role.id]
            else:
                del roles[role.id]
        raise


def _role_name(function_name: str) -> str:
    name = f"lambda-events-{function_name}"
    if len(name) <= _ROLE_NAME_LENGTH:
        return name
    digest = hashlib.sha256(function_name.encode()).hexdigest()[:8]
    return f"{name[: _ROLE_NAME_LENGTH - 9]}-{digest}"


def managed_policies_known() -> AbstractContextManager[None]:
    """Lets roles have AWS's managed policies. Each is loaded when it is first attached, because moto starts without them."""
    return when_loaded("moto.iam.models", _managed_policies_attached)


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
