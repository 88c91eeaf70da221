"""Queues as pollers read them: the same that boto3 sees."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from moto.sqs.models import Message, Queue, sqs_backends

from ...simulation.simulation import Signal
from ...sources.ports import ReceivedMessage
from .simulated_queue import SimulatedQueue, live
from .store import ReceiptStatus, StoredMessage


class MotoQueueSources:
    """The queues of all accounts and regions of the open simulated AWS. One queue is always the same object."""

    def __init__(self) -> None:
        self._sources: dict[Queue, MotoQueueSource] = {}

    def queue(self, arn: str) -> MotoQueueSource | None:
        """The queue of an ARN, if it exists now."""
        parts = arn.split(":", 5)
        if len(parts) != 6 or parts[2] != "sqs":
            return None
        _, _, _, region, account, name = parts
        try:
            queue = sqs_backends[account][region].queues.get(name)
        except KeyError:
            # There is no such region.
            return None
        if queue is None:
            return None
        if queue not in self._sources:
            self._sources[queue] = MotoQueueSource(queue)
        return self._sources[queue]


class MotoQueueSource:
    """One queue."""

    def __init__(self, queue: Queue) -> None:
        self._queue: Any = queue
        self._live: SimulatedQueue = live(queue)

    @property
    def arn(self) -> str:
        """Its ARN."""
        return str(self._queue.queue_arn)

    @property
    def is_fifo(self) -> bool:
        """Whether messages have groups and an order."""
        return bool(self._queue.fifo_queue)

    @property
    def visibility_timeout(self) -> int:
        """In seconds, as set now."""
        return int(self._queue.visibility_timeout)

    @property
    def retention_seconds(self) -> int:
        """How long it keeps a message, as set now."""
        return int(self._queue.message_retention_period)

    @property
    def max_receive_count(self) -> int | None:
        """That of its redrive policy, if it has one."""
        return self._live.max_receive_count

    @property
    def dead_letter_queue_arn(self) -> str | None:
        """The target of its redrive policy, if it has one and the target exists."""
        return self._live.dead_letter_queue_arn

    @property
    def changed(self) -> Signal:
        """Notified whenever a message may have become receivable, or sooner than was known."""
        return self._live.changed

    def message_ids(self) -> Sequence[str]:
        """Those of all that it holds, hidden or not, in order of arrival."""
        return [held.payload.id for held in self._live.messages()]

    def receive(self, count: int, visibility_timeout: int | None = None) -> Sequence[ReceivedMessage]:
        """Up to `count` messages that can be received now; others go to the dead-letter queue on the way (SQS-53)."""
        seconds = self.visibility_timeout if visibility_timeout is None else visibility_timeout
        return [_received(held) for held in self._live.receive(count, seconds)]

    def receive_again(self, receipt_handle: str, visibility_timeout: int | None = None) -> Sequence[ReceivedMessage]:
        """The message that is in flight by a receipt, once more (SQS-03); none if it is not in flight by it."""
        seconds = self.visibility_timeout if visibility_timeout is None else visibility_timeout
        return [_received(held) for held in self._live.receive_again(receipt_handle, seconds)]

    def delete(self, receipt_handle: str) -> bool:
        """Delete by the receipt of one delivery. False if that receipt no longer counts, and nothing was deleted (SQS-48)."""
        return self._counts(self._live.delete(receipt_handle))

    def can_delete(self, receipt_handle: str) -> bool:
        """Whether `delete` by this receipt would delete the message."""
        return self._counts(self._live.receipt_status(receipt_handle))

    def give_up(self, receipt_handle: str) -> None:
        """Move the message of a receipt that still counts to the dead-letter queue, or delete it where there is none."""
        self._live.give_up(receipt_handle)

    def _counts(self, receipt_status: ReceiptStatus) -> bool:
        return receipt_status is ReceiptStatus.IN_FLIGHT or (receipt_status is ReceiptStatus.ENDED and not self.is_fifo)

    def next_receivable_at(self) -> int | None:
        """The first instant, now at the earliest, at which a receive would return or redrive a message; None if never."""
        return self._live.next_receivable_at()


def _received(held: StoredMessage) -> ReceivedMessage:
    message: Message = held.payload
    has_attributes = bool(message.message_attributes)
    return ReceivedMessage(
        message_id=message.id,
        receipt_handle=held.receipt or "",
        body=message.body,
        md5_of_body=message.body_md5,
        visible_at=held.available_at,
        attributes=system_attributes(message),
        message_attributes=dict(message.message_attributes) if has_attributes else {},
        md5_of_message_attributes=message.attribute_md5 if has_attributes else None,
    )


def system_attributes(message: Any) -> Mapping[str, str]:
    """SQS's own attributes of a message, in AWS's order (SQS-E1, SQS-E3, SQS-56)."""
    found: dict[str, str | None] = {}
    if message.system_attributes:
        found["AWSTraceHeader"] = message.system_attributes.get("AWSTraceHeader", {}).get("StringValue")
    found["ApproximateReceiveCount"] = str(message.approximate_receive_count)
    found["SentTimestamp"] = str(int(message.sent_timestamp))
    found["SequenceNumber"] = message.sequence_number
    found["MessageGroupId"] = message.group_id
    found["SenderId"] = message.sender_id
    found["MessageDeduplicationId"] = message.deduplication_id
    first_received = message.approximate_first_receive_timestamp
    found["ApproximateFirstReceiveTimestamp"] = None if first_received is None else str(first_received)
    found["DeadLetterQueueSourceArn"] = getattr(message, "dead_letter_queue_source_arn", None)
    return {name: value for name, value in found.items() if value is not None}
