"""What a poller of a queue decides, as functions over plain values."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ... import limits
from ...simulation.clock import MICROSECONDS
from ..mapping import Settings

# ---------------------------------------------------------------------- what an answer means


@dataclass(frozen=True, slots=True)
class Verdict:
    """Which of the batch's messages failed, in its order; `reason` says why where the answer could not be taken."""

    failed: tuple[str, ...]
    reason: str | None = None


def judge(answer: bytes, message_ids: Sequence[str]) -> Verdict:
    """What an answer with ReportBatchItemFailures says of a batch (SQS-71 to 74, 78).

    One entry that cannot be taken fails the whole batch. An entry that says nothing at all, `{}`, fails nothing.
    """
    whole = tuple(message_ids)
    try:
        response = json.loads(answer) if answer.strip() else None
    except ValueError:
        return Verdict(whole, "the answer is not JSON")
    if response in (None, "", []):
        return Verdict(())
    if not isinstance(response, dict):
        return Verdict(whole, f"the answer is no object: {_short(response)}")
    entries = response.get("batchItemFailures")
    if entries is None:
        return Verdict(())
    if not isinstance(entries, list):
        return Verdict(whole, f"batchItemFailures is no list: {_short(entries)}")
    reasons = [reason for entry in entries if (reason := _refused(entry, message_ids)) is not None]
    if reasons:
        return Verdict(whole, reasons[0])
    named = {entry["itemIdentifier"] for entry in entries if entry}
    return Verdict(tuple(message_id for message_id in message_ids if message_id in named))


def _refused(entry: Any, message_ids: Sequence[str]) -> str | None:
    """Why an entry cannot be taken."""
    if not isinstance(entry, dict):
        return f"an entry of batchItemFailures is no object: {_short(entry)}"
    if not entry:
        return None
    if "itemIdentifier" not in entry:
        return f"an entry of batchItemFailures has no itemIdentifier: {_short(entry)}"
    identifier = entry["itemIdentifier"]
    if not isinstance(identifier, str) or not identifier:
        return f"itemIdentifier is no text: {_short(identifier)}"
    if identifier not in message_ids:
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


# ---------------------------------------------------------------------- when and how much


def allowed_concurrency(settings: Settings, *, is_fifo: bool, backlog_seconds: float, growth_per_minute: int) -> int:
    """How many batches of a mapping may be in hand at once, after so many seconds of unbroken backlog.

    A standard queue starts with 5 and grows each minute (SQS-11 to 14), provisioned pollers start with ten for each of
    the minimum and grow to ten for each of the maximum (SQS-25), and the groups of a FIFO queue limit it by themselves
    (SQS-17). MaximumConcurrency is a limit to each (SQS-20).
    """
    minutes = int(backlog_seconds // 60)
    if settings.minimum_pollers is not None or settings.maximum_pollers is not None:
        minimum = settings.minimum_pollers or limits.SQS_POLLERS_MINIMUM
        most = (settings.maximum_pollers or limits.SQS_POLLERS_MAXIMUM) * limits.SQS_CONCURRENCY_OF_A_POLLER
        start = minimum * limits.SQS_CONCURRENCY_OF_A_POLLER
        return min(most, start + limits.SQS_PROVISIONED_GROWTH_PER_MINUTE * minutes)
    most = min(limits.SQS_CONCURRENCY_MAXIMUM, settings.maximum_concurrency or limits.SQS_CONCURRENCY_MAXIMUM)
    return most if is_fifo else min(most, limits.SQS_CONCURRENCY_START + growth_per_minute * minutes)


def next_try_at(now: int, tries: int, lease_ends_at: int, timeout: int) -> int | None:
    """When a batch that was refused `tries` times is tried again under the same receive, in microseconds (SQS-62).

    None once the remaining visibility would be shorter than the function's `timeout` (seconds): then it waits for the
    end of its visibility.
    """
    delay = min(limits.SQS_THROTTLE_DELAY_SECONDS * 2 ** (tries - 1), limits.SQS_THROTTLE_DELAY_MAXIMUM_SECONDS)
    at = now + round(delay * MICROSECONDS)
    return at if lease_ends_at - at >= timeout * MICROSECONDS else None


def extended_visibility_timeout(visibility_timeout: int, window: int, timeout: int) -> int:
    """The visibility timeout as AWS described it in 2022, in seconds (SQS-47)."""
    is_too_short = window > 0 and window + timeout > visibility_timeout
    return window + timeout + 30 if is_too_short else visibility_timeout


def recommended_visibility_timeout(timeout: int, window: int) -> int:
    """Six times the function's timeout, and the batching window, in seconds (SQS-46)."""
    return 6 * timeout + window
