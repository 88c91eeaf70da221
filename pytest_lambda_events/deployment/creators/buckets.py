"""Buckets of S3, and their notifications (TPL-F6)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...templates.texts import json_text
from ..created import Created, Made
from ..errors import DeployError
from ..making import Making
from .changes import differs
from .created_type import CreatedType, Values
from .lifecycle_rules import lifecycle_rules

_NOTIFIED = {
    "LambdaConfigurations": ("LambdaFunctionConfigurations", "Function", "LambdaFunctionArn"),
    "QueueConfigurations": ("QueueConfigurations", "Queue", "QueueArn"),
    "TopicConfigurations": ("TopicConfigurations", "Topic", "TopicArn"),
}
"""The lists of a template: their names in the API, and the names of the destination in both."""
_US_EAST_1 = "us-east-1"
_ACLS = {
    "Private": "private", "PublicRead": "public-read", "PublicReadWrite": "public-read-write",
    "AuthenticatedRead": "authenticated-read", "LogDeliveryWrite": "log-delivery-write",
    "BucketOwnerRead": "bucket-owner-read", "BucketOwnerFullControl": "bucket-owner-full-control",
    "AwsExecRead": "aws-exec-read",
}  # fmt: skip


def notifications(written: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the notifications of a template in the form of `PutBucketNotificationConfiguration`."""
    found: dict[str, Any] = {}
    for name, (member, destination, arn) in _NOTIFIED.items():
        configurations = [_notification(one, destination, arn) for one in written.get(name) or ()]
        if configurations:
            found[member] = configurations
    bus = written.get("EventBridgeConfiguration")
    if bus is not None and str(bus.get("EventBridgeEnabled", True)).lower() == "true":
        found["EventBridgeConfiguration"] = {}
    return found


def _notification(written: Mapping[str, Any], destination: str, arn: str) -> dict[str, Any]:
    rules = ((written.get("Filter") or {}).get("S3Key") or {}).get("Rules") or []
    configuration: dict[str, Any] = {arn: written[destination], "Events": [written["Event"]]}
    if rules:
        configuration["Filter"] = {"Key": {"FilterRules": rules}}
    return configuration


def _bucket(making: Making) -> dict[str, Any]:
    region = making.stack.place.region
    name = making.get("BucketName")
    # S3 accepts to create a bucket of the account again in us-east-1, but CloudFormation does not.
    if name is not None and making.stack.is_strict and name in _bucket_names(making):
        refusal = DeployError(f"The bucket {name} already exists")
        refusal.resource_type = making.type
        raise refusal
    given: dict[str, Any] = {"ObjectLockEnabledForBucket": making.get("ObjectLockEnabled")}
    if region != _US_EAST_1:
        given["CreateBucketConfiguration"] = {"LocationConstraint": region}
    rules = (making.get("OwnershipControls") or {}).get("Rules") or []
    if rules:
        given["ObjectOwnership"] = rules[0].get("ObjectOwnership")
    acl = making.get("AccessControl")
    if acl is not None:
        given["ACL"] = _ACLS.get(str(acl), acl)
    return given


def _bucket_names(making: Making) -> list[str]:
    return [one["Name"] for one in making.call("s3", "ListBuckets", {})["Buckets"]]


def _configure_bucket(making: Making, values: Values) -> None:
    key = {"Bucket": values["name"]}
    if making.get("VersioningConfiguration") is not None:
        making.call("s3", "PutBucketVersioning", {**key, "VersioningConfiguration": making["VersioningConfiguration"]})
    if making.get("Tags"):
        making.call("s3", "PutBucketTagging", {**key, "Tagging": {"TagSet": making["Tags"]}})
    if making.get("PublicAccessBlockConfiguration") is not None:
        given = {**key, "PublicAccessBlockConfiguration": making["PublicAccessBlockConfiguration"]}
        making.apply("s3", "PutPublicAccessBlock", given)
    encryption = (making.get("BucketEncryption") or {}).get("ServerSideEncryptionConfiguration")
    if encryption:
        making.apply("s3", "PutBucketEncryption", {**key, "ServerSideEncryptionConfiguration": _encryption(encryption)})
    rules = (making.get("CorsConfiguration") or {}).get("CorsRules")
    if rules:
        configuration = {"CORSRules": [_cors_rule(one) for one in rules]}
        making.apply("s3", "PutBucketCors", {**key, "CORSConfiguration": configuration})
    written = making.get("NotificationConfiguration")
    if written is not None:
        configuration = notifications(written)
        making.call("s3", "PutBucketNotificationConfiguration", {**key, "NotificationConfiguration": configuration})
    lifecycle = making.get("LifecycleConfiguration")
    if lifecycle:
        minimum = lifecycle.get("TransitionDefaultMinimumObjectSize")
        given = {
            "LifecycleConfiguration": {"Rules": lifecycle_rules(lifecycle)},
            "TransitionDefaultMinimumObjectSize": minimum,
        }
        making.apply("s3", "PutBucketLifecycleConfiguration", {**key, **given})


