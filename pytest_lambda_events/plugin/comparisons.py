"""Explains a failed `==` between values of this library, or between lists of them: shows only the fields that differ."""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Any

PACKAGE = __name__.partition(".")[0]
KINDS = frozenset(
    {"Attempt", "BalanceSheet", "Batch", "BatchInfo", "DeadLetter", "Entry", "InvocationRecord", "InvokeResponse", "Message"}
)
WIDTH = 100
ITEMS = 3
"""The maximum number of list items that are explained. With -vv all items are explained, and values are not cut."""
_REPEATING = {
    "Batch": ("records", "event"),
    "DeadLetter": ("body",),
    "InvocationRecord": ("json", "text"),
}
"""Fields that repeat the content of others. They are shown only if no other field differs, and only the first of them."""
_MISSING = object()


def explained(left: object, right: object, *, is_whole: bool = False) -> list[str] | None:
    """Returns the lines that explain how two values differ, after a summary; None for values of other libraries.

    In a diff, lines of `left` have a plus and those of `right` a minus, as in pytest. `is_whole` turns shortening off.
    """
    say = _whole if is_whole else _short
    if isinstance(left, (list, tuple)) and isinstance(right, (list, tuple)):
        return _lists(left, right, say, ITEMS if not is_whole else max(len(left), len(right)))
    differences = _differences(left, right, say)
    if differences is None:
        return None
    return [f"{_name(left)} == {_name(right)}", *differences]


Say = Callable[[object], str]


def _lists(left: Sequence[object], right: Sequence[object], say: Say, most: int) -> list[str] | None:
    if not any(_is_ours(one) for one in (*left, *right)):
        return None
    lines = [f"{_items(left)} == {_items(right)}"]
    differing = 0
    for index in range(max(len(left), len(right))):
        one, other = (values[index] if index < len(values) else _MISSING for values in (left, right))
        if one is not _MISSING and other is not _MISSING and one == other:
            continue
        differing += 1
        if differing <= most:
            lines += _item(index, one, other, say)
    if differing > most:
        lines.append(f"... {differing - most} more items differ, -vv shows them")
    return lines


def _item(index: int, left: object, right: object, say: Say) -> Iterator[str]:
    if left is _MISSING:
        yield f"[{index}] is missing on the left: {say(right)}{_content(right, say)}"
        return
    if right is _MISSING:
        yield f"[{index}] is missing on the right: {say(left)}{_content(left, say)}"
        return
    differences = _differences(left, right, say)
    if differences is None:
        yield f"[{index}] {say(left)} != {say(right)}"
        return
    yield f"[{index}] {_name(left)} == {_name(right)}"
    yield from (f"  {line}" for line in differences)


def _differences(left: object, right: object, say: Say) -> list[str] | None:
    """Returns the differing lines; None if neither value belongs to this library and has a comparable counterpart."""
    for value, other in ((left, right), (right, left)):
        differences = getattr(other, "differences", None)
        if _is_ours(value) and not _is_ours(other) and callable(differences):
            return [str(line) for line in differences(value)]
    if not _is_ours(left) or _kind(left) != _kind(right):
        return None
    known: Any = left
    names = getattr(known, "MEMBERS", None) or [field.name for field in fields(known) if field.compare]
    differing = [name for name in names if getattr(left, name) != getattr(right, name)]
    repeating = _REPEATING.get(_kind(left), ())
    shown = [name for name in differing if name not in repeating] or [name for name in repeating if name in differing][:1]
    return [line for name in shown for line in _field(name, getattr(left, name), getattr(right, name), say)]


def _field(name: str, left: object, right: object, say: Say) -> list[str]:
    if _is_ours(left) and _kind(left) == _kind(right):
        return [f"{name}:", *(f"  {line}" for line in _differences(left, right, say) or ())]
    pretty = (_pretty(left), _pretty(right))
    if None in pretty:
        return [f"{name}: {say(left)} != {say(right)}"]
    return [f"{name}:", *(f"  {line}" for line in _diff(*pretty))]  # type: ignore[arg-type]


def _pretty(value: object) -> list[str] | None:
    """Returns the lines of a JSON object or array, or of text that contains one; None for other values."""
    if isinstance(value, str) and value.lstrip().startswith(("{", "[")):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return None
    if not isinstance(value, (Mapping, list)):
        return None
    try:
        return json.dumps(value if isinstance(value, list) else dict(value), indent=2, ensure_ascii=False).splitlines()
    except (TypeError, ValueError):
        return None


def _diff(left: Sequence[str], right: Sequence[str]) -> list[str]:
    """Returns the differing lines with two lines around each. If the lines are equal, it reports different notation."""
    lines = [line for line in difflib.unified_diff(right, left, n=2, lineterm="") if not line.startswith(("---", "+++"))]
    return ["..." if line.startswith("@@") else line for line in lines][1:] or ["equal JSON in different notation"]


def _is_ours(value: object) -> bool:
    """Compares names, so that no module has to be loaded."""
    return type(value).__module__.partition(".")[0] == PACKAGE and _kind(value) in KINDS


def _kind(value: object) -> str:
    """Returns the name of its class, or of its base that is in `KINDS`: each kind of journal entry has a class of its own."""
    return next((one.__name__ for one in type(value).__mro__ if one.__name__ in KINDS), type(value).__name__)


def _name(value: object) -> str:
    """Returns the type of a value, and what identifies it."""
    if not _is_ours(value):
        return _short(value)
    known: Any = value
    kind, which = _kind(value), ""
    if kind in ("Attempt", "Batch"):
        which = f" {known.number} of {known.function_name}"
    elif kind == "Message":
        which = f" {known.message_id}"
    elif kind == "InvocationRecord":
        which = f" {known.condition}"
    return f"{kind}{which}"


def _content(value: object, say: Say) -> str:
    """Returns the content of a message, or the subject of a record, if a message shows only its name."""
    if not _is_ours(value) or say is _whole:
        return ""
    known: Any = value
    kind = _kind(value)
    if kind in ("Message", "DeadLetter"):
        return f" with {_cut(known.body)}"
    if kind == "InvocationRecord" and known.batch_info is None and known.kafka_batch_info is None:
        return f" of {_cut(json.dumps(known.request_payload))}"
    if kind in ("Attempt", "Batch"):
        return f", {known.error_type or known.outcome}"
    return ""


def _items(values: Sequence[object]) -> str:
    kinds = {_kind(value) for value in values}
    of = f" of {', '.join(sorted(kinds))}" if kinds else ""
    return f"{type(values).__name__} with {len(values)} item{'' if len(values) == 1 else 's'}{of}"


def _whole(value: object) -> str:
    return repr(value)


def _short(value: object) -> str:
    return _cut(_name(value) if _is_ours(value) else repr(value))


def _cut(text: str) -> str:
    return text if len(text) <= WIDTH else f"{text[: WIDTH - 3]}..."
