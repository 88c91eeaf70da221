"""The queues of moto with our own store behind each. boto3, handles and pollers use the same ones."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

from moto.moto_api._internal import mock_random
from moto.sqs.models import Message, Queue, sqs_backends

from ...arns import parse
from ...journal.batches import MessageExpired, Redriven
from ...journal.entry import NOBODY
from ...simulation.clock import MICROSECONDS
from ...simulation.simulation import Simulation
from ...simulation.wait_signal import Signal
from ...sources.ports import ReceivedMessage
from ..backends import backend_of
from .deduplication import Deduplication, Sent, SequenceNumbers
from .numbers import normalized
from .queue_message import QueueMessage, moto_message
from .store import MessageStore, ReceiptStatus, Receive

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


class SimulatedQueues:
    """The queues of one simulated AWS. A queue that existed in moto before keeps its content.

    `purged_at` has the instants of the last purges. `attempt_ids` has the instants at which a `ReceiveRequestAttemptId` was
    used.
    """

    def __init__(self, simulation: Simulation) -> None:
        self.simulation = simulation
        self.purged_at: dict[Queue, int] = {}
        self.attempt_ids: dict[tuple[SimulatedQueue, str], int] = {}
        self._queues: dict[Queue, SimulatedQueue] = {}
        self._sequence_numbers = SequenceNumbers()

    def of(self, queue: Queue) -> SimulatedQueue:
        """Returns the simulated queue of a queue of moto."""
        simulated = self._queues.get(queue)
        if simulated is None:
            simulated = self._queues[queue] = SimulatedQueue(queue, self, self._sequence_numbers)
            simulated.adopt(queue.__dict__.get("_messages", ()))
        return simulated

    def replace(self, queue: Queue, messages: Iterable[Message]) -> None:
        """Replaces the messages of a queue."""
        if queue in self._queues:
            self._queues[queue].replace(messages)
        else:
            # In moto's `Queue.__init__` it is not known yet whether it is a FIFO queue.
            queue.__dict__["_messages"] = list(messages)

    def give_back(self) -> None:
        """Gives the content of the queues back to moto at the end of the simulated AWS."""
        for queue, simulated in self._queues.items():
            simulated.give_back(queue.__dict__)


class Messages(Sequence[Message]):
    """Replaces the list of a queue's messages in moto. It always has the current messages, in order of arrival."""

    def __init__(self, queue: SimulatedQueue) -> None:
        self.queue = queue

    def __getitem__(self, index: Any) -> Any:
        return list(self)[index]

    def __len__(self) -> int:
        return sum(self.queue.counts())

    def __iter__(self) -> Iterator[Message]:
        return map(moto_message, self.queue.messages())

    def append(self, message: Message) -> None:
        """Adds a message."""
        self.queue.arrive(message)

    def remove(self, message: Message) -> None:
        """Removes a message."""
        self.queue.remove(message)


def simulated(queue: Queue) -> SimulatedQueue:
    """Returns the simulated queue of a queue of moto in the open simulated AWS."""
    found: SimulatedQueue = queue.simulated  # type: ignore[attr-defined]
    return found


