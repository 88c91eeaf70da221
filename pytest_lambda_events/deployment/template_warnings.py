"""Finds mistakes in a template that AWS does not report: settings that do not fit together (TPL-W0 to W5, W9)."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from .created import Created
from .creators.lifecycle_rules import expires_objects
from .findings import StackWarning

VISIBILITY, RECEIVES, RETENTION, LOOP, LOST, FILTERS = (f"TPL-W{number}" for number in range(6))
EXPIRY = "TPL-W9"
RULES = (VISIBILITY, RECEIVES, RETENTION, LOOP, LOST, FILTERS, EXPIRY)
"""The rules of warnings, in the order of the sheet."""
RUN_TIME = {"FIL-21": "FIL-21", FILTERS: "FIL-21", "SQS-70": "SQS-70", "KIN-60": "KIN-60"}
"""The rules of warnings in the journal that do not depend on a template, by what a test can ignore."""
_TIMES = 6
_FEWEST_RECEIVES = 5
_UNLIMITED = sys.maxsize
_TIMEOUT, _VISIBILITY, _RETENTION = 3, 30, 345_600
"""Defaults in seconds: of a function's timeout, and of a queue's visibility timeout and retention."""
_FUNCTIONS = ("AWS::Lambda::Function", "AWS::Lambda::Alias", "AWS::Lambda::Version")
_NOTIFICATIONS = "Custom::S3BucketNotifications"
_RECORD = ("eventSource", "eventSourceARN", "awsRegion")
_STREAM = ("eventID", "eventName", "eventVersion", "invokeIdentityArn", *_RECORD)
_FIELDS = {
    "AWS::SQS::Queue": (
        "body", "messageId", "receiptHandle", "attributes", "messageAttributes", "md5OfBody", "md5OfMessageAttributes",
        *_RECORD,
    ),
    "AWS::Kinesis::Stream": (
        "data", "partitionKey", "sequenceNumber", "kinesisSchemaVersion", "approximateArrivalTimestamp", "encryptionType",
        "kinesis", *_STREAM,
    ),
    "AWS::DynamoDB::Table": ("dynamodb", "userIdentity", "tableName", *_STREAM),
    "AWS::DynamoDB::GlobalTable": ("dynamodb", "userIdentity", "tableName", *_STREAM),
}  # fmt: skip
"""The fields of a record that a filter can name, by the type of the source."""


def warnings_of(resources: Iterable[Created], ignore: Iterable[str]) -> list[StackWarning]:
    """Returns the mistakes in what was created. `ignore` may have rules, or resources with a rule: `"Orders.TPL-W0"`."""
    checks = _Checks(list(resources))
    found = [one for check in checks.all for one in check()]
    ignored = set(ignore)
    return [one for one in found if not {one.rule, f"{one.logical_id}.{one.rule}"} & ignored]


def run_time_rules(ignore: Iterable[str]) -> set[str]:
    """Returns the ignored rules of warnings that event source mappings write themselves (TPL-W8)."""
    return {RUN_TIME[one] for one in ignore if one in RUN_TIME}


class _Checks:
    """The checks of one stack."""

    def __init__(self, resources: list[Created]) -> None:
        self._resources = resources
        self._by_value = {value: one for one in resources for value in one.values}
        # Resources of several types may have the same name.
        self._functions = {value: one for one in self._of(*_FUNCTIONS) for value in one.values}
        self.all = (self._visibility, self._receives, self._retention, self._loops, self._lost, self._filters, self._expiry)

    def _of(self, *types: str) -> list[Created]:
        return [one for one in self._resources if one.type in types]

    def _function(self, named: object) -> Created | None:
        """Returns the function that a name or an ARN names, also by a version or an alias."""
        found = self._functions.get(str(named))
        if found is not None and found.type != _FUNCTIONS[0]:
            return self._function(found.properties.get("FunctionName"))
        return found

    def _mappings(self) -> Iterator[tuple[Created, Created, Created]]:
        """Yields event source mappings with their sources and functions."""
        for mapping in self._of("AWS::Lambda::EventSourceMapping"):
            source = self._by_value.get(str(mapping.properties.get("EventSourceArn")))
            function = self._function(mapping.properties.get("FunctionName"))
            if source is not None and function is not None:
                yield mapping, source, function

    def _visibility(self) -> Iterator[StackWarning]:
        for mapping, queue, function in self._mappings():
            if queue.type != "AWS::SQS::Queue":
                continue
            timeout = _number(function.properties.get("Timeout"), _TIMEOUT)
            window = _number(mapping.properties.get("MaximumBatchingWindowInSeconds"), 0)
            needed = _TIMES * timeout + window
            visibility = _number(queue.properties.get("VisibilityTimeout"), _VISIBILITY)
            if visibility < needed:
                yield queue.warning(
                    VISIBILITY,
                    f"VisibilityTimeout is {visibility} seconds. AWS recommends six times the Timeout of "
                    f"{function.logical_id} plus the batching window: {needed} seconds or more.",
                )  # fmt: skip

    def _receives(self) -> Iterator[StackWarning]:
        for _, queue, function in self._mappings():
            receives = _map(queue.properties.get("RedrivePolicy")).get("maxReceiveCount")
            is_low = queue.type == "AWS::SQS::Queue" and _number(receives, _FEWEST_RECEIVES) < _FEWEST_RECEIVES
            if is_low and not self._has_room_for_all(function):
                yield queue.warning(
                    RECEIVES,
                    f"maxReceiveCount is {receives}. Messages may move to the dead-letter queue because {function.logical_id} "
                    f"is throttled. AWS recommends {_FEWEST_RECEIVES} or more.",
                )  # fmt: skip

    def _has_room_for_all(self, function: Created) -> bool:
        """Returns whether the reserved concurrency of a function suffices for all that invokes it in the template."""
        reserved = _number(function.properties.get("ReservedConcurrentExecutions"), 0)
        mappings = [mapping for mapping, _, other in self._mappings() if other is function]
        limits = [_number(_map(one.properties.get("ScalingConfig")).get("MaximumConcurrency"), _UNLIMITED) for one in mappings]
        return sum(limits) <= reserved and function.made.name not in self._asynchronous()

    def _retention(self) -> Iterator[StackWarning]:
        for queue in self._of("AWS::SQS::Queue"):
            target = _map(queue.properties.get("RedrivePolicy")).get("deadLetterTargetArn")
            dead = self._by_value.get(str(target))
            is_fifo = str(queue.properties.get("FifoQueue")).lower() == "true"
            if dead is None or dead.type != "AWS::SQS::Queue" or is_fifo:
                continue
            own, others = (_number(one.properties.get("MessageRetentionPeriod"), _RETENTION) for one in (queue, dead))
            if others < own:
                yield dead.warning(
                    RETENTION,
                    f"MessageRetentionPeriod is {others} seconds, shorter than the {own} seconds of its source "
                    f"{queue.logical_id}. It counts from the time when a message was sent to the source.",
                )  # fmt: skip

    def _loops(self) -> Iterator[StackWarning]:
        for bucket in self._of("AWS::S3::Bucket"):
            of_cdk = [one for one in self._of(_NOTIFICATIONS) if one.properties.get("BucketName") == bucket.made.name]
            for one in [one for source in (bucket, *of_cdk) for one in _notifications(source)]:
                function = self._function(one.get("Function", one.get("LambdaFunctionArn")))
                events = str(one.get("Event", one.get("Events")))
                if function is not None and self._may_put(function, bucket, one) and "Created" in events:
                    yield bucket.warning(
                        LOOP,
                        f"invokes {function.logical_id}, whose role may put objects into the same bucket. If it does, it "
                        "invokes itself. Write to another bucket, or filter by a prefix.",
                    )  # fmt: skip

    def _may_put(self, function: Created, bucket: Created, configuration: Mapping[str, Any]) -> bool:
        rules = _items(_map(_map(configuration.get("Filter")).get("S3Key")).get("Rules"))
        parts = {str(rule.get("Name")).lower(): str(rule.get("Value")) for rule in rules}
        key = f"{bucket.made.attributes['Arn']}/{parts.get('prefix', '')}x{parts.get('suffix', '')}"
        role = self._by_value.get(str(function.properties.get("Role")))
        policies = [] if role is None else [one.get("PolicyDocument") for one in _items(role.properties.get("Policies"))]
        for policy in self._of("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::IAM::RolePolicy"):
            roles = policy.properties.get("Roles") or [policy.properties.get("RoleName")]
            if role is not None and role.made.name in roles:
                policies.append(policy.properties.get("PolicyDocument"))
        return any(_allows(statement, "s3:PutObject", key) for policy in policies for statement in _statements(policy))

    def _lost(self) -> Iterator[StackWarning]:
        configured = {
            found.made.name
            for one in self._of("AWS::Lambda::EventInvokeConfig")
            if _map(_map(one.properties.get("DestinationConfig")).get("OnFailure")).get("Destination")
            and (found := self._function(one.properties.get("FunctionName"))) is not None
        }
        for name, source in self._asynchronous().items():
            function = self._functions[name]
            # Destinations are not supported for durable functions (DUR-37).
            has_destination = name in configured and not _is_durable(function)
            if not has_destination and not _map(function.properties.get("DeadLetterConfig")).get("TargetArn"):
                yield function.warning(LOST, f"{source} invokes it asynchronously, and {_advice(function)}")

    def _asynchronous(self) -> dict[str, str]:
        """Returns which functions are invoked asynchronously: a source by the name of each function."""
        found: dict[str, str] = {}
        for one in self._resources:
            for named in _targets(one):
                function = self._function(named)
                if function is not None:
                    found.setdefault(function.made.name, one.logical_id)
        return found

    def _filters(self) -> Iterator[StackWarning]:
        for mapping, source, _ in self._mappings():
            for one in _items(_map(mapping.properties.get("FilterCriteria")).get("Filters")):
                for name in _names(one.get("Pattern")):
                    if source.type in _FIELDS and name not in _FIELDS[source.type]:
                        yield mapping.warning(
                            FILTERS,
                            f"The filter names {name!r}, which records of {source.type} do not have, so no record matches. "
                            f"They have: {', '.join(_FIELDS[source.type])}.",
                        )  # fmt: skip

    def _expiry(self) -> Iterator[StackWarning]:
        for bucket in self._of("AWS::S3::Bucket"):
            if expires_objects(_map(bucket.properties.get("LifecycleConfiguration"))):
                yield bucket.warning(
                    EXPIRY,
                    "LifecycleConfiguration deletes objects after a time on AWS. Objects do not expire here. If a test needs "
                    "that, delete them in the test.",
                )  # fmt: skip


def _notifications(one: Created) -> list[Mapping[str, Any]]:
    """Returns the notifications for functions of a bucket, or of CDK's resource that configures a bucket."""
    written = _map(one.properties.get("NotificationConfiguration"))
    return _items(written.get("LambdaConfigurations", written.get("LambdaFunctionConfigurations")))


