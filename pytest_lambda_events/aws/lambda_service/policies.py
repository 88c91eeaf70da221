"""The policies in moto's backends."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from moto.utilities.utils import PARTITION_NAMES

from ...arns import parse, parse_or_none
from ...service.control_plane.validation import not_simulated
from ...service.policies import Statement, statements_of
from ...service.policy_authorizer import Owned
from ..backends import late_backends

events_backends = late_backends("events")
iam_backends = late_backends("iam")
kinesis_backends = late_backends("kinesis")
kms_backends = late_backends("kms")
logs_backends = late_backends("logs")
s3_backends = late_backends("s3")
sns_backends = late_backends("sns")
sqs_backends = late_backends("sqs")


class MotoPolicies:
    """Policies of roles, queues, topics, streams, buckets, log groups and event buses. They are read again at each call."""

    def __init__(self) -> None:
        # The roles that were found, because moto cannot find a role by its name or ARN without reading all of them.
        self._roles: dict[str, Any] = {}

    def of_role(self, role_arn: str) -> Sequence[Statement] | None:
        """Returns inline and attached statements of a role; None if the role does not exist."""
        role = self._role(role_arn)
        if role is None:
            return None
        if role.permissions_boundary_arn:
            raise not_simulated(f"The permissions boundary of {role_arn}")
        documents = [*role.policies.values(), *(_in_force(policy) for policy in role.managed_policies.values())]
        return [statement for document in documents for statement in statements_of(_parsed(document))]

    def _role(self, role_arn: str) -> Any:
        found = self._roles.get(role_arn)
        if found is None or iam_backends[found.account_id][found.partition].roles.get(found.id) is not found:
            found = self._roles[role_arn] = role_of(role_arn)
        return found

    def trust_of(self, role_arn: str) -> Sequence[Statement] | None:
        """Returns the statements of the trust policy of a role; None if the role does not exist.

        moto accepts any text as a policy. A text that is not a policy has no statements.
        """
        role = self._role(role_arn)
        if role is None:
            return None
        try:
            return statements_of(_parsed(role.assume_role_policy_document))
        except (ValueError, AttributeError):
            return ()

    def of_resource(self, arn: str) -> Owned | None:
        """Returns a queue, topic, stream, bucket, event bus or key with its policy; None for other and missing resources."""
        parsed = parse(arn)
        service, region, account_id, name = parsed.service, parsed.region_name, parsed.account_id, parsed.resource
        if service == "s3":
            return _bucket(parsed.partition, name)
        if service == "kinesis" and region in kinesis_backends[account_id]:
            policies = kinesis_backends[account_id][region].resource_policies
            return Owned(account_id, statements_of(_parsed(policies.get(arn))))
        if service == "logs":
            return _log_group(account_id, region, parsed.name)
        look: Mapping[str, Callable[[], Any]] = {
            "sqs": lambda: sqs_backends[account_id][region].queues.get(name),
            "sns": lambda: sns_backends[account_id][region].topics.get(arn),
            "events": lambda: events_backends[account_id][region].event_buses.get(name.rpartition("/")[2]),
            "kms": lambda: kms_backends[account_id][region].keys.get(name.rpartition("/")[2]),
        }
        try:
            found = look[service]()
        except KeyError:
            # The service or region does not exist.
            return None
        return None if found is None else Owned(account_id, statements_of(_parsed(found.policy)))


def role_of(role_arn: str) -> Any:
    """Returns moto's role with this ARN, in any account; None if it does not exist."""
    arn = parse_or_none(role_arn)
    if arn is None or arn.partition not in PARTITION_NAMES:
        return None
    roles, name = iam_backends[arn.account_id][arn.partition].get_roles(), role_arn.rpartition("/")[2]
    return next((role for role in roles if role.name == name and role.arn == role_arn), None)


def _bucket(partition: str, name: str) -> Owned | None:
    if name not in s3_backends.bucket_accounts:
        return None
    account_id = s3_backends.bucket_accounts[name][1]
    bucket = s3_backends[account_id][partition].buckets.get(name)
    return None if bucket is None else Owned(account_id, statements_of(_parsed(bucket.policy)))


def _log_group(account_id: str, region_name: str, name: str) -> Owned | None:
    """Returns a log group with the statements of all resource policies of CloudWatch Logs, which belong to the account."""
    if name not in logs_backends[account_id][region_name].groups:
        return None
    documents = logs_backends[account_id][region_name].resource_policies.values()
    return Owned(account_id, [one for document in documents for one in statements_of(_parsed(document.policy_document))])


def _in_force(policy: Any) -> Any:
    """Returns the document of a managed policy's default version."""
    return next(version.document for version in policy.versions if version.version_id == policy.default_version_id)


def _parsed(document: Any) -> Any:
    """Returns a policy document, which moto stores as text, as bytes or not at all."""
    if not document:
        return None
    return document if isinstance(document, dict) else json.loads(document)
