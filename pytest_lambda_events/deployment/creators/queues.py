"""Queues, topics and streams: SQS, SNS and Kinesis."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ...arns import parse
from ...errors import NotSimulatedError
from ...limits import SNS_MESSAGE_BYTES, SQS_MESSAGE_BYTES
from ...templates.texts import as_text, json_text
from ...values import dataclass
from ..created import Created, Made
from ..making import Making
from .changes import change_tags, differs, gone_and_new, new_values
from .created_type import CreatedType, Values, arn

_QUEUE: Mapping[str, Any] = {
    "ContentBasedDeduplication": False, "DeduplicationScope": "queue", "DelaySeconds": 0, "FifoQueue": None,
    "FifoThroughputLimit": "perQueue", "KmsDataKeyReusePeriodSeconds": 300, "KmsMasterKeyId": "",
    "MaximumMessageSize": SQS_MESSAGE_BYTES, "MessageRetentionPeriod": 345_600, "ReceiveMessageWaitTimeSeconds": 0,
    "RedriveAllowPolicy": "", "RedrivePolicy": "", "SqsManagedSseEnabled": True, "VisibilityTimeout": 30,
}  # fmt: skip
"""The attributes of a queue, and their defaults. None: it cannot change."""
_TOPIC: Mapping[str, Any] = {
    "ArchivePolicy": "", "ContentBasedDeduplication": False, "DisplayName": "", "FifoThroughputScope": "Topic",
    "FifoTopic": None, "KmsMasterKeyId": "", "MaximumMessageSize": SNS_MESSAGE_BYTES, "SignatureVersion": "1",
    "TracingConfig": "PassThrough",
}  # fmt: skip
"""The attributes of a topic, and their defaults."""
_SUBSCRIPTION: Mapping[str, Any] = {
    "FilterPolicyScope": "MessageAttributes", "FilterPolicy": "", "RawMessageDelivery": False, "RedrivePolicy": "",
    "DeliveryPolicy": "", "SubscriptionRoleArn": None,
}  # fmt: skip
"""The attributes of a subscription, and their defaults. The scope decides how the policy may look, so it is set first."""
_BODY = "MessageBody"
_SHORTEST_RETENTION = 24
"""The retention of a new stream, in hours."""


def text_attributes(values: Mapping[str, Any], where: str) -> dict[str, str]:
    """Returns properties as the text attributes of an operation. Maps are JSON."""
    return {
        name: json_text(value) if isinstance(value, (dict, list)) else as_text(value, f"{where}/{name}")
        for name, value in values.items()
        if value is not None
    }


def _attributes(making: Making, names: Iterable[str]) -> dict[str, str]:
    return text_attributes({name: making.get(name) for name in names}, making.where)


def _is_true(making: Making, name: str) -> bool:
    return str(making.get(name, "")).lower() == "true"


def _fifo_ending(name: str) -> Any:
    return lambda making: ".fifo" if _is_true(making, name) else ""


def _queue(making: Making) -> dict[str, Any]:
    attributes = _attributes(making, _QUEUE)
    if not _is_true(making, "FifoQueue"):
        attributes.pop("FifoQueue", None)
    return {"Attributes": attributes}


def _change_queue(making: Making, before: Created) -> Made:
    key = {"QueueUrl": before.made.ref}
    attributes = text_attributes(new_values(making, before, _QUEUE), making.where)
    if attributes:
        making.call("sqs", "SetQueueAttributes", {**key, "Attributes": attributes})
    change_tags(making, before, "sqs", key, tag="TagQueue", untag="UntagQueue")
    return before.made


@dataclass(frozen=True)
class _Policies:
    """Gives a policy to each of the resources that a property names."""

    service: str
    property_name: str
    call: Callable[[str, str], tuple[str, Mapping[str, Any]]]
    default: Callable[[str], str]

    def create(self, making: Making) -> Made:
        """Sets the policy. Without the resource, each owner has the default policy again."""
        policy = json_text(making["PolicyDocument"])
        for owner in self._owners(making.properties):
            making.call(self.service, *self.call(owner, policy))
            making.undo(self.service, *self.call(owner, self.default(owner)))
        return Made(making.logical_id, {"Id": making.logical_id})

    def change(self, making: Making, before: Created) -> Made:
        """Sets the policy, and resets that of former owners."""
        gone, _ = gone_and_new(self._owners(before.properties), self._owners(making.properties))
        for owner in gone:
            making.call(self.service, *self.call(owner, self.default(owner)))
        return self.create(making)

    def _owners(self, properties: Mapping[str, Any]) -> list[str]:
        named = properties[self.property_name]
        return [str(one) for one in (named if isinstance(named, list) else [named])]


def _queue_policy(url: str, policy: str) -> tuple[str, Mapping[str, Any]]:
    return "SetQueueAttributes", {"QueueUrl": url, "Attributes": {"Policy": policy}}


def _topic_policy(topic_arn: str, policy: str) -> tuple[str, Mapping[str, Any]]:
    return "SetTopicAttributes", {"TopicArn": topic_arn, "AttributeName": "Policy", "AttributeValue": policy}


def _default_topic_policy(topic_arn: str) -> str:
    """Returns the policy that SNS gives a new topic."""
    operations = (
        "GetTopicAttributes", "SetTopicAttributes", "AddPermission", "RemovePermission", "DeleteTopic", "Subscribe",
        "ListSubscriptionsByTopic", "Publish",
    )  # fmt: skip
    statement = {
        "Effect": "Allow", "Sid": "__default_statement_ID", "Principal": {"AWS": "*"},
        "Action": [f"SNS:{operation}" for operation in operations], "Resource": topic_arn,
        "Condition": {"StringEquals": {"AWS:SourceOwner": parse(topic_arn).account_id}},
    }  # fmt: skip
    return json_text({"Version": "2008-10-17", "Id": "__default_policy_ID", "Statement": [statement]})


_QUEUE_POLICIES, _ONE_QUEUE_POLICY = (_Policies("sqs", name, _queue_policy, lambda url: "") for name in ("Queues", "Queue"))
_TOPIC_POLICIES, _ONE_TOPIC_POLICY = (
    _Policies("sns", name, _topic_policy, _default_topic_policy) for name in ("Topics", "TopicArn")
)  # fmt: skip


def _topic(making: Making) -> dict[str, Any]:
    attributes = _attributes(making, _TOPIC)
    if not _is_true(making, "FifoTopic"):
        attributes.pop("FifoTopic", None)
    return {"Attributes": attributes}


def _change_topic(making: Making, before: Created) -> Made:
    key = {"TopicArn": before.made.ref}
    for name, value in text_attributes(new_values(making, before, _TOPIC), making.where).items():
        making.call("sns", "SetTopicAttributes", {**key, "AttributeName": name, "AttributeValue": value})
    change_tags(making, before, "sns", {"ResourceArn": before.made.ref})
    gone, new = gone_and_new(before.properties.get("Subscription"), making.get("Subscription"))
    if gone:
        found = making.call("sns", "ListSubscriptionsByTopic", key)["Subscriptions"]
        ends = [(one["Protocol"], one["Endpoint"]) for one in gone]
        for one in found:
            if (one["Protocol"], one["Endpoint"]) in ends:
                making.call("sns", "Unsubscribe", {"SubscriptionArn": one["SubscriptionArn"]})
    for one in new:
        subscribe(making, {**key, **one})
    return before.made


def _subscribe_all(making: Making, values: Values) -> None:
    for one in making.get("Subscription") or ():
        subscribe(making, {"TopicArn": values["answer"]["TopicArn"], **one})


def subscribe(making: Making, parameters: Mapping[str, Any], region_name: str | None = None) -> str:
    """Subscribes, and returns the ARN. A subscription that is not simulated is noted, and has a made-up ARN."""
    try:
        answer = making.apply("sns", "Subscribe", {**parameters, "ReturnSubscriptionArn": True}, region_name=region_name)
    except NotSimulatedError:
        if making.stack.is_strict:
            raise
        making.stack.findings.does_not_deliver(
            [f"subscription {making.logical_id} -> {parameters['Protocol']} {parameters.get('Endpoint', '')}"]
        )
        return f"{parameters['TopicArn']}:{making.logical_id}"
    subscribed = str(answer["SubscriptionArn"])
    making.undo("sns", "Unsubscribe", {"SubscriptionArn": subscribed}, region_name=region_name)
    return subscribed


def _texts_of_subscription(making: Making, values: Mapping[str, Any]) -> dict[str, str]:
    texts = {name: json.dumps(value) if isinstance(value, Mapping) else value for name, value in values.items()}
    return text_attributes(texts, making.where)


def _subscription(making: Making) -> Made:
    given = making.others(*_SUBSCRIPTION, "Region", "ReplayPolicy")
    attributes = _texts_of_subscription(making, {name: making.get(name) for name in _SUBSCRIPTION})
    subscribed = subscribe(making, {**given, "Attributes": attributes}, making.get("Region"))
    return Made(subscribed, {"Arn": subscribed})


def _change_subscription(making: Making, before: Created) -> Made:
    wanted = _texts_of_subscription(making, new_values(making, before, _SUBSCRIPTION))
    is_nested = making.get("FilterPolicyScope") == _BODY
    for name, value in wanted.items() if is_nested else reversed(wanted.items()):
        parameters = {"SubscriptionArn": before.made.ref, "AttributeName": name, "AttributeValue": value}
        making.call("sns", "SetSubscriptionAttributes", parameters, region_name=making.get("Region"))
    return before.made


def _stream(making: Making) -> dict[str, Any]:
    mode = (making.get("StreamModeDetails") or {}).get("StreamMode")
    if mode == "ON_DEMAND" or (mode is None and making.get("ShardCount") is None):
        return {"StreamModeDetails": {"StreamMode": "ON_DEMAND"}, "ShardCount": None}
    return {}


def _configure_stream(making: Making, values: Values) -> None:
    key = {"StreamName": values["name"]}
    if making.get("Tags"):
        making.call("kinesis", "AddTagsToStream", {**key, "Tags": making["Tags"]})
    hours = making.get("RetentionPeriodHours")
    if hours is not None and int(hours) != _SHORTEST_RETENTION:
        making.call("kinesis", "IncreaseStreamRetentionPeriod", {**key, "RetentionPeriodHours": hours})
    if making.get("StreamEncryption") is not None:
        making.apply("kinesis", "StartStreamEncryption", {**key, **making["StreamEncryption"]})
    if making.get("DesiredShardLevelMetrics"):
        making.call("kinesis", "EnableEnhancedMonitoring", {**key, "ShardLevelMetrics": making["DesiredShardLevelMetrics"]})


def _change_stream(making: Making, before: Created) -> Made:
    key = {"StreamName": before.made.name}
    mode = making.get("StreamModeDetails") or {"StreamMode": "PROVISIONED"}
    if differs(making, before, "StreamModeDetails"):
        making.call("kinesis", "UpdateStreamMode", {"StreamARN": before.made.attributes["Arn"], "StreamModeDetails": mode})
    shards = making.get("ShardCount")
    if shards is not None and differs(making, before, "ShardCount"):
        scaling = {"TargetShardCount": shards, "ScalingType": "UNIFORM_SCALING"}
        making.call("kinesis", "UpdateShardCount", {**key, **scaling})
    old, new = (int(one.get("RetentionPeriodHours", _SHORTEST_RETENTION)) for one in (before.properties, making.properties))
    if old != new:
        kind = "Increase" if new > old else "Decrease"
        making.call("kinesis", f"{kind}StreamRetentionPeriod", {**key, "RetentionPeriodHours": new})
    if differs(making, before, "StreamEncryption"):
        written = making.get("StreamEncryption")
        operation = "StopStreamEncryption" if written is None else "StartStreamEncryption"
        making.apply("kinesis", operation, {**key, **(written or before.properties["StreamEncryption"])})
    change_tags(making, before, "kinesis", key, tag="AddTagsToStream", untag="RemoveTagsFromStream")
    return before.made


_QUEUE_ARN, _TOPIC_ARN, _STREAM_ARN = arn("sqs", "{name}"), "{answer[TopicArn]}", arn("kinesis", "stream/{name}")
MESSAGING: Mapping[str, CreatedType] = {
    "AWS::SQS::Queue": CreatedType(
        "sqs", "CreateQueue", name="QueueName", limit=80, ending=_fifo_ending("FifoQueue"), ref="{answer[QueueUrl]}",
        attributes={"Arn": _QUEUE_ARN, "QueueName": "{name}", "QueueUrl": "{answer[QueueUrl]}"}, elsewhere=tuple(_QUEUE),
        before=_queue, change=_change_queue, fixed=("FifoQueue",), undo=("DeleteQueue", {"QueueUrl": "{answer[QueueUrl]}"}),
    ),
    "AWS::SQS::QueuePolicy": CreatedType(
        "sqs", "SetQueueAttributes", attributes={"Id": ""}, elsewhere=("PolicyDocument", "Queues"),
        create=_QUEUE_POLICIES.create, change=_QUEUE_POLICIES.change,
    ),
    "AWS::SQS::QueueInlinePolicy": CreatedType(
        "sqs", "SetQueueAttributes", elsewhere=("PolicyDocument", "Queue"),
        create=_ONE_QUEUE_POLICY.create, change=_ONE_QUEUE_POLICY.change,
    ),
    "AWS::SNS::Topic": CreatedType(
        "sns", "CreateTopic", name="TopicName", renamed={"TopicName": "Name"}, limit=256, ending=_fifo_ending("FifoTopic"),
        ref=_TOPIC_ARN, attributes={"TopicArn": _TOPIC_ARN, "TopicName": "{name}"}, elsewhere=(*_TOPIC, "Subscription"),
        not_applied=("DeliveryStatusLogging",), before=_topic, after=_subscribe_all,
        change=_change_topic, fixed=("FifoTopic",),
        undo=("DeleteTopic", {"TopicArn": _TOPIC_ARN}),
    ),
    "AWS::SNS::Subscription": CreatedType(
        "sns", "Subscribe", attributes={"Arn": ""}, elsewhere=(*_SUBSCRIPTION, "Region"),
        change=_change_subscription, fixed=("TopicArn", "Protocol", "Endpoint", "Region", "SubscriptionRoleArn"),
        refused={"ReplayPolicy": "replays the archive of a topic"}, create=_subscription,
    ),
    "AWS::SNS::TopicPolicy": CreatedType(
        "sns", "SetTopicAttributes", attributes={"Id": ""}, elsewhere=("PolicyDocument", "Topics"),
        create=_TOPIC_POLICIES.create, change=_TOPIC_POLICIES.change,
    ),
    "AWS::SNS::TopicInlinePolicy": CreatedType(
        "sns", "SetTopicAttributes", elsewhere=("PolicyDocument", "TopicArn"),
        create=_ONE_TOPIC_POLICY.create, change=_ONE_TOPIC_POLICY.change,
    ),
    "AWS::Kinesis::Stream": CreatedType(
        "kinesis", "CreateStream", name="Name", renamed={"Name": "StreamName"}, limit=128, attributes={"Arn": _STREAM_ARN},
        elsewhere=("RetentionPeriodHours", "StreamEncryption", "DesiredShardLevelMetrics", "Tags"), before=_stream,
        after=_configure_stream, no_attribute=("WarmThroughputObject",),
        change=_change_stream, undo=("DeleteStream", {"StreamName": "{name}"}),
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
        is_put=True, fixed=("ResourceArn",), undo=("DeleteResourcePolicy", {"ResourceARN": "{given[ResourceArn]}"}),
    ),
}  # fmt: skip
"""The types of SQS, SNS and Kinesis."""
