"""The decisions of a poller of a stream, as functions over plain values: retries, splits, discards and windows."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

from ... import limits
from ...records.batch_record import RETRY_ATTEMPTS_EXHAUSTED
from ...values import dataclass
from .. import batch_response
from ..mapping import FOREVER, Settings

RECORD_AGE_EXCEEDED = "RecordAgeExceeded"
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of an attempt of a batch.

    Args:
        failed_from: The place in the batch of the first record that was not processed. None if all were processed.
        state: The state in the response, if the mapping has tumbling windows.
    """

    failed_from: int | None = None
    reason: str | None = None
    state: Any = None

    @property
    def is_success(self) -> bool:
        """Whether every record was processed."""
        return self.failed_from is None


def outcome_of(response: bytes, sequence_numbers: Sequence[str], settings: Settings) -> Outcome:
    """Returns the outcome of a response without an error (KIN-60 to 69, KIN-83).

    If the response names sequence numbers, the batch continues at the lowest one.
    """
    state: Any = None
    if settings.tumbling_window_in_seconds:
        try:
            value = json.loads(response)
        except ValueError:
            value = None
        if not isinstance(value, Mapping) or not isinstance(value.get("state"), Mapping):
            return Outcome(0, "the response has no state, but a mapping with tumbling windows needs it")
        state = value["state"]
    if not settings.reports_batch_item_failures:
        return Outcome(state=state)
    result = batch_response.batch_result(response, sequence_numbers)
    if not result.failed and result.reason is None:
        return Outcome(state=state)
    if result.reason is not None:
        return Outcome(0, result.reason, state)
    lowest = min(result.failed, key=int)
    return Outcome(sequence_numbers.index(lowest), state=state)


def is_state_too_large(state: Any) -> bool:
    """Returns whether the state of a window is larger than 1 MB, which ends the window early (KIN-84)."""
    encoded = json.dumps(state, separators=(",", ":"), ensure_ascii=False).encode()
    return len(encoded) > limits.WINDOW_STATE_BYTES


@dataclass(frozen=True, slots=True)
class Retry:
    """Try the same records again after a pause."""


@dataclass(frozen=True, slots=True)
class Split:
    """Make the records from place `at` on a batch of their own, with their own retries.

    `is_first_done` is whether the records before `at` were processed.
    """

    at: int
    is_first_done: bool


@dataclass(frozen=True, slots=True)
class Discard:
    """Discard the records, and continue with the shard (KIN-47)."""

    condition: str


def after_failure(
    outcome: Outcome, count: int, invoke_count: int, settings: Settings, retries_with_destination: int = FOREVER
) -> Retry | Split | Discard:
    """Returns what follows a failed attempt of `count` records. The function ran `invoke_count` times with them.

    Partial progress comes first (KIN-61), then bisecting, which costs no retry (KIN-51, 55 to 57), then retries (KIN-43).
    """
    if outcome.failed_from:
        return Split(outcome.failed_from, is_first_done=True)
    if settings.bisect_batch_on_function_error and count > 1:
        return Split(count // 2, is_first_done=False)
    retries = settings.maximum_retry_attempts
    if retries == FOREVER and settings.on_failure is not None:
        retries = retries_with_destination
    if retries != FOREVER and invoke_count > retries:
        return Discard(RETRY_ATTEMPTS_EXHAUSTED)
    return Retry()


def retry_delay(attempts: int, first: float, longest: float) -> float:
    """Returns the pause after a number of attempts, in seconds. It doubles from `first` up to `longest` (KIN-49)."""
    return min(first * 2.0 ** min(attempts - 1, 1000), longest)


def is_too_old(age_seconds: float, settings: Settings) -> bool:
    """Returns whether a record is older than MaximumRecordAgeInSeconds (KIN-44, 45)."""
    return settings.maximum_record_age_in_seconds != FOREVER and age_seconds > settings.maximum_record_age_in_seconds


def worker_index(key: str, workers: int) -> int:
    """Returns which of the workers of a shard processes the records of a key (KIN-32)."""
    if workers == 1:
        return 0
    return int.from_bytes(hashlib.md5(key.encode(), usedforsecurity=False).digest(), "big") % workers


@dataclass(frozen=True, slots=True)
class Window:
    """A tumbling window in whole seconds since the epoch, from `start` up to but not including `end` (KIN-81)."""

    start: int
    end: int

    def shown(self) -> dict[str, str]:
        """Returns the window as events and failure records have it (KIN-E3)."""
        return {"start": _text(self.start), "end": _text(self.end)}


def window_of(seconds_since_epoch: float, length: int) -> Window:
    """Returns the window of an arrival. Windows begin at multiples of their length."""
    start = int(seconds_since_epoch // length) * length
    return Window(start, start + length)


def _text(seconds: int) -> str:
    return f"{EPOCH + timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%SZ}"
