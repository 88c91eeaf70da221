"""The deliveries of subscription filters of CloudWatch Logs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from ...arns import name_of_arn
from ...errors import LambdaEventsError, NotSimulatedError
from ...journal.entry import NOBODY
from ...journal.events import Warned
from ...journal.pushes import PushDropped
from ...service.tracing import Chains, Trace
from ...simulation.simulation import Simulation
from . import log_events
from .deliveries import LOG_RETRIES, Ending, Push, Pushes
from .log_events import EventTooLarge, LogBatch, Packed
from .log_filters import StoredEvent, SubscriptionFilter, of_log_events

HOP_LIMIT = 16
"""How many deliveries of log events one chain has before the test fails (LOG-1D)."""
DISABLED_SECONDS = 600.0
"""How long a filter is disabled after a failure that is not retried (LOG-19)."""


class LogDestinations(Protocol):
    """The destinations of subscription filters."""

    def send_to_function(self, subscription: SubscriptionFilter, payload: bytes, trace: Trace) -> None:
        """Sends an event to a function. Raises `NotDelivered`."""

    def send_to_stream(self, subscription: SubscriptionFilter, data: bytes, log_stream: str, trace: Trace) -> None:
        """Puts a record on a Kinesis stream. Raises `NotDelivered`."""


class LogDeliveries:
    """Delivers the log events that subscription filters select.

    Each delivery has its own trace, whose root is the key of `_hops`. The function that it invokes writes log events with this
    root, also after calls of SQS, SNS and other services that pass a trace on. Records of streams remember it.
    """

    def __init__(
        self,
        simulation: Simulation,
        destinations: LogDestinations,
        chains: Chains,
        pushes: Pushes,
        largest_payloads: tuple[int, int],
    ) -> None:
        self._simulation = simulation
        self._destinations = destinations
        self._chains = chains
        self._largest_event, self._largest_record = largest_payloads
        self._pushes = pushes
        self._hops: dict[str, int] = {}
        self._disabled_until: dict[SubscriptionFilter, float] = {}

    def enabled(self, subscription: SubscriptionFilter) -> None:
        """Enables a filter, which was put now."""
        self._disabled_until.pop(subscription, None)

    def deliver(
        self, subscriptions: Iterable[SubscriptionFilter], log_stream: str, events: Sequence[StoredEvent], cause: str | None
    ) -> None:
        """Delivers new events of a log stream. `cause` is the root of the trace of the invocation that wrote them."""
        hops = 0 if cause is None else self._hops.get(self._chains.origin(cause), 0)
        for subscription in subscriptions:
            selected = subscription.selected(events)
            if not selected:
                self._pushes.filtered(subscription.source.label, subscription.destination_arn)
                continue
            self._pushes.matched(subscription.source.label, subscription.destination_arn)
            if not self._is_disabled(subscription):
                self._send(subscription, subscription.batch(log_stream, selected), hops + 1)

    def _is_disabled(self, subscription: SubscriptionFilter) -> bool:
        """Returns whether a filter is disabled. The events of this time are lost (LOG-18, LOG-19)."""
        until = self._disabled_until.get(subscription, 0.0)
        if self._simulation.clock.elapsed >= until:
            return False
        reason = f"the filter is disabled until {until:.0f} s after a failed delivery"
        self._simulation.journal.write(
            PushDropped(NOBODY, subscription.source.label, subscription.destination_arn, reason, None)
        )
        return True

    def _send(self, subscription: SubscriptionFilter, batch: LogBatch, hops: int) -> None:
        if hops > HOP_LIMIT:
            self._simulation.surface(LambdaEventsError(_loop(subscription)))
            return
        is_function = subscription.sends_to_a_function
        size_of, largest = (_size_of_event, self._largest_event) if is_function else (len, self._largest_record)
        try:
            parts = list(log_events.packed(batch, size_of, largest))
        except EventTooLarge:
            raise self._simulation.record_misuse(_too_large(subscription, largest), NotSimulatedError) from None
        for part in parts:
            if not self._is_disabled(subscription):
                self._push(subscription, part, batch.log_stream, hops)

    def _push(self, subscription: SubscriptionFilter, part: Packed, log_stream: str, hops: int) -> None:
        trace = self._chains.new()
        self._hops[trace.root] = hops

        def send(attempt: int) -> None:
            if subscription.sends_to_a_function:
                self._destinations.send_to_function(subscription, log_events.payload(part.data), trace)
            else:
                self._destinations.send_to_stream(subscription, part.data, log_stream, trace)

        self._pushes.deliver(
            Push(
                subscription.source.label, subscription.destination_arn, send, LOG_RETRIES,
                lambda ending: self._dropped(subscription, ending),
                lambda outcome: self._pushes.counts.add(subscription.counted, of_log_events(outcome, part)),
            )
        )  # fmt: skip

    def _dropped(self, subscription: SubscriptionFilter, ending: Ending) -> None:
        """Disables the filter if the failure was final, and warns that the events are lost."""
        what = (
            f"A delivery of {subscription} to {subscription.destination_arn} failed: {ending.failure.sentence} The log events "
            "are lost."
        )
        if not ending.failure.is_retried:
            until = self._simulation.clock.elapsed + DISABLED_SECONDS
            self._disabled_until[subscription] = until
            what += f" The filter is disabled until {until:.0f} s, and log events of this time are lost too (LOG-18)."
        self._simulation.journal.write(Warned(NOBODY, what))


def _size_of_event(data: bytes) -> int:
    return len(log_events.payload(data))


def _loop(subscription: SubscriptionFilter) -> str:
    return (
        f"Endless loop of log deliveries: {subscription} sends log events to {name_of_arn(subscription.destination_arn)!r}, "
        f"and this causes new log events. The simulation stops after {HOP_LIMIT} deliveries in one chain. On AWS the loop "
        "does not end. Use a filterPattern that does not match the log events of the function, or subscribe another log "
        "group (LOG-1C)."
    )


def _too_large(subscription: SubscriptionFilter, largest: int) -> str:
    return (
        f"A log event of {largest:,} bytes or more is not simulated for {subscription}, because it does not fit into one "
        "payload. Write a smaller log event in the test."
    )
