"""How wide a text may become in bold type of 12 pixels, estimated for fonts that are wide."""

from __future__ import annotations

_NARROW = frozenset(" ,.:;'!|ijl")
_WIDE = frozenset("#×mwMW%@…")


def text_width(text: str) -> float:
    """Returns a width in pixels that common fonts do not exceed."""
    return sum(map(_width, text))


def _width(character: str) -> float:
    if character in _NARROW:
        return 4.8
    if character in _WIDE:
        return 12.6 if character in "mwMW%@…" else 10.2
    return 8.5 if character < "\u1100" else 12.6
