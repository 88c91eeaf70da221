"""Publish and PublishBatch on moto: checks, duplicates of FIFO topics, and one delivery for each subscription."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from weakref import WeakKeyDictionary

from moto.core.responses import ActionResult
from moto.moto_api._internal import mock_random
from moto.sns.exceptions import TopicNotFound
from moto.sns.models import SNSBackend, Topic
from moto.sns.responses import SNSResponse

from ...contexts import contextmanager
from ...patching import attributes_patched
from ...service.caller_permissions import CallerPermissions
from ...simulation.identifiers import uuid_of
from ...simulation.simulation import Simulation
from ...sources.push import topic_checks
from ...sources.push.subscription_settings import is_on
from ...sources.push.topic_checks import Publication
from ...sources.push.topic_deduplication import AcceptedMessages, Published, key_of
from ...sources.push.topic_errors import TopicError
from ...sources.push.topic_events import published_attributes
from ...sources.push.topic_texts import texts_of
from .topic_deliveries import Accepted, TopicDeliveries
from .topic_errors import refusals_raised
from .topic_settings import maximum_of

Respond = Callable[[SNSResponse], Any]


@contextmanager
def publishing_served(publisher: TopicPublisher) -> Iterator[None]:
    """Lets topics accept and deliver messages as SNS does while a simulated AWS is open."""
    with attributes_patched(
        (Topic, "publish", publisher.as_method_of_topics()),
        (SNSResponse, "publish", publisher.answering_publish(SNSResponse.publish)),
        (SNSResponse, "publish_batch", publisher.answering_publish_batch()),
    ):
        yield


class TopicPublisher:
    """Accepts messages for the topics of one simulated AWS."""

    def __init__(self, simulation: Simulation, deliveries: TopicDeliveries, permissions: CallerPermissions) -> None:
        self._simulation = simulation
        self._deliveries = deliveries
        self._permissions = permissions
        self._accepted: WeakKeyDictionary[Any, AcceptedMessages] = WeakKeyDictionary()

    def accept(self, topic: Any, publication: Publication, attributes: Mapping[str, Any]) -> Published:
        """Delivers a message that was checked, unless it is a duplicate (PSH-83).

        `attributes` are in the form of notifications. Deduplication comes before the filters (PSH-86).
        """
        if not is_on(topic.fifo_topic):
            published = Published(uuid_of(mock_random.getrandbits(128)))
            self._deliver(topic, publication, attributes, published, publication.deduplication_id)
            return published
        accepted = self._accepted.setdefault(topic, AcceptedMessages())
        scope = getattr(topic, "fifo_throughput_scope", None)
        key, deduplication_id = key_of(publication.group_id, publication.deduplication_id, publication.message, scope)
        now = self._simulation.clock.microseconds
        first = accepted.first(key, now)
        if first is not None:
            return first
        published = accepted.add(key, uuid_of(mock_random.getrandbits(128)), now)
        self._deliver(topic, publication, attributes, published, deduplication_id)
        return published

    def _deliver(
        self, topic: Any, publication: Publication, attributes: Mapping[str, Any], published: Published,
        deduplication_id: str | None,
    ) -> None:  # fmt: skip
        texts = texts_of(publication.message) if publication.structure == "json" else None
        self._deliveries.published(topic.arn)
        accepted = Accepted(publication, attributes, published, deduplication_id, texts)
        for subscription in topic.sns_backend._get_topic_subscriptions(topic):
            self._deliveries.deliver(subscription, accepted)
        topic.sent_notifications.append(
            (published.message_id, publication.message, publication.subject, dict(attributes), publication.group_id)
        )

    def as_method_of_topics(self) -> Callable[..., str]:
        """Replaces `Topic.publish`, with which other services publish."""

        def publish(
            topic: Any, message: str, subject: str | None = None, message_attributes: Mapping[str, Any] | None = None,
            group_id: str | None = None, deduplication_id: str | None = None, message_structure: str | None = None,
        ) -> str:  # fmt: skip
            publication = Publication(message, subject, None, message_structure, group_id, deduplication_id)
            return self.accept(topic, publication, message_attributes or {}).message_id

        return publish

    def answering_publish(self, original: Respond) -> Respond:
        """Replaces `Publish`. moto publishes to phone numbers and mobile devices."""

        def publish(response: SNSResponse) -> Any:
            target = {name: response._get_param(name) for name in ("TopicArn", "TargetArn", "PhoneNumber")}
            with refusals_raised():
                topic_checks.check_target(target)
            topic = _topic(response.backend, target["TopicArn"] or target["TargetArn"])
            if target["PhoneNumber"] is not None or (topic is None and target["TargetArn"]):
                return original(response)
            publication = _publication({name: response._get_param(name) for name in _MEMBERS})
            with refusals_raised():
                topic_checks.check_attributes(publication.attributes or {})
                topic_checks.check_message(publication)
                if topic is None:
                    raise TopicNotFound
                self._check_caller(topic)
                _check_for(topic, publication)
                topic_checks.check_size(publication, maximum_of(topic))
            return ActionResult(_answer(self._accepted_publication(topic, publication)))

        return publish

    def answering_publish_batch(self) -> Respond:
        """Replaces `PublishBatch`: a batch is refused as a whole, or each entry succeeds or fails (PSH-9A, PSH-9B)."""

        def publish_batch(response: SNSResponse) -> Any:
            entries: Sequence[Mapping[str, Any]] = response._get_param("PublishBatchRequestEntries", []) or []
            with refusals_raised():
                topic_checks.check_batch(entries)
                topic_checks.check_target({"TopicArn": response._get_param("TopicArn")})
                topic = _topic(response.backend, response._get_param("TopicArn"))
                if topic is None:
                    raise TopicNotFound
                self._check_caller(topic)
                failed = self._refused_entries(topic, entries)
            successful = [
                {"Id": entry["Id"], **_answer(self._accepted_publication(topic, _publication(entry)))}
                for entry in entries
                if entry["Id"] not in failed
            ]
            return ActionResult({"Successful": successful, "Failed": list(failed.values())})

        return publish_batch

    def _refused_entries(self, topic: Any, entries: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
        """Returns the failures of entries by id. Raises `TopicError` if the whole batch is refused (PSH-9B)."""
        publications = [_publication(entry) for entry in entries]
        for publication in publications:
            topic_checks.check_attributes(publication.attributes or {})
        topic_checks.check_batch_size(publications, maximum_of(topic))
        failed = {}
        for entry, publication in zip(entries, publications, strict=True):
            try:
                topic_checks.check_message(publication)
                _check_for(topic, publication)
            except TopicError as error:
                if is_on(topic.fifo_topic):
                    raise
                failure = {"Id": entry["Id"], "Code": error.code, "Message": error.message, "SenderFault": True}
                failed[entry["Id"]] = failure
        return failed

    def _check_caller(self, topic: Any) -> None:
        """Raises `TopicError` if the role of the handler that publishes may not do this (PSH-77)."""
        refusal = self._permissions.refusal_of("sns:Publish", topic.arn)
        if refusal is not None:
            raise TopicError("AuthorizationError", refusal, 403)

    def _accepted_publication(self, topic: Any, publication: Publication) -> Published:
        return self.accept(topic, publication, published_attributes(publication.attributes or {}))


_MEMBERS = (
    "Message", "Subject", "MessageAttributes", "MessageStructure", "MessageGroupId", "MessageDeduplicationId",
)  # fmt: skip


def _publication(members: Mapping[str, Any]) -> Publication:
    return Publication(
        members.get("Message") or "", members.get("Subject"), members.get("MessageAttributes") or {},
        members.get("MessageStructure"), members.get("MessageGroupId"), members.get("MessageDeduplicationId"),
    )  # fmt: skip


def _check_for(topic: Any, publication: Publication) -> None:
    is_fifo, by_content = is_on(topic.fifo_topic), is_on(topic.content_based_deduplication)
    topic_checks.check_ids(publication, is_fifo=is_fifo, by_content=by_content)


def _topic(backend: SNSBackend, arn: str | None) -> Any:
    """Returns a topic; None if it does not exist."""
    try:
        return None if arn is None else backend.get_topic(arn)
    except (TopicNotFound, ValueError):
        return None


def _answer(published: Published) -> dict[str, str]:
    number = {} if published.sequence_number is None else {"SequenceNumber": published.sequence_number}
    return {"MessageId": published.message_id, **number}
