"""Filter patterns of CloudWatch Logs in all three languages (LOG-30 to 32)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from ....values import dataclass
from .field_pattern import FieldPattern, field_pattern
from .invalid import PatternInvalid
from .json_pattern import JsonPattern, json_pattern
from .terms import TermPattern, term_pattern

EXPRESSIONS_IN_A_PATTERN = 2
_BLANKS = " \t\r\n"


@dataclass(frozen=True, slots=True)
class Match:
    """A match of a message. `fields` are the named fields of a space-delimited pattern; None for other patterns (LOG-12)."""

    fields: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class FilterPattern:
    """A filter pattern. Without a part it matches all messages."""

    part: TermPattern | JsonPattern | FieldPattern | None

    @property
    def has_expressions(self) -> bool:
        """Returns whether the pattern has a regular expression."""
        return self.part is not None and self.part.expressions > 0

    def match(self, message: str) -> Match | None:
        """Returns the match of a message; None if the pattern does not match it."""
        if isinstance(self.part, FieldPattern):
            fields = self.part.fields_of(message)
            return None if fields is None else Match(fields)
        return Match() if self.part is None or self.part.is_match(message) else None


@lru_cache(maxsize=256)
def compiled(text: str) -> FilterPattern:
    """Returns the pattern of a text. The first character that is not blank selects the language (LOG-30).

    Raises `PatternInvalid` for what CloudWatch Logs refuses.
    """
    text = text.strip(_BLANKS)
    if not text:
        return FilterPattern(None)
    part: TermPattern | JsonPattern | FieldPattern
    if text.startswith("{"):
        part = json_pattern(text)
    elif text.startswith("["):
        part = field_pattern(text)
    else:
        part = term_pattern(text)
    if part.expressions > EXPRESSIONS_IN_A_PATTERN:
        raise PatternInvalid
    return FilterPattern(part)
