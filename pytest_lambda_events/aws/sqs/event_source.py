"""Finds queues as event sources."""

from __future__ import annotations

from typing import Any

from moto.sqs.models import sqs_backends

from ...arns import parse_or_none
from ..backends import backend_of
from .simulated_queue import SimulatedQueue


def find_queue(arn: str) -> SimulatedQueue | None:
    """Returns the queue of an ARN, if it exists now. It is the same object until the queue is deleted."""
    parsed = parse_or_none(arn)
    if parsed is None or parsed.service != "sqs":
        return None
    try:
        queue: Any = backend_of(sqs_backends, parsed.account_id, parsed.region_name).queues.get(parsed.name)
    except KeyError:
        # There is no such region.
        return None
    return None if queue is None else queue.simulated
