"""Converts the journal to lines: one line for each thing that a reader wants to know."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..faults.plans import PLANNED
from ..journal.attempts import (
    AttemptRefused,
    Called,
    CallFailure,
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
    OfMessage,
    Polled,
    RecordsExpired,
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
    EventEnded,
    Retried,
    Sending,
    Warned,
)
from .batches import NAMED, Batches, source_name
from .brief import brief
from .missing_variables import hint_of_attempt

PAYLOAD_WIDTH = 48
ATTEMPT = "attempt"
"""The `kind` of the lines of attempts, also of attempts that did not run."""


@dataclass(slots=True)
class Line:
    """One line of a timeline. Consequences are added while the journal is read.

    `at` is in seconds since the start, and `text` and `then` are the text of the line. The other fields help readers of many
    lines: `kind` and `outcome` describe what happened in one word each, `ends` what followed, `condition` how the event or the
    records ended, `about` contains the ids of the event or the messages, and `is_bad` is whether something failed. `ended` is
    the entry of an attempt that ran, and `is_planned` is whether a planned failure caused the line. `position` is the position
    of the line's first entry in the journal. `hint` explains why the attempt may have failed and what to do.
    `since_accepted` is the time since the event was accepted, as in "(+60 s)", if a reader could not tell.
    """

    at: float
    who: str
    what: str
    text: str
    then: str = ""
    label: str = ""
    kind: str = ""
    outcome: str = ""
    ends: tuple[str, ...] = ()
    condition: str = ""
    about: tuple[str, ...] = ()
    is_bad: bool = False
    is_planned: bool = False
    ended: Ended | None = None
    position: int = -1
    hint: str = ""
    since_accepted: str = ""

    @property
    def instant(self) -> str:
        """Returns the time as text."""
        return instant(self.at)

    @property
    def follows(self) -> str:
        """Returns the end of the line: the subject if it is not clear, and what followed."""
        return ", ".join(part for part in (self.label, self.then) if part)


def lines_of(entries: Iterable[Entry], whole: Iterable[Entry] = ()) -> list[Line]:
    """Returns the lines of `entries`, in order. If several events were accepted, the line of an attempt names its event.

    `entries` may be a part of the journal `whole`. Then events, messages and records have the numbers of the whole journal.
    """
    part = list(entries)
    reader = _Reader(is_labeled=sum(isinstance(entry, Accepted) for entry in part) > 1)
    for entry in whole:
        reader.name(entry)
    for entry in part:
        reader.read(entry)
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


def instant(seconds: float) -> str:
    """Returns a time or a duration as text, exact to the microsecond."""
    return f"{seconds:.6f}".rstrip("0").rstrip(".") + " s"


_BESIDE = (Called, Sending)
"""Lines to which the endings of a request are not added."""
_BEFORE = (Polled, Called, Suspended, Started)
"""Entries that may be between a planned failure and its effect."""
_BAD = (
    AttemptRefused, Discarded, GivenUp, Redriven, RecordsExpired, MessageExpired, Released, DeliveryFailed, Denied,
    CallStopped, MessagesStopped,
)  # fmt: skip
_OUTCOMES: Mapping[type[Entry], str] = {
    Throttled: "throttled", ServiceFailed: "service error", NotFound: "function not found",
}  # fmt: skip
_THROTTLES = {
    "ReservedFunctionConcurrentInvocationLimitExceeded": "reserved concurrency is used up",
    "ConcurrentInvocationLimitExceeded": "the account's concurrency is used up",
}
_DELIVERIES = ("duplicate", "split")
"""Planned failures that do not change the result of an attempt."""
_OUTCOME_OF_BATCH = "returned failures"


class _Reader:
    """Reads entries in order. The table at its end maps classes to methods."""

    def __init__(self, *, is_labeled: bool) -> None:
        self._lines: list[Line | _Open] = []
        self._is_labeled = is_labeled
        self._labels: dict[str, str] = {}
        self._last_of: dict[str, Line] = {}
        self._begun: dict[tuple[str | None, int | None], _Open] = {}
        self._planned: dict[str, str] = {}
        self._accepted: dict[str, float] = {}
        self._batches = Batches()
        self._position = -1

    @property
    def lines(self) -> list[Line]:
        """Returns the lines so far. An attempt that has ended has one line, at its end."""
        open_ones = set(map(id, self._begun.values()))
        return [
            self._not_ended(one) if isinstance(one, _Open) else one
            for one in self._lines
            if not isinstance(one, _Open) or id(one) in open_ones
        ]

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

    def read(self, entry: Entry, position: int = -1) -> None:
        """Reads the next entry."""
        self._batches.read(entry)
        self._position = position
        read = _READ.get(type(entry))
        if read is None:
            self._add(entry)
        else:
            read(self, entry)

    def pass_over(self, entry: Entry) -> None:
        """Adds no line. The entry may be shown on the line of its request."""
        line = self._last_of.get(entry.request_id or "")
        if line is not None:
            _keep(line, entry.kind)

    def begin(self, entry: Started) -> None:
        one = _Open(entry, f"{self._batches.records_of(entry)}has not ended", self._label_of(entry), self._position)
        self._lines.append(one)
        self._begun[entry.request_id, entry.attempt] = one

    def end(self, entry: Ended) -> None:
        begun = self._begun.pop((entry.request_id, entry.attempt), None)
        text = f"{self._batches.records_of(entry)}{_outcome(entry)}"
        if begun is not None and begun.entry.microseconds != entry.microseconds:
            text = f"{text} (began at {instant(begun.entry.after_seconds)})"
        line = self._introduced(entry, f"attempt {entry.attempt}", text)
        line.kind, line.ended = ATTEMPT, entry
        if entry.error_type is None:
            line.outcome = "returned"
            return
        line.outcome, line.is_bad = str(entry.error_type), True
        line.hint = "" if line.is_planned else hint_of_attempt(entry)

    def plan(self, entry: PlannedFaultMet) -> None:
        line = self._last_of.get(entry.request_id or "")
        again = self._again(entry)
        if line is not None and again:
            # In the journal only the next attempt follows it.
            line.then = ", ".join(part for part in (line.then, again) if part)
            line.is_bad = True
        else:
            self._planned[entry.request_id or entry.function_name or ""] = entry.failure

    def refuse(self, entry: AttemptRefused) -> None:
        outcome = _OUTCOMES[type(entry)]
        reason = f": {reason_text(entry.reason)}" if isinstance(entry, InvokeRefused) else ""
        text = f"{self._batches.records_of(entry)}{outcome}{reason}"
        line = self._introduced(entry, f"attempt {entry.attempt}", text)
        line.kind, line.outcome, line.is_bad = ATTEMPT, outcome, True

    def batch_result(self, entry: BatchResult) -> None:
        line = self._follow(entry, self._batches.follow(entry)) or self._last_of.get(entry.request_id or "")
        if line is None:
            return
        line.kind = line.kind or ATTEMPT
        if entry.failed:
            line.outcome = _OUTCOME_OF_BATCH if line.outcome in ("", "returned") else line.outcome
            line.is_bad = True
            line.about = (*line.about, *entry.failed) if len(entry.failed) <= NAMED else line.about

    def _add(self, entry: Entry) -> None:
        line = self._end_of_event(entry) if isinstance(entry, (Retried, EventEnded)) else None
        line = line or self._follow(entry, self._batches.follow(entry)) or self._last_of.get(entry.request_id or "")
        if line is not None:
            _note(line, entry)

    def _end_of_event(self, entry: Retried | EventEnded) -> Line | None:
        """Adds the ending to the line of the attempt, or to the line of the accepted event."""
        line = self._last_of.get(entry.request_id or "")
        follow = _follow(entry)
        if line is None:
            return None if isinstance(entry, Retried) else self._introduced(entry, "ended", follow, follow)
        line.then = f"{follow}{self._mark(entry)}"
        if line.kind == "accepted" and not self._is_labeled:
            line.label = ""
        return line

    def _follow(self, entry: Entry, said: str) -> Line | None:
        """Adds the results of messages to the line of their attempt, if it has just ended. Otherwise it begins a new line."""
        line = self._last_of.get(entry.request_id or "")
        if line is not None and said and line.at == entry.after_seconds:
            said += self._mark(entry)
            line.then = f"{line.then}, {said}" if line.then else said
            return line
        what, text = _words_of(entry, self._batches)
        return self._introduced(entry, what, text, said or _reason(entry)) if what else None

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
        if isinstance(entry, Accepted):
            line.label = self._label(entry)
            self._accepted[entry.request_id or ""] = entry.after_seconds
        if entry.request_id and not isinstance(entry, _BESIDE):
            self._last_of[entry.request_id] = line
        return line

    def _new(self, entry: Entry, what: str, text: str, then: str = "") -> Line:
        request_id = entry.request_id
        line = Line(
            entry.after_seconds, _who(entry), what, text, then, self._label_of(entry),
            about=(request_id,) if request_id else (), position=self._position,
            since_accepted=self._since_accepted(entry),
        )  # fmt: skip
        self._lines.append(line)
        return line

    def _since_accepted(self, entry: Entry) -> str:
        """The age of an event, if there are several and this one was not accepted at the start of the clock."""
        accepted = self._accepted.get(entry.request_id or "", 0.0) if self._is_labeled else 0.0
        since = entry.after_seconds - accepted
        return f"(+{instant(since)})" if accepted and since and not isinstance(entry, _BESIDE) else ""

    def _label_of(self, entry: Entry) -> str:
        if not self._is_labeled or isinstance(entry, _BESIDE):
            return ""
        return self._labels.get(entry.request_id or "", "")

    def _not_ended(self, one: _Open) -> Line:
        entry = one.entry
        return Line(
            entry.after_seconds, _who(entry), f"attempt {entry.attempt}", one.text, label=one.label, kind=ATTEMPT,
            outcome="not ended", about=(entry.request_id,) if entry.request_id else (), is_bad=True, position=one.position,
            since_accepted=self._since_accepted(entry),
        )  # fmt: skip

    def _mark(self, entry: Entry) -> str:
        """Returns a text that marks a planned failure. The fault of a batch may not know the request yet."""
        if not self._planned or isinstance(entry, _BEFORE):
            return ""
        for key in (entry.request_id or "", entry.function_name or ""):
            if key in self._planned:
                failure = self._planned.pop(key)
                return f" (planned {failure})" if failure.startswith(_DELIVERIES) else " (planned)"
        return ""


@dataclass(frozen=True, slots=True)
class _Open:
    """An attempt that has started, with the text of its line in case it does not end."""

    entry: Started
    text: str
    label: str
    position: int


_READ: Mapping[type[Entry], Callable[[_Reader, Any], None]] = {
    Polled: _Reader.pass_over,
    Suspended: _Reader.pass_over,
    Checkpointed: _Reader.pass_over,
    Started: _Reader.begin,
    Ended: _Reader.end,
    Throttled: _Reader.refuse,
    ServiceFailed: _Reader.refuse,
    NotFound: _Reader.refuse,
    BatchResult: _Reader.batch_result,
    PlannedFaultMet: _Reader.plan,
}
"""The methods that read a class of entries. `_Reader._tell` reads all others."""


def _keep(line: Line, kind: str, condition: str = "") -> None:
    """Stores on a line that an entry of this kind followed."""
    line.kind = line.kind or kind
    line.ends = (*line.ends, condition or kind)
    line.condition = condition or line.condition or (kind if kind in ("redriven", "expired") else "")


def _note(line: Line, entry: Entry) -> None:
    """Stores the facts of an entry for readers of many lines."""
    _keep(line, entry.kind, entry.condition if isinstance(entry, (EventEnded, GivenUp)) else "")
    failed = entry.ids if isinstance(entry, _BAD) else ()
    if isinstance(entry, (Deleted, MessagesStopped)) and entry.stale:
        failed, line.is_bad = entry.stale, True
    if isinstance(entry, _BAD) or (isinstance(entry, Sending) and entry.route != "on_success"):
        line.is_bad = True
    if isinstance(entry, Called) and entry.failure is not None:
        line.is_bad = True
    if len(failed) <= NAMED:
        line.about = (*line.about, *failed)


def _who(entry: Entry) -> str:
    """Returns the function, or the source that acted itself."""
    if isinstance(entry, OfMessage) and entry.function_name is None:
        return source_name(entry)
    return entry.function_name or ""


def _follow(entry: Retried | EventEnded) -> str:
    if isinstance(entry, Retried):
        return f"retry at {instant(entry.due_after_seconds)}"
    if isinstance(entry, Discarded):
        return f"{entry.condition}, count {entry.invoke_count}"
    return "Success"


def _reason(entry: Entry) -> str:
    """Returns a reason. Reasons are long, so they are at the end of the line, where they do not widen a column."""
    return entry.reason if isinstance(entry, (DeliveryFailed, Denied)) else ""


def _words_of(entry: Entry, batches: Batches) -> tuple[str, str]:
    if isinstance(entry, Accepted):
        return "accepted", _short(entry.payload)
    if isinstance(entry, Called):
        target = f" {entry.target}" if entry.target else ""
        failure = f": {failure_text(entry.failure)}" if entry.failure is not None else ""
        return "called", f"{entry.service}.{entry.operation}{target}{failure}"
    if isinstance(entry, Delivered):
        return entry.route, f"to {entry.target}"
    if isinstance(entry, DeliveryFailed):
        return entry.route, f"not delivered to {entry.target}"
    if isinstance(entry, Denied):
        return "denied", ""
    if isinstance(entry, CallStopped):
        return "refused", "a recursive loop"
    if isinstance(entry, Warned):
        return "warning", entry.message
    return batches.words(entry)


def _outcome(entry: Ended) -> str:
    if entry.error_type is None:
        return f"returned {_failures(entry.payload) or _short(entry.payload)}"
    message = message_of(entry)
    return f"{entry.error_type}: {brief(message)}" if message.strip() else entry.error_type


def message_of(ended: Ended) -> str:
    """Returns the message of an attempt's error, without the request id with which Lambda's own messages begin."""
    return (ended.error_message or "").removeprefix(f"RequestId: {ended.request_id} Error: ")


def reason_text(reason: str) -> str:
    """Returns AWS's reason for a throttle in shorter and clearer words. Other reasons are unchanged."""
    return _THROTTLES.get(reason, reason)


def failure_text(failure: CallFailure) -> str:
    """Returns the error of a failed AWS call in one line, beginning with its code."""
    message = brief(failure.message)
    note = f" ({failure.note})" if failure.note else ""
    return f"{failure.error}: {message}{note}" if message else f"{failure.error}{note}"


def _failures(payload: bytes) -> str:
    """Returns the number of failures in a response. The failed items follow in the line, so their ids are not shown."""
    if b"batchItemFailures" not in payload or len(payload) <= PAYLOAD_WIDTH:
        return ""
    try:
        answer = json.loads(payload)
    except ValueError:
        return ""
    named = answer.get("batchItemFailures") if isinstance(answer, dict) else None
    return f"{len(named)} batchItemFailures" if isinstance(named, list) and len(answer) == 1 else ""


def _short(payload: bytes) -> str:
    # Only this much is shown, and payloads may have megabytes.
    text = " ".join(payload[: 16 * PAYLOAD_WIDTH].decode(errors="replace").split())
    return text if len(text) <= PAYLOAD_WIDTH else text[: PAYLOAD_WIDTH - 3] + "..."
