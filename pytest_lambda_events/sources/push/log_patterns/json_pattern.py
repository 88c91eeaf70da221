"""Filter patterns for log events in JSON (LOG-50 to 5B)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from ....values import dataclass
from .conditions import Condition, Leaf, taken_condition
from .invalid import PatternInvalid
from .operands import EQUALITIES, Operand, is_ordered, number_of
from .tokens import END, Token, Tokens, tokens_of

Document = Mapping[str, Any]
Step = str | int | None
"""A key, an index of a list, or None for any element or member."""

WILDCARDS_IN_A_SELECTOR = 1
WILDCARDS_IN_A_PATTERN = 3
_STEP = re.compile(r"""\.(?:(?P<key>[\w-]+)|\*)|\[(?:(?P<index>[0-9]+)|\*|'(?P<single>[^']*)'|"(?P<double>[^"]*)")\]""")
_LITERALS: Mapping[str, object] = {"NULL": None, "TRUE": True, "FALSE": False}


class JsonNumber:
    """A number of a log event, with its spelling."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text

    @property
    def value(self) -> Decimal | None:
        """Returns the value."""
        return number_of(self.text)


@dataclass(frozen=True, slots=True)
class JsonPattern:
    """A condition on log events that are one JSON object."""

    condition: Condition[Document]
    expressions: int

    def is_match(self, message: str) -> bool:
        """Returns whether a message matches. Only one JSON object and nothing else can match (LOG-50)."""
        document = _document(message)
        return document is not None and self.condition.holds(document)


def json_pattern(text: str) -> JsonPattern:
    """Returns the pattern of a text that begins with `{`. Raises `PatternInvalid`."""
    if len(text) < 2 or not text.endswith("}"):
        raise PatternInvalid
    tokens = tokens_of(text[1:-1])
    wildcards = 0

    def leaf(tokens: Tokens) -> Leaf[Document]:
        nonlocal wildcards
        selector = _taken_selector(tokens)
        wildcards += selector.count(None)
        return _taken_comparison(tokens, selector)

    condition = taken_condition(tokens, leaf)
    if tokens.next != END or wildcards > WILDCARDS_IN_A_PATTERN:
        raise PatternInvalid
    return JsonPattern(condition, tokens.expressions)


def _document(message: str) -> Document | None:
    try:
        value = json.loads(message, parse_float=JsonNumber, parse_int=JsonNumber, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _no_constant(text: str) -> object:
    raise ValueError(f"{text} is not JSON")


def _taken_selector(tokens: Tokens) -> Sequence[Step]:
    kind, text = tokens.take()
    if kind != "selector":
        raise PatternInvalid
    steps: list[Step] = []
    for found in _STEP.finditer(text):
        names = [name for name in (found["key"], found["single"], found["double"]) if name is not None]
        steps.append(names[0] if names else None if found["index"] is None else int(found["index"]))
    if steps.count(None) > WILDCARDS_IN_A_SELECTOR:
        raise PatternInvalid
    return steps


def _taken_comparison(tokens: Tokens, selector: Sequence[Step]) -> Leaf[Document]:
    following = tokens.next
    if following == Token("word", "IS"):
        tokens.take()
        return _is_literal(selector, tokens.take())
    if following == Token("word", "NOT"):
        tokens.take()
        if tokens.take() != Token("word", "EXISTS"):
            raise PatternInvalid
        return lambda document: not _selected(selector, document)
    operator, operand = tokens.take_comparison()
    return lambda document: any(_compares(value, operator, operand) for value in _selected(selector, document))


def _is_literal(selector: Sequence[Step], name: Token) -> Leaf[Document]:
    """Returns the condition `IS NULL`, `IS TRUE` or `IS FALSE`. A list that contains null counts as null (LOG-58)."""
    if name.kind != "word" or name.text not in _LITERALS:
        raise PatternInvalid
    literal = _LITERALS[name.text]

    def holds(document: Document) -> bool:
        found = _selected(selector, document)
        return any(value is literal or (literal is None and isinstance(value, list) and None in value) for value in found)

    return holds


def _selected(selector: Sequence[Step], document: Document) -> Sequence[Any]:
    found: list[Any] = [document]
    for step in selector:
        found = [inner for value in found for inner in _inner(value, step)]
    return found


def _inner(value: Any, step: Step) -> Iterable[Any]:
    if isinstance(value, dict):
        if step is None:
            return value.values()
        return (value[step],) if step in value else ()
    if not isinstance(value, list):
        return ()
    if step is None:
        return value
    return (value[step],) if isinstance(step, int) and step < len(value) else ()


def _compares(value: Any, operator: str, operand: Operand) -> bool:
    """Returns whether a value compares to the operand. Only texts and numbers do (LOG-54 to 57, LOG-59)."""
    if operator not in EQUALITIES:
        number = value.value if isinstance(value, JsonNumber) else None
        return number is not None and operand.number is not None and is_ordered(number, operator, operand.number)
    if isinstance(value, str):
        is_equal = operand.is_spelled(value)
    elif not isinstance(value, JsonNumber):
        return False
    elif operand.number is not None:
        is_equal = value.value == operand.number
    else:
        is_equal = operand.is_spelled(value.text)
    return is_equal == (operator == "=")
