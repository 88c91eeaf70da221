"""What a poller of a queue decides, as functions over plain values."""

from __future__ import annotations

from ... import limits
from ...simulation.clock import MICROSECONDS
from ..mapping import Settings


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


def next_attempt_at(now: int, attempts: int, lease_ends_at: int, timeout: int) -> int | None:
    """When a batch that was refused `attempts` times is tried again under the same receive, in microseconds (SQS-62).

    None once the remaining visibility would be shorter than the function's `timeout` (seconds): then it waits for the
    end of its visibility.
    """
    delay = min(limits.SQS_THROTTLE_DELAY_SECONDS * 2 ** (attempts - 1), limits.SQS_THROTTLE_DELAY_MAXIMUM_SECONDS)
    at = now + round(delay * MICROSECONDS)
    return at if lease_ends_at - at >= timeout * MICROSECONDS else None


def extended_visibility_timeout(visibility_timeout: int, window: int, timeout: int) -> int:
    """The visibility timeout as AWS described it in 2022, in seconds (SQS-47)."""
    is_too_short = window > 0 and window + timeout > visibility_timeout
    return window + timeout + 30 if is_too_short else visibility_timeout


def recommended_visibility_timeout(timeout: int, window: int) -> int:
    """Six times the function's timeout, and the batching window, in seconds (SQS-46)."""
    return 6 * timeout + window
