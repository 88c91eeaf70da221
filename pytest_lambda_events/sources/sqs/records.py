"""Messages as records of an event (SQS-E1 to E5)."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from functools import lru_cache
from json.encoder import encode_basestring
from typing import Any

from ...arns import parse
from ..events import encoded
from ..ports import ReceivedMessage


def record(message: ReceivedMessage, queue_arn: str, *, has_window: bool) -> dict[str, Any]:
    """Returns the record of a message.

    Without message attributes, `md5OfMessageAttributes` is null if the mapping has a window. Else it is left out (SQS-E1).
    """
    digest = message.md5_of_message_attributes
    return {
        "messageId": message.message_id,
        "receiptHandle": message.receipt_handle,
        "body": message.body,
        "attributes": dict(message.attributes),
        "messageAttributes": {name: _attribute(value) for name, value in message.message_attributes.items()},
        **({"md5OfMessageAttributes": digest} if digest is not None or has_window else {}),
        "md5OfBody": message.md5_of_body,
        "eventSource": "aws:sqs",
        "eventSourceARN": queue_arn,
        "awsRegion": parse(queue_arn).region_name,
    }


def encoded_record(message: ReceivedMessage, queue_arn: str, *, has_window: bool) -> bytes:
    """Returns `encoded(record(...))`, for messages without attributes in less time."""
    if message.message_attributes:
        return encoded(record(message, queue_arn, has_window=has_window))
    attributes = ",".join([f'"{name}":{encode_basestring(value)}' for name, value in message.attributes.items()])
    digest = '"md5OfMessageAttributes":null,' if has_window else ""
    return (
        f'{{"messageId":"{message.message_id}","receiptHandle":"{message.receipt_handle}",'
        f'"body":{encode_basestring(message.body)},"attributes":{{{attributes}}},"messageAttributes":{{}},{digest}'
        f'"md5OfBody":"{message.md5_of_body}",{_of_queue(queue_arn)}'
    ).encode()


@lru_cache(maxsize=256)
def _of_queue(queue_arn: str) -> str:
    members = {"eventSource": "aws:sqs", "eventSourceARN": queue_arn, "awsRegion": parse(queue_arn).region_name}
    return encoded(members).decode()[1:]


def _attribute(value: Mapping[str, Any]) -> dict[str, Any]:
    """Returns a message attribute: its value under the name of its type, then the members that SQS always adds (SQS-E2)."""
    if "BinaryValue" in value:
        shown = {"binaryValue": base64.b64encode(value["BinaryValue"]).decode()}
    else:
        shown = {"stringValue": value.get("StringValue", "")}
    return {**shown, "stringListValues": [], "binaryListValues": [], "dataType": value["DataType"]}
