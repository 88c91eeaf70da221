"""Everything that happened, in order: the one record that all views read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any, overload

from ..arguments import shown
from ..errors import LambdaEventsError, hides_frames
from .clock import VirtualClock

__tracebackhide__ = hides_frames

NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom an entry is about: a function, one of its events, one attempt of it. Each part may be unknown."""

    function_name: str | None = None
    request_id: str | None = None
    attempt: int | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened, or that is pending: `kind` says what, `detail` holds what that kind carries.

    `after_seconds` is the instant on the scale of `LambdaEvents.elapsed`.
    """

    kind: str
    """What happened, or is pending: the page on the timeline lists the kinds."""
    at: datetime
    """When."""
    after_seconds: float
    """When, in seconds since the clock's start."""
    function_name: str | None = None
    """Whom it is about; None if it is about no function."""
    request_id: str | None = None
    """Which event or invocation; None if it is about none."""
    attempt: int | None = None
    """Which of its attempts; None if it is about none."""
    detail: Mapping[str, Any] = field(default_factory=lambda: NOTHING)
    """What this kind carries."""
    _position: int = field(default=-1, repr=False, compare=False)


class Journal(Sequence[Entry]):
    """Append-only; only `complete` adds to an entry. Entries are in order of time, and at one instant in order of cause."""

    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock
        self._entries: list[Entry] = []
        self._by_request: defaultdict[str, list[Entry]] = defaultdict(list)
        self._by_function: defaultdict[str, list[Entry]] = defaultdict(list)
        self._closed = False
        self._reader: Callable[[Entry], object] | None = None

    def write(self, kind: str, subject: Subject = Subject(), /, **detail: Any) -> Entry:
        """Append what happened now. A closed journal takes nothing more."""
        entry = self.draft(self._clock.microseconds, kind, subject, detail, len(self._entries))
        if not self._closed:
            self._entries.append(entry)
            if entry.request_id is not None:
                self._by_request[entry.request_id].append(entry)
            if entry.function_name is not None:
                self._by_function[entry.function_name].append(entry)
            self._appended(entry)
            if self._reader is not None:
                self._reader(entry)
        return entry

    def complete(self, entry: Entry, /, **detail: Any) -> None:
        """Add to an entry what became known only after it was written, such as the error of a call."""
        if not self._closed:
            object.__setattr__(entry, "detail", MappingProxyType({**entry.detail, **detail}))
            self._completed(entry)

    def _appended(self, entry: Entry) -> None:
        """An entry was appended."""

    def _completed(self, entry: Entry) -> None:
        """The detail of an entry was completed."""

    def read_by(self, reader: Callable[[Entry], object]) -> None:
        """Give each entry, as soon as it is written, to `reader`, the only one."""
        if not callable(reader):
            raise LambdaEventsError(f"read_by({shown(reader)}): the reader is not callable. Pass a function of an entry.")
        self._reader = reader

    def draft(self, microseconds: int, kind: str, subject: Subject, detail: Mapping[str, Any], position: int = -1) -> Entry:
        """An entry at any instant that is not appended: how pending work is described."""
        clock = self._clock
        return Entry(
            kind, clock.at(microseconds), microseconds / 1_000_000,
            subject.function_name, subject.request_id, subject.attempt, MappingProxyType(dict(detail)), position,
        )  # fmt: skip

    def close(self) -> None:
        """Take nothing more: what tasks do while the simulated AWS ends is not part of the story."""
        self._closed = True

    def of_request(self, request_id: str) -> Sequence[Entry]:
        """The entries of one event or invocation."""
        _check_text("of_request", "a request id", request_id)
        return self._by_request.get(request_id, ())

    def of_function(self, function_name: str) -> Sequence[Entry]:
        """The entries of one function, whatever its version."""
        _check_text("of_function", "the name of a function", function_name)
        return self._by_function.get(function_name, ())

    @property
    def warnings(self) -> list[Entry]:
        """What looks like a mistake but does not fail the test by itself."""
        return [entry for entry in self._entries if entry.kind == "warning"]

    @overload
    def __getitem__(self, index: int) -> Entry: ...
    @overload
    def __getitem__(self, index: slice) -> list[Entry]: ...
    def __getitem__(self, index: int | slice) -> Entry | list[Entry]:
        return self._entries[index]

    def __len__(self) -> int:
        return len(self._entries)


def position_of(entry: Entry) -> int:
    """The index of an entry in its journal; -1 if it is in none."""
    return entry._position


def of_kind(entries: Iterable[Entry], *kinds: str) -> list[Entry]:
    """Those of `entries` that are of one of `kinds`, in order."""
    return [entry for entry in entries if entry.kind in kinds]


def _check_text(call: str, what: str, value: object) -> None:
    if not isinstance(value, str):
        raise LambdaEventsError(f"{call}({shown(value)}): this is not {what}. Pass {what} as text.")
