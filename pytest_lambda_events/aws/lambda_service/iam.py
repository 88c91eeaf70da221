"""The part of IAM that has the roles of functions."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from moto.utilities.utils import get_partition

from ...arns import parse_or_none
from ...service.policies import statements_of, trusts
from ..backends import late_backends
from .policies import role_of

if TYPE_CHECKING:
    pass

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
