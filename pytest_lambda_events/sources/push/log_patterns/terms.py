"""Filter patterns of terms (LOG-40 to 45)."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from ....values import dataclass
from .expressions import compiled_expression
from .invalid import PatternInvalid
from .tokens import unescaped

_TERM = re.compile(
    r"""(?P<sign>[?-]?)"""
    r"""(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|%(?P<expression>[^%]+)%|(?P<word>\w(?:[\w-]*\w)?))(?=[ \t\r\n]|\Z)""",
    re.DOTALL,
)
_WITHOUT_SIGN = re.compile(r"[?-]?([^ \t\r\n].*)", re.DOTALL)
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_BLANKS = " \t\r\n"


@dataclass(frozen=True, slots=True)
class Term:
    """A text, or a regular expression, that occurs in a message."""

    text: str
    expression: re.Pattern[str] | None = None

    def occurs_in(self, message: str) -> bool:
        """Returns whether the term is a part of a message. It need not be a whole word (LOG-41)."""
        return self.text in message if self.expression is None else self.expression.search(message) is not None


@dataclass(frozen=True, slots=True)
class TermPattern:
    """Terms that must occur, terms that must not occur, and optional terms: at least one of these must occur."""

    required: Sequence[Term]
    excluded: Sequence[Term]
    optional: Sequence[Term]
    expressions: int

    def is_match(self, message: str) -> bool:
        """Returns whether a message matches. Optional terms count only if there are no others (LOG-42)."""
        if not self.required and not self.excluded:
            return not self.optional or any(term.occurs_in(message) for term in self.optional)
        is_excluded = any(term.occurs_in(message) for term in self.excluded)
        return not is_excluded and all(term.occurs_in(message) for term in self.required)


def term_pattern(text: str) -> TermPattern:
    """Returns the pattern of a text. Raises `PatternInvalid`."""
    terms: defaultdict[str, list[Term]] = defaultdict(list)
    for sign, term in _terms(text):
        terms[sign].append(term)
    expressions = sum(term.expression is not None for found in terms.values() for term in found)
    return TermPattern(terms[""], terms["-"], terms["?"], expressions)


def _terms(text: str) -> Iterator[tuple[str, Term]]:
    rest = text.strip(_BLANKS)
    while rest:
        found = _TERM.match(rest)
        if found is None:
            raise PatternInvalid(f"Invalid character(s) in term '{_unreadable(rest)}'")
        if found["expression"] is not None:
            yield found["sign"], Term("", compiled_expression(found["expression"]))
        elif found["quoted"] is not None:
            yield found["sign"], Term(unescaped(found["quoted"]))
        else:
            yield found["sign"], Term(found["word"])
        rest = rest[found.end() :].lstrip(_BLANKS)


def _unreadable(rest: str) -> str:
    """Returns the term with which a text begins. A quote without an end takes the whole rest."""
    found = _WITHOUT_SIGN.fullmatch(rest)
    term = rest if found is None else found[1]
    is_unclosed = term.startswith('"') and _QUOTED.match(term) is None
    return term if is_unclosed else re.split(f"[{_BLANKS}]", term, maxsplit=1)[0]
