"""Entries about the messages of queues and the records of streams."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field
from typing import ClassVar, Literal

from ..values import dataclass
from .entry import Entry, Origin, ids_key

DeletionReason = Literal["processed", "filtered"]
CountedAs = Literal["delivered", "dropped"]


@dataclass(frozen=True, slots=True, repr=False)
class OfMapping(Entry):
    """An action of an event source mapping. Base of the others."""

    OPTIONAL: ClassVar[frozenset[str]] = frozenset({"places"})

    origin: Origin = field()

    def _facts(self) -> Iterator[tuple[str, object]]:
        # `super()` does not work in a class with slots.
        for name, value in Entry._facts(self):
            yield (ids_key(self.origin) if name == "ids" else name), value


@dataclass(frozen=True, slots=True, repr=False)
class OfMessages(OfMapping):
    """Something that happened to messages, or to records of a stream."""

    ids: tuple[str, ...] = field()


@dataclass(frozen=True, slots=True, repr=False)
class OfRecords(OfMessages):
    """Something that happened to records of a stream, or to messages.

    `places` distinguish records that were in one aggregate of Kinesis and share its sequence number.
    """

    places: tuple[int, ...] | None = field(default=None, kw_only=True)


@dataclass(frozen=True, slots=True, repr=False)
class Polled(OfRecords):
    """Messages were received, or records were read."""

    kind: ClassVar[str] = "polled"
    KEYS: ClassVar[tuple[str, ...]] = ("origin", "ids", "places")


@dataclass(frozen=True, slots=True, repr=False)
class MessagesFiltered(OfMessages):
    """Messages that match no filter were deleted."""

    kind: ClassVar[str] = "filtered"
    KEYS: ClassVar[tuple[str, ...]] = ("origin", "ids", "bodies")

    bodies: tuple[str, ...]


@dataclass(frozen=True, slots=True, repr=False)
class RecordsFiltered(OfRecords):
    """Records of a stream match no filter. `first_records` are up to three of them as JSON."""

    kind: ClassVar[str] = "filtered"
    KEYS: ClassVar[tuple[str, ...]] = ("origin", "ids", "places", "first_records")

    first_records: tuple[str, ...]


@dataclass(frozen=True, slots=True, repr=False)
class PipeStarted(OfMessages):
    """A pipe begins with a batch. `payload` is the JSON list of its records. `enrichment` and `target` are ARNs."""

    kind: ClassVar[str] = "pipe_started"
    KEYS: ClassVar[tuple[str, ...]] = ("origin", "ids", "payload", "enrichment", "target")
    OPTIONAL: ClassVar[frozenset[str]] = frozenset({"enrichment"})

    payload: bytes
    enrichment: str | None
    target: str = field()


@dataclass(frozen=True, slots=True, repr=False)
class BatchResult(OfMapping):
    """The messages or records that Lambda treats as failed after an attempt. `iterator_age_ms` is None if no handler ran."""

    kind: ClassVar[str] = "batch_result"
    KEYS: ClassVar[tuple[str, ...]] = ("origin", "records", "failed", "reason", "iterator_age_ms")

    records: int
    failed: tuple[str, ...]
    reason: str | None
    iterator_age_ms: float | None = None

    def _facts(self) -> Iterator[tuple[str, object]]:
        left_out = () if self.origin.is_stream else ("iterator_age_ms",)
        return (fact for fact in Entry._facts(self) if fact[0] not in left_out)


@dataclass(frozen=True, slots=True, repr=False)
class Checkpointed(OfRecords):
    """Records of a stream are finished, and the checkpoint moved."""

    kind: ClassVar[str] = "checkpointed"
    KEYS: ClassVar[tuple[str, ...]] = ("origin", "ids", "places")


@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class OffsetLag(OfMapping):
    """How many records of each partition of a topic of Kafka a consumer group has not finished.

    It is written when offsets were committed, of `committed` records, and when an attempt failed. `is_measured` is whether the
    mapping has KafkaMetrics.
    """

    kind: ClassVar[str] = "offset_lag"
    KEYS: ClassVar[tuple[str, ...]] = ("origin", "invoked_arn", "lags", "committed", "is_measured")

    invoked_arn: str = field()
    lags: tuple[int, ...]
    committed: int
    is_measured: bool


@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class GivenUp(OfRecords):
    """Records of a stream were discarded. `counted_as` is the metric that counts them.

    `reason` is why records of Kafka are not of their schema. Other records have none.
    """

    kind: ClassVar[str] = "given_up"
    KEYS: ClassVar[tuple[str, ...]] = (
        "origin", "ids", "condition", "invoke_count", "destination", "counted_as", "places", "reason",
    )  # fmt: skip
    OPTIONAL: ClassVar[frozenset[str]] = frozenset({"places", "reason"})

    condition: str
    invoke_count: int
    destination: str | None
    counted_as: CountedAs | None
    reason: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class RecordsExpired(OfRecords):
    """Records of a stream have expired. For the last call of a window there are none."""

    kind: ClassVar[str] = "expired"
    KEYS: ClassVar[tuple[str, ...]] = ("origin", "ids", "places")


@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class Deleted(OfMessages):
    """Messages were deleted from their queue.

    The messages in `stale` were not deleted: their receipts were not valid any more, or the deletion was `denied` or `failed`
    for the given reason.
    """

    kind: ClassVar[str] = "deleted"
    KEYS: ClassVar[tuple[str, ...]] = ("origin", "ids", "reason", "stale", "denied", "failed")
    OPTIONAL: ClassVar[frozenset[str]] = frozenset({"denied", "failed"})

    reason: DeletionReason
    stale: tuple[str, ...]
    denied: str | None = None
    failed: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Released(OfMessages):
    """A batch that waited for its function was released: its visibility timeout will end."""

    kind: ClassVar[str] = "released"
    KEYS: ClassVar[tuple[str, ...]] = ("origin", "ids")


@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class MessagesStopped(OfMessages):
    """Messages were not delivered because they continue a recursive loop. `target` is the dead-letter queue that receives
    them.
    """

    kind: ClassVar[str] = "recursion_stopped"
    KEYS: ClassVar[tuple[str, ...]] = ("origin", "invoked_arn", "ids", "bodies", "stale", "target")

    invoked_arn: str = field()
    bodies: tuple[str, ...]
    stale: tuple[str, ...]
    target: str | None = field()


@dataclass(frozen=True, slots=True, repr=False)
class OfMessage(Entry):
    """Something that a queue did itself with a message."""

    source: str = field()
    message_id: str

    @property
    def ids(self) -> tuple[str, ...]:
        """The id of the message."""
        return (self.message_id,)


@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class Redriven(OfMessage):
    """A queue moved a message to its dead-letter queue."""

    kind: ClassVar[str] = "redriven"
    KEYS: ClassVar[tuple[str, ...]] = ("source", "target", "message_id", "receive_count")

    target: str = field()
    receive_count: int


@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class MessageExpired(OfMessage):
    """The retention period of a message has ended. `expired_after_seconds` may be long before this was noticed."""

    kind: ClassVar[str] = "expired"
    KEYS: ClassVar[tuple[str, ...]] = ("source", "message_id", "body", "expired_after_seconds")

    body: str
    expired_after_seconds: float
