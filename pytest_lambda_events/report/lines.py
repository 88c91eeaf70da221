"""The journal read into lines: one for each thing that a reader wants to know, with what it is about."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..faults.plans import PLANNED
from ..records.identifiers import identifiers
from ..simulation.journal import Entry, position_of
from .batches import NAMED, Batches, source_name
from .brief import brief
from .missing_variables import hint_of

PAYLOAD_WIDTH = 48
ATTEMPT = "attempt"
"""The `kind` of the lines of attempts, whether they ran or not."""


@dataclass(slots=True)
class Line:
    """One line of a timeline; what follows from it is added while the journal is read.

    `at` is in seconds since the start, and `text` and `then` are what the line says. The rest is what a reader of many
    lines looks for: `kind` and `outcome` say what happened in one word each, `ends` what followed, `condition` how the
    event or the records ended, `about` the ids of the event or the messages, and `is_bad` whether something failed.
    `ended` is the entry of an attempt that ran, and `is_planned` whether a planned failure led to the line. `position` is
    the position of the line's first entry in the journal. `hint` says why the attempt may have failed and what to do.
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
    ended: Entry | None = None
    position: int = -1
    hint: str = ""

    @property
    def instant(self) -> str:
        """When, as a reader sees it."""
        return instant(self.at)

    @property
    def follows(self) -> str:
        """The end of the line: whose it is, where that is not clear, and what followed."""
        return ", ".join(part for part in (self.label, self.then) if part)


def lines_of(entries: Iterable[Entry], whole: Iterable[Entry] = ()) -> list[Line]:
    """The lines of `entries`, in order. Where several events were accepted, each line of an attempt says whose it is.

    Of a part of a journal, `whole` is all of it: events, messages and records then have the numbers that they have there.
    """
    told = list(entries)
    reader = _Reader(is_labeled=sum(entry.kind == "accepted" for entry in told) > 1)
    for entry in whole:
        reader.name(entry)
    for entry in told:
        reader.read(entry)
    return reader.lines


def lines_of_some(entries: Iterable[Entry], *, labels: Mapping[str, str], is_labeled: bool) -> list[Line]:
    """The lines of some entries of many. `labels` are the numbers of the events, messages and records that they name."""
    reader = _Reader(is_labeled=is_labeled)
    reader.preset(labels)
    for entry in entries:
        reader.read(entry)
    return reader.lines


def instant(seconds: float) -> str:
    """An instant or a duration, exact to the microsecond."""
    return f"{seconds:.6f}".rstrip("0").rstrip(".") + " s"


_BESIDE = ("called", "delivered", "delivery_failed")
"""What does not become the line on which the endings of its request stand."""
_BEFORE = ("polled", "called", "suspended", "started")
"""What may stand between a planned failure and what it leads to."""
_BAD = (
    "throttled", "service_error", "not_found", "discarded", "given_up", "redriven", "expired", "released",
    "delivery_failed", "denied", "recursion_stopped",
)  # fmt: skip
_OUTCOMES = {"throttled": "throttled", "service_error": "service error", "not_found": "function not found"}
_THROTTLES = {
    "ReservedFunctionConcurrentInvocationLimitExceeded": "reserved concurrency is used up",
    "ConcurrentInvocationLimitExceeded": "the account's concurrency is used up",
}
"""AWS's reasons in words that are shorter and say more; the others are shown as they are."""
_DELIVERIES = ("duplicate", "split")
"""Planned failures that do not show in what an attempt came to."""
_OUTCOME_OF_BATCH = "returned failures"


