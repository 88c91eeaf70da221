"""The events of SNS for functions, from the messages of a topic (PSH-10 to 15, PSH-20)."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ...arns import parse
from ...service.authorization import PushSource
from .topic_filters import Attributes

_SIGNATURE = base64.b64encode(b"signed by nobody").decode()


@dataclass(frozen=True, slots=True)
class TopicMessage:
    """A message in the form for one subscription. `text` is the text for the subscription's protocol."""

    topic_arn: str
    subscription_arn: str
    message_id: str
    text: str
    subject: str | None
    attributes: Attributes
    at: datetime


def notification(message: TopicMessage) -> dict[str, Any]:
    """Returns the `Sns` member of the event. It is also the body for the subscription's dead-letter queue."""
    endpoint = f"https://sns.{parse(message.topic_arn).region_name}.amazonaws.com/"
    return {
        "Type": "Notification",
        "MessageId": message.message_id,
        "TopicArn": message.topic_arn,
        "Subject": message.subject,
        "Message": message.text,
        "Timestamp": f"{message.at:%Y-%m-%dT%H:%M:%S}.{message.at.microsecond // 1000:03d}Z",
        "SignatureVersion": "1",
        "Signature": _SIGNATURE,
        "SigningCertUrl": f"{endpoint}SimpleNotificationService-{'0' * 32}.pem",
        "UnsubscribeUrl": f"{endpoint}?Action=Unsubscribe&SubscriptionArn={message.subscription_arn}",
        "MessageAttributes": message.attributes,
    }


def event(message: TopicMessage) -> dict[str, Any]:
    """Returns the event for a function."""
    record = {
        "EventSource": "aws:sns",
        "EventVersion": "1.0",
        "EventSubscriptionArn": message.subscription_arn,
        "Sns": notification(message),
    }
    return {"Records": [record]}


def source(topic_arn: str) -> PushSource:
    """Returns the topic as the policy of a function names it (PRM-10)."""
    return PushSource("sns.amazonaws.com", topic_arn, parse(topic_arn).account_id)


def dead_letter_queue(subscription_attributes: Mapping[str, Any]) -> str | None:
    """Returns the ARN of a subscription's dead-letter queue, if its attribute `RedrivePolicy` has one (PSH-16)."""
    policy = json.loads(subscription_attributes.get("RedrivePolicy") or "{}")
    arn: str | None = policy.get("deadLetterTargetArn")
    return arn
