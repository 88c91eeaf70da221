"""Conditions on the parameters of a call, or on the properties of a stack's resource, under which AWS would deliver
something.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from ...arns import parse_or_none

Parameters = Mapping[str, Any]
"""The parameters of a call, or the properties of a resource, with the facts that the service has stored about it."""
Condition = Callable[[Parameters], bool]

_FUNCTION = re.compile(r"arn:[\w-]+:lambda:[\w-]*:\d*:function:")
_RECEIVER = re.compile(r"arn:[\w-]+:(?:lambda:[\w-]*:\d*:function:|sqs:|sns:)")
_DELIVERED_BY_STATES = re.compile(
    r"arn:[\w-]+:(?:lambda:[\w-]*:\d*:function:|states:::(?:aws-sdk:)?(?:lambda|sqs|sns|events|eventbridge):)"
)
_NOT_NOTIFIED = re.compile(
    "s3:(?:ReducedRedundancy|Replication|LifecycleExpiration|LifecycleTransition|IntelligentTiering|ObjectRestore"
    "|ObjectAnnotation|ObjectRetention)"
)


def strings_in(value: object) -> Iterator[str]:
    """Yields every text in a value, at any depth, except keys of mappings."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, (bytes, bytearray)):
        yield value.decode(errors="replace")
    elif isinstance(value, Mapping):
        for member in value.values():
            yield from strings_in(member)
    elif isinstance(value, Iterable) and not hasattr(value, "read"):
        for member in value:
            yield from strings_in(member)


def always(parameters: Parameters) -> bool:
    """Returns True."""
    return True


def names_a_function(parameters: Parameters) -> bool:
    """Returns whether the parameters contain the ARN of a function."""
    return any(_FUNCTION.search(text) for text in strings_in(parameters))


def names_a_receiver(parameters: Parameters) -> bool:
    """Returns whether the parameters contain the ARN of a function, queue or topic."""
    return any(_RECEIVER.search(text) for text in strings_in(parameters))


def uses_a_global_endpoint(parameters: Parameters) -> bool:
    """Returns whether a call creates a global endpoint, or puts events through one."""
    return bool(parameters.get("EndpointId")) or "Entries" not in parameters


def has(*names: str) -> Condition:
    """Returns whether each of the named parameters is set and not empty."""
    return lambda parameters: all(parameters.get(name) for name in names)


def sets(name: str) -> Condition:
    """Returns whether a call of API Gateway has a parameter, or changes a value whose path begins with its name."""

    def is_set(parameters: Parameters) -> bool:
        changes = parameters.get("patchOperations") or ()
        return bool(parameters.get(name)) or any(
            str(one.get("path")).startswith(f"/{name}") and one.get("op") != "remove" and one.get("value") != "false"
            for one in changes
        )

    return is_set


def maps_parameters(parameters: Parameters) -> bool:
    """Returns whether an integration of an HTTP API changes requests or responses."""
    return bool(parameters.get("RequestParameters") or parameters.get("ResponseParameters"))


def subscribes_elsewhere(parameters: Parameters) -> bool:
    """Returns whether a subscription, or one of a topic's, sends to a target that no test can read."""
    made = [parameters, *(parameters.get("Subscription") or ())]
    return any(one.get("Protocol") in ("http", "https", "firehose") for one in made)


def subscribes_people(parameters: Parameters) -> bool:
    """Returns whether a subscription, or one of a topic's, sends mail, text messages or push notifications."""
    made = [parameters, *(parameters.get("Subscription") or ())]
    return any(one.get("Protocol") in ("email", "email-json", "sms", "application") for one in made)


def logs_deliveries(parameters: Parameters) -> bool:
    """Returns whether an attribute of a topic, or a property in a stack, lets SNS write logs of deliveries."""
    names = [str(parameters.get("AttributeName") or ""), *(parameters.get("Attributes") or {})]
    return bool(parameters.get("DeliveryStatusLogging")) or any("Feedback" in name for name in names)


def replays_an_archive(parameters: Parameters) -> bool:
    """Returns whether a subscription starts to replay the archive of its topic."""
    policies = [
        parameters.get("ReplayPolicy"),
        (parameters.get("Attributes") or {}).get("ReplayPolicy"),
        parameters.get("AttributeValue") if parameters.get("AttributeName") == "ReplayPolicy" else None,
    ]
    return any(policies)


def has_text(text: str) -> Condition:
    """Returns whether one of the texts in the parameters is exactly `text`."""
    return lambda parameters: any(found == text for found in strings_in(parameters))


_DEFAULT_TEMPLATE = '{"message":$context.error.messageString}'
"""The template that gateway responses have without any setting."""


