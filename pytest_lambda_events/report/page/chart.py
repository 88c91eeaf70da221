"""Reads the journal's entries into lanes, marks and links."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ...arns import parse
from ...journal.attempts import AttemptBegun, AttemptRefused, Called, Ended, InvokeRefused, PlannedFaultMet, Started, Suspended
from ...journal.batches import (
    BatchResult,
    Checkpointed,
    Deleted,
    GivenUp,
    MessageExpired,
    MessagesFiltered,
    MessagesStopped,
    PipeStarted,
    Polled,
    RecordsExpired,
    RecordsFiltered,
    Redriven,
    Released,
)
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
    Succeeded,
    Warned,
)
from ..batches import outcome_of_pipe
from ..line_texts import reason_text
from .axis import duration_text
from .durable_marks import DurableReader
from .errors import raised_in
from .marks import Chart, Lane, Link, LinkKind, Mark

EVENTS = "events"
NOTES_OF_ONE_MARK = 50
"""How many entries are kept with a mark: a handler may call AWS ten thousand times."""
_KINDS = {
    "sqs": "queue",
    "kinesis": "stream",
    "dynamodb": "table",
    "kafka": "topic",
    "sns": "topic",
    "events": "bus",
    "s3": "bucket",
}


def chart_of(entries: Iterable[Entry], elapsed_seconds: float = 0.0) -> Chart:
    """Returns the chart of a journal. Unknown kinds of entries are left out. `elapsed_seconds` is the time on the clock."""
    reader = _Reader()
    last = 0.0
    for entry in entries:
        last = entry.after_seconds
        reader.read(entry)
    return reader.chart(max(last, elapsed_seconds))


class _Reader:
    """Reads the entries in order. It remembers in which marks an event and each message or record were last seen."""

    def __init__(self) -> None:
        self._lanes: dict[str, Lane] = {}
        self._marks: list[Mark] = []
        self._links: dict[tuple[Mark, Mark], Link] = {}
        self._last_of: dict[str, Mark] = {}
        self._running: dict[tuple[str | None, int | None], Mark] = {}
        self._polled: dict[str, Mark] = {}
        self._attempted: dict[str, Mark] = {}
        self._due: dict[str, tuple[float, Mark]] = {}
        self._faults: dict[tuple[str | None, int | None], Mark] = {}
        self._sources: set[str] = set()
        self._above: dict[str, str] = {}
        self._late: set[str] = set()
        self._durable = DurableReader(self._function, self._lane_below, self._mark, self._link)

    def read(self, entry: Entry) -> None:
        """Reads the next entry."""
        match entry:
            case Accepted():
                self._accept(entry)
            case PipeStarted():
                self._running[entry.request_id, entry.attempt] = self._attempt(entry, "pending")
            case BatchResult() if outcome_of_pipe(entry):
                self._end_pipe(entry)
            case Started():
                self._running[entry.request_id, entry.attempt] = self._attempt(entry, "pending")
            case AttemptRefused():
                self._refuse(entry)
            case Ended():
                self._end(entry)
            case DurableEvent():
                self._durable.read(entry)
            case Delivered() | DeliveryFailed():
                self._deliver(entry)
            case Redriven():
                self._redrive(entry)
            case PlannedFaultMet():
                self._meet_fault(entry)
            case BatchResult() | Retried() | Succeeded() | Discarded() | Called() | Suspended() | HttpResponded():
                self._add_to_attempt(entry)
            case Warned() | Denied() | CallStopped() | MessagesStopped():
                if entry.function_name is not None:
                    self._point(self._function(entry.function_name), "warning", entry)
            case _:
                self._read_of_source(entry)

    def chart(self, last: float) -> Chart:
        """Returns the chart. Running attempts last until `last`. Each scheduled retry has a mark at its time."""
        for mark in self._running.values():
            mark.ends = last
        self._durable.close(last)
        for due, attempt in self._due.values():
            if due >= last:
                retry = self._mark(Mark(attempt.lane, "pending", due, due, words="a retry is due", is_bar=True))
                self._link(attempt, retry, "retry")
        position = {key: number for number, key in enumerate(self._lanes)}
        lanes = sorted(
            self._lanes.values(), key=lambda lane: (self._rank(lane), [position[key] for key in self._path(lane.key)])
        )
        return Chart(tuple(lanes), tuple(self._marks), tuple(self._links.values()))

    def _rank(self, lane: Lane) -> int:
        """Returns the order of lanes, causes first: accepted events, sources, pipes, functions, targets."""
        if lane.key == EVENTS:
            return 0
        if lane.key in self._sources:
            return 1
        if lane.depth:
            return 5 if lane.key in self._late else 3
        return {"pipe": 2, "function": 3}.get(lane.kind, 4)

    def _path(self, key: str) -> list[str]:
        """Returns the keys of the lanes to which a lane belongs, the outermost first, and its own."""
        above = self._above.get(key)
        return [key] if above is None else [*self._path(above), key]

    # ------------------------------------------------------------------ attempts

    def _accept(self, entry: Accepted) -> None:
        words = entry.payload.decode(errors="replace") if len(entry.payload) < 200 else ""
        mark = self._point(self._events(), "accepted", entry, words=words)
        self._last_of[entry.request_id or ""] = mark

    def _attempt(self, entry: AttemptBegun | PipeStarted, kind: str) -> Mark:
        at, request_id, ids = entry.after_seconds, entry.request_id or "", entry.ids
        lane = self._function(entry.function_name or "")
        mark = self._mark(Mark(lane, kind, at, at, entry.attempt, is_bar=True, entries=[entry]))
        before = self._last_of.get(request_id)
        fault = self._faults.pop((entry.request_id, entry.attempt), None)
        causes = [*filter(None, [fault, before]), *_distinct(self._polled, ids), *_distinct(self._attempted, ids)]
        for cause in causes:
            self._link(cause, mark, "retry" if cause.is_bar else "cause")
        for identifier in ids:
            self._polled.pop(identifier, None)
        self._attempted.update(dict.fromkeys(ids, mark))
        self._last_of[request_id] = mark
        self._due.pop(request_id, None)
        return mark

    def _refuse(self, entry: AttemptRefused) -> None:
        mark = self._running.pop((entry.request_id, entry.attempt), None)
        if mark is None:
            mark = self._attempt(entry, entry.kind)
        else:
            mark.entries.append(entry)
        mark.kind, mark.ends = entry.kind, entry.after_seconds
        mark.words = reason_text(entry.reason) if isinstance(entry, InvokeRefused) else "function not found"

    def _end(self, entry: Ended) -> None:
        mark = self._running.pop((entry.request_id, entry.attempt), None)
        if mark is None:
            return
        mark.ends, mark.kind = entry.after_seconds, entry.outcome
        mark.entries.append(entry)
        if mark.kind == "success" and mark.ends > mark.begins:
            mark.words = duration_text(mark.ends - mark.begins)
        elif mark.kind == "function_error":
            mark.words = _error_words(entry)

    def _end_pipe(self, entry: BatchResult) -> None:
        mark = self._running.pop((entry.request_id, entry.attempt), None)
        if mark is None:
            return
        mark.ends, mark.kind, failed = entry.after_seconds, "success", len(entry.failed)
        mark.entries.append(entry)
        if failed:
            mark.kind = "partial" if failed < entry.records else "all_failed"
            mark.words = entry.reason or f"{failed} of {entry.records} failed"

    def _add_to_attempt(self, entry: Entry) -> None:
        mark = self._last_of.get(entry.request_id or "")
        if mark is None:
            return
        if len(mark.entries) < NOTES_OF_ONE_MARK or not isinstance(entry, (Called, Suspended)):
            mark.entries.append(entry)
        match entry:
            case Retried():
                self._due[entry.request_id or ""] = (entry.due_after_seconds, mark)
            case BatchResult() if entry.failed and mark.kind == "success":
                failed = len(entry.failed)
                mark.kind = "partial" if failed < entry.records else "all_failed"
                mark.words = f"{failed} of {entry.records} failed"
            case Discarded():
                self._link(mark, self._point(self._events(), "discarded", entry, words=entry.condition), "cause")

    def _meet_fault(self, entry: PlannedFaultMet) -> None:
        """Links a planned fault to the attempt that it makes fail, or to the attempt that has begun before it."""
        lane = self._function(entry.function_name or "")
        fault = self._point(lane, "fault", entry, words=entry.failure)
        attempt = self._last_of.get(entry.request_id or "")
        if attempt is not None and attempt.is_bar and attempt.number == entry.attempt:
            self._link(attempt, fault, "cause")
        else:
            self._faults[entry.request_id, entry.attempt] = fault

    # ------------------------------------------------------------------ points

    def _read_of_source(self, entry: Entry) -> None:
        """Adds a mark for what happened to messages or records at their source."""
        match entry:
            case Polled():
                self._polled.update(dict.fromkeys(entry.ids, self._point_at_source("polled", entry)))
            case GivenUp():
                self._follow(entry, self._point_at_source("discarded", entry, entry.condition))
            case MessagesFiltered() | RecordsFiltered():
                self._follow(entry, self._point_at_source("filtered", entry))
            case Deleted(reason="processed", stale=()) | Checkpointed():
                self._follow(entry, self._point_at_source("done", entry))
            case Deleted(reason="processed", stale=stale):
                done = len(entry.ids) - len(stale)
                kind = "done" if done else "kept"
                self._follow(entry, self._point_at_source(kind, entry, f"{len(stale)} not deleted", done))
            case RecordsExpired() | MessageExpired():
                self._follow(entry, self._point_at_source("expired", entry))
            case Released():
                self._follow(entry, self._point_at_source("released", entry))

    def _point_at_source(self, kind: str, entry: Entry, words: str = "", count: int | None = None) -> Mark:
        count = len(entry.ids) if count is None else count
        return self._point(self._source(entry), kind, entry, count if count > 1 else None, words)

    def _follow(self, entry: Entry, mark: Mark) -> None:
        """Links a mark to the attempt that led to it, or to where its records were last seen."""
        attempt = self._last_of.get(entry.request_id or "")
        for cause in [attempt] if attempt else _distinct(self._attempted, entry.ids) or _distinct(self._polled, entry.ids):
            self._link(cause, mark, "cause")

    def _deliver(self, entry: Delivered | DeliveryFailed) -> None:
        kind, words = ("delivered" if entry.route == "on_success" else "failure_record"), str(entry.route)
        if isinstance(entry, DeliveryFailed):
            kind, words = "lost", entry.reason
        mark = self._point(self._target(entry.target), kind, entry, words=words)
        cause = self._last_of.get(entry.request_id or "")
        if cause is not None:
            self._link(cause, mark, "cause")

    def _redrive(self, entry: Redriven) -> None:
        moved = self._point(self._source(entry), "redriven", entry, words=f"received {entry.receive_count} times")
        for cause in _distinct(self._attempted, entry.ids):
            self._link(cause, moved, "cause")
        self._link(moved, self._point(self._target(entry.target), "failure_record", entry), "cause")

    def _point(self, lane: str, kind: str, entry: Entry, number: int | None = None, words: str = "") -> Mark:
        return self._mark(Mark(lane, kind, entry.after_seconds, entry.after_seconds, number, words, entries=[entry]))

    def _mark(self, mark: Mark) -> Mark:
        self._marks.append(mark)
        return mark

    def _link(self, cause: Mark, effect: Mark, kind: LinkKind) -> None:
        self._links.setdefault((cause, effect), Link(cause, effect, kind))

    # ------------------------------------------------------------------ lanes

    def _lane(self, key: str, kind: str, name: str, title: str, shard: str = "") -> str:
        if key not in self._lanes:
            self._lanes[key] = Lane(key, kind, name, title, shard)
        return key

    def _lane_below(self, key: str, kind: str, name: str, title: str, *, above: str, is_late: bool) -> str:
        if key not in self._lanes:
            self._lanes[key] = Lane(key, kind, name, title, depth=self._lanes[above].depth + 1)
            self._above[key] = above
            if is_late:
                self._late.add(key)
        return key

    def _events(self) -> str:
        return self._lane(EVENTS, "asynchronous", "events", "asynchronous events, when they were accepted and discarded")

    def _function(self, name: str) -> str:
        """Returns the lane of a function, or that of the pipe whose label this is."""
        pipe = name.removeprefix("pipes ")
        if pipe != name:
            return self._lane(f"pipe {pipe}", "pipe", pipe, pipe)
        return self._lane(f"function {name}", "function", name, name)

    def _source(self, entry: Entry) -> str:
        arn, shard_id = entry.source or "", entry.origin.shard_id or "" if entry.origin is not None else ""
        kind, name = kind_and_name(arn)
        key = f"{arn} {shard_id}".rstrip()
        self._sources.add(key)
        return self._lane(key, kind, name, key, _short_shard(shard_id) if shard_id not in ("", name) else "")

    def _target(self, arn: str) -> str:
        kind, name = kind_and_name(arn)
        return self._function(name) if kind == "function" else self._lane(arn, kind, name, arn)


def _error_words(entry: Ended) -> str:
    """Returns the error of an attempt in one line. Of errors that a library has grouped, that is the first of them."""
    first = raised_in(entry)[0]
    return f"{first.text} (in {entry.error_type})" if first.is_inner else first.text


def kind_and_name(arn: str) -> tuple[str, str]:
    """Returns what an ARN names, in AWS's words, such as ("queue", "orders")."""
    parsed = parse(arn)
    return "function" if parsed.service == "lambda" else _KINDS.get(parsed.service, "target"), parsed.name


def _short_shard(shard_id: str) -> str:
    """Returns `shard 3` for `shardId-000000000003`.

    The number of a table's shard is an instant, so the end of its id tells shards apart.
    """
    number, _, end = shard_id.removeprefix("shardId-").partition("-")
    return f"shard {end or number.lstrip('0') or '0'}"


def _distinct(marks: dict[str, Mark], ids: Sequence[str]) -> list[Mark]:
    return list(dict.fromkeys(marks[identifier] for identifier in ids if identifier in marks))
