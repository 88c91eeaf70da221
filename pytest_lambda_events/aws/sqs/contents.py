"""Checks of messages, alone and in a batch."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from moto.sqs.exceptions import (
    BatchEntryIdsNotDistinct,
    BatchRequestTooLong,
    InvalidBatchEntryId,
    InvalidParameterValue,
    MissingParameter,
    SQSException,
    TooManyEntriesInBatchRequest,
)
from moto.sqs.models import Message, SQSBackend
from moto.sqs.utils import validate_message_attributes

from ...limits import SQS_MESSAGE_BYTES

_REFUSED = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ID = re.compile("[A-Za-z0-9_-]{1,80}")
ATTRIBUTES_MAXIMUM = 10
BATCH_MAXIMUM = 10
DELAY_MAXIMUM = 900

Attributes = Mapping[str, Mapping[str, Any]]


def sending(original: Callable[..., Message]) -> Callable[..., Message]:
    """Replaces `SQSBackend.send_message`, and checks the message."""

    def send_message(
        backend: SQSBackend, queue_name: str, message_body: str, message_attributes: Attributes | None = None,
        delay_seconds: int | None = None, deduplication_id: str | None = None, *others: Any, **named: Any,
    ) -> Message:  # fmt: skip
        queue: Any = backend.get_queue(queue_name)
        message_attributes = decoded(message_attributes) if message_attributes else {}
        check(message_body, message_attributes, int(queue.maximum_message_size))
        check_system_attributes(named.get("system_attributes") or {})
        if int(delay_seconds or 0) < 0:
            raise InvalidParameterValue(
                f"Value {delay_seconds} for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= "
                f"{DELAY_MAXIMUM}."
            )
        # SNS passes on the id of a FIFO topic. A standard queue ignores it.
        if deduplication_id is not None and not queue.fifo_queue and named.get("validate_group_id", True):
            raise InvalidParameterValue(
                f"Value {deduplication_id} for parameter MessageDeduplicationId is invalid. Reason: The request include "
                "parameter that is not valid for this queue type."
            )
        if queue.fifo_queue:
            # A FIFO queue has the same delay for all its messages, so 0 counts as no value.
            delay_seconds = delay_seconds or None
        return original(
            backend, queue_name, message_body, message_attributes, delay_seconds, deduplication_id, *others, **named
        )

    return send_message


def decoded(attributes: Attributes) -> dict[str, Any]:
    """Returns the attributes with binary values as bytes. Topics pass these on as base64 text."""
    return {
        name: {**attribute, "BinaryValue": base64.b64decode(attribute["BinaryValue"])}
        if isinstance(attribute.get("BinaryValue"), str)
        else attribute
        for name, attribute in attributes.items()
    }


def send_message_batch(
    backend: SQSBackend, queue_name: str, entries: Mapping[str, dict[str, Any]]
) -> tuple[list[Message], list[dict[str, Any]]]:
    """Replaces `SQSBackend.send_message_batch`: the batch is refused as a whole, or each entry succeeds or fails."""
    queue: Any = backend.get_queue(queue_name)
    check_batch(list(entries.values()))
    if queue.fifo_queue:
        check_groups(list(entries.values()), by_content=queue.content_based_deduplication)
    sent, failed = [], []
    for entry in entries.values():
        try:
            message: Any = backend.send_message(
                queue_name, entry["MessageBody"], message_attributes=entry.get("MessageAttributes"),
                delay_seconds=entry.get("DelaySeconds"), deduplication_id=entry.get("MessageDeduplicationId"),
                group_id=entry.get("MessageGroupId"), system_attributes=entry.get("MessageSystemAttributes"),
            )  # fmt: skip
        except SQSException as refusal:
            failed.append({"Id": entry["Id"], "SenderFault": True, "Code": refusal.code, "Message": refusal.message})
        else:
            message.user_id = entry["Id"]
            sent.append(message)
    return sent, failed


def check_batch(entries: Sequence[Mapping[str, Any]]) -> None:
    """Raises AWS's refusal of an invalid batch."""
    if len(entries) > BATCH_MAXIMUM:
        raise TooManyEntriesInBatchRequest(len(entries))
    ids = [entry["Id"] for entry in entries]
    if not all(_ID.fullmatch(name) for name in ids):
        raise InvalidBatchEntryId
    repeated = next((name for index, name in enumerate(ids) if name in ids[:index]), None)
    if repeated is not None:
        raise BatchEntryIdsNotDistinct(repeated)
    length = sum(size(entry["MessageBody"], entry.get("MessageAttributes") or {}) for entry in entries)
    if length > SQS_MESSAGE_BYTES:
        raise BatchRequestTooLong(length)


def check_groups(entries: Sequence[Mapping[str, Any]], *, by_content: bool) -> None:
    """Raises AWS's refusal of a batch for a FIFO queue in which an entry has no id. No entry is sent."""
    for entry in entries:
        if not entry.get("MessageGroupId"):
            raise MissingParameter("MessageGroupId")
        if not by_content and not entry.get("MessageDeduplicationId"):
            raise InvalidParameterValue(
                "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly"
            )


def check(body: str, attributes: Attributes, maximum: int) -> None:
    """Raises AWS's refusal of an invalid message. `maximum` is in bytes."""
    if not body:
        raise MissingParameter("MessageBody")
    if _REFUSED.search(body):
        raise SQSException(
            "InvalidMessageContents",
            "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | "
            "#x10000 to #x10FFFF",
        )
    if len(attributes) > ATTRIBUTES_MAXIMUM:
        raise InvalidParameterValue(
            f"Number of message attributes [{len(attributes)}] exceeds the allowed maximum [{ATTRIBUTES_MAXIMUM}]."
        )
    if attributes:
        validate_message_attributes(dict(attributes))
    for name, attribute in attributes.items():
        if not attribute.get("StringValue") and not attribute.get("BinaryValue"):
            raise InvalidParameterValue(
                f"The message attribute '{name}' must contain non-empty message attribute value for message attribute type "
                f"'{attribute['DataType']}'."
            )
        if attribute["DataType"].split(".")[0] == "Number" and not _is_number(attribute.get("StringValue")):
            raise InvalidParameterValue(f"Can't cast the value of message (user) attribute '{name}' to a number.")
    if size(body, attributes) > maximum:
        raise InvalidParameterValue(
            f"One or more parameters are invalid. Reason: Message must be shorter than {maximum} bytes."
        )


def check_system_attributes(attributes: Attributes) -> None:
    """Raises AWS's refusal of an invalid system attribute."""
    for name, attribute in attributes.items():
        if name != "AWSTraceHeader":
            raise InvalidParameterValue(f"Message system attribute name '{name}' is invalid.")
        if attribute["DataType"] != "String" or not attribute.get("StringValue"):
            raise InvalidParameterValue(
                f"The type of message system attribute '{name}' is invalid. You must use only the following supported type "
                "prefixes: [String]."
            )


def size(body: str, attributes: Attributes) -> int:
    """Returns the size in bytes, including the names, types and values of the attributes."""
    if not attributes:
        return _bytes(body)
    return _bytes(body) + sum(
        _bytes(name) + _bytes(attribute["DataType"]) + _bytes(attribute.get("StringValue") or attribute.get("BinaryValue"))
        for name, attribute in attributes.items()
    )


def _bytes(value: str | bytes | None) -> int:
    if isinstance(value, str) and not value.isascii():
        value = value.encode("utf-8", "surrogatepass")
    return len(value or b"")


def _is_number(text: str | None) -> bool:
    try:
        return Decimal(text or "").is_finite()
    except InvalidOperation:
        return False
