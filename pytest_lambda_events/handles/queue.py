"""A queue in a test's hands."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol, TypedDict

from ..errors import LambdaEventsError, hides_frames
from ..records.dead_letter import DeadLetter
from ..records.invocation_record import InvocationRecord
from .messages import Message, letters_of, records_of

if TYPE_CHECKING:
    from typing_extensions import Unpack

__tracebackhide__ = hides_frames


class QueueSettings(TypedDict, total=False):
    """What can be set for a queue, in seconds where it is a time; what is left out has AWS's default."""

    visibility_timeout: int
    """Seconds; 30."""
    delay_seconds: int
    """0."""
    dead_letter_queue: Any
    """A queue, as a handle or an ARN; none."""
    max_receive_count: int
    """How often a message is received before it goes there; 10."""
    message_retention_period: int
    """Seconds; 345,600, which is four days."""
    receive_message_wait_time_seconds: int
    """How long a receive waits by default; 0."""
    content_based_deduplication: bool
    """Of FIFO queues; false."""
    policy: str
    """A resource policy as JSON text; none."""


class Queues(Protocol):
    """What a handle needs of SQS."""

    def names(self) -> list[str]:
        """The names of all queues."""

    def create(self, name: str, attributes: Mapping[str, str]) -> None:
        """Make a queue."""

    def set_attributes(self, name: str, attributes: Mapping[str, str]) -> None:
        """Change a queue."""

    def call(self, operation: str, name: str, **parameters: Any) -> Any:
        """An operation of boto3's client on a queue."""

    def messages(self, name: str) -> list[Message]:
        """All that it holds, in order of arrival, without receiving."""

    def sent(self, name: str, message_ids: Sequence[str]) -> list[Message]:
        """The messages of these ids, in their order, as far as it holds them."""

    def url(self, name: str) -> str:
        """Its URL."""

    def arn(self, name: str) -> str:
        """Its ARN."""

    @property
    def start(self) -> datetime:
        """Where the clock started."""

    def now(self) -> datetime:
        """The virtual instant."""


class Queue:
    """An SQS queue that a test made or found; FIFO if its name ends in `.fifo`."""

    def __init__(self, queues: Queues, name: str) -> None:
        self._queues = queues
        self.name = name
        """Its name."""

    @property
    def arn(self) -> str:
        """Its ARN."""
        return self._queues.arn(self.name)

    @property
    def url(self) -> str:
        """Its URL, as boto3 wants it."""
        return self._queues.url(self.name)

    @property
    def messages(self) -> list[Message]:
        """All that it holds, also what is in flight or delayed, in order of arrival; nothing is received by looking."""
        return self._queues.messages(self.name)

    @property
    def visible_messages(self) -> list[Message]:
        """Those that could be received now."""
        return [message for message in self.messages if message.visible_at <= self._queues.now()]

    @property
    def in_flight_messages(self) -> list[Message]:
        """Those that were received and are hidden for their visibility timeout."""
        return [message for message in self._hidden if message.approximate_receive_count]

    @property
    def delayed_messages(self) -> list[Message]:
        """Those that were sent with a delay that is not over."""
        return [message for message in self._hidden if not message.approximate_receive_count]

    @property
    def _hidden(self) -> list[Message]:
        return [message for message in self.messages if message.visible_at > self._queues.now()]

    @property
    def invocation_records(self) -> list[InvocationRecord]:
        """Its messages as the invocation records that they are. Raises `LambdaEventsError` if one is none."""
        return records_of(self.messages, f"queue {self.name}", self._queues.start)

    @property
    def dead_letters(self) -> list[DeadLetter]:
        """What functions left here as their dead-letter queue."""
        return letters_of(self.messages)

    def send(
        self,
        *bodies: object,
        delay_seconds: int | None = None,
        message_group_id: str | None = None,
        message_deduplication_id: str | None = None,
        message_attributes: Mapping[str, object] | None = None,
    ) -> list[Message]:
        """Send messages, text as it is and all else as JSON; the options hold for each of them."""
        options: dict[str, Any] = {
            "DelaySeconds": delay_seconds,
            "MessageGroupId": message_group_id,
            "MessageDeduplicationId": message_deduplication_id,
            "MessageAttributes": None if message_attributes is None else _attributes(message_attributes),
        }
        given = {name: value for name, value in options.items() if value is not None}
        sent = [self._queues.call("send_message", self.name, MessageBody=text_of(body), **given) for body in bodies]
        return self._queues.sent(self.name, [answer["MessageId"] for answer in sent])

    def update(self, **settings: Unpack[QueueSettings]) -> None:
        """Change it, with the keywords of creation; `dead_letter_queue=None` removes that."""
        self._queues.set_attributes(self.name, attributes_of(settings))

    def purge(self) -> None:
        """Delete all its messages."""
        self._queues.call("purge_queue", self.name)

    def delete(self) -> None:
        """Delete it with all that it holds."""
        self._queues.call("delete_queue", self.name)

    def __repr__(self) -> str:
        return f"<Queue {self.name}>"


def text_of(body: object) -> str:
    """The text of a message body. Raises `LambdaEventsError` for what JSON cannot say."""
    if isinstance(body, str):
        return body
    try:
        return json.dumps(body, allow_nan=False)
    except (TypeError, ValueError) as error:
        message = f"The body {body!r} cannot be sent as JSON: {error}. Give text, or what JSON can say."
        raise LambdaEventsError(message) from None


def _attributes(values: Mapping[str, object]) -> dict[str, dict[str, Any]]:
    return {name: _attribute(value) for name, value in values.items()}


def _attribute(value: object) -> dict[str, Any]:
    if isinstance(value, bytes):
        return {"DataType": "Binary", "BinaryValue": value}
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return {"DataType": "Number", "StringValue": str(value)}
    return {"DataType": "String", "StringValue": str(value)}


_PLAIN = {
    "visibility_timeout": "VisibilityTimeout",
    "delay_seconds": "DelaySeconds",
    "message_retention_period": "MessageRetentionPeriod",
    "receive_message_wait_time_seconds": "ReceiveMessageWaitTimeSeconds",
    "policy": "Policy",
}
DEFAULT_MAX_RECEIVE_COUNT = 10


def attributes_of(settings: Mapping[str, Any]) -> dict[str, str]:
    """The settings as SQS's attributes. Raises `LambdaEventsError` for one that does not exist."""
    unknown = sorted(settings.keys() - QueueSettings.__annotations__.keys())
    if unknown:
        raise LambdaEventsError(f"A queue has no setting {unknown[0]!r}. It has: {', '.join(QueueSettings.__annotations__)}.")
    found = {_PLAIN[key]: str(value) for key, value in settings.items() if key in _PLAIN}
    if "content_based_deduplication" in settings:
        found["ContentBasedDeduplication"] = str(settings["content_based_deduplication"]).lower()
    if "dead_letter_queue" in settings:
        found["RedrivePolicy"] = _redrive_policy(settings)
    elif "max_receive_count" in settings:
        raise LambdaEventsError("max_receive_count counts for a dead_letter_queue: give both.")
    return found


def _redrive_policy(settings: Mapping[str, Any]) -> str:
    target = settings["dead_letter_queue"]
    if target is None:
        return ""
    arn = target if isinstance(target, str) else target.arn
    count = settings.get("max_receive_count", DEFAULT_MAX_RECEIVE_COUNT)
    return json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": count})
