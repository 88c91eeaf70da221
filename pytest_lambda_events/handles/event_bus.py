"""The handle of an event bus."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any

from ..arguments import Kind, check_all, is_text, list_kind, mapping_kind, name_kind, shown, text_kind
from ..errors import LambdaEventsError, hides_frames
from ..records import invocation_record
from ..records.invocation_record import InvocationRecord
from .attempts import content_of
from .function import Function
from .lambda_api import arn_of
from .log_group import LogGroup
from .misuse import reports_misuse
from .queue import QUEUE, Queue, text_of
from .stream import Stream
from .targets import Services, Topic, check_target

__tracebackhide__ = hides_frames

Json = Any


@reports_misuse
class EventBus:
    """An EventBridge event bus."""

    def __init__(self, services: Services, name: str, arn: str) -> None:
        self._services = services
        self.name = name
        """The name of the event bus."""
        self.arn = arn
        """The ARN of the event bus."""

    @property
    def events(self) -> list[dict[str, Json]]:
        """All events that were put on the bus, in order, in the form that rules match."""
        return self._services.bus_events(self.arn)

    @property
    def invocation_records(self) -> list[InvocationRecord]:
        """The invocation records among the events."""
        return [invocation_record.read(text_of(event["detail"])) for event in self.events if event["source"] == "lambda"]

    def put_event(self, *, source: str, detail_type: str, detail: object, resources: Sequence[str] = ()) -> None:
        """Puts an event on the bus.

        The default bus also accepts a `source` that begins with `aws.`: the event is put as the AWS service does it. boto3's
        `put_events` refuses such events, as on AWS.

        Args:
            source: What sends the event, such as `"shop"` or `"aws.ec2"`.
            detail_type: The type of the event, such as `"Order paid"`.
            detail: A mapping, or a JSON object as text.
            resources: The ARNs of resources that the event is about.

        Raises:
            LambdaEventsError: An argument is not valid, or EventBridge does not accept the event.
        """
        check_all(_EVENT_KINDS, {"source": source, "detail_type": detail_type, "resources": resources})
        text = text_of(detail, "The detail")
        if not isinstance(content_of(text.encode()), dict):
            raise LambdaEventsError(f"The detail {shown(detail)} is not a JSON object. Pass a mapping, or its JSON as text.")
        if source.startswith("aws.") and self.name == "default":
            self._services.put_service_event(self.arn, source, detail_type, text, list(resources))
            return
        entry = {
            "Source": source, "DetailType": detail_type, "Detail": text, "EventBusName": self.arn,
            "Resources": list(resources),
        }  # fmt: skip
        [answer] = self._services.client("events").put_events(Entries=[entry])["Entries"]
        if "ErrorCode" in answer:
            raise LambdaEventsError(
                f"Event bus {self.name!r} did not accept the event with source={shown(source)}, "
                f"detail_type={shown(detail_type)}, detail={shown(detail)}: {answer['ErrorCode']}: {answer['ErrorMessage']}"
            )

    def add_rule(
        self,
        event_pattern: Mapping[str, object],
        target: Queue | Topic | Function | Stream | EventBus | LogGroup,
        *,
        input_path: str | None = None,
        input_transformer: Mapping[str, object] | None = None,
        message_group_id: str | None = None,
        dead_letter_queue: Queue | str | None = None,
    ) -> None:
        """Adds a rule that sends matching events to a function, a queue, a topic, a Kinesis stream, a log group or a bus.

        Args:
            event_pattern: Only events that match it are sent.
            target: What receives the events.
            input_path: The part of the event that the target receives, such as `"$.detail"`. By default the whole event.
            input_transformer: `InputPathsMap` and `InputTemplate`, as in `put_targets`. The target receives the template with
                the values of its placeholders.
            message_group_id: The group of the messages of a FIFO queue, which needs it.
            dead_letter_queue: The queue, or its ARN, that receives the events that EventBridge could not deliver.

        Raises:
            LambdaEventsError: An argument has a wrong type, or the target is another resource. No rule is created.
            ClientError: EventBridge refuses the pattern, the path or the template. No rule is created.
        """
        _PATTERN.check("event_pattern", event_pattern)
        check_target(target, Queue, Topic, Function, Stream, EventBus, LogGroup)
        options = {
            "input_path": input_path, "input_transformer": input_transformer, "message_group_id": message_group_id,
            "dead_letter_queue": dead_letter_queue,
        }  # fmt: skip
        check_all(_RULE_KINDS, options)
        settings: dict[str, object] = {"InputPath": input_path, "InputTransformer": input_transformer}
        if message_group_id is not None:
            settings["SqsParameters"] = {"MessageGroupId": message_group_id}
        if dead_letter_queue is not None:
            settings["DeadLetterConfig"] = {"Arn": arn_of(dead_letter_queue)}
        settings = {name: value for name, value in settings.items() if value is not None}
        pattern = text_of(dict(event_pattern), "The event pattern")
        events = self._services.client("events")
        rule = self._free_name(events)
        events.put_rule(Name=rule, EventBusName=self.name, EventPattern=pattern)
        try:
            events.put_targets(Rule=rule, EventBusName=self.name, Targets=[{"Id": "target", "Arn": target.arn, **settings}])
        except BaseException:
            events.delete_rule(Name=rule, EventBusName=self.name)
            raise

    def _free_name(self, events: Any) -> str:
        """Returns the name of the next rule. Rules may have been deleted since the last one was added."""
        pages = events.get_paginator("list_rules").paginate(EventBusName=self.name)
        names = {rule["Name"] for page in pages for rule in page["Rules"]}
        numbers = count(len(names) + 1)
        return next(name for number in numbers if (name := f"{self.name}-rule-{number}") not in names)

    def delete(self) -> None:
        """Deletes the event bus."""
        self._services.client("events").delete_event_bus(Name=self.name)

    def __repr__(self) -> str:
        return f"<EventBus {self.name}>"


_EVENT_KINDS: Mapping[str, Kind] = {
    "source": name_kind("shop"),
    "detail_type": name_kind("OrderPlaced"),
    "resources": list_kind('["arn:aws:s3:::uploads"]', "a list of texts", is_text),
}
_RULE_KINDS: Mapping[str, Kind] = {
    "input_path": text_kind("$.detail").optional(),
    "input_transformer": mapping_kind('{"InputPathsMap": {"id": "$.detail.id"}, "InputTemplate": ...}').optional(),
    "message_group_id": text_kind("customer-1").optional(),
    "dead_letter_queue": QUEUE.optional(),
}
_PATTERN = mapping_kind('{"source": ["shop"]}')
