"""Filter patterns for space-delimited log events (LOG-60 to 65)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from ....values import dataclass
from .conditions import Condition, Leaf, taken_condition
from .invalid import PatternInvalid
from .operands import EQUALITIES, Operand, is_ordered, number_of
from .tokens import END, Tokens, tokens_of

_FIELD = re.compile(r'"([^"]*)"|\[([^\]]*)\]|[^ \t\r\n]+')
_NAME = re.compile(r"[\w-]+")
_BLANKS = " \t\r\n"


@dataclass(frozen=True, slots=True)
class Field:
    """A named field of a pattern, with its condition if it has one."""

    name: str
    condition: Condition[str] | None = None


@dataclass(frozen=True, slots=True)
class FieldPattern:
    """The fields before `...`, and those after it. Without `...` there are no fields after it."""

    first: Sequence[Field]
    last: Sequence[Field]
    has_ellipsis: bool
    expressions: int

    def fields_of(self, message: str) -> Mapping[str, str] | None:
        """Returns the text of each named field of a message; None if the message does not match (LOG-61, LOG-62)."""
        found = list(_FIELD.finditer(message))
        count = len(self.first) + len(self.last)
        if len(found) < count or not (found or self.has_ellipsis):
            return None
        texts = [_text_of(one) for one in found]
        if self.has_ellipsis:
            texts = texts[: len(self.first)] + texts[len(texts) - len(self.last) :]
        elif len(found) > count > 0:
            texts = [*texts[: count - 1], message[found[count - 1].start() :].rstrip(_BLANKS)]
        values = list(zip((*self.first, *self.last), texts, strict=False))
        if any(field.condition is not None and not field.condition.holds(text) for field, text in values):
            return None
        return {field.name: text for field, text in values}


def field_pattern(text: str) -> FieldPattern:
    """Returns the pattern of a text that begins with `[`. Raises `PatternInvalid`."""
    if len(text) < 2 or not text.endswith("]"):
        raise PatternInvalid
    tokens = tokens_of(text[1:-1])
    first: list[Field] = []
    last: list[Field] | None = None
    is_first = True
    while tokens.next != END or not is_first:
        if tokens.take_symbol("..."):
            if last is not None:
                raise PatternInvalid
            last = []
        else:
            (first if last is None else last).append(_taken_field(tokens))
        is_first = False
        if tokens.next == END:
            break
        if not tokens.take_symbol(","):
            raise PatternInvalid
    names: set[str] = set()
    for field in (*first, *(last or ())):
        if field.name in names:
            raise PatternInvalid(f"Duplicate field '{field.name}'")
        names.add(field.name)
    return FieldPattern(first, last or (), last is not None, tokens.expressions)


def _taken_field(tokens: Tokens) -> Field:
    """Takes a name, or a condition whose comparisons all have the same name (LOG-64)."""
    if tokens.next.kind == "word":
        name = tokens.next.text
        if _NAME.fullmatch(name) is None:
            raise PatternInvalid
        if tokens.after_next == END or tokens.after_next.text == ",":
            tokens.take()
            return Field(name)
    names: set[str] = set()

    def leaf(tokens: Tokens) -> Leaf[str]:
        kind, name = tokens.take()
        if kind != "word" or _NAME.fullmatch(name) is None:
            raise PatternInvalid
        names.add(name)
        operator, operand = tokens.take_comparison()
        return lambda text: _compares(text, operator, operand)

    condition = taken_condition(tokens, leaf)
    if len(names) != 1:
        raise PatternInvalid
    return Field(names.pop(), condition)


def _text_of(found: re.Match[str]) -> str:
    """Returns the text of a field, without quotes or brackets around it (LOG-60)."""
    quoted, bracketed = found[1], found[2]
    return quoted if quoted is not None else bracketed if bracketed is not None else found[0]


def _compares(text: str, operator: str, operand: Operand) -> bool:
    number = None if operand.number is None else number_of(text)
    if operator not in EQUALITIES:
        return number is not None and operand.number is not None and is_ordered(number, operator, operand.number)
    is_equal = operand.is_spelled(text) if number is None else number == operand.number
    return is_equal == (operator == "=")
