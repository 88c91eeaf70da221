"""What a page tells of a mark: a title, and facts such as the event, the record, the logs and the error."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ...records.identifiers import identifiers
from ...simulation.journal import Entry
from ..lines import failure_of
from ..missing_variables import hint_of
from .axis import duration_text, seconds_text
from .marks import Lane, Mark

LONGEST_TEXT = 6000
PRETTY_UP_TO = 50_000
"""A larger payload is shown as it is."""
IDENTIFIERS = 10

LOOKS = {
    "success": "succeeded", "partial": "reported failures", "function_error": "function error", "throttled": "throttled",
    "service_error": "service error", "not_found": "function not found", "pending": "pending", "more": "many alike",
    "accepted": "accepted", "polled": "received", "done": "done", "kept": "not deleted",
    "filtered": "filtered", "released": "released",
    "delivered": "delivered", "lost": "delivery failed", "redriven": "redriven", "expired": "expired",
    "given_up": "given up", "warning": "warning", "fault": "planned fault",
}  # fmt: skip
"""Each look in the words of the legend."""

_LONG = ("Event", "Record", "Answer", "Error as JSON")
"""Facts that stand last, where they push nothing out of sight."""

Fact = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Details:
    """What is shown of a mark."""

    title: str
    when: str
    facts: tuple[Fact, ...]


def details_of(mark: Mark, lane: Lane) -> Details:
    """All that is known of a mark, long texts cut."""
    found = dict.fromkeys((name, text if len(text) <= LONGEST_TEXT else _cut(text)) for name, text in _facts(mark) if text)
    facts = sorted(found, key=lambda fact: fact[0] in _LONG)
    return Details(title_of(mark, lane), when_of(mark), tuple(facts))


def title_of(mark: Mark, lane: Lane) -> str:
    """One line that says what a mark is."""
    if mark.look == "more":
        return f"{lane.name}: {mark.label}, left out of the picture"
    attempt = f" attempt {mark.label}" if mark.is_bar and mark.label else ""
    return f"{lane.name}{attempt}: {LOOKS[mark.look]}"


def when_of(mark: Mark) -> str:
    """The instant, or from when to when."""
    if mark.ends == mark.begins:
        return f"at {seconds_text(mark.begins)}"
    lasted = duration_text(mark.ends - mark.begins)
    return f"from {seconds_text(mark.begins)} to {seconds_text(mark.ends)}, {lasted}"


def _facts(mark: Mark) -> Iterator[Fact]:
    if mark.notes:
        yield "Among them", "\n".join(mark.notes)
    elif mark.words and mark.look != "success":
        yield ("Error" if mark.look == "function_error" else "What"), mark.words
    calls: list[str] = []
    for entry in mark.entries:
        if entry.kind in ("called", "suspended"):
            calls.append(_call(entry))
        else:
            yield from (fact for fact in _facts_of(entry) if fact != ("Why", mark.words))
    yield "In the handler", "\n".join(calls)
    for entry in mark.entries[:1]:
        yield from _origin(entry)


def _facts_of(entry: Entry) -> Iterator[Fact]:
    """What each kind of entry tells."""
    detail = entry.detail
    if entry.kind in ("accepted", "started", "throttled", "service_error", "not_found"):
        yield "Event", _text(detail.get("payload"))
    elif entry.kind == "ended":
        yield ("Answer" if detail["outcome"] == "success" else "Error as JSON"), _text(detail.get("payload"))
        yield "Note", hint_of(detail)
        yield "Logs", "\n".join(str(line).rstrip("\n") for line in detail.get("logs") or ())
    elif entry.kind == "retried":
        yield "Then", f"retry at {seconds_text(detail['due_after_seconds'])}"
    elif entry.kind in ("succeeded", "discarded"):
        yield "Then", f"the event ended: {detail['condition']}, attempts counted: {detail['attempts']}"
    elif entry.kind == "judged":
        yield "Failed", _listed(detail["failed"]) if detail["failed"] else "nothing"
        yield "Why", str(detail.get("reason") or "")
    elif entry.kind in ("delivered", "delivery_failed"):
        yield ("Route" if entry.kind == "delivered" else "Lost on the way of"), str(detail["route"])
        yield "Record", _text(detail.get("body"))
    elif entry.kind == "redriven":
        yield "Message", f"{detail['message_id']}\nfrom {detail['source']}\nto {detail['target']}"
    else:
        yield "Not deleted", _listed(detail.get("stale") or ())
        names = ("message", "reason", "failure", "condition", "denied")
        yield from ((name.capitalize(), str(detail[name])) for name in names if detail.get(name))


def _origin(entry: Entry) -> Iterator[Fact]:
    detail = entry.detail
    ids = identifiers(detail)
    if ids:
        yield ("Messages" if "message_ids" in detail else "Records"), _listed(ids)
    if "source" in detail:
        yield "Source", " ".join(filter(None, [str(detail["source"]), detail.get("shard_id")]))
    yield "Target", str(detail.get("target", ""))
    yield "Request id", entry.request_id or ""
    yield "Version", str(detail.get("executed_version") or "")
    if detail.get("is_cold_start"):
        yield "Start", "cold"


def _call(entry: Entry) -> str:
    detail, at = entry.detail, seconds_text(entry.after_seconds)
    if entry.kind == "suspended":
        return f"{at}  sleeps or waits {duration_text(float(detail.get('seconds') or 0))}"
    call = f"{at}  {detail['service']}.{detail['operation']} {detail.get('target') or ''}".rstrip()
    return f"{call}: {failure_of(detail)}" if "error" in detail else call


def _listed(ids: Sequence[str]) -> str:
    shown = [str(identifier) for identifier in ids[:IDENTIFIERS]]
    return "\n".join(shown + ([f"and {len(ids) - IDENTIFIERS} more"] if len(ids) > IDENTIFIERS else []))


def _text(payload: Any) -> str:
    """A payload for reading: JSON on several lines, other text as it is."""
    if payload is None:
        return ""
    text = payload.decode(errors="replace") if isinstance(payload, bytes) else str(payload)
    if len(text) > PRETTY_UP_TO:
        return text
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return text


def _cut(text: str) -> str:
    return f"{text[:LONGEST_TEXT]}\n… {len(text) - LONGEST_TEXT:,} characters more"
