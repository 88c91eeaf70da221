"""The forms in which SNS delivers a message: the event of a function, the envelope for a queue, and raw (PSH-10 to 1J)."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ...arns import parse
from ...service.authorization import PushSource
from ...values import dataclass
from .topic_filters import Attributes

CERTIFICATE = f"SimpleNotificationService-{'0' * 32}.pem"
"""The file name of the certificate that verifies signatures."""


@dataclass(frozen=True, slots=True)
class TopicMessage:
    """A message in the form for one subscription. `text` is the text for the subscription's protocol.

    `signature` is None for FIFO topics, and `sequence_number` if the envelope has none (PSH-88). The group and the
    deduplication id are for queues.
    """

    topic_arn: str
    subscription_arn: str
    message_id: str
    text: str
    subject: str | None
    attributes: Attributes
    at: datetime
    signature_version: str = "1"
    signature: str | None = None
    sequence_number: str | None = None
    group_id: str | None = None
    deduplication_id: str | None = None


def notification(message: TopicMessage) -> dict[str, Any]:
    """Returns the notification for queues (PSH-1B, PSH-1C, PSH-88). It has no subject or attributes if none were published."""
    members: dict[str, Any] = {"Type": "Notification", "MessageId": message.message_id}
    if message.sequence_number is not None:
        members["SequenceNumber"] = message.sequence_number
    members["TopicArn"] = message.topic_arn
    if message.subject is not None:
        members["Subject"] = message.subject
    members["Message"] = message.text
    members["Timestamp"] = _timestamp(message.at)
    if message.signature is not None:
        members["SignatureVersion"] = message.signature_version
        members["Signature"] = message.signature
        members["SigningCertURL"] = _certificate_url(message)
    members["UnsubscribeURL"] = _unsubscribe_url(message)
    if message.attributes:
        members["MessageAttributes"] = message.attributes
    return members


def envelope(message: TopicMessage) -> str:
    """Returns the notification as the body of a message of a queue: JSON with a member on each line (PSH-1A)."""
    return _lines(notification(message), "")


def signed_text(topic_arn: str, message_id: str, text: str, subject: str | None, at: datetime) -> str:
    """Returns what SNS signs: names and values of the members, each on a line, without the attributes."""
    titled = "" if subject is None else f"Subject\n{subject}\n"
    return (
        f"Message\n{text}\nMessageId\n{message_id}\n{titled}Timestamp\n{_timestamp(at)}\nTopicArn\n{topic_arn}\n"
        "Type\nNotification\n"
    )


def _lines(members: Mapping[str, Any], margin: str) -> str:
    lines = [
        f"{margin}  {_json(name)} : {_lines(value, margin + '  ') if name == 'MessageAttributes' else _json(value)}"
        for name, value in members.items()
    ]
    return "{\n" + ",\n".join(lines) + f"\n{margin}}}"


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def raw_attributes(attributes: Attributes) -> dict[str, dict[str, Any]]:
    """Returns the attributes of a message of a queue that receives raw messages (PSH-1E, PSH-1F)."""
    return {name: {"DataType": one["Type"], **_raw_value(one)} for name, one in attributes.items()}


def _raw_value(attribute: Mapping[str, Any]) -> dict[str, Any]:
    if attribute["Type"].startswith("Binary"):
        return {"BinaryValue": base64.b64decode(attribute["Value"])}
    return {"StringValue": str(attribute["Value"])}


def event(message: TopicMessage) -> dict[str, Any]:
    """Returns the event for a function (PSH-11, PSH-20)."""
    told = {
        "Type": "Notification",
        "MessageId": message.message_id,
        "TopicArn": message.topic_arn,
        "Message": message.text,
        "Timestamp": _timestamp(message.at),
        "SignatureVersion": message.signature_version,
        "Signature": message.signature,
        "SigningCertUrl": _certificate_url(message),
        "Subject": message.subject,
        "UnsubscribeUrl": _unsubscribe_url(message),
        "MessageAttributes": {name: _for_function(one) for name, one in message.attributes.items()},
    }
    record = {
        "EventSource": "aws:sns",
        "EventVersion": "1.0",
        "EventSubscriptionArn": message.subscription_arn,
        "Sns": told,
    }
    return {"Records": [record]}


def _for_function(attribute: Mapping[str, Any]) -> Mapping[str, Any]:
    """Returns an attribute with the type that functions get: numbers and arrays are strings (PSH-14)."""
    return attribute if attribute["Type"] in ("String", "Binary") else {"Type": "String", "Value": attribute["Value"]}


def _timestamp(at: datetime) -> str:
    return f"{at.isoformat(timespec='milliseconds')[:23]}Z"


def _endpoint(message: TopicMessage) -> str:
    return f"https://sns.{parse(message.topic_arn).region_name}.amazonaws.com/"


def _certificate_url(message: TopicMessage) -> str:
    return f"{_endpoint(message)}{CERTIFICATE}"


def _unsubscribe_url(message: TopicMessage) -> str:
    return f"{_endpoint(message)}?Action=Unsubscribe&SubscriptionArn={message.subscription_arn}"


def published_attributes(attributes: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Returns attributes as notifications have them, from those that a caller passed. Binary values become base64 text."""
    return {name: {"Type": one["DataType"], "Value": _published_value(one)} for name, one in attributes.items()}


def _published_value(attribute: Mapping[str, Any]) -> str:
    if attribute["DataType"] != "Binary":
        return str(attribute["StringValue"])
    value = attribute["BinaryValue"]
    return base64.b64encode(value.encode() if isinstance(value, str) else value).decode()


def source(topic_arn: str) -> PushSource:
    """Returns the topic as the policy of a function names it (PRM-10)."""
    return PushSource("sns.amazonaws.com", topic_arn, parse(topic_arn).account_id)


def dead_letter_queue(subscription_attributes: Mapping[str, Any]) -> str | None:
    """Returns the ARN of a subscription's dead-letter queue, if its attribute `RedrivePolicy` has one (PSH-16)."""
    policy = json.loads(subscription_attributes.get("RedrivePolicy") or "{}")
    arn: str | None = policy.get("deadLetterTargetArn")
    return arn
