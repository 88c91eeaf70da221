"""Roles and policies of IAM."""

from __future__ import annotations

from ...templates.texts import json_text
from ..making import Made, Making

ROLE_NAME_LIMIT = 64
POLICY_NAME_LIMIT = 128


def create_role(making: Making) -> Made:
    """Creates a role with its inline and managed policies."""
    name = making.name("RoleName", ROLE_NAME_LIMIT)
    others = making.others("RoleName", "AssumeRolePolicyDocument", "ManagedPolicyArns", "Policies")
    parameters = {**others, "RoleName": name, "AssumeRolePolicyDocument": json_text(making["AssumeRolePolicyDocument"])}
    role = making.call("iam", "CreateRole", parameters)["Role"]
    making.undo("iam", "DeleteRole", {"RoleName": name})
    for policy in making.get("Policies") or ():
        _put(making, name, policy)
    for arn in making.get("ManagedPolicyArns") or ():
        making.call("iam", "AttachRolePolicy", {"RoleName": name, "PolicyArn": arn})
        making.undo("iam", "DetachRolePolicy", {"RoleName": name, "PolicyArn": arn})
    return Made(name, {"Arn": role["Arn"], "RoleId": role["RoleId"]}, name)


def _put(making: Making, role_name: str, policy: dict[str, object]) -> None:
    key = {"RoleName": role_name, "PolicyName": policy["PolicyName"]}
    making.call("iam", "PutRolePolicy", {**key, "PolicyDocument": json_text(policy["PolicyDocument"])})
    making.undo("iam", "DeleteRolePolicy", key)


def create_policy(making: Making) -> Made:
    """Adds an inline policy to roles."""
    name = str(making["PolicyName"])
    for role_name in making.get("Roles") or ():
        _put(making, role_name, {"PolicyName": name, "PolicyDocument": making["PolicyDocument"]})
    return Made(name, {"Id": name}, name)


def create_managed_policy(making: Making) -> Made:
    """Creates a managed policy and attaches it to roles."""
    name = making.name("ManagedPolicyName", POLICY_NAME_LIMIT)
    others = making.others("ManagedPolicyName", "PolicyDocument", "Roles", "Users", "Groups")
    parameters = {**others, "PolicyName": name, "PolicyDocument": json_text(making["PolicyDocument"])}
    policy = making.call("iam", "CreatePolicy", parameters)["Policy"]
    making.undo("iam", "DeletePolicy", {"PolicyArn": policy["Arn"]})
    for role_name in making.get("Roles") or ():
        making.call("iam", "AttachRolePolicy", {"RoleName": role_name, "PolicyArn": policy["Arn"]})
        making.undo("iam", "DetachRolePolicy", {"RoleName": role_name, "PolicyArn": policy["Arn"]})
    attributes = {"PolicyArn": policy["Arn"], "PolicyId": policy["PolicyId"], "DefaultVersionId": policy["DefaultVersionId"]}
    return Made(policy["Arn"], attributes, name)
