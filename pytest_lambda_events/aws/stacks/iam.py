"""Roles and managed policies in moto's CloudFormation, with attached policies and updates, which moto does not have."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from moto.iam.models import IAMBackend, Role, iam_backends
from moto.utilities.utils import get_partition

from .resource import Properties, Resource, changed
from .values import text_of


class _IamResource(Resource):
    """A resource of IAM."""

    @property
    def iam(self) -> IAMBackend:
        """Returns moto's IAM of the account."""
        region = self.plane.region
        return iam_backends[region.account_id][get_partition(region.name)]


class RoleResource(_IamResource):
    """A role with its inline and its attached policies. `Ref` is its name."""

    type = "AWS::IAM::Role"
    attributes = ("Arn", "RoleId")

    def create(self) -> None:
        properties = self.properties
        role = self.iam.create_role(
            role_name=self.name,
            assume_role_policy_document=_document(properties["AssumeRolePolicyDocument"]),
            path=properties.get("Path", "/"),
            permissions_boundary=properties.get("PermissionsBoundary", ""),
            description=properties.get("Description", ""),
            tags=_tags(properties),
            max_session_duration=properties.get("MaxSessionDuration", 3600),
        )
        self.values = {"Arn": role.arn, "RoleId": role.id}
        try:
            self._set_policies({}, properties)
        except Exception:
            self.delete(role.account_id, self.plane.region.name)
            raise

    def change(self, properties: Properties) -> bool:
        before = self.properties
        if any(changed(name, before, properties) for name in ("RoleName", "Path")):
            return False
        role = self.iam.get_role(self.name)
        role.assume_role_policy_document = _document(properties["AssumeRolePolicyDocument"])
        role.description = properties.get("Description", "")
        role.max_session_duration = properties.get("MaxSessionDuration", 3600)
        role.permissions_boundary_arn = properties.get("PermissionsBoundary", "")
        role.tags = _tags(properties)
        self._set_policies(before, properties)
        return True

    def _set_policies(self, before: Properties, after: Properties) -> None:
        role = self.iam.get_role(self.name)
        for arn in _without(after.get("ManagedPolicyArns"), role.managed_policies):
            self.iam.attach_role_policy(arn, self.name)
        for arn in _without(before.get("ManagedPolicyArns"), after.get("ManagedPolicyArns")):
            _detach(role, arn)
        documents = _inline_documents(after)
        for name in _inline_documents(before).keys() - documents.keys():
            role.policies.pop(name, None)
        role.policies.update(documents)

    def delete(self, account_id: str, region_name: str) -> None:
        """Deletes the role and detaches the policies of the template. Another attached policy prevents the deletion."""
        role = next((one for one in self.iam.get_roles() if one.name == self.name), None)
        if role is None:
            return
        for arn in self.properties.get("ManagedPolicyArns") or ():
            _detach(role, arn)
        Role.delete_from_cloudformation_json(self.name, {}, account_id, region_name)


class ManagedPolicyResource(_IamResource):
    """A customer managed policy with the roles, users and groups to which it is attached. `Ref` is its ARN."""

    type = "AWS::IAM::ManagedPolicy"
    attributes = ("PolicyArn", "PolicyId", "DefaultVersionId")

    def create(self) -> None:
        properties = self.properties
        policy = self.iam.create_policy(
            description=properties.get("Description", ""),
            path=properties.get("Path", "/"),
            policy_document=_document(properties["PolicyDocument"]),
            policy_name=properties.get("ManagedPolicyName", self.name),
            tags=_tags(properties),
        )
        self.physical_resource_id = policy.arn
        self._describe()
        try:
            self._attach({}, properties)
        except Exception:
            self.delete(policy.account_id, self.plane.region.name)
            raise

    def change(self, properties: Properties) -> bool:
        if any(changed(name, self.properties, properties) for name in ("ManagedPolicyName", "Path", "Description")):
            return False
        if changed("PolicyDocument", self.properties, properties):
            arn = self.physical_resource_id
            # The oldest version is deleted to make room, as in CloudFormation.
            policy = self.iam.get_policy(arn)
            if len(policy.versions) >= _VERSIONS:
                policy.versions.remove(next(one for one in policy.versions if not one.is_default))
            self.iam.create_policy_version(arn, _document(properties["PolicyDocument"]), True)
            self._describe()
        self._attach(self.properties, properties)
        return True

    def _describe(self) -> None:
        policy = self.iam.get_policy(self.physical_resource_id)
        self.values = {"PolicyArn": policy.arn, "PolicyId": policy.id, "DefaultVersionId": policy.default_version_id}

    def _attach(self, before: Properties, after: Properties) -> None:
        iam, arn = self.iam, self.physical_resource_id
        for member, find in _ENTITIES.items():
            for name in _without(after.get(member), before.get(member)):
                entity = getattr(iam, find)(name)
                if arn not in entity.managed_policies:
                    iam.get_policy(arn).attach_to(entity)
            for name in _without(before.get(member), after.get(member)):
                _detach(getattr(iam, find)(name), arn)

    def delete(self, account_id: str, region_name: str) -> None:
        arn = self.physical_resource_id
        if arn not in self.iam.managed_policies:
            return
        for entity in (*self.iam.get_roles(), *self.iam.users.values(), *self.iam.groups.values()):
            _detach(entity, arn)
        self.iam.delete_policy(arn)


_VERSIONS = 5
_ENTITIES = {"Roles": "get_role", "Users": "get_user", "Groups": "get_group"}


def _document(document: Any) -> str:
    return document if isinstance(document, str) else json.dumps(document, default=text_of)


def _inline_documents(properties: Properties) -> dict[str, str]:
    return {policy["PolicyName"]: _document(policy["PolicyDocument"]) for policy in properties.get("Policies") or ()}


def _tags(properties: Properties) -> list[dict[str, str]]:
    return [{"Key": tag["Key"], "Value": text_of(tag["Value"])} for tag in properties.get("Tags") or ()]


def _without(wanted: Iterable[str] | None, others: Iterable[str] | None) -> list[str]:
    """Returns the wanted items that are not in the others, each once."""
    left_out = set(others or ())
    return [one for one in dict.fromkeys(wanted or ()) if one not in left_out]


def _detach(entity: Any, arn: str) -> None:
    if arn in entity.managed_policies:
        entity.managed_policies[arn].detach_from(entity)
