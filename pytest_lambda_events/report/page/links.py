"""The arrows of a picture, as paths of SVG."""

from __future__ import annotations

from .layout import PlacedMark
from .marks import LinkKind

_BELOW = 8.0
"""How far below a bar the path to its retry runs."""


def path_of(kind: LinkKind, cause: PlacedMark, effect: PlacedMark) -> str:
    """Returns the path of a link."""
    if kind == "retry" and effect.x > cause.right:
        return _under(cause, effect)
    return _far(cause, effect) if effect.x - cause.right > 60 else _near(cause, effect)


def _under(cause: PlacedMark, effect: PlacedMark) -> str:
    """Returns a path from below a bar along its row to below the next bar."""
    begin, end, low = max(cause.x + 9, cause.right - 10), effect.x + 9, cause.y + cause.height
    way = low + _BELOW
    target = effect.y - 1 if effect.y > way else effect.y + effect.height + 1
    bend = -4 if target < way else 4
    return f"M{begin:g} {low:g}V{way - 4:g}q0 4 4 4H{end - 4:g}Q{end:g} {way:g} {end:g} {way + bend:g}V{target:g}"


def _far(cause: PlacedMark, effect: PlacedMark) -> str:
    """Returns a path below the words of the cause along its row, then to the lane of the effect."""
    begin, low, x = cause.right - 10, cause.y + cause.height, effect.x - 11
    way = low + _BELOW
    bend = 4 if effect.middle > way else -4
    return (
        f"M{begin:g} {low:g}V{way - 4:g}q0 4 4 4H{x - 4:g}Q{x:g} {way:g} {x:g} {way + bend:g}"
        f"V{effect.middle - bend:g}q0 {bend} 4 {bend}H{effect.x - 1:g}"
    )


def _near(cause: PlacedMark, effect: PlacedMark) -> str:
    """Returns a curve from the right edge to the left edge, or from below to above where there is no room."""
    if effect.x >= cause.right - 1:
        x, y, to_x, to_y = cause.right, cause.middle, effect.x, effect.middle
        bend = max(10.0, (to_x - x) / 2)
        return f"M{x:g} {y:g}C{x + bend:g} {y:g} {to_x - bend:g} {to_y:g} {to_x:g} {to_y:g}"
    is_down = effect.middle > cause.middle
    y, to_y = (cause.y + cause.height, effect.y) if is_down else (cause.y, effect.y + effect.height)
    x, to_x, half = max(cause.x, cause.right - 8), effect.x + min(8, effect.width / 2), (y + to_y) / 2
    return f"M{x:g} {y:g}C{x:g} {half:g} {to_x:g} {half:g} {to_x:g} {to_y:g}"
