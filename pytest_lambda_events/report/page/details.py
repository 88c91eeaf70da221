"""What a page shows about a selected mark: a title, the time, and facts such as errors, records, logs and calls."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePath

from ...journal.entry import Entry
from ...records.identifiers import identifiers
from ..lines import failure_of
from ..missing_variables import hint_of
from .axis import duration_text, seconds_text
from .chart import kind_and_name
from .errors import Frame, RaisedError, raised_in
from .json_text import pretty
from .labels import Piece, identifier_piece, pieces_of
from .mark_kinds import MARK_KINDS
from .marks import Lane, Mark
from .records import records_in

LONGEST_TEXT = 6000
RECORDS = 10
"""How many messages or records a fact shows."""
ERRORS = 5
"""How many of the errors that are grouped in one are shown."""
_REFUSED = ("throttled", "service_error", "not_found")


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
    payloads = dict.fromkeys(
        entry.detail["payload"]
        for mark in marks
        for entry in mark.entries[:1]
        if "event_source_mapping" in entry.detail and "payload" in entry.detail
    )
    return {record.identifier: record.data for payload in payloads for record in records_in(payload)}


def details_of(mark: Mark, lane: Lane, known: Known) -> Details:
    """Returns what is known about a mark, with long texts cut."""
    facts = [fact for fact in _Facts(mark, known).all() if fact.pieces]
    return Details(title_of(mark, lane), when_of(mark), tuple(dict.fromkeys(facts)))


def title_of(mark: Mark, lane: Lane) -> str:
    """Returns one line that says what a mark is."""
    if mark.kind == "more":
        return f"{lane.name}: {mark.label}, not in the picture"
    attempt = f" attempt {mark.number}" if mark.is_bar and mark.number is not None else ""
    return f"{lane.name}{attempt}: {MARK_KINDS[mark.kind].words}"


def when_of(mark: Mark) -> str:
    """Returns the instant, or when it began and ended."""
    if mark.ends == mark.begins:
        return f"at {seconds_text(mark.begins)}"
    lasted = duration_text(mark.ends - mark.begins)
    return f"from {seconds_text(mark.begins)} to {seconds_text(mark.ends)}, {lasted}"


class _Facts:
    def __init__(self, mark: Mark, known: Known) -> None:
        self._mark = mark
        self._known = known
        self._by_kind: dict[str, Entry] = {}
        for entry in mark.entries:
            self._by_kind.setdefault(entry.kind, entry)

    def all(self) -> Iterator[Fact]:
        """Yields what a reader asks first before what takes much room."""
        mark = self._mark
        if mark.notes:
            yield self._fact("Among them", "\n".join(mark.notes))
        elif mark.words and mark.kind not in ("success", "function_error"):
            yield self._fact("Outcome", mark.words)
        yield from self._errors()
        for entry in mark.entries:
            yield from self._consequences(entry)
        for entry in mark.entries[:1]:
            yield from self._event(entry)
        yield from self._of_the_run()
        for entry in mark.entries[:1]:
            yield from self._origin(entry)
        yield from self._raw()

    def _fact(self, name: str, text: str, tone: str = "", *, is_folded: bool = False) -> Fact:
        shown = text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT]}\n… {len(text) - LONGEST_TEXT:,} characters more"
        return Fact(name, tuple(pieces_of(shown, self._known.labels, tone)), is_folded)

    # ------------------------------------------------------------------ errors

    def _errors(self) -> Iterator[Fact]:
        ended = self._by_kind.get("ended")
        if ended is None or ended.detail["outcome"] == "success":
            return
        errors = raised_in(ended.detail)
        for error in [*errors[:-1][:ERRORS], errors[-1]]:
            grouped = len(errors) > 1 and not error.is_inner
            yield self._fact("Raised as" if grouped else "Error", error.text, "bad")
            yield self._stack(error, is_folded=grouped)
        yield self._fact("Note", hint_of(ended.detail))

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
        detail = entry.detail
        failed = self._by_kind["batch_result"].detail["failed"] if "batch_result" in self._by_kind else ()
        ids = identifiers(detail) or ((detail["message_id"],) if "message_id" in detail else ())
        if ids:
            name = "Records" if "sequence_numbers" in detail else "Messages"
            yield Fact(name, tuple(self._records(ids, set(failed), dict(zip(ids, detail.get("bodies", ()), strict=False)))))
        elif entry.kind in ("accepted", "started", *_REFUSED):
            yield self._fact("Event", pretty(detail.get("payload")))
        if detail.get("stale"):
            yield Fact("Not deleted", tuple(self._records(detail["stale"], set(), {})))

    def _records(self, ids: Sequence[str], failed: set[str], bodies: Mapping[str, str]) -> Iterator[Piece]:
        """Yields a line for each record; of many, those that failed come first."""
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
        detail = entry.detail
        if entry.kind == "retried":
            yield self._fact("Then", f"retry at {seconds_text(detail['due_after_seconds'])}")
        elif entry.kind == "discarded":
            yield self._fact("Then", f"event discarded: {detail['condition']}, invoke count {detail['invoke_count']}")
        elif entry.kind == "batch_result":
            reason = str(detail.get("reason") or "")
            if reason and not any(reason.startswith(str(ended.detail.get("error_type"))) for ended in self._ended()):
                yield self._fact("Why", reason)
        elif entry.kind in ("delivered", "delivery_failed"):
            yield self._fact("Route", str(detail["route"]))
            yield self._fact("Record", pretty(detail.get("body")))
        elif entry.kind not in ("accepted", "started", "ended", "called", "suspended", *_REFUSED):
            names = ("message", "reason", "failure", "condition", "denied")
            yield from (
                self._fact(name.capitalize(), str(detail[name]))
                for name in names
                if detail.get(name) and str(detail[name]) != self._mark.words
            )

    def _ended(self) -> list[Entry]:
        return [entry for entry in self._mark.entries if entry.kind == "ended"]

    def _of_the_run(self) -> Iterator[Fact]:
        """Yields what the handler returned, did and wrote."""
        for ended in self._ended():
            if ended.detail["outcome"] == "success":
                yield self._fact("Response", pretty(ended.detail.get("payload")))
        calls = [entry for entry in self._mark.entries if entry.kind in ("called", "suspended")]
        yield self._fact("In the handler", "\n".join(map(_call, calls)))
        for ended in self._ended():
            yield self._fact("Logs", "\n".join(str(line).rstrip("\n") for line in ended.detail.get("logs") or ()))

    def _origin(self, entry: Entry) -> Iterator[Fact]:
        detail = entry.detail
        if "source" in detail:
            yield Fact("Source", (_resource(str(detail["source"])), Piece(f" {detail.get('shard_id') or ''}".rstrip())))
        if detail.get("target"):
            yield Fact("Target", (_resource(str(detail["target"])),))
        if entry.request_id:
            yield Fact("Request id", (identifier_piece(entry.request_id, self._known.labels),))
        version = str(detail.get("executed_version") or "")
        yield self._fact("Version", version if version != "$LATEST" else "")
        yield self._fact("Start", "cold" if detail.get("is_cold_start") else "")

    def _raw(self) -> Iterator[Fact]:
        """Yields what was passed and returned as JSON, where it is shown decoded above."""
        for entry in self._mark.entries[:1]:
            if identifiers(entry.detail) and "payload" in entry.detail:
                yield self._fact("Event as JSON", pretty(entry.detail["payload"]), is_folded=True)
        for ended in self._ended():
            if ended.detail["outcome"] != "success":
                yield self._fact("Error as JSON", pretty(ended.detail.get("payload")), is_folded=True)


def _frame_pieces(frame: Frame, root: Path | None, *, is_first: bool) -> Iterator[Piece]:
    tone = "quiet" if frame.is_library else ""
    yield Piece("" if is_first else "\n", tone=tone)
    yield Piece(f"{_shown_path(frame.path, root)}:{frame.line}", f"{frame.path}:{frame.line}", tone)
    yield Piece(f" in {frame.function}" + (f"\n    {frame.code}" if frame.code else ""), tone=tone)


def _shown_path(path: str, root: Path | None) -> str:
    if root is not None and Path(path).is_relative_to(root):
        return str(Path(path).relative_to(root))
    return str(PurePath(*PurePath(path).parts[-2:]))


def _resource(arn: str) -> Piece:
    return Piece(" ".join(kind_and_name(arn)), arn) if arn.count(":") >= 5 else Piece(arn)


def _call(entry: Entry) -> str:
    detail, at = entry.detail, seconds_text(entry.after_seconds)
    if entry.kind == "suspended":
        return f"{at}  sleeps or waits {duration_text(float(detail.get('seconds') or 0))}"
    call = f"{at}  {detail['service']}.{detail['operation']} {detail.get('target') or ''}".rstrip()
    return f"{call}: {failure_of(detail)}" if "error" in detail else call
