"""Matchers: values that are equal to each record or dead letter with the expected attributes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from ..arguments import alternatives, shown
from ..errors import LambdaEventsError, hides_frames
from .dead_letter import DeadLetter
from .invocation_record import InvocationRecord

__tracebackhide__ = hides_frames


LONGEST_VALUE = 1_000
"""Longer values of another type are shortened in explanations."""


class Matcher:
    """A value that is equal to each record or dead letter with the expected attributes, on either side of `==`.

    It is not equal to values of other types. `differences` explains why a value is not equal.
    """

    __hash__ = None  # type: ignore[assignment]

    def __init__(self, name: str, kind: type[Any], expected: Mapping[str, object]) -> None:
        known = [field.name for field in fields(kind)]
        unknown = [attribute for attribute in expected if attribute not in known]
        if unknown:
            names = alternatives(unknown[0], known, label=f"Attributes of {kind.__name__}")
            raise LambdaEventsError(f"{name}({unknown[0]}=...): this attribute does not exist. {names}")
        self._name = name
        self._kind = kind
        self._expected = dict(expected)

    def __eq__(self, other: object) -> bool:
        return not self.differences(other)

    def differences(self, other: object) -> list[str]:
        """Returns a line for each attribute of `other` that differs from the expected value.

        In `"condition: 'RetriesExhausted' is not 'Success'"` the actual value comes first, then the expected one.
        """
        if not isinstance(other, self._kind):
            return [f"{shown(other, LONGEST_VALUE)} is not of type {self._kind.__name__}"]
        return [
            f"{attribute}: {getattr(other, attribute)!r} is not {_told(value)}"
            for attribute, value in self._expected.items()
            if not _equal(getattr(other, attribute), value)
        ]

    def __repr__(self) -> str:
        return f"{self._name}({', '.join(f'{attribute}={_told(value)}' for attribute, value in self._expected.items())})"


def matches_record(**expected: object) -> Matcher:
    """Returns a value that is equal to each `InvocationRecord` with these attributes.

    The keywords are attributes of `InvocationRecord`, with values or matchers, for example of dirty-equals:
    `failures.invocation_records == [matches_record(condition="RetriesExhausted", request_id=IsUUID)]`. Raises
    `LambdaEventsError` for other keywords.
    """
    return Matcher("matches_record", InvocationRecord, expected)


def matches_dead_letter(**expected: object) -> Matcher:
    """Returns a value that is equal to each `DeadLetter` with these attributes.

    The keywords are attributes of `DeadLetter`, with values or matchers, for example of dirty-equals. Raises
    `LambdaEventsError` for other keywords.
    """
    return Matcher("matches_dead_letter", DeadLetter, expected)


def _equal(value: object, expected: object) -> bool:
    return bool(expected == value)


def _told(value: object) -> str:
    """Returns the text of an expected value. A class, such as `IsUUID`, is a matcher without arguments."""
    return value.__name__ if isinstance(value, type) else repr(value)
