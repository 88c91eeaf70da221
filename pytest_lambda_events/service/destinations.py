"""Deliveries at the end of an event: to its destination, and to the dead-letter queue of its function."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from datetime import datetime
from typing import Protocol

from ..arns import parse
from ..faults.plans import PLANNED, FaultContext, Faults
from ..journal import events
from ..journal.entry import Origin, Subject
from ..journal.events import Delivered, Route
from ..records import dead_letter, invocation_record
from ..records.dead_letter import Attribute
from ..records.invocation_record import Ending
from ..simulation.simulation import Simulation
from ..values import dataclass
from .async_queue import EndedEvent, QueuedEvent
from .authorization import Authorizer
from .destination_kinds import DESTINATION_KINDS
from .model import LATEST, Target
from .refusals import Throttled, Unavailable
from .retry import SUCCESS, ZERO_RESERVED_CONCURRENCY
from .tracing import Trace

_ZERO_CONCURRENCY_MESSAGE = "Function not invoked. Function isconfigured with zero reserved concurrent executions"
"""AWS omits the space too (DLQ-24)."""


class DeliveryFailed(Exception):
    """A message did not reach its target. The text is the reason."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """The content of a delivery to any kind of target. Each kind uses the fields that it needs.

    `folder` is the location of an object in a bucket, below `aws/lambda/`. `fault_context` is the attempt. `key` is that of a
    record of a topic of Kafka.
    """

    body: bytes
    function_arn: str
    fault_context: FaultContext
    role_arn: str
    is_success: bool
    at: datetime
    trace: Trace
    folder: str
    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    key: bytes | None = None


class Deliveries(Protocol):
    """Sends to the services of the simulated AWS."""

    def send(self, target_arn: str, delivery: Delivery) -> None:
        """Delivers. Raises `DeliveryFailed` if the target does not exist, is FIFO, or does not accept the message."""

    def key_of(self, target_arn: str) -> str | None:
        """Returns the customer-managed key that encrypts the target, if there is one. Raises `DeliveryFailed` if it is not
        usable.
        """


class DestinationSender:
    """Sends along one route. A message that is not delivered is lost, and the journal has the reason (DST-50, DLQ-30,
    KIN-78).
    """

    def __init__(self, simulation: Simulation, deliveries: Deliveries, authority: Authorizer, planned: Faults) -> None:
        self._journal = simulation.journal
        self._deliveries = deliveries
        self._authority = authority
        self._planned = planned

    def send(
        self,
        subject: Subject,
        route: Route,
        target_arn: str,
        delivery: Delivery,
        origin: Origin | None = None,
        invoked_arn: str | None = None,
    ) -> bool:
        """Returns whether the message was delivered. `origin` and `invoked_arn` are added to the journal entry."""
        try:
            self._check_planned(route, delivery.fault_context)
            self._check(target_arn, delivery)
            self._deliveries.send(target_arn, delivery)
            if self._planned.met("acknowledgement", delivery.fault_context) is not None:
                self._journal.write(Delivered(subject, route, target_arn, delivery.body, origin, invoked_arn))
                self._deliveries.send(target_arn, delivery)
        except DeliveryFailed as failure:
            self._journal.write(events.DeliveryFailed(subject, route, target_arn, str(failure), origin, invoked_arn))
            return False
        self._journal.write(Delivered(subject, route, target_arn, delivery.body, origin, invoked_arn))
        return True

    def _check_planned(self, route: Route, fault_context: FaultContext) -> None:
        stage = "dead_letter_queue" if route == "dead_letter_queue" else "destination"
        if self._planned.met(stage, fault_context) is not None:
            raise DeliveryFailed(PLANNED)

    def _check(self, target_arn: str, delivery: Delivery) -> None:
        service = parse(target_arn).service
        if service == "kafka":
            # Neither a permission of IAM nor a limit of Lambda concerns a topic of Kafka.
            return
        kind = DESTINATION_KINDS[service]
        # The objects of a function or a mapping share this prefix. Policies may contain it.
        resource = f"{target_arn}/aws/lambda/{delivery.folder}/" if service == "s3" else target_arn
        needed = [(kind.action, resource)]
        key_arn = self._deliveries.key_of(target_arn)
        if key_arn is not None:
            needed += [(action, key_arn) for action in kind.key_actions]
        for action, arn in needed:
            reason = self._authority.allowed(delivery.role_arn, action, arn)
            if reason is not None:
                raise DeliveryFailed(reason)
        size = dead_letter.size(delivery.body, delivery.attributes)
        if kind.largest is not None and size > kind.largest:
            raise DeliveryFailed(f"the message has {size} bytes, and the limit of {service} is {kind.largest}")


class EventOutcomes:
    """Serves the routes of an event that ended. A failed delivery does not affect the others (DST-50, DLQ-30)."""

    def __init__(self, simulation: Simulation, routes: DestinationSender, *, counts_all_attempts: bool = False) -> None:
        self._simulation = simulation
        self._routes = routes
        self._counts_all_attempts = counts_all_attempts

    def serve(self, ended: EndedEvent) -> None:
        """Sends to the dead-letter queue and to the destination that are configured now (DST-04)."""
        event = ended.event
        is_success = ended.condition == SUCCESS
        event.remember(_in_force(event.target))
        if event.dead_letter_target_arn and not is_success:
            delivery = self._delivery(ended, event.payload, _letter_of(ended))
            self._routes.send(event.subject(), "dead_letter_queue", event.dead_letter_target_arn, delivery)
        destination = event.configured.on_success if is_success else event.configured.on_failure
        if destination and event.execution_arn is None:  # DUR-37
            route: Route = "on_success" if is_success else "on_failure"
            record = invocation_record.written(self._ending(ended))
            self._routes.send(event.subject(), route, destination, self._delivery(ended, record, {}))

    def _delivery(self, ended: EndedEvent, body: bytes, attributes: Mapping[str, Attribute]) -> Delivery:
        event = ended.event
        trace = event.last.result.trace if event.last.result else None
        return Delivery(
            body, event.qualified_arn, event.fault_context(), event.role_arn, ended.condition == SUCCESS,
            self._simulation.clock.now, trace or event.trace, f"async/{event.function_name}", attributes,
        )  # fmt: skip

    def _ending(self, ended: EndedEvent) -> Ending:
        event, result = ended.event, ended.event.last.result
        is_success = ended.condition == SUCCESS
        count = 1 if is_success and not self._counts_all_attempts else event.invoke_count  # DST-19
        ending = Ending(
            self._simulation.clock.now, event.request_id, event.qualified_arn, ended.condition, count, event.payload
        )
        if ended.condition == ZERO_RESERVED_CONCURRENCY or event.last.status_code is None:
            return ending
        if result is None:
            return replace(ending, status_code=event.last.status_code)
        return replace(
            ending,
            status_code=event.last.status_code,
            executed_version=result.executed_version,
            function_error="Unhandled" if result.error else None,
            response_payload=result.payload,
        )


def _in_force(target: Target | None) -> Target | None:
    """Returns the settings of a target. A published version keeps its own, and `$LATEST` has the current ones (DLQ-06, 08)."""
    if target is None or target.configuration.version != LATEST or target.configuration is target.function.latest:
        return target
    return replace(target, configuration=target.function.latest)


def _letter_of(ended: EndedEvent) -> Mapping[str, Attribute]:
    event = ended.event
    if ended.condition == ZERO_RESERVED_CONCURRENCY:
        return dead_letter.attributes(event.request_id, None, _ZERO_CONCURRENCY_MESSAGE)
    return dead_letter.attributes(event.request_id, event.last.status_code, _message_of(event))


def _message_of(event: QueuedEvent) -> str:
    """Returns the error message of the last response (DLQ-23)."""
    last = event.last
    if last.result is not None and last.result.error is not None:
        return last.result.error.error_message
    for refusal in (Throttled, Unavailable):
        if last.status_code == refusal.status_code:
            return refusal.message
    if last.status_code == 404:
        return f"Function not found: {event.qualified_arn}"
    return ""
