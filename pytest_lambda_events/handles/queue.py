"""The handle of an SQS queue."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol, TypedDict

from ..arguments import (
    Kind,
    alternatives,
    check_all,
    flag_kind,
    is_number,
    is_text,
    json_text,
    mapping_kind,
    shown,
    text_kind,
    whole_number_kind,
)
from ..errors import LambdaEventsError, hides_frames
from ..records.dead_letter import DeadLetter
from ..records.invocation_record import InvocationRecord
from .attempts import content_of
from .lambda_api import arn_of, resource_kind
from .messages import Message, letters_of, records_of
from .misuse import reports_misuse

if TYPE_CHECKING:
    from typing_extensions import Unpack

__tracebackhide__ = hides_frames


class QueueSettings(TypedDict, total=False):
    """The settings of a queue. Settings that are not passed have AWS's default."""

    visibility_timeout: int
    """In seconds; 30."""
    delay_seconds: int
    """In seconds; 0."""
    dead_letter_queue: Any
    """A queue: its handle or ARN; none."""
    max_receive_count: int
    """The receives of a message before it moves to the dead-letter queue; 10."""
    message_retention_period: int
    """In seconds; 345,600, which is four days."""
    receive_message_wait_time_seconds: int
    """The seconds that a receive waits for messages; 0."""
    content_based_deduplication: bool
    """For FIFO queues; False."""
    policy: str
    """A resource policy as JSON text; none."""


class Queues(Protocol):
    """The operations of SQS that a handle needs."""

    def names(self) -> list[str]:
        """Returns the names of all queues."""

    def has(self, name: str) -> bool:
        """Returns whether a queue exists."""

    def create(self, name: str, attributes: Mapping[str, str]) -> None:
        """Creates a queue."""

    def set_attributes(self, name: str, attributes: Mapping[str, str]) -> None:
        """Changes a queue."""

    def call(self, operation: str, name: str, **parameters: Any) -> Any:
        """Calls an operation of the boto3 client for a queue."""

    def check_body(self, name: str, body: str, attributes: Mapping[str, Any]) -> None:
        """Raises the `ClientError` with which SQS refuses a body, without sending it."""

    def messages(self, name: str) -> list[Message]:
        """Returns all messages in order of arrival, without receiving them."""

    def sent(self, name: str, message_ids: Sequence[str]) -> list[Message]:
        """Returns the messages with these ids in this order, without those that the queue does not contain."""

    def url(self, name: str) -> str:
        """Returns the URL."""

    def arn(self, name: str) -> str:
        """Returns the ARN."""

    @property
    def start(self) -> datetime:
        """The time at which the clock started."""

    def now(self) -> datetime:
        """Returns the virtual time."""


@reports_misuse
class Queue:
    """An SQS queue. It is a FIFO queue if its name ends in `.fifo`."""

    def __init__(self, queues: Queues, name: str) -> None:
        self._queues = queues
        self.name = name
        """The name of the queue."""

    @property
    def arn(self) -> str:
        """The ARN of the queue."""
        return self._queues.arn(self.name)

    @property
    def url(self) -> str:
        """The URL of the queue, for boto3."""
        return self._queues.url(self.name)

    @property
    def messages(self) -> list[Message]:
        """All messages in order of arrival, including those in flight or delayed. Reading does not receive them."""
        return self._queues.messages(self.name)

    @property
    def visible_messages(self) -> list[Message]:
        """The messages that can be received now."""
        return [message for message in self.messages if message.visible_at <= self._queues.now()]

    @property
    def in_flight_messages(self) -> list[Message]:
        """The messages that were received and whose visibility timeout has not ended."""
        return [message for message in self._hidden if message.approximate_receive_count]

    @property
    def delayed_messages(self) -> list[Message]:
        """The messages whose delay has not ended."""
        return [message for message in self._hidden if not message.approximate_receive_count]

    @property
    def _hidden(self) -> list[Message]:
        return [message for message in self.messages if message.visible_at > self._queues.now()]

    @property
    def invocation_records(self) -> list[InvocationRecord]:
        """The messages as invocation records. Raises `LambdaEventsError` if a message is not an invocation record."""
        return records_of(self.messages, f"queue {self.name}", self._queues.start)

    @property
    def dead_letters(self) -> list[DeadLetter]:
        """The messages that functions sent here as their dead-letter queue."""
        return letters_of(self.messages)

    def send(
        self,
        *bodies: object,
        delay_seconds: int | None = None,
        message_group_id: str | None = None,
        message_deduplication_id: str | None = None,
        message_attributes: Mapping[str, object] | None = None,
    ) -> list[Message]:
        """Sends messages: text unchanged, all other values as JSON. The options apply to each of them.

        Raises:
            LambdaEventsError: JSON cannot represent a body, or an option has a wrong type. Nothing is sent.
            ClientError: SQS refuses a message. Nothing is sent.
        """
        options: dict[str, Any] = {
            "delay_seconds": delay_seconds,
            "message_group_id": message_group_id,
            "message_deduplication_id": message_deduplication_id,
            "message_attributes": message_attributes,
        }
        check_all(_SEND_KINDS, options)
        given = {member: options[name] for name, member in _SEND_PARAMETERS.items() if options[name] is not None}
        if message_attributes is not None:
            given["MessageAttributes"] = attribute_values(message_attributes)
        texts = [text_of(body) for body in bodies]
        for one in texts:
            self._queues.check_body(self.name, one, given.get("MessageAttributes", {}))
        sent = [self._queues.call("send_message", self.name, MessageBody=one, **given) for one in texts]
        return self._queues.sent(self.name, [answer["MessageId"] for answer in sent])

    def update(self, **settings: Unpack[QueueSettings]) -> None:
        """Changes settings of the queue. `dead_letter_queue=None` removes its dead-letter queue."""
        self._queues.set_attributes(self.name, attributes_of(settings))

    def purge(self) -> None:
        """Deletes all messages of the queue."""
        self._queues.call("purge_queue", self.name)

    def delete(self) -> None:
        """Deletes the queue and its messages."""
        self._queues.call("delete_queue", self.name)

    def __repr__(self) -> str:
        return f"<Queue {self.name}>"


