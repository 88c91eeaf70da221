"""The target of an AWS call, for the journal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

NAMES: Mapping[str, Sequence[str]] = {
    "sqs": ("QueueUrl", "QueueName"),
    "sns": ("TopicArn", "TargetArn", "PhoneNumber", "Name"),
    "lambda": ("FunctionName", "EventSourceArn", "UUID", "Resource"),
    "dynamodb": ("TableName", "ResourceArn"),
    "dynamodbstreams": ("StreamArn", "ShardIterator"),
    "kinesis": ("StreamName", "StreamARN", "ShardIterator"),
    "firehose": ("DeliveryStreamName",),
    "s3": ("Bucket",),
    "events": ("Name", "Rule", "EventBusName"),
    "logs": ("logGroupName", "logGroupIdentifier"),
    "ssm": ("Name", "Path"),
    "secretsmanager": ("SecretId", "Name"),
    "stepfunctions": ("stateMachineArn", "executionArn", "name"),
    "cloudwatch": ("Namespace", "AlarmName"),
    "kms": ("KeyId",),
    "sts": ("RoleArn",),
    "iam": ("RoleName", "UserName", "PolicyArn"),
    "cloudformation": ("StackName",),
}
"""The parameters that name the target of a call, by service, the most specific first."""


def target_of(service: str, operation: str, parameters: Mapping[str, Any]) -> str | None:
    """Returns the URL, ARN or name of a call's target. Several are joined with commas. None if the call has no target."""
    for name in NAMES.get(service, ()):
        value = parameters.get(name)
        if isinstance(value, str):
            return f"{value}/{parameters['Key']}" if name == "Bucket" and "Key" in parameters else value
    return _several(service, operation, parameters)


def _several(service: str, operation: str, parameters: Mapping[str, Any]) -> str | None:
    if service == "events" and operation == "PutEvents":
        buses = [entry.get("EventBusName", "default") for entry in parameters.get("Entries", ())]
        return ",".join(dict.fromkeys(buses)) or None
    if service == "dynamodb" and isinstance(parameters.get("RequestItems"), Mapping):
        return ",".join(parameters["RequestItems"]) or None
    if service == "dynamodb" and "TransactItems" in parameters:
        tables = [action["TableName"] for item in parameters["TransactItems"] for action in item.values()]
        return ",".join(dict.fromkeys(tables)) or None
    return None
