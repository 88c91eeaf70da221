"""The notifications of buckets: events of objects reach functions, queues, topics and the default event bus."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from moto.core.exceptions import ServiceException

from ...arns import parse
from ...errors import NotSimulatedError, hides_frames
from ...journal.entry import NOBODY
from ...journal.events import Warned
from ...service.authorization import Authorizer
from ...service.errors import ServiceError
from ...service.event_acceptor import EventAcceptor
from ...service.model import Configuration
from ...simulation.simulation import Simulation
from ...sources.push import bucket_events
from ...sources.push.bucket_configurations import Notifications
from ...sources.push.bucket_events import (
    CALLER,
    NOT_SIMULATED,
    ObjectEvent,
    detail_type,
    notification,
    on_default_bus,
    source,
)  # fmt: skip
from ...sources.push.deliveries import BUCKET_RETRIES, Ending, NotDelivered, Push, Pushes, refused
from ...sources.push.event_rules import EventBuses
from ...values import dataclass
from ..backends import late_backends
from ..lambda_service.policies import role_of
from ..refusals.other_services import INVOKE

__tracebackhide__ = hides_frames

events_backends = late_backends("events")
sns_backends = late_backends("sns")
sqs_backends = late_backends("sqs")

UNKNOWN_ROLE = "AROACKCEVSQ6C2EXAMPLE"
"""The id of a role that does not exist in IAM."""
ACTIONS: Mapping[str, str] = {"sqs": "sqs:SendMessage", "sns": "sns:Publish", "lambda": "lambda:InvokeFunction"}
"""What the policy of a destination must allow, by its service (PSH-74, PSH-75)."""


@dataclass(frozen=True, slots=True)
class RequestIds:
    """The ids of a request, which its response and its events have (PSH-58)."""

    request_id: str
    host_id: str


class BucketNotifications:
    """Creates the events of objects and delivers them. `caller` returns the function whose handler makes the request."""

    def __init__(
        self,
        simulation: Simulation,
        buses: EventBuses,
        acceptor: EventAcceptor,
        authority: Authorizer,
        caller: Callable[[], Configuration | None],
        pushes: Pushes,
    ) -> None:
        self._simulation = simulation
        self._buses = buses
        self._acceptor = acceptor
        self._authority = authority
        self._caller = caller
        self._pushes = pushes
        self._made = 0
        self._in_request = False
        self._ids: RequestIds | None = None
        self.silenced: tuple[str, ...] = ()
        """Events that moto sends and AWS does not, during a larger operation."""

    @contextmanager
    def request(self) -> Iterator[None]:
        """Lets all events of a request have the same ids during the block."""
        self._in_request, self._ids = True, None
        try:
            yield
        finally:
            self._in_request = False

    @property
    def used_ids(self) -> RequestIds | None:
        """The ids of the last request, if an event or a test message has them."""
        return self._ids

    def ids(self) -> RequestIds:
        """Returns the ids of the request that is being made. What happens without a request has its own ids."""
        if self._ids is None or not self._in_request:
            identifiers = self._simulation.identifiers
            self._ids = RequestIds(identifiers.hex(16).upper(), identifiers.hex(64))
        return self._ids

    def changed(self, account_id: str, name: str, bucket: Any, key: Any) -> None:
        """Reports a change of an object in moto."""
        if bucket.notification_configuration is None or name in self.silenced:
            return
        version = str(key.version_id) if bucket.is_versioned and key.version_id != "null" else None
        about = {"size": key.size, "etag": key.etag.strip('"'), "version_id": version, "storage_class": key.storage_class}
        self.happened(account_id, bucket, name, key.name, **about)

    def happened(self, account_id: str, bucket: Any, name: str, key: str, **about: Any) -> None:
        """Delivers an event to each receiver that the bucket has for it."""
        configuration = bucket.notification_configuration
        if configuration is None:
            return
        event = self._event(account_id, bucket, name, key, about)
        label = source(event.bucket_arn, account_id).label
        for receiver in (*configuration.cloud_function, *configuration.queue, *configuration.topic):
            if notifications_of(receiver.events, receiver.filters).match(name, key):
                self._pushes.matched(label, receiver.arn)
                self._deliver(label, receiver, event)
            else:
                self._pushes.filtered(label, receiver.arn)
        if configuration.event_bridge is not None and name in NOT_SIMULATED:
            self._refuse_on_bus(event)
        elif configuration.event_bridge is not None:
            self._to_bus(label, event)

    def send_test_message(self, bucket: Any, arn: str) -> None:
        """Sends a test message to a queue or topic of a new configuration (PSH-62)."""
        ids = self.ids()
        message = bucket_events.test_message(bucket.name, self._simulation.clock.now, ids.request_id, ids.host_id)
        _send(arn, json.dumps(message, separators=(",", ":")))

    def warn(self, message: str) -> None:
        """Writes a warning to the journal."""
        self._simulation.journal.write(Warned(NOBODY, message))

    def _event(self, account_id: str, bucket: Any, name: str, key: str, about: Any) -> ObjectEvent:
        self._made += 1
        now, ids = self._simulation.clock.now, self.ids()
        return ObjectEvent(
            name, bucket.name, bucket.arn, bucket.region_name, account_id, key, now,
            sequencer=f"{int(now.timestamp()):010X}{self._made:08X}", request_id=ids.request_id, host_id=ids.host_id,
            caller=_principal(self._caller()), **about,
        )  # fmt: skip

    def _deliver(self, label: str, receiver: Any, event: ObjectEvent) -> None:
        """Delivers an event. If no retry succeeds it is lost, because S3 has no dead-letter queue (PSH-5D)."""
        body = json.dumps(notification(event, receiver.id), separators=(",", ":"))

        def attempt(number: int) -> None:
            try:
                self._send(receiver.arn, body, event)
            except ServiceError as refusal:
                raise refused(refusal) from None
            except ServiceException as refusal:
                raise NotDelivered("InvalidParameter", str(refusal)) from None

        def lost(ending: Ending) -> None:
            if ending.failure.code != "NO_PERMISSIONS":
                what = f"Bucket {event.bucket!r} could not notify {receiver.arn} of {event.name} of {event.key!r}"
                warning = f"{what}: {ending.failure.sentence} The notification is lost."
                self.warn(warning)

        self._pushes.deliver(Push(label, receiver.arn, attempt, BUCKET_RETRIES, lost))

    def _send(self, arn: str, body: str, event: ObjectEvent) -> None:
        bucket, service = source(event.bucket_arn, event.account_id), parse(arn).service
        if service == "lambda":
            self._acceptor.accept(arn, body.encode(), source=bucket)
            return
        denied = self._authority.admits(arn, bucket, ACTIONS[service])
        if denied is not None:
            raise NotDelivered("NO_PERMISSIONS", denied)
        _send(arn, body)

    def _to_bus(self, label: str, event: ObjectEvent) -> None:
        """Sends to the default bus, but only in the bucket's account and Region (PSH-6E)."""
        arn = events_backends[event.account_id][event.region].event_buses["default"].arn
        self._pushes.matched(label, arn)
        entry = on_default_bus(event, self._simulation.identifiers.uuid())
        self._pushes.deliver(Push(label, arn, lambda attempt: self._put(arn, entry)))

    def _refuse_on_bus(self, event: ObjectEvent) -> None:
        """Raises `NotSimulatedError` if a rule would deliver an event that the default bus never receives (PSH-6H)."""
        arn = events_backends[event.account_id][event.region].event_buses["default"].arn
        rule = self._buses.rule_for(arn, on_default_bus(event, self._simulation.identifiers.uuid()))
        if rule is not None:
            raise self._simulation.record_misuse(
                f"The event {detail_type(event)!r} of S3 is not simulated. Rule {rule.name!r} would match the one of "
                f"{event.key!r} in bucket {event.bucket!r}. {INVOKE}", NotSimulatedError,
            )  # fmt: skip

    def _put(self, bus_arn: str, entry: Mapping[str, Any]) -> None:
        with self._pushes.without_lineage():
            self._buses.put(bus_arn, entry)

    @contextmanager
    def without(self, *names: str) -> Iterator[None]:
        """Suppresses some events during the block."""
        before, self.silenced = self.silenced, (*self.silenced, *names)
        try:
            yield
        finally:
            self.silenced = before


def notifications_of(events: Sequence[str], filters: Any) -> Notifications:
    """Returns a configuration of moto as a value."""
    return Notifications.of(events, (filters or {}).get("S3Key", {}).get("FilterRule", ()))


def _send(arn: str, body: str) -> None:
    """Sends a message to a queue or a topic (PSH-61)."""
    target = parse(arn)
    if target.service == "sqs":
        sqs_backends[target.account_id][target.region_name].send_message(target.name, body)
    else:
        sns_backends[target.account_id][target.region_name].publish(body, arn=arn, subject="Amazon S3 Notification")


def _principal(caller: Configuration | None) -> str:
    """Returns the unique id of the caller: of the session of the function's role, or of the user of the test (PSH-59)."""
    if caller is None:
        return CALLER
    role = role_of(caller.role)
    return f"{UNKNOWN_ROLE if role is None else role.id}:{caller.function_name}"
