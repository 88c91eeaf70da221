"""Where the entries of each class stand in a journal, kept while it is written.

A short text of a long journal counts by this index, and reads only the entries that it shows.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ..simulation.journal import Entry
from .batches import TRIES, source_name

VARIANTS = 8
"""Texts of more than so many kinds are not told apart."""
TEXT_WIDTH = 120


class EntryClass(NamedTuple):
    """What the entries of a class have in common.

    `name` is what the line of such an entry is counted by, empty where the entry begins no line of its own. `text` tells
    failures of one kind apart, as long as they are few.
    """

    kind: str
    function_name: str | None
    name: str
    text: str | bytes | None = None
    source: str | None = None
    target: str | None = None
    who: str = ""
    is_bad: bool = False

    @property
    def is_attempt(self) -> bool:
        """Whether its entries end an attempt."""
        return self.kind in _ATTEMPTS


RETURNED_FAILURES = "returned failures"
_ATTEMPTS = ("ended", *TRIES[1:])
_NAMES = {
    "accepted": "accepted", "called": "called", "throttled": "throttled", "service_error": "service error",
    "not_found": "function not found", "denied": "denied", "recursion_stopped": "refused", "warning": "warning",
    "redriven": "redriven", "expired": "expired", "released": "released",
}  # fmt: skip
_BAD = (
    "throttled", "service_error", "not_found", "redriven", "expired", "released", "delivery_failed", "denied",
    "recursion_stopped", "given_up",
)  # fmt: skip
_QUIET = ("polled", "started", "suspended", "retried", "checkpointed")
"""Kinds whose entries are read only with others of their request."""


def is_read(one: EntryClass) -> bool:
    """Whether entries of the class are worth reading for themselves."""
    return one.kind not in _QUIET and (bool(one.name) or one.is_bad)


class Index:
    """The positions of the entries of each class, in order."""

    def __init__(self) -> None:
        self.positions: dict[EntryClass, array[int]] = {}
        self.running: dict[tuple[str | None, int | None], int] = {}
        """The positions of the starts of attempts that have not ended."""
        self._variants: dict[tuple[object, ...], set[object]] = {}

    def add(self, entry: Entry, request: Sequence[Entry]) -> None:
        """One more entry, in order. `request` are the entries of its request so far, with it at their end."""
        if entry.kind == "started":
            self.running[entry.request_id, entry.attempt] = entry._position
        elif entry.kind == "ended":
            self.running.pop((entry.request_id, entry.attempt), None)
        one = self._class_of(entry, request)
        found = self.positions.get(one)
        if found is None:
            found = self.positions[one] = array("q")
        found.append(entry._position)

    def add_failed_call(self, entry: Entry) -> None:
        """A call that is in the index already has failed."""
        one = EntryClass("called", entry.function_name, "", str(entry.detail["error"])[:TEXT_WIDTH], is_bad=True)
        self.positions.setdefault(one, array("q")).append(entry._position)

    def _class_of(self, entry: Entry, request: Sequence[Entry]) -> EntryClass:
        kind, who, detail = entry.kind, entry.function_name, entry.detail
        if kind == "ended":
            first = request[0]
            # A planned fault may come first.
            return self._of_ended(entry, first if first.kind != "fault" else request[min(1, len(request) - 1)])
        source, target = detail.get("source"), detail.get("target")
        if kind in _NAMES:
            text = self._text(kind, who, _text_of(kind, detail))
            if kind == "called":
                return EntryClass(kind, who, "called", text, who=who or "")
            named = source_name(entry) if who is None and kind in ("redriven", "expired") and source else who or ""
            return EntryClass(kind, who, _NAMES[kind], text, source, target, named, kind in _BAD)
        if kind in ("delivered", "delivery_failed"):
            route = detail["route"]
            is_bad = kind == "delivery_failed" or route != "on_success"
            return EntryClass(kind, who, route, None, source, target, who or "", is_bad)
        if kind in ("succeeded", "discarded", "given_up"):
            return EntryClass(kind, who, "", detail["condition"], source, None, who or "", kind != "succeeded")
        if kind == "judged":
            returned = bool(detail["failed"]) and _has_succeeded(request)
            return EntryClass(kind, who, "", RETURNED_FAILURES if returned else None, source, None, who or "", returned)
        if kind == "fault":
            # A fault of no known request belongs to the next attempt.
            return EntryClass(kind, who, "", None, source, None, who or "", entry.request_id is not None)
        if kind == "deleted":
            name = "filtered" if detail["reason"] == "filtered" else ""
            return EntryClass(kind, who, name, None, source, None, who or "", bool(detail["stale"]))
        is_filtered = kind == "filtered" and "sequence_numbers" in detail
        return EntryClass(kind, who, "filtered" if is_filtered else "", None, source, None, who or "")

    def _of_ended(self, entry: Entry, first: Entry) -> EntryClass:
        who, detail, source = entry.function_name, entry.detail, first.detail.get("source")
        if detail["outcome"] == "success":
            text = self._text("ended", who, detail["payload"][:TEXT_WIDTH])
            return EntryClass("ended", who, "returned", text, source, None, who or "")
        name = str(detail["error_type"])
        text = self._text(name, who, str(detail["error_message"])[:TEXT_WIDTH])
        return EntryClass("ended", who, name, text, source, None, who or "", True)

    def _text(self, kind: str, who: str | None, text: str | bytes | None) -> str | bytes | None:
        """A text that tells entries apart; None if there are too many different ones."""
        if text is None:
            return None
        known = self._variants.get((kind, who))
        if known is None:
            known = self._variants[kind, who] = set()
        if text in known:
            return text
        if len(known) >= VARIANTS:
            return None
        known.add(text)
        return text


def _has_succeeded(request: Sequence[Entry]) -> bool:
    """Whether the handler of the attempt that is judged now returned: an error has an entry of its own."""
    before = request[-2] if len(request) > 1 else None
    return before is not None and before.kind == "ended" and before.detail["outcome"] == "success"


def _text_of(kind: str, detail: Mapping[str, Any]) -> str | bytes | None:
    if kind == "accepted":
        payload: bytes = detail["payload"][:TEXT_WIDTH]
        return payload
    if kind == "called":
        return f"{detail['service']}.{detail['operation']}"
    if kind == "warning":
        return str(detail["message"])
    return str(detail["reason"])[:TEXT_WIDTH] if kind in ("throttled", "service_error") else None


class Selection:
    """The classes of a journal, or of a part of it, with what can be counted by them."""

    def __init__(
        self, entries: Sequence[Entry], positions: Mapping[EntryClass, array[int]], running: Collection[int] = ()
    ) -> None:
        self.entries = entries
        self.running = running
        self.positions = positions
        self.lines = {one: found for one, found in positions.items() if one.name}
        self._with_failures = {one: found for one, found in positions.items() if one.text == RETURNED_FAILURES}

    def __len__(self) -> int:
        return sum(map(len, self.lines.values()))

    def count(self, kind: str) -> int:
        """How many entries of a kind there are."""
        return sum(len(found) for one, found in self.positions.items() if one.kind == kind)

    def ordinal(self, position: int) -> int:
        """How many lines begin before a position."""
        return sum(bisect_left(found, position) for found in self.lines.values())

    def between(self, after: int, before: int) -> Iterator[tuple[EntryClass, array[int]]]:
        """The classes with lines between two positions, each with the positions of these."""
        yield from _cut(self.lines, after, before)

    def names_between(self, after: int, before: int) -> Counter[tuple[str, str]]:
        """How many lines there are between two positions, by whom they are about and what they are counted by."""
        counts: Counter[tuple[str, str]] = Counter()
        for one, found in _cut(self.lines, after, before):
            counts[one.who, one.name] += len(found)
        for one, found in _cut(self._with_failures, after, before):
            counts[one.who, "returned"] -= len(found)
            counts[one.who, RETURNED_FAILURES] += len(found)
        return +counts


def _cut(positions: Mapping[EntryClass, array[int]], after: int, before: int) -> Iterator[tuple[EntryClass, array[int]]]:
    """In order of their first positions."""
    found = [(one, whole[bisect_right(whole, after) : bisect_left(whole, before)]) for one, whole in positions.items()]
    return iter(sorted((one for one in found if one[1]), key=lambda one: one[1][0]))