class _Reader:
    def __init__(self, *, is_labeled: bool) -> None:
        self._lines: list[Line] = []
        self._is_labeled = is_labeled
        self._labels: dict[str, str] = {}
        self._last_of: dict[str, Line] = {}
        self._begun: dict[tuple[str | None, int | None], Line] = {}
        self._planned: dict[str, str] = {}
        self._batches = Batches()

    @property
    def lines(self) -> list[Line]:
        """What was read so far."""
        not_ended = {id(line) for line in self._begun.values()}
        return [line for line in self._lines if line.outcome != "not ended" or id(line) in not_ended]

    def name(self, entry: Entry) -> None:
        """Give numbers to what an entry names first, as `read` does."""
        self._batches.name(entry)
        if entry.kind == "accepted":
            self._label(entry)

    def preset(self, labels: Mapping[str, str]) -> None:
        """Take these numbers for what entries name."""
        self._labels.update(labels)
        self._batches.preset(labels)

    def _label(self, entry: Entry) -> str:
        return self._labels.setdefault(entry.request_id or "", f"request-id-{len(self._labels) + 1}")

    def read(self, entry: Entry) -> None:
        """Take in the next entry."""
        self._batches.read(entry)
        line = self._last_of.get(entry.request_id or "")
        again = self._again(entry)
        if line is not None and again:
            # Nothing follows it in the journal but the next attempt.
            line.then = ", ".join(part for part in (line.then, again) if part)
            line.is_bad = True
        elif entry.kind == "fault":
            self._planned[entry.request_id or entry.function_name or ""] = str(entry.detail.get("failure", ""))
        elif entry.kind == "started":
            self._begin(entry)
        else:
            self._tell(entry)

    def _again(self, entry: Entry) -> str:
        """Why the batch of a stream comes again after success, if that is planned."""
        failure = str(entry.detail["failure"]) if entry.kind == "fault" else ""
        if failure == "checkpoint":
            return "checkpoint failed (planned)"
        is_repeated = failure == "duplicate" and self._batches.is_of_stream(entry.request_id)
        return "comes once more (planned duplicate)" if is_repeated else ""

    def _begin(self, entry: Entry) -> None:
        line = self._new(entry, f"attempt {entry.attempt}", f"{self._batches.records_of(entry)}has not ended")
        line.kind, line.outcome, line.is_bad = ATTEMPT, "not ended", True
        self._begun[entry.request_id, entry.attempt] = line

    def _tell(self, entry: Entry) -> None:
        line = self._last_of.get(entry.request_id or "")
        follow, of_messages = _follow(entry), self._batches.follow(entry)
        is_of_line = follow or (of_messages and line is not None and line.at == entry.after_seconds)
        if line is not None and is_of_line:
            said = f"{follow or of_messages}{self._mark(entry)}"
            line.then = said if follow else ", ".join(part for part in (line.then, said) if part)
            if line.kind == "accepted" and not self._is_labeled:
                line.label = ""
        else:
            line = self._introduced(entry, follow or of_messages or _reason(entry)) or line
        if line is not None:
            _note(line, entry)

    def _introduced(self, entry: Entry, then: str) -> Line | None:
        """The line that begins with this entry, if one does."""
        begun = self._begun.pop((entry.request_id, entry.attempt), None) if entry.kind == "ended" else None
        what, text = _told(entry, self._batches)
        if not what:
            return None
        if begun is not None and begun.at != entry.after_seconds:
            text = f"{text} (began at {begun.instant})"
        mark = self._mark(entry)
        line = self._new(entry, what, f"{text}{mark}", "" if mark and then == PLANNED else then)
        line.is_planned = bool(mark)
        if entry.kind == "accepted":
            line.label = self._label(entry)
        if entry.request_id and entry.kind not in _BESIDE:
            self._last_of[entry.request_id] = line
        return line

    def _new(self, entry: Entry, what: str, text: str, then: str = "") -> Line:
        label = self._labels.get(entry.request_id or "", "") if self._is_labeled and entry.kind not in _BESIDE else ""
        about = (entry.request_id,) if entry.request_id else ()
        position = position_of(entry)
        line = Line(entry.after_seconds, _who(entry), what, text, then, label, about=about, position=position)
        self._lines.append(line)
        return line

    def _mark(self, entry: Entry) -> str:
        """What tells a planned failure from one that the code under test has. Of a batch it may not know the request yet."""
        if not self._planned or entry.kind in _BEFORE:
            return ""
        for key in (entry.request_id or "", entry.function_name or ""):
            if key in self._planned:
                failure = self._planned.pop(key)
                return f" (planned {failure})" if failure.startswith(_DELIVERIES) else " (planned)"
        return ""


def _note(line: Line, entry: Entry) -> None:
    """Keep of an entry what a reader of many lines looks for."""
    kind, detail = entry.kind, entry.detail
    failed: Sequence[str] = ()
    if kind == "ended":
        line.kind, line.ended = ATTEMPT, entry
        has_failed = detail["outcome"] != "success"
        line.outcome = str(detail["error_type"]) if has_failed else "returned"
        line.is_bad = line.is_bad or has_failed
        line.hint = hint_of(detail) if has_failed and not line.is_planned else ""
    elif kind in _OUTCOMES:
        line.kind, line.outcome = ATTEMPT, _OUTCOMES[kind]
    elif kind == "judged":
        failed = detail["failed"]
        line.kind = line.kind or ATTEMPT
        line.outcome = _OUTCOME_OF_BATCH if failed and line.outcome in ("", "returned") else line.outcome
        line.is_bad = line.is_bad or bool(failed)
    else:
        line.kind = line.kind or kind
        line.ends = (*line.ends, str(detail.get("condition", kind)))
        line.condition = str(detail.get("condition", line.condition or (kind if kind in ("redriven", "expired") else "")))
        failed = detail.get("stale", ()) or (identifiers(detail) if kind in _BAD else ())
        line.is_bad = line.is_bad or bool(detail.get("stale"))
        failed = failed or ((detail["message_id"],) if "message_id" in detail else ())
    line.is_bad = line.is_bad or kind in _BAD or detail.get("route") in ("on_failure", "dead_letter_queue")
    line.is_bad = line.is_bad or (kind == "called" and "error" in detail)
    if len(failed) <= NAMED:
        line.about = (*line.about, *failed)