def maps_a_gateway_response(parameters: Parameters) -> bool:
    """Returns whether a gateway response has a template other than that of AWS."""
    templates = (parameters.get("responseTemplates") or {}).values()
    return any("".join(str(template).split()) != _DEFAULT_TEMPLATE for template in templates)


def requires_keys(parameters: Parameters) -> bool:
    """Returns whether a method asks for an API key."""
    return bool(parameters.get("apiKeyRequired"))


def deploys_a_function(parameters: Parameters) -> bool:
    """Returns whether a deployment of CodeDeploy is about a function."""
    return any("AWS::Lambda::Function" in text for text in strings_in(parameters))


def definition_delivers(parameters: Parameters) -> bool:
    """Returns whether the definition of a state machine runs a function or sends to a queue, topic or event bus."""
    return bool(_DELIVERED_BY_STATES.search(str(parameters.get("definition") or "")))


def notifies_of_what_is_not_simulated(parameters: Parameters) -> bool:
    """Returns whether a bucket's notifications name events that are not simulated, such as the expiry of an object."""
    return any(_NOT_NOTIFIED.match(text) for text in strings_in(parameters.get("NotificationConfiguration") or {}))


def expires_objects_on_the_bus(parameters: Parameters) -> bool:
    """Returns whether the default event bus would receive events of objects that a lifecycle rule expires or moves."""
    has_rules = parameters.get("LifecycleConfiguration") or parameters.get("StoredRules")
    is_on_bus = "EventBridgeConfiguration" in (parameters.get("NotificationConfiguration") or {})
    return bool(has_rules) and (is_on_bus or bool(parameters.get("IsOnBus")))


_SENT = frozenset({"aws.s3", "aws.lambda", "aws.events", "aws.scheduler"})
"""The sources of the events that services send here."""


def matches_events_of_other_services(parameters: Parameters) -> bool:
    """Returns whether the pattern of a rule names a service whose events are never sent, or calls that CloudTrail records."""
    pattern = parameters.get("EventPattern")
    if isinstance(pattern, str):
        try:
            pattern = json.loads(pattern)
        except ValueError:
            return False
    if not isinstance(pattern, Mapping):
        return False
    sources = {one for one in strings_in(pattern.get("source")) if one.startswith("aws.")}
    return not sources <= _SENT or "AWS API Call via CloudTrail" in strings_in(pattern.get("detail-type"))


def sends_logs_elsewhere(parameters: Parameters) -> bool:
    """Returns whether a subscription filter sends to Firehose, or to a logical destination of CloudWatch Logs."""
    arn = parse_or_none(str(parameters.get("destinationArn") or parameters.get("DestinationArn") or ""))
    return arn is not None and (arn.service == "firehose" or arn.resource.startswith("destination:"))


def applies_on_transformed_logs(parameters: Parameters) -> bool:
    """Returns whether a subscription filter is about the log events after a transformer."""
    value = parameters.get("applyOnTransformedLogs") or parameters.get("ApplyOnTransformedLogs")
    return str(value).lower() == "true"


PIPE_SOURCES = frozenset({"sqs", "kinesis", "dynamodb"})
"""The services of the sources that pipes read."""
PIPE_TARGETS = frozenset({"lambda", "sqs", "sns", "kinesis", "event-bus", "logs"})
"""The kinds of targets to which pipes send."""


def reads_elsewhere(parameters: Parameters) -> bool:
    """Returns whether a pipe has a source that is not a queue, a Kinesis stream or the stream of a table."""
    return _is_other(parameters.get("Source"), PIPE_SOURCES)


def is_enriched_elsewhere(parameters: Parameters) -> bool:
    """Returns whether a pipe has an enrichment that is not a function."""
    return _is_other(parameters.get("Enrichment"), frozenset({"lambda"}))


def pipes_elsewhere(parameters: Parameters) -> bool:
    """Returns whether a pipe has a kind of target to which pipes do not send here, or a global endpoint."""
    bus = (parameters.get("TargetParameters") or {}).get("EventBridgeEventBusParameters") or {}
    return _is_other(parameters.get("Target"), PIPE_TARGETS) or bool(bus.get("EndpointId"))


def _is_other(arn: object, known: frozenset[str]) -> bool:
    return isinstance(arn, str) and arn != "" and kind_of_target(arn) not in known


def kind_of_target(arn: str) -> str:
    """Returns the service of a target's ARN. For targets of EventBridge itself this is the kind of resource, such as
    `event-bus`.
    """
    parsed = parse_or_none(arn)
    if parsed is None:
        return "malformed"
    return parsed.resource.partition("/")[0] if parsed.service == "events" else parsed.service
