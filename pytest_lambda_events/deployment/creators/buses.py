"""Event buses, rules, archives, schedules and log groups."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ...arns import parse_or_none
from ...errors import NotSimulatedError
from ...templates.texts import json_text
from ..created import Created, Made
from ..making import Making
from .changes import change_tags, changed_by, differs, gone_and_new
from .created_type import CreatedType, Values, arn

_DEFAULT_BUS = "default"
_TARGETS = ("lambda", "sqs", "sns", "kinesis", "logs", "states")
"""The services to whose resources rules deliver."""


def _bus_policy(making: Making, values: Values) -> None:
    if making.get("Policy") is not None:
        policy = json_text(making["Policy"])
        making.call("events", "PutPermission", {"EventBusName": values["name"], "Policy": policy})
        values["policy"] = policy


def _change_bus(making: Making, before: Created) -> Made:
    name = before.made.name
    if differs(making, before, "Policy") and before.properties.get("Policy") is not None:
        making.call("events", "RemovePermission", {"EventBusName": name, "RemoveAllPermissions": True})
    values: Values = {"name": name}
    _bus_policy(making, values)
    making.not_applied(one for one in ("Description", "DeadLetterConfig") if differs(making, before, one))
    change_tags(making, before, "events", {"ResourceARN": before.made.attributes["Arn"]})
    attributes = {key: value for key, value in before.made.attributes.items() if key != "Policy"}
    policy = {"Policy": values["policy"]} if "policy" in values else {}
    return replace(before.made, attributes={**attributes, **policy})


def _bus_name(making: Making) -> str:
    """Returns the name of a rule's bus, which a template may name by its ARN."""
    return str(making.get("EventBusName") or _DEFAULT_BUS).rpartition("/")[2]


def _targets(making: Making, values: Values) -> dict[str, Any]:
    """Adds the targets. Those that will receive no event here are noted."""
    key = {"Rule": values["name"], "EventBusName": making.get("EventBusName")}
    targets = making.get("Targets") or ()
    if targets:
        making.apply("events", "PutTargets", {**key, "Targets": targets})
        making.undo("events", "RemoveTargets", {**key, "Ids": [target["Id"] for target in targets]})
    others = (str(target.get("Arn")) for target in targets if not _receives(str(target.get("Arn"))))
    making.stack.findings.does_not_deliver(f"rule {making.logical_id} -> {other}" for other in others)
    own = _bus_name(making)
    return {"ref": values["name"] if own == _DEFAULT_BUS else f"{own}|{values['name']}"}


def _change_rule(making: Making, before: Created) -> Made:
    """Changes a rule, and removes targets that the template no longer has."""
    old, new = (
        [one["Id"] for one in properties.get("Targets") or ()] for properties in (before.properties, making.properties)
    )
    gone, _ = gone_and_new(old, new)
    if gone:
        key = {"Rule": before.made.name, "EventBusName": before.properties.get("EventBusName")}
        making.call("events", "RemoveTargets", {**key, "Ids": gone})
    return SCHEDULING["AWS::Events::Rule"](making)


def _receives(target_arn: str) -> bool:
    """Returns whether rules deliver to a target here."""
    parsed = parse_or_none(target_arn)
    if parsed is None:
        return False
    return parsed.service in _TARGETS or (parsed.service == "events" and parsed.resource.startswith("event-bus/"))


def _permission(making: Making) -> Made:
    """Adds a statement to the policy of an event bus."""
    statement = making.get("Statement")
    key = {"EventBusName": making.get("EventBusName")}
    if statement is None:
        making.apply("events", "PutPermission", making.properties)
    else:
        statements = [{"Sid": making["StatementId"], **statement}]
        policy = json_text({"Version": "2012-10-17", "Statement": statements})
        making.call("events", "PutPermission", {**key, "Policy": policy})
    making.undo("events", "RemovePermission", {**key, "StatementId": making["StatementId"]})
    return Made(making.logical_id)


def _schedule(making: Making) -> Made:
    """Creates a schedule. One with a target that is not simulated is noted, and not created."""
    kind = SCHEDULING["AWS::Scheduler::Schedule"]
    name = making.name("Name", kind.limit)
    group = str(making.get("GroupName") or _DEFAULT_BUS)
    try:
        making.apply("scheduler", "CreateSchedule", {**making.properties, "Name": name})
    except NotSimulatedError:
        if making.stack.is_strict:
            raise
        target = making["Target"].get("Arn")
        making.stack.findings.does_not_deliver([f"schedule {making.logical_id} -> {target}"])
    else:
        making.undo("scheduler", "DeleteSchedule", {"Name": name, "GroupName": making.get("GroupName")})
    return Made(name, {"Arn": making.arn("scheduler", f"schedule/{group}/{name}")}, name)


