"""SQS and SNS for handles: the contents of moto's backends, read without receiving."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

from moto.sqs.exceptions import QueueDoesNotExist, SQSException
from moto.sqs.models import Queue, sqs_backends

from ...arns import parse
from ...errors import LambdaEventsError, hides_frames
from ...handles.messages import Message
from ...service.errors import ServiceError
from ...simulation.clock import VirtualClock
from ..backends import late_backends
from ..network.client_errors import client_error
from ..sqs.contents import check
from ..sqs.queue_message import QueueMessage
from ..sqs.simulated_queue import simulated

sns_backends = late_backends("sns")

__tracebackhide__ = hides_frames

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


class MotoQueues:
    """The queues of one account and region."""

    def __init__(self, account_id: str, region_name: str, client: Callable[[str], Any], clock: VirtualClock) -> None:
        self._account_id = account_id
        self._region_name = region_name
        self._client = client
        self._clock = clock

    @property
    def start(self) -> datetime:
        """Returns the start of the clock."""
        return self._clock.start

    def now(self) -> datetime:
        """Returns the virtual time."""
        return self._clock.now

    def names(self) -> list[str]:
        """Returns the names of all queues, in order of creation."""
        return list(self._queues)

    def has(self, name: str) -> bool:
        """Returns whether a queue exists."""
        return name in self._queues

    def create(self, name: str, attributes: Mapping[str, str]) -> None:
        """Creates a queue. It is FIFO if its name ends in `.fifo`."""
        fifo = {"FifoQueue": "true"} if name.endswith(".fifo") else {}
        self._client("sqs").create_queue(QueueName=name, Attributes={**fifo, **attributes})

    def set_attributes(self, name: str, attributes: Mapping[str, str]) -> None:
        """Changes a queue."""
        self._client("sqs").set_queue_attributes(QueueUrl=self.url(name), Attributes=dict(attributes))

    def call(self, operation: str, name: str, **parameters: Any) -> Any:
        """Runs an operation of boto3's client on a queue."""
        return getattr(self._client("sqs"), operation)(QueueUrl=self.url(name), **parameters)

    def check_body(self, name: str, body: str, attributes: Mapping[str, Any]) -> None:
        """Raises the `ClientError` with which SQS refuses a body, without sending it."""
        client = self._client("sqs")
        try:
            queue: Any = self._queue(name)
            check(body, attributes, int(queue.maximum_message_size))
        except SQSException as refusal:
            raise client_error(client, "SendMessage", ServiceError(refusal.code, refusal.message)) from None

    def messages(self, name: str) -> list[Message]:
        """Returns all messages of a queue, in order of arrival."""
        queue = simulated(self._existing(name))
        return [_shown(held, queue.at(held.available_at)) for held in queue.messages()]

    def sent(self, name: str, message_ids: Sequence[str]) -> list[Message]:
        """Returns the messages with these ids, in their order, if they are in the queue. Recent ones are found quickly."""
        queue, wanted = simulated(self._queue(name)), set(message_ids)
        found: dict[str, Message] = {}
        for held in queue.newest():
            if wanted == found.keys():
                break
            if held.message_id in wanted:
                found[held.message_id] = _shown(held, queue.at(held.available_at))
        return [found[message_id] for message_id in message_ids if message_id in found]

    def url(self, name: str) -> str:
        """Returns the URL of a queue."""
        return f"https://sqs.{self._region_name}.amazonaws.com/{self._account_id}/{name}"

    def arn(self, name: str) -> str:
        """Returns the ARN of a queue."""
        return f"arn:aws:sqs:{self._region_name}:{self._account_id}:{name}"

    @property
    def _queues(self) -> Mapping[str, Queue]:
        queues: Mapping[str, Queue] = sqs_backends[self._account_id][self._region_name].queues
        return queues

    def _existing(self, name: str) -> Queue:
        """Returns the queue. Raises `LambdaEventsError` if it was deleted, because its messages are then lost."""
        try:
            return self._queue(name)
        except QueueDoesNotExist:
            raise LambdaEventsError(
                f"Queue {name!r} does not exist: it was deleted. Read its messages before you delete it."
            ) from None

    def _queue(self, name: str) -> Queue:
        return sqs_backends[self._account_id][self._region_name].get_queue(name)


def _shown(held: QueueMessage, available_at: datetime) -> Message:
    sent_at = _instant(float(held.sent_ms))
    return Message(
        message_id=held.message_id,
        body=held.body,
        sent_at=sent_at,
        visible_at=max(sent_at, available_at),
        approximate_receive_count=held.receive_count,
        attributes=held.system_attributes(),
        message_attributes={name: _value(value) for name, value in held.message_attributes.items()},
    )


def _value(attribute: Mapping[str, Any]) -> Any:
    return attribute.get("StringValue", attribute.get("BinaryValue"))


def _instant(milliseconds: float) -> datetime:
    return EPOCH + timedelta(milliseconds=milliseconds)


def topic_messages(arn: str) -> list[Message]:
    """Returns the messages that were published on a topic, in order. moto does not store their times."""
    parsed = parse(arn)
    topic = sns_backends[parsed.account_id][parsed.region_name].topics.get(arn)
    if topic is None:
        return []
    return [
        Message(
            message_id=message_id,
            body=message,
            sent_at=EPOCH,
            visible_at=EPOCH,
            message_attributes={name: str(value["Value"]) for name, value in (attributes or {}).items()},
        )
        for message_id, message, _, attributes, _ in topic.sent_notifications
    ]