class SimulatedQueue:
    """One queue for boto3, handles and pollers. For pollers it is a `Queue` of `sources/ports.py`.

    `changed` is notified whenever a message may have become receivable, or may become receivable earlier than expected.
    """

    def __init__(self, queue: Queue, queues: SimulatedQueues, sequence_numbers: SequenceNumbers) -> None:
        self.queue: Any = queue
        self.view = Messages(self)
        self.changed = Signal()
        self._queues = queues
        self._simulation = queues.simulation
        self._start = (self._simulation.clock.start - EPOCH) // timedelta(microseconds=1)
        self._sequence_numbers = sequence_numbers
        self._deduplication = Deduplication()
        self._numbered: dict[str, str] = {}
        self._sent_ms = 0
        self._retention_period: Any = None
        self._store = MessageStore[QueueMessage](
            is_fifo=queue.fifo_queue, retention=self._retention, expired=self._report_expired
        )

    @property
    def arn(self) -> str:
        """The ARN of the queue."""
        return str(self.queue.queue_arn)

    @property
    def is_fifo(self) -> bool:
        """Whether messages have groups and an order."""
        return bool(self.queue.fifo_queue)

    @property
    def visibility_timeout(self) -> int:
        """Returns the current visibility timeout in seconds."""
        return int(self.queue.visibility_timeout)

    @property
    def retention_seconds(self) -> int:
        """Returns how long it keeps a message now."""
        return int(self.queue.message_retention_period)

    @property
    def max_receive_count(self) -> int | None:
        """Returns the `maxReceiveCount` of the redrive policy, if there is one and its target exists."""
        return None if self._dead_letter_queue() is None else int(self.queue.redrive_policy["maxReceiveCount"])

    @property
    def dead_letter_queue_arn(self) -> str | None:
        """Returns the target of the redrive policy, if there is one and it exists."""
        target: Any = self._dead_letter_queue()
        return None if target is None else str(target.queue_arn)

    def messages(self) -> list[QueueMessage]:
        """Returns all messages, in order of arrival."""
        return list(self._store.messages(self._now()))

    def message_ids(self) -> Sequence[str]:
        """Returns the ids of all messages, hidden or not, in order of arrival."""
        return [held.message_id for held in self.messages()]

    def newest(self) -> Iterator[QueueMessage]:
        """Yields all messages, the latest arrival first."""
        return self._store.newest(self._now())

    def counts(self) -> tuple[int, int, int]:
        """Returns how many messages are visible, in flight, and delayed."""
        return self._store.counts(self._now())

    def next_receivable_at(self) -> int | None:
        """Returns the first time, now at the earliest, at which a receive finds a message; None if never."""
        return self._store.next_receivable_at(self._now())

    def at(self, instant: int) -> datetime:
        """Returns the date and time of an instant in microseconds."""
        return self._simulation.clock.at(instant)

    def find(self, receipt_handle: str) -> QueueMessage | None:
        """Returns the message of a receipt handle; None if it is unknown or the message was removed."""
        return self._store.find(receipt_handle)

    def sequence_number(self, message_id: str) -> str | None:
        """Returns the sequence number of a message that was sent to this queue, if it is FIFO."""
        return self._numbered.get(message_id)

    def send(self, message: Message) -> None:
        """Adds a message, unless it is a duplicate. A duplicate becomes a response with the ids of the first one."""
        if self.queue.fifo_queue:
            is_per_group = self.queue.deduplication_scope == "messageGroup"
            key, now = (message.group_id if is_per_group else None, message.deduplication_id), self._now()
            first = self._deduplication.find(key, now)
            if first is not None:
                message.id, message.sequence_number = first
                return
            message.sequence_number = self._numbered[message.id] = self._sequence_numbers.next()
            self._deduplication.add(key, now, Sent(message.id, message.sequence_number))
        self.arrive(message)

    def arrive(self, message: Message) -> None:
        """Adds a message."""
        now = self._now()
        available_at = max(now, self._instant(message.delayed_until)) if message.delayed_until else now
        held = self._stored(message, now, available_at)
        if held.extras is not None:
            # The response has the digest of the message that was sent.
            held.extras.message_attributes = normalized(held.extras.message_attributes)
        self._store.add(held, now)
        self.changed.notify()

    def _stored(self, message: Message, sent_at: int, available_at: int) -> QueueMessage:
        sent: Any = message.sent_timestamp
        if sent == self._sent_ms:
            # Messages of the same time share one number.
            sent = self._sent_ms
        self._sent_ms = sent
        return QueueMessage(message, sent, sent_at, available_at, message.group_id if self.queue.fifo_queue else None)

    def set_sender(self, message_id: str, sender_id: str) -> None:
        """Sets the sender of the message that was sent last."""
        held = next(self.newest(), None)
        if held is not None and held.message_id == message_id:
            held.sender_id = sender_id

    def take(self, count: int, visibility_timeout: int) -> list[QueueMessage]:
        """Receives up to `count` messages and hides them for `visibility_timeout` seconds.

        A receive also moves messages that were received too often to the dead-letter queue (SQS-53).
        """
        now = self._now()
        until = now + visibility_timeout * MICROSECONDS
        return self._taken(self._store.receive(now, count, until, self.max_receive_count, _receipt_handle))

    def receive(self, count: int, visibility_timeout: int | None = None) -> Sequence[ReceivedMessage]:
        """Receives up to `count` messages for a poller, like `take`. The default visibility timeout is that of the queue."""
        seconds = self.visibility_timeout if visibility_timeout is None else visibility_timeout
        return [_received(held) for held in self.take(count, seconds)]

    def receive_again(self, receipt_handle: str) -> Sequence[ReceivedMessage]:
        """Receives the message that is in flight by a receipt once more (SQS-03); none if it is not in flight by it."""
        now = self._now()
        until = now + self.visibility_timeout * MICROSECONDS
        again = self._store.receive_again(receipt_handle, now, until, self.max_receive_count, _receipt_handle)
        return [_received(held) for held in self._taken(again)]

    def _taken(self, received: Receive[QueueMessage]) -> list[QueueMessage]:
        if received.exhausted:
            self._redrive(received.exhausted)
        if received.taken:
            self._mark_received(received.taken)
        return received.taken

    def delete(self, receipt_handle: str) -> bool:
        """Deletes a message by the receipt of one receive. Returns False if that receipt is not valid any more (SQS-48)."""
        is_deleted = self._store.delete(receipt_handle, self._now())
        if self.queue.fifo_queue:
            self.changed.notify()
        return is_deleted

    def can_delete(self, receipt_handle: str) -> bool:
        """Returns whether `delete` by this receipt would delete the message."""
        return self._store.can_delete(receipt_handle, self._now())

    def discard(self, receipt_handle: str) -> None:
        """Moves the message of a valid receipt to the dead-letter queue. Deletes it if there is no such queue."""
        held = self._store.find(receipt_handle)
        self._store.delete(receipt_handle, self._now())
        if held is not None and held.is_gone and self._dead_letter_queue() is not None:
            self._redrive([held])
        self.changed.notify()

    def change_visibility(self, receipt_handle: str, visibility_timeout: int) -> ReceiptStatus:
        """Sets when a message reappears, in seconds from now, by its newest receipt. Returns the status of the receipt
        handle.
        """
        now = self._now()
        receipt_status = self._store.change_visibility(receipt_handle, now, now + visibility_timeout * MICROSECONDS)
        self.changed.notify()
        return receipt_status

    def receipt_status(self, receipt_handle: str) -> ReceiptStatus:
        """Returns the status of a receipt handle."""
        return self._store.receipt_status(receipt_handle, self._now())

    def seconds_since_receive(self, receipt_handle: str) -> float:
        """Returns how long ago the message of a known receipt handle was last received."""
        held = self._store.find(receipt_handle)
        assert held is not None
        return (self._now() - held.received_at) / MICROSECONDS

    def settle(self) -> None:
        """Applies the effects of time, before a setting changes."""
        self._store.counts(self._now())

    def remove(self, message: Message) -> None:
        """Removes a message."""
        for held in self.messages():
            if held.message_id == message.id:
                self._store.remove(held, self._now())

    def replace(self, messages: Iterable[Message]) -> None:
        """Replaces all messages."""
        self._store.clear(self._now())
        self.adopt(messages)
        self.changed.notify()

    def adopt(self, messages: Iterable[Message]) -> None:
        """Takes over the messages that moto stored in its own form."""
        now = self._now()
        for message in messages:
            sent: Any = message.sent_timestamp
            hidden_until = max(self._instant(message.visible_at), self._instant(message.delayed_until))
            held = self._stored(message, self._instant(sent), max(now, hidden_until))
            held.receives, held.receipt = message.approximate_receive_count, message.receipt_handle
            self._store.add(held, now)

    def give_back(self, attributes: dict[str, Any]) -> None:
        """Gives the messages back to moto, in its own form."""
        messages: list[Message] = []
        in_flight: set[Message] = set()
        for held in self.messages():
            message = moto_message(held)
            if held.receives:
                message.visible_at = (self._start + held.available_at) / 1000
                if held.is_hidden:
                    in_flight.add(message)
            elif held.is_hidden:
                message.delayed_until = (self._start + held.available_at) / 1000
            messages.append(message)
        attributes["_messages"], attributes["_pending_messages"] = messages, in_flight

    @property
    def _retention(self) -> int:
        return int(self.queue.message_retention_period) * MICROSECONDS

    def _now(self) -> int:
        now = self._simulation.clock.microseconds
        period = self.queue.message_retention_period
        if period is not self._retention_period:
            self._retention_period = period
            self._store.retain(self._retention, now)
        return now

    def _instant(self, milliseconds: float) -> int:
        """Returns the instant of moto's milliseconds since the epoch, which are exact only to a quarter of a microsecond."""
        return round(milliseconds * 1000) - self._start

    def _mark_received(self, taken: list[QueueMessage]) -> None:
        now_ms = (self._start + self._simulation.clock.microseconds) // 1000
        for held in taken:
            held.receive_count += 1
            if held.first_received_ms is None:
                held.first_received_ms = now_ms

    def _dead_letter_queue(self) -> Queue | None:
        """Returns the target of the redrive policy, if it exists now."""
        policy = self.queue.redrive_policy
        if not policy or self.queue.dead_letter_queue is None:
            return None
        target = parse(policy["deadLetterTargetArn"])
        found: Queue | None = backend_of(sqs_backends, target.account_id, target.region_name).queues.get(target.name)
        return found

    def _redrive(self, exhausted: list[QueueMessage]) -> None:
        target = self._dead_letter_queue()
        assert target is not None
        dead = self._queues.of(target)
        for held in exhausted:
            dead.take_over(held, self.queue.queue_arn)
            moved = Redriven(
                NOBODY, source=self.queue.queue_arn, target=target.queue_arn, message_id=held.message_id,
                receive_count=held.receive_count,
            )  # fmt: skip
            self._simulation.journal.write(moved)
        dead.changed.notify()

    def take_over(self, other: QueueMessage, source_arn: str) -> None:
        """Adds a message from another queue. In a FIFO queue it counts as sent now (SQS-56)."""
        now, message = self._now(), moto_message(other)
        message.dead_letter_queue_source_arn = source_arn  # type: ignore[attr-defined]
        if self.queue.fifo_queue:
            message.mark_sent()
        self._store.add(self._stored(message, now if self.queue.fifo_queue else other.sent_at, now), now)

    def _report_expired(self, held: QueueMessage) -> None:
        """Reports that a message has expired. This may be long after its expiry."""
        expired = MessageExpired(
            NOBODY, source=self.queue.queue_arn, message_id=held.message_id, body=held.body,
            expired_after_seconds=(held.sent_at + self._store.retention) / MICROSECONDS,
        )  # fmt: skip
        self._simulation.journal.write(expired)


def _received(held: QueueMessage) -> ReceivedMessage:
    """Returns a message in its current state. A later receive changes its receipt handle and its attributes."""
    received = ReceivedMessage(
        held.message_id, held.receipt or "", held.body, held.body_md5, held.available_at, held.system_attributes()
    )
    attributes = held.message_attributes
    if not attributes:
        return received
    return received._replace(message_attributes=dict(attributes), md5_of_message_attributes=held.attributes_md5)


def _receipt_handle() -> str:
    return "AQEB" + base64.b64encode(mock_random.getrandbits(1080).to_bytes(135, "big")).decode()
