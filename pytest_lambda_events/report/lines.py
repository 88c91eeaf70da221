"""Converts the journal to lines: one line for each thing that a reader wants to know."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ..faults.explorer import DELIVERED_AGAIN, REQUESTED_AGAIN
from ..faults.plans import PLANNED
from ..journal.attempts import (
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
    MessagesStopped,
    OffsetLag,
    Polled,
    RecordsExpired,
    Redriven,
    Released,
)
from ..journal.entry import BatchFacts, Entry
from ..journal.events import (
    Accepted,
    CallStopped,
    DeliveryFailed,
    Denied,
    Discarded,
    EventEnded,
    HttpResponded,
    Retried,
    Sending,
)
from ..journal.pushes import PushDropped
from .batches import NAMED, Batches, outcome_of_pipe, records_of
from .line import ATTEMPT, Line, instant
from .line_texts import PAYLOAD_WIDTH, ending_text, outcome_text, reason_of, reason_text, response_text, who_of, words_of
from .missing_variables import hint_of_attempt


def lines_of(entries: Iterable[Entry], whole: Iterable[Entry] = ()) -> list[Line]:
    """Returns the lines of `entries`, in order. If several events were accepted, the line of an attempt names its event.

    `entries` may be a part of the journal `whole`. Then events, messages and records have the numbers of the whole journal.
    """
    part = list(entries)
    reader = _Reader(is_labeled=list(map(type, part)).count(Accepted) > 1)
    for entry in whole:
        reader.name(entry)
    reader.read_all(part)
    return reader.lines


def lines_of_some(entries: Iterable[tuple[int, Entry]], *, labels: Mapping[str, str], is_labeled: bool) -> list[Line]:
    """Returns the lines of some entries, which are given with their positions in the journal.

    `labels` are the numbers of the events, messages and records in them.
    """
    reader = _Reader(is_labeled=is_labeled)
    reader.preset(labels)
    for position, entry in entries:
        reader.read(entry, position)
    return reader.lines


_BESIDE = (Called, Sending)
"""Lines to which the endings of a request are not added."""
_BEFORE = (Polled, Called, Suspended, Started)
"""Entries that may be between a planned failure and its effect."""
_BAD = (
    AttemptRefused, Discarded, GivenUp, Redriven, RecordsExpired, MessageExpired, Released, DeliveryFailed, Denied,
    CallStopped, MessagesStopped, PushDropped,
)  # fmt: skip
_OUTCOMES: Mapping[type[Entry], str] = {
    Throttled: "throttled", ServiceFailed: "service error", NotFound: "function not found",
}  # fmt: skip
_DELIVERIES = ("duplicate", "split", DELIVERED_AGAIN, REQUESTED_AGAIN)
"""Planned failures that do not change the result of an attempt."""
_OUTCOME_OF_BATCH = "returned failures"


class _Reader:
    """Reads entries in order. The table at its end maps classes to methods."""

    def __init__(self, *, is_labeled: bool) -> None:
        self._lines: list[Line] = []
        self._is_labeled = is_labeled
        self._labels: dict[str, str] = {}
        self._last_of: dict[str | None, Line] = {}
        # Each attempt with the number of lines before it and its position in the journal.
        self._begun: dict[tuple[str | None, int | None], tuple[Started, int, int]] = {}
        self._planned: dict[str, str] = {}
        self._accepted: dict[str, float] = {}
        self._outcomes: dict[bytes, str] = {}
        self._beginnings: dict[tuple[str, int], str] = {}
        # The requests of batches whose events are too large.
        self._never_begun: set[str | None] = set()
        self._batches = Batches()
        self._position = -1

    @property
    def lines(self) -> list[Line]:
        """Returns the lines so far. An attempt that has ended has one line, at its end."""
        lines: list[Line] = []
        added = 0
        for begun, before, position in sorted(self._begun.values(), key=lambda one: one[1]):
            lines += self._lines[added:before]
            lines.append(self._not_ended(begun, position))
            added = before
        return lines + self._lines[added:]

    def name(self, entry: Entry) -> None:
        """Numbers the ids that appear first in an entry, as `read` does."""
        self._batches.name(entry)
        if isinstance(entry, Accepted):
            self._label(entry)

    def preset(self, labels: Mapping[str, str]) -> None:
        """Sets these numbers for ids in entries."""
        self._labels.update(labels)
        self._batches.preset(labels)

    def _label(self, entry: Entry) -> str:
        return self._labels.setdefault(entry.request_id or "", f"request-id-{len(self._labels) + 1}")

    def read_all(self, entries: Iterable[Entry]) -> None:
        """Reads entries."""
        method, others = _READ.get, _Reader._add
        for entry in entries:
            method(type(entry), others)(self, entry)

    def read(self, entry: Entry, position: int = -1) -> None:
        """Reads the next entry."""
        self._position = position
        _READ.get(type(entry), _Reader._add)(self, entry)

    # ------------------------------------------------------------------ the most frequent entries

    def polled(self, entry: Polled) -> None:
        self._batches.number(entry.ids, is_stream=entry.origin.shard_id is not None)

    def pass_over(self, entry: Entry) -> None:
        """Adds no line. The entry may be shown on the line of its request."""
        line = self._last_of.get(entry.subject.request_id)
        if line is not None:
            _keep(line, entry.kind)

    def checkpointed(self, entry: Checkpointed) -> None:
        self._batches.number(entry.ids, is_stream=True)
        self.pass_over(entry)

    def begin(self, entry: Started) -> None:
        self._batches.begin(entry)
        subject = entry.subject
        self._begun[subject.request_id, subject.attempt] = entry, len(self._lines), self._position
        if self._never_begun:
            self._never_begun.discard(subject.request_id)

    def end(self, entry: Ended) -> None:
        subject = entry.subject
        found = self._begun.pop((subject.request_id, subject.attempt), None)
        text = self._outcome(entry)
        if found is not None:
            begun = found[0]
            if begun.batch is not None:
                text = self._records(begun, begun.batch) + text
            if begun.instant is not entry.instant and begun.microseconds != entry.microseconds:
                text = f"{text} (began at {instant(begun.after_seconds)})"
        line = self._introduced(entry, f"attempt {subject.attempt}", text)
        line.kind, line.ended = ATTEMPT, entry
        if entry.error_type is None:
            line.outcome = "returned"
            return
        line.outcome, line.is_bad = str(entry.error_type), True
        line.hint = "" if line.is_planned else hint_of_attempt(entry)

    def batch_result(self, entry: BatchResult) -> None:
        line = self._last_of.get(entry.subject.request_id)
        if line is None or entry.subject.request_id in self._never_begun:
            self._never_begun.add(entry.subject.request_id)
            line = self._introduced(entry, *self._batches.words(entry), self._batches.follow(entry))
            line.outcome = outcome_of_pipe(entry)
        elif entry.failed and line.ended is not None:
            # A batch that did not run is attempted again or released.
            line = self._follow(entry, self._batches.failed(entry, has_succeeded=line.ended.error_type is None)) or line
        line.kind = line.kind or ATTEMPT
        if entry.failed:
            line.outcome = _OUTCOME_OF_BATCH if line.outcome in ("", "returned") else line.outcome
            line.is_bad = True
            line.about = (*line.about, *entry.failed) if len(entry.failed) <= NAMED else line.about

    def deleted(self, entry: Deleted) -> None:
        line = self._last_of.get(entry.subject.request_id)
        if line is None or entry.stale or self._planned or line.at != entry.after_seconds:
            self._add(entry)
            return
        self._batches.number(entry.ids, is_stream=False)
        said = f"{len(entry.ids)} deleted"
        line.then = f"{line.then}, {said}" if line.then else said
        _keep(line, Deleted.kind)

    def _records(self, entry: Started, batch: BatchFacts) -> str:
        """Returns the beginning of the text of an attempt. It keeps the beginnings, because many are equal."""
        key = batch.origin.source, len(batch.ids)
        known = self._beginnings.get(key)
        if known is None:
            known = self._beginnings[key] = records_of(entry)
        return known

    def _outcome(self, entry: Ended) -> str:
        """Returns the outcome as text. It keeps the texts of short responses, because many are equal."""
        if entry.error_type is not None or len(entry.payload) > PAYLOAD_WIDTH:
            return outcome_text(entry)
        known = self._outcomes.get(entry.payload)
        if known is None:
            known = self._outcomes[entry.payload] = outcome_text(entry)
        return known

    # ------------------------------------------------------------------ the others

    def plan(self, entry: PlannedFaultMet) -> None:
        self._batches.read(entry)
        line = self._last_of.get(entry.request_id)
        again = self._again(entry)
        if line is not None and again:
            # In the journal only the next attempt follows it.
            line.then = ", ".join(part for part in (line.then, again) if part)
            line.is_bad = True
        else:
            # Meanwhile another attempt of the same request ends first.
            is_beside = entry.failure.startswith(DELIVERED_AGAIN)
            self._planned[_name_of(entry) if is_beside else entry.request_id or entry.function_name or ""] = entry.failure

    def refuse(self, entry: AttemptRefused) -> None:
        self._batches.read(entry)
        self._never_begun.discard(entry.request_id)
        outcome = _OUTCOMES[type(entry)]
        reason = f": {reason_text(entry.reason)}" if isinstance(entry, InvokeRefused) else ""
        text = f"{records_of(entry)}{outcome}{reason}"
        line = self._introduced(entry, f"attempt {entry.attempt}", text)
        line.kind, line.outcome, line.is_bad = ATTEMPT, outcome, True

    def respond(self, entry: HttpResponded) -> None:
        """Adds the status code to the line of the attempt, if it has just ended."""
        line = self._last_of.get(entry.request_id) if entry.request_id else None
        if line is not None and line.at == entry.after_seconds:
            reason = entry.reason if line.outcome == "returned" else None
            line.then = ", ".join(filter(None, (line.then, response_text(entry), reason)))
        else:
            line = self._introduced(entry, *words_of(entry, self._batches), reason_of(entry))
        line.is_bad = line.is_bad or entry.reason is not None
        _keep(line, entry.kind)

    def _add(self, entry: Entry) -> None:
        self._batches.read(entry)
        line = self._end_of_event(entry) if isinstance(entry, (Retried, EventEnded)) else None
        line = line or self._follow(entry, self._batches.follow(entry)) or self._last_of.get(entry.request_id)
        if line is not None:
            _note(line, entry)

    def _end_of_event(self, entry: Retried | EventEnded) -> Line | None:
        """Adds the ending to the line of the attempt, or to the line of the accepted event."""
        line = self._last_of.get(entry.request_id)
        follow = ending_text(entry)
        if line is None or line.is_before_the_end_of(entry):
            return None if isinstance(entry, Retried) else self._introduced(entry, "ended", follow)
        line.then = f"{follow}{self._mark(entry)}"
        if line.kind == Accepted.kind and not self._is_labeled:
            line.label = ""
        return line

    def _follow(self, entry: Entry, said: str) -> Line | None:
        """Adds the results of messages to the line of their attempt, if it has just ended. Otherwise it begins a new line."""
        line = self._last_of.get(entry.request_id)
        if line is not None and said and line.at == entry.after_seconds:
            said += self._mark(entry)
            line.then = f"{line.then}, {said}" if line.then else said
            return line
        what, text = words_of(entry, self._batches)
        return self._introduced(entry, what, text, said or reason_of(entry)) if what else None

    def _again(self, entry: PlannedFaultMet) -> str:
        """Returns why a stream batch is delivered again after success, if that is planned."""
        if entry.failure == "checkpoint":
            return "checkpoint failed (planned)"
        is_repeated = entry.failure == "duplicate" and self._batches.is_of_stream(entry.request_id)
        return "is delivered again (planned duplicate)" if is_repeated else ""

    def _introduced(self, entry: Entry, what: str, text: str, then: str = "") -> Line:
        """Returns the line that begins with this entry."""
        mark = self._mark(entry) if self._planned else ""
        line = self._new(entry, what, f"{text}{mark}", "" if mark and then == PLANNED else then)
        line.is_planned = bool(mark)
        request_id = entry.subject.request_id
        if isinstance(entry, Accepted):
            line.label = self._label(entry)
            self._accepted[request_id or ""] = entry.after_seconds
        if request_id and not isinstance(entry, _BESIDE):
            self._last_of[request_id] = line
        return line

    def _new(self, entry: Entry, what: str, text: str, then: str = "") -> Line:
        request_id = entry.subject.request_id
        about = (request_id,) if request_id else ()
        who = entry.subject.function_name or who_of(entry)
        line = Line(entry.after_seconds, who, what, text, then, about=about, position=self._position)
        if self._is_labeled:
            line.label, line.since_accepted = self._label_of(entry), self._since_accepted(entry)
        self._lines.append(line)
        return line

    def _since_accepted(self, entry: Entry) -> str:
        """The age of an event, if there are several and this one was not accepted at the start of the clock."""
        accepted = self._accepted.get(entry.request_id or "", 0.0) if self._is_labeled else 0.0
        since = entry.after_seconds - accepted
        return f"(+{instant(since)})" if accepted and since and not isinstance(entry, _BESIDE) else ""

    def _label_of(self, entry: Entry) -> str:
        return "" if isinstance(entry, _BESIDE) else self._labels.get(entry.request_id or "", "")

    def _not_ended(self, entry: Started, position: int) -> Line:
        about = (entry.request_id,) if entry.request_id else ()
        text = f"{records_of(entry)}has not ended"
        line = Line(
            entry.after_seconds, who_of(entry), f"attempt {entry.attempt}", text, kind=ATTEMPT, outcome="not ended",
            about=about, is_bad=True, position=position,
        )  # fmt: skip
        if self._is_labeled:
            line.label, line.since_accepted = self._label_of(entry), self._since_accepted(entry)
        return line

    def _mark(self, entry: Entry) -> str:
        """Returns a text that marks a planned failure. The fault of a batch may not know the request yet."""
        if not self._planned or isinstance(entry, _BEFORE):
            return ""
        for key in (_name_of(entry), entry.request_id or "", entry.function_name or ""):
            if key in self._planned:
                failure = self._planned.pop(key)
                return f" (planned {failure})" if failure.startswith(_DELIVERIES) else " (planned)"
        return ""


def _name_of(entry: Entry) -> str:
    """Returns a name of the attempt of an entry."""
    return f"{entry.request_id} {entry.attempt}"


_READ: Mapping[type[Entry], Callable[[_Reader, Any], None]] = {
    Polled: _Reader.polled,
    Suspended: _Reader.pass_over,
    OffsetLag: _Reader.pass_over,
    Checkpointed: _Reader.checkpointed,
    Started: _Reader.begin,
    Ended: _Reader.end,
    BatchResult: _Reader.batch_result,
    Deleted: _Reader.deleted,
    Throttled: _Reader.refuse,
    ServiceFailed: _Reader.refuse,
    NotFound: _Reader.refuse,
    PlannedFaultMet: _Reader.plan,
    HttpResponded: _Reader.respond,
}
"""The methods that read a class of entries. `_Reader._add` reads all others."""


def _keep(line: Line, kind: str, condition: str = "") -> None:
    """Stores on a line that an entry of this kind followed."""
    line.kind = line.kind or kind
    line.ends = (*line.ends, condition or kind)
    if condition:
        line.condition = condition


def _note(line: Line, entry: Entry) -> None:
    """Stores the facts of an entry for readers of many lines."""
    _keep(line, entry.kind, entry.condition if isinstance(entry, (EventEnded, GivenUp)) else "")
    if isinstance(entry, (Redriven, MessageExpired, RecordsExpired)):
        line.condition = line.condition or entry.kind
    failed = entry.ids if isinstance(entry, _BAD) else ()
    if isinstance(entry, (Deleted, MessagesStopped)) and entry.stale:
        failed, line.is_bad = entry.stale, True
    if isinstance(entry, _BAD) or (isinstance(entry, Sending) and entry.route != "on_success"):
        line.is_bad = True
    if isinstance(entry, Called) and entry.failure is not None:
        line.is_bad = True
    if len(failed) <= NAMED:
        line.about = (*line.about, *failed)
