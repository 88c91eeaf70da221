"""A short text of a long journal, at the cost of the lines that it shows: the others are counted by the journal's index."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, count, islice, pairwise, repeat, takewhile
from operator import attrgetter, itemgetter, sub
from typing import Any

from ..records.identifiers import identifiers
from ..simulation.journal import Entry, position_of
from .batches import TRIES
from .index import EntryClass, Selection, is_read
from .lines import Line, lines_of_some
from .shortening import UnreadGap, gap_text, kept_of, span_text, totals_text

LONG = 20_000
"""A journal with more entries than this is condensed by its index. Shorter ones are read as a whole."""
ENTRIES = 2_000
"""About so many entries are read, beside those of their requests."""
FIRST, LAST = 3, 2
"""How many entries of each class are read, from its start and from its end: of failures twice as many."""
OF_A_REQUEST = 15
"""So many entries of a request are read from its start, and from its end."""
LOOKED_BACK = 2_000
"""So many entries are searched for the attempt that had a message."""
_FOLLOWING = (
    "ended", "judged", "deleted", "checkpointed", "given_up", "retried", "succeeded", "discarded", "delivered",
    "delivery_failed", "released",
)  # fmt: skip
"""What follows from an attempt, directly behind it in its request."""
_NAMING = ("polled", "redriven", "expired")
_KEYS = ("message_ids", "sequence_numbers", "message_id")

Shown = Line | UnreadGap


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a journal, or all of it. `has` tells whether an entry of one of its requests belongs to it too."""

    selection: Selection
    of_request: Callable[[str], Sequence[Entry]]
    has: Callable[[Entry], bool] = field(default=lambda entry: True)

    @property
    def entries(self) -> Sequence[Entry]:
        """All entries of the journal, those of other parts too."""
        return self.selection.entries

    @property
    def size(self) -> int:
        """How many entries it has."""
        return sum(map(len, self.selection.positions.values()))

    def all(self) -> list[Entry]:
        """Its entries, in order."""
        return [self.entries[position] for position in sorted(chain.from_iterable(self.selection.positions.values()))]

    def of_kind(self, kind: str) -> list[Entry]:
        """Its entries of a kind, in order."""
        found = [positions for one, positions in self.selection.positions.items() if one.kind == kind]
        return [self.entries[position] for position in sorted(chain.from_iterable(found))]

    def without(self, kind: str) -> Part:
        """The part without the entries of a kind."""
        left = {one: found for one, found in self.selection.positions.items() if one.kind != kind}
        return replace(self, selection=Selection(self.entries, left, self.selection.running))


def condensed(part: Part, limit: int) -> list[Shown]:
    """At most `limit` lines and gaps of a part, chosen as `shortened` does it among the first and the last of each class."""
    selection, lines = part.selection, _lines_at(part, _chosen(part))
    places: list[int] = []
    for line in lines:
        places.append(max(selection.ordinal(line.position), places[-1] + 1 if places else 0))
    if not lines:
        return []
    kept = kept_of(lines, places, max(len(selection), places[-1] + 1), limit)
    by_place = dict(zip(places, lines, strict=True))
    return list(_with_gaps(selection, [by_place[place] for place in kept]))


def last_of(part: Part, number: int) -> list[Line]:
    """The last lines of a part."""
    ends = chain.from_iterable(found[-number:] for found in part.selection.lines.values())
    return _lines_at(part, sorted([*ends, *part.selection.running])[-number:])[-number:]


def _lines_at(part: Part, positions: Iterable[int]) -> list[Line]:
    """The lines of entries, with those of other entries of their requests."""
    around = chain.from_iterable(_dependencies(part, part.entries[position]) for position in positions)
    read = sorted({position_of(entry) for entry in around if part.has(entry)})
    entries, selection = [part.entries[position] for position in read], part.selection
    labels = _labels(selection, entries)
    found = lines_of_some(entries, labels=labels, is_labeled=selection.count("accepted") > 1)
    # Of an attempt whose end was not read, nothing is known.
    return [line for line in found if line.outcome != "not ended" or line.position in selection.running]


