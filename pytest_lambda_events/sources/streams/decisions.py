"""What follows an attempt of a batch of a stream, and which window a record belongs to, as functions over plain values."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from ... import limits
from .. import batch_response
from ..mapping import FOREVER, Settings

RETRY_ATTEMPTS_EXHAUSTED = "RetryAttemptsExhausted"
RECORD_AGE_EXCEEDED = "RecordAgeExceeded"
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)

# ---------------------------------------------------------------------- what an answer means


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an attempt came to. `failed_from` is the place in the batch of the first record that is not done; None if all are.

    `state` is the answer's, of a mapping with tumbling windows.
    """

    failed_from: int | None = None
    reason: str | None = None
    state: Any = None

    @property
    def is_success(self) -> bool:
        """Whether every record is done."""
        return self.failed_from is None


def judge(answer: bytes, sequence_numbers: Sequence[str], settings: Settings) -> Outcome:
    """What an answer without an error says (KIN-60 to 69, KIN-83). The lowest number that it names is where work goes on."""
    state: Any = None
    if settings.tumbling_window_in_seconds:
        try:
            response = json.loads(answer)
        except ValueError:
            response = None
        if not isinstance(response, Mapping) or not isinstance(response.get("state"), Mapping):
            return Outcome(0, "the response has no state, but a mapping with tumbling windows needs it")
        state = response["state"]
    if not settings.reports_batch_item_failures:
        return Outcome(state=state)
    verdict = batch_response.batch_result(answer, sequence_numbers)
    if not verdict.failed and verdict.reason is None:
        return Outcome(state=state)
    if verdict.reason is not None:
        return Outcome(0, verdict.reason, state)
    lowest = min(verdict.failed, key=int)
    return Outcome(sequence_numbers.index(lowest), state=state)


def is_state_too_large(state: Any) -> bool:
    """Whether a window's state passes 1 MB, which ends the window early (KIN-84)."""
    encoded = json.dumps(state, separators=(",", ":"), ensure_ascii=False).encode()
    return len(encoded) > limits.WINDOW_STATE_BYTES


# ---------------------------------------------------------------------- what follows


@dataclass(frozen=True, slots=True)
class Retry:
    """The same records again, after a pause."""


@dataclass(frozen=True, slots=True)
class Cut:
    """The records from `at` on are a batch of their own, with their own retries; those before it are done if `done`."""

    at: int
    done: bool


@dataclass(frozen=True, slots=True)
class GiveUp:
    """The records are discarded, and the shard goes on (KIN-47)."""

    condition: str


def after_failure(outcome: Outcome, count: int, attempts: int, settings: Settings) -> Retry | Cut | GiveUp:
    """What follows a failed attempt of `count` records, which have reached the function `attempts` times.

    Progress comes first (KIN-61), then bisecting, which costs no retry (KIN-51, 55 to 57), then the retries (KIN-43).
    """
    if outcome.failed_from:
        return Cut(outcome.failed_from, done=True)
    if settings.bisect_batch_on_function_error and count > 1:
        return Cut(count // 2, done=False)
    if settings.maximum_retry_attempts != FOREVER and attempts > settings.maximum_retry_attempts:
        return GiveUp(RETRY_ATTEMPTS_EXHAUSTED)
    return Retry()


def retry_delay(attempts: int, first: float, longest: float) -> float:
    """The pause after so many attempts, in seconds: it doubles from `first` up to `longest` (KIN-49)."""
    return min(first * 2.0 ** min(attempts - 1, 1000), longest)


def is_too_old(age_seconds: float, settings: Settings) -> bool:
    """Whether a record has passed MaximumRecordAgeInSeconds (KIN-44, 45)."""
    return settings.maximum_record_age_in_seconds != FOREVER and age_seconds > settings.maximum_record_age_in_seconds


def lane_of(key: str, workers: int) -> int:
    """Which of a shard's workers a key belongs to (KIN-32)."""
    if workers == 1:
        return 0
    return int.from_bytes(hashlib.md5(key.encode(), usedforsecurity=False).digest(), "big") % workers


# ---------------------------------------------------------------------- tumbling windows


@dataclass(frozen=True, slots=True)
class Window:
    """A tumbling window, in whole seconds since the epoch: from `start` up to but not including `end` (KIN-81)."""

    start: int
    end: int

    def shown(self) -> dict[str, str]:
        """As events and failure records have it (KIN-E3)."""
        return {"start": _text(self.start), "end": _text(self.end)}


def window_of(seconds_since_epoch: float, length: int) -> Window:
    """The window in which something arrived; windows begin at multiples of their length."""
    start = int(seconds_since_epoch // length) * length
    return Window(start, start + length)


def _text(seconds: int) -> str:
    return f"{EPOCH + timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%SZ}"
