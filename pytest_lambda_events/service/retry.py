"""What happens next to an asynchronous event: pure decisions, one rule in one place."""

from __future__ import annotations

from dataclasses import dataclass

from .. import limits

SUCCESS = "Success"
RETRIES_EXHAUSTED = "RetriesExhausted"
EVENT_AGE_EXCEEDED = "EventAgeExceeded"
ZERO_RESERVED_CONCURRENCY = "ZeroReservedConcurrency"
RECURSION_TERMINATED = "RecursiveInvocationTerminated"
"""AWS documents that such an event is dropped; what its record would say is not recorded anywhere (ASY-92)."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What is in force for an event at the moment of a decision (ASY-30); ages in seconds."""

    maximum_retry_attempts: int
    maximum_event_age_in_seconds: int
    is_concurrency_zero: bool


@dataclass(frozen=True, slots=True)
class Retry:
    """Try again after a delay in seconds."""

    delay: int


@dataclass(frozen=True, slots=True)
class Discard:
    """The event ends now, for the reason in `condition`."""

    condition: str


Decision = Retry | Discard
DUPLICATE = Retry(0)
"""Delivery is at least once: even after success an event can come again (ASY-47)."""


def retry_delay(attempts: int) -> int:
    """Seconds from the end of the `attempts`-th failed attempt to the next (ASY-41, 43)."""
    return limits.RETRY_DELAYS_SECONDS[min(attempts, len(limits.RETRY_DELAYS_SECONDS)) - 1]


def throttle_delay(throttles: int) -> int:
    """Seconds after the `throttles`-th try in a row that did not reach the function (ASY-60, 61)."""
    # The exponent is bounded so that the power stays small.
    return min(1 << min(throttles - 1, 16), limits.THROTTLE_DELAY_MAXIMUM_SECONDS)


def before_attempt(settings: Settings, age: float) -> Discard | None:
    """Whether an event taken from the queue at `age` seconds ends without being tried (ASY-71, 74, CON-36)."""
    if settings.is_concurrency_zero:
        return Discard(ZERO_RESERVED_CONCURRENCY)
    if age >= settings.maximum_event_age_in_seconds:
        return Discard(EVENT_AGE_EXCEEDED)
    return None


def after_function_error(settings: Settings, age: float, attempts: int) -> Decision:
    """After the `attempts`-th attempt that reached the function failed at `age` seconds (ASY-72)."""
    if settings.is_concurrency_zero:
        return Discard(ZERO_RESERVED_CONCURRENCY)
    if attempts > settings.maximum_retry_attempts:
        return Discard(RETRIES_EXHAUSTED)
    return _unless_too_old(settings, age, retry_delay(attempts))


def after_throttle(settings: Settings, age: float, throttles: int) -> Decision:
    """After the `throttles`-th try in a row was throttled at `age` seconds: no retry is used up (ASY-60, 73)."""
    if settings.is_concurrency_zero:
        return Discard(ZERO_RESERVED_CONCURRENCY)
    return _unless_too_old(settings, age, throttle_delay(throttles))


def _unless_too_old(settings: Settings, age: float, delay: int) -> Decision:
    """AWS looks ahead: a retry that would start at the age limit or later is never waited for (ASY-70)."""
    if age + delay >= settings.maximum_event_age_in_seconds:
        return Discard(EVENT_AGE_EXCEEDED)
    return Retry(delay)
