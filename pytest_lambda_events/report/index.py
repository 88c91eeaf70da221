"""The positions of the entries of each class in a long journal, updated while it is written.

A short text of a long journal uses the counts of this index, and reads only the entries that it shows.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ..journal.attempts import (
    AttemptBegun,
    AttemptRefused,
    Called,
    Ended,
    InvokeRefused,
    NotFound,
    PlannedFaultMet,
    ServiceFailed,
    Started,
    Suspended,
    Throttled,
)
from ..journal.batches import (
    BatchResult,
    Checkpointed,
    Deleted,
    GivenUp,
    MessageExpired,
    MessagesFiltered,
    MessagesStopped,
    OffsetLag,
    OfMapping,
    OfMessage,
    Polled,
    RecordsExpired,
    RecordsFiltered,
    Redriven,
    Released,
)
from ..journal.entry import Entry
from ..journal.events import (
    Accepted,
    CallStopped,
    Delivered,
    DeliveryFailed,
    Denied,
    Discarded,
    DurableEvent,
    EventEnded,
    HttpResponded,
    Retried,
    Sending,
    Succeeded,
    Warned,
)
from ..journal.pushes import PushDropped, Pushed, PushFiltered, PushMatched, PushRetried
from .batches import outcome_of_pipe, source_name

VARIANTS = 8
"""The most different texts that are distinguished."""
TEXT_WIDTH = 120


class EntryClass(NamedTuple):
    """Common properties of the entries of a class.

    `name` is the name by which the lines of such entries are counted. It is empty if the entry begins no line. `text`
    distinguishes failures of the same kind, as long as there are few.
    """

    type: type[Entry]
    function_name: str | None
    name: str
    text: str | bytes | None = None
    source: str | None = None
    target: str | None = None
    who: str = ""
    is_bad: bool = False

    @property
    def is_attempt(self) -> bool:
        """Returns whether its entries end an attempt."""
        return issubclass(self.type, (Ended, AttemptRefused)) or (self.type is BatchResult and bool(self.name))


RETURNED_FAILURES = "returned failures"
_NAMES: Mapping[type[Entry], str] = {
    Accepted: "accepted", Throttled: "throttled", ServiceFailed: "service error", NotFound: "function not found",
    Denied: "denied", CallStopped: "refused", MessagesStopped: "refused", Warned: "warning", Redriven: "redriven",
    MessageExpired: "expired", RecordsExpired: "expired", Released: "released", PushRetried: "not pushed",
    PushDropped: "not pushed",
}  # fmt: skip
_GOOD = (Accepted, Warned, PushRetried)
"""Entries in `_NAMES` that are not failures."""
_QUIET = (Polled, Started, Suspended, Retried, Checkpointed)
"""Entries that are read only with other entries of their request."""
_BEGIN_NOTHING = frozenset({OffsetLag, PushMatched, PushFiltered, Pushed})
"""Entries that belong to no line of the timeline."""


def is_read(one: EntryClass) -> bool:
    """Returns whether entries of the class are read for themselves."""
    return not issubclass(one.type, _QUIET) and (bool(one.name) or one.is_bad)


class Index:
    """The positions of the entries of each class, in order."""

    def __init__(self) -> None:
        self.positions: dict[EntryClass, array[int]] = {}
        self.running: dict[tuple[str | None, int | None], int] = {}
        """The positions of the starts of attempts that have not ended."""
        self._variants: dict[tuple[object, ...], set[object]] = {}

    def add(self, entry: Entry, position: int, entries: Sequence[Entry], of_request: Callable[[str], Sequence[int]]) -> None:
        """Adds an entry. `entries` is the journal, and `of_request` returns the positions of a request's entries, also of
        later ones.
        """
        if type(entry) in _BEGIN_NOTHING:
            return
        classify = _CLASSIFY.get(type(entry))
        if classify is not None:
            one = classify(self, entry, entry.subject.function_name)
        elif isinstance(entry, Started):
            self.running[entry.subject.request_id, entry.subject.attempt] = position
            one = EntryClass(Started, entry.subject.function_name, "", None, _source_of(entry))
        elif isinstance(entry, Ended):
            begun = self.running.pop((entry.subject.request_id, entry.subject.attempt), None)
            one = self._of_ended(entry, None if begun is None else _source_of(entries[begun]))
        elif isinstance(entry, BatchResult):
            request = of_request(entry.subject.request_id or "")
            before = bisect_left(request, position) - 1
            one = self._of_result(entry, has_succeeded=before >= 0 and _has_succeeded(entries[request[before]]))
        else:
            one = self._of_others(entry)
        found = self.positions.get(one)
        if found is None:
            found = self.positions[one] = array("I")
        found.append(position)

    def add_failed_call(self, entry: Called, position: int) -> None:
        """Changes the class of a call whose failure became known later."""
        error = "" if entry.failure is None else entry.failure.error
        one = EntryClass(Called, entry.function_name, "", error[:TEXT_WIDTH], is_bad=True)
        self.positions.setdefault(one, array("I")).append(position)

    def quiet(self, entry: Entry, who: str | None) -> EntryClass:
        return EntryClass(type(entry), who, "", None, entry.source, None, who or "")

    def of_mapping(self, entry: OfMapping, who: str | None) -> EntryClass:
        return EntryClass(type(entry), who, "", None, entry.origin.source, None, who or "")

    def deleted(self, entry: Deleted, who: str | None) -> EntryClass:
        name = "filtered" if entry.reason == "filtered" else ""
        return EntryClass(Deleted, who, name, None, entry.origin.source, None, who or "", bool(entry.stale))

    def ending(self, entry: EventEnded | GivenUp, who: str | None) -> EntryClass:
        is_bad = not isinstance(entry, Succeeded)
        return EntryClass(type(entry), who, "", entry.condition, entry.source, None, who or "", is_bad)

    def planned(self, entry: PlannedFaultMet, who: str | None) -> EntryClass:
        """A fault without a known request belongs to the next attempt."""
        return EntryClass(PlannedFaultMet, who, "", None, None, None, who or "", entry.request_id is not None)

    def filtered(self, entry: RecordsFiltered, who: str | None) -> EntryClass:
        return EntryClass(RecordsFiltered, who, "filtered", None, entry.origin.source, None, who or "")

    def sending(self, entry: Sending, who: str | None) -> EntryClass:
        is_bad = isinstance(entry, DeliveryFailed) or entry.route != "on_success"
        return EntryClass(type(entry), who, entry.route, None, entry.source, entry.target, who or "", is_bad)

    def called(self, entry: Called, who: str | None) -> EntryClass:
        text = self._text("called", who, f"{entry.service}.{entry.operation}")
        return EntryClass(Called, who, "called", text, who=who or "")

    def responded(self, entry: HttpResponded, who: str | None) -> EntryClass:
        """A response of a function belongs to the line of its attempt."""
        name = "" if entry.request_id else "responded"
        text = self._text("responded", entry.front, f"{entry.status_code} {entry.path}") if name else None
        return EntryClass(HttpResponded, who, name, text, None, None, who or entry.front, entry.reason is not None)

    def durable(self, entry: DurableEvent, who: str | None) -> EntryClass:
        name = "durable" if entry.is_told else ""
        text = self._text("durable", who, entry.text) if name else None
        return EntryClass(DurableEvent, who, name, text, None, None, who or "", entry.is_bad)

    def _of_others(self, entry: Entry) -> EntryClass:
        kind, who = type(entry), entry.function_name
        name = _NAMES.get(kind)
        if name is None:
            return self.quiet(entry, who)
        text = self._text(name, who, _text_of(entry))
        named = source_name(entry) if who is None and isinstance(entry, OfMessage) else who or ""
        return EntryClass(kind, who, name, text, entry.source, entry.target, named, kind not in _GOOD)

    def _of_result(self, entry: BatchResult, *, has_succeeded: bool) -> EntryClass:
        who, returned = entry.subject.function_name, bool(entry.failed) and has_succeeded
        text = RETURNED_FAILURES if returned else None
        outcome = outcome_of_pipe(entry)
        if outcome:
            return EntryClass(BatchResult, who, outcome, None, entry.origin.source, None, who or "", bool(entry.failed))
        return EntryClass(BatchResult, who, "", text, entry.origin.source, None, who or "", returned)

    def _of_ended(self, entry: Ended, source: str | None) -> EntryClass:
        who = entry.subject.function_name
        if entry.error_type is None:
            text = self._text("ended", who, entry.payload[:TEXT_WIDTH])
            return EntryClass(Ended, who, "returned", text, source, None, who or "")
        text = self._text(entry.error_type, who, str(entry.error_message)[:TEXT_WIDTH])
        return EntryClass(Ended, who, entry.error_type, text, source, None, who or "", True)

    def _text(self, kind: str, who: str | None, text: str | bytes | None) -> str | bytes | None:
        """Returns a text that distinguishes entries; None if there are too many different texts."""
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


_CLASSIFY: Mapping[type[Entry], Callable[[Index, Any, str | None], EntryClass]] = {
    Polled: Index.of_mapping, Checkpointed: Index.of_mapping, MessagesFiltered: Index.of_mapping, Deleted: Index.deleted,
    Suspended: Index.quiet, Retried: Index.quiet, Succeeded: Index.ending, Discarded: Index.ending, GivenUp: Index.ending,
    PlannedFaultMet: Index.planned, RecordsFiltered: Index.filtered, Delivered: Index.sending,
    DeliveryFailed: Index.sending, Called: Index.called, HttpResponded: Index.responded,
    DurableEvent: Index.durable,
}  # fmt: skip


def _source_of(begun: Entry) -> str | None:
    batch = begun.batch if isinstance(begun, AttemptBegun) else None
    return None if batch is None else batch.origin.source


def _has_succeeded(before: Entry) -> bool:
    """Returns whether the handler of the attempt succeeded. An error has its own entry."""
    return isinstance(before, Ended) and before.error_type is None


def _text_of(entry: Entry) -> str | bytes | None:
    if isinstance(entry, Accepted):
        return entry.payload[:TEXT_WIDTH]
    if isinstance(entry, Warned):
        return entry.message
    return entry.reason[:TEXT_WIDTH] if isinstance(entry, InvokeRefused) else None


class Selection:
    """The classes of a journal, or of a part of it, and the counts that they make possible."""

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

    def count(self, kind: type[Entry]) -> int:
        """Returns the number of entries of a class."""
        return sum(len(found) for one, found in self.positions.items() if issubclass(one.type, kind))

    def ordinal(self, position: int) -> int:
        """Returns how many lines begin before a position."""
        return sum(bisect_left(found, position) for found in self.lines.values())

    def between(self, after: int, before: int) -> Iterator[tuple[EntryClass, array[int]]]:
        """Returns the classes with lines between two positions, each with the positions of these lines."""
        yield from _cut(self.lines, after, before)

    def names_between(self, after: int, before: int) -> Counter[tuple[str, str]]:
        """Returns the number of lines between two positions, by subject and by name."""
        counts: Counter[tuple[str, str]] = Counter()
        for one, found in _cut(self.lines, after, before):
            counts[one.who, one.name] += len(found)
        for one, found in _cut(self._with_failures, after, before):
            counts[one.who, "returned"] -= len(found)
            counts[one.who, RETURNED_FAILURES] += len(found)
        return +counts


def _cut(positions: Mapping[EntryClass, array[int]], after: int, before: int) -> Iterator[tuple[EntryClass, array[int]]]:
    """Returns the part between two positions, in order of their first positions."""
    found = [(one, whole[bisect_right(whole, after) : bisect_left(whole, before)]) for one, whole in positions.items()]
    return iter(sorted((one for one in found if one[1]), key=lambda one: one[1][0]))
