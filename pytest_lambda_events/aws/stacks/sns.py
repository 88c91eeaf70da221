"""Topics and subscriptions in moto's CloudFormation, created by calls of SNS."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from moto.sns.models import SNSBackend, Topic, sns_backends

from ..push.topic_settings import as_kept_by_moto
from .resource import Properties, Resource, changed, refuse, tags_of
from .values import text_of

_DEFAULTS: Properties = {
    "DisplayName": "", "ContentBasedDeduplication": False, "KmsMasterKeyId": "", "SignatureVersion": "1",
    "FifoThroughputScope": "Topic",
}  # fmt: skip
"""The attributes of a topic that moto uses or shows, and that an update can change."""
_MEMBERS = {"DisplayName": "display_name", "ContentBasedDeduplication": "content_based_deduplication",
            "KmsMasterKeyId": "kms_master_key_id", "SignatureVersion": "signature_version",
            "FifoThroughputScope": "fifo_throughput_scope"}  # fmt: skip
_WITHOUT_EFFECT = {"TracingConfig", "DeliveryStatusLogging", "ArchivePolicy"}
"""Attributes without an effect on deliveries."""


class TopicResource(Resource):
    """A topic with the subscriptions in its template. `Ref` is its ARN."""

    type = "AWS::SNS::Topic"
    attributes = ("TopicName", "TopicArn")

    @property
    def _sns(self) -> SNSBackend:
        region = self.plane.region
        return sns_backends[region.account_id][region.name]

    def create(self) -> None:
        properties = self.properties
        self._check(properties)
        is_fifo = _is_true(properties.get("FifoTopic"))
        name = self.name if "TopicName" in properties or not is_fifo else f"{self.name}.fifo"
        attributes = {**({"FifoTopic": True} if is_fifo else {}), **_attributes(properties)}
        kept = {attribute: as_kept_by_moto(value, self._sns) for attribute, value in attributes.items()}
        topic = self._sns.create_topic(name, kept, tags_of(properties))
        self.physical_resource_id = topic.arn
        self.values = {"TopicName": name, "TopicArn": topic.arn}
        try:
            self._subscribe({}, properties)
        except Exception:
            self.delete(topic.account_id, self.plane.region.name)
            raise

    def change(self, properties: Properties) -> bool:
        self._check(properties)
        if any(changed(name, self.properties, properties) for name in ("TopicName", "FifoTopic")):
            return False
        topic = self._topic()
        for name, value in {**_DEFAULTS, **_attributes(properties)}.items():
            setattr(topic, _MEMBERS[name], as_kept_by_moto(value, self._sns))
        topic._tags = tags_of(properties)
        self._subscribe(self.properties, properties)
        return True

    def delete(self, account_id: str, region_name: str) -> None:
        self._sns.delete_topic(self.physical_resource_id)

    def _topic(self) -> Topic:
        return self._sns.get_topic(self.physical_resource_id)

    def _subscribe(self, before: Properties, after: Properties) -> None:
        old, new = list(_listed(before)), list(_listed(after))
        for protocol, endpoint in new:
            if (protocol, endpoint) not in old:
                self._sns.subscribe(self.physical_resource_id, endpoint, protocol)
        for protocol, endpoint in old:
            found = self._sns._find_subscription(self.physical_resource_id, endpoint, protocol)
            if (protocol, endpoint) not in new and found is not None:
                self._sns.unsubscribe(found.arn)

    def _check(self, properties: Properties) -> None:
        known = {"TopicName", "FifoTopic", "Subscription", "Tags", *_DEFAULTS, *_WITHOUT_EFFECT}
        refuse(self.type, properties, known)


class SubscriptionResource(Resource):
    """A subscription. `Ref` is its ARN."""

    type = "AWS::SNS::Subscription"
    attributes = ("Arn",)

    def create(self) -> None:
        properties = self.properties
        refuse(self.type, properties, _SUBSCRIPTION_MEMBERS)
        sns = self._sns
        made = sns.subscribe(properties["TopicArn"], properties["Endpoint"], properties["Protocol"])
        self.physical_resource_id = made.arn
        self.values = {"Arn": made.arn}
        try:
            self._set(_subscription_attributes(properties))
        except Exception:
            sns.unsubscribe(made.arn)
            raise

    def change(self, properties: Properties) -> bool:
        refuse(self.type, properties, _SUBSCRIPTION_MEMBERS)
        if any(changed(name, self.properties, properties) for name in ("TopicArn", "Protocol", "Endpoint", "Region")):
            return False
        # Settings that the template no longer has get AWS's default.
        self._set({**_SUBSCRIPTION_DEFAULTS, **_subscription_attributes(properties)})
        return True

    def delete(self, account_id: str, region_name: str) -> None:
        self._sns.unsubscribe(self.physical_resource_id)

    @property
    def _sns(self) -> SNSBackend:
        """Returns SNS in the region of the topic, which may differ from that of the stack."""
        region = self.plane.region
        return sns_backends[region.account_id][self.properties.get("Region") or region.name]

    def _set(self, attributes: Mapping[str, Any]) -> None:
        # The scope comes first, because it decides how a policy may look.
        for name in sorted(attributes, key=lambda name: name != "FilterPolicyScope"):
            value = as_kept_by_moto(attributes[name], self._sns)
            self._sns.set_subscription_attributes(self.physical_resource_id, name, value)


_SUBSCRIPTION_DEFAULTS = {
    "FilterPolicyScope": "MessageAttributes", "FilterPolicy": "", "RawMessageDelivery": False, "RedrivePolicy": "",
    "DeliveryPolicy": "",
}  # fmt: skip
_SUBSCRIPTION_MEMBERS = {"TopicArn", "Protocol", "Endpoint", "Region", "SubscriptionRoleArn", *_SUBSCRIPTION_DEFAULTS}


def _attributes(properties: Properties) -> dict[str, Any]:
    """Returns the attributes of a topic in a template."""
    return {name: _attribute(name, properties[name]) for name in _DEFAULTS if name in properties}


def _subscription_attributes(properties: Properties) -> dict[str, Any]:
    names = (*_SUBSCRIPTION_DEFAULTS, "SubscriptionRoleArn")
    return {name: _attribute(name, properties[name]) for name in names if name in properties}


def _attribute(name: str, value: Any) -> Any:
    """Returns an attribute in the type that moto uses: objects are JSON, and booleans are not text."""
    if name in ("ContentBasedDeduplication", "RawMessageDelivery"):
        return _is_true(value)
    return json.dumps(value, default=text_of) if isinstance(value, Mapping) else text_of(value)


def _listed(properties: Properties) -> Iterator[tuple[str, str]]:
    for one in properties.get("Subscription") or ():
        yield one["Protocol"], one["Endpoint"]


def _is_true(value: Any) -> bool:
    return bool(value is not None and text_of(value).lower() == "true")
