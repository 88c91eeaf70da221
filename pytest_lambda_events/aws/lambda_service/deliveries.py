"""Sends the records of ended events to moto's backends, in the form of each kind of target."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from moto.core.exceptions import ServiceException

from ...arns import parse
from ...service.destinations import Delivery, DeliveryFailed
from ...service.errors import ServiceError
from ...service.event_acceptor import EventAcceptor
from ...service.tracing import PassedTrace
from ...simulation.identifiers import Identifiers
from ..backends import late_backends
from .keys import key_of

if TYPE_CHECKING:
    from ...sources.kafka.topics import KafkaTopics

events_backends = late_backends("events")
s3_backends = late_backends("s3")
sns_backends = late_backends("sns")
sqs_backends = late_backends("sqs")

_SQS_REFUSES = "[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
"""The characters that no message and no attribute of SQS may have."""
_SNS_REFUSES = "[^\t\n\r\x20-\ud7ff\ue000-\ufffd]"
"""The characters that no attribute of SNS may have. They include all characters beyond the BMP (DLQ-27)."""


class MotoDeliveries:
    """Delivers by ARN. A missing target, a FIFO target, or a kind of target that accepts no records is a failure."""

    def __init__(
        self, account_id: str, region_name: str, identifiers: Identifiers, acceptor: EventAcceptor, passed: PassedTrace,
        kafka_topics: Callable[[], KafkaTopics],
    ) -> None:  # fmt: skip
        self._account_id = account_id
        self._region_name = region_name
        self._identifiers = identifiers
        self._acceptor = acceptor
        self._passed = passed
        self._kafka_topics = kafka_topics

    def key_of(self, target_arn: str) -> str | None:
        """Returns the customer-managed key that encrypts the target, if there is one. Raises `DeliveryFailed` if it is not
        usable.
        """
        return key_of(target_arn, self._account_id, self._region_name)

    def send(self, target_arn: str, delivery: Delivery) -> None:
        """Delivers. Raises `DeliveryFailed`."""
        send = {
            "sqs": self._to_queue,
            "sns": self._to_topic,
            "lambda": self._to_function,
            "events": self._to_bus,
            "s3": self._to_bucket,
            "kafka": self._to_topic_of_kafka,
        }.get(parse(target_arn).service)
        if send is None:
            raise DeliveryFailed(f"Lambda does not send to this kind of target: {target_arn}")
        # Deliveries to a destination belong to the same trace, without its lineage (DST-31, DST-39).
        with self._passed.passing(delivery.trace.header_without_lineage()):
            send(target_arn, delivery)

    def _to_queue(self, arn: str, delivery: Delivery) -> None:
        target = parse(arn)
        backend, name = _of_region(sqs_backends, target.account_id, target.region_name), target.name
        queue = backend.queues.get(name)
        if queue is None:
            raise DeliveryFailed(f"queue {name} does not exist")
        if name.endswith(".fifo"):
            raise DeliveryFailed(f"queue {name} is FIFO")
        if not delivery.body:
            raise DeliveryFailed("a queue does not accept an empty message")
        _check_characters(delivery, _SQS_REFUSES)
        attributes = {
            name: {"DataType": attribute.data_type, "StringValue": attribute.value}
            for name, attribute in delivery.attributes.items()
        }
        trace = {"AWSTraceHeader": {"DataType": "String", "StringValue": delivery.trace.header_without_lineage()}}
        try:
            message = backend.send_message(
                name, delivery.body.decode("utf-8", "replace"), message_attributes=attributes, system_attributes=trace
            )
        except ServiceException as refusal:
            raise DeliveryFailed(f"queue {name} refused it: {refusal}") from refusal
        from ..sqs.simulated_queue import simulated

        simulated(queue).set_sender(message.id, self._sender_id(delivery))

    def _sender_id(self, delivery: Delivery) -> str:
        """Returns the session of the role with which Lambda sends (DST-31)."""
        role = self._identifiers.hex(17).upper()
        instant = f"{delivery.at:%Y%m%d%H%M%S}{delivery.at.microsecond // 1000:03d}"
        return f"AROA{role}:awslambda_1_{instant}"

    def _to_topic(self, arn: str, delivery: Delivery) -> None:
        target = parse(arn)
        topic, name = _of_region(sns_backends, target.account_id, target.region_name).topics.get(arn), target.name
        if topic is None:
            raise DeliveryFailed(f"topic {name} does not exist")
        if name.endswith(".fifo"):
            raise DeliveryFailed(f"topic {name} is FIFO")
        _check_characters(delivery, _SNS_REFUSES)
        attributes = {
            name: {"Type": attribute.data_type, "Value": attribute.value} for name, attribute in delivery.attributes.items()
        }
        topic.publish(delivery.body.decode("utf-8", "replace"), message_attributes=attributes)

    def _to_function(self, arn: str, delivery: Delivery) -> None:
        try:
            self._acceptor.accept(arn, delivery.body, trace=delivery.trace)
        except ServiceError as refusal:
            raise DeliveryFailed(refusal.message) from refusal

    def _to_bus(self, arn: str, delivery: Delivery) -> None:
        target = parse(arn)
        backend, name = _of_region(events_backends, target.account_id, target.region_name), target.resource.rpartition("/")[2]
        if name not in backend.event_buses:
            raise DeliveryFailed(f"event bus {name} does not exist")
        ending = "Success" if delivery.is_success else "Failure"
        backend.put_events(
            [
                {
                    "Source": "lambda",
                    "DetailType": f"Lambda Function Invocation Result - {ending}",
                    "Detail": delivery.body.decode("utf-8", "replace"),
                    "EventBusName": arn,
                    "Resources": [arn, delivery.function_arn],
                    "Time": int(delivery.at.timestamp()),
                }
            ]
        )

    def _to_bucket(self, arn: str, delivery: Delivery) -> None:
        target = parse(arn)
        backend, name = _of_region(s3_backends, self._account_id, target.partition), target.resource
        if name not in backend.buckets:
            raise DeliveryFailed(f"bucket {name} does not exist")
        key = f"aws/lambda/{delivery.folder}/{delivery.at:%Y/%m/%d}/{delivery.at:%Y-%m-%dT%H.%M.%S}-{self._identifiers.uuid()}"
        stored = backend.put_object(name, key, delivery.body)
        stored.metadata["Content-Type"] = "application/octet-stream"

    def _to_topic_of_kafka(self, arn: str, delivery: Delivery) -> None:
        """Adds a record. Its key chooses the partition (KAF-32)."""
        topic = self._kafka_topics().find(arn)
        if topic is None:
            raise DeliveryFailed(f"topic {parse(arn).name} does not exist")
        topic.append(delivery.key, delivery.body, (), None, None)


def _of_region(backends: Any, account_id: str, region_name: str) -> Any:
    """Returns a backend of moto. A valid ARN can name a region that does not exist."""
    try:
        return backends[account_id][region_name]
    except KeyError:
        raise DeliveryFailed(f"region {region_name!r} does not exist") from None


def _check_characters(delivery: Delivery, refused: str) -> None:
    for name, attribute in delivery.attributes.items():
        found = re.search(refused, attribute.value)
        if found is not None:
            raise DeliveryFailed(f"the attribute {name} contains the character U+{ord(found[0]):04X}, which is not allowed")
