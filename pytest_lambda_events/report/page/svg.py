"""The layout drawn: SVG as text. Colors and fonts are the style sheet's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape

from .axis import Fold, duration_text, seconds_text
from .layout import HEAD, Layout, PlacedLane, PlacedMark, fitted
from .marks import Link, Mark

NAMES_WIDTH = 210
_AXIS = 54.0
_ENDLESS = 99_999
"""Lines go on to the edge of the screen, however wide the picture is."""
_TIP = (
    '<defs><marker id="tip" viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="5" markerHeight="5" orient="auto">'
    '<path class="tip" d="M0 .8 7.5 4 0 7.2Z"/></marker></defs>'
)
_BELOW = 8.0
"""How far below a bar the way to its retry goes."""

ICONS = {
    "success": "M2.5 6.5 5 9 9.5 3.5", "done": "M2.5 6.5 5 9 9.5 3.5",
    "partial": "M1 5.5 2.8 7.5 6 3 M7 7 10.5 10.5 M10.5 7 7 10.5",
    "function_error": "M3 3 9 9 M9 3 3 9", "lost": "M3 3 9 9 M9 3 3 9", "given_up": "M3 3 9 9 M9 3 3 9",
    "throttled": "M4.2 2.5V9.5 M7.8 2.5V9.5", "service_error": "M6 2V6.8 M6 9.6V9.7", "warning": "M6 2V6.8 M6 9.6V9.7",
    "not_found": "M3.9 4.1A2.1 2.1 0 1 1 6 6.3V7.2 M6 9.7V9.8",
    "pending": "M2.6 6H2.7 M6 6H6.1 M9.3 6H9.4", "more": "M2.5 3.5H9.5 M2.5 6H9.5 M2.5 8.5H9.5",
    "accepted": "M2.5 6H9.5 M6.5 3 9.5 6 6.5 9", "polled": "M6 2.5V9.5 M3 6.5 6 9.5 9 6.5",
    "delivered": "M2 3.5H10V9H2Z M2 3.8 6 6.8 10 3.8", "redriven": "M3 2.5V5.5A2 2 0 0 0 5 7.5H9.5 M7 5 9.5 7.5 7 10",
    "kept": "M2.5 6H9.5",
    "expired": "M3 2H9L3 10H9Z", "filtered": "M2 3H10L7 6.5V10L5 9V6.5Z", "released": "M6 9.5V2.5 M3 5.5 6 2.5 9 5.5",
    "fault": "M6.8 1.5 3.5 6.8H6L5.2 10.5 8.6 5.2H6.1Z",
}  # fmt: skip
"""The sign of each look, on 12 by 12 pixels: what a color says, a shape says too."""


def names_svg(layout: Layout) -> str:
    """The names of the lanes, beside the picture."""
    parts = [
        f'<svg class="names" width="{NAMES_WIDTH}" height="{layout.height:g}" role="presentation">',
        *(line for placed in layout.lanes for line in _name(placed)),
        "</svg>",
    ]
    return "\n".join(parts)


def picture_svg(layout: Layout, titles: Sequence[str]) -> str:
    """The picture; `titles` are what a reader hears of each mark, and sees where no script runs."""
    placed = {mark.mark: mark for mark in layout.marks}
    size = f'width="100%" height="{layout.height:g}" style="min-width: {layout.width:g}px"'
    parts = [
        f'<svg class="picture" {size} role="group" aria-label="timeline">',
        _TIP,
        *_ground(layout),
        *(_link(link, placed) for link in layout.links),
        *(_mark(mark, number, title) for number, (mark, title) in enumerate(zip(layout.marks, titles, strict=True))),
        "</svg>",
    ]
    return "\n".join(parts)


def icon_svg(look: str) -> str:
    """The sign of a look by itself, for the legend."""
    return (
        f'<svg width="20" height="20" class="sign {look}" aria-hidden="true">'
        f'<rect class="box" x="1" y="1" width="18" height="18" rx="5"/>{_icon(look, 4, 4)}</svg>'
    )


def _name(placed: PlacedLane) -> Iterator[str]:
    y, lane = placed.y, placed.lane
    yield f'<g class="lane"><title>{escape(lane.title)}</title><path class="rule" d="M0 {y:g}H{NAMES_WIDTH}"/>'
    yield f'<text class="kind" x="4" y="{y + 20:g}">{escape(lane.kind)}</text>'
    yield f'<text class="name" x="4" y="{y + 37:g}">{escape(fitted(lane.name, NAMES_WIDTH - 20))}</text></g>'


# ---------------------------------------------------------------------- the ground


def _ground(layout: Layout) -> Iterator[str]:
    bottom = layout.height
    for column in layout.axis.columns.values():
        x, width = column.x, max(column.width - 4, 0)
        yield f'<rect class="instant" x="{x - 4:g}" y="{_AXIS:g}" width="{width + 4:g}" height="{bottom - _AXIS:g}"/>'
    for lane in layout.lanes:
        yield f'<path class="rule" d="M0 {lane.y:g}H{_ENDLESS}"/>'
    yield f'<path class="axis" d="{_axis_line(layout)}"/>'
    for column in layout.axis.columns.values():
        yield f'<path class="grid" d="M{column.x:g} {_AXIS:g}V{bottom:g}"/>'
        yield f'<text class="tick" x="{column.x:g}" y="24">{seconds_text(column.at)}</text>'
        if column.at >= 60:
            yield f'<text class="again" x="{column.x:g}" y="40">{duration_text(column.at)}</text>'
    for fold in layout.axis.folds:
        yield from _fold(fold, bottom)


def _axis_line(layout: Layout) -> str:
    line = f"M0 {_AXIS:g}"
    for fold in layout.axis.folds:
        x = fold.x + 16
        peaks = "".join(f"l5 {rise}" for rise in ("-6", "12", "-12", "12", "-12", "12", "-12", "6"))
        line += f"H{x:g}{peaks}"
    return f"{line}H{_ENDLESS}"


def _fold(fold: Fold, bottom: float) -> Iterator[str]:
    """The torn strip, and how much time is not shown."""
    x = fold.x + 36
    waves = int((bottom - HEAD) // 12)
    for shift in (-4, 4):
        tear = "l4 3l-8 6l4 3" * waves
        yield f'<path class="tear" d="M{x + shift:g} {HEAD:g}{tear}"/>'
    yield f'<text class="skipped" x="{x:g}" y="{HEAD - 8:g}">{duration_text(fold.seconds)}</text>'


# ---------------------------------------------------------------------- links and marks


def _link(link: Link, placed: Mapping[Mark, PlacedMark]) -> str:
    cause, effect = placed[link.cause], placed[link.effect]
    if link.kind == "retry" and effect.x > cause.right:
        path = _under(cause, effect)
    elif effect.x - cause.right > 60:
        path = _far(cause, effect)
    else:
        path = _near(cause, effect)
    tip = ' marker-end="url(#tip)"'
    return f'<path class="link {link.kind}" d="{path}"{tip}/>'


def _under(cause: PlacedMark, effect: PlacedMark) -> str:
    """From below a bar along its row to below the next."""
    begin, end, low = max(cause.x + 9, cause.right - 10), effect.x + 9, cause.y + cause.height
    way = low + _BELOW
    target = effect.y - 1 if effect.y > way else effect.y + effect.height + 1
    return f"M{begin:g} {low:g}V{way - 4:g}q0 4 4 4H{end - 4:g}{_turn(way, target, end)}"


def _turn(way: float, target: float, x: float) -> str:
    bend = -4 if target < way else 4
    return f"Q{x:g} {way:g} {x:g} {way + bend:g}V{target:g}"


def _far(cause: PlacedMark, effect: PlacedMark) -> str:
    """Below the words of the cause along its row, then to the effect's lane."""
    begin, way, x = cause.right - 10, cause.y + cause.height + _BELOW, effect.x - 11
    low, bend = cause.y + cause.height, 4 if effect.middle > way else -4
    return (
        f"M{begin:g} {low:g}V{way - 4:g}q0 4 4 4H{x - 4:g}Q{x:g} {way:g} {x:g} {way + bend:g}"
        f"V{effect.middle - bend:g}q0 {bend} {4} {bend}H{effect.x - 1:g}"
    )


