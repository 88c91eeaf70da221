"""Queues, topics and streams: SQS, SNS and Kinesis."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...errors import NotSimulatedError
from ...templates.texts import as_text, json_text
from ..making import Made, Making
from .created_type import CreatedType, Values, arn

_QUEUE = (
    "ContentBasedDeduplication", "DeduplicationScope", "DelaySeconds", "FifoQueue", "FifoThroughputLimit",
    "KmsDataKeyReusePeriodSeconds", "KmsMasterKeyId", "MaximumMessageSize", "MessageRetentionPeriod",
    "ReceiveMessageWaitTimeSeconds", "RedriveAllowPolicy", "RedrivePolicy", "SqsManagedSseEnabled", "VisibilityTimeout",
)  # fmt: skip
_TOPIC = (
    "ArchivePolicy", "ContentBasedDeduplication", "DisplayName", "FifoThroughputScope", "FifoTopic", "KmsMasterKeyId",
    "SignatureVersion", "TracingConfig",
)  # fmt: skip
_SUBSCRIPTION = (
    "DeliveryPolicy", "FilterPolicy", "FilterPolicyScope", "RawMessageDelivery", "RedrivePolicy", "SubscriptionRoleArn",
)  # fmt: skip
_SHORTEST_RETENTION = 24
"""The retention of a new stream, in hours."""


def text_attributes(making: Making, names: tuple[str, ...]) -> dict[str, str]:
    """Returns properties as the text attributes of an operation. Maps are JSON."""
    return {
        name: json_text(value) if isinstance(value, (dict, list)) else as_text(value, f"{making.where}/{name}")
        for name in names
        if (value := making.get(name)) is not None
    }


def _is_true(making: Making, name: str) -> bool:
    return str(making.get(name, "")).lower() == "true"


def _fifo_ending(name: str) -> Any:
    return lambda making: ".fifo" if _is_true(making, name) else ""


def _queue(making: Making) -> dict[str, Any]:
    attributes = text_attributes(making, _QUEUE)
    if not _is_true(making, "FifoQueue"):
        attributes.pop("FifoQueue", None)
    return {"Attributes": attributes}


def _set_policies(service: str, property_name: str, call: Any) -> Any:
    """Returns what gives a policy to each of the resources that a property names."""

    def create(making: Making) -> Made:
        policy = json_text(making["PolicyDocument"])
        named = making[property_name]
        for one in named if isinstance(named, list) else [named]:
            making.call(service, *call(one, policy))
        return Made(making.logical_id, {"Id": making.logical_id})

    return create


def _queue_policy(url: str, policy: str) -> tuple[str, Mapping[str, Any]]:
    return "SetQueueAttributes", {"QueueUrl": url, "Attributes": {"Policy": policy}}


def _topic_policy(topic_arn: str, policy: str) -> tuple[str, Mapping[str, Any]]:
    return "SetTopicAttributes", {"TopicArn": topic_arn, "AttributeName": "Policy", "AttributeValue": policy}


def _topic(making: Making) -> dict[str, Any]:
    attributes = text_attributes(making, _TOPIC)
    if not _is_true(making, "FifoTopic"):
        attributes.pop("FifoTopic", None)
    return {"Attributes": attributes}


def _subscribe_all(making: Making, values: Values) -> None:
    for one in making.get("Subscription") or ():
        subscribe(making, {"TopicArn": values["answer"]["TopicArn"], **one})


def subscribe(making: Making, parameters: Mapping[str, Any]) -> str:
    """Subscribes, and returns the ARN. A subscription that is not simulated is noted, and has a made-up ARN."""
    try:
        answer = making.apply("sns", "Subscribe", {**parameters, "ReturnSubscriptionArn": True})
    except NotSimulatedError:
        making.stack.findings.does_not_deliver(
            [f"subscription {making.logical_id} -> {parameters['Protocol']} {parameters.get('Endpoint', '')}"]
        )
        return f"{parameters['TopicArn']}:{making.logical_id}"
    subscribed = str(answer["SubscriptionArn"])
    making.undo("sns", "Unsubscribe", {"SubscriptionArn": subscribed})
    return subscribed


def _subscription(making: Making) -> Made:
    given = {name: making.get(name) for name in ("Endpoint", "Protocol", "TopicArn")}
    subscribed = subscribe(making, {**given, "Attributes": text_attributes(making, _SUBSCRIPTION)})
    return Made(subscribed, {"Arn": subscribed})


def _stream(making: Making) -> dict[str, Any]:
    mode = (making.get("StreamModeDetails") or {}).get("StreamMode")
    if mode == "ON_DEMAND" or (mode is None and making.get("ShardCount") is None):
        return {"StreamModeDetails": {"StreamMode": "ON_DEMAND"}, "ShardCount": None}
    return {}


def _configure_stream(making: Making, values: Values) -> None:
    key = {"StreamName": values["name"]}
    hours = making.get("RetentionPeriodHours")
    if hours is not None and int(hours) != _SHORTEST_RETENTION:
        making.call("kinesis", "IncreaseStreamRetentionPeriod", {**key, "RetentionPeriodHours": hours})
    if making.get("StreamEncryption") is not None:
        making.apply("kinesis", "StartStreamEncryption", {**key, **making["StreamEncryption"]})
    if making.get("DesiredShardLevelMetrics"):
        making.call("kinesis", "EnableEnhancedMonitoring", {**key, "ShardLevelMetrics": making["DesiredShardLevelMetrics"]})


_QUEUE_ARN, _TOPIC_ARN, _STREAM_ARN = arn("sqs", "{name}"), "{answer[TopicArn]}", arn("kinesis", "stream/{name}")
MESSAGING: Mapping[str, CreatedType] = {
    "AWS::SQS::Queue": CreatedType(
        "sqs", "CreateQueue", name="QueueName", limit=80, ending=_fifo_ending("FifoQueue"), ref="{answer[QueueUrl]}",
        attributes={"Arn": _QUEUE_ARN, "QueueName": "{name}", "QueueUrl": "{answer[QueueUrl]}"}, elsewhere=_QUEUE,
        before=_queue, undo=("DeleteQueue", {"QueueUrl": "{answer[QueueUrl]}"}),
    ),
    "AWS::SQS::QueuePolicy": CreatedType(
        "sqs", "SetQueueAttributes", attributes={"Id": ""}, elsewhere=("PolicyDocument", "Queues"),
        create=_set_policies("sqs", "Queues", _queue_policy),
    ),
    "AWS::SQS::QueueInlinePolicy": CreatedType(
        "sqs", "SetQueueAttributes", elsewhere=("PolicyDocument", "Queue"),
        create=_set_policies("sqs", "Queue", _queue_policy),
    ),
    "AWS::SNS::Topic": CreatedType(
        "sns", "CreateTopic", name="TopicName", renamed={"TopicName": "Name"}, limit=256, ending=_fifo_ending("FifoTopic"),
        ref=_TOPIC_ARN, attributes={"TopicArn": _TOPIC_ARN, "TopicName": "{name}"}, elsewhere=(*_TOPIC, "Subscription"),
        not_applied=("DeliveryStatusLogging", "MaximumMessageSize"), before=_topic, after=_subscribe_all,
        undo=("DeleteTopic", {"TopicArn": _TOPIC_ARN}),
    ),
    "AWS::SNS::Subscription": CreatedType(
        "sns", "Subscribe", attributes={"Arn": ""}, elsewhere=_SUBSCRIPTION, not_applied=("Region",),
        refused={"ReplayPolicy": "replays the archive of a topic"}, create=_subscription,
    ),
    "AWS::SNS::TopicPolicy": CreatedType(
        "sns", "SetTopicAttributes", attributes={"Id": ""}, elsewhere=("PolicyDocument", "Topics"),
        create=_set_policies("sns", "Topics", _topic_policy),
    ),
    "AWS::SNS::TopicInlinePolicy": CreatedType(
        "sns", "SetTopicAttributes", elsewhere=("PolicyDocument", "TopicArn"),
        create=_set_policies("sns", "TopicArn", _topic_policy),
    ),
    "AWS::Kinesis::Stream": CreatedType(
        "kinesis", "CreateStream", name="Name", renamed={"Name": "StreamName"}, limit=128, attributes={"Arn": _STREAM_ARN},
        elsewhere=("RetentionPeriodHours", "StreamEncryption", "DesiredShardLevelMetrics"), before=_stream,
        after=_configure_stream, no_attribute=("WarmThroughputObject",),
        undo=("DeleteStream", {"StreamName": "{name}"}),
    ),
    "AWS::Kinesis::StreamConsumer": CreatedType(
        "kinesis", "RegisterStreamConsumer", ref="{answer[Consumer][ConsumerARN]}",
        attributes={
            "ConsumerARN": "{answer[Consumer][ConsumerARN]}", "ConsumerStatus": "ACTIVE",
            "ConsumerCreationTimestamp": "{answer[Consumer][ConsumerCreationTimestamp]}",
        },
        undo=("DeregisterStreamConsumer", {"ConsumerARN": "{answer[Consumer][ConsumerARN]}"}),
    ),
    "AWS::Kinesis::ResourcePolicy": CreatedType(
        "kinesis", "PutResourcePolicy", renamed={"ResourcePolicy": "Policy"}, ref="{given[ResourceArn]}",
    ),
}  # fmt: skip
"""The types of SQS, SNS and Kinesis."""
