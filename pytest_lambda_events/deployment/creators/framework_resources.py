"""The custom resources of CDK and of the Serverless Framework that deliver events (TPL-B9, C4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..making import Made, Making
from .created_type import CreatedType

_LISTS = ("TopicConfigurations", "QueueConfigurations", "LambdaFunctionConfigurations")
_BUS = "EventBridgeConfiguration"


def _is_true(value: Any) -> bool:
    return str(value).lower() == "true"


def _notify(making: Making) -> Made:
    """Configures the notifications of a bucket, as CDK's function does. The configuration has the form of the API."""
    bucket = str(making["BucketName"])
    notes = _with_bucket(making, bucket)
    given: Mapping[str, Any] = making.get("NotificationConfiguration") or {}
    if not _is_true(making.get("Managed", True)):
        given = _added(_present(making, bucket), given)
    _put(making, bucket, given, skip=_is_true(making.get("SkipDestinationValidation", False)))
    return Made(making.logical_id, {}, "", notes)


def _present(making: Making, bucket: str) -> dict[str, Any]:
    answer = making.call("s3", "GetBucketNotificationConfiguration", {"Bucket": bucket})
    return {name: value for name, value in answer.items() if name in (*_LISTS, _BUS)}


def _added(present: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the present notifications of a bucket and further ones. A given configuration of EventBridge has priority."""
    lists = {name: [*(present.get(name) or ()), *(given.get(name) or ())] for name in _LISTS}
    found: dict[str, Any] = {name: one for name, one in lists.items() if one}
    bus = given.get(_BUS, present.get(_BUS))
    return found if bus is None else {**found, _BUS: bus}


def _put(making: Making, bucket: str, configuration: Mapping[str, Any], *, skip: bool = False) -> None:
    before = _present(making, bucket)
    given = {"Bucket": bucket, "NotificationConfiguration": configuration, "SkipDestinationValidation": skip or None}
    making.call("s3", "PutBucketNotificationConfiguration", given)
    making.undo("s3", "PutBucketNotificationConfiguration", {"Bucket": bucket, "NotificationConfiguration": before})


def _with_bucket(making: Making, bucket: str) -> tuple[str, ...]:
    """Creates a bucket that the stack only names, if it does not exist (TPL-BF). Returns notes for the report."""
    s3 = making.stack.client("s3")
    try:
        s3.head_bucket(Bucket=bucket)
    except s3.exceptions.ClientError:
        region = making.stack.place.region
        place = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        making.call("s3", "CreateBucket", {"Bucket": bucket, **place})
        making.undo("s3", "DeleteBucket", {"Bucket": bucket})
        return (f"the bucket {bucket!r} did not exist and is created",)
    return ()


def _existing_bucket(making: Making) -> Made:
    """Lets an existing bucket notify a function, as the Serverless Framework does with `s3: {existing: true}`."""
    bucket, name = str(making["BucketName"]), str(making["FunctionName"])
    notes = _with_bucket(making, bucket)
    function = _function_arn(making, name)
    permission = {
        "FunctionName": function, "StatementId": making.logical_id, "Action": "lambda:InvokeFunction",
        "Principal": "s3.amazonaws.com", "SourceArn": f"arn:{making.stack.place.partition}:s3:::{bucket}",
    }  # fmt: skip
    making.call("lambda", "AddPermission", permission)
    making.undo("lambda", "RemovePermission", {"FunctionName": function, "StatementId": making.logical_id})
    written = making.get("BucketConfigs") or making.get("BucketConfig") or []
    given = [_notification(one, function) for one in (written if isinstance(written, list) else [written])]
    _put(making, bucket, _added(_present(making, bucket), {"LambdaFunctionConfigurations": given}))
    return Made(making.logical_id, {}, "", notes)


def _function_arn(making: Making, name: str) -> str:
    qualifier = making.get("FunctionQualifier")
    arn = name if name.startswith("arn:") else making.arn("lambda", f"function:{name}")
    return f"{arn}:{qualifier}" if qualifier else arn


def _notification(written: Mapping[str, Any], function: str) -> dict[str, Any]:
    rules = [
        {"Name": name.lower(), "Value": value} for rule in written.get("Rules") or () for name, value in _rule(rule).items()
    ]
    configuration: dict[str, Any] = {"LambdaFunctionArn": function, "Events": [written["Event"]]}
    return {**configuration, "Filter": {"Key": {"FilterRules": rules}}} if rules else configuration


def _rule(written: Mapping[str, Any]) -> Mapping[str, Any]:
    """Returns a rule as `{"Prefix": "in/"}`. It may be written as `{"Name": "prefix", "Value": "in/"}` too."""
    return {str(written["Name"]): written["Value"]} if "Name" in written else written


def _custom(create: Any) -> CreatedType:
    return CreatedType("s3", "PutBucketNotificationConfiguration", create=create)


FRAMEWORKS: Mapping[str, CreatedType] = {
    "Custom::S3BucketNotifications": _custom(_notify),
    "Custom::S3": _custom(_existing_bucket),
}
"""Custom resources that are created without running their functions."""
INERT: Mapping[str, str] = {
    "Custom::CDKBucketDeployment": "objects are not put into the bucket: put them in the test",
    "Custom::AWS": "the call of the AWS SDK is not made, and attributes are made up",
    "Custom::LogRetention": "the retention of a log group changes nothing here",
    "Custom::S3AutoDeleteObjects": "objects are not deleted",
    "Custom::VpcRestrictDefaultSG": "security groups change nothing here",
    "Custom::CloudwatchLogResourcePolicy": "policies of log groups change nothing here",
    "Custom::CrossRegionExportReader": "references to other regions are not simulated",
    "Custom::CrossRegionExportWriter": "references to other regions are not simulated",
    "Custom::CognitoUserPool": "invokes functions and waits for the response: invoke the function in the test",
    "Custom::ApiGatewayAccountRole": "the role of API Gateway changes nothing here",
}
"""Custom resources whose functions never run, and why."""
