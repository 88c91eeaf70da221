"""The attributes of subscriptions and FIFO topics that SNS accepts (PSH-15, PSH-25, PSH-40, PSH-80 to 8B)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from ...arns import parse_or_none
from ...limits import SNS_MAXIMUM_MESSAGE_SIZE, SNS_MESSAGE_BYTES
from ...values import dataclass
from . import filter_policies, topic_deduplication
from .filter_policies import ATTRIBUTES, PolicyInvalid
from .topic_errors import invalid

_KNOWN = (
    "RawMessageDelivery", "DeliveryPolicy", "FilterPolicy", "FilterPolicyScope", "RedrivePolicy", "SubscriptionRoleArn",
    "ReplayPolicy",
)  # fmt: skip
_RAW_PROTOCOLS = ("sqs", "http", "https", "firehose")
_FIFO_ATTRIBUTES = ("ContentBasedDeduplication", "FifoThroughputScope", "ArchivePolicy")
_TOPIC_ATTRIBUTES = (
    "DeliveryPolicy", "DisplayName", "KmsMasterKeyId", "MaximumMessageSize", "Policy", "SignatureVersion", "TracingConfig",
)  # fmt: skip
_LOGGING = re.compile("(HTTP|Firehose|Lambda|Application|SQS)(SuccessFeedbackSampleRate|(Success|Failure)FeedbackRoleArn)")
_PROTOCOLS = ("http", "https", "email", "email-json", "sms", "sqs", "application", "lambda", "firehose")
_SERVICES = {"sqs": "SQS", "lambda": "Lambda"}
"""The protocols whose endpoints are ARNs of a service of the same name, as SNS writes them in errors."""
_SUBSCRIPTIONS_FOR_LARGE_MESSAGES = 100
_PROTOCOLS_FOR_LARGE_MESSAGES = {"sqs", "lambda", "firehose"}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What a subscription connects."""

    topic_arn: str
    protocol: str
    endpoint: str

    @property
    def is_fifo(self) -> bool:
        """Whether a FIFO topic delivers to a FIFO queue."""
        return self.topic_arn.endswith(".fifo") and self.endpoint.endswith(".fifo")


def check_attributes(attributes: Mapping[str, str], endpoint: Endpoint, *, prefix: str = "") -> None:
    """Raises `TopicError` for the first attribute that SNS refuses.

    `attributes` include those that the subscription has. `prefix` is what Subscribe writes before a reason (PSH-4N).
    """
    scope = attributes.get("FilterPolicyScope") or ATTRIBUTES
    for name, value in attributes.items():
        if name not in _KNOWN:
            raise invalid("AttributeName")
        if name == "FilterPolicyScope" and value not in filter_policies.SCOPES:
            raise invalid("FilterPolicyScope. Please use either MessageBody or MessageAttributes")
        if name == "FilterPolicy" and value:
            _check_policy(value, scope, prefix)
        if name == "RawMessageDelivery":
            _check_raw(value, endpoint.protocol, prefix)
        if name == "RedrivePolicy" and value:
            _check_redrive(value, endpoint, prefix)


def stored(name: str, value: str) -> str | None:
    """Returns an attribute as SNS stores it; None if the value removes it (PSH-25, PSH-41)."""
    if name not in ("FilterPolicy", "RedrivePolicy"):
        return value
    policy = json.loads(value or "{}")
    if not policy:
        return None
    return json.dumps(policy, ensure_ascii=False, separators=(",", ":")) if name == "FilterPolicy" else value


def _check_policy(policy: str, scope: str, prefix: str) -> None:
    try:
        filter_policies.compiled(policy, scope)
    except PolicyInvalid as error:
        raise invalid(f"{prefix}{error}") from None


def _check_raw(value: str, protocol: str, prefix: str) -> None:
    """Accepts `true` and `false` in any case (PSH-15, PSH-1J)."""
    if value.lower() not in ("true", "false"):
        raise invalid(f"{prefix}RawMessageDelivery: Invalid value [{value}]. Must be true or false.")
    if value.lower() == "true" and protocol not in _RAW_PROTOCOLS:
        raise invalid(f"{prefix}Delivery protocol [{protocol}] does not support raw message delivery.")


