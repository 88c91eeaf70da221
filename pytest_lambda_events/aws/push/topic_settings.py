"""Topics and subscriptions on moto, with the checks of SNS."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from moto.core.responses import ActionResult
from moto.sns.exceptions import SNSNotFoundError
from moto.sns.models import SNSBackend, Topic
from moto.sns.responses import SNSResponse

from ...contexts import contextmanager
from ...limits import SNS_MESSAGE_BYTES
from ...patching import attributes_patched
from ...sources.push import subscription_settings
from ...sources.push.filter_policies import ATTRIBUTES, POLICIES_OF_A_TOPIC
from ...sources.push.subscription_settings import Endpoint, is_on
from ...sources.push.topic_errors import TopicError, invalid
from .topic_errors import refusals_raised

Respond = Callable[[SNSResponse], Any]
_SHOWN = {"FifoThroughputScope": "fifo_throughput_scope", "SignatureVersion": "signature_version",
          "MaximumMessageSize": "maximum_message_size"}  # fmt: skip
"""Attributes that moto stores and does not show, with their names in moto."""


@contextmanager
def topic_settings_served() -> Iterator[None]:
    """Lets topics and subscriptions have the attributes that SNS accepts while a simulated AWS is open."""
    with attributes_patched(
        (SNSBackend, "subscribe", _checked_subscribe(SNSBackend.subscribe)),
        (SNSBackend, "set_subscription_attributes", _set_subscription_attributes),
        (SNSResponse, "subscribe", _subscribe),
        (SNSResponse, "set_subscription_attributes", _change_subscription),
        (SNSResponse, "create_topic", _checked_create(SNSResponse.create_topic)),
        (SNSResponse, "set_topic_attributes", _checked_change(SNSResponse.set_topic_attributes)),
        (SNSResponse, "get_topic_attributes", _completed(SNSResponse.get_topic_attributes)),
    ):
        yield


def as_kept_by_moto(value: Any, sns: SNSBackend) -> Any:
    """Returns the attribute as this version of moto stores it. Before 5.2, booleans are text."""
    topic: Any = Topic("any", sns)  # type: ignore[abstract]
    return str(value).lower() if isinstance(topic.fifo_topic, str) and isinstance(value, bool) else value


# ------------------------------------------------------------------------- topics


def _checked_create(original: Respond) -> Respond:
    def create_topic(response: SNSResponse) -> Any:
        attributes = response._get_param("Attributes", {}) or {}
        with refusals_raised():
            subscription_settings.check_topic(response._get_param("Name"), attributes)
        return original(response)

    return create_topic


def _checked_change(original: Respond) -> Respond:
    def set_topic_attributes(response: SNSResponse) -> Any:
        topic: Any = response.backend.get_topic(response._get_param("TopicArn"))
        with refusals_raised():
            subscription_settings.check_topic_attribute(
                response._get_param("AttributeName"), response._get_param("AttributeValue"),
                is_fifo=is_on(topic.fifo_topic), scope=getattr(topic, "fifo_throughput_scope", None),
            )  # fmt: skip
            if response._get_param("AttributeName") == "MaximumMessageSize":
                maximum = int(response._get_param("AttributeValue"))
                subscription_settings.check_subscriptions(maximum, _protocols_of(topic))
        return original(response)

    return set_topic_attributes


def maximum_of(topic: Any) -> int:
    """Returns the maximum number of bytes of a message for a topic of moto."""
    return int(getattr(topic, "maximum_message_size", SNS_MESSAGE_BYTES))


def _protocols_of(topic: Any) -> list[str]:
    return [one.protocol for one in topic.sns_backend._get_topic_subscriptions(topic)]


def _completed(original: Respond) -> Respond:
    """Replaces `GetTopicAttributes`: adds attributes that moto does not show."""

    def get_topic_attributes(response: SNSResponse) -> Any:
        answer = original(response)
        topic: Any = response.backend.get_topic(response._get_param("TopicArn"))
        shown = answer.result["Attributes"]
        for name, member in _SHOWN.items():
            if hasattr(topic, member) and (name != "FifoThroughputScope" or is_on(topic.fifo_topic)):
                shown[name] = getattr(topic, member)
        if is_on(topic.fifo_topic):
            # moto before 5.2 shows them only if the flag was written in lower case.
            shown["FifoTopic"] = "true"
            shown["ContentBasedDeduplication"] = str(is_on(topic.content_based_deduplication)).lower()
        return answer

    return get_topic_attributes


# ------------------------------------------------------------------ subscriptions


def _checked_subscribe(original: Callable[..., Any]) -> Callable[..., Any]:
    """Replaces `SNSBackend.subscribe`: a topic delivers by some protocols and to some endpoints (PSH-80, PSH-1K, PSH-90)."""

    def subscribe(backend: SNSBackend, topic_arn: str, endpoint: str, protocol: str) -> Any:
        topic = backend.get_topic(topic_arn)
        with refusals_raised():
            subscription_settings.check_endpoint(Endpoint(topic_arn, protocol, endpoint))
            if backend._find_subscription(topic_arn, endpoint, protocol) is None:
                subscription_settings.check_subscriptions(maximum_of(topic), [*_protocols_of(topic), protocol])
        return original(backend, topic_arn, endpoint, protocol)

    return subscribe


def _set_subscription_attributes(backend: SNSBackend, arn: str, name: str, value: Any) -> None:
    """Replaces `SNSBackend.set_subscription_attributes`."""
    subscription: Any = backend.subscriptions.get(arn)
    if subscription is None:
        raise SNSNotFoundError("Subscription does not exist")
    text = _text(value)
    scope = {"FilterPolicyScope": subscription.attributes.get("FilterPolicyScope") or ATTRIBUTES}
    with refusals_raised():
        subscription_settings.check_attributes({**scope, name: text}, _endpoint_of(subscription))
        if name == "FilterPolicy" and text:
            _check_number_of_policies(backend, subscription)
    kept = subscription_settings.stored(name, text)
    if kept is None:
        subscription.attributes.pop(name, None)
    else:
        subscription.attributes[name] = as_kept_by_moto(is_on(kept), backend) if name == "RawMessageDelivery" else kept
    if name == "FilterPolicy":
        # moto uses it for other protocols, and shows a scope only with a policy.
        subscription._filter_policy = None if kept is None else json.loads(kept)
        if kept is None:
            subscription.attributes.pop("FilterPolicyScope", None)


def _subscribe(response: SNSResponse) -> Any:
    """Replaces `Subscribe`: a call does not change an existing subscription, and a refused call creates none (PSH-27)."""
    backend = response.backend
    topic_arn, endpoint, protocol = (response._get_param(name) for name in ("TopicArn", "Endpoint", "Protocol"))
    given = {name: _text(value) for name, value in (response._get_param("Attributes", {}) or {}).items()}
    found: Any = backend._find_subscription(topic_arn, endpoint, protocol)
    with refusals_raised():
        subscription_settings.check_attributes(
            given, Endpoint(topic_arn, protocol, endpoint or ""), prefix="Attributes Reason: "
        )
        if found is not None and _differs(found.attributes, given):
            raise invalid("Attributes Reason: Subscription already exists with different attributes")
    subscription = backend.subscribe(topic_arn, endpoint, protocol)
    if found is None:
        try:
            # The scope comes first, because it decides how a policy may look.
            for name in sorted(given, key=lambda name: name != "FilterPolicyScope"):
                backend.set_subscription_attributes(subscription.arn, name, given[name])
        except Exception:
            backend.unsubscribe(subscription.arn)
            raise
    return ActionResult({"SubscriptionArn": subscription.arn})


def _change_subscription(response: SNSResponse) -> Any:
    """Replaces `SetSubscriptionAttributes`. A new scope must fit the policy of the subscription."""
    arn, name = response._get_param("SubscriptionArn"), response._get_param("AttributeName")
    value = _text(response._get_param("AttributeValue"))
    subscription: Any = response.backend.subscriptions.get(arn)
    if subscription is not None and name == "FilterPolicyScope":
        policy = {"FilterPolicy": subscription.attributes.get("FilterPolicy", "")}
        with refusals_raised():
            subscription_settings.check_attributes({**policy, name: value}, _endpoint_of(subscription))
    response.backend.set_subscription_attributes(arn, name, value)
    return ActionResult({})


def _check_number_of_policies(backend: SNSBackend, subscription: Any) -> None:
    others = [one for one in backend._get_topic_subscriptions(subscription.topic) if one is not subscription]
    if sum("FilterPolicy" in one.attributes for one in others) >= POLICIES_OF_A_TOPIC:
        raise TopicError(
            "FilterPolicyLimitExceeded",
            f"Filter policy limit exceeded: a topic has at most {POLICIES_OF_A_TOPIC} filter policies.", 403,
        )  # fmt: skip


def _endpoint_of(subscription: Any) -> Endpoint:
    return Endpoint(subscription.topic.arn, subscription.protocol, subscription.endpoint)


def _differs(attributes: Mapping[str, Any], given: Mapping[str, str]) -> bool:
    has = {"FilterPolicyScope": ATTRIBUTES, **attributes}
    return any(_plain(has.get(name)) != _plain(value or None) for name, value in given.items())


def _plain(value: Any) -> Any:
    """Returns an attribute of a subscription in one form, however it was written."""
    text = str(value).lower() if str(value).lower() in ("true", "false") else value
    try:
        return json.loads(text) or None
    except (TypeError, ValueError):
        return value


def _text(value: Any) -> str:
    """Returns an attribute as text. moto reads some as booleans."""
    return str(value).lower() if isinstance(value, bool) else str(value or "")
