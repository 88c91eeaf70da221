"""The regular expressions of filter patterns (LOG-33)."""

from __future__ import annotations

import re

from .invalid import PatternInvalid

_PARTS = re.compile(
    r"""(?P<escape>\\(?:[dDsSwWtnrfv]|x[0-9A-Fa-f]{2}|[\^$?\[\]{}|\\*+.-]))"""
    r"""|(?P<upto>\{,(?=\d+\}))"""
    r"""|(?P<operator>[\^$?\[\]{}|*+.])"""
    r"""|(?P<literal>[A-Za-z0-9:_#=@/;,-])"""
)
_POSSESSIVE = re.compile(r"[*+?}]\+")


def compiled_expression(text: str) -> re.Pattern[str]:
    """Returns a regular expression in Python's form. Raises `PatternInvalid` for what CloudWatch Logs does not support."""
    parts: list[str] = []
    class_start: int | None = None
    """The number of parts before the content of the set of characters that is open."""
    position = 0
    while position < len(text):
        found = _PARTS.match(text, position)
        if found is None:
            raise PatternInvalid
        part, position = found[0], found.end()
        if class_start is None:
            if part == "[":
                class_start = len(parts) + 1 + text.startswith("^", position)
            elif part == "+" and parts and _POSSESSIVE.fullmatch(parts[-1][-1:] + part) and not parts[-1].startswith("\\"):
                raise PatternInvalid
            parts.append("{0," if found.lastgroup == "upto" else part)
        elif part == "]" and len(parts) > class_start:
            class_start = None
            parts.append(part)
        elif part == "-" and parts[-1] == "-":
            raise PatternInvalid
        else:
            is_start = part == "^" and len(parts) < class_start
            parts.append(f"\\{part}" if part in ("[", "|", "]", "^") and not is_start else part)
    try:
        return re.compile("".join(parts), re.ASCII)
    except (re.error, OverflowError, RecursionError):
        raise PatternInvalid from None
