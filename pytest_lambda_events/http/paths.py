"""Paths as fronts decode them (HTP-0B to 0E)."""

from __future__ import annotations

import re
from urllib.parse import unquote

_BAD_ESCAPE = re.compile("%(?![0-9A-Fa-f]{2})")


class BadEscape(ValueError):
    """A path that an HTTP API rejects because a percent sign starts no escape."""


def decoded(text: str) -> str:
    """Returns the text with its percent escapes decoded once. Bytes that are not UTF-8 become U+FFFD."""
    return unquote(text) if "%" in text else text


def decoded_once(path: str) -> str:
    """Returns a path as an HTTP API matches it with routes: decoded once and cut at the first `?` (HTP-0C, HTP-0E).

    Raises `BadEscape` if a percent sign without two hexadecimal digits is left.
    """
    if "%" not in path:
        return path
    once = unquote(path).partition("?")[0]
    if _BAD_ESCAPE.search(once):
        raise BadEscape(path)
    return once


def first_part(path: str) -> tuple[str, str]:
    """Returns the first part of a path, where a stage can stand, and the rest, which begins with `/`."""
    stage, _, rest = path[1:].partition("/")
    return stage, f"/{rest}"