def condensed_totals(selection: Selection) -> list[str]:
    """What `totals` says of all lines of a part."""
    attempts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    endings: defaultdict[str, Counter[str]] = defaultdict(Counter)
    left: Counter[str] = Counter()
    failures: Counter[str] = Counter()
    names_of_attempts = {one.name for one in selection.positions if one.is_attempt} | {"returned failures"}
    for (who, name), number in selection.names_between(-1, len(selection.entries)).items():
        if name in names_of_attempts:
            attempts[who][name] += number
    for position in selection.running:
        who = selection.entries[position].function_name or ""
        attempts[who]["not ended"] += 1
        failures[who] += 1
    for one, found in selection.positions.items():
        failures[one.who] += len(found) * (one.is_bad and (bool(one.name) or one.kind == "judged"))
        left[one.who] += len(found) * _ENDS.get(one.kind, 0)
        if one.kind in ("succeeded", "discarded", "given_up"):
            endings[one.who][str(one.text)] += len(found)
        elif one.kind in ("redriven", "expired"):
            endings[one.who][one.kind] += len(found)
    return totals_text(attempts, endings, +left, failures)


_ENDS = {"accepted": 1, "succeeded": -1, "discarded": -1}


# ---------------------------------------------------------------------- what is read


def _chosen(part: Part) -> set[int]:
    """The positions of the entries that are read for themselves."""
    positions: set[int] = set()
    classes = sorted(
        (one for one in part.selection.positions if is_read(one)), key=lambda one: (one.kind != "warning", not one.is_bad)
    )
    for one in classes:
        found = part.selection.positions[one]
        if one.kind == "warning" and one.text is None:
            # Warnings of too many different texts are told apart when they are read.
            positions.update(found)
        elif one.kind == "warning" or len(positions) < ENTRIES:
            times = 1 + one.is_bad
            positions.update(found[: FIRST * times], found[-LAST * times :])
    positions.update(islice(part.selection.running, OF_A_REQUEST))
    ends = [found for found in part.selection.lines.values() if found]
    if ends:
        positions |= {min(found[0] for found in ends), max(found[-1] for found in ends)}
    return positions


def _dependencies(part: Part, entry: Entry) -> Iterator[Entry]:
    """The entries that the lines of an entry need: those of its request, and what stands right before its attempts."""
    tried = _attempt_with(part.entries, entry) if "message_id" in entry.detail else ()
    for anchor in (entry, *tried):
        for one in _of_request(part, anchor) if anchor.request_id is not None else (anchor,):
            yield one
            if one.kind in TRIES or one.kind == "deleted":
                before = part.entries[max(0, position_of(one) - 3) : position_of(one)]
                needed = "filtered" if one.kind == "deleted" else "fault"
                yield from (more for more in before if more.kind == needed and more.function_name == one.function_name)


def _of_request(part: Part, entry: Entry) -> Iterable[Entry]:
    """All entries of a request, or of one that has many the attempts at its start, at its end and of the entry."""
    of_request = part.of_request(entry.request_id or "")
    if len(of_request) <= 2 * OF_A_REQUEST:
        return of_request
    place = bisect_left(of_request, position_of(entry), key=position_of)
    return chain.from_iterable(_of_attempt(of_request, one) for one in (0, place, len(of_request) - 1))


def _of_attempt(of_request: Sequence[Entry], place: int) -> Iterator[Entry]:
    """The entry at a place, with the start of its attempt, some entries before it, and what followed from it."""
    earliest = max(0, place - LOOKED_BACK)
    begun = next((one for one in range(place, earliest, -1) if of_request[one].kind in TRIES), place)
    yield of_request[begun]
    yield from of_request[max(begun, place - OF_A_REQUEST) : place + 1]
    yield from takewhile(lambda one: one.kind in _FOLLOWING, islice(of_request, place + 1, None))


def _attempt_with(entries: Sequence[Entry], entry: Entry) -> Iterator[Entry]:
    """The attempt shortly before an entry that had its message, for the body."""
    message_id, position = entry.detail["message_id"], position_of(entry)
    for earlier in reversed(entries[max(0, position - LOOKED_BACK) : position]):
        if earlier.kind in TRIES and message_id in identifiers(earlier.detail):
            yield earlier
            return


