"""A short text of a long journal. Its cost depends on the lines that it shows; the index of the journal counts the others."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from itertools import chain, count, islice, pairwise, repeat, takewhile
from operator import attrgetter, sub

from ..journal.attempts import AttemptBegun, Ended, PlannedFaultMet
from ..journal.batches import (
    BatchResult,
    Checkpointed,
    Deleted,
    GivenUp,
    MessageExpired,
    MessagesFiltered,
    OfMessage,
    Polled,
    RecordsExpired,
    RecordsFiltered,
    Redriven,
    Released,
)
from ..journal.entry import Entry
from ..journal.events import Accepted, Discarded, EventEnded, Retried, Sending, Succeeded, Warned
from ..values import dataclass
from .index import EntryClass, Selection, is_read
from .line import Line
from .lines import lines_of_some
from .shortening import UnreadGap, gap_text, kept_of, span_text, totals_text

ENTRIES = 2_000
"""The approximate number of entries that are read, without those of their requests."""
FIRST, LAST = 3, 2
"""How many entries of each class are read, from its start and from its end. For failures the numbers are doubled."""
OF_A_REQUEST = 15
"""The number of entries that are read from the start and from the end of a request."""
LOOKED_BACK = 2_000
"""The number of entries that are searched for the attempt of a message."""
_FOLLOWING = (Ended, BatchResult, Deleted, Checkpointed, GivenUp, Retried, EventEnded, Sending, Released)
"""Entries that directly follow an attempt in its request."""
_NAMING = (Polled, OfMessage, RecordsExpired)

Shown = Line | UnreadGap


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a journal, or all of it.

    `of_request` returns the positions of the entries of a request. `has` returns whether an entry of one of its requests
    belongs to the part.
    """

    selection: Selection
    of_request: Callable[[str], Sequence[int]]
    has: Callable[[Entry], bool] = field(default=lambda entry: True)

    @property
    def entries(self) -> Sequence[Entry]:
        """Returns all entries of the journal, including other parts."""
        return self.selection.entries

    @property
    def size(self) -> int:
        """Returns the number of its entries."""
        return sum(map(len, self.selection.positions.values()))

    def all(self) -> list[Entry]:
        """Returns its entries, in order."""
        return [self.entries[position] for position in sorted(chain.from_iterable(self.selection.positions.values()))]

    def of_type(self, kind: type[Entry]) -> list[Entry]:
        """Returns its entries of a class, in order."""
        found = [positions for one, positions in self.selection.positions.items() if issubclass(one.type, kind)]
        return [self.entries[position] for position in sorted(chain.from_iterable(found))]

    def without(self, kind: type[Entry]) -> Part:
        """Returns the part without the entries of a class."""
        left = {one: found for one, found in self.selection.positions.items() if not issubclass(one.type, kind)}
        return replace(self, selection=Selection(self.entries, left, self.selection.running))


def condensed(part: Part, limit: int) -> list[Shown]:
    """Returns at most `limit` lines and gaps of a part. It selects like `shortened`, from the first and last lines of each
    class.
    """
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
    """Returns the last lines of a part."""
    ends = chain.from_iterable(found[-number:] for found in part.selection.lines.values())
    return _lines_at(part, sorted([*ends, *part.selection.running])[-number:])[-number:]


def _lines_at(part: Part, positions: Iterable[int]) -> list[Line]:
    """Returns the lines of entries, with those of other entries of their requests."""
    around = set(chain.from_iterable(_around(part, position) for position in positions))
    selection = part.selection
    read = [(position, part.entries[position]) for position in sorted(around) if part.has(part.entries[position])]
    found = lines_of_some(read, labels=_labels(selection, read), is_labeled=selection.count(Accepted) > 1)
    # The end of this attempt was not read, so its line is left out.
    return [line for line in found if line.outcome != "not ended" or line.position in selection.running]


def condensed_totals(selection: Selection) -> list[str]:
    """Returns the totals of all lines of a part."""
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
        failures[one.who] += len(found) * (one.is_bad and (bool(one.name) or one.type is BatchResult))
        left[one.who] += len(found) * _ENDS.get(one.type, 0)
        if issubclass(one.type, (EventEnded, GivenUp)):
            endings[one.who][str(one.text)] += len(found)
        elif issubclass(one.type, (Redriven, MessageExpired, RecordsExpired)):
            endings[one.who][one.type.kind] += len(found)
    return totals_text(attempts, endings, +left, failures)


_ENDS: Mapping[type[Entry], int] = {Accepted: 1, Succeeded: -1, Discarded: -1}


