"""The delivery of a message to one subscription of a topic: its filter, its form, and its dead-letter queue."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from moto.core.exceptions import ServiceException
from moto.sns.models import Subscription
from moto.sqs.models import sqs_backends

from ...arns import parse, parse_or_none
from ...journal.entry import NOBODY, Subject
from ...journal.events import Warned
from ...patching import attribute_patched
from ...service.authorization import Authorizer
from ...service.errors import ServiceError
from ...service.event_acceptor import EventAcceptor
from ...simulation.simulation import Simulation
from ...sources.push import topic_events
from ...sources.push.deliveries import TOPIC_RETRIES, NotDelivered, Push, Pushes, refused
from ...sources.push.filter_policies import ATTRIBUTES
from ...sources.push.push_counts import PUBLISHED, of_filtered, of_topic
from ...sources.push.subscription_settings import is_on
from ...sources.push.topic_checks import Publication
from ...sources.push.topic_deduplication import Published
from ...sources.push.topic_events import TopicMessage, signed_text
from ...sources.push.topic_filters import Attributes, Cause, TopicFilter
from ...sources.push.topic_texts import text_for
from ...values import dataclass
from ..sqs.simulated_queue import simulated
from .topic_signatures import show_certificate, signature

_SENDER = f"AROA{'0' * 17}:AWS-CLOUDCAST"
"""The `SenderId` of messages that SNS sends to queues (PSH-1A)."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A message that a topic accepted. `texts` are the texts by protocol of a structured message, else None.

    `attributes` are in the form of notifications. `deduplication_id` is the hash of the body if the topic made it.
    """

    publication: Publication
    attributes: Attributes
    published: Published
    deduplication_id: str | None
    texts: Mapping[str, Any] | None

    def text(self, protocol: str) -> str:
        """Returns the text for a protocol."""
        return self.publication.message if self.texts is None else text_for(self.texts, protocol)


class TopicDeliveries:
    """Delivers the messages of topics. No failure reaches the publisher."""

    def __init__(self, simulation: Simulation, functions: EventAcceptor, authority: Authorizer, pushes: Pushes) -> None:
        self._simulation = simulation
        self._functions = functions
        self._authority = authority
        self._pushes = pushes
        self._filters: dict[tuple[str, str], TopicFilter] = {}
        self._by_moto: Callable[..., None] = Subscription.publish

    def deliver(self, subscription: Any, accepted: Accepted) -> None:
        """Delivers a message to one subscription, if its filter lets the message pass (PSH-18, PSH-4P)."""
        text, topic_arn = accepted.text(subscription.protocol), subscription.topic.arn
        label, count = topic_events.source(topic_arn).label, self._pushes.counts.count
        cause = self._rejected(subscription, text, accepted.attributes)
        if cause is not None:
            count(topic_arn, of_filtered(cause))
            self._pushes.filtered(label, subscription.endpoint)
            return
        if subscription.protocol in ("lambda", "sqs"):
            self._pushes.matched(label, subscription.endpoint)
            message = self._message(subscription, text, accepted)
            self._pushes.deliver(
                Push(
                    label, subscription.endpoint, lambda attempt: self._send(subscription, message), TOPIC_RETRIES,
                    lambda ending: self._redrive(subscription, message, ending.failure),
                    lambda outcome: count(topic_arn, of_topic(outcome)),
                )
            )  # fmt: skip
        else:
            self._deliver_by_moto(subscription, text, accepted)

    def published(self, topic_arn: str) -> None:
        """Counts a message that a topic accepted."""
        self._pushes.counts.count(topic_arn, PUBLISHED)

    def _rejected(self, subscription: Any, text: str, attributes: Attributes) -> Cause | None:
        policy = subscription.attributes.get("FilterPolicy")
        if not policy:
            return None
        key = policy, subscription.attributes.get("FilterPolicyScope") or ATTRIBUTES
        if key not in self._filters:
            self._filters[key] = TopicFilter(*key)
        return self._filters[key].rejected(text, attributes)

    def _message(self, subscription: Any, text: str, accepted: Accepted) -> TopicMessage:
        """Returns the message as the subscription gets it. A standard queue behind a FIFO topic gets no ids (PSH-89)."""
        topic, publication, message_id = subscription.topic, accepted.publication, accepted.published.message_id
        now, subject = self._simulation.clock.now, publication.subject
        version, signed = str(getattr(topic, "signature_version", "1")), None
        is_standard = not is_on(topic.fifo_topic)
        if is_standard:
            show_certificate(topic.sns_backend.region_name)
            signed = signature(signed_text(topic.arn, message_id, text, subject, now), version)
        has_ids, has_number = subscription.endpoint.endswith(".fifo"), not is_standard and accepted.texts is None
        return TopicMessage(
            topic.arn, subscription.arn, message_id, text, subject, accepted.attributes, now,
            signature_version=version, signature=signed,
            sequence_number=accepted.published.sequence_number if has_number else None,
            group_id=publication.group_id if is_standard or has_ids else None,
            deduplication_id=accepted.deduplication_id if not is_standard and has_ids else None,
        )  # fmt: skip

    def _send(self, subscription: Any, message: TopicMessage) -> None:
        """Sends a message to a function or a queue. Raises `NotDelivered`."""
        if subscription.protocol == "sqs":
            self._send_to_queue(subscription.endpoint, message, is_raw=_is_raw(subscription))
            return
        payload = json.dumps(topic_events.event(message), ensure_ascii=False, separators=(",", ":")).encode()
        try:
            self._functions.accept(subscription.endpoint, payload, source=topic_events.source(message.topic_arn))
        except ServiceError as refusal:
            raise refused(refusal) from None

    def _send_to_queue(self, queue_arn: str, message: TopicMessage, *, is_raw: bool) -> None:
        """Sends a message to a queue. Raises `NotDelivered` if the queue does not exist, or if it or its policy refuses it
        (PSH-72, PSH-73).
        """
        arn = parse(queue_arn)
        denied = self._authority.admits(queue_arn, topic_events.source(message.topic_arn), "sqs:SendMessage")
        if denied is not None:
            raise NotDelivered("NO_PERMISSIONS", denied)
        body = message.text if is_raw else topic_events.envelope(message)
        attributes = topic_events.raw_attributes(message.attributes) if is_raw else {}
        try:
            backend = sqs_backends[arn.account_id][arn.region_name]
            sent = backend.send_message(
                arn.name, body, message_attributes=attributes, deduplication_id=message.deduplication_id,
                group_id=message.group_id, validate_group_id=False,
            )  # fmt: skip
        except (KeyError, ServiceException) as refusal:
            raise NotDelivered("INVALID_PARAMETER", str(refusal)) from refusal
        simulated(backend.queues[arn.name]).set_sender(sent.id, _SENDER)

    def _redrive(self, subscription: Any, message: TopicMessage, failure: NotDelivered) -> str | None:
        """Sends a message to the subscription's dead-letter queue, in the form for queues (PSH-16, PSH-17).

        Returns the ARN of the queue; None if the subscription has none, so that the message is lost.
        """
        queue_arn = topic_events.dead_letter_queue(subscription.attributes)
        what = f"Topic {subscription.topic.name!r} could not deliver a message to {subscription.endpoint}: {failure.sentence}"
        if queue_arn is None:
            if failure.code != "NO_PERMISSIONS":
                self._warn(subscription, f"{what} The subscription has no RedrivePolicy, so the message is lost.")
            return None
        try:
            self._send_to_queue(queue_arn, message, is_raw=_is_raw(subscription))
        except NotDelivered as second:
            refusal = f"Its dead-letter queue {queue_arn} refused it too: {second.sentence}"
            self._warn(subscription, f"{what} {refusal} The message is lost.")
            raise
        return queue_arn

    def _deliver_by_moto(self, subscription: Any, text: str, accepted: Accepted) -> None:
        publication = accepted.publication
        with attribute_patched(subscription, "_filter_policy_matcher", None):
            self._by_moto(
                subscription, text, accepted.published.message_id, subject=publication.subject,
                message_attributes=dict(accepted.attributes), group_id=publication.group_id,
            )  # fmt: skip

    def _warn(self, subscription: Any, message: str) -> None:
        arn = parse_or_none(subscription.endpoint) if subscription.protocol == "lambda" else None
        self._simulation.journal.write(Warned(NOBODY if arn is None else Subject(arn.name), message))


def _is_raw(subscription: Any) -> bool:
    return subscription.protocol == "sqs" and is_on(subscription.attributes.get("RawMessageDelivery"))
