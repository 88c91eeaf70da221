"""Partial matches: values that equal a record, or a dead letter, of which some attributes are as expected."""

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
"""A longer value of another type is shortened where it is explained."""


class Matcher:
    """Equal, on either side of `==`, to each value of one kind whose attributes are those expected.

    To compare with anything else is no mistake: it is false. `differences` tells what is not as expected.
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
        """What of `other` is not as expected, a line for each attribute; nothing if all is.

        `"condition: 'RetriesExhausted' is not 'Success'"` has what is there first, then what is expected.
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
    """Equal to an invocation record whose attributes equal the keywords: values, or matchers such as dirty-equals'.

    `failures.invocation_records == [matches_record(condition="RetriesExhausted", request_id=IsUUID)]`. Keywords are
    attributes of `InvocationRecord`; others raise `LambdaEventsError` at once.
    """
    return Matcher("matches_record", InvocationRecord, expected)


def matches_dead_letter(**expected: object) -> Matcher:
    """Equal to a dead letter whose attributes equal the keywords: values, or matchers such as dirty-equals'.

    Keywords are attributes of `DeadLetter`; others raise `LambdaEventsError` at once.
    """
    return Matcher("matches_dead_letter", DeadLetter, expected)


def _equal(value: object, expected: object) -> bool:
    return bool(expected == value)


def _told(value: object) -> str:
    """A class among what is expected is a matcher without arguments, as `IsUUID` is."""
    return value.__name__ if isinstance(value, type) else repr(value)
