"""Checks of the values that a test passes, and how a message shows such a value."""

from __future__ import annotations

import difflib
import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeGuard

from .errors import LambdaEventsError, hides_frames
from .values import dataclass

__tracebackhide__ = hides_frames

SHOWN_CHARACTERS = 100
"""Longer values are shortened in a message."""
SHORTEST_PART = 4
"""A part of this length or longer is enough to guess a name."""
LARGEST_EXPONENT = 1023
"""An int with more bits cannot become a float."""


def shown(value: object, most: int = SHOWN_CHARACTERS) -> str:
    """Returns the value as a message shows it: its `repr`, shortened in the middle to `most` characters. Never raises."""
    if isinstance(value, int) and value.bit_length() > 4 * most:
        return f"<an int of {value.bit_length():,} bits>"
    try:
        text = repr(value)
    except Exception:
        # The test's own `repr` fails, or a collection has numbers that are too long for Python to write.
        return f"<{type(value).__name__}>"
    if len(text) <= most:
        return text
    half = (most - 3) // 2
    return f"{text[:half]}...{text[-half:]}"


def alternatives(name: object, known: Iterable[str], *, label: str) -> str:
    """Returns the text after "X does not exist." in a message: the closest name, if one is close, and all names.

    Args:
        name: The name that does not exist.
        known: The names that exist.
        label: What the names are, such as "Settings".
    """
    names = list(known)
    close = difflib.get_close_matches(name, names, 1) if isinstance(name, str) else []
    if not close and isinstance(name, str) and len(name) >= SHORTEST_PART:
        close = [one for one in names if name in one]
    guess = f"Did you mean {close[0]!r}? " if close else ""
    return f"{guess}{label}: {', '.join(names) or 'none'}."


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of value that an argument accepts.

    In messages `noun` completes "is not ...", and `advice` completes "Pass ..." (None: `noun` is used). `example` is an
    example in Python.
    """

    noun: str
    accepts: Callable[[Any], bool]
    example: str
    advice: str | None = None
    or_none: bool = False

    def check(self, name: str, value: object) -> None:
        """Raises `LambdaEventsError` if the value is of another kind. `name` is the name of the argument."""
        if (value is None and self.or_none) or self.accepts(value):
            return
        right = f"{self.advice or self.noun}{' or None' if self.or_none else ''}"
        raise LambdaEventsError(f"{name}={shown(value)} is not {self.noun}. Pass {right}, such as {name}={self.example}.")

    def optional(self) -> Kind:
        """Returns a kind that also accepts None."""
        return replace(self, or_none=True)


def check_all(kinds: Mapping[str, Kind], values: Mapping[str, object]) -> None:
    """Raises `LambdaEventsError` for the first value that is not of the kind that `kinds` has for its name."""
    for name, value in values.items():
        if name in kinds:
            kinds[name].check(name, value)


def whole_number_kind(example: int, unit: str = "", *, least: int | None = None, most: int | None = None) -> Kind:
    """Returns the kind of whole numbers, without True and False.

    `unit` is what they count, such as "seconds". `least` and `most` are limits that AWS itself does not check here.
    """
    noun = f"a whole number of {unit}" if unit else "a whole number"
    bounds = "" if least is None else f" from {least:,} to {most:,}"

    def accepts(value: object) -> bool:
        return is_whole(value) and (least is None or value >= least) and (most is None or value <= most)

    return Kind(noun + bounds, accepts, str(example))


def text_kind(example: str, what: str = "text") -> Kind:
    """Returns the kind of text that can be encoded in UTF-8."""
    return Kind(what, is_text, repr(example))


def name_kind(example: str) -> Kind:
    """Returns the kind of names: text that is not empty. The service checks characters and length."""
    return Kind("a name", lambda value: is_text(value) and bool(value), repr(example), "text that is not empty")


def flag_kind(example: bool = True) -> Kind:
    """Returns the kind of True and False."""
    return Kind("True or False", lambda value: isinstance(value, bool), str(example))


def mapping_kind(example: str, what: str = "a mapping with text as keys") -> Kind:
    """Returns the kind of mappings whose keys are text that is not empty."""
    return Kind(what, is_mapping, example)


def list_kind(example: str, what: str, accepts: Callable[[Any], bool]) -> Kind:
    """Returns the kind of lists and tuples whose items `accepts` accepts."""
    return Kind(what, lambda value: is_list(value) and all(accepts(item) for item in value), example)


def is_whole(value: object) -> TypeGuard[int]:
    """Returns whether the value is a whole number of 64 bits. True and False are not whole numbers."""
    return isinstance(value, int) and not isinstance(value, bool) and value.bit_length() < 64


def is_number(value: object) -> TypeGuard[float]:
    """Returns whether the value is a finite int or float. True and False are not numbers."""
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, int) and not isinstance(value, bool) and value.bit_length() <= LARGEST_EXPONENT


def is_text(value: object) -> TypeGuard[str]:
    """Returns whether the value is text that can be encoded in UTF-8. Half of a surrogate pair cannot."""
    if not isinstance(value, str):
        return False
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def is_mapping(value: object) -> TypeGuard[Mapping[str, Any]]:
    """Returns whether the value is a mapping whose keys are text that is not empty."""
    return isinstance(value, Mapping) and all(is_text(key) and key for key in value)


def is_list(value: object) -> TypeGuard[Sequence[Any]]:
    """Returns whether the value is a list or another sequence. Text and bytes do not count as sequences."""
    return isinstance(value, Sequence) and not isinstance(value, (str, bytes, bytearray))


def json_text(what: str, value: object, instead: str) -> str:
    """Returns the value as JSON text.

    Args:
        what: What the value is, such as "The payload".
        value: The value to encode.
        instead: The end of the message: what to pass instead.

    Raises:
        LambdaEventsError: JSON cannot represent the value.
    """
    try:
        return json.dumps(value, allow_nan=False)
    except RecursionError:
        reason = "it is nested too deeply"
    except Exception as error:
        # A mapping or list of the test may raise any error when it is read.
        reason = str(error) or type(error).__name__
    raise LambdaEventsError(f"Cannot encode {_inside(what)} {shown(value)} as JSON: {reason.rstrip('.')}. {instead}")


def _inside(what: str) -> str:
    """Returns the beginning of a message in the form for the middle of a sentence."""
    return what[0].lower() + what[1:]
