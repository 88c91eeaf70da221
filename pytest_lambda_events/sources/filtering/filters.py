"""What a mapping's FilterCriteria let pass (FIL): the data of a record is decoded for judging, never for delivering."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from . import patterns
from .exact_json import object_or_array
from .patterns import Conjunction, PatternInvalid

__all__ = ["Filters", "PatternInvalid", "compile", "unknown_keys"]

Form = Literal["text", "json"]
"""How data is written, or expected to be."""

DATA_KEYS: Mapping[str, str] = {"sqs": "body", "kinesis": "data", "dynamodb": "dynamodb"}
"""The key that patterns have for the data of a record, by service (FIL-20)."""
RECORD_KEYS: Mapping[str, frozenset[str]] = {
    "sqs": frozenset(
        {
            "messageId", "receiptHandle", "body", "attributes", "messageAttributes", "md5OfBody", "md5OfMessageAttributes",
            "eventSource", "eventSourceARN", "awsRegion",
        }
    ),
    "kinesis": frozenset(
        {
            "kinesis", "kinesisSchemaVersion", "partitionKey", "sequenceNumber", "data", "approximateArrivalTimestamp",
            "eventSource", "eventVersion", "eventID", "eventName", "invokeIdentityArn", "awsRegion", "eventSourceARN",
        }
    ),
    "dynamodb": frozenset(
        {
            "eventID", "eventName", "eventVersion", "eventSource", "awsRegion", "dynamodb", "eventSourceARN", "userIdentity",
        }
    ),
}  # fmt: skip
"""The keys that a record can have, by service; for Kinesis with those of its member `kinesis` (FIL-21)."""


@dataclass(frozen=True, slots=True)
class Alternative:
    """One way to pass a filter, and the forms of data that it needs: none if it does not name the data (FIL-47)."""

    conditions: Conjunction
    forms: frozenset[Form]


@dataclass(frozen=True, slots=True)
class Filters:
    """The filters of one mapping, compiled. A record passes by any of them, and by none if there is none (FIL-03, 05)."""

    alternatives: tuple[Alternative, ...]

    def verdict_sqs(self, record: Mapping[str, Any]) -> bool:
        """Whether a message's record passes; else it is dropped. The record itself stays as it is (FIL-09).

        Plain text against a pattern for JSON is dropped, and the other way round (FIL-40 to 45).
        """
        if not self.alternatives:
            return True
        body = object_or_array(record["body"]) if self._read_data else None
        return self._pass(record, "body", body)

    def verdict_kinesis(self, record: Mapping[str, Any]) -> bool:
        """The same for a record of Kinesis: patterns name its data, decoded, and what lies beside the data (FIL-56, 21).

        What is not JSON in UTF-8 is dropped by a pattern that names the data (FIL-50 to 54).
        """
        if not self.alternatives:
            return True
        inner = record["kinesis"]
        data = _json_of(inner["data"]) if self._read_data else None
        return self._pass({**record, **inner}, "data", data)

    def verdict_dynamodb(self, record: Mapping[str, Any]) -> bool:
        """The same for a record of DynamoDB, whose data is always JSON."""
        return not self.alternatives or self._pass(record, "dynamodb", record["dynamodb"])

    @property
    def _read_data(self) -> bool:
        """Whether any pattern names the data: else its form does not matter (FIL-47, 51, 54)."""
        return any(one.forms for one in self.alternatives)

    def _pass(self, record: Mapping[str, Any], data_key: str, data: Any) -> bool:
        """Judge a record with its data as read; None is data that is plain text."""
        form: Form = "text" if data is None else "json"
        event = record if data is None else {**record, data_key: data}
        return any(one.forms <= {form} and one.conditions.matches(event) for one in self.alternatives)


def compile(texts: Sequence[str], service: str = "sqs") -> Filters:
    """The filters of a mapping. PatternInvalid for what AWS refuses as a definition (FIL-10); lengths are not looked at.

    Data of streams is JSON: patterns for plain text are refused there (FIL-15, 52, 55).
    """
    conjunctions = [one for text in texts for one in patterns.compile(text).alternatives]
    alternatives = tuple(Alternative(one, _forms(one, DATA_KEYS[service])) for one in conjunctions)
    if service != "sqs" and any("text" in one.forms for one in alternatives):
        raise PatternInvalid(f"the pattern for {DATA_KEYS[service]!r} is not one for JSON")
    return Filters(alternatives)


def unknown_keys(texts: Sequence[str], service: str = "sqs") -> list[str]:
    """The keys on top of the patterns that no record of the service has, sorted: they hardly mean what they say (FIL-21)."""
    named = {
        condition.path.partition(".")[0]
        for text in texts
        for alternative in patterns.compile(text).alternatives
        for condition in alternative.conditions
    }
    return sorted(named - RECORD_KEYS[service])


def _forms(conjunction: Conjunction, data_key: str) -> frozenset[Form]:
    """A list right at the data key is about plain text, anything below it about JSON (FIL-46)."""
    paths = [condition.path for condition in conjunction.conditions]
    forms: set[Form] = set()
    if data_key in paths:
        forms.add("text")
    if any(path.startswith(f"{data_key}.") for path in paths):
        forms.add("json")
    return frozenset(forms)


def _json_of(data: str) -> Any:
    """The object or array that the data of a Kinesis record is, else None (FIL-56)."""
    try:
        return object_or_array(base64.b64decode(data).decode())
    except UnicodeDecodeError:
        return None
