"""The custom resources of CDK and of the Serverless Framework that deliver events (TPL-B9, C4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...templates.texts import json_text
from ..created import Made
from ..making import Making
from .created_type import CreatedType

_LISTS = ("TopicConfigurations", "QueueConfigurations", "LambdaFunctionConfigurations")
_BUS = "EventBridgeConfiguration"


def _is_true(value: Any) -> bool:
    return str(value).lower() == "true"


def _notify(making: Making) -> Made:
    """Configures the notifications of a bucket, as CDK's function does. The configuration has the form of the API."""
    bucket = str(making["BucketName"])
    present, notes = _present(making, bucket)
    given: Mapping[str, Any] = making.get("NotificationConfiguration") or {}
    if not _is_true(making.get("Managed", True)):
        given = _added(present, given)
    _put(making, bucket, present, given, skip=_is_true(making.get("SkipDestinationValidation", False)))
    return Made(making.logical_id, {}, "", notes)


def _present(making: Making, bucket: str) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Returns the notifications of a bucket, and notes for the report.

    A bucket that the stack only names is created if it does not exist (TPL-BF).
    """
    s3 = making.stack.client("s3")
    try:
        answer = s3.get_bucket_notification_configuration(Bucket=bucket)
    except s3.exceptions.ClientError:
        region = making.stack.place.region
        place = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        making.call("s3", "CreateBucket", {"Bucket": bucket, **place})
        making.undo("s3", "DeleteBucket", {"Bucket": bucket})
        return {}, (f"the bucket {bucket!r} did not exist and is created",)
    return {name: value for name, value in answer.items() if name in (*_LISTS, _BUS)}, ()


def _added(present: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the present notifications of a bucket and further ones. A given configuration of EventBridge has priority."""
    lists = {name: [*(present.get(name) or ()), *(given.get(name) or ())] for name in _LISTS}
    found: dict[str, Any] = {name: one for name, one in lists.items() if one}
    bus = given.get(_BUS, present.get(_BUS))
    return found if bus is None else {**found, _BUS: bus}


def _put(
    making: Making, bucket: str, before: Mapping[str, Any], configuration: Mapping[str, Any], *, skip: bool = False
) -> None:
    given = {"Bucket": bucket, "NotificationConfiguration": configuration, "SkipDestinationValidation": skip or None}
    making.call("s3", "PutBucketNotificationConfiguration", given)
    making.undo("s3", "PutBucketNotificationConfiguration", {"Bucket": bucket, "NotificationConfiguration": before})


def _existing_bucket(making: Making) -> Made:
    """Lets an existing bucket notify a function, as the Serverless Framework does with `s3: {existing: true}`."""
    bucket, name = str(making["BucketName"]), str(making["FunctionName"])
    present, notes = _present(making, bucket)
    function = _function_arn(making, name)
    _permit(making, function, "s3.amazonaws.com", f"arn:{making.stack.place.partition}:s3:::{bucket}")
    written = making.get("BucketConfigs") or making.get("BucketConfig") or []
    given = [_notification(one, function) for one in (written if isinstance(written, list) else [written])]
    _put(making, bucket, present, _added(present, {"LambdaFunctionConfigurations": given}))
    return Made(making.logical_id, {}, "", notes)


def _rule_for_function(making: Making) -> Made:
    """Creates a rule and its bus, as older releases of the Serverless Framework do with a function."""
    given: Mapping[str, Any] = making.get("EventBridgeConfig") or {}
    bus, rule = str(given.get("EventBus") or "default").rpartition("/")[2], str(given.get("RuleName") or making.logical_id)
    function = _function_arn(making, str(making["FunctionName"]))
    events = making.stack.client("events")
    known = [one["Name"] for one in events.list_event_buses(NamePrefix=bus)["EventBuses"]]
    if bus not in known:
        making.call("events", "CreateEventBus", {"Name": bus})
        making.undo("events", "DeleteEventBus", {"Name": bus})
    pattern = given.get("Pattern")
    parameters = {
        "Name": rule, "EventBusName": bus, "ScheduleExpression": given.get("Schedule"), "State": given.get("State"),
        "EventPattern": None if pattern is None else json_text(pattern),
    }  # fmt: skip
    arn = making.call("events", "PutRule", parameters)["RuleArn"]
    making.undo("events", "DeleteRule", {"Name": rule, "EventBusName": bus})
    inputs = {name: given[name] for name in ("Input", "InputPath", "InputTransformer") if given.get(name)}
    if isinstance(inputs.get("Input"), Mapping):
        inputs["Input"] = json_text(inputs["Input"])
    targets = [{"Id": making.logical_id[:64], "Arn": function, **inputs}]
    making.call("events", "PutTargets", {"Rule": rule, "EventBusName": bus, "Targets": targets})
    making.undo("events", "RemoveTargets", {"Rule": rule, "EventBusName": bus, "Ids": [targets[0]["Id"]]})
    _permit(making, function, "events.amazonaws.com", arn)
    return Made(making.logical_id)


def _permit(making: Making, function: str, principal: str, source: str) -> None:
    permission = {
        "FunctionName": function, "StatementId": making.logical_id, "Action": "lambda:InvokeFunction",
        "Principal": principal, "SourceArn": source,
    }  # fmt: skip
    making.call("lambda", "AddPermission", permission)
    making.undo("lambda", "RemovePermission", {"FunctionName": function, "StatementId": making.logical_id})


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


FRAMEWORKS: Mapping[str, CreatedType] = {
    "Custom::S3BucketNotifications": CreatedType("s3", "PutBucketNotificationConfiguration", create=_notify),
    "Custom::S3": CreatedType("s3", "PutBucketNotificationConfiguration", create=_existing_bucket),
    "Custom::EventBridge": CreatedType("events", "PutRule", create=_rule_for_function),
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
