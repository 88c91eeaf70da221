"""Purges a queue, at most once a minute."""

from __future__ import annotations

from collections.abc import Callable

from moto.sqs.exceptions import SQSException
from moto.sqs.models import SQSBackend

from ...simulation.clock import MICROSECONDS
from .simulated_queue import SimulatedQueues

SECONDS_BETWEEN_PURGES = 60


def purging(original: Callable[..., None], queues: SimulatedQueues) -> Callable[..., None]:
    """Replaces `SQSBackend.purge_queue`: refuses a second call within a minute."""

    def purge_queue(backend: SQSBackend, queue_name: str) -> None:
        queue = backend.get_queue(queue_name)
        now = queues.simulation.clock.microseconds
        last = queues.purged_at.get(queue)
        if last is not None and now - last < SECONDS_BETWEEN_PURGES * MICROSECONDS:
            raise SQSException(
                "PurgeQueueInProgress",
                f"Only one PurgeQueue operation on {queue_name} is allowed every {SECONDS_BETWEEN_PURGES} seconds.",
            )
        queues.purged_at[queue] = now
        original(backend, queue_name)

    return purge_queue
