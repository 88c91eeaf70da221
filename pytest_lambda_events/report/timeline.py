"""The journal as plain text, one line for each thing that a reader wants to know."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..simulation.journal import Entry
from .batches import Batches, source_name

PAYLOAD_WIDTH = 48


def timeline(entries: Iterable[Entry]) -> str:
    """The entries as text: instant, function, what happened, and what follows from it.

    Retries and endings stand on the line of the try that led to them, and so does what became of a batch's messages.
    Request ids and message ids are numbered in order of appearance.
    """
    lines = _joined(entries)
    if not lines:
        return ""
    widths = [max(len(line[column]) for line in lines) for column in range(3)]
    # A long text that nothing follows must not push what follows others out of sight.
    widths.append(max((len(line[3]) for line in lines if line[4]), default=0))
    return "\n".join(
        f"{instant:>{widths[0]}}   {name:<{widths[1]}}   {what:<{widths[2]}}   {text:<{widths[3]}}   {then}".rstrip()
        for instant, name, what, text, then in lines
    )


def _joined(entries: Iterable[Entry]) -> list[list[str]]:
    labels: dict[str, str] = {}
    lines: list[list[str]] = []
    last_of: dict[str, list[str]] = {}
    batches = Batches()
    for entry in entries:
        batches.read(entry)
        request_id = entry.request_id or ""
        line = last_of.get(request_id)
        follow, of_messages = _follow(entry), batches.follow(entry)
        is_of_line = follow or (of_messages and line is not None and line[0] == _instant(entry))
        if line is not None and is_of_line:
            line[4] = follow or ", ".join(part for part in (line[4], of_messages) if part)
            continue
        what, text = _told(entry, batches)
        if what:
            if entry.kind == "accepted":
                follow = labels.setdefault(request_id, f"request-id-{len(labels) + 1}")
            line = [_instant(entry), _who(entry), what, text, follow or of_messages or _reason(entry)]
            lines.append(line)
            if request_id and entry.kind not in _BESIDE:
                last_of[request_id] = line
    return lines


_BESIDE = ("called", "delivered", "delivery_failed")
"""What does not become the line on which the endings of its request stand."""


def _instant(entry: Entry) -> str:
    return f"{entry.after_seconds:g} s"


def _who(entry: Entry) -> str:
    """The function, or the source that did something by itself."""
    if entry.function_name is None and entry.kind in ("redriven", "expired"):
        return source_name(entry)
    return entry.function_name or ""


def _follow(entry: Entry) -> str:
    if entry.kind == "retried":
        return f"retry at {entry.detail['due_after_seconds']:g} s"
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
        return number, f"{records}{_outcome(detail)}"
    if entry.kind == "throttled":
        return number, f"{records}throttled: {detail['reason']}"
    if entry.kind == "not_found":
        return number, f"{records}function not found"
    if entry.kind == "called":
        target = f" {detail['target']}" if detail.get("target") else ""
        return "called", f"{detail['service']}.{detail['operation']}{target}"
    if entry.kind in ("succeeded", "discarded"):
        return "ended", _follow(entry)
    if entry.kind == "delivered":
        return detail["route"], f"to {detail['target']}"
    if entry.kind == "delivery_failed":
        return detail["route"], f"lost to {detail['target']}"
    if entry.kind == "denied":
        return "denied", ""
    if entry.kind == "recursion_stopped":
        return "refused", "a recursive loop"
    if entry.kind == "warning":
        return "warning", str(detail["message"])
    return batches.told(entry)


def _outcome(detail: Mapping[str, Any]) -> str:
    if detail["outcome"] == "success":
        return f"returned {_short(detail['payload'])}"
    return f"{detail['error_type']}: {_first_line(detail['error_message'])}"


def _first_line(message: str | None) -> str:
    """A message that goes on would break the line, and its tracebacks widen the column."""
    first, _, more = str(message).strip().partition("\n")
    return f"{first.rstrip()} ..." if more else first


def _short(payload: bytes) -> str:
    text = payload.decode(errors="replace").strip()
    return text if len(text) <= PAYLOAD_WIDTH else text[: PAYLOAD_WIDTH - 3] + "..."
