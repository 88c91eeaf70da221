"""Lets an exploration throttle an attempt, or all attempts of its event or messages until their source gives up."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Protocol

from ..faults.failures import EXPLORED_THROTTLES, THROTTLE_ALWAYS, Failure
from ..faults.plans import FaultContext, Faults
from ..records.batch_events import records_of
from .model import Target


class LimitedQueue(Protocol):
    """What is needed of a queue."""

    @property
    def max_receive_count(self) -> int | None:
        """How often a message is received before it is moved to a dead-letter queue; None if there is none."""


class ExploredThrottles:
    """Chooses throttles. An event or message is only throttled always if its source gives it up, to a place that keeps it."""

    def __init__(self, planned: Faults, find_queue: Callable[[str], LimitedQueue | None]) -> None:
        self._planned = planned
        self._find_queue = find_queue
        # The ids of events and messages whose attempts are all throttled.
        self._throttled: set[str] = set()

    def met(self, target: Target, context: FaultContext) -> Failure | None:
        """Returns the throttle of an attempt, or None."""
        ids, source = _messages(context)
        if not self._throttled.isdisjoint(ids):
            return EXPLORED_THROTTLES[THROTTLE_ALWAYS]
        keeps = _keeps_events(target) if source is None else self._gives_up(source)
        explored = EXPLORED_THROTTLES if keeps and context.attempt == 1 else None
        found = self._planned.met("throttle", context, explored=explored)
        if found is not None and found.repeats:
            self._throttled.update(ids)
        return found

    def _gives_up(self, source: str) -> bool:
        queue = self._find_queue(source)
        return queue is not None and queue.max_receive_count is not None


def _keeps_events(target: Target) -> bool:
    configured = target.function.event_invoke_config(target.qualifier)
    return bool(configured.on_failure or target.configuration.dead_letter_target_arn)


def _messages(context: FaultContext) -> tuple[list[str], str | None]:
    """Returns the ids of the messages of an attempt and the ARN of their queue, or the id of its event and None."""
    event: Any = json.loads(context.payload)
    records = records_of(event)
    if records and isinstance(records[0], dict) and "eventSourceARN" in records[0]:
        return [str(record.get("messageId")) for record in records], str(records[0]["eventSourceARN"])
    return [context.request_id or ""], None
