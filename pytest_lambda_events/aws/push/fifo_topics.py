"""FIFO topics, which deliver a message once in five minutes; and subscriptions that AWS refuses."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from moto.sns.exceptions import SNSInvalidParameter
from moto.sns.models import SNSBackend, Topic
from moto.sns.responses import SNSResponse

from ...simulation.clock import MICROSECONDS, VirtualClock
from ...simulation.simulation import Simulation

WINDOW = 300 * MICROSECONDS
"""How long after a message its duplicates are not delivered."""
FIRST_SEQUENCE_NUMBER = 10_000_000_000_000_000_000
SEQUENCE_STEP = 1_000


@contextmanager
def fifo_topics_served(simulation: Simulation) -> Iterator[None]:
    """Lets FIFO topics drop duplicates and number their messages while a simulated AWS is open."""
    topics = FifoTopics(simulation.clock)
    with (
        mock.patch.object(Topic, "publish", topics.publishing(Topic.publish)),
        mock.patch.object(SNSResponse, "publish", topics.answering(SNSResponse.publish)),
        mock.patch.object(SNSResponse, "publish_batch", topics.answering(SNSResponse.publish_batch)),
        mock.patch.object(SNSBackend, "subscribe", _checked(SNSBackend.subscribe)),
        mock.patch.object(SNSResponse, "subscribe", _compared(SNSResponse.subscribe)),
    ):
        yield


class FifoTopics:
    """The messages and numbers of FIFO topics."""

    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock
        self._firsts: dict[tuple[Any, str | None, str], tuple[int, str]] = {}
        self._numbers: dict[str, str] = {}

    def publishing(self, original: Callable[..., str]) -> Callable[..., str]:
        """Replaces `Topic.publish`: a duplicate gets the id of the first message, and is not delivered."""

        def publish(
            topic: Any, message: str, subject: str | None = None, message_attributes: Any = None, group_id: str | None = None,
            deduplication_id: str | None = None, message_structure: str | None = None,
        ) -> str:  # fmt: skip
            if not is_on(topic.fifo_topic):
                return original(topic, message, subject, message_attributes, group_id, deduplication_id, message_structure)
            deduplication_id = deduplication_id or hashlib.sha256(message.encode()).hexdigest()
            is_per_group = getattr(topic, "fifo_throughput_scope", None) == "MessageGroup"
            key = (topic, group_id if is_per_group else None, deduplication_id)
            sent_at, message_id = self._firsts.get(key, (-WINDOW, ""))
            if self._clock.microseconds < sent_at + WINDOW:
                return message_id
            message_id = original(topic, message, subject, message_attributes, group_id, deduplication_id, message_structure)
            self._firsts[key] = (self._clock.microseconds, message_id)
            self._numbers[message_id] = str(FIRST_SEQUENCE_NUMBER + SEQUENCE_STEP * len(self._numbers))
            return message_id

        return publish

    def answering(self, original: Callable[[SNSResponse], Any]) -> Callable[[SNSResponse], Any]:
        """Adds the sequence number of each message of a FIFO topic to `Publish` and `PublishBatch`."""

        def call(response: SNSResponse) -> Any:
            answer = original(response)
            for sent in (answer.result, *answer.result.get("Successful", ())):
                number = self._numbers.get(sent.get("MessageId", ""))
                if number is not None:
                    sent["SequenceNumber"] = number
            return answer

        return call


def is_on(setting: Any) -> bool:
    """Returns whether an attribute of a topic or a subscription is true. moto before 5.2 stores it as text."""
    return str(setting).lower() == "true"


def as_kept_by_moto(value: Any, sns: SNSBackend) -> Any:
    """Returns the attribute as this version of moto stores it. Before 5.2, booleans are text."""
    topic: Any = Topic("any", sns)  # type: ignore[abstract]
    return str(value).lower() if isinstance(topic.fifo_topic, str) and isinstance(value, bool) else value


def _checked(original: Callable[..., Any]) -> Callable[..., Any]:
    """Replaces `SNSBackend.subscribe`: FIFO topics deliver only to queues."""

    def subscribe(backend: SNSBackend, topic_arn: str, endpoint: str, protocol: str) -> Any:
        topic: Any = backend.get_topic(topic_arn)
        if is_on(topic.fifo_topic) and protocol != "sqs":
            raise SNSInvalidParameter(
                f"Invalid parameter: Invalid parameter: Endpoint Reason: FIFO topics do not deliver by the protocol {protocol}"
            )
        return original(backend, topic_arn, endpoint, protocol)

    return subscribe


def _compared(original: Callable[[SNSResponse], Any]) -> Callable[[SNSResponse], Any]:
    """Replaces `Subscribe`: a call does not change an existing subscription, and a refused call creates none.

    moto creates the subscription before it reads the filter policy (findings/moto_refused_subscription.sh).
    """

    def subscribe(response: SNSResponse) -> Any:
        topic_arn, endpoint, protocol = (response._get_param(name) for name in ("TopicArn", "Endpoint", "Protocol"))
        found: Any = response.backend._find_subscription(topic_arn, endpoint, protocol)
        given = response._get_attributes() or {}
        if "FilterPolicy" in given and not isinstance(_plain(given["FilterPolicy"]), dict):
            raise SNSInvalidParameter("Invalid parameter: FilterPolicy: failed to parse JSON.")
        if found is not None and any(_plain(found.attributes.get(name)) != _plain(value) for name, value in given.items()):
            raise SNSInvalidParameter(
                "Invalid parameter: Attributes Reason: Subscription already exists with different attributes"
            )
        try:
            return original(response)
        except Exception:
            made: Any = response.backend._find_subscription(topic_arn, endpoint, protocol)
            if found is None and made is not None:
                response.backend.unsubscribe(made.arn)
            raise

    return subscribe


def _plain(value: Any) -> Any:
    """Returns an attribute of a subscription in one form, however it was written."""
    try:
        return json.loads(str(value).lower()) if str(value).lower() in ("true", "false") else json.loads(value)
    except (TypeError, ValueError):
        return value
