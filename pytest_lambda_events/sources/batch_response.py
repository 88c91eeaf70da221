"""What an answer with ReportBatchItemFailures says of its batch (SQS-71 to 78, KIN-61 to 69)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class BatchResult:
    """Which of the batch's items failed, in its order; `reason` says why where the answer could not be taken."""

    failed: tuple[str, ...]
    reason: str | None = None


def judge(answer: bytes, identifiers: Sequence[str]) -> BatchResult:
    """The items that an answer names, by message id or sequence number.

    One entry that cannot be taken fails the whole batch. An entry that says nothing at all, `{}`, fails nothing.
    """
    whole = tuple(identifiers)
    try:
        response = json.loads(answer) if answer.strip() else None
    except ValueError:
        return BatchResult(whole, "the response is not JSON")
    if response in (None, "", []):
        return BatchResult(())
    if not isinstance(response, dict):
        return BatchResult(whole, f"the response is not an object: {_short(response)}")
    entries = response.get("batchItemFailures")
    if entries is None:
        return BatchResult(())
    if not isinstance(entries, list):
        return BatchResult(whole, f"batchItemFailures is not a list: {_short(entries)}")
    known = set(identifiers)
    reasons = [reason for entry in entries if (reason := _refused(entry, known)) is not None]
    if reasons:
        return BatchResult(whole, reasons[0])
    named = {entry["itemIdentifier"] for entry in entries if entry}
    return BatchResult(tuple(identifier for identifier in identifiers if identifier in named))


def _refused(entry: Any, known: set[str]) -> str | None:
    """Why an entry cannot be taken."""
    if not isinstance(entry, dict):
        return f"an entry of batchItemFailures is not an object: {_short(entry)}"
    if not entry:
        return None
    if "itemIdentifier" not in entry:
        return f"an entry of batchItemFailures has no itemIdentifier: {_short(entry)}"
    identifier = entry["itemIdentifier"]
    if not isinstance(identifier, str) or not identifier:
        return f"itemIdentifier is not text: {_short(identifier)}"
    if identifier not in known:
        return f"itemIdentifier {identifier!r} is not in the batch"
    return None


def names_failures(answer: bytes) -> bool:
    """Whether an answer lists failures, which Lambda ignores unless the mapping has ReportBatchItemFailures (SQS-70)."""
    if b"batchItemFailures" not in answer:
        return False
    try:
        response = json.loads(answer)
    except ValueError:
        return False
    return isinstance(response, Mapping) and bool(response.get("batchItemFailures"))


def _short(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= 60 else text[:57] + "..."
