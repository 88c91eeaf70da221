"""The `fieldSelectionCriteria` of subscription filters (LOG-0B)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from .log_patterns.conditions import Condition, Leaf, taken_condition
from .log_patterns.invalid import PatternInvalid
from .log_patterns.tokens import END, Token, TokenKind, Tokens

Fields = Mapping[str, str]

FIELDS = ("@aws.account", "@aws.region")
_TOKEN = re.compile(
    r"""(?P<symbol>[(),])|(?P<operator>!=|=)|(?P<selector>@aws\.(?:account|region)\b)|"(?P<quoted>[^"\\]*)\""""
    r"""|(?P<word>AND|OR|NOT|IN)\b"""
)
_JOINTS = {"AND": Token("symbol", "&&"), "OR": Token("symbol", "||")}


@lru_cache(maxsize=64)
def compiled_criteria(text: str) -> Condition[Fields] | None:
    """Returns the condition of a text; None for an empty text. Raises `PatternInvalid`."""
    if not text.strip():
        return None
    tokens = _tokens(text)
    condition = taken_condition(tokens, _leaf)
    if tokens.next != END:
        raise PatternInvalid
    return condition


def _tokens(text: str) -> Tokens:
    found: list[Token] = []
    rest = text.strip()
    while rest:
        token = _TOKEN.match(rest)
        if token is None:
            raise PatternInvalid
        kind: TokenKind = token.lastgroup  # type: ignore[assignment]
        written = token[kind]
        found.append(_JOINTS[written] if kind == "word" and written in _JOINTS else Token(kind, written))
        rest = rest[token.end() :].lstrip()
    return Tokens(found)


def _leaf(tokens: Tokens) -> Leaf[Fields]:
    kind, name = tokens.take()
    if kind != "selector":
        raise PatternInvalid
    kind, operator = tokens.take()
    if kind == "operator":
        value = _taken_text(tokens)
        return lambda fields: (fields[name] == value) == (operator == "=")
    is_negated = (kind, operator) == ("word", "NOT")
    if is_negated:
        kind, operator = tokens.take()
    if (kind, operator) != ("word", "IN") or not tokens.take_symbol("("):
        raise PatternInvalid
    values = [_taken_text(tokens)]
    while tokens.take_symbol(","):
        values.append(_taken_text(tokens))
    if not tokens.take_symbol(")"):
        raise PatternInvalid
    return lambda fields: (fields[name] in values) != is_negated


def _taken_text(tokens: Tokens) -> str:
    kind, text = tokens.take()
    if kind != "quoted":
        raise PatternInvalid
    return text