def _chosen(part: Part) -> set[int]:
    """Returns the positions of the entries to read."""
    positions: set[int] = set()
    classes = sorted(
        (one for one in part.selection.positions if is_read(one)), key=lambda one: (one.type is not Warned, not one.is_bad)
    )
    for one in classes:
        found = part.selection.positions[one]
        if one.type is Warned and one.text is None:
            # If there are too many different warnings, they are distinguished when they are read.
            positions.update(found)
        elif one.type is Warned or len(positions) < ENTRIES:
            times = 1 + one.is_bad
            positions.update(found[: FIRST * times], found[-LAST * times :])
    positions.update(islice(part.selection.running, OF_A_REQUEST))
    ends = [found for found in part.selection.lines.values() if found]
    if ends:
        positions |= {min(found[0] for found in ends), max(found[-1] for found in ends)}
    return positions


def _around(part: Part, position: int) -> Iterator[int]:
    """Returns the entries that the lines of an entry need: those of its request, and those right before its attempts."""
    entries = part.entries
    for anchor in (position, *_attempt_with(entries, position)):
        request_id = entries[anchor].request_id
        for one in (anchor,) if request_id is None else _of_request(part, request_id, anchor):
            yield one
            entry = entries[one]
            if isinstance(entry, (AttemptBegun, Deleted)):
                needed = (MessagesFiltered, RecordsFiltered) if isinstance(entry, Deleted) else PlannedFaultMet
                for before in range(max(0, one - 3), one):
                    if isinstance(entries[before], needed) and entries[before].function_name == entry.function_name:
                        yield before


def _of_request(part: Part, request_id: str, position: int) -> Iterable[int]:
    """Returns all entries of a request. If there are many, returns only the attempts at its start, at its end and of the
    entry.
    """
    of_request = part.of_request(request_id)
    if len(of_request) <= 2 * OF_A_REQUEST:
        return of_request
    place = bisect_left(of_request, position)
    return chain.from_iterable(_of_attempt(part.entries, of_request, one) for one in (0, place, len(of_request) - 1))


def _of_attempt(entries: Sequence[Entry], of_request: Sequence[int], place: int) -> Iterator[int]:
    """Returns the entry at a place, with the start of its attempt, some entries before it, and the entries that follow from
    it.
    """
    earliest = max(0, place - LOOKED_BACK)
    begun = next((one for one in range(place, earliest, -1) if isinstance(entries[of_request[one]], AttemptBegun)), place)
    yield of_request[begun]
    yield from of_request[max(begun, place - OF_A_REQUEST) : place + 1]
    yield from takewhile(lambda one: isinstance(entries[one], _FOLLOWING), islice(of_request, place + 1, None))


def _attempt_with(entries: Sequence[Entry], position: int) -> Iterator[int]:
    """Returns a recent attempt before an entry that had its message. It contains the body."""
    entry = entries[position]
    if not isinstance(entry, OfMessage):
        return
    for earlier in range(position - 1, max(0, position - LOOKED_BACK) - 1, -1):
        one = entries[earlier]
        if isinstance(one, AttemptBegun) and entry.message_id in one.ids:
            yield earlier
            return


def _labels(selection: Selection, entries: Iterable[tuple[int, Entry]]) -> dict[str, str]:
    """Returns the numbers of requests, messages and records in entries. They are the same as in the whole part."""
    named: dict[str, str] = {}
    accepted = [found for one, found in selection.positions.items() if one.type is Accepted]
    wanted: dict[str, str] = {}
    for position, entry in entries:
        if isinstance(entry, Accepted) and entry.request_id is not None:
            number = 1 + sum(bisect_left(found, position) for found in accepted)
            named[entry.request_id] = f"request-id-{number}"
        if entry.ids:
            is_record = entry.origin is not None and entry.origin.is_stream
            wanted |= dict.fromkeys(entry.ids, "record" if is_record else "message-id")
    if wanted:
        numbers = _numbers(selection)
        named |= {name: f"{kind}-{numbers[name]}" for name, kind in wanted.items() if name in numbers}
    return named


def _numbers(selection: Selection) -> dict[str, int]:
    """Returns the number of each message and record, in order of appearance. It reads all polls in a fast way."""
    entries = selection.entries
    naming = [found for one, found in selection.positions.items() if issubclass(one.type, _NAMING)]
    positions = naming[0] if len(naming) == 1 else sorted(chain.from_iterable(naming))
    ids = map(attrgetter("ids"), map(entries.__getitem__, positions))
    return dict(zip(dict.fromkeys(chain.from_iterable(ids)), count(1)))


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
    """Returns what is left out between two positions."""
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
    """Returns the time between two lines, if it is always the same."""
    positions: Sequence[int] = classes[0][1] if len(classes) == 1 else sorted(chain.from_iterable(one for _, one in classes))
    few = [entries[position].after_seconds for position in islice(positions, 10)]
    if len({round(after - before, 6) for before, after in pairwise(few)}) != 1:
        return None
    instants = list(map(attrgetter("after_seconds"), map(entries.__getitem__, positions)))
    steps = set(map(round, map(sub, instants[1:], instants), repeat(6)))
    return steps.pop() if len(steps) == 1 else None
