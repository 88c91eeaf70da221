"""Reads which items of a batch failed, from a response with ReportBatchItemFailures (SQS-71 to 78, KIN-61 to 69)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple


class BatchResult(NamedTuple):
    """The items that failed, in the order of the batch. `reason` states why the response is invalid, if it is."""

    failed: tuple[str, ...]
    reason: str | None = None


def _text_of(identifier: Any) -> str | None:
    """Returns an identifier that is not empty text, else None."""
    return identifier if isinstance(identifier, str) and identifier else None


def batch_result(
    response: bytes,
    identifiers: Sequence[str],
    read: Callable[[Any], str | None] = _text_of,
    expected: str = "text",
    *,
    is_of_queue: bool = False,
) -> BatchResult:
    """Returns the items of a batch that a response names, by message id or sequence number.

    `read` returns an identifier as text, or None if it is not `expected`. One invalid entry fails the whole batch. An empty
    entry, `{}`, fails no message of a queue (SQS-78), but is invalid for other sources (KIN-69).
    """
    whole = tuple(identifiers)
    try:
        value = json.loads(response) if response.strip() else None
    except ValueError:
        return BatchResult(whole, "the response is not JSON")
    if value in (None, "", []):
        return BatchResult(())
    if not isinstance(value, dict):
        return BatchResult(whole, f"the response is not an object: {_short(value)}")
    entries = value.get("batchItemFailures")
    if entries is None:
        return BatchResult(())
    if not isinstance(entries, list):
        return BatchResult(whole, f"batchItemFailures is not a list: {_short(entries)}")
    if is_of_queue:
        entries = [entry for entry in entries if entry != {}]
    known = set(identifiers)
    reasons = [reason for entry in entries if (reason := _refused(entry, known, read, expected)) is not None]
    if reasons:
        return BatchResult(whole, reasons[0])
    named = {read(entry["itemIdentifier"]) for entry in entries}
    return BatchResult(tuple(identifier for identifier in identifiers if identifier in named))


def _refused(entry: Any, known: set[str], read: Callable[[Any], str | None], expected: str) -> str | None:
    """Returns why an entry is invalid, or None."""
    if not isinstance(entry, dict):
        return f"an entry of batchItemFailures is not an object: {_short(entry)}"
    if "itemIdentifier" not in entry:
        return f"an entry of batchItemFailures has no itemIdentifier: {_short(entry)}"
    identifier = read(entry["itemIdentifier"])
    if identifier is None:
        return f"itemIdentifier is not {expected}: {_short(entry['itemIdentifier'])}"
    if identifier not in known:
        return f"itemIdentifier {identifier!r} is not in the batch"
    return None


def names_failures(response: bytes) -> bool:
    """Returns whether a response lists failures. Lambda ignores them without ReportBatchItemFailures (SQS-70)."""
    if b"batchItemFailures" not in response:
        return False
    try:
        value = json.loads(response)
    except ValueError:
        return False
    return isinstance(value, Mapping) and bool(value.get("batchItemFailures"))


def _short(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= 60 else text[:57] + "..."
