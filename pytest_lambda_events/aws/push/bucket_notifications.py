"""The notifications of buckets: events of objects reach functions, queues, topics and the default event bus."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any
from unittest import mock

from moto.core.exceptions import ServiceException
from moto.s3 import notifications
from moto.s3.exceptions import S3ClientError
from moto.s3.models import FakeBucket, S3Backend
from moto.s3.responses import S3Response

from ...arns import parse
from ...journal.entry import NOBODY
from ...journal.events import Warned
from ...service.errors import ServiceError
from ...service.event_acceptor import EventAcceptor
from ...simulation.simulation import Simulation
from ...sources.push import bucket_events
from ...sources.push.bucket_events import (
    EMPTY_ETAG,
    Notifications,
    ObjectEvent,
    notification,
    on_default_bus,
    overlap,
    refusal_of,
    source,
)
from ...sources.push.deliveries import BUCKET_RETRIES, Ending, NotDelivered, Push, Pushes, refused
from ...sources.push.event_rules import EventBuses
from ..backends import late_backends

events_backends = late_backends("events")
sns_backends = late_backends("sns")
sqs_backends = late_backends("sqs")


class BucketNotifications:
    """Creates the events of objects and delivers them."""

    def __init__(self, simulation: Simulation, buses: EventBuses, acceptor: EventAcceptor) -> None:
        self._simulation = simulation
        self._buses = buses
        self._acceptor = acceptor
        self._pushes = Pushes(simulation)
        self._made = 0
        self.silenced: tuple[str, ...] = ()
        """Events that moto sends and AWS does not, during a larger operation."""

    def changed(self, account_id: str, name: str, bucket: Any, key: Any) -> None:
        """Reports a change of an object in moto."""
        if bucket.notification_configuration is None or name in self.silenced:
            return
        version = str(key.version_id) if bucket.is_versioned and key.version_id != "null" else None
        self.happened(account_id, bucket, name, key.name, size=key.size, etag=key.etag.strip('"'), version_id=version)

    def happened(self, account_id: str, bucket: Any, name: str, key: str, **about: Any) -> None:
        """Delivers an event to each receiver that the bucket has for it."""
        configuration = bucket.notification_configuration
        if configuration is None:
            return
        event = self._event(account_id, bucket, name, key, about)
        for send, receivers in (
            (self._to_function, configuration.cloud_function),
            (self._to_queue, configuration.queue),
            (self._to_topic, configuration.topic),
        ):
            for receiver in receivers:
                if _notifications(receiver.events, receiver.filters).match(name, key):
                    self._deliver(send, receiver, event)
        if configuration.event_bridge is not None:
            self._to_bus(event)

    def send_test_events(self, bucket: Any) -> None:
        """Sends a test message to each queue and topic of a new configuration (PSH-62)."""
        identifiers, clock = self._simulation.identifiers, self._simulation.clock
        ids = identifiers.hex(16).upper(), identifiers.hex(64)
        body = json.dumps(bucket_events.test_message(bucket.name, clock.now, *ids), separators=(",", ":"))
        configuration = bucket.notification_configuration
        for send, receivers in ((self._to_queue, configuration.queue), (self._to_topic, configuration.topic)):
            for receiver in receivers:
                # A receiver that does not exist is found when an event is sent.
                with suppress(ServiceException):
                    send(receiver.arn, body)

    def _event(self, account_id: str, bucket: Any, name: str, key: str, about: Any) -> ObjectEvent:
        self._made += 1
        clock, identifiers = self._simulation.clock, self._simulation.identifiers
        return ObjectEvent(
            name, bucket.name, bucket.arn, bucket.region_name, account_id, key, clock.now,
            sequencer=f"{int(clock.now.timestamp()):010X}{self._made:08X}", request_id=identifiers.hex(16).upper(),
            host_id=identifiers.hex(64), **about,
        )  # fmt: skip

    def _deliver(self, send: Callable[[str, str, ObjectEvent], None], receiver: Any, event: ObjectEvent) -> None:
        """Delivers an event. If no retry succeeds it is lost, because S3 has no dead-letter queue (PSH-5D)."""
        body = json.dumps(notification(event, receiver.id), separators=(",", ":"))

        def attempt(number: int) -> None:
            try:
                send(receiver.arn, body, event)
            except ServiceError as refusal:
                raise refused(refusal) from None
            except ServiceException as refusal:
                raise NotDelivered("InvalidParameter", str(refusal)) from None

        def lost(ending: Ending) -> None:
            if ending.failure.code != "NO_PERMISSIONS":
                what = f"Bucket {event.bucket!r} could not notify {receiver.arn} of {event.name} of {event.key!r}"
                warning = f"{what}: {ending.failure.message}. The notification is lost."
                self._simulation.journal.write(Warned(NOBODY, warning))

        label = source(event.bucket_arn, event.account_id).label
        self._pushes.deliver(Push(label, receiver.arn, attempt, BUCKET_RETRIES, lost))

    def _to_function(self, arn: str, body: str, event: ObjectEvent) -> None:
        self._acceptor.accept(arn, body.encode(), source=source(event.bucket_arn, event.account_id))

    def _to_queue(self, arn: str, body: str, event: ObjectEvent | None = None) -> None:
        queue = parse(arn)
        sqs_backends[queue.account_id][queue.region_name].send_message(queue.name, body)

    def _to_topic(self, arn: str, body: str, event: ObjectEvent | None = None) -> None:
        topic = parse(arn)
        sns_backends[topic.account_id][topic.region_name].publish(body, arn=arn, subject="Amazon S3 Notification")

    def _to_bus(self, event: ObjectEvent) -> None:
        """Sends to the default bus, but only in the bucket's account and Region (PSH-6E)."""
        bus = events_backends[event.account_id][event.region].event_buses["default"]
        self._buses.put(bus.arn, on_default_bus(event, self._simulation.identifiers.uuid()))

    @contextmanager
    def without(self, *names: str) -> Iterator[None]:
        """Suppresses some events during the block."""
        before, self.silenced = self.silenced, (*self.silenced, *names)
        try:
            yield
        finally:
            self.silenced = before


