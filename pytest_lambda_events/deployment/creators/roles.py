"""Roles, users and policies of IAM."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...templates.texts import json_text
from ..errors import DeployError
from ..making import Made, Making
from .created_type import CreatedType, Values

_KINDS = {"Role": "RoleName", "User": "UserName", "Group": "GroupName"}
"""The kinds of owners of policies, and the parameters that name them."""


_VERSION = "2012-10-17"


def document_text(document: Any) -> str:
    """Returns a policy document as JSON. The version may be missing in a template."""
    return json_text({"Version": _VERSION, **document} if isinstance(document, Mapping) else document)


def _policies_of(kind: str) -> Any:
    """Returns what gives a role, user or group its inline and managed policies."""

    def give(making: Making, values: Values) -> None:
        for policy in making.get("Policies") or ():
            _put(making, kind, values["name"], policy)
        for policy_arn in making.get("ManagedPolicyArns") or ():
            _attach(making, kind, values["name"], str(policy_arn))
        for group in making.get("Groups") or ():
            key = {"GroupName": group, "UserName": values["name"]}
            making.call("iam", "AddUserToGroup", key)
            making.undo("iam", "RemoveUserFromGroup", key)

    return give


def _put(making: Making, kind: str, owner: str, policy: Mapping[str, object]) -> None:
    key = {_KINDS[kind]: owner, "PolicyName": policy["PolicyName"]}
    making.call("iam", f"Put{kind}Policy", {**key, "PolicyDocument": document_text(policy["PolicyDocument"])})
    making.undo("iam", f"Delete{kind}Policy", key)


def _attach(making: Making, kind: str, owner: str, policy_arn: str) -> None:
    """Attaches a managed policy. The translator of SAM writes names that it does not know as they are."""
    key = {_KINDS[kind]: owner, "PolicyArn": policy_arn}
    try:
        making.call("iam", f"Attach{kind}Policy", key)
    except DeployError:
        if policy_arn.startswith("arn:") and not policy_arn.startswith("arn:aws:iam::aws:"):
            raise
        making.not_applied([f"ManagedPolicyArns {policy_arn}"])
    else:
        making.undo("iam", f"Detach{kind}Policy", key)


def _owners(making: Making) -> list[tuple[str, str]]:
    return [(kind, owner) for kind in _KINDS for owner in making.get(f"{kind}s") or ()]


def _inline_policy(making: Making) -> Made:
    """Adds an inline policy to its owners."""
    name = str(making["PolicyName"])
    single = [(kind, making[name]) for kind, name in _KINDS.items() if making.get(name) is not None]
    for kind, owner in [*_owners(making), *single]:
        _put(making, kind, owner, {"PolicyName": name, "PolicyDocument": making["PolicyDocument"]})
    return Made(name, {"Id": name}, name)


def _attach_to_owners(making: Making, values: Values) -> None:
    for kind, owner in _owners(making):
        _attach(making, kind, owner, values["answer"]["Policy"]["Arn"])


def _add_roles(making: Making, values: Values) -> None:
    for role in making.get("Roles") or ():
        key = {"InstanceProfileName": values["name"], "RoleName": role}
        making.call("iam", "AddRoleToInstanceProfile", key)
        making.undo("iam", "RemoveRoleFromInstanceProfile", key)


_POLICY = "{answer[Policy][%s]}"
_FROM_POLICY = (
    "AttachmentCount", "CreateDate", "DefaultVersionId", "IsAttachable", "PermissionsBoundaryUsageCount", "PolicyId",
    "UpdateDate",
)  # fmt: skip
IAM: Mapping[str, CreatedType] = {
    "AWS::IAM::Role": CreatedType(
        "iam", "CreateRole", name="RoleName",
        attributes={"Arn": "{answer[Role][Arn]}", "RoleId": "{answer[Role][RoleId]}"},
        elsewhere=("ManagedPolicyArns", "Policies", "AssumeRolePolicyDocument"), after=_policies_of("Role"),
        before=lambda making: {"AssumeRolePolicyDocument": document_text(making["AssumeRolePolicyDocument"])},
        undo=("DeleteRole", {"RoleName": "{name}"}),
    ),
    "AWS::IAM::User": CreatedType(
        "iam", "CreateUser", name="UserName", attributes={"Arn": "{answer[User][Arn]}"},
        elsewhere=("ManagedPolicyArns", "Policies", "Groups"), not_applied=("LoginProfile",), after=_policies_of("User"),
        undo=("DeleteUser", {"UserName": "{name}"}),
    ),
    "AWS::IAM::Group": CreatedType(
        "iam", "CreateGroup", name="GroupName", limit=128, attributes={"Arn": "{answer[Group][Arn]}"},
        elsewhere=("ManagedPolicyArns", "Policies"), after=_policies_of("Group"),
        undo=("DeleteGroup", {"GroupName": "{name}"}),
    ),
    "AWS::IAM::Policy": CreatedType(
        "iam", "PutRolePolicy", attributes={"Id": ""}, elsewhere=("Roles", "Users", "Groups"), create=_inline_policy,
    ),
    **{
        f"AWS::IAM::{kind}Policy": CreatedType("iam", f"Put{kind}Policy", create=_inline_policy) for kind in _KINDS
    },
    "AWS::IAM::ManagedPolicy": CreatedType(
        "iam", "CreatePolicy", name="ManagedPolicyName", renamed={"ManagedPolicyName": "PolicyName"}, limit=128,
        ref=_POLICY % "Arn",
        attributes={"PolicyArn": _POLICY % "Arn", **{name: _POLICY % name for name in _FROM_POLICY}},
        elsewhere=("Roles", "Users", "Groups", "PolicyDocument"), undo=("DeletePolicy", {"PolicyArn": _POLICY % "Arn"}),
        before=lambda making: {"PolicyDocument": document_text(making["PolicyDocument"])}, after=_attach_to_owners,
    ),
    "AWS::IAM::InstanceProfile": CreatedType(
        "iam", "CreateInstanceProfile", name="InstanceProfileName", limit=128,
        attributes={"Arn": "{answer[InstanceProfile][Arn]}"}, elsewhere=("Roles",), after=_add_roles,
        undo=("DeleteInstanceProfile", {"InstanceProfileName": "{name}"}),
    ),
    "AWS::IAM::AccessKey": CreatedType(
        "iam", "CreateAccessKey", ref="{answer[AccessKey][AccessKeyId]}",
        attributes={"SecretAccessKey": "{answer[AccessKey][SecretAccessKey]}", "Id": "{answer[AccessKey][AccessKeyId]}"},
        not_applied=("Serial", "Status"),
        undo=("DeleteAccessKey", {"AccessKeyId": "{answer[AccessKey][AccessKeyId]}", "UserName": "{given[UserName]}"}),
    ),
}  # fmt: skip
"""The types of IAM. Policies decide about deliveries only with `enforce_permissions`."""
