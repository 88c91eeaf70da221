"""What mappings need of the sources that they read. Instants are microseconds since the clock's start."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from ..simulation.wait_signal import Signal


@dataclass(frozen=True, slots=True)
class ReceivedMessage:
    """One message as one receive gave it, hidden until `visible_at`.

    `attributes` are SQS's own, all text, in AWS's order (SQS-E1 to E5); `message_attributes` are the sender's as boto3
    has them: `DataType`, and `StringValue` or `BinaryValue` (bytes).
    """

    message_id: str
    receipt_handle: str
    body: str
    md5_of_body: str
    visible_at: int
    attributes: Mapping[str, str]
    message_attributes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    md5_of_message_attributes: str | None = None


class Queue(Protocol):
    """One SQS queue. What it holds is shared with boto3: both see the same messages in the same state."""

    @property
    def arn(self) -> str:
        """Its ARN."""

    @property
    def is_fifo(self) -> bool:
        """Whether messages have groups and an order."""

    @property
    def visibility_timeout(self) -> int:
        """In seconds, as set now."""

    @property
    def retention_seconds(self) -> int:
        """How long it keeps a message, as set now."""

    @property
    def max_receive_count(self) -> int | None:
        """That of its redrive policy, if it has one."""

    @property
    def dead_letter_queue_arn(self) -> str | None:
        """The target of its redrive policy, if it has one and the target exists."""

    @property
    def changed(self) -> Signal:
        """Notified whenever a message may have become receivable, or sooner than was known."""

    def message_ids(self) -> Sequence[str]:
        """Returns the ids of all messages, hidden or not, in order of arrival."""

    def receive(self, count: int, visibility_timeout: int | None = None) -> Sequence[ReceivedMessage]:
        """Up to `count` messages that can be received now; others go to the dead-letter queue on the way (SQS-53).

        They are hidden for `visibility_timeout` seconds, by default the queue's.
        """

    def receive_again(self, receipt_handle: str) -> Sequence[ReceivedMessage]:
        """The message that is in flight by a receipt, once more (SQS-03); none if it is not in flight by it."""

    def delete(self, receipt_handle: str) -> bool:
        """Delete by the receipt of one delivery. False if that receipt no longer counts, and nothing was deleted (SQS-48)."""

    def can_delete(self, receipt_handle: str) -> bool:
        """Whether `delete` by this receipt would delete the message."""

    def give_up(self, receipt_handle: str) -> None:
        """Move the message of a receipt that still counts to the dead-letter queue, or delete it where there is none."""

    def next_receivable_at(self) -> int | None:
        """The first instant, now at the earliest, at which a receive would return or redrive a message; None if never."""


FindQueue = Callable[[str], Queue | None]
"""Returns the queue of an ARN, if it exists now."""


Position = tuple[int, int]
"""A place in a shard: behind the record of this sequence number, of an aggregate behind so many of its user records."""
TRIM_HORIZON: Position = (-1, 0)
"""The place before the oldest record."""


class StreamRecord(Protocol):
    """One record of a shard."""

    @property
    def position(self) -> Position:
        """The place behind it."""

    @property
    def sequence_number(self) -> str:
        """As the event has it."""

    @property
    def arrived_at(self) -> int:
        """In microseconds since the clock's start, as the record states its arrival."""

    @property
    def key(self) -> str:
        """What order is kept by within a shard: the partition key, or an item's whole primary key (KIN-31, DDB-12)."""

    def json(self, ending: str = "}") -> str:
        """The event's record, without spaces. `ending` closes it, with what the mapping and its function add."""


@dataclass(frozen=True, slots=True)
class Shard:
    """One shard as it is now. A closed one gets no more records; its children come after it (KIN-90)."""

    shard_id: str
    parent_ids: tuple[str, ...] = ()
    is_open: bool = True


class Stream(Protocol):
    """One stream, shared with boto3."""

    @property
    def arn(self) -> str:
        """The ARN by which it was asked for: of the stream, or of one of its consumers."""

    @property
    def retention_seconds(self) -> int:
        """How long it keeps a record."""

    @property
    def changed(self) -> Signal:
        """Notified whenever there may be a new record or shard."""

    def shards(self) -> Sequence[Shard]:
        """Those that are open, or closed not longer ago than a record is kept; in order of creation.

        One that was closed empty is there too: its children come after its parents (KIN-90).
        """

    def read(self, shard_id: str, after: Position, limit: int) -> Sequence[StreamRecord]:
        """Up to `limit` records behind a place, in order, that are still kept. Costs nothing that grows with the stream."""

    def expired(self) -> Iterable[tuple[str, StreamRecord, int]]:
        """The records that it no longer keeps, each with its shard's id and the instant of its end."""

    def latest(self, shard_id: str) -> Position:
        """The place behind all records that the shard has now."""

    def before(self, shard_id: str, instant: int) -> Position:
        """The place before the first record that arrived at `instant` or later."""


FindStream = Callable[[str], Stream | None]
"""Returns the stream of an ARN, if it exists now. The ARN may be that of a consumer of a stream."""


class Keys(Protocol):
    """KMS, as far as filters are encrypted with its keys."""

    def failure(self, key_arn: str) -> str | None:
        """The error that using the key gives now, as in `DisabledException`; None if it can be used."""
