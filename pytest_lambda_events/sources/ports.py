"""What mappings need of the sources that they read. Instants are microseconds since the clock's start."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from ..simulation.simulation import Notice
from .mapping import EventSourceMapping


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
    def max_receive_count(self) -> int | None:
        """That of its redrive policy, if it has one."""

    @property
    def changed(self) -> Notice:
        """Notified whenever a message may have become receivable, or sooner than was known."""

    def receive(self, count: int, visibility_timeout: int | None = None) -> Sequence[ReceivedMessage]:
        """Up to `count` messages that can be received now; others go to the dead-letter queue on the way (SQS-53).

        They are hidden for `visibility_timeout` seconds, by default the queue's.
        """

    def delete(self, receipt_handle: str) -> bool:
        """Delete by the receipt of one delivery. False if that receipt no longer counts, and nothing was deleted (SQS-48)."""

    def next_receivable_at(self) -> int | None:
        """The first instant, now at the earliest, at which a receive would return or redrive a message; None if never."""


class Queues(Protocol):
    """The queues of the world."""

    def queue(self, arn: str) -> Queue | None:
        """The queue of an ARN, if it exists now."""


class Keys(Protocol):
    """KMS, as far as filters are encrypted with its keys."""

    def failure(self, key_arn: str) -> str | None:
        """The error that using the key gives now, as in `DisabledException`; None if it can be used."""


class Pollers(Protocol):
    """Those that poll. Told of every change to a mapping at the instant at which it takes effect."""

    def begin(self, mapping: EventSourceMapping) -> None:
        """There is a new mapping, polled or not."""

    def changed(self, mapping: EventSourceMapping) -> None:
        """`in_force` or `is_polled` has changed."""

    def end(self, mapping: EventSourceMapping) -> None:
        """The mapping is gone: batches that were received end as they would have."""