def _who(entry: Entry) -> str:
    """The function, or the source that did something by itself."""
    if entry.function_name is None and entry.kind in ("redriven", "expired"):
        return source_name(entry)
    return entry.function_name or ""


def _follow(entry: Entry) -> str:
    if entry.kind == "retried":
        return f"retry at {instant(entry.detail['due_after_seconds'])}"
    if entry.kind == "succeeded":
        return "Success"
    if entry.kind == "discarded":
        return f"{entry.detail['condition']}, count {entry.detail['attempts']}"
    return ""


def _reason(entry: Entry) -> str:
    """Reasons are long: they stand at the end, where they widen no column."""
    return str(entry.detail["reason"]) if entry.kind in ("delivery_failed", "denied") else ""


def _told(entry: Entry, batches: Batches) -> tuple[str, str]:
    detail = entry.detail
    number, records = f"attempt {entry.attempt}", batches.records_of(entry)
    if entry.kind == "accepted":
        return "accepted", _short(detail["payload"])
    if entry.kind == "ended":
        return number, f"{records}{_outcome(entry.request_id, detail)}"
    if entry.kind in ("throttled", "service_error"):
        return number, f"{records}{_OUTCOMES[entry.kind]}: {_THROTTLES.get(detail['reason'], detail['reason'])}"
    if entry.kind == "not_found":
        return number, f"{records}{_OUTCOMES[entry.kind]}"
    if entry.kind == "called":
        target = f" {detail['target']}" if detail.get("target") else ""
        failure = f": {failure_of(detail)}" if "error" in detail else ""
        return "called", f"{detail['service']}.{detail['operation']}{target}{failure}"
    if entry.kind in ("succeeded", "discarded"):
        return "ended", _follow(entry)
    if entry.kind == "delivered":
        return detail["route"], f"to {detail['target']}"
    if entry.kind == "delivery_failed":
        return detail["route"], f"lost to {detail['target']}"
    if entry.kind == "denied":
        return "denied", ""
    if entry.kind == "recursion_stopped" and "message_ids" not in detail:
        return "refused", "a recursive loop"
    if entry.kind == "warning":
        return "warning", str(detail["message"])
    return batches.told(entry)


def _outcome(request_id: str | None, detail: Mapping[str, Any]) -> str:
    if detail["outcome"] == "success":
        return f"returned {_failures(detail['payload']) or _short(detail['payload'])}"
    message = str(detail["error_message"]).removeprefix(f"RequestId: {request_id} Error: ")
    return f"{detail['error_type']}: {brief(message)}" if message.strip() else str(detail["error_type"])


def failure_of(called: Mapping[str, Any]) -> str:
    """Returns the error of a failed AWS call in one line, its code first."""
    message = brief(str(called["message"]))
    note = f" ({called['note']})" if called.get("note") else ""
    return f"{called['error']}: {message}{note}" if message else f"{called['error']}{note}"


def _failures(payload: bytes) -> str:
    """How many a batch's answer names: which they are follows, and their ids say nothing."""
    if b"batchItemFailures" not in payload or len(payload) <= PAYLOAD_WIDTH:
        return ""
    try:
        answer = json.loads(payload)
    except ValueError:
        return ""
    named = answer.get("batchItemFailures") if isinstance(answer, dict) else None
    return f"{len(named)} batchItemFailures" if isinstance(named, list) and len(answer) == 1 else ""


def _short(payload: bytes) -> str:
    # No more than this can be shown, and payloads may be of megabytes.
    text = " ".join(payload[: 16 * PAYLOAD_WIDTH].decode(errors="replace").split())
    return text if len(text) <= PAYLOAD_WIDTH else text[: PAYLOAD_WIDTH - 3] + "..."