def text_of(body: object, what: str = "The body") -> str:
    """Returns the text of a message body: text unchanged, all other values as JSON.

    Raises `LambdaEventsError` if JSON cannot represent the value; `what` begins the message.
    """
    if not isinstance(body, str):
        return json_text(what, body, "Pass text, or a value that JSON can represent.")
    if not is_text(body):
        raise LambdaEventsError(
            f"{what} {shown(body)} is not valid Unicode text: it has half of a surrogate pair. Pass text without it."
        )
    return body


def attribute_values(values: Mapping[str, object]) -> dict[str, dict[str, Any]]:
    """Returns message attributes as SQS and SNS accept them. Raises `LambdaEventsError` for values of other types."""
    return {name: _attribute_value(name, value) for name, value in values.items()}


def _attribute_value(name: str, value: object) -> dict[str, Any]:
    if not _ATTRIBUTE_NAME.fullmatch(name):
        raise LambdaEventsError(
            f"message_attributes={{{shown(name)}: ...}}: AWS does not allow this name. Pass 1 to 256 ASCII letters, digits, "
            "'_', '-' and '.'."
        )
    if isinstance(value, bytes):
        return {"DataType": "Binary", "BinaryValue": value}
    if is_number(value):
        return {"DataType": "Number", "StringValue": str(value)}
    if is_text(value):
        return {"DataType": "String", "StringValue": str(value)}
    raise LambdaEventsError(
        f"message_attributes={{{name!r}: {shown(value)}}}: the value is not text, a finite number or bytes. "
        "Pass one of these; encode other values as text."
    )


def _is_policy(value: object) -> bool:
    """Returns whether the value is the JSON text of an object, or empty text, which removes a policy."""
    return is_text(value) and (value == "" or isinstance(content_of(value.encode()), dict))


_SEND_PARAMETERS = {
    "delay_seconds": "DelaySeconds",
    "message_group_id": "MessageGroupId",
    "message_deduplication_id": "MessageDeduplicationId",
}
_SEND_KINDS: Mapping[str, Kind] = {
    "delay_seconds": whole_number_kind(5, "seconds").optional(),
    "message_group_id": text_kind("customer-1").optional(),
    "message_deduplication_id": text_kind("order-7").optional(),
    "message_attributes": mapping_kind('{"kind": "order"}').optional(),
}
_ATTRIBUTE_NAME = re.compile(r"[a-zA-Z0-9_.-]{1,256}")
QUEUE = resource_kind("a queue", 'lambda_events.queue("failures")', "sqs")
_KINDS: Mapping[str, Kind] = {
    "visibility_timeout": whole_number_kind(30, "seconds"),
    "delay_seconds": whole_number_kind(5, "seconds"),
    "dead_letter_queue": QUEUE.optional(),
    "max_receive_count": whole_number_kind(3, "receives"),
    "message_retention_period": whole_number_kind(345600, "seconds"),
    "receive_message_wait_time_seconds": whole_number_kind(20, "seconds"),
    "content_based_deduplication": flag_kind(),
    "policy": Kind(
        "a policy", _is_policy, repr('{"Version": "2012-10-17", "Statement": []}'), "a JSON object as text"
    ).optional(),
}
_PLAIN = {
    "visibility_timeout": "VisibilityTimeout",
    "delay_seconds": "DelaySeconds",
    "message_retention_period": "MessageRetentionPeriod",
    "receive_message_wait_time_seconds": "ReceiveMessageWaitTimeSeconds",
    "policy": "Policy",
}
DEFAULT_MAX_RECEIVE_COUNT = 10


def attributes_of(settings: Mapping[str, Any]) -> dict[str, str]:
    """Returns the settings as SQS's attributes. Raises `LambdaEventsError` for an unknown setting or a wrong type."""
    unknown = sorted(settings.keys() - QueueSettings.__annotations__.keys())
    if unknown:
        names = alternatives(unknown[0], QueueSettings.__annotations__, label="Settings")
        raise LambdaEventsError(f"A queue has no setting {unknown[0]!r}. {names}")
    check_all(_KINDS, settings)
    found = {_PLAIN[key]: "" if value is None else str(value) for key, value in settings.items() if key in _PLAIN}
    if "content_based_deduplication" in settings:
        found["ContentBasedDeduplication"] = str(settings["content_based_deduplication"]).lower()
    if "dead_letter_queue" in settings:
        found["RedrivePolicy"] = _redrive_policy(settings)
    elif "max_receive_count" in settings:
        raise LambdaEventsError(
            f"max_receive_count={shown(settings['max_receive_count'])} needs dead_letter_queue. Pass both."
        )
    return found


def _redrive_policy(settings: Mapping[str, Any]) -> str:
    target = settings["dead_letter_queue"]
    if target is None:
        return ""
    arn = arn_of(target)
    count = settings.get("max_receive_count", DEFAULT_MAX_RECEIVE_COUNT)
    return json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": count})