@contextmanager
def buckets_served(buckets: BucketNotifications) -> Iterator[None]:
    """Lets `buckets` create and deliver the events of buckets while a simulated AWS is open."""
    from_body = S3Response._notification_config_from_body
    delete, complete = S3Backend.delete_object, S3Backend.complete_multipart_upload
    configure, put_object, copy_object = (
        FakeBucket.set_notification_configuration,
        S3Response.put_object,
        S3Response.copy_object,
    )

    def send_event(account_id: str, event_name: Any, bucket: Any, key: Any) -> None:
        buckets.changed(account_id, event_name.value.removeprefix("s3:"), bucket, key)

    def completed(backend: S3Backend, *arguments: Any, **keywords: Any) -> Any:
        with buckets.without("ObjectCreated:Put", "ObjectTagging:Put"):
            return complete(backend, *arguments, **keywords)

    def put(response: S3Response, *arguments: Any, **keywords: Any) -> Any:
        with buckets.without("ObjectTagging:Put"):
            return put_object(response, *arguments, **keywords)

    def copied(response: S3Response, *arguments: Any, **keywords: Any) -> Any:
        with buckets.without("ObjectTagging:Put"):
            return copy_object(response, *arguments, **keywords)

    def deleted(
        backend: S3Backend, bucket_name: str, key_name: str, version_id: str | None = None, bypass: bool = False
    ) -> Any:
        with buckets.without("ObjectRemoved:Delete"):
            found, deletion = delete(backend, bucket_name, key_name, version_id, bypass)
        bucket: Any = backend.get_bucket(bucket_name)
        if version_id is None and bucket.versioning_status in ("Enabled", "Suspended"):
            marker = deletion.get("version-id") if bucket.is_versioned else None
            about = {"etag": EMPTY_ETAG, "version_id": marker and str(marker)}
            buckets.happened(backend.account_id, bucket, "ObjectRemoved:DeleteMarkerCreated", key_name, **about)
        else:
            buckets.happened(backend.account_id, bucket, "ObjectRemoved:Delete", key_name, version_id=version_id)
        return found, deletion

    def read(response: S3Response) -> dict[str, Any]:
        body = response.body
        text = body.decode() if isinstance(body, bytes) else str(body)
        response.body = _for_moto(text)
        return from_body(response)

    def configured(bucket: Any, notification_config: Any) -> None:
        kinds = ("TopicConfiguration", "QueueConfiguration", "CloudFunctionConfiguration")
        wanted = [one for kind in kinds for one in (notification_config or {}).get(kind) or ()]
        refused = refusal_of(wanted)
        if refused is not None:
            raise S3ClientError(*refused)
        overlapping = overlap([_notifications(one["Event"], one.get("Filter")) for one in wanted])
        if overlapping is not None:
            raise S3ClientError("InvalidArgument", overlapping)
        configure(bucket, notification_config)

    with (
        mock.patch.object(notifications, "send_event", send_event),
        mock.patch.object(notifications, "send_test_event", lambda account_id, bucket: buckets.send_test_events(bucket)),
        mock.patch.object(S3Backend, "complete_multipart_upload", completed),
        mock.patch.object(S3Backend, "delete_object", deleted),
        mock.patch.object(S3Response, "put_object", put),
        mock.patch.object(S3Response, "copy_object", copied),
        mock.patch.object(FakeBucket, "set_notification_configuration", configured),
        mock.patch.object(S3Response, "_notification_config_from_body", read),
    ):
        yield


_RULE = re.compile(r"<FilterRule>\s*<Name>([^<]*)</Name>\s*(?:<Value>([^<]*)</Value>|<Value\s*/>)\s*</FilterRule>")
_NO_RULES = re.compile(r"<Filter>\s*<S3Key>\s*</S3Key>\s*</Filter>")


def _for_moto(text: str) -> str:
    """Returns a configuration as moto reads it: names of rules in lower case, and no rule without a value (PSH-67, 69)."""

    def rule(found: re.Match[str]) -> str:
        name = found[1].lower()
        if name not in ("prefix", "suffix"):
            raise S3ClientError("InvalidArgument", "filter rule name must be either prefix or suffix")
        return found[0].replace(f"<Name>{found[1]}<", f"<Name>{name}<") if found[2] else ""

    return _NO_RULES.sub("", _RULE.sub(rule, text))


def _notifications(events: Sequence[str], filters: Any) -> Notifications:
    return Notifications.of(events, (filters or {}).get("S3Key", {}).get("FilterRule", ()))
