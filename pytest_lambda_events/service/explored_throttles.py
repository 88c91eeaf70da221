"""Lets an exploration throttle an attempt, or all attempts of its event, messages or records until their source gives up."""

from __future__ import annotations

from collections.abc import Callable

from ..faults.failures import EXPLORED_THROTTLES, THROTTLE_ALWAYS, Failure
from ..faults.plans import FaultContext, Faults
from ..journal.entry import Origin
from .invoke_request import InvokeRequest
from .model import Target


class ExploredThrottles:
    """Chooses throttles.

    All attempts are throttled only if their source gives up, and a place keeps what it gave up. `keeps` returns whether this
    is true of an event source mapping.
    """

    def __init__(self, planned: Faults, keeps: Callable[[Origin], bool]) -> None:
        self._planned = planned
        self._keeps = keeps
        # The events, messages and records whose attempts are all throttled, with the source and shard.
        self._throttled: set[tuple[object, ...]] = set()

    def met(self, target: Target, request: InvokeRequest, context: FaultContext) -> Failure | None:
        """Returns the throttle of an attempt, or None."""
        names = _names(request)
        if not self._throttled.isdisjoint(names):
            return EXPLORED_THROTTLES[THROTTLE_ALWAYS]
        keeps = context.attempt == 1 and self._keeps_discarded(target, request)
        found = self._planned.met("throttle", context, explored=EXPLORED_THROTTLES if keeps else None)
        if found is not None and found.repeats:
            self._throttled.update(names)
        return found

    def _keeps_discarded(self, target: Target, request: InvokeRequest) -> bool:
        if request.batch is not None:
            return self._keeps(request.batch.origin)
        configured = target.function.event_invoke_config(target.qualifier)
        places = configured.on_failure or target.configuration.dead_letter_target_arn
        return bool(places) and not request.is_synchronous


def _names(request: InvokeRequest) -> list[tuple[object, ...]]:
    """Returns names of the messages or records of an attempt, or of its event."""
    batch = request.batch
    if batch is None:
        return [(request.request_id,)]
    return [(batch.origin.source, batch.origin.shard_id, one) for one in batch.ids]
