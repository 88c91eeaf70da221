"""Which messages SNS accepts (PSH-82, PSH-90 to 9D). It uses only values, without AWS."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from ...limits import SNS_ATTRIBUTE_DIGITS, SNS_BATCH_ENTRIES, SNS_SUBJECT_UNITS
from ...values import dataclass
from .topic_errors import TopicError, invalid, invalid_value
from .topic_texts import texts_of

Given = Mapping[str, Mapping[str, Any]]
"""Message attributes as callers pass them, with `DataType` and `StringValue` or `BinaryValue`."""


@dataclass(frozen=True, slots=True)
class Publication:
    """What a caller publishes. `attributes` are those that the caller passed."""

    message: str
    subject: str | None = None
    attributes: Given | None = None
    structure: str | None = None
    group_id: str | None = None
    deduplication_id: str | None = None


def check_target(members: Mapping[str, str | None]) -> None:
    """Raises SNS's refusal of a call whose `members` have no target, or one that is not an ARN (PSH-9E)."""
    given = [(name, value) for name, value in members.items() if value is not None]
    if not given:
        raise invalid("TopicArn or TargetArn Reason: no value for required parameter")
    for name, value in given:
        elements = value.count(":") + 1
        if name != "PhoneNumber" and elements < _ARN_ELEMENTS:
            raise invalid(f"{name} Reason: An ARN must have at least {_ARN_ELEMENTS} elements, not {elements}")


def check_attributes(attributes: Given) -> None:
    """Raises SNS's refusal of the first invalid attribute (PSH-93 to 97)."""
    for name, attribute in attributes.items():
        _check_name(name)
        kind = attribute.get("DataType")
        if not kind:
            raise invalid_value(f"The message attribute '{name}' must contain non-empty message attribute type.")
        if kind not in _FIELDS:
            raise invalid_value(
                f"The message attribute '{name}' has an invalid message attribute type, the set of supported type prefixes "
                "is Binary, Number, and String."
            )
        if not attribute.get(_FIELDS[kind]):
            raise invalid_value(
                f"The message attribute '{name}' must contain non-empty message attribute value for message attribute type "
                f"'{kind}'."
            )
        if kind == "Number" and not _is_number(attribute["StringValue"]):
            raise invalid_value(f"Could not cast message attribute '{name}' value to number.")
        if kind != "Binary" and _ABOVE_BMP.search(attribute["StringValue"]):
            raise invalid(f"Invalid attribute value was passed in for message attribute {name}")


def _check_name(name: str) -> None:
    """Raises SNS's refusal of a name (PSH-93). `AWS.SNS.` begins the attributes for mobile push and text messages."""
    if not 1 <= len(name) <= 256:
        raise invalid_value("Length of message attribute name must be between 1 and 256 bytes.")
    if name.startswith("."):
        raise invalid_value("Invalid message attribute name starting with character '.' was found.")
    if name.endswith("."):
        raise invalid_value("Invalid message attribute name ending with character '.' was found.")
    other = _NOT_IN_NAMES.search(name)
    if other is not None:
        raise invalid_value(
            f"Invalid non-alphanumeric character '#x{ord(other[0]):X}' was found in the message attribute name. Can only "
            "include alphanumeric characters, hyphens, underscores, or dots."
        )
    if ".." in name:
        raise invalid_value("Message attribute name can not have successive '.' character.")
    if name.lower().startswith(("aws.", "amazon.")) and not name.startswith("AWS.SNS."):
        raise invalid_value("Message attribute names beginning with 'AWS.' or 'Amazon.' are reserved for internal use.")


def check_message(publication: Publication) -> None:
    """Raises SNS's refusal of the message, its subject or its structure (PSH-91, PSH-92, PSH-98)."""
    if not publication.message:
        raise invalid("Empty message")
    subject = publication.subject
    if subject is not None:
        units = len(subject.encode("utf-16-le", "surrogatepass")) // 2
        if not 1 <= units <= SNS_SUBJECT_UNITS or _CONTROLS.search(subject):
            raise invalid("Subject")
    if publication.structure is not None:
        if publication.structure != "json":
            raise invalid("MessageStructure")
        texts_of(publication.message)


