"""The filters of subscriptions of a topic, and messages that could not be delivered."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from unittest import mock

import moto.sns.models
from moto.core.exceptions import ServiceException
from moto.sns.exceptions import SNSInvalidParameter
from moto.sns.models import Subscription, Topic
from moto.sqs.models import sqs_backends

from ...arns import parse
from ...journal.entry import NOBODY
from ...journal.events import Warned
from ...simulation.simulation import Simulation
from ...sources.push import topic_events
from ...sources.push.deliveries import FunctionDeliveries
from ...sources.push.topic_filters import PatternInvalid, TopicFilter
from .fifo_topics import is_on
from .topic_signatures import messages_signed

_UNKNOWN_TO_MOTO = frozenset({"cidr", "wildcard"})
"""Operators of AWS that moto refuses."""


@contextmanager
def topics_served(simulation: Simulation, deliveries: FunctionDeliveries) -> Iterator[None]:
    """Lets topics deliver to all subscriptions, lets these filter as on AWS, and keeps their failures from the publisher.

    It does this while a simulated AWS is open.
    """
    publish = Subscription.publish
    signature = inspect.signature(publish)
    validate = moto.sns.models.SNSBackend._validate_filter_policy

    def published(subscription: Any, *positional: Any, **keywords: Any) -> None:
        given = signature.bind(subscription, *positional, **keywords).arguments
        if not _passes(subscription, given):
            return
        if subscription.protocol == "lambda":
            _to_function(simulation, deliveries, subscription, given)
            return
        try:
            with mock.patch.object(subscription, "_filter_policy_matcher", None):
                publish(subscription, *positional, **keywords)
        except ServiceException as refusal:
            _undelivered(simulation, subscription, given, refusal)

    def validated(backend: Any, value: Any, scope: str | None) -> None:
        validate(backend, _for_moto(value), scope)
        try:
            if value:
                TopicFilter(value, is_about_the_body=scope == "MessageBody")
        except PatternInvalid as error:
            raise SNSInvalidParameter(f"Invalid parameter: FilterPolicy: {error}") from None

    with (
        mock.patch.object(Topic, "publish", _to_all_subscriptions(Topic.publish)),
        mock.patch.object(Subscription, "publish", published),
        mock.patch.object(moto.sns.models.SNSBackend, "_validate_filter_policy", validated),
        messages_signed(),
    ):
        yield


def _to_all_subscriptions(original: Callable[..., str]) -> Callable[..., str]:
    """Replaces `Topic.publish`: moto delivers only to the first page of the topic's subscriptions."""

    def publish(topic: Any, *positional: Any, **keywords: Any) -> str:
        backend = topic.sns_backend

        def all_of_topic(topic_arn: str, next_token: str | None = None) -> tuple[list[Any], None]:
            return backend._get_topic_subscriptions(topic), None

        with mock.patch.object(backend, "list_subscriptions_by_topic", all_of_topic):
            return original(topic, *positional, **keywords)

    return publish


def _passes(subscription: Any, given: Mapping[str, Any]) -> bool:
    if not subscription._filter_policy:
        return True
    is_about_the_body = subscription.attributes.get("FilterPolicyScope") == "MessageBody"
    policy = TopicFilter(subscription._filter_policy, is_about_the_body=is_about_the_body)
    return policy.passes(_text(subscription, given), given.get("message_attributes") or {})


def _for_moto(policy: Any) -> Any:
    """Returns the policy with a text instead of each operator that moto refuses."""
    if isinstance(policy, dict):
        return {key: _for_moto(value) for key, value in policy.items()}
    if isinstance(policy, list):
        return ["" if isinstance(one, dict) and one.keys() <= _UNKNOWN_TO_MOTO else _for_moto(one) for one in policy]
    return policy


def _text(subscription: Any, given: Mapping[str, Any]) -> str:
    """Returns the text of a message for the subscription's protocol."""
    text: str = given["message"]
    if given.get("message_structure") == "json":
        text = subscription._parse_message_structure(text, subscription.protocol)
    return text


def _to_function(simulation: Simulation, deliveries: FunctionDeliveries, subscription: Any, given: Mapping[str, Any]) -> None:
    topic_arn = subscription.topic.arn
    message = topic_events.TopicMessage(
        topic_arn, subscription.arn, given["message_id"], _text(subscription, given), given.get("subject"),
        given.get("message_attributes") or {}, simulation.clock.now,
    )  # fmt: skip
    payload = json.dumps(topic_events.event(message)).encode()
    is_accepted = deliveries.deliver(subscription.endpoint, payload, topic_events.source(topic_arn))
    queue_arn = topic_events.dead_letter_queue(subscription.attributes)
    if not is_accepted and queue_arn is not None:
        _redrive(simulation, subscription, queue_arn, json.dumps(topic_events.notification(message)), "it was refused")


def _undelivered(simulation: Simulation, subscription: Any, given: Mapping[str, Any], refusal: Exception) -> None:
    """Sends a message that a queue refused to the subscription's dead-letter queue, if there is one (PSH-16, PSH-17)."""
    queue_arn = topic_events.dead_letter_queue(subscription.attributes)
    if queue_arn is None:
        what = _what(subscription, refusal)
        _warn(simulation, f"{what} The subscription has no RedrivePolicy, so the message is lost.")
        return
    body = given["message"]
    if not is_on(subscription.attributes.get("RawMessageDelivery")):
        attributes = given.get("message_attributes")
        data = subscription.get_post_data(body, given["message_id"], given.get("subject"), message_attributes=attributes)
        body = json.dumps(data)
    _redrive(simulation, subscription, queue_arn, body, refusal)


def _redrive(simulation: Simulation, subscription: Any, queue_arn: str, body: str, refusal: object) -> None:
    queue = parse(queue_arn)
    try:
        sqs_backends[queue.account_id][queue.region_name].send_message(queue.name, body)
    except ServiceException as second:
        what = f"{_what(subscription, refusal)} Its dead-letter queue {queue_arn} refused it too: {second}."
        _warn(simulation, f"{what} The message is lost.")


def _what(subscription: Any, refusal: object) -> str:
    return f"Topic {subscription.topic.name!r} could not deliver a message to {subscription.endpoint}: {refusal}."


def _warn(simulation: Simulation, message: str) -> None:
    simulation.journal.write(Warned(NOBODY, message))