def _targets(one: Created) -> list[Any]:
    """Returns what a resource invokes asynchronously."""
    properties = one.properties
    if one.type in ("AWS::S3::Bucket", _NOTIFICATIONS):
        return [written.get("Function", written.get("LambdaFunctionArn")) for written in _notifications(one)]
    if one.type == "AWS::Logs::SubscriptionFilter":
        return [properties.get("DestinationArn")]
    if one.type == "AWS::SNS::Subscription":
        return [properties.get("Endpoint")]
    if one.type == "AWS::SNS::Topic":
        return [subscription.get("Endpoint") for subscription in _items(properties.get("Subscription"))]
    if one.type == "AWS::Events::Rule":
        return [target.get("Arn") for target in _items(properties.get("Targets"))]
    if one.type == "AWS::Scheduler::Schedule":
        return [_map(properties.get("Target")).get("Arn")]
    return []


def _map(value: Any) -> Mapping[str, Any]:
    """Returns a map, also one that is written as JSON. Other values are an empty map."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return {}
    return value if isinstance(value, Mapping) else {}


def _items(value: Any) -> list[Mapping[str, Any]]:
    """Returns the maps in a list. A single map may stand for a list."""
    found = value if isinstance(value, list) else [value]
    return [one for one in found if isinstance(one, Mapping)]


def _number(value: Any, default: int) -> int:
    """Returns a number, also one that is written as text."""
    try:
        return int(value)
    except (TypeError, ValueError):
        return default


def _names(pattern: Any) -> list[str]:
    """Returns the fields that a filter pattern names at its first level."""
    return [name for name in _map(pattern) if not name.startswith("$")]


def _statements(policy: Any) -> list[Mapping[str, Any]]:
    return _items(_map(policy).get("Statement"))


def _is_durable(function: Created) -> bool:
    return bool(function.properties.get("DurableConfig"))


def _advice(function: Created) -> str:
    """Returns when an event of a function is lost, and what to do. A durable function has no retries and no destinations
    (DUR-36, 37).
    """
    if _is_durable(function):
        return (
            "an event is lost when its durable execution fails. Durable functions have no destinations. Add DeadLetterConfig."
        )
    return (
        "an event is lost when all its attempts fail. Add DeadLetterConfig, or an EventInvokeConfig with a destination for "
        "failures."
    )


def _allows(statement: Mapping[str, Any], action: str, resource: str) -> bool:
    """Returns whether a statement allows an action on a resource. Conditions count as fulfilled."""
    actions, resources = (
        written if isinstance(written, list) else [written] for written in (statement.get("Action"), statement.get("Resource"))
    )
    return (
        statement.get("Effect") == "Allow"
        and any(fnmatchcase(action.lower(), str(one).lower()) for one in actions)
        and any(fnmatchcase(resource, str(one)) for one in resources)
    )