def check_ids(publication: Publication, *, is_fifo: bool, by_content: bool) -> None:
    """Raises SNS's refusal of the group or the deduplication id (PSH-82, PSH-9C, PSH-9D).

    `by_content` is whether the topic has content-based deduplication.
    """
    group, deduplication = publication.group_id, publication.deduplication_id
    if is_fifo and not group:
        raise invalid("The MessageGroupId parameter is required for FIFO topics")
    if group and not _ID.fullmatch(group):
        raise invalid(_ID_TEXT.format("MessageGroupId"))
    if deduplication and not is_fifo:
        raise invalid(
            "MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter that is not valid for this "
            "topic type"
        )
    if deduplication and not _ID.fullmatch(deduplication):
        raise invalid(_ID_TEXT.format("MessageDeduplicationId"))
    if is_fifo and not deduplication and not by_content:
        raise invalid(
            "The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly"
        )


def check_size(publication: Publication, maximum: int) -> None:
    """Raises SNS's refusal of a message that is larger than the topic's maximum in bytes (PSH-90)."""
    if size(publication) > maximum:
        raise invalid("Message too long")


def size(publication: Publication) -> int:
    """Returns the size in bytes: the body, and the names, types and values of attributes. The subject does not count."""
    attributes = publication.attributes or {}
    return len(publication.message.encode("utf-8", "surrogatepass")) + sum(
        len(name.encode()) + len(attribute["DataType"].encode()) + _length(attribute) for name, attribute in attributes.items()
    )


def check_batch(entries: Sequence[Mapping[str, Any]]) -> None:
    """Raises SNS's refusal of a batch because of its number of entries or their ids (PSH-9A)."""
    if not entries:
        raise TopicError("EmptyBatchRequest", "The batch request doesn't contain any entries.")
    if len(entries) > SNS_BATCH_ENTRIES:
        raise TopicError("TooManyEntriesInBatchRequest", "The batch request contains more entries than permissible.")
    ids = [entry["Id"] for entry in entries]
    if not all(_ENTRY_ID.fullmatch(name) for name in ids):
        raise TopicError(
            "InvalidBatchEntryId", "The Id of a batch entry in a batch request doesn't abide by the specification."
        )
    if len(set(ids)) != len(ids):
        raise TopicError("BatchEntryIdsNotDistinct", "Two or more batch entries in the request have the same Id.")


def check_batch_size(publications: Sequence[Publication], maximum: int) -> None:
    """Raises SNS's refusal of entries that together are larger than the topic's maximum in bytes (PSH-9A)."""
    if sum(map(size, publications)) > maximum:
        raise TopicError("BatchRequestTooLong", "The length of all the batch messages put together is more than the limit.")


def _length(attribute: Mapping[str, Any]) -> int:
    value = attribute.get("BinaryValue") if attribute["DataType"] == "Binary" else attribute.get("StringValue")
    return len(value.encode() if isinstance(value, str) else value or b"")


def _is_number(text: str) -> bool:
    """Returns whether SNS accepts a number: 38 digits or fewer, of a size from 10^-128 to 10^126 (PSH-95)."""
    if not _NUMBER.fullmatch(text):
        return False
    number = Decimal(text)
    if not number:
        return True
    digits = "".join(map(str, number.as_tuple().digits)).strip("0")
    return len(digits) <= SNS_ATTRIBUTE_DIGITS and -128 <= number.adjusted() <= 126


_ARN_ELEMENTS = 6
_FIELDS = {"String": "StringValue", "String.Array": "StringValue", "Number": "StringValue", "Binary": "BinaryValue"}
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,9})?")
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_.-]")
_ABOVE_BMP = re.compile("[\U00010000-\U0010ffff]")
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f]")
_ID = re.compile(r"[\x21-\x7e]{1,128}")
_ID_TEXT = "The {} parameter can only include alphanumeric and punctuation characters. 1 to 128 in length"
_ENTRY_ID = re.compile(r"[A-Za-z0-9_-]{1,80}")
