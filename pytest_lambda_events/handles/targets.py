"""The handles of SNS topics and buckets, with what a test of Lambda needs of them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from ..arguments import Kind, check_all, flag_kind, is_list, is_text, mapping_kind, shown, text_kind
from ..errors import LambdaEventsError, hides_frames
from ..records import invocation_record
from ..records.dead_letter import DeadLetter
from ..records.invocation_record import InvocationRecord, NotARecord
from .function import Function
from .lambda_api import arn_of
from .messages import Message, letters_of, records_of
from .misuse import reports_misuse
from .queue import QUEUE, Queue, attribute_values, text_of

__tracebackhide__ = hides_frames

Json = Any


class Services(Protocol):
    """The services that these handles need."""

    def client(self, service_name: str) -> Any:
        """Returns a boto3 client."""

    def topic_messages(self, arn: str) -> list[Message]:
        """Returns the messages published to a topic, in order."""

    def bus_events(self, arn: str) -> list[dict[str, Json]]:
        """Returns the events put on an event bus, in order."""

    def put_service_event(self, arn: str, source: str, detail_type: str, detail: str, resources: Sequence[str]) -> None:
        """Puts an event on an event bus as an AWS service does."""


@reports_misuse
class Topic:
    """An SNS topic."""

    def __init__(self, services: Services, name: str, arn: str) -> None:
        self._services = services
        self.name = name
        """The name of the topic."""
        self.arn = arn
        """The ARN of the topic."""

    @property
    def messages(self) -> list[Message]:
        """All messages that were published to the topic, in order, with or without subscriptions."""
        return self._services.topic_messages(self.arn)

    @property
    def invocation_records(self) -> list[InvocationRecord]:
        """The messages as invocation records. Raises `LambdaEventsError` if a message is not an invocation record."""
        return records_of(self.messages, f"topic {self.name}")

    @property
    def dead_letters(self) -> list[DeadLetter]:
        """The messages that functions published here as their dead-letter topic."""
        return letters_of(self.messages)

    def publish(
        self,
        message: object,
        *,
        subject: str | None = None,
        message_attributes: Mapping[str, object] | None = None,
        message_structure: str | None = None,
        message_group_id: str | None = None,
        message_deduplication_id: str | None = None,
    ) -> None:
        """Publishes a message: text unchanged, all other values as JSON.

        With `message_structure="json"` the message has a text for each protocol: `{"default": "...", "lambda": "..."}`.

        Raises:
            LambdaEventsError: JSON cannot represent the message, or an option has a wrong type.
            ClientError: SNS refuses the message.
        """
        options: dict[str, Any] = {
            "subject": subject,
            "message_attributes": message_attributes,
            "message_structure": message_structure,
            "message_group_id": message_group_id,
            "message_deduplication_id": message_deduplication_id,
        }
        check_all(_PUBLISH_KINDS, options)
        if message == "":
            raise LambdaEventsError("The message '' is empty, which SNS refuses. Pass text that is not empty.")
        given = {member: options[name] for name, member in _PUBLISH_PARAMETERS.items() if options[name] is not None}
        if message_attributes is not None:
            given["MessageAttributes"] = attribute_values(message_attributes)
        self._services.client("sns").publish(TopicArn=self.arn, Message=text_of(message, "The message"), **given)

    def subscribe(
        self,
        target: Queue | Function,
        *,
        filter_policy: Mapping[str, object] | None = None,
        filter_policy_scope: str | None = None,
        raw_message_delivery: bool = False,
        dead_letter_queue: Queue | str | None = None,
    ) -> None:
        """Subscribes a queue or a function to the topic.

        Args:
            target: The queue or the function.
            filter_policy: Only messages that match it are delivered.
            filter_policy_scope: `"MessageAttributes"` (the default) or `"MessageBody"`.
            raw_message_delivery: Whether a queue gets the message as it was published, without SNS's envelope.
            dead_letter_queue: The queue, or its ARN, that receives the messages that SNS could not deliver.

        Raises:
            LambdaEventsError: The target is another resource, or an option has a wrong type.
            ClientError: SNS refuses the subscription.
        """
        check_target(target, Queue, Function)
        options = {
            "filter_policy": filter_policy,
            "filter_policy_scope": filter_policy_scope,
            "raw_message_delivery": raw_message_delivery,
            "dead_letter_queue": dead_letter_queue,
        }
        check_all(_SUBSCRIBE_KINDS, options)
        attributes = {"RawMessageDelivery": "true"} if raw_message_delivery else {}
        if filter_policy is not None:
            attributes["FilterPolicy"] = text_of(dict(filter_policy), "The filter policy")
        if filter_policy_scope is not None:
            attributes["FilterPolicyScope"] = filter_policy_scope
        if dead_letter_queue is not None:
            attributes["RedrivePolicy"] = text_of({"deadLetterTargetArn": arn_of(dead_letter_queue)})
        protocol = "sqs" if isinstance(target, Queue) else "lambda"
        self._services.client("sns").subscribe(
            TopicArn=self.arn, Protocol=protocol, Endpoint=target.arn, Attributes=attributes
        )

    def delete(self) -> None:
        """Deletes the topic."""
        self._services.client("sns").delete_topic(TopicArn=self.arn)

    def __repr__(self) -> str:
        return f"<Topic {self.name}>"


@reports_misuse
class Bucket:
    """An S3 bucket."""

    def __init__(self, services: Services, name: str) -> None:
        self._services = services
        self.name = name
        """The name of the bucket."""
        self.arn = f"arn:aws:s3:::{name}"

    @property
    def keys(self) -> list[str]:
        """The keys of the objects in the order of S3."""
        pages = self._services.client("s3").get_paginator("list_objects_v2").paginate(Bucket=self.name)
        return [content["Key"] for page in pages for content in page.get("Contents", [])]

    @property
    def invocation_records(self) -> list[InvocationRecord]:
        """The invocation records among the objects, in order of time."""
        records = []
        for key in self.keys:
            try:
                records.append(invocation_record.read(self.get_object(key).decode()))
            except (NotARecord, UnicodeDecodeError):
                continue
        return sorted(records, key=lambda record: record.timestamp)

    def add_notification(
        self, target: Queue | Topic | Function, *, events: Sequence[str], prefix: str = "", suffix: str = ""
    ) -> None:
        """Adds a notification: a queue, a topic or a function receives the events of objects.

        Args:
            target: The queue, the topic or the function. S3 also sends a test message to queues and topics (PSH-62).
            events: The types of events, such as `["s3:ObjectCreated:*"]`.
            prefix: Only keys that begin with it. S3 decodes it like a form: `+` is a blank, and a plus sign is `%2B` (PSH-68).
            suffix: Only keys that end with it.

        Raises:
            LambdaEventsError: The target is another resource, or an argument has a wrong type. Nothing is changed.
            ClientError: S3 refuses the notification, for example because another one of the bucket has the same events.
        """
        check_target(target, Queue, Topic, Function)
        check_all(_NOTIFICATION_KINDS, {"events": events, "prefix": prefix, "suffix": suffix})
        s3 = self._services.client("s3")
        configuration = s3.get_bucket_notification_configuration(Bucket=self.name)
        configuration.pop("ResponseMetadata", None)
        kind, member = next((kind, member) for handle, kind, member in _RECEIVERS if isinstance(target, handle))
        rules = [
            {"Name": name, "Value": value} for name, value in (("prefix", prefix), ("suffix", suffix)) if value
        ]  # fmt: skip
        added: dict[str, object] = {member: target.arn, "Events": list(events)}
        if rules:
            added["Filter"] = {"Key": {"FilterRules": rules}}
        configuration.setdefault(kind, []).append(added)
        s3.put_bucket_notification_configuration(Bucket=self.name, NotificationConfiguration=configuration)

    def put_object(self, key: str, body: bytes | str) -> None:
        """Puts an object: bytes, or text as UTF-8."""
        _KEY.check("key", key)
        _BODY.check("body", body)
        self._services.client("s3").put_object(Bucket=self.name, Key=key, Body=body)

    def get_object(self, key: str) -> bytes:
        """Returns the content of an object. Raises botocore's `ClientError` if the key does not exist."""
        _KEY.check("key", key)
        content: bytes = self._services.client("s3").get_object(Bucket=self.name, Key=key)["Body"].read()
        return content

    def delete(self) -> None:
        """Deletes the bucket and its objects."""
        s3 = self._services.client("s3")
        for key in self.keys:
            s3.delete_object(Bucket=self.name, Key=key)
        s3.delete_bucket(Bucket=self.name)

    def __repr__(self) -> str:
        return f"<Bucket {self.name}>"


