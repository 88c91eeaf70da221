"""The words, names, texts, numbers and marks of a PartiQL statement."""

from __future__ import annotations

import re

from ....values import dataclass

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<text>'(?:[^']|'')*')
      | (?P<name>"(?:[^"]|"")*")
      | (?P<number>(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)
      | (?P<word>[A-Za-z_$][A-Za-z0-9_$]*)
      | (?P<mark><<|>>|<=|>=|<>|!=|[=<>?,.()\[\]{}:*+-])
    )""",
    re.VERBOSE,
)


class Malformed(Exception):
    """A statement that is not valid PartiQL. AWS refuses it too."""


class WrongParameters(Exception):
    """The numbers of parameters and question marks differ."""


class Unsupported(Exception):
    """A part of a statement that is not simulated. AWS may accept it."""


@dataclass(frozen=True, slots=True)
class Token:
    """`text` is without quotes. `position` is the position in the statement, from 1."""

    kind: str
    text: str
    position: int

    def is_word(self, *words: str) -> bool:
        """Returns whether it is one of these keywords."""
        return self.kind == "word" and self.text.upper() in words

    def is_mark(self, *marks: str) -> bool:
        """Returns whether it is one of these marks."""
        return self.kind == "mark" and self.text in marks


def tokens_of(statement: str) -> list[Token]:
    """Returns all tokens of a statement. Raises `Malformed`."""
    found: list[Token] = []
    position = 0
    text = statement.rstrip()
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise Malformed(f"Unexpected character at position {position + 1}")
        kind = str(match.lastgroup)
        found.append(Token(kind, _unquoted(kind, match[kind]), match.start(kind) + 1))
        position = match.end()
    return found


def _unquoted(kind: str, text: str) -> str:
    if kind == "text":
        return text[1:-1].replace("''", "'")
    return text[1:-1].replace('""', '"') if kind == "name" else text