def _check_redrive(value: str, endpoint: Endpoint, prefix: str) -> None:
    """Accepts a queue of the topic's account and Region, and of the type of the subscribed queue (PSH-25, PSH-8B)."""
    try:
        policy = json.loads(value)
    except ValueError:
        raise invalid(f"{prefix}RedrivePolicy: failed to parse JSON.") from None
    if policy == {}:
        return
    target = policy.get("deadLetterTargetArn") if isinstance(policy, dict) else None
    arn, topic = parse_or_none(str(target)), parse_or_none(endpoint.topic_arn)
    if arn is None or topic is None:
        raise invalid(f"{prefix}RedrivePolicy: deadLetterTargetArn is an invalid arn")
    if arn.service != "sqs":
        raise invalid(f"{prefix}RedrivePolicy: deadLetterTargetArn must be the ARN of an SQS queue")
    if (arn.account_id, arn.region_name) != (topic.account_id, topic.region_name):
        raise invalid(f"{prefix}RedrivePolicy: deadLetterTargetArn must be in the account and the Region of the topic")
    if endpoint.is_fifo and not arn.name.endswith(".fifo"):
        raise invalid(f"{prefix}RedrivePolicy: must use a FIFO queue as DLQ for a FIFO Subscription to a FIFO Topic.")


def check_endpoint(endpoint: Endpoint) -> None:
    """Raises `TopicError` if a topic does not deliver by a protocol, or not to an endpoint (PSH-80, PSH-1K)."""
    if endpoint.protocol not in _PROTOCOLS:
        raise invalid(f"Amazon SNS does not support this protocol string: {endpoint.protocol}")
    if endpoint.topic_arn.endswith(".fifo") and endpoint.protocol != "sqs":
        raise invalid(f"Invalid protocol type: {endpoint.protocol}")
    name = _SERVICES.get(endpoint.protocol)
    if name is not None:
        arn = parse_or_none(endpoint.endpoint)
        if arn is None or arn.service != endpoint.protocol:
            raise invalid(f"{name} endpoint ARN")


def check_subscriptions(maximum_size: int, protocols: Sequence[str]) -> None:
    """Raises `TopicError` if a topic for large messages has too many subscriptions, or other ones than SNS allows (PSH-90)."""
    if maximum_size > SNS_MESSAGE_BYTES and (
        len(protocols) > _SUBSCRIPTIONS_FOR_LARGE_MESSAGES or not {*protocols} <= _PROTOCOLS_FOR_LARGE_MESSAGES
    ):
        raise invalid(
            f"MaximumMessageSize: a topic above {SNS_MESSAGE_BYTES} bytes has at most {_SUBSCRIPTIONS_FOR_LARGE_MESSAGES} "
            "subscriptions, of the protocols sqs, lambda and firehose"
        )


def check_topic(name: str, attributes: Mapping[str, Any]) -> None:
    """Raises `TopicError` if SNS does not create a topic with these attributes (PSH-81, PSH-85, PSH-90)."""
    is_fifo = is_on(attributes.get("FifoTopic"))
    if is_fifo != name.endswith(".fifo"):
        raise invalid("Topic Name")
    for attribute, value in attributes.items():
        if attribute != "FifoTopic":
            check_topic_attribute(attribute, value, is_fifo=is_fifo, scope=None)


def check_topic_attribute(name: str, value: Any, *, is_fifo: bool, scope: str | None) -> None:
    """Raises `TopicError` if an attribute of a topic cannot have a value. `scope` is its `FifoThroughputScope` now.

    SNS refuses the names of attributes that a topic does not have (PSH-81, PSH-9F).
    """
    if name == "FifoTopic":
        raise invalid("FifoTopic: Modifying topic type is not supported")
    is_known = name in _TOPIC_ATTRIBUTES or _LOGGING.fullmatch(name) is not None
    if not is_known and not (name in _FIFO_ATTRIBUTES and is_fifo):
        raise invalid("AttributeName")
    if name == "FifoThroughputScope":
        if value not in topic_deduplication.SCOPES:
            raise invalid(f"Invalid FifoThroughputScope: {value}")
        if (scope, value) == (topic_deduplication.MESSAGE_GROUP, topic_deduplication.TOPIC):
            raise invalid("Modifying FifoThroughputScope from MessageGroup to Topic is not supported")
    if name == "MaximumMessageSize" and not _is_size(str(value)):
        raise invalid("MaximumMessageSize")
    if name == "SignatureVersion" and str(value) not in ("1", "2"):
        raise invalid("SignatureVersion")


def _is_size(text: str) -> bool:
    low, high = SNS_MAXIMUM_MESSAGE_SIZE
    return text.isascii() and text.isdigit() and low <= int(text) <= high


def is_on(setting: Any) -> bool:
    """Returns whether an attribute of a topic or a subscription is true. moto before 5.2 stores it as text."""
    return str(setting).lower() == "true"
