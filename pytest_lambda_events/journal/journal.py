"""The list of all entries, in the order in which they happened. All views read it."""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from operator import attrgetter
from threading import RLock
from typing import Protocol, TypeVar, overload

from ..arguments import shown
from ..errors import LambdaEventsError, hides_frames
from .attempts import Called, CallFailure
from .entry import E, Entry, Instant, stamp
from .events import Warned

__tracebackhide__ = hides_frames

T = TypeVar("T", bound=Entry)


class Clock(Protocol):
    """The part of the virtual clock that the journal reads."""

    @property
    def start(self) -> datetime:
        """The start of the clock."""

    @property
    def microseconds(self) -> int:
        """The time since the start."""


class _Positions:
    """The positions of the entries of each key. It reads entries when it is asked, because most runs ask for few keys.

    `key_of` returns the key of an entry, or None. Several threads may ask at the same time.
    """

    def __init__(self, entries: Sequence[Entry], key_of: Callable[[Entry], str | None]) -> None:
        self._entries = entries
        self._key_of = key_of
        self._found: dict[str, array[int]] = {}
        self._read = 0
        self._lock = RLock()

    def of(self, key: str) -> Sequence[int]:
        """Returns the positions of a key so far."""
        if self._read < len(self._entries):
            with self._lock:
                self._read_further()
        return self._found.get(key, ())

    def _read_further(self) -> None:
        found, key_of = self._found, self._key_of
        for position in range(self._read, len(self._entries)):
            key = key_of(self._entries[position])
            if key is not None:
                positions = found.get(key)
                if positions is None:
                    positions = found[key] = array("I")
                positions.append(position)
            self._read = position + 1


class Selected(Sequence[Entry]):
    """The entries of a journal with one key. It grows with the journal."""

    def __init__(self, entries: Sequence[Entry], positions: _Positions, key: str) -> None:
        self._entries = entries
        self._positions = positions
        self._key = key

    @property
    def positions(self) -> Sequence[int]:
        """The positions in the journal."""
        return self._positions.of(self._key)

    @overload
    def __getitem__(self, index: int) -> Entry: ...
    @overload
    def __getitem__(self, index: slice) -> list[Entry]: ...
    def __getitem__(self, index: int | slice) -> Entry | list[Entry]:
        if isinstance(index, slice):
            return [self._entries[position] for position in self.positions[index]]
        return self._entries[self.positions[index]]

    def __iter__(self) -> Iterator[Entry]:
        return map(self._entries.__getitem__, self.positions)

    def __reversed__(self) -> Iterator[Entry]:
        return map(self._entries.__getitem__, reversed(self.positions))

    def __len__(self) -> int:
        return len(self.positions)


class Journal(Sequence[Entry]):
    """An append-only list: only `call_failed` changes an entry. Entries are ordered by time, and at the same time by cause."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._entries: list[Entry] = []
        self._by_request = _Positions(self._entries, attrgetter("subject.request_id"))
        self._by_function = _Positions(self._entries, attrgetter("subject.function_name"))
        self._instant = Instant(clock.microseconds, clock.start)
        self._closed = False
        self._reader: Callable[[Entry], object] | None = None
        self._silenced: set[str] = set()
        self._first_reported: float = math.inf

    def write(self, entry: E) -> E:
        """Appends an entry with the current time, and returns it. A closed journal ignores it."""
        now = self._clock.microseconds
        if self._instant.microseconds != now:
            self._instant = Instant(now, self._clock.start)
        stamp(entry, self._instant)
        if self._closed:
            return entry
        position = len(self._entries)
        self._entries.append(entry)
        if position >= self._first_reported:
            self._appended(entry, position)
        if self._reader is not None:
            self._reader(entry)
        return entry

    def silence(self, rules: Iterable[str]) -> None:
        """Leaves out warnings of event source mappings that name a rule, such as `"SQS-70"`."""
        self._silenced.update(rules)

    def is_silenced(self, message: str) -> bool:
        """Returns whether a warning names a rule that is silenced."""
        return any(f"({rule})" in message for rule in self._silenced)

    def call_failed(self, position: int, failure: CallFailure) -> None:
        """Adds the failure of a call to the entry at `position`. It is known only after the entry was written."""
        if not self._closed:
            entry = self._entries[position]
            assert isinstance(entry, Called)
            object.__setattr__(entry, "failure", failure)
            self._call_failed(entry, position)

    def _appended(self, entry: Entry, position: int) -> None:
        """Is called when an entry was appended at `_first_reported` or later."""

    def _call_failed(self, entry: Called, position: int) -> None:
        """Is called when a failure was added to an entry."""

    def read_by(self, reader: Callable[[Entry], object]) -> None:
        """Passes each entry to `reader` as soon as it is written. There is only one reader."""
        if not callable(reader):
            raise LambdaEventsError(f"read_by({shown(reader)}): the reader is not callable. Pass a function of an entry.")
        self._reader = reader

    def close(self) -> None:
        """Ignores further entries: actions of tasks during the end of the simulation are not part of the test."""
        self._closed = True

    def of_request(self, request_id: str) -> Sequence[Entry]:
        """Returns the entries of one event or invocation."""
        _check_text("of_request", "a request id", request_id)
        return self._selected(self._by_request, request_id)

    def positions_of_request(self, request_id: str) -> Sequence[int]:
        """Returns the positions of the entries of one event or invocation."""
        return self._by_request.of(request_id)

    def of_function(self, function_name: str) -> Sequence[Entry]:
        """Returns the entries of one function with all its versions."""
        _check_text("of_function", "the name of a function", function_name)
        return self._selected(self._by_function, function_name)

    def _selected(self, positions: _Positions, key: str) -> Sequence[Entry]:
        return Selected(self._entries, positions, key) if positions.of(key) else ()

    @property
    def warnings(self) -> list[Entry]:
        """Returns possible mistakes that do not fail the test."""
        return [entry for entry in self._entries if isinstance(entry, Warned)]

    @overload
    def __getitem__(self, index: int) -> Entry: ...
    @overload
    def __getitem__(self, index: slice) -> list[Entry]: ...
    def __getitem__(self, index: int | slice) -> Entry | list[Entry]:
        return self._entries[index]

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)


def of_type(entries: Iterable[Entry], kind: type[T]) -> list[T]:
    """Returns the entries of a class, in order."""
    return [entry for entry in entries if isinstance(entry, kind)]


def _check_text(call: str, what: str, value: object) -> None:
    if not isinstance(value, str):
        raise LambdaEventsError(f"{call}({shown(value)}): this is not {what}. Pass {what} as text.")