def check_target(target: object, *kinds: type) -> None:
    """Raises `LambdaEventsError` if a target is not a handle of one of the kinds."""
    if isinstance(target, kinds):
        return
    names = [re.sub("(?<=[a-z])(?=[A-Z])", " ", kind.__name__).lower() for kind in kinds]
    nouns = f"{', '.join(names[:-1])} or {names[-1]}"
    hint = ""
    if isinstance(target, str):
        hint = f": lambda_events.{names[0]}s[{shown(target)}] finds a {names[0]} by its name"
    raise LambdaEventsError(f"target={shown(target)} is not the handle of a {nouns}. Pass the handle{hint}.")


_PUBLISH_KINDS: Mapping[str, Kind] = {
    "subject": Kind(
        "a subject", lambda value: is_text(value) and 1 <= len(value) <= 100, repr("Order 7"), "text of 1 to 100 characters"
    ).optional(),
    "message_attributes": mapping_kind('{"kind": "order"}').optional(),
    "message_structure": text_kind("json").optional(),
    "message_group_id": text_kind("customer-1").optional(),
    "message_deduplication_id": text_kind("order-7").optional(),
}
_PUBLISH_PARAMETERS = {
    "subject": "Subject",
    "message_structure": "MessageStructure",
    "message_group_id": "MessageGroupId",
    "message_deduplication_id": "MessageDeduplicationId",
}
_SUBSCRIBE_KINDS: Mapping[str, Kind] = {
    "filter_policy": mapping_kind('{"kind": ["order"]}').optional(),
    "filter_policy_scope": text_kind("MessageBody").optional(),
    "raw_message_delivery": flag_kind(),
    "dead_letter_queue": QUEUE.optional(),
}
_NOTIFICATION_KINDS: Mapping[str, Kind] = {
    "events": Kind(
        "a list of event types",
        lambda value: is_list(value) and bool(value) and all(is_text(one) and one.startswith("s3:") for one in value),
        '["s3:ObjectCreated:*"]',
    ),
    "prefix": text_kind("in/"),
    "suffix": text_kind(".pdf"),
}  # fmt: skip
_RECEIVERS: Sequence[tuple[type, str, str]] = (
    (Function, "LambdaFunctionConfigurations", "LambdaFunctionArn"),
    (Queue, "QueueConfigurations", "QueueArn"),
    (Topic, "TopicConfigurations", "TopicArn"),
)
_KEY = Kind(
    "a key",
    lambda value: is_text(value) and 1 <= len(value.encode()) <= 1024,
    repr("orders/7.json"),
    "text of 1 to 1,024 bytes",
)
_BODY = Kind("bytes or text", lambda value: isinstance(value, bytes) or is_text(value), 'b"..."')
