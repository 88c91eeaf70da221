"""Decides what happens next to an asynchronous event. The functions are pure, one for each rule."""

from __future__ import annotations

from .. import limits
from ..values import dataclass

SUCCESS = "Success"
RETRIES_EXHAUSTED = "RetriesExhausted"
EVENT_AGE_EXCEEDED = "EventAgeExceeded"
ZERO_RESERVED_CONCURRENCY = "ZeroReservedConcurrency"
RECURSION_TERMINATED = "RecursiveInvocationTerminated"
"""AWS documents that such an event is dropped. What its record would contain is not documented (ASY-92)."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings for an event at the time of a decision (ASY-30). Ages are in seconds."""

    maximum_retry_attempts: int
    maximum_event_age_in_seconds: int
    is_concurrency_zero: bool


@dataclass(frozen=True, slots=True)
class Retry:
    """Attempt the event again after a delay in seconds."""

    delay: int


@dataclass(frozen=True, slots=True)
class Discard:
    """The event ends now. `condition` is the reason."""

    condition: str


Decision = Retry | Discard
DUPLICATE = Retry(0)
"""Events are delivered at least once: an event can be delivered again even after success (ASY-47)."""


def retry_delay(attempts: int) -> int:
    """Returns the seconds from the end of a failed attempt with this number to the next attempt (ASY-41, 43)."""
    return limits.RETRY_DELAYS_SECONDS[min(attempts, len(limits.RETRY_DELAYS_SECONDS)) - 1]


def throttle_delay(throttles: int) -> int:
    """Returns the delay in seconds after this many attempts in a row did not reach the function (ASY-60, 61)."""
    # The exponent has a limit so that the power stays small.
    return min(1 << min(throttles - 1, 16), limits.THROTTLE_DELAY_MAXIMUM_SECONDS)


def before_attempt(settings: Settings, age: float) -> Discard | None:
    """Decides whether an event taken from the queue at `age` seconds ends without an attempt (ASY-71, 74, CON-36)."""
    if settings.is_concurrency_zero:
        return Discard(ZERO_RESERVED_CONCURRENCY)
    if age >= settings.maximum_event_age_in_seconds:
        return Discard(EVENT_AGE_EXCEEDED)
    return None


def after_function_error(settings: Settings, age: float, attempts: int) -> Decision:
    """Decides after attempt number `attempts` that reached the function failed at `age` seconds (ASY-72)."""
    if settings.is_concurrency_zero:
        return Discard(ZERO_RESERVED_CONCURRENCY)
    if attempts > settings.maximum_retry_attempts:
        return Discard(RETRIES_EXHAUSTED)
    return _unless_too_old(settings, age, retry_delay(attempts))


def after_throttle(settings: Settings, age: float, throttles: int) -> Decision:
    """Decides after throttle number `throttles` in a row at `age` seconds. It uses up no retry (ASY-60, 73)."""
    if settings.is_concurrency_zero:
        return Discard(ZERO_RESERVED_CONCURRENCY)
    return _unless_too_old(settings, age, throttle_delay(throttles))


def _unless_too_old(settings: Settings, age: float, delay: int) -> Decision:
    """Discards an event whose retry would start at the age limit or later. AWS does not wait for it (ASY-70)."""
    if age + delay >= settings.maximum_event_age_in_seconds:
        return Discard(EVENT_AGE_EXCEEDED)
    return Retry(delay)
