"""Reads JSON text without loss: duplicate keys are kept, and numbers have their exact value (FIL-0A, 3L).

Arrays become lists. Objects become dictionaries, or `Pairs` if a dictionary would lose a duplicate key.
"""

from __future__ import annotations

import json
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn, TypeGuard

Pairs = tuple[tuple[str, Any], ...]
"""The members of an object in the order of the text."""


def object_or_array(text: str) -> Any:
    """Returns the JSON object or array in a text, else None: `5` and `"a"` are plain text (FIL-46)."""
    if text.lstrip(" \t\n\r")[:1] not in ("{", "["):
        return None
    try:
        return _LENIENT.decode(text)
    except (ValueError, RecursionError):
        return None


def with_pairs(text: str) -> Any:
    """Returns the value of any JSON text, with all objects as `Pairs`. Raises `ValueError` if the text is not JSON."""
    try:
        return _STRICT.decode(text)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


class SpelledNumber(float):
    """A number with a fraction or an exponent, with its spelling in the JSON text (EVB-22)."""

    __slots__ = ("text",)
    text: str

    def __new__(cls, text: str) -> SpelledNumber:
        """Returns the number that a JSON text spells."""
        number = super().__new__(cls, text)
        number.text = text
        return number

    def __reduce__(self) -> tuple[type[SpelledNumber], tuple[str]]:
        """Lets copies keep the spelling."""
        return SpelledNumber, (self.text,)


def object_with_spelling(text: str) -> dict[str, Any] | None:
    """Returns the JSON object in a text, with the spelling of its numbers. None if the text is not a JSON object."""
    try:
        value = _SPELLING.decode(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def value_with_spelling(text: str) -> Any:
    """Returns the value of any JSON text, with the spelling of its numbers. Raises `ValueError` if the text is not JSON."""
    try:
        return _SPELLING.decode(text)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def is_number(value: object) -> TypeGuard[Decimal | int | float]:
    """Returns whether a value is a JSON number: a `Decimal` that was read here, or a number of Python."""
    return isinstance(value, (Decimal, int, float)) and not isinstance(value, bool)


def exact(number: Decimal | float) -> Decimal:
    """Returns the decimal value of a number, as its JSON text has it."""
    if isinstance(number, SpelledNumber):
        return _number(number.text)
    return Decimal(repr(number)) if isinstance(number, float) else Decimal(number)


def _number(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        # The exponent has twenty digits. Other JSON readers also return infinity or zero.
        return Decimal(float(text))


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is not JSON")


def _dictionary_if_nothing_is_lost(members: list[tuple[str, Any]]) -> dict[str, Any] | Pairs:
    dictionary = dict(members)
    return dictionary if len(dictionary) == len(members) else tuple(members)


_LENIENT = json.JSONDecoder(
    object_pairs_hook=_dictionary_if_nothing_is_lost, parse_float=_number, parse_int=_number, parse_constant=_no_number
)
_STRICT = json.JSONDecoder(object_pairs_hook=tuple, parse_float=_number, parse_int=_number, parse_constant=_no_number)
_SPELLING = json.JSONDecoder(parse_float=SpelledNumber, parse_constant=_no_number)
