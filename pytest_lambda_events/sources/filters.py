"""What a mapping's FilterCriteria let pass (FIL): the data of a record is decoded for judging, never for delivering."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from . import patterns
from .exact_json import object_or_array
from .patterns import Conjunction, PatternInvalid

__all__ = ["Filters", "PatternInvalid", "check", "compile", "unknown_keys"]

Form = Literal["text", "json"]
"""How data is written, or expected to be."""

BODY = "body"
RECORD_KEYS: Mapping[str, frozenset[str]] = {
    "sqs": frozenset(
        {
            "messageId",
            "receiptHandle",
            BODY,
            "attributes",
            "messageAttributes",
            "md5OfBody",
            "md5OfMessageAttributes",
            "eventSource",
            "eventSourceARN",
            "awsRegion",
        }
    ),
}
"""The keys that a record can have, by service."""


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
        form, event = self._decoded(record)
        return any(one.forms <= {form} and one.conditions.matches(event) for one in self.alternatives)

    def _decoded(self, record: Mapping[str, Any]) -> tuple[Form, Mapping[str, Any]]:
        """The form of the body and the record to judge; a body that no pattern names is not read."""
        if not any(one.forms for one in self.alternatives):
            return "text", record
        body = object_or_array(record[BODY])
        if body is None:
            return "text", record
        return "json", {**record, BODY: body}


def compile(texts: Sequence[str]) -> Filters:
    """The filters of a queue's mapping. PatternInvalid if any is none."""
    conjunctions = [one for text in texts for one in patterns.compile(text).alternatives]
    return Filters(tuple(Alternative(one, _forms(one, BODY)) for one in conjunctions))


def check(texts: Sequence[str]) -> None:
    """PatternInvalid for the first pattern that AWS refuses as a definition (FIL-10); its length is not looked at."""
    for text in texts:
        patterns.compile(text)


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
