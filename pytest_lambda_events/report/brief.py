"""The message of an error in one line: its first line, and its last line, which often names the cause."""

from __future__ import annotations

LONGEST_LAST_LINE = 160
_LINKS = ("For further information visit ",)
"""Last lines that do not name a cause: those of errors of pydantic."""


def brief(message: str) -> str:
    """Returns the first line of a message, and the last one if there are more.

    Libraries that collect errors put a heading first and the error itself last, often below a traceback.
    """
    lines = [line.strip() for line in message.split("\n") if line.strip()]
    shown = [line for line in lines if not line.startswith(_LINKS)] or lines
    if not shown:
        return ""
    if len(lines) == 1:
        return shown[0]
    if len(shown) == 1:
        return f"{shown[0]} ..."
    last = shown[-1] if len(shown[-1]) <= LONGEST_LAST_LINE else f"{shown[-1][: LONGEST_LAST_LINE - 3]}..."
    return f"{shown[0]} ... {last}"