def _near(cause: PlacedMark, effect: PlacedMark) -> str:
    """A curve from the right edge to the left, or from below to above where there is no room."""
    if effect.x >= cause.right - 1:
        x, y, to_x, to_y = cause.right, cause.middle, effect.x, effect.middle
        bend = max(10.0, (to_x - x) / 2)
        return f"M{x:g} {y:g}C{x + bend:g} {y:g} {to_x - bend:g} {to_y:g} {to_x:g} {to_y:g}"
    is_down = effect.middle > cause.middle
    y, to_y = (cause.y + cause.height, effect.y) if is_down else (cause.y, effect.y + effect.height)
    x, to_x, half = max(cause.x, cause.right - 8), effect.x + min(8, effect.width / 2), (y + to_y) / 2
    return f"M{x:g} {y:g}C{x:g} {half:g} {to_x:g} {half:g} {to_x:g} {to_y:g}"


def _mark(placed: PlacedMark, number: int, title: str) -> str:
    mark = placed.mark
    rounding = 6 if mark.is_bar else placed.height / 2
    icon = _icon(mark.look, placed.x + (7 if mark.is_bar else 4), placed.middle - 6)
    label_x = placed.x + (22 if mark.is_bar else 18)
    label = f'<text class="label" x="{label_x:g}" y="{placed.middle + 4:g}">{escape(mark.label)}</text>' if mark.label else ""
    return (
        f'<g class="mark {mark.look}" data-mark="{number}" tabindex="0" role="button" aria-label="{escape(title)}">'
        f"<title>{escape(title)}</title>"
        f'<rect class="box" x="{placed.x:g}" y="{placed.y:g}" width="{placed.width:g}" height="{placed.height:g}" '
        f'rx="{rounding:g}"/>{icon}{label}{_words(placed)}</g>'
    )


def _words(placed: PlacedMark) -> str:
    if not placed.words:
        return ""
    where = "inside" if placed.words_x < placed.right else "beside"
    return f'<text class="words {where}" x="{placed.words_x:g}" y="{placed.middle + 4:g}">{escape(placed.words)}</text>'


def _icon(look: str, x: float, y: float) -> str:
    return f'<path class="icon" transform="translate({x:g} {y:g})" d="{ICONS[look]}"/>'
