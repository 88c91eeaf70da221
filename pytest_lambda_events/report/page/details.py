"""What a page shows about a selected mark: a title, the time, and facts such as errors, records, logs and calls."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from pathlib import Path

from ...journal.attempts import AttemptBegun, Called, Ended, Started, Suspended
from ...journal.batches import BatchResult, Deleted, MessagesFiltered, MessagesStopped, PipeStarted
from ...journal.entry import Entry
from ...journal.events import (
    Accepted,
    CallStopped,
    Delivered,
    DeliveryFailed,
    Denied,
    Discarded,
    DurableEvent,
    HttpResponded,
    Retried,
    Warned,
)
from ...journal.journal import of_type
from ...values import dataclass
from ..frames import Frame
from ..json_text import pretty
from ..line_texts import failure_text, response_text
from ..missing_variables import hint_of_attempt
from .axis import duration_text, seconds_text
from .chart import kind_and_name
from .errors import RaisedError, raised_in
from .labels import Piece, identifier_piece, pieces_of
from .mark_kinds import MARK_KINDS
from .marks import Lane, Mark
from .records import records_in

LONGEST_TEXT = 6000
RECORDS = 10
"""How many messages or records a fact shows."""
ERRORS = 5
"""How many of the errors that are grouped in one are shown."""


@dataclass(frozen=True, slots=True)
class Fact:
    """A name and its text. A folded fact shows its text only after a click."""

    name: str
    pieces: tuple[Piece, ...]
    is_folded: bool = False


@dataclass(frozen=True, slots=True)
class Details:
    """What is shown about one mark."""

    title: str
    when: str
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Known:
    """What the details of a mark take from the whole journal.

    `labels` are the labels of identifiers, and `data` is what messages and records carry. Paths of files are shown from
    `root`.
    """

    labels: Mapping[str, str] = field(default_factory=dict)
    data: Mapping[str, str] = field(default_factory=dict)
    root: Path | None = None


def data_of(marks: Sequence[Mark]) -> dict[str, str]:
    """Returns the data of the messages and records in the events of `marks`, by their identifiers."""
    first = [entry for mark in marks for entry in mark.entries[:1]]
    payloads = dict.fromkeys(
        entry.payload for entry in first if isinstance(entry, PipeStarted) or (isinstance(entry, AttemptBegun) and entry.batch)
    )
    return {record.identifier: record.data for payload in payloads for record in records_in(payload)}


def details_of(mark: Mark, lane: Lane, known: Known) -> Details:
    """Returns what is known about a mark, with long texts cut."""
    facts = [fact for fact in _Facts(mark, known).all() if fact.pieces]
    return Details(title_of(mark, lane), when_of(mark), tuple(dict.fromkeys(facts)))


def title_of(mark: Mark, lane: Lane) -> str:
    """Returns one line that describes a mark."""
    if mark.kind == "more":
        return f"{lane.full_name}: {mark.label}, not in the picture"
    attempt = f" attempt {mark.number}" if mark.is_bar and mark.number is not None else ""
    operation = next((f" {entry.name}" for entry in of_type(mark.entries, DurableEvent) if entry.name), "")
    return f"{lane.full_name}{operation}{attempt}: {MARK_KINDS[mark.kind].words}"


def when_of(mark: Mark) -> str:
    """Returns the instant, or when it began and ended."""
    if mark.ends == mark.begins:
        return f"at {seconds_text(mark.begins)}"
    lasted = duration_text(mark.ends - mark.begins)
    return f"from {seconds_text(mark.begins)} to {seconds_text(mark.ends)}, {lasted}"


class _Facts:
    """The facts of one mark. `ended` and `failed` are the end of its attempt, and the failed records of its batch."""

    def __init__(self, mark: Mark, known: Known) -> None:
        self._mark = mark
        self._known = known
        self._first = next(iter(mark.entries), None)
        self._ended = next(iter(of_type(mark.entries, Ended)), None)
        self._failed = {identifier for result in of_type(mark.entries, BatchResult) for identifier in result.failed}

    def all(self) -> Iterator[Fact]:
        """Yields the most important facts first, and long ones last."""
        mark = self._mark
        if mark.notes:
            yield self._fact("Among them", "\n".join(mark.notes))
        elif mark.words and mark.kind not in ("success", "function_error"):
            yield self._fact("Outcome", mark.words)
        yield from self._errors()
        for entry in mark.entries:
            yield from self._consequences(entry)
        if self._first is not None:
            yield from self._event(self._first)
        yield from self._of_the_run()
        if self._first is not None:
            yield from self._origin(self._first)
            yield from self._raw(self._first)

    def _fact(self, name: str, text: str | None, tone: str = "", *, is_folded: bool = False) -> Fact:
        shown = text or ""
        if len(shown) > LONGEST_TEXT:
            shown = f"{shown[:LONGEST_TEXT]}\n… {len(shown) - LONGEST_TEXT:,} characters more"
        return Fact(name, tuple(pieces_of(shown, self._known.labels, tone)), is_folded)

    # ------------------------------------------------------------------ errors

    def _errors(self) -> Iterator[Fact]:
        if self._ended is None or self._ended.is_success:
            return
        errors = raised_in(self._ended)
        for error in [*errors[:-1][:ERRORS], errors[-1]]:
            grouped = len(errors) > 1 and not error.is_inner
            yield self._fact("Raised as" if grouped else "Error", error.text, "bad")
            yield self._stack(error, is_folded=grouped)
        yield self._fact("Note", hint_of_attempt(self._ended))

    def _stack(self, error: RaisedError, *, is_folded: bool) -> Fact:
        """Returns the frames, the innermost last as Python prints them; those of libraries are quiet."""
        lines = [
            piece
            for number, frame in enumerate(error.frames)
            for piece in _frame_pieces(frame, self._known.root, is_first=number == 0)
        ]
        return Fact("Stack trace", tuple(lines), is_folded)

    # ------------------------------------------------------------------ events and records

    def _event(self, entry: Entry) -> Iterator[Fact]:
        match entry:
            case Entry(ids=(_, *_)):
                bodies = entry.bodies if isinstance(entry, (MessagesFiltered, MessagesStopped)) else ()
                name = "Records" if entry.origin is not None and entry.origin.is_stream else "Messages"
                yield Fact(name, tuple(self._records(entry.ids, dict(zip(entry.ids, bodies, strict=False)))))
            case Accepted() | AttemptBegun():
                yield self._fact("Event", pretty(entry.payload))
        if isinstance(entry, (Deleted, MessagesStopped)) and entry.stale:
            yield Fact("Not deleted", tuple(self._records(entry.stale, {})))

    def _records(self, ids: Sequence[str], bodies: Mapping[str, str]) -> Iterator[Piece]:
        """Yields a line for each record; of many, those that failed come first."""
        failed = self._failed
        shown = ids if len(ids) <= RECORDS else sorted(ids, key=lambda identifier: identifier not in failed)[:RECORDS]
        for number, identifier in enumerate(shown):
            tone = "bad" if identifier in failed else ""
            yield Piece(("\n" if number else "") + ("✕ " if tone else "✓ " if failed else ""), tone=tone)
            yield identifier_piece(identifier, self._known.labels, tone)
            data = self._known.data.get(identifier, bodies.get(identifier, ""))
            if data:
                yield from pieces_of(f"  {data[: LONGEST_TEXT // RECORDS]}", self._known.labels, tone)
        if len(ids) > len(shown):
            yield Piece(f"\nand {len(ids) - len(shown):,} more")

    # ------------------------------------------------------------------ what followed

    def _consequences(self, entry: Entry) -> Iterator[Fact]:
        match entry:
            case Retried():
                yield self._fact("Then", f"retry at {seconds_text(entry.due_after_seconds)}")
            case Discarded():
                yield self._fact("Then", f"event discarded: {entry.condition}, invoke count {entry.invoke_count}")
            case BatchResult():
                is_told = self._ended is not None and not self._ended.is_success
                yield self._fact("Why", "" if is_told else entry.reason)
            case Delivered():
                yield self._fact("Route", entry.route)
                yield self._fact("Record", pretty(entry.body))
            case DeliveryFailed():
                yield self._fact("Route", entry.route)
            case Deleted():
                yield self._fact("Denied", entry.denied)
                yield self._fact("Reason", entry.failed)
            case DurableEvent():
                yield self._fact("Durable execution", entry.text)
            case HttpResponded():
                yield self._fact("HTTP", f"{entry.front}: {response_text(entry)}")
                yield self._fact("Reason", entry.reason)
            case Warned():
                yield self._fact("Message", entry.message)
            case Denied():
                yield self._fact("Reason", entry.reason)
            case CallStopped() | MessagesStopped():
                yield self._fact("Reason", "it continues a recursive loop")

    def _of_the_run(self) -> Iterator[Fact]:
        """Yields what the handler returned, did and wrote."""
        if self._ended is not None and self._ended.is_success:
            yield self._fact("Response", pretty(self._ended.payload))
        calls = [_call(entry) for entry in self._mark.entries if isinstance(entry, (Called, Suspended))]
        yield self._fact("In the handler", "\n".join(calls))
        if self._ended is not None:
            yield self._fact("Logs", "\n".join(line.rstrip("\n") for line in self._ended.logs))

    def _origin(self, entry: Entry) -> Iterator[Fact]:
        if entry.source:
            shard = f" {entry.origin.shard_id}" if entry.origin is not None and entry.origin.shard_id else ""
            yield Fact("Source", (_resource(entry.source), Piece(shard)))
        if entry.target:
            yield Fact("Target", (_resource(entry.target),))
        if entry.request_id:
            yield Fact("Request id", (identifier_piece(entry.request_id, self._known.labels),))
        version = entry.version if isinstance(entry, AttemptBegun) else ""
        yield self._fact("Version", version if version != "$LATEST" else "")
        yield self._fact("Start", "cold" if isinstance(entry, Started) and entry.is_cold_start else "")

    def _raw(self, entry: Entry) -> Iterator[Fact]:
        """Yields the JSON of what is shown decoded above."""
        if isinstance(entry, (AttemptBegun, PipeStarted)) and entry.ids:
            yield self._fact("Event as JSON", pretty(entry.payload), is_folded=True)
        if self._ended is not None and not self._ended.is_success:
            yield self._fact("Error as JSON", pretty(self._ended.payload), is_folded=True)


def _frame_pieces(frame: Frame, root: Path | None, *, is_first: bool) -> Iterator[Piece]:
    tone = "quiet" if frame.is_library else ""
    yield Piece("" if is_first else "\n", tone=tone)
    yield Piece(frame.place(root), f"{frame.path}:{frame.line}", tone)
    yield Piece(f" in {frame.function}" + (f"\n    {frame.code}" if frame.code else ""), tone=tone)


def _resource(arn: str) -> Piece:
    return Piece(" ".join(kind_and_name(arn)), arn) if arn.count(":") >= 5 else Piece(arn)


def _call(entry: Called | Suspended) -> str:
    at = seconds_text(entry.after_seconds)
    if isinstance(entry, Suspended):
        return f"{at}  sleeps or waits {duration_text(entry.seconds or 0)}"
    call = f"{at}  {entry.service}.{entry.operation} {entry.target or ''}".rstrip()
    return f"{call}: {failure_text(entry.failure)}" if entry.failure is not None else call
