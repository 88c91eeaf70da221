"""Topics, event buses and buckets in a test's hands, as far as they are targets of Lambda."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from ..records import invocation_record
from ..records.dead_letter import DeadLetter
from ..records.invocation_record import InvocationRecord, NotARecord
from .function import Function
from .messages import Message, letters_of, records_of
from .queue import Queue, text_of

Json = Any


class Services(Protocol):
    """What these handles need of the world."""

    def client(self, service_name: str) -> Any:
        """A boto3 client."""

    def topic_messages(self, arn: str) -> list[Message]:
        """What was published on a topic, in order."""

    def bus_events(self, arn: str) -> list[dict[str, Json]]:
        """What was put on an event bus, in order."""


class Topic:
    """An SNS topic that a test made or found."""

    def __init__(self, services: Services, name: str, arn: str) -> None:
        self._services = services
        self.name = name
        """Its name."""
        self.arn = arn
        """Its ARN."""

    @property
    def messages(self) -> list[Message]:
        """All that was published on it, in order, whoever subscribes."""
        return self._services.topic_messages(self.arn)

    @property
    def invocation_records(self) -> list[InvocationRecord]:
        """Its messages as the invocation records that they are. Raises `LambdaEventsError` if one is none."""
        return records_of(self.messages, f"topic {self.name}")

    @property
    def dead_letters(self) -> list[DeadLetter]:
        """What functions left here as their dead-letter queue."""
        return letters_of(self.messages)

    def publish(
        self, message: object, *, subject: str | None = None, message_attributes: Mapping[str, object] | None = None
    ) -> None:
        """Publish a message, text as it is and all else as JSON."""
        given: dict[str, Any] = {} if subject is None else {"Subject": subject}
        if message_attributes is not None:
            given["MessageAttributes"] = {
                name: {"DataType": "String", "StringValue": str(value)} for name, value in message_attributes.items()
            }
        self._services.client("sns").publish(TopicArn=self.arn, Message=text_of(message), **given)

    def subscribe(
        self,
        target: Queue | Function,
        *,
        filter_policy: Mapping[str, object] | None = None,
        raw_message_delivery: bool = False,
    ) -> None:
        """Let a queue or a function have what is published."""
        attributes = {"RawMessageDelivery": "true"} if raw_message_delivery else {}
        if filter_policy is not None:
            attributes["FilterPolicy"] = text_of(dict(filter_policy))
        protocol = "sqs" if isinstance(target, Queue) else "lambda"
        self._services.client("sns").subscribe(
            TopicArn=self.arn, Protocol=protocol, Endpoint=target.arn, Attributes=attributes
        )

    def delete(self) -> None:
        """Delete it."""
        self._services.client("sns").delete_topic(TopicArn=self.arn)

    def __repr__(self) -> str:
        return f"<Topic {self.name}>"


class EventBus:
    """An EventBridge event bus that a test made or found."""

    def __init__(self, services: Services, name: str, arn: str) -> None:
        self._services = services
        self.name = name
        """Its name."""
        self.arn = arn
        """Its ARN."""

    @property
    def events(self) -> list[dict[str, Json]]:
        """All that was put on it, in the form in which rules match it, in order."""
        return self._services.bus_events(self.arn)

    @property
    def invocation_records(self) -> list[InvocationRecord]:
        """The invocation records among its events."""
        return [invocation_record.read(text_of(event["detail"])) for event in self.events if event["source"] == "lambda"]

    def put_event(self, *, source: str, detail_type: str, detail: object) -> None:
        """Put an event on it."""
        entry = {"Source": source, "DetailType": detail_type, "Detail": text_of(detail), "EventBusName": self.arn}
        self._services.client("events").put_events(Entries=[entry])

    def add_rule(self, event_pattern: Mapping[str, object], target: Queue | Topic | Function) -> None:
        """Send what matches to a queue, a topic or a function."""
        events = self._services.client("events")
        number = len(events.list_rules(EventBusName=self.name)["Rules"]) + 1
        name = f"{self.name}-rule-{number}"
        events.put_rule(Name=name, EventBusName=self.name, EventPattern=text_of(dict(event_pattern)))
        events.put_targets(Rule=name, EventBusName=self.name, Targets=[{"Id": "target", "Arn": target.arn}])

    def delete(self) -> None:
        """Delete it."""
        self._services.client("events").delete_event_bus(Name=self.name)

    def __repr__(self) -> str:
        return f"<EventBus {self.name}>"


class Bucket:
    """An S3 bucket that a test made or found."""

    def __init__(self, services: Services, name: str) -> None:
        self._services = services
        self.name = name
        """Its name."""
        self.arn = f"arn:aws:s3:::{name}"

    @property
    def keys(self) -> list[str]:
        """The keys of its objects, sorted as S3 sorts them."""
        pages = self._services.client("s3").get_paginator("list_objects_v2").paginate(Bucket=self.name)
        return [content["Key"] for page in pages for content in page.get("Contents", [])]

    @property
    def invocation_records(self) -> list[InvocationRecord]:
        """The invocation records among its objects, in order of time."""
        records = []
        for key in self.keys:
            try:
                records.append(invocation_record.read(self.get_object(key).decode()))
            except (NotARecord, UnicodeDecodeError):
                continue
        return sorted(records, key=lambda record: record.timestamp)

    def put_object(self, key: str, body: bytes | str) -> None:
        """Store an object."""
        self._services.client("s3").put_object(Bucket=self.name, Key=key, Body=body)

    def get_object(self, key: str) -> bytes:
        """The content of an object."""
        content: bytes = self._services.client("s3").get_object(Bucket=self.name, Key=key)["Body"].read()
        return content

    def delete(self) -> None:
        """Delete it with all that it holds."""
        s3 = self._services.client("s3")
        for key in self.keys:
            s3.delete_object(Bucket=self.name, Key=key)
        s3.delete_bucket(Bucket=self.name)

    def __repr__(self) -> str:
        return f"<Bucket {self.name}>"
