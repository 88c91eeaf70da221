"""Purges a queue, at most once a minute."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.sqs.exceptions import SQSException
from moto.sqs.models import SQSBackend

from ...simulation.clock import MICROSECONDS, VirtualClock

SECONDS_BETWEEN_PURGES = 60


def purging(original: Callable[..., None], clock: VirtualClock) -> Callable[..., None]:
    """Replaces `SQSBackend.purge_queue`: refuses a second call within a minute."""
    purged_at: dict[Any, int] = {}

    def purge_queue(backend: SQSBackend, queue_name: str) -> None:
        queue = backend.get_queue(queue_name)
        last = purged_at.get(queue)
        if last is not None and clock.microseconds - last < SECONDS_BETWEEN_PURGES * MICROSECONDS:
            raise SQSException(
                "PurgeQueueInProgress",
                f"Only one PurgeQueue operation on {queue_name} is allowed every {SECONDS_BETWEEN_PURGES} seconds.",
            )
        purged_at[queue] = clock.microseconds
        original(backend, queue_name)

    return purge_queue
