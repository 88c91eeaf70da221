"""The decisions of a poller of a queue, as functions over plain values."""

from __future__ import annotations

from ... import limits
from ...simulation.clock import MICROSECONDS
from ..mapping import Settings


def allowed_concurrency(settings: Settings, *, is_fifo: bool, backlog_seconds: float, growth_per_minute: int) -> int:
    """Returns how many batches of a mapping may be in progress at the same time, after `backlog_seconds` of uninterrupted
    backlog.

    A standard queue starts with 5 and grows each minute (SQS-11 to 14). Provisioned pollers start with ten for each poller of
    the minimum, and grow to ten for each poller of the maximum (SQS-25). A FIFO queue has no limit apart from the number of
    its message groups (SQS-17). MaximumConcurrency limits all of them (SQS-20).
    """
    minutes = int(backlog_seconds // 60)
    if settings.minimum_pollers is not None or settings.maximum_pollers is not None:
        minimum = settings.minimum_pollers or limits.SQS_POLLERS_MINIMUM
        most = (settings.maximum_pollers or limits.SQS_POLLERS_MAXIMUM) * limits.SQS_CONCURRENCY_OF_A_POLLER
        start = minimum * limits.SQS_CONCURRENCY_OF_A_POLLER
        return min(most, start + limits.SQS_PROVISIONED_GROWTH_PER_MINUTE * minutes)
    most = min(limits.SQS_CONCURRENCY_MAXIMUM, settings.maximum_concurrency or limits.SQS_CONCURRENCY_MAXIMUM)
    return most if is_fifo else min(most, limits.SQS_CONCURRENCY_START + growth_per_minute * minutes)


def next_attempt_at(now: int, attempts: int, lease_ends_at: int, timeout: int) -> int | None:
    """Returns the instant of the next attempt of a batch that was refused `attempts` times, after the same receive (SQS-62).

    Returns None if the remaining visibility would be shorter than the function's `timeout` (seconds). The batch then waits
    for the end of its visibility timeout.
    """
    delay = min(limits.SQS_THROTTLE_DELAY_SECONDS * 2 ** (attempts - 1), limits.SQS_THROTTLE_DELAY_MAXIMUM_SECONDS)
    at = now + round(delay * MICROSECONDS)
    return at if lease_ends_at - at >= timeout * MICROSECONDS else None


def extended_visibility_timeout(visibility_timeout: int, window: int, timeout: int) -> int:
    """Returns the visibility timeout as AWS described it in 2022, in seconds (SQS-47)."""
    is_too_short = window > 0 and window + timeout > visibility_timeout
    return window + timeout + 30 if is_too_short else visibility_timeout


def recommended_visibility_timeout(timeout: int, window: int) -> int:
    """Returns six times the function's timeout plus the batching window, in seconds (SQS-46)."""
    return 6 * timeout + window