def _change_bucket(making: Making, before: Created) -> Made:
    """Changes a bucket. What the template no longer has gets the default of S3."""
    key = {"Bucket": before.made.name}
    removed = before.properties.keys() - making.properties.keys()
    if "VersioningConfiguration" in removed:
        making.call("s3", "PutBucketVersioning", {**key, "VersioningConfiguration": {"Status": "Suspended"}})
    if "NotificationConfiguration" in removed:
        making.call("s3", "PutBucketNotificationConfiguration", {**key, "NotificationConfiguration": {}})
    for name, operation in _DELETED_BY.items():
        if name in removed:
            making.call("s3", operation, key)
    if differs(making, before, "AccessControl"):
        acl = str(making.get("AccessControl", "Private"))
        making.call("s3", "PutBucketAcl", {**key, "ACL": _ACLS.get(acl, acl)})
    _configure_bucket(making, {"name": before.made.name})
    return before.made


_DELETED_BY = {
    "Tags": "DeleteBucketTagging", "PublicAccessBlockConfiguration": "DeletePublicAccessBlock",
    "BucketEncryption": "DeleteBucketEncryption", "CorsConfiguration": "DeleteBucketCors",
    "OwnershipControls": "DeleteBucketOwnershipControls", "LifecycleConfiguration": "DeleteBucketLifecycle",
}  # fmt: skip


def _encryption(written: list[Mapping[str, Any]]) -> dict[str, Any]:
    names = {"ServerSideEncryptionByDefault": "ApplyServerSideEncryptionByDefault"}
    return {"Rules": [{names.get(name, name): value for name, value in rule.items()} for rule in written]}


def _cors_rule(written: Mapping[str, Any]) -> dict[str, Any]:
    names = {"ExposedHeaders": "ExposeHeaders", "Id": "ID", "MaxAge": "MaxAgeSeconds"}
    return {names.get(name, name): value for name, value in written.items()}


def _put_policy(making: Making) -> Made:
    """Gives a bucket a policy, without statements that deny requests without TLS.

    No request here is without TLS. The simulated S3 would deny all requests because of such a statement.
    """
    document = dict(making["PolicyDocument"])
    written = document.get("Statement") or []
    statements = written if isinstance(written, list) else [written]
    document["Statement"] = [one for one in statements if not _denies_requests_without_tls(one)]
    making.has_no_effect(["PolicyDocument.Statement"] if len(document["Statement"]) < len(statements) else [])
    key = {"Bucket": making["Bucket"]}
    if document["Statement"]:
        making.call("s3", "PutBucketPolicy", {**key, "Policy": json_text(document)})
        making.undo("s3", "DeleteBucketPolicy", key)
    return Made(making.logical_id)


def _change_policy(making: Making, before: Created) -> Made:
    making.call("s3", "DeleteBucketPolicy", {"Bucket": before.properties["Bucket"]})
    return _put_policy(making)


def _denies_requests_without_tls(statement: Any) -> bool:
    if not isinstance(statement, Mapping) or statement.get("Effect") != "Deny":
        return False
    values = (statement.get("Condition") or {}).get("Bool") or {}
    return str(values.get("aws:SecureTransport")).lower() == "false"


_DOMAIN = "{name}.s3.{region}.amazonaws.com"
BUCKETS: Mapping[str, CreatedType] = {
    "AWS::S3::Bucket": CreatedType(
        "s3", "CreateBucket", name="BucketName", renamed={"BucketName": "Bucket"}, limit=63, lower_case=True,
        attributes={
            "Arn": "arn:{partition}:s3:::{name}", "DomainName": "{name}.s3.amazonaws.com",
            "DualStackDomainName": "{name}.s3.dualstack.{region}.amazonaws.com", "RegionalDomainName": _DOMAIN,
            "WebsiteURL": "http://{name}.s3-website-{region}.amazonaws.com",
        },
        elsewhere=(
            "AccessControl", "BucketEncryption", "CorsConfiguration", "LifecycleConfiguration",
            "NotificationConfiguration", "ObjectLockEnabled",
            "OwnershipControls", "PublicAccessBlockConfiguration", "Tags", "VersioningConfiguration",
        ),
        not_applied=(
            "AbacStatus", "AccelerateConfiguration", "AnalyticsConfigurations", "BucketNamePrefix", "BucketNamespace",
            "IntelligentTieringConfigurations", "LoggingConfiguration", "MetadataConfiguration",
            "MetadataTableConfiguration", "MetricsConfigurations", "ObjectLockConfiguration", "WebsiteConfiguration",
        ),
        refused={
            "ReplicationConfiguration": "copies objects to another bucket, which then notifies",
            "InventoryConfigurations": "writes objects to a bucket, which then notifies",
        },
        before=_bucket, after=_configure_bucket, change=_change_bucket, fixed=("ObjectLockEnabled",),
        undo=("DeleteBucket", {"Bucket": "{name}"}),
        no_attribute=("MetadataConfiguration", "MetadataTableConfiguration"),
    ),
    "AWS::S3::BucketPolicy": CreatedType(
        "s3", "PutBucketPolicy", elsewhere=("PolicyDocument",), create=_put_policy,
        change=_change_policy, fixed=("Bucket",),
        undo=("DeleteBucketPolicy", {"Bucket": "{given[Bucket]}"}),
    ),
}  # fmt: skip
"""The types of S3."""
