"""The FilterCriteria of event source mappings (FIL). Data of a record is decoded to be compared, never to be delivered."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from ...values import dataclass
from . import patterns
from .exact_json import object_or_array
from .patterns import Conjunction, PatternInvalid

__all__ = ["Filters", "PatternInvalid", "compile", "unknown_keys"]

Form = Literal["text", "json"]
"""How the data of a record is written, or how a pattern expects it."""

DATA_KEYS: Mapping[str, str] = {"sqs": "body", "kinesis": "data", "dynamodb": "dynamodb", "kafka": "value"}
"""The key by which patterns name the data of a record, by service (FIL-20)."""
KAFKA_DATA_KEYS = ("value", "key")
"""The keys by which patterns name the data of a record of Kafka (KAF-40)."""
_MIXED_FORMS = frozenset({"sqs", "kafka"})
"""The services whose patterns may expect plain text."""
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
    "kafka": frozenset({"topic", "partition", "offset", "timestamp", "timestampType", "key", "value", "headers"}),
}  # fmt: skip
"""The keys that a record can have, by service. For Kinesis they include the keys of its member `kinesis` (FIL-21)."""


@dataclass(frozen=True, slots=True)
class Alternative:
    """One set of conditions that passes a filter. `forms` are the forms of data that it needs, if it names data (FIL-47)."""

    conditions: Conjunction
    forms: frozenset[Form]


@dataclass(frozen=True, slots=True)
class Filters:
    """The compiled filters of one mapping. A record matches if any filter matches, or if there is no filter (FIL-03, 05)."""

    alternatives: tuple[Alternative, ...]

    def match_sqs(self, record: Mapping[str, Any]) -> bool:
        """Returns whether the record of a message matches. The record is not changed (FIL-09).

        Plain text does not match a pattern for JSON, and JSON does not match a pattern for plain text (FIL-40 to 45).
        """
        if not self.alternatives:
            return True
        body = object_or_array(record["body"]) if self._read_data else None
        return self._pass(record, "body", body)

    def match_kinesis(self, record: Mapping[str, Any]) -> bool:
        """Returns whether a record of Kinesis matches. Patterns name its decoded data and its other members (FIL-56, 21).

        Data that is not JSON in UTF-8 does not match a pattern that names the data (FIL-50 to 54).
        """
        if not self.alternatives:
            return True
        inner = record["kinesis"]
        data = _json_of(inner["data"]) if self._read_data else None
        return self._pass({**record, **inner}, "data", data)

    def match_dynamodb(self, record: Mapping[str, Any]) -> bool:
        """Returns whether a record of DynamoDB matches. Its data is always JSON."""
        return not self.alternatives or self._pass(record, "dynamodb", record["dynamodb"])

    def match_kafka(self, record: Mapping[str, Any]) -> bool:
        """Returns whether a record of Kafka matches. Patterns name its decoded value and key, and its other members.

        If the form of the data is not that of the pattern, only the other members decide (FIL-60, FIL-62, KAF-41).
        """
        if not self.alternatives:
            return True
        event: dict[str, Any] = dict(record)
        forms: dict[str, Form | None] = {}
        for data_key in KAFKA_DATA_KEYS:
            event[data_key], forms[data_key] = _decoded(record.get(data_key))
        return any(_applicable(one.conditions, forms).matches(event) for one in self.alternatives)

    @property
    def _read_data(self) -> bool:
        """Whether any pattern names the data. If none does, the form of the data does not matter (FIL-47, 51, 54)."""
        return any(one.forms for one in self.alternatives)

    def _pass(self, record: Mapping[str, Any], data_key: str, data: Any) -> bool:
        """Returns whether a record with its decoded data matches. `data` is None if it is plain text."""
        form: Form = "text" if data is None else "json"
        event = record if data is None else {**record, data_key: data}
        return any(one.forms <= {form} and one.conditions.matches(event) for one in self.alternatives)


def compile(texts: Sequence[str], service: str = "sqs") -> Filters:
    """Returns the filters of a mapping. The length of patterns is not checked.

    Raises:
        PatternInvalid: AWS refuses a pattern (FIL-10). For streams it also refuses patterns for plain text (FIL-15, 52, 55).
    """
    conjunctions = [one for text in texts for one in patterns.compile(text).alternatives]
    alternatives = tuple(Alternative(one, _forms(one, DATA_KEYS[service])) for one in conjunctions)
    if service not in _MIXED_FORMS and any("text" in one.forms for one in alternatives):
        raise PatternInvalid(f"the pattern for {DATA_KEYS[service]!r} is not one for JSON")
    return Filters(alternatives)


def unknown_keys(texts: Sequence[str], service: str = "sqs") -> list[str]:
    """Returns the top-level keys of patterns that no record of the service has, sorted (FIL-21)."""
    named = {
        condition.path.partition(".")[0]
        for text in texts
        for alternative in patterns.compile(text).alternatives
        for condition in alternative.conditions
    }
    return sorted(named - RECORD_KEYS[service])


def _forms(conjunction: Conjunction, data_key: str) -> frozenset[Form]:
    """A list at the data key compares plain text, and a key below it compares JSON (FIL-46)."""
    paths = [condition.path for condition in conjunction.conditions]
    forms: set[Form] = set()
    if data_key in paths:
        forms.add("text")
    if any(path.startswith(f"{data_key}.") for path in paths):
        forms.add("json")
    return frozenset(forms)


def _decoded(data: str | None) -> tuple[Any, Form | None]:
    """Returns the data of a record of Kafka as JSON or plain text, with its form. None is not UTF-8, or no data."""
    try:
        text = None if data is None else base64.b64decode(data).decode()
    except UnicodeDecodeError:
        text = None
    if text is None:
        return None, None
    found = object_or_array(text)
    return (text, "text") if found is None else (found, "json")


def _applicable(conjunction: Conjunction, forms: Mapping[str, Form | None]) -> Conjunction:
    """Returns the conditions without those on data of another form than they expect."""
    skipped = {key for key, form in forms.items() if _forms(conjunction, key) - {form}}
    if not skipped:
        return conjunction
    return Conjunction(one for one in conjunction.conditions if one.keys[0] not in skipped)


def _json_of(data: str) -> Any:
    """Returns the JSON object or array in the data of a Kinesis record. None if it is something else (FIL-56)."""
    try:
        return object_or_array(base64.b64decode(data).decode())
    except UnicodeDecodeError:
        return None