def _change_schedule(making: Making, before: Created) -> Made:
    making.apply("scheduler", "UpdateSchedule", {**making.properties, "Name": before.made.name})
    return before.made


def _change_schedule_group(making: Making, before: Created) -> Made:
    change_tags(making, before, "scheduler", {"ResourceArn": before.made.attributes["Arn"]})
    return before.made


def _change_pipe(making: Making, before: Created) -> Made:
    """Changes a pipe. What the template no longer has is empty."""
    emptied = {
        name: {**_emptied(before.properties.get(name)), **(making.get(name) or {})}
        for name in ("SourceParameters", "EnrichmentParameters", "TargetParameters")
    }
    defaults = {"DesiredState": "RUNNING", "Enrichment": "", "Description": ""}
    given = {**defaults, **making.others("Source", "Tags", "Name"), **emptied, "Name": before.made.name}
    making.apply("pipes", "UpdatePipe", given)
    change_tags(making, before, "pipes", {"resourceArn": before.made.attributes["Arn"]})
    state = making.get("DesiredState", "RUNNING")
    return replace(before.made, attributes={**before.made.attributes, "CurrentState": state})


def _emptied(written: Mapping[str, Any] | None) -> dict[str, Any]:
    return {name: "" if isinstance(value, str) else {} for name, value in (written or {}).items()}


def _change_log_group(making: Making, before: Created) -> Made:
    key = {"logGroupName": before.made.name}
    if differs(making, before, "RetentionInDays") and making.get("RetentionInDays") is None:
        making.call("logs", "DeleteRetentionPolicy", key)
    _log_group(making, {"name": before.made.name})
    if differs(making, before, "KmsKeyId"):
        arn = making.get("KmsKeyId")
        making.call("logs", "DisassociateKmsKey" if arn is None else "AssociateKmsKey", {**key, "kmsKeyId": arn})
    change_tags(making, before, "logs", {"resourceArn": before.made.attributes["Arn"].removesuffix(":*")})
    return before.made


def _change_metric_filter(making: Making, before: Created) -> Made:
    # moto would have two filters of this name.
    key = {"logGroupName": making["LogGroupName"], "filterName": before.made.name}
    making.call("logs", "DeleteMetricFilter", key)
    return LOGS["AWS::Logs::MetricFilter"](making)


def _log_group(making: Making, values: Values) -> None:
    if making.get("RetentionInDays") is not None:
        key = {"logGroupName": values["name"], "retentionInDays": making["RetentionInDays"]}
        making.call("logs", "PutRetentionPolicy", key)


