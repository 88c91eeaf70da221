"""Finds queues as event sources."""

from __future__ import annotations

from moto.sqs.models import sqs_backends

from .simulated_queue import SimulatedQueue, simulated


def find_queue(arn: str) -> SimulatedQueue | None:
    """Returns the queue of an ARN, if it exists now. It is the same object until the queue is deleted."""
    parts = arn.split(":", 5)
    if len(parts) != 6 or parts[2] != "sqs":
        return None
    _, _, _, region, account, name = parts
    try:
        queue = sqs_backends[account][region].queues.get(name)
    except KeyError:
        # There is no such region.
        return None
    return None if queue is None else simulated(queue)