# ---------------------------------------------------------------------- numbers of events and messages


def _labels(selection: Selection, entries: Iterable[Entry]) -> dict[str, str]:
    """The numbers of requests, messages and records that entries name: those that they have in the whole part."""
    named: dict[str, str] = {}
    accepted = [found for one, found in selection.positions.items() if one.kind == "accepted"]
    wanted: dict[str, str] = {}
    for entry in entries:
        if entry.kind == "accepted" and entry.request_id is not None:
            number = 1 + sum(bisect_left(found, position_of(entry)) for found in accepted)
            named[entry.request_id] = f"request-id-{number}"
        for key in _KEYS:
            ids = entry.detail.get(key, ())
            kind = "record" if key == "sequence_numbers" else "message-id"
            wanted |= dict.fromkeys([ids] if isinstance(ids, str) else ids, kind)
    if wanted:
        numbers = _numbers(selection)
        named |= {name: f"{kind}-{numbers[name]}" for name, kind in wanted.items() if name in numbers}
    return named


def _numbers(selection: Selection) -> dict[str, int]:
    """The number of each message and record, in order of appearance. A pass over all polls, by means that are fast."""
    named = [(found, _ids(selection.entries, found)) for one, found in selection.positions.items() if one.kind in _NAMING]
    if len(named) == 1:
        ids: Iterable[Iterable[str]] = named[0][1]
    else:
        pairs = sorted(chain.from_iterable(zip(found, ids, strict=True) for found, ids in named), key=itemgetter(0))
        ids = map(itemgetter(1), pairs)
    return dict(zip(dict.fromkeys(chain.from_iterable(ids)), count(1)))


def _ids(entries: Sequence[Entry], found: Sequence[int]) -> Iterator[Iterable[str]]:
    """The messages or records that each entry of a class names."""
    details: Iterator[Mapping[str, Any]] = map(attrgetter("detail"), map(entries.__getitem__, found))
    key = next((key for key in _KEYS if key in entries[found[0]].detail), None)
    if key is None:
        return repeat((), len(found))
    return zip(map(itemgetter(key), details)) if key == "message_id" else map(itemgetter(key), details)


# ---------------------------------------------------------------------- what is left out


def _with_gaps(selection: Selection, kept: Sequence[Line]) -> Iterator[Shown]:
    for before, line in pairwise([None, *kept]):
        assert line is not None
        gap = _gap(selection, -1 if before is None else before.position, line.position)
        if gap is not None:
            yield gap
        yield line
    gap = _gap(selection, kept[-1].position, len(selection.entries))
    if gap is not None:
        yield gap


def _gap(selection: Selection, after: int, before: int) -> UnreadGap | None:
    """What lies between two positions."""
    classes = list(selection.between(after, before))
    if not classes:
        return None
    names = selection.names_between(after, before)
    first, last = min(found[0] for _, found in classes), max(found[-1] for _, found in classes)
    instants = [selection.entries[position].after_seconds for position in (first, last)]
    span = span_text(instants[0], instants[1], _step(selection.entries, classes))
    is_of_attempts = all(one.is_attempt for one, _ in classes)
    return UnreadGap(names.total(), gap_text(names, span, is_of_attempts=is_of_attempts))


def _step(entries: Sequence[Entry], classes: Sequence[tuple[EntryClass, array[int]]]) -> float | None:
    """The time between two lines, if it is always the same."""
    positions: Sequence[int] = classes[0][1] if len(classes) == 1 else sorted(chain.from_iterable(one for _, one in classes))
    few = [entries[position].after_seconds for position in islice(positions, 10)]
    if len({round(after - before, 6) for before, after in pairwise(few)}) != 1:
        return None
    instants = list(map(attrgetter("after_seconds"), map(entries.__getitem__, positions)))
    steps = set(map(round, map(sub, instants[1:], instants), repeat(6)))
    return steps.pop() if len(steps) == 1 else None