_FUNCTIONS = ("AWS::Lambda::Function", "AWS::Lambda::Alias", "AWS::Lambda::Version")
_TABLES = ("AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable")
_BUS = "{given[EventBusName]}"
SCHEDULING: Mapping[str, CreatedType] = {
    "AWS::Events::EventBus": CreatedType(
        "events", "CreateEventBus", name="Name", attributes={"Arn": arn("events", "event-bus/{name}"), "Name": "{name}",
                                                             "Policy": "{policy}"},
        elsewhere=("Policy",), after=_bus_policy, change=_change_bus, undo=("DeleteEventBus", {"Name": "{name}"}),
    ),
    "AWS::Events::Rule": CreatedType(
        "events", "PutRule", name="Name", ref="{ref}", attributes={"Arn": "{answer[RuleArn]}", "RuleName": "{name}"},
        elsewhere=("Targets",), after=_targets, change=_change_rule, fixed=("EventBusName",),
        undo=("DeleteRule", {"Name": "{name}", "EventBusName": _BUS}),
    ),
    "AWS::Events::EventBusPolicy": CreatedType(
        "events", "PutPermission", elsewhere=("Statement",), create=_permission, is_put=True,
        fixed=("EventBusName", "StatementId"),
    ),
    "AWS::Events::Archive": CreatedType(
        "events", "CreateArchive", name="ArchiveName", limit=48, renamed={"SourceArn": "EventSourceArn"},
        attributes={"Arn": "{answer[ArchiveArn]}"}, change=changed_by("events", "UpdateArchive", "ArchiveName", "SourceArn"),
        fixed=("SourceArn",), undo=("DeleteArchive", {"ArchiveName": "{name}"}),
    ),
    "AWS::Scheduler::Schedule": CreatedType(
        "scheduler", "CreateSchedule", name="Name", attributes={"Arn": ""}, create=_schedule,
        change=_change_schedule, fixed=("GroupName",),
    ),
    "AWS::Scheduler::ScheduleGroup": CreatedType(
        "scheduler", "CreateScheduleGroup", name="Name", attributes={"Arn": "{answer[ScheduleGroupArn]}"},
        no_attribute=("CreationDate", "LastModificationDate", "State"), change=_change_schedule_group,
        undo=("DeleteScheduleGroup", {"Name": "{name}"}),
    ),
    "AWS::Pipes::Pipe": CreatedType(
        "pipes", "CreatePipe", name="Name",
        attributes={
            "Arn": "{answer[Arn]}", "CreationTime": "{answer[CreationTime]}", "CurrentState": "{state}",
            "LastModifiedTime": "{answer[LastModifiedTime]}",
        },
        after=lambda making, values: {"state": making.get("DesiredState", "RUNNING")},
        no_attribute=("StateReason",), change=_change_pipe, fixed=("Source",), undo=("DeletePipe", {"Name": "{name}"}),
        referring={
            "Source": ("AWS::SQS::Queue", "AWS::Kinesis::Stream", *_TABLES), "Enrichment": _FUNCTIONS,
            "Target": (
                "AWS::SQS::Queue", "AWS::SNS::Topic", "AWS::Kinesis::Stream", "AWS::Events::EventBus", "AWS::Logs::LogGroup",
                *_FUNCTIONS,
            ),
        },
    ),
    "AWS::Logs::SubscriptionFilter": CreatedType(
        "logs", "PutSubscriptionFilter", name="FilterName", limit=512, is_put=True, fixed=("LogGroupName",),
        referring={"DestinationArn": (*_FUNCTIONS, "AWS::Kinesis::Stream")},
        undo=("DeleteSubscriptionFilter", {"logGroupName": "{given[LogGroupName]}", "filterName": "{name}"}),
    ),
}  # fmt: skip
"""The types of EventBridge and CloudWatch Logs that deliver events."""
LOGS: Mapping[str, CreatedType] = {
    "AWS::Logs::LogGroup": CreatedType(
        "logs", "CreateLogGroup", name="LogGroupName", limit=512, attributes={"Arn": arn("logs", "log-group:{name}:*")},
        elsewhere=("RetentionInDays",), after=_log_group, change=_change_log_group, fixed=("LogGroupClass",),
        not_applied=(
            "BearerTokenAuthenticationEnabled", "DataProtectionPolicy", "FieldIndexPolicies", "ResourcePolicyDocument",
            "DeletionProtectionEnabled",
        ),
        undo=("DeleteLogGroup", {"logGroupName": "{name}"}),
    ),
    "AWS::Logs::LogStream": CreatedType(
        "logs", "CreateLogStream", name="LogStreamName", limit=512,
        undo=("DeleteLogStream", {"logGroupName": "{given[LogGroupName]}", "logStreamName": "{name}"}),
    ),
    "AWS::Logs::MetricFilter": CreatedType(
        "logs", "PutMetricFilter", name="FilterName", limit=512, or_placeholder=True, change=_change_metric_filter,
        fixed=("LogGroupName",),
        undo=("DeleteMetricFilter", {"logGroupName": "{given[LogGroupName]}", "filterName": "{name}"}),
    ),
    "AWS::Logs::ResourcePolicy": CreatedType(
        "logs", "PutResourcePolicy", name="PolicyName", is_put=True, undo=("DeleteResourcePolicy", {"policyName": "{name}"}),
    ),
    "AWS::Events::Connection": CreatedType(
        "events", "CreateConnection", name="Name", attributes={"Arn": "{answer[ConnectionArn]}"}, or_placeholder=True,
        no_attribute=("ArnForPolicy", "SecretArn", "AuthParameters", "InvocationConnectivityParameters"),
        change=changed_by("events", "UpdateConnection", "Name"), undo=("DeleteConnection", {"Name": "{name}"}),
    ),
    "AWS::Events::ApiDestination": CreatedType(
        "events", "CreateApiDestination", name="Name", attributes={"Arn": "{answer[ApiDestinationArn]}"},
        no_attribute=("ArnForPolicy",), or_placeholder=True, change=changed_by("events", "UpdateApiDestination", "Name"),
        undo=("DeleteApiDestination", {"Name": "{name}"}),
    ),
}  # fmt: skip
"""The types of CloudWatch Logs and EventBridge that deliver nothing."""
