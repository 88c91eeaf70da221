"""The tokens of conditions in filter patterns."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal, NamedTuple

from .invalid import PatternInvalid
from .operands import EQUALITIES, Operand, operand

TokenKind = Literal["symbol", "operator", "quoted", "expression", "selector", "word"]

_TOKEN = re.compile(
    r"""(?P<symbol>&&|\|\||[(),]|\.\.\.(?![\w.+*-]))"""
    r"""|(?P<operator>!=|<=|>=|[=<>])"""
    r"""|"(?P<quoted>(?:[^"\\]|\\.)*)\""""
    r"""|%(?P<expression>[^%]+)%"""
    r"""|(?P<selector>\$(?:\.(?:[\w-]+|\*)|\.?\[(?:[0-9]+|\*|'[^']*'|"[^"]*")\])+)"""
    r"""|(?P<word>[\w.+*-]+)""",
    re.DOTALL,
)
_BLANKS = re.compile(r"[ \t\r\n]*")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


class Token(NamedTuple):
    """One token. `text` has no quotes and no percent signs."""

    kind: TokenKind
    text: str


END = Token("symbol", "")


class Tokens:
    """The tokens of a pattern, which a parser takes from left to right. `expressions` counts the regular expressions."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self._tokens = tokens
        self._position = 0
        self.expressions = sum(token.kind == "expression" for token in self._tokens)

    @property
    def next(self) -> Token:
        """Returns the next token, without taking it."""
        return self._tokens[self._position] if self._position < len(self._tokens) else END

    @property
    def after_next(self) -> Token:
        """Returns the token after the next one, without taking it."""
        return self._tokens[self._position + 1] if self._position + 1 < len(self._tokens) else END

    def take(self) -> Token:
        """Returns the next token, and moves on."""
        token = self.next
        self._position += 1
        return token

    def take_symbol(self, text: str) -> bool:
        """Takes the next token if it is this symbol, and returns whether it is."""
        is_next = self.next == Token("symbol", text)
        if is_next:
            self._position += 1
        return is_next

    def take_comparison(self) -> tuple[str, Operand]:
        """Takes an operator with its operand. Only an unquoted number has an order (LOG-53). Raises `PatternInvalid`."""
        kind, operator = self.take()
        if kind != "operator":
            raise PatternInvalid
        kind, text = self.take()
        if kind not in ("word", "quoted", "expression") or (kind == "word" and text == "null"):
            raise PatternInvalid
        found = operand(kind, text)
        if operator not in EQUALITIES and found.number is None:
            raise PatternInvalid
        return operator, found


def tokens_of(text: str) -> Tokens:
    """Returns the tokens of a text. Raises `PatternInvalid` for a text that has others."""
    tokens: list[Token] = []
    position = _after_blanks(text, 0)
    while position < len(text):
        found = _TOKEN.match(text, position)
        if found is None:
            raise PatternInvalid
        kind: TokenKind = found.lastgroup  # type: ignore[assignment]
        written = found[kind]
        tokens.append(Token(kind, unescaped(written) if kind == "quoted" else written))
        position = _after_blanks(text, found.end())
    return Tokens(tokens)


def _after_blanks(text: str, position: int) -> int:
    found = _BLANKS.match(text, position)
    return position if found is None else found.end()


def unescaped(text: str) -> str:
    """Returns quoted text without the backslashes that escape a character (LOG-44)."""
    return _ESCAPE.sub(r"\1", text)
