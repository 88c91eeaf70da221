"""Policies of queues and topics in moto's CloudFormation."""

from __future__ import annotations

import json
from typing import Any, ClassVar

from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends

from .resource import Properties, Resource
from .values import text_of


class _PolicyResource(Resource):
    """A policy that is the only one of each of the listed owners."""

    attributes = ("Id",)
    owners: ClassVar[str]

    def create(self) -> None:
        self._put(self.properties)
        self.values = {"Id": self.name}

    def change(self, properties: Properties) -> bool:
        self._put(properties)
        for owner in self.properties[self.owners]:
            if owner not in properties[self.owners]:
                self._remove(owner)
        return True

    def delete(self, account_id: str, region_name: str) -> None:
        for owner in self.properties[self.owners]:
            self._remove(owner)

    def _put(self, properties: Properties) -> None:
        document = properties["PolicyDocument"]
        text = document if isinstance(document, str) else json.dumps(document, default=text_of)
        for owner in properties[self.owners]:
            self._set(owner, text)

    def _set(self, owner: str, text: str) -> None:
        raise NotImplementedError

    def _remove(self, owner: str) -> None:
        raise NotImplementedError


class QueuePolicy(_PolicyResource):
    """The policy of queues, which are listed by their URLs."""

    type = "AWS::SQS::QueuePolicy"
    owners = "Queues"

    def _set(self, owner: str, text: str) -> None:
        account_id, name = owner.split("/")[-2:]
        sqs_backends[account_id][self.plane.region.name].set_queue_attributes(name, {"Policy": text})

    def _remove(self, owner: str) -> None:
        account_id, name = owner.split("/")[-2:]
        if name in sqs_backends[account_id][self.plane.region.name].queues:
            self._set(owner, "")


class TopicPolicy(_PolicyResource):
    """The policy of topics, which are listed by their ARNs."""

    type = "AWS::SNS::TopicPolicy"
    owners = "Topics"

    def _set(self, owner: str, text: str) -> None:
        self._sns.get_topic(owner).policy = text

    def _remove(self, owner: str) -> None:
        topic = self._sns.topics.get(owner)
        if topic is not None:
            default = topic._create_default_topic_policy(self.plane.region.name, topic.account_id, topic.name)
            topic.policy = json.dumps(default)

    @property
    def _sns(self) -> Any:
        region = self.plane.region
        return sns_backends[region.account_id][region.name]
