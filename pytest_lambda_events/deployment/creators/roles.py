"""Roles, users and policies of IAM."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from ...templates.texts import json_text
from ..created import Created, Made
from ..errors import DeployError
from ..making import Making
from .changes import change_tags, differs, gone_and_new, new_values
from .created_type import CreatedType, Values

_KINDS = {"Role": "RoleName", "User": "UserName", "Group": "GroupName"}
"""The kinds of owners of policies, and the parameters that name them."""


_VERSION = "2012-10-17"
_VERSIONS = 5
"""The number of versions that a managed policy may have."""
_SESSION_SECONDS = 3600


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
        if making.stack.is_strict:
            raise
        if policy_arn.startswith("arn:") and not policy_arn.startswith("arn:aws:iam::aws:"):
            raise
        making.not_applied([f"ManagedPolicyArns {policy_arn}"])
    else:
        making.undo("iam", f"Detach{kind}Policy", key)


def _change_policies_of(kind: str, making: Making, before: Created) -> None:
    """Changes the inline and managed policies of a role, user or group."""
    name = before.made.name
    gone, new = gone_and_new(before.properties.get("Policies"), making.get("Policies"))
    kept = [one["PolicyName"] for one in new]
    for policy in gone:
        if policy["PolicyName"] not in kept:
            making.call("iam", f"Delete{kind}Policy", {_KINDS[kind]: name, "PolicyName": policy["PolicyName"]})
    for policy in new:
        _put(making, kind, name, policy)
    gone, new = gone_and_new(before.properties.get("ManagedPolicyArns"), making.get("ManagedPolicyArns"))
    for policy_arn in new:
        _attach(making, kind, name, str(policy_arn))
    for policy_arn in gone:
        making.call("iam", f"Detach{kind}Policy", {_KINDS[kind]: name, "PolicyArn": policy_arn})


def _change_role(making: Making, before: Created) -> Made:
    key = {"RoleName": before.made.name}
    trust = document_text(making["AssumeRolePolicyDocument"])
    making.call("iam", "UpdateAssumeRolePolicy", {**key, "PolicyDocument": trust})
    wanted = new_values(making, before, {"Description": "", "MaxSessionDuration": _SESSION_SECONDS})
    if wanted:
        making.call("iam", "UpdateRole", {**key, **wanted})
    boundary = making.get("PermissionsBoundary")
    if boundary is not None:
        making.call("iam", "PutRolePermissionsBoundary", {**key, "PermissionsBoundary": boundary})
    elif differs(making, before, "PermissionsBoundary"):
        making.call("iam", "DeleteRolePermissionsBoundary", key)
    change_tags(making, before, "iam", key, tag="TagRole", untag="UntagRole")
    _change_policies_of("Role", making, before)
    return before.made


def _change_user(making: Making, before: Created) -> Made:
    key = {"UserName": before.made.name}
    _change_policies_of("User", making, before)
    gone, new = gone_and_new(before.properties.get("Groups"), making.get("Groups"))
    for group in new:
        making.call("iam", "AddUserToGroup", {**key, "GroupName": group})
        making.undo("iam", "RemoveUserFromGroup", {**key, "GroupName": group})
    for group in gone:
        making.call("iam", "RemoveUserFromGroup", {**key, "GroupName": group})
    change_tags(making, before, "iam", key, tag="TagUser", untag="UntagUser")
    return before.made


def _change_group(making: Making, before: Created) -> Made:
    _change_policies_of("Group", making, before)
    return before.made


def _owners(properties: Mapping[str, Any]) -> list[tuple[str, str]]:
    single = [(kind, properties[name]) for kind, name in _KINDS.items() if properties.get(name) is not None]
    return [*((kind, owner) for kind in _KINDS for owner in properties.get(f"{kind}s") or ()), *single]


def _change_inline_policy(making: Making, before: Created) -> Made:
    old, name = _owners(before.properties), before.properties["PolicyName"]
    gone, _ = gone_and_new(old, _owners(making.properties) if name == making["PolicyName"] else ())
    made = _inline_policy(making)
    for kind, owner in gone:
        making.call("iam", f"Delete{kind}Policy", {_KINDS[kind]: owner, "PolicyName": name})
    return made


def _change_managed_policy(making: Making, before: Created) -> Made:
    """Changes document and owners. The oldest version is deleted to make room, as in CloudFormation."""
    key = {"PolicyArn": before.made.ref}
    if differs(making, before, "PolicyDocument"):
        versions = making.call("iam", "ListPolicyVersions", key)["Versions"]
        others = [one["VersionId"] for one in versions if not one["IsDefaultVersion"]]
        if len(versions) >= _VERSIONS:
            oldest = min(others, key=lambda version: int(version[1:]))
            making.call("iam", "DeletePolicyVersion", {**key, "VersionId": oldest})
        document = document_text(making["PolicyDocument"])
        making.call("iam", "CreatePolicyVersion", {**key, "PolicyDocument": document, "SetAsDefault": True})
    gone, new = gone_and_new(_owners(before.properties), _owners(making.properties))
    for kind, owner in new:
        _attach(making, kind, owner, before.made.ref)
    for kind, owner in gone:
        making.call("iam", f"Detach{kind}Policy", {_KINDS[kind]: owner, **key})
    policy = making.call("iam", "GetPolicy", key)["Policy"]
    return replace(before.made, attributes={**before.made.attributes, "DefaultVersionId": policy["DefaultVersionId"]})


def _change_roles_of_profile(making: Making, before: Created) -> Made:
    key = {"InstanceProfileName": before.made.name}
    gone, new = gone_and_new(before.properties.get("Roles"), making.get("Roles"))
    for role in gone:
        making.call("iam", "RemoveRoleFromInstanceProfile", {**key, "RoleName": role})
    _add_roles(making, {"name": before.made.name}, new)
    return before.made


def _inline_policy(making: Making) -> Made:
    """Adds an inline policy to its owners."""
    name = str(making["PolicyName"])
    for kind, owner in _owners(making.properties):
        _put(making, kind, owner, {"PolicyName": name, "PolicyDocument": making["PolicyDocument"]})
    return Made(name, {"Id": name}, name)


def _attach_to_owners(making: Making, values: Values) -> None:
    for kind, owner in _owners(making.properties):
        _attach(making, kind, owner, values["answer"]["Policy"]["Arn"])


def _add_roles(making: Making, values: Values, roles: Iterable[str] | None = None) -> None:
    for role in (making.get("Roles") or ()) if roles is None else roles:
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
        change=_change_role, fixed=("Path",), undo=("DeleteRole", {"RoleName": "{name}"}),
    ),
    "AWS::IAM::User": CreatedType(
        "iam", "CreateUser", name="UserName", attributes={"Arn": "{answer[User][Arn]}"},
        elsewhere=("ManagedPolicyArns", "Policies", "Groups"), not_applied=("LoginProfile",), after=_policies_of("User"),
        change=_change_user, fixed=("Path", "PermissionsBoundary"), undo=("DeleteUser", {"UserName": "{name}"}),
    ),
    "AWS::IAM::Group": CreatedType(
        "iam", "CreateGroup", name="GroupName", limit=128, attributes={"Arn": "{answer[Group][Arn]}"},
        elsewhere=("ManagedPolicyArns", "Policies"), after=_policies_of("Group"),
        change=_change_group, fixed=("Path",), undo=("DeleteGroup", {"GroupName": "{name}"}),
    ),
    "AWS::IAM::Policy": CreatedType(
        "iam", "PutRolePolicy", attributes={"Id": ""}, elsewhere=("Roles", "Users", "Groups"), create=_inline_policy,
        change=_change_inline_policy,
    ),
    **{
        f"AWS::IAM::{kind}Policy": CreatedType(
            "iam", f"Put{kind}Policy", create=_inline_policy, change=_change_inline_policy
        )
        for kind in _KINDS
    },
    "AWS::IAM::ManagedPolicy": CreatedType(
        "iam", "CreatePolicy", name="ManagedPolicyName", renamed={"ManagedPolicyName": "PolicyName"}, limit=128,
        ref=_POLICY % "Arn",
        attributes={"PolicyArn": _POLICY % "Arn", **{name: _POLICY % name for name in _FROM_POLICY}},
        elsewhere=("Roles", "Users", "Groups", "PolicyDocument"), undo=("DeletePolicy", {"PolicyArn": _POLICY % "Arn"}),
        before=lambda making: {"PolicyDocument": document_text(making["PolicyDocument"])}, after=_attach_to_owners,
        change=_change_managed_policy, fixed=("Path", "Description"),
    ),
    "AWS::IAM::InstanceProfile": CreatedType(
        "iam", "CreateInstanceProfile", name="InstanceProfileName", limit=128,
        attributes={"Arn": "{answer[InstanceProfile][Arn]}"}, elsewhere=("Roles",), after=_add_roles,
        change=_change_roles_of_profile, fixed=("Path",),
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
