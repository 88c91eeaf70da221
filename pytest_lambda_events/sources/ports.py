"""The event sources as pollers use them. `aws/` has the classes that satisfy these protocols.

Instants are microseconds since the clock's start.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol

from ..simulation.wait_signal import Signal
from ..values import dataclass


class ReceivedMessage(NamedTuple):
    """One message as one receive returned it, hidden until `visible_at`.

    Args:
        attributes: SQS's own attributes, all text, in AWS's order (SQS-E1 to E5).
        message_attributes: The attributes of the sender as boto3 has them: `DataType`, and `StringValue` or `BinaryValue`.
    """

    message_id: str
    receipt_handle: str
    body: str
    md5_of_body: str
    visible_at: int
    attributes: Mapping[str, str]
    message_attributes: Mapping[str, Mapping[str, Any]] = MappingProxyType({})
    md5_of_message_attributes: str | None = None


class Queue(Protocol):
    """One SQS queue. boto3 uses the same messages in the same state."""

    @property
    def arn(self) -> str:
        """The ARN of the queue."""

    @property
    def is_fifo(self) -> bool:
        """Whether messages have groups and an order."""

    @property
    def visibility_timeout(self) -> int:
        """The current visibility timeout, in seconds."""

    @property
    def retention_seconds(self) -> int:
        """How long the queue keeps a message now, in seconds."""

    @property
    def max_receive_count(self) -> int | None:
        """The `maxReceiveCount` of the redrive policy, if the queue has a redrive policy and its target exists."""

    @property
    def dead_letter_queue_arn(self) -> str | None:
        """The target of the redrive policy, if the queue has a redrive policy and its target exists."""

    @property
    def changed(self) -> Signal:
        """Notified whenever a message may have become receivable, or may become receivable earlier than expected."""

    def message_ids(self) -> Sequence[str]:
        """Returns the ids of all messages, hidden or not, in order of arrival."""

    def receive(self, count: int, visibility_timeout: int | None = None) -> Sequence[ReceivedMessage]:
        """Receives up to `count` messages and hides them for `visibility_timeout` seconds, by default the queue's timeout.

        A receive also moves messages that were received too often to the dead-letter queue (SQS-53).
        """

    def receive_again(self, receipt_handle: str) -> Sequence[ReceivedMessage]:
        """Receives the message that is in flight by a receipt once more (SQS-03); none if it is not in flight by it."""

    def delete(self, receipt_handle: str) -> bool:
        """Deletes a message by the receipt of one receive. Returns False if that receipt is not valid any more (SQS-48)."""

    def can_delete(self, receipt_handle: str) -> bool:
        """Returns whether `delete` by this receipt would delete the message."""

    def discard(self, receipt_handle: str) -> None:
        """Moves the message of a valid receipt to the dead-letter queue. Deletes it if there is no such queue."""

    def next_receivable_at(self) -> int | None:
        """Returns the first instant, now or later, at which a receive would return or redrive a message; None if never."""


FindQueue = Callable[[str], Queue | None]
"""Returns the queue of an ARN, if it exists now."""


Position = tuple[int, int]
"""A position in a shard: after the record with this sequence number. In an aggregate: after this number of its user
records.
"""
TRIM_HORIZON: Position = (-1, 0)
"""The position before the oldest record."""


class StreamRecord(Protocol):
    """One record of a shard."""

    @property
    def position(self) -> Position:
        """Returns the position after the record."""

    @property
    def sequence_number(self) -> str:
        """The sequence number as the event has it."""

    @property
    def arrived_at(self) -> int:
        """The arrival that the record states, in microseconds since the clock's start."""

    @property
    def key(self) -> str:
        """The key by which a shard keeps order: the partition key, or the whole primary key of an item (KIN-31, DDB-12)."""

    @property
    def cause(self) -> str | None:
        """The trace header of the call that caused it. AWS does not pass the header on: it only shows loops (ASY-94)."""

    def json(self, ending: str = "}") -> str:
        """Returns the record of the event, without spaces. `ending` closes it with the members that a mapping adds."""

    def values(self, records: Sequence[Any], added: Mapping[str, str]) -> list[dict[str, Any]] | None:
        """Returns what a handler receives for records of the same stream: new objects, equal to the decoded JSON, with the
        members that a mapping adds.

        None if it takes longer to create them than to decode the JSON.
        """


@dataclass(frozen=True, slots=True)
class Shard:
    """One shard as it is now. A closed shard gets no more records. Its children are read after it (KIN-90)."""

    shard_id: str
    parent_ids: tuple[str, ...] = ()
    is_open: bool = True


class Stream(Protocol):
    """One stream. boto3 uses the same records."""

    @property
    def arn(self) -> str:
        """The ARN of the stream or of the consumer."""

    @property
    def retention_seconds(self) -> int:
        """How long the stream keeps a record."""

    @property
    def changed(self) -> Signal:
        """Notified whenever there may be a new record or shard. A notification about one shard names its id."""

    def shards(self) -> Sequence[Shard]:
        """Returns the shards that are open, or that closed within the retention period, in order of creation.

        A shard that closed without records is included: its children are read after its parents (KIN-90).
        """

    def is_open(self, shard_id: str) -> bool:
        """Returns whether a shard exists and may get more records."""

    def read(self, shard_id: str, after: Position, limit: int) -> Sequence[StreamRecord]:
        """Returns up to `limit` records after a position, in order, that are still kept. The cost does not depend on the
        length.
        """

    def expired(self) -> Iterable[tuple[str, StreamRecord, int]]:
        """Returns the records that are no longer kept, each with the id of its shard and the instant of its end."""

    def latest(self, shard_id: str) -> Position:
        """Returns the position after all records that the shard has now."""

    def before(self, shard_id: str, instant: int) -> Position:
        """Returns the position before the first record that arrived at `instant` or later."""


FindStream = Callable[[str], Stream | None]
"""Returns the stream of an ARN, if it exists now. The ARN may be that of a consumer of a stream."""


class Keys(Protocol):
    """The KMS keys with which filters are encrypted."""

    def failure(self, key_arn: str) -> str | None:
        """Returns the error of using a key now, such as `DisabledException`; None if it can be used."""
