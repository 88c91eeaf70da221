"""Event buses, rules, archives, schedules and log groups."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...arns import parse_or_none
from ...errors import NotSimulatedError
from ...templates.texts import json_text
from ..making import Made, Making
from .created_type import CreatedType, Values, arn

_DEFAULT_BUS = "default"
_TARGETS = ("lambda", "sqs", "sns", "kinesis", "logs", "states")
"""The services to whose resources rules deliver."""


def _bus_policy(making: Making, values: Values) -> None:
    if making.get("Policy") is not None:
        policy = json_text(making["Policy"])
        making.call("events", "PutPermission", {"EventBusName": values["name"], "Policy": policy})
        values["policy"] = policy


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
        target = making["Target"].get("Arn")
        making.stack.findings.does_not_deliver([f"schedule {making.logical_id} -> {target}"])
    else:
        making.undo("scheduler", "DeleteSchedule", {"Name": name, "GroupName": making.get("GroupName")})
    return Made(name, {"Arn": making.arn("scheduler", f"schedule/{group}/{name}")}, name)


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
        elsewhere=("Policy",), after=_bus_policy, undo=("DeleteEventBus", {"Name": "{name}"}),
    ),
    "AWS::Events::Rule": CreatedType(
        "events", "PutRule", name="Name", ref="{ref}", attributes={"Arn": "{answer[RuleArn]}", "RuleName": "{name}"},
        elsewhere=("Targets",), after=_targets, undo=("DeleteRule", {"Name": "{name}", "EventBusName": _BUS}),
    ),
    "AWS::Events::EventBusPolicy": CreatedType(
        "events", "PutPermission", elsewhere=("Statement",), create=_permission,
    ),
    "AWS::Events::Archive": CreatedType(
        "events", "CreateArchive", name="ArchiveName", limit=48, renamed={"SourceArn": "EventSourceArn"},
        attributes={"Arn": "{answer[ArchiveArn]}"}, undo=("DeleteArchive", {"ArchiveName": "{name}"}),
    ),
    "AWS::Scheduler::Schedule": CreatedType(
        "scheduler", "CreateSchedule", name="Name", attributes={"Arn": ""}, create=_schedule,
    ),
    "AWS::Scheduler::ScheduleGroup": CreatedType(
        "scheduler", "CreateScheduleGroup", name="Name", attributes={"Arn": "{answer[ScheduleGroupArn]}"},
        no_attribute=("CreationDate", "LastModificationDate", "State"), undo=("DeleteScheduleGroup", {"Name": "{name}"}),
    ),
    "AWS::Pipes::Pipe": CreatedType(
        "pipes", "CreatePipe", name="Name",
        attributes={
            "Arn": "{answer[Arn]}", "CreationTime": "{answer[CreationTime]}", "CurrentState": "{state}",
            "LastModifiedTime": "{answer[LastModifiedTime]}",
        },
        after=lambda making, values: {"state": making.get("DesiredState", "RUNNING")},
        no_attribute=("StateReason",), undo=("DeletePipe", {"Name": "{name}"}),
        refused={"LogConfiguration": "writes what the pipe does to a log"},
        referring={
            "Source": ("AWS::SQS::Queue", "AWS::Kinesis::Stream", *_TABLES), "Enrichment": _FUNCTIONS,
            "Target": (
                "AWS::SQS::Queue", "AWS::SNS::Topic", "AWS::Kinesis::Stream", "AWS::Events::EventBus", "AWS::Logs::LogGroup",
                *_FUNCTIONS,
            ),
        },
    ),
    "AWS::Logs::SubscriptionFilter": CreatedType(
        "logs", "PutSubscriptionFilter", name="FilterName", limit=512,
        referring={"DestinationArn": (*_FUNCTIONS, "AWS::Kinesis::Stream")},
        undo=("DeleteSubscriptionFilter", {"logGroupName": "{given[LogGroupName]}", "filterName": "{name}"}),
    ),
}  # fmt: skip
"""The types of EventBridge and CloudWatch Logs that deliver events."""
LOGS: Mapping[str, CreatedType] = {
    "AWS::Logs::LogGroup": CreatedType(
        "logs", "CreateLogGroup", name="LogGroupName", limit=512, attributes={"Arn": arn("logs", "log-group:{name}:*")},
        elsewhere=("RetentionInDays",), after=_log_group,
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
        "logs", "PutMetricFilter", name="FilterName", limit=512, or_placeholder=True,
        undo=("DeleteMetricFilter", {"logGroupName": "{given[LogGroupName]}", "filterName": "{name}"}),
    ),
    "AWS::Logs::ResourcePolicy": CreatedType(
        "logs", "PutResourcePolicy", name="PolicyName", undo=("DeleteResourcePolicy", {"policyName": "{name}"}),
    ),
    "AWS::Events::Connection": CreatedType(
        "events", "CreateConnection", name="Name", attributes={"Arn": "{answer[ConnectionArn]}"}, or_placeholder=True,
        no_attribute=("ArnForPolicy", "SecretArn", "AuthParameters", "InvocationConnectivityParameters"),
        undo=("DeleteConnection", {"Name": "{name}"}),
    ),
    "AWS::Events::ApiDestination": CreatedType(
        "events", "CreateApiDestination", name="Name", attributes={"Arn": "{answer[ApiDestinationArn]}"},
        no_attribute=("ArnForPolicy",), or_placeholder=True, undo=("DeleteApiDestination", {"Name": "{name}"}),
    ),
}  # fmt: skip
"""The types of CloudWatch Logs and EventBridge that deliver nothing."""
