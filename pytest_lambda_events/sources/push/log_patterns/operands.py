"""The values with which conditions compare: a word, quoted text or a regular expression."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Literal

from ....values import dataclass
from .expressions import compiled_expression

EQUALITIES = ("=", "!=")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")

OperandKind = Literal["word", "quoted", "expression"]


@dataclass(frozen=True, slots=True)
class Operand:
    """The right side of a condition. `number` is the value of an unquoted number (LOG-53)."""

    number: Decimal | None
    spelling: re.Pattern[str]
    """Matches the texts that are equal to the operand."""
    is_anywhere: bool
    """Whether a part of a text may match, as for regular expressions."""

    def is_spelled(self, text: str) -> bool:
        """Returns whether a text is equal to the operand. `*` stands for any characters or none."""
        find = self.spelling.search if self.is_anywhere else self.spelling.fullmatch
        return find(text) is not None


def operand(kind: OperandKind, text: str) -> Operand:
    """Returns the operand that is written as `text`. Raises `PatternInvalid` for an invalid regular expression."""
    if kind == "expression":
        return Operand(None, compiled_expression(text), True)
    spelling = re.compile(".*".join(re.escape(part) for part in re.split(r"\*+", text)), re.DOTALL)
    return Operand(number_of(text) if kind == "word" else None, spelling, False)


def number_of(text: str) -> Decimal | None:
    """Returns the value of a text that is a decimal number; None for other texts."""
    if _NUMBER.fullmatch(text) is None:
        return None
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def is_ordered(number: Decimal, operator: str, limit: Decimal) -> bool:
    """Returns whether `<`, `>`, `<=` or `>=` holds."""
    if operator == "<":
        return number < limit
    if operator == ">":
        return number > limit
    return number <= limit if operator == "<=" else number >= limit
