"""The journal as plain text, one line for each thing that a reader wants to know."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..simulation.journal import Entry

PAYLOAD_WIDTH = 48


def timeline(entries: Iterable[Entry]) -> str:
    """The entries as text: instant, function, what happened, and what follows from it.

    Retries and endings stand on the line of the try that led to them. Request ids are numbered in order of appearance.
    """
    lines = _joined(entries)
    if not lines:
        return ""
    widths = [max(len(line[column]) for line in lines) for column in range(4)]
    return "\n".join(
        f"{instant:>{widths[0]}}   {name:<{widths[1]}}   {what:<{widths[2]}}   {text:<{widths[3]}}   {then}".rstrip()
        for instant, name, what, text, then in lines
    )


def _joined(entries: Iterable[Entry]) -> list[list[str]]:
    labels: dict[str, str] = {}
    lines: list[list[str]] = []
    last_of: dict[str, list[str]] = {}
    for entry in entries:
        request_id = entry.request_id or ""
        label = labels.setdefault(request_id, f"request-id-{len(labels) + 1}") if request_id else ""
        follow = _follow(entry)
        if follow and request_id in last_of:
            last_of[request_id][4] = follow
            continue
        what, text = _told(entry)
        if what:
            then = label if entry.kind == "accepted" else follow or _reason(entry)
            line = [f"{entry.after_seconds:g} s", entry.function_name or "", what, text, then]
            lines.append(line)
            if request_id and entry.kind not in ("called", "delivered", "delivery_failed"):
                last_of[request_id] = line
    return lines


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


def _told(entry: Entry) -> tuple[str, str]:
    detail = entry.detail
    number = f"attempt {entry.attempt}"
    if entry.kind == "accepted":
        return "accepted", _short(detail["payload"])
    if entry.kind == "ended":
        return number, _outcome(detail)
    if entry.kind == "throttled":
        return number, f"throttled: {detail['reason']}"
    if entry.kind == "not_found":
        return number, "function not found"
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
    return "", ""


def _outcome(detail: Mapping[str, Any]) -> str:
    if detail["outcome"] == "success":
        return f"returned {_short(detail['payload'])}"
    return f"{detail['error_type']}: {detail['error_message']}"


def _short(payload: bytes) -> str:
    text = payload.decode(errors="replace").strip()
    return text if len(text) <= PAYLOAD_WIDTH else text[: PAYLOAD_WIDTH - 3] + "..."
