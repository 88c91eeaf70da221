"""The customer-managed keys of KMS that encrypt targets."""

from __future__ import annotations

from typing import Any

from ...arns import parse
from ...service.destinations import DeliveryFailed
from ..backends import late_backends

events_backends = late_backends("events")
kms_backends = late_backends("kms")
s3_backends = late_backends("s3")
sns_backends = late_backends("sns")
sqs_backends = late_backends("sqs")


def key_of(target_arn: str, account_id: str, region_name: str) -> str | None:
    """Returns the ARN of the key; None if there is none or AWS manages it. Raises `DeliveryFailed` if it is not usable."""
    try:
        named = _named(target_arn, account_id)
    except KeyError:
        # The region does not exist. The delivery itself reports it.
        return None
    if not named or named.rpartition(":")[2].startswith("alias/aws/"):
        return None
    key = find_key(named, account_id, region_name)
    if key is None:
        raise DeliveryFailed(f"the key {named} of {target_arn} does not exist")
    if key.key_state != "Enabled":
        raise DeliveryFailed(f"the key {key.arn} of {target_arn} is {key.key_state}")
    return str(key.arn)


class MotoKeys:
    """The keys that an account uses in a region. A call names them by their ARNs."""

    def __init__(self, account_id: str, region_name: str) -> None:
        self._account_id = account_id
        self._region_name = region_name

    def failure(self, key_arn: str) -> str | None:
        """Returns the error of using the key now, such as `DisabledException`; None if it is usable."""
        try:
            key = find_key(key_arn, self._account_id, self._region_name)
        except (KeyError, ValueError):
            # The region does not exist, or the text is not the ARN of a key.
            key = None
        if key is None:
            return "NotFoundException"
        states = {"Enabled": None, "Disabled": "DisabledException"}
        return states.get(key.key_state, "KMSInvalidStateException")


def find_key(named: str, account_id: str, region_name: str) -> Any:
    """Returns the key with an id, an alias, or an ARN of either."""
    if named.startswith("arn:"):
        arn = parse(named)
        region_name, account_id = arn.region_name, arn.account_id
    backend = kms_backends[account_id][region_name]
    try:
        return backend.keys.get(backend.any_id_to_key_id(named))
    except (AttributeError, KeyError):
        # moto returns this for an alias without a key.
        return None


def _named(target_arn: str, account_id: str) -> str | None:
    arn = parse(target_arn)
    service, region, account, name = arn.service, arn.region_name, arn.account_id, arn.resource
    found: Any = None
    if service == "sqs":
        found = getattr(sqs_backends[account][region].queues.get(name), "kms_master_key_id", None)
    elif service == "sns":
        found = getattr(sns_backends[account][region].topics.get(target_arn), "kms_master_key_id", None)
    elif service == "events":
        bus = events_backends[account][region].event_buses.get(name.rpartition("/")[2])
        found = getattr(bus, "kms_key_identifier", None)
    elif service == "s3":
        found = _of_bucket(s3_backends[account_id][arn.partition].buckets.get(name))
    return found or None


def _of_bucket(bucket: Any) -> str | None:
    rule = ((getattr(bucket, "encryption", None) or {}).get("Rule") or {}).get("ApplyServerSideEncryptionByDefault") or {}
    return rule.get("KMSMasterKeyID") if rule.get("SSEAlgorithm") == "aws:kms" else None
